"""What goes wrong on a working day: a reload, a lost connection, an answer that never came, a refusal. No word is lost or doubled."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import a_file, clocks, fill_in, message, open_case, say, without_reload, write
from trialogue.cases.models import Case
from trialogue.conversations.models import Message


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed(at=None)


def bodies() -> list[str]:
    return list(Message.objects.order_by("number").values_list("body", flat=True))


def box(page: Page) -> str:
    return page.get_by_label("What you want to say").input_value()


def test_a_draft_survives_a_reload_until_it_is_sent(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_case(clara, case)
    write(clara, "Half a sentence")
    clara.reload()
    expect(clara.get_by_label("What you want to say")).to_have_value("Half a sentence")
    say(clara, "Half a sentence, and the other half")
    expect(message(clara, "the other half")).to_have_count(1)
    clara.reload()
    expect(message(clara, "the other half")).to_have_count(1)
    assert box(clara) == ""
    assert bodies() == ["Half a sentence, and the other half"]


def test_a_draft_belongs_to_whoever_wrote_it(cast: Cast, sit: Sit, case: Case) -> None:
    desk = sit(cast.clara)
    open_case(desk, case)
    write(desk, "Only Clara's")
    desk.context.clear_cookies()
    desk.goto("/")
    desk.get_by_label("E-mail address").fill("paul@kanzlei.example")
    desk.get_by_label("Password").fill("correct horse battery staple")
    desk.get_by_role("button", name="Sign in", exact=True).click()
    expect(desk.get_by_role("heading", name="What needs me")).to_be_visible()
    open_case(desk, case)
    expect(desk.get_by_label("What you want to say")).to_have_value("")


def test_the_form_of_a_new_case_survives_a_reload_with_its_choices(cast: Cast, sit: Sit) -> None:
    clara = sit(cast.clara)
    clara.goto("/cases/new/")
    fill_in(clara)
    clara.reload()
    expect(clara.get_by_label("Debtor's name")).to_have_value("Bergmann Logistik GmbH")
    expect(clara.get_by_label("Debtor's country")).to_have_value("DE")
    expect(clara.get_by_label("Currency")).to_have_value("DKK")
    clara.get_by_role("button", name="Hand in the case").click()
    expect(clara.locator("h1")).to_have_text("Bergmann Logistik GmbH")
    clara.goto("/cases/new/")
    expect(clara.get_by_label("Debtor's name")).to_have_value("")


def test_each_line_of_a_list_comes_back_as_it_was_typed(cast: Cast, sit: Sit, case: Case) -> None:
    paul = sit(cast.paul)
    paul.goto(f"/cases/{case.reference}/information/new/")
    for number, words in enumerate(("The contract", "The last invoice"), 1):
        paul.get_by_label(f"Item {number}").fill(words)
    paul.reload()
    expect(paul.get_by_label("Item 2")).to_have_value("The last invoice")
    expect(paul.get_by_label("Item 1")).to_have_value("The contract")
    expect(paul.get_by_label("Item 3")).to_have_value("")


def test_a_call_that_is_logged_is_not_offered_again(cast: Cast, sit: Sit, case: Case) -> None:
    paul = sit(cast.paul)
    paul.goto(f"/cases/{case.reference}/calls/")
    paul.get_by_label("Telephone number").fill("+49 30 1")
    paul.get_by_label("How it ended").select_option("NoResponse")
    paul.get_by_label("What was said").fill("Nobody there.")
    paul.get_by_role("button", name="Log call").click()
    expect(paul.get_by_text("The call is logged.")).to_be_visible()
    expect(paul.get_by_label("What was said")).to_have_value("")
    expect(paul.get_by_label("Telephone number")).to_have_value("")


def test_signed_out_meanwhile_a_form_is_kept_until_it_arrives(cast: Cast, sit: Sit, case: Case) -> None:
    paul = sit(cast.paul, quiet=True)
    paul.goto(f"/cases/{case.reference}/update/")
    paul.get_by_label("What was done").fill("Two letters.")
    paul.context.clear_cookies()
    paul.get_by_role("button", name="Send update").click()
    paul.goto("/accounts/login/")
    paul.get_by_label("E-mail address").fill("paul@kanzlei.example")
    paul.get_by_label("Password").fill("correct horse battery staple")
    paul.get_by_role("button", name="Sign in", exact=True).click()
    expect(paul.get_by_role("heading", name="What needs me")).to_be_visible()
    paul.goto(f"/cases/{case.reference}/update/")
    expect(paul.get_by_label("What was done")).to_have_value("Two letters.")


def test_offline_while_sending_and_then_once_more_posts_once(cast: Cast, sit: Sit, case: Case) -> None:
    clara, paul = sit(cast.clara, quiet=True), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    clara.context.set_offline(True)
    say(clara, "Sent from a train")
    unsent = clara.locator(".message--unsent")
    expect(unsent).to_contain_text("Not sent: the connection was lost. Your words are kept.")
    assert bodies() == []
    unsent.get_by_role("button", name="Try again").click()
    expect(unsent.get_by_role("button", name="Try again")).to_be_visible()  # still no connection
    clara.context.set_offline(False)
    unsent.get_by_role("button", name="Try again").click()
    expect(message(clara, "Sent from a train")).to_have_count(1)
    expect(message(paul, "Sent from a train")).to_have_count(1)
    expect(clara.locator(".message--sending, .message--unsent")).to_have_count(0)
    assert bodies() == ["Sent from a train"]


def test_an_answer_that_got_lost_does_not_double_the_message(cast: Cast, sit: Sit, case: Case) -> None:
    """The house has it, the browser does not know: the second try carries the same key."""
    clara = sit(cast.clara, quiet=True)
    open_case(clara, case)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    clara.route("**/messages/", lose, times=1)
    say(clara, "Did it arrive?")
    expect(clara.locator(".message--unsent")).to_be_visible()
    assert lost == [201]
    clara.get_by_role("button", name="Try again").click()
    expect(clara.locator(".message--unsent, .message--sending")).to_have_count(0)
    expect(message(clara, "Did it arrive?")).to_have_count(1)
    assert bodies() == ["Did it arrive?"]


def test_what_was_said_meanwhile_arrives_when_the_connection_is_back(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara, quiet=True)
    open_case(clara, case)
    with without_reload(clara):
        clara.context.set_offline(True)
        case.conversation.post(by=cast.paul, body="Said while you were away")
        clara.wait_for_timeout(300)
        expect(message(clara, "Said while")).to_have_count(0)
        clara.context.set_offline(False)
        expect(message(clara, "Said while you were away")).to_have_count(1)


def test_however_much_was_said_meanwhile_all_of_it_arrives(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara, quiet=True)
    open_case(clara, case)
    clara.context.set_offline(True)
    for number in range(1, 56):
        case.conversation.post(by=cast.paul, body=f"Message {number}.")
    clara.context.set_offline(False)
    expect(message(clara, "Message 55.")).to_have_count(1)
    expect(clara.locator("article.message[id] .prose")).to_have_text([f"Message {n}." for n in range(1, 56)])


def test_where_nothing_can_stream_the_page_asks(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara, quiet=True)
    clara.clock.install()  # the minutes between tries pass at once
    clara.route("**/api/v1/stream*", lambda route: route.abort())
    open_case(clara, case)
    for _ in range(6):
        clara.clock.run_for(3100)
        clara.wait_for_timeout(50)
    case.conversation.post(by=cast.paul, body="Without a stream")
    with without_reload(clara):
        for _ in range(40):
            clara.clock.run_for(2000)
            clara.wait_for_timeout(50)
            if message(clara, "Without a stream").count():
                break
        expect(message(clara, "Without a stream")).to_have_count(1)


def test_many_tabs_do_not_use_up_the_connections(cast: Cast, sit: Sit, case: Case) -> None:
    """A browser keeps six to one place. Tabs that nobody sees must not hold one each."""
    clara = sit(cast.clara)
    clara.context.add_init_script(
        "window.hide = (gone) => { Object.defineProperty(document, 'visibilityState', { value: gone ? 'hidden' : 'visible', configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')) }"
    )
    tabs = [clara, *(clara.context.new_page() for _ in range(8))]
    for tab in tabs:
        open_case(tab, case)
        expect(tab.locator("h1")).to_be_visible()
        if tab is not tabs[-1]:
            tab.evaluate("hide(true)")
    case.conversation.post(by=cast.paul, body="Seen in the tab in front")
    expect(message(tabs[-1], "Seen in the tab in front")).to_have_count(1)
    assert message(clara, "Seen in").count() == 0
    tabs[-1].evaluate("hide(true)")
    clara.evaluate("hide(false)")
    expect(message(clara, "Seen in the tab in front")).to_have_count(1)


def test_a_refused_message_stands_in_the_box_again(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_case(clara, case)
    clara.get_by_label("Attach").set_input_files([a_file("virus.pdf", b"MZ\x90\x00" + b"\0" * 99)])
    clara.get_by_label("No answer needed").check()
    say(clara, "Words with care")
    expect(clara.get_by_role("alert")).to_contain_text("“virus.pdf”: The name ends in .pdf")
    lines = clara.get_by_role("alert").evaluate(
        "said => said.clientHeight / parseFloat(getComputedStyle(said).lineHeight)"
    )
    assert lines < 6, "the words stand in a column of their own, a letter wide"
    expect(clara.get_by_label("What you want to say")).to_have_value("Words with care")
    expect(clara.get_by_label("No answer needed")).to_be_checked()
    expect(clara.locator("#files")).to_contain_text("virus.pdf")
    expect(clara.locator(".message--sending, .message--unsent")).to_have_count(0)
    clara.get_by_role("button", name="Remove: virus.pdf").click()
    clara.get_by_role("button", name="Send").click()
    expect(message(clara, "Words with care")).to_have_count(1)
    expect(clara.get_by_role("alert")).to_have_count(0)
    assert bodies() == ["Words with care"]


def test_signed_out_meanwhile_the_words_are_kept_and_sent_after_signing_in(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara, quiet=True)
    open_case(clara, case)
    clara.context.clear_cookies()
    say(clara, "Long thought about")
    expect(clara.get_by_role("alert")).to_contain_text("Your words are kept")
    assert box(clara) == "Long thought about"
    assert bodies() == []


def test_pressing_send_twice_sends_once(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_case(clara, case)
    write(clara, "Impatient")
    clara.get_by_role("button", name="Send").dblclick()
    expect(message(clara, "Impatient")).to_have_count(1)
    clara.wait_for_timeout(300)
    assert bodies() == ["Impatient"]


def test_messages_sent_in_a_row_keep_their_order(cast: Cast, sit: Sit, case: Case) -> None:
    clara, paul = sit(cast.clara), sit(cast.paul)
    open_case(clara, case)
    open_case(paul, case)
    lines = [f"Line {number}" for number in range(8)]
    # Faster than any answer can come.
    clara.evaluate(
        "lines => { for (const line of lines) { const form = document.getElementById('write'); form.body.value = line; form.requestSubmit() } }",
        lines,
    )
    for page in (clara, paul):
        expect(page.locator("article.message[id] .prose")).to_have_text(lines)
    expect(clara.locator(".message--sending, .message--unsent")).to_have_count(0)
    assert bodies() == lines


def test_what_arrives_does_not_take_the_focus_or_the_words(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    case.conversation.post(by=cast.clara, body="A question")
    open_case(clara, case)
    write(clara, "I am writ")
    clara.get_by_label("What you want to say").focus()
    with without_reload(clara):
        case.conversation.post(by=cast.paul, body="Interrupting")
        expect(message(clara, "Interrupting")).to_have_count(1)
        clara.keyboard.type("ing")
        expect(clara.get_by_label("What you want to say")).to_have_value("I am writing")
        clocks(clara).locator("summary").first.focus()
        case.conversation.post(by=cast.clara, body="Another question")
        expect(clocks(clara)).to_contain_text("owes you an answer")
    expect(clara.locator("#arrivals")).to_contain_text("Paul Brandt")


def test_earlier_messages_come_above_and_new_ones_below(cast: Cast, sit: Sit, case: Case, now: datetime) -> None:
    for number in range(1, 56):
        case.conversation.post(by=cast.paul, body=f"Message {number}.", at=now - timedelta(minutes=60 - number))
    clara = sit(cast.clara)
    open_case(clara, case)
    with without_reload(clara):
        clara.get_by_role("link", name="Show earlier messages").click()
        expect(message(clara, "Message 1.")).to_have_count(1)
        case.conversation.post(by=cast.paul, body="Message 56.")
        expect(message(clara, "Message 56.")).to_have_count(1)
        expect(clara.locator("article.message[id] .prose")).to_have_text([f"Message {n}." for n in range(1, 57)])
    days = clara.locator(".talk__date").all_inner_texts()
    assert len(days) == len(set(days)), days


def test_menus_close_by_escape_and_by_a_click_elsewhere(cast: Cast, sit: Sit, case: Case) -> None:
    paul = sit(cast.paul)
    open_case(paul, case)
    menu = paul.get_by_label("More actions")
    menu.click()
    expect(paul.get_by_role("link", name="Close case")).to_be_visible()
    paul.keyboard.press("Escape")
    expect(paul.get_by_role("link", name="Close case")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    paul.locator("h1").click()
    expect(paul.get_by_role("link", name="Close case")).to_be_hidden()
