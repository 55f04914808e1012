"""Two people at their open pages: what one changes the other sees, and what is private never leaves, whatever goes wrong."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import message, open_case, say, without_reload, write
from trialogue.cases.models import Case
from trialogue.conversations.models import Message, Note


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed(at=None)


def choose(page: Page, mode: str) -> None:
    page.locator(".composer__to label").filter(has_text=mode).click()


def test_a_draft_of_a_note_comes_back_as_a_note(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_case(clara, case)
    choose(clara, "Private note")
    write(clara, "Between us")
    clara.reload()
    expect(clara.get_by_label("What you want to say")).to_have_value("Between us")
    expect(clara.locator("#write [value=own]")).to_be_checked()


def test_a_note_that_was_not_sent_is_offered_again_and_stays_a_note(cast: Cast, sit: Sit, case: Case) -> None:
    clara, paul = sit(cast.clara, quiet=True), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    choose(clara, "Private note")

    def lose(route: Route) -> None:
        route.abort()

    clara.route("**/messages/", lose)
    write(clara, "Between us")
    clara.get_by_role("button", name="Keep note").click()
    expect(clara.locator(".message--unsent.message--private")).to_have_count(1)
    clara.unroute("**/messages/", lose)
    choose(clara, "To both sides")  # whatever is chosen meanwhile
    clara.get_by_role("button", name="Try again").click()
    expect(clara.locator("article.message--private[id]")).to_have_count(1)
    expect(clara.locator(".message--sending, .message--unsent")).to_have_count(0)
    assert (Note.objects.count(), Message.objects.count()) == (1, 0)
    choose(clara, "To both sides")
    say(clara, "For both of us")
    expect(message(paul, "For both of us")).to_have_count(1)
    assert "Between us" not in paul.content()


def test_what_one_changes_the_other_sees_at_once(cast: Cast, sit: Sit, case: Case) -> None:
    clara, paul = sit(cast.clara), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    with without_reload(paul):
        say(clara, "Any gnus?")
        expect(message(paul, "Any gnus?")).to_have_count(1)
        clara.goto(f"/cases/{case.reference}/messages/1/")
        clara.get_by_label("Other words").fill("Any news?")
        clara.get_by_role("button", name="Save").click()
        expect(message(paul, "Any news?")).to_have_count(1)
        clara.goto(f"/cases/{case.reference}/messages/1/")
        clara.get_by_role("button", name="Delete message").click()
        expect(message(paul, "Deleted by Clara Holm")).to_have_count(1)
    assert "news" not in paul.locator("#thread").inner_text()


def test_one_sees_who_is_writing_but_not_that_they_note(cast: Cast, sit: Sit, case: Case) -> None:
    clara, paul = sit(cast.clara), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    pings: list[str] = []
    clara.on("request", lambda asked: pings.append(asked.url) if asked.method == "POST" else None)
    choose(clara, "Private note")
    clara.get_by_label("What you want to say").press_sequentially("Between us")
    assert pings == []
    choose(clara, "To both sides")
    clara.get_by_label("What you want to say").press_sequentially(", and Paul")
    sees_who_writes(paul, clara)


def sees_who_writes(reader: Page, writer: Page) -> None:
    """Writing is over after eight seconds, and asked for every four: where a busy machine takes longer, one goes on writing."""
    for _ in range(10):
        with suppress(AssertionError):
            return expect(reader.locator("#writing")).to_have_text("Clara Holm is writing …", timeout=5_000)
        writer.get_by_label("What you want to say").press_sequentially(".")
    raise AssertionError("nobody was seen writing")


def test_a_name_is_offered_while_one_types_it(cast: Cast, sit: Sit, case: Case) -> None:
    paul = sit(cast.paul)
    open_case(paul, case)
    box, names = paul.get_by_label("What you want to say"), paul.locator("#mentions").get_by_role("option")
    box.press_sequentially("Dear @c")
    expect(names).to_have_text(["Carl Dahl Nordlys Energi A/S", "Clara Holm Nordlys Energi A/S"])
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Dear @Clara Holm ")
    expect(names).to_have_count(0)
    box.press_sequentially("@")
    box.press("Escape")
    expect(names).to_have_count(0)
    choose(paul, "Private note")
    box.fill("@")
    expect(names).to_have_text(["Petra Vogt Kanzlei Brandt & Partner"])
    names.click()
    paul.get_by_role("button", name="Keep note").click()
    expect(paul.locator(".message--private .mention")).to_have_text("@Petra Vogt")


def test_what_one_sends_is_seen_wherever_one_reads_and_what_arrives_is_told(cast: Cast, sit: Sit, case: Case) -> None:
    for number in range(30):
        case.conversation.post(by=cast.paul, body=f"Line {number}\n\nand another")
    clara, paul = sit(cast.clara), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    for page in (clara, paul):
        page.locator(".talk").evaluate("talk => { talk.scrollTop = -1500 }")
    newer = paul.get_by_role("button", name="Newer messages")
    say(clara, "Sent from far above")
    expect(message(clara, "Sent from far above")).to_be_in_viewport()
    newer.click()
    expect(message(paul, "Sent from far above")).to_be_in_viewport()
    expect(newer).to_have_count(0)


def test_a_question_to_the_operator_is_offered_to_it_and_sending_does_not_wait(
    cast: Cast, sit: Sit, case: Case
) -> None:
    clara, offer = sit(cast.clara), "This looks like a question to the operator"
    open_case(clara, case)
    write(clara, "I cannot log in to the platform any more, the reset mail never comes")
    expect(clara.locator("#elsewhere")).to_contain_text(offer)
    clara.get_by_role("button", name="Ask them instead").click()
    expect(clara.get_by_label("What it is about")).to_have_value(re.compile("I cannot log in"))
    open_case(clara, case)  # the draft is still there
    choose(clara, "Private note")
    write(clara, "I cannot log in to the platform at all, ask them")
    choose(clara, "To both sides")
    expect(clara.locator("#elsewhere")).to_contain_text(offer)
    clara.get_by_role("link", name="It belongs here").click()
    expect(clara.locator("#elsewhere")).to_be_empty()
    clara.get_by_role("button", name="Send").click()
    expect(message(clara, "ask them")).to_be_visible()
