"""The client's journey: from signing in to a conversation that is live on both sides."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import (
    a_file,
    arrives_at_case,
    clocks,
    counter,
    fill_in,
    message,
    open_case,
    say,
    state,
    without_reload,
    write,
)
from trialogue.cases.models import Case
from trialogue.conversations.models import Message


def test_from_signing_in_to_an_answer(cast: Cast, sit: Sit) -> None:
    clara = sit()
    clara.goto("/")
    clara.get_by_label("E-mail address").fill("clara@nordlys.example")
    clara.get_by_label("Password").fill(PASSWORD)
    clara.get_by_role("button", name="Sign in", exact=True).click()
    expect(clara.get_by_role("heading", name="What needs me")).to_be_visible()

    # hands in a case
    clara.get_by_role("link", name="Hand in a case").click()
    fill_in(clara)
    clara.get_by_label("Invoice and other evidence").set_input_files([a_file("invoice.pdf"), a_file("reminder.pdf")])
    clara.get_by_role("button", name="Hand in the case").click()
    case = Case.objects.get(reference=arrives_at_case(clara))
    expect(clara.get_by_text(f"Case {case.reference} is handed in.")).to_be_visible()
    expect(clara.locator("#case-documents")).to_contain_text("invoice.pdf")
    expect(clara.get_by_text("The conversation opens when the case is released")).to_be_visible()

    # the open page learns of the release, and that one can write now
    case.release(cast.paul.organisation, by=cast.olga)
    expect(state(clara)).to_have_text("Pending Verification")
    expect(clara.get_by_label("What you want to say")).to_be_visible()

    # two browsers side by side
    paul = sit(cast.paul)
    paul.goto("/")
    paul.get_by_role("link", name="Decide").click()
    expect(clocks(paul)).to_contain_text("You owe Nordlys Energi A/S a decision")
    with without_reload(clara, paul):
        write(clara, "When will you **call** them?")
        clara.keyboard.press("Control+Enter")
        expect(message(clara, "When will you call them?")).to_have_count(1)
        expect(message(paul, "When will you call them?")).to_have_count(1)
        expect(message(paul, "When").locator("strong")).to_have_text("call")
        expect(message(clara, "When").locator(".readers")).to_contain_text("Seen by Paul Brandt")
        expect(clocks(clara)).to_contain_text("owes you an answer")
        expect(clocks(paul)).to_contain_text("You owe Nordlys Energi A/S an answer")
        say(paul, "Tomorrow at ten.")
        expect(message(clara, "Tomorrow at ten.")).to_have_count(1)
        expect(clocks(clara)).to_contain_text("Kept")
        expect(message(paul, "Tomorrow").locator(".readers")).to_contain_text("Seen by Clara Holm")
        case.refresh_from_db()
        case.confirm(by=cast.petra)
        for page in (clara, paul):
            expect(state(page)).to_have_text("Active")
            expect(page.locator("#thread")).to_contain_text("Petra Vogt confirmed the case.")
        expect(paul.locator("#case-moves")).to_contain_text("Ask for information")
    assert Message.objects.count() == 2
    assert clara.locator(".message--sending, .message--unsent").count() == 0


def test_documents_go_along_with_a_message(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    clara, paul = sit(cast.clara), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    clara.get_by_label("Attach").set_input_files([a_file("contract.pdf"), a_file("mail.pdf")])
    expect(clara.locator("#files")).to_contain_text("contract.pdf")
    clara.get_by_role("button", name="Remove: mail.pdf").click()
    say(clara, "Here is the contract.")
    expect(message(paul, "Here is the contract.")).to_contain_text("contract.pdf")
    expect(paul.locator("#case-documents")).to_contain_text("contract.pdf")
    assert [document.name for document in case.documents.all()] == ["contract.pdf"]
    expect(clara.locator("#files li")).to_have_count(0)
    with paul.expect_download() as coming:
        paul.locator("#case-documents").get_by_role("link", name="contract.pdf", exact=True).click(modifiers=["Alt"])
    assert coming.value.suggested_filename == "contract.pdf"


def test_the_first_page_and_the_lists_move_live(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    clara, paul = sit(cast.clara), sit(cast.paul)
    clara.goto("/")
    paul.goto("/cases/")
    with without_reload(clara, paul):
        expect(clara.get_by_text("Nothing needs you")).to_be_visible()
        case.ask_for_information(by=cast.paul, message="Which invoice?")
        expect(clara.get_by_text("You owe Kanzlei Brandt & Partner an answer")).to_be_visible()
        expect(counter(clara)).to_have_text(["1", "1"])
        expect(paul.locator(f"#row-{case.reference}")).to_contain_text("More Info Required")
        case.conversation.post(by=cast.clara, body="The one of March")
        expect(clara.get_by_text("Nothing needs you")).to_be_visible()
        expect(paul.locator(f"#row-{case.reference} .counter")).to_have_text("1")


def test_what_needs_no_answer_says_so_before_it_is_sent(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    clara = sit(cast.clara)
    open_case(clara, case)
    expect(clara.locator("#next")).to_contain_text("Kanzlei Brandt & Partner owes an answer by")
    clara.get_by_label("No answer needed").check()
    expect(clara.locator(".composer__next--owed")).to_be_hidden()
    expect(clara.locator(".composer__next--none")).to_contain_text("Nobody owes an answer.")
    say(clara, "Thanks, bye")
    expect(message(clara, "Thanks, bye")).to_contain_text("No answer needed")
    expect(clara.get_by_label("No answer needed")).not_to_be_checked()
    assert not case.clocks.open().exists()
