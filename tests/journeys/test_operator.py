"""The operator's journey: a case released, a wall of promises that moves by itself, a clock that explains itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD, Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import open_case, state, without_reload
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock, break_due


def column(page: Page, look: str) -> Locator:
    return page.locator(f".wall__column.is-{look}")


def count(page: Page, look: str) -> Locator:
    return column(page, look).locator(".wall__count")


def test_from_a_release_to_a_promise_broken(cast: Cast, sit: Sit, now: datetime) -> None:
    case = cast.submitted(at=None)
    olga, wall = sit(), sit(cast.olga)
    olga.goto("/")
    olga.get_by_label("E-mail address").fill("olga@trialogue.example")
    olga.get_by_label("Password").fill(PASSWORD)
    olga.get_by_role("button", name="Sign in", exact=True).click()
    expect(olga.get_by_role("heading", name="Promises")).to_be_visible()
    wall.goto("/")
    expect(count(wall, "running")).to_have_text("0")

    # releases the case
    olga.get_by_role("link", name="Cases").click()
    olga.get_by_role("link", name="Bergmann Logistik GmbH").click()
    expect(state(olga)).to_have_text("Pending Verification Internal")
    olga.get_by_role("link", name="Release to partner").click()
    olga.get_by_label("Collection partner").select_option(label="Kanzlei Brandt & Partner (Germany)")
    with without_reload(wall):
        olga.get_by_role("button", name="Release to partner").click()
        expect(state(olga)).to_have_text("Pending Verification")
        expect(count(wall, "running")).to_have_text("1")
        expect(column(wall, "running")).to_contain_text(case.reference)

        # it runs out: the worker breaks it, and everyone sees it
        Clock.objects.update(warn_at=now - timedelta(hours=2), due_at=now - timedelta(hours=1))
        assert break_due(now) == 1
        expect(count(wall, "broken")).to_have_text("1")
        expect(column(wall, "broken")).to_contain_text("Kanzlei Brandt & Partner owes Nordlys Energi A/S a decision")
        expect(wall.get_by_role("navigation", name="Main").locator("data")).to_have_text("1")
        expect(olga.locator("#thread")).to_contain_text("did not answer in time")

        # the partner answers late, and it leaves the wall
        Case.objects.get().confirm(by=cast.paul)
        expect(count(wall, "broken")).to_have_text("0")
    expect(olga.locator("#case-clocks")).to_contain_text("Answered late")


def test_a_clock_opens_its_explanation_in_place_and_stays_open(cast: Cast, sit: Sit) -> None:
    case = cast.released(at=None)
    olga = sit(cast.olga)
    olga.goto("/")
    clock = column(olga, "running").locator("details.clock")
    clock.locator("summary").click()
    expect(clock).to_contain_text("counted on the calendar of Kanzlei Brandt & Partner (Germany)")
    expect(clock.locator("tfoot")).to_contain_text("24 business hours")
    with without_reload(olga):
        cast.released("INV-2", at=None)  # the wall is drawn anew
        expect(count(olga, "running")).to_have_text("2")
        opened = olga.locator(f"#{Clock.objects.get(case=case).public_id}")
        expect(opened.locator("tfoot")).to_be_visible()
        expect(opened.locator("summary")).to_be_focused()


def test_the_operator_sees_both_sides_and_writes_to_neither(cast: Cast, sit: Sit) -> None:
    talk = cast.conversation(at=None)
    olga = sit(cast.olga)
    open_case(olga, talk.case)
    expect(olga.get_by_text("You oversee this conversation.")).to_be_visible()
    with without_reload(olga):
        talk.post(by=cast.clara, body="When do you call?")
        expect(olga.locator("article.message")).to_contain_text("When do you call?")
    assert not talk.bookmarks.filter(person=cast.olga.person).exists()
