"""The first page of each side: what needs me and what is owed to me; the operator's wall of promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.clocks.models import Clock, break_due
from trialogue.doors.web import listing
from trialogue.lists import pages
from trialogue.people.models import Membership


def owed(page: Page, section: str) -> str:
    """The words of “We owe” (`mine`) or “Owed to us” (`theirs`)."""
    return page.root.one("section", aria_labelledby=section).words


def column(page: Page, look: str) -> str:
    return page.root.one("section", aria_labelledby=f"wall-{look}").words


def test_a_partner_finds_the_new_case_it_must_decide(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    mine = owed(paul.open("home"), "mine")
    assert "You owe Nordlys Energi A/S a decision on the new case" in mine
    assert case.reference in mine
    assert "Decide" in mine


def test_a_client_finds_what_is_owed_to_it(cast: Cast, clara: Visitor) -> None:
    case = cast.released()
    page = clara.open("home")
    assert case.reference in owed(page, "theirs")
    assert "Kanzlei Brandt & Partner owes you a decision" in owed(page, "theirs")
    assert "Nothing needs you" in owed(page, "mine")


def test_a_client_finds_the_question_it_must_answer(cast: Cast, clara: Visitor) -> None:
    case = cast.confirmed()
    case.ask_for_information(by=cast.paul, message="Which invoice?", at=MONDAY)
    page = clara.open("home")
    assert "You owe Kanzlei Brandt & Partner an answer" in owed(page, "mine")
    assert page.link("Answer") == f"/cases/{case.reference}/#write"


def test_what_is_due_first_stands_first(cast: Cast, paul: Visitor) -> None:
    later, sooner = cast.released("A", at=MONDAY), cast.released("B", at=MONDAY - timedelta(hours=5))
    mine = owed(paul.open("home"), "mine")
    assert mine.index(sooner.reference) < mine.index(later.reference)


def test_a_broken_promise_says_how_late_it_is(cast: Cast, paul: Visitor, monday: Any) -> None:
    cast.released()
    monday.move_to(MONDAY + timedelta(hours=27))
    mine = owed(paul.open("home"), "mine")
    assert "3 h late" in mine
    assert "was due" in mine


def test_each_clock_says_its_state_without_colour(cast: Cast, paul: Visitor, monday: Any) -> None:
    cast.released()
    for hours, shape in ((2, "#mark-running"), (20, "#mark-at-risk"), (25, "#mark-broken")):
        monday.move_to(MONDAY + timedelta(hours=hours))
        clock = paul.open("home").root.one("details", class_="clock")
        assert clock.one("use")["href"] == shape


def test_nobody_sees_promises_of_others(cast: Cast, otto: Visitor, pia: Visitor) -> None:
    case = cast.released()
    assert Clock.objects.count() == 1, "there is something not to be seen"
    for visitor in (otto, pia):
        assert case.reference not in visitor.open("home").html


def test_more_than_a_page_of_promises_says_that_there_are_more(
    cast: Cast, paul: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "FIRST", 2)
    cast.released("A"), cast.released("B")
    assert "See all cases" not in paul.open("home").words
    cast.released("C")
    assert "These are the 2 due first. See all cases" in owed(paul.open("home"), "mine")


def test_the_counter_says_how_many_answers_we_owe(cast: Cast, paul: Visitor) -> None:
    cast.released("A"), cast.released("B")
    assert paul.open("home").root.one("nav", id="nav").one("data")["value"] == "2"


def test_the_wall_stands_in_three_columns(cast: Cast, olga: Visitor, monday: Any) -> None:
    broken, risk, due = (
        cast.released(reference, at=MONDAY - timedelta(hours=hours))
        for reference, hours in (("A", 80), ("B", 66), ("C", 0))
    )
    page = olga.open("home")
    assert broken.reference in column(page, "broken")
    assert risk.reference in column(page, "at-risk")
    assert due.reference in column(page, "running")
    assert [count.words for count in page.root.all("span", class_="wall__count")] == ["1", "1", "1"]


def test_the_wall_does_not_wait_for_the_worker(cast: Cast, olga: Visitor, monday: Any) -> None:
    case = cast.released()
    monday.move_to(MONDAY + timedelta(hours=25))
    before = olga.open("home")
    assert break_due(MONDAY + timedelta(hours=25)) == 1
    assert case.reference in column(before, "broken")
    assert case.reference in column(olga.open("home"), "broken")


def test_the_wall_shows_how_each_organisation_stands(cast: Cast, olga: Visitor) -> None:
    cast.released("A"), cast.released("B")
    row = olga.open("home").root.one("section", aria_labelledby="standing").one("tbody").one("tr")
    assert row.words == "Kanzlei Brandt & Partner Collection Partner 2 0 0"


def test_the_wall_counts_so_far_and_says_so(
    cast: Cast, olga: Visitor, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        cast.released(f"INV-{n}", at=MONDAY + timedelta(hours=n))
    assert "that are due first" not in olga.open("home").words
    monkeypatch.setattr(pages, "COUNTED", 2)
    page = olga.open("home")
    assert [count.words for count in page.root.all("span", class_="wall__count")] == ["0", "0", "2+"]
    assert "Of the 2 answers that are due first." in page.words
    assert page.root.one("section", aria_labelledby="standing").one("tbody").words.split()[-3:] == ["2", "0", "0"]


def test_a_wall_with_nothing_on_it_says_how_it_fills(cast: Cast, olga: Visitor) -> None:
    assert "Nothing is owed" in olga.open("home").main


def test_a_referral_partner_begins_with_its_cases(cast: Cast, rita: Visitor) -> None:
    assert rita.open("home").answer["Location"] == "/cases/"


def test_nobody_is_asked_to_sign_in(cast: Cast, nobody: Visitor) -> None:
    assert nobody.open("home").answer["Location"] == "/accounts/login/?next=/"


def test_whoever_belongs_nowhere_is_told_so(cast: Cast, carl: Visitor) -> None:
    Membership.objects.filter(person=cast.carl.person).delete()
    page = carl.open("home")
    assert page.status == 403
    assert "You belong to no organisation" in page.words


def test_test_data_and_production_never_meet(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    paul.client.post("/acting/", {"environment": "test"})
    page = paul.open("home")
    assert case.reference not in page.html
    assert "Test data." in page.words


# --- what waits for a decision though no clock runs -------------------------------------------------------------------


def test_the_operator_finds_what_is_to_be_released_or_placed(cast: Cast, olga: Visitor) -> None:
    for reference in ("A", "B"):
        cast.submitted(reference)
    cast.released("C").decline(by=cast.paul, decline_reason="TimeBarred")
    page = olga.open("home")
    assert page.link("2 cases to release to a partner") == "/cases/?state=PendingVerificationInternal"
    assert page.link("1 case to find a partner for") == "/cases/?state=Leads"


def test_a_client_finds_the_quote_to_decide_on(cast: Cast, clara: Visitor, paul: Visitor) -> None:
    case = cast.submitted()
    case.collect_quotes(by=cast.olga)
    case.present_quote(cast.paul.organisation, by=cast.olga, quote="No cure, no pay.")
    assert clara.open("home").link("1 quote to decide on") == "/cases/?state=LeadsQuoteGiven"
    assert "quote" not in paul.open("home").words
    assert "No cure, no pay." in clara.open("case", case.reference).root.one("section", id="conversation").words


def test_a_monthly_update_that_is_owed_is_written_from_here(cast: Cast, paul: Visitor, clara: Visitor) -> None:
    case = cast.confirmed()
    assert case.next_update_at
    case.ask_for_update(case.next_update_at)
    page = paul.open("home")
    assert "You owe Nordlys Energi A/S the monthly update" in owed(page, "mine")
    assert page.link("Write it") == f"/cases/{case.reference}/update/"
    assert "owes you the monthly update" in owed(clara.open("home"), "theirs")
