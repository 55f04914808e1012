"""The collection partner's journey: a new case, confirmed; information asked for and got; closed with a code."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import clocks, counter, message, open_case, say, state, without_reload
from trialogue.cases.models import Case


def test_from_a_new_case_to_its_end(cast: Cast, sit: Sit) -> None:
    case = cast.released(at=None)
    paul, clara = sit(), sit(cast.clara)
    paul.goto("/")
    paul.get_by_label("E-mail address").fill("paul@kanzlei.example")
    paul.get_by_label("Password").fill(PASSWORD)
    paul.get_by_role("button", name="Sign in", exact=True).click()
    expect(paul.get_by_text("You owe Nordlys Energi A/S a decision on the new case")).to_be_visible()
    expect(counter(paul)).to_have_text("1")
    open_case(clara, case)

    # confirms, with a welcome
    paul.get_by_role("link", name="Decide").click()
    paul.get_by_role("link", name="Confirm case").click()
    paul.get_by_label("Welcome message").fill("Petra works this case. She calls them **today**.")
    with without_reload(clara):
        paul.get_by_role("button", name="Confirm case").click()
        expect(state(paul)).to_have_text("Active")
        expect(message(clara, "She calls them today.")).to_have_count(1)
        expect(state(clara)).to_have_text("Active")
    expect(clocks(paul)).to_contain_text("Kept")
    expect(counter(paul)).to_have_count(0)

    # asks for information
    paul.get_by_role("link", name="Ask for information").click()
    paul.get_by_role("button", name="Ask for information").click()
    expect(paul.locator("#id_message-error")).to_contain_text("needed")
    paul.get_by_label("What do you need from the client?").fill("Which invoice is meant?")
    paul.get_by_role("button", name="Ask for information").click()
    expect(state(paul)).to_have_text("More Info Required")
    expect(clocks(paul)).to_contain_text("Nordlys Energi A/S owes you an answer")

    # the client answers, the partner goes on
    with without_reload(paul):
        expect(clocks(clara)).to_contain_text("You owe Kanzlei Brandt & Partner an answer")
        say(clara, "The one of March.")
        expect(message(paul, "The one of March.")).to_have_count(1)
        expect(clocks(paul)).to_contain_text("You owe Nordlys Energi A/S an answer")
    paul.get_by_role("link", name="Resume case").click()
    paul.get_by_role("button", name="Resume case").click()
    expect(state(paul)).to_have_text("Active")
    say(paul, "Paid in full, thank you.")
    expect(message(clara, "Paid in full")).to_have_count(1)

    # closes with a code
    paul.get_by_label("More actions").click()
    paul.get_by_role("link", name="Close case").click()
    paul.get_by_label("How it ended").select_option(label="Paid")
    paul.get_by_label("Comment for the client").fill("All of it, with interest.")
    paul.get_by_role("button", name="Close case").click()
    for page in (paul, clara):
        expect(state(page)).to_have_text("Closed: Paid")
    expect(clara.locator("#case-moves a")).to_have_count(0)
    assert Case.objects.get().close_comment == "All of it, with interest."
    assert not case.clocks.open().exists()


def test_a_move_made_by_a_colleague_meanwhile_keeps_ones_words(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    paul = sit(cast.paul)
    open_case(paul, case)
    paul.get_by_role("link", name="Ask for information").click()
    paul.get_by_label("What do you need from the client?").fill("A long question")
    case.close(by=cast.petra, code="Paid")
    paul.get_by_role("button", name="Ask for information").click()
    expect(paul.get_by_role("alert")).to_contain_text("This cannot be done while the case is “Closed”.")
    expect(paul.get_by_label("What do you need from the client?")).to_have_value("A long question")
