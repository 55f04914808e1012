"""Keyboard alone: everything can be reached, is seen to be reached, and does what Enter says."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import message, open_case, state
from trialogue.cases.models import Case

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked

FOCUSED = """() => {
    const e = document.activeElement
    const look = getComputedStyle(e), near = e.closest('.table__link, .composer__box') ?? e
    const after = getComputedStyle(e, '::after'), box = getComputedStyle(near)
    const seen = [look, after, box].some(s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none')
    return { words: (e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText || e.placeholder || '').trim().split('\\n')[0], seen, tag: e.tagName }
}"""


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Presses Tab until the control with these words has the focus. Each stop on the way can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        assert here["tag"] == "BODY" or here["seen"], f"one does not see that the focus is on {here}"
        if here["words"].startswith(words):
            return
    raise AssertionError(f"“{words}” cannot be reached by Tab")


def test_the_first_stop_leads_past_the_menus(cast: Cast, sit: Sit) -> None:
    clara = sit(cast.clara)
    clara.goto("/")
    clara.keyboard.press("Tab")
    expect(clara.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(clara.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    clara.keyboard.press("Enter")
    clara.keyboard.press("Tab")
    expect(clara.get_by_role("link", name="Hand in a case")).to_be_focused()


def test_from_signing_in_to_a_sent_message(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    clara = sit()
    clara.goto("/")
    expect(clara.get_by_label("E-mail address")).to_be_focused()
    clara.keyboard.type("clara@nordlys.example")
    tab_to(clara, "Password")
    clara.keyboard.type(PASSWORD)
    clara.keyboard.press("Enter")
    expect(clara.get_by_role("heading", name="What needs me")).to_be_visible()
    tab_to(clara, "Cases")
    clara.keyboard.press("Enter")
    expect(clara.get_by_role("heading", name="Cases", exact=True)).to_be_visible()
    tab_to(clara, "Bergmann Logistik GmbH")
    clara.keyboard.press("Enter")
    expect(clara.locator("h1")).to_have_text("Bergmann Logistik GmbH")
    clara.wait_for_load_state()  # only then is Control+Enter a way to send
    tab_to(clara, "What you want to say")
    clara.keyboard.type("Written without a mouse")
    clara.keyboard.press("Control+Enter")
    expect(message(clara, "Written without a mouse")).to_have_count(1)
    tab_to(clara, "No answer needed")
    clara.keyboard.press("Space")
    expect(clara.get_by_label("No answer needed")).to_be_checked()
    assert case.conversation.messages.count() == 1


def test_a_partner_moves_a_case_and_opens_a_clock(cast: Cast, sit: Sit) -> None:
    case = cast.released(at=None)
    paul = sit(cast.paul)
    open_case(paul, case)
    tab_to(paul, "You owe Nordlys Energi A/S a decision")
    paul.keyboard.press("Enter")
    expect(paul.locator("#case-clocks")).to_contain_text("counted on the calendar of")
    open_case(paul, case)
    tab_to(paul, "More actions")
    paul.keyboard.press("Enter")
    tab_to(paul, "Ask for information", 3)
    paul.keyboard.press("Escape")
    expect(paul.get_by_label("More actions")).to_be_focused()
    open_case(paul, case)
    tab_to(paul, "Confirm case")
    paul.keyboard.press("Enter")
    expect(paul.get_by_label("Welcome message")).to_be_visible()
    tab_to(paul, "Welcome message")
    paul.keyboard.type("Hello")
    tab_to(paul, "Confirm case", 3)
    paul.keyboard.press("Enter")
    expect(state(paul)).to_have_text("Active")
    assert Case.objects.get().state == "Active"


def test_what_was_wrong_leads_to_its_field(cast: Cast, sit: Sit) -> None:
    clara = sit(cast.clara)
    clara.goto("/cases/new/")
    clara.get_by_role("button", name="Hand in the case").press("Enter")
    wrong = clara.get_by_role("alert")
    expect(wrong).to_contain_text("Something needs another look")
    wrong.get_by_role("link").first.press("Enter")
    clara.keyboard.type("Bergmann")
    expect(clara.get_by_label("Debtor's name")).to_have_value("Bergmann")
