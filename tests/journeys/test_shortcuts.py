"""The keyboard in a real browser: rows, ticks, the list one came from; and never while someone types."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked


@pytest.fixture
def three(cast: Cast, now: Any) -> list[str]:
    """References, in the order of the list."""
    return [cast.confirmed(f"N-{n}", at=now).reference for n in range(3)][::-1]


@pytest.fixture
def page(cast: Cast, three: list[str], sit: Sit) -> Page:
    page = sit(cast.clara)
    page.goto("/cases/")
    return page


def test_rows_are_walked_ticked_and_opened(page: Page, three: list[str]) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(f"#row-{three[1]} .tick")).to_be_checked()
    expect(page.locator(".bulk__count")).to_have_text("1")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{three[0]}/")


def test_the_list_one_came_from_goes_on_case_by_case(page: Page, three: list[str]) -> None:
    page.goto("/cases/?state=open&sort=age")
    page.locator(".table__link").first.click()
    page.wait_for_url(f"**/cases/{three[2]}/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{three[1]}/")
    page.keyboard.press("p")
    page.wait_for_url(f"**/cases/{three[2]}/")
    expect(page.locator(".case__title > .back")).to_have_attribute("href", "/cases/?state=open&sort=age")


def test_nothing_happens_while_someone_types(page: Page, three: list[str]) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jx?gc")
    expect(page.locator("#q")).to_have_value("jx?gc")
    expect(page.locator("dialog")).to_have_count(0)
    page.goto(f"/cases/{three[0]}/")
    page.keyboard.press("r")
    page.keyboard.type("n?")
    expect(page.locator("#body")).to_have_value("n?")


def test_a_question_mark_shows_them_and_they_can_be_turned_off(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Next row")
    dialog.get_by_label("Turn single-key shortcuts off").check()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()


def test_two_keys_lead_to_the_main_pages(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(re.compile(r"//[^/]+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("What needs me")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases/")


def test_what_is_ticked_stays_ticked_when_the_list_is_drawn_anew(page: Page, cast: Cast, three: list[str]) -> None:
    page.locator(f"#row-{three[2]} .tick").check()
    page.evaluate("window.refreshLive()")
    cast.clara.organisation.cases.get(reference=three[0]).pause(by=cast.paul, reason="Court")
    expect(page.locator(f"#row-{three[0]}")).to_contain_text("Paused")
    expect(page.locator(f"#row-{three[2]} .tick")).to_be_checked()


def test_with_shift_all_rows_from_the_last_one_are_chosen(page: Page, three: list[str]) -> None:
    page.locator(f"#row-{three[0]} .tick").click()
    page.locator(f"#row-{three[2]} .tick").click(modifiers=["Shift"])
    expect(page.locator(f"#row-{three[1]} .tick")).to_be_checked()
    expect(page.locator(".bulk__count")).to_have_text("3")
    page.locator(f"#row-{three[1]} .tick").click(modifiers=["Shift"])
    expect(page.locator(".bulk__count")).to_have_text("1")
