"""How we keep our promises, on a page: one's own numbers, drawn and told, with the table behind each and as CSV."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.clocks import keeping
from trialogue.clocks.models import Clock, break_due
from trialogue.doors.web.promises import TABLES

HOUR = timedelta(hours=1)
NOW = MONDAY + timedelta(days=9)


@pytest.fixture
def told(cast: Cast) -> Cast:
    """The partner kept three promises and broke two, one of them still open; the client kept one; all of one week and the next."""
    late = cast.conversation("LATE", at=MONDAY, debtor_country="AT")
    late.post(by=cast.clara, body="?", at=MONDAY + HOUR)
    quick = cast.conversation("QUICK", at=MONDAY + HOUR)
    quick.post(by=cast.clara, body="?", at=MONDAY + 2 * HOUR)
    quick.post(by=cast.paul, body="And you?", at=MONDAY + 5 * HOUR)
    quick.post(by=cast.clara, body="Yes.", at=MONDAY + 8 * HOUR, expects_answer=False)
    waiting = cast.conversation("WAITS", at=MONDAY + timedelta(days=4))
    waiting.post(by=cast.clara, body="?", at=MONDAY + timedelta(days=4))
    late.post(by=cast.paul, body="Sorry.", at=MONDAY + timedelta(days=4), expects_answer=False)
    break_due(NOW)
    return cast


def visitor(cast: Cast, who: str) -> Visitor:
    return Visitor(getattr(cast, who))


@pytest.fixture
def now(told: Cast) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def cells(page: Page) -> list[list[str]]:
    return list(csv.reader(page.html.lstrip("\ufeff").splitlines()))


def test_a_partner_sees_how_it_kept_its_own(told: Cast, now: Any) -> None:
    page = visitor(told, "paul").open("promises")
    assert page.status == 200
    assert "How we keep our promises" in page.main
    assert "67 % of 6 promises kept 2 broken" in page.main
    assert "Nordlys Energi A/S 67 % 4 of 6" in page.main
    assert "Austria 50 % 1 of 2" in page.main


def test_a_client_sees_how_promises_to_it_are_kept(told: Cast, now: Any) -> None:
    page = visitor(told, "clara").open("promises", whose="them")
    assert "How promises to us are kept" in page.main
    assert "Kanzlei Brandt & Partner 67 % 4 of 6" in page.main
    assert "100 % of 1 promise kept" in visitor(told, "clara").open("promises").main


def test_the_operator_sees_all_and_each(told: Cast, now: Any) -> None:
    olga = visitor(told, "olga")
    page = olga.open("promises")
    assert "71 % of 7 promises kept" in page.main
    one = olga.open("/promises/" + page.link("Kanzlei Brandt & Partner"))
    assert "How Kanzlei Brandt & Partner keeps its promises" in one.main
    assert "67 % of 6 promises kept" in one.main
    assert olga.open("promises", of="org_0000000000000000").status == 404
    assert olga.open("promises", of="\x00").status == 404


@pytest.mark.parametrize("who", ["otto", "pia", "rita"])
def test_strangers_see_nothing_of_it(told: Cast, now: Any, who: str) -> None:
    for query in ({}, {"whose": "them"}, {"of": told.paul.acting_for}):
        page = visitor(told, who).open("promises", **query)
        assert "Nothing was decided in this period" in page.main
        assert "Brandt" not in page.main


def test_test_data_is_another_world(told: Cast, now: Any) -> None:
    paul = visitor(told, "paul")
    paul.send("acting", environment="test")
    assert "Nothing was decided in this period" in paul.open("promises").main


@pytest.mark.parametrize("name", TABLES)
def test_the_table_behind_each_plot_is_the_file(told: Cast, now: Any, name: str) -> None:
    paul = visitor(told, "paul")
    page, told_as = paul.open("promises", weeks=4), paul.open("promises-table", name, weeks=4)
    assert told_as.answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="promises-{name}.csv"' in told_as.answer["Content-Disposition"]
    link = next(a for a in page.root.all("a") if a["href"].startswith(f"/promises/{name}.csv"))
    assert "weeks=4" in link["href"]
    tables = [
        [[cell.words for cell in row.within() if cell.tag in ("th", "td")] for row in table.all("tr")]
        for table in page.root.all("table", class_="table")
    ]
    assert cells(told_as) in tables


def test_the_numbers_are_those_of_the_clocks(told: Cast, now: Any) -> None:
    report = keeping.report(
        Clock.objects.owed_by(told.paul.organisation), keeping.weeks(4, NOW, "Europe/Berlin"), NOW, "owed_to"
    )
    rows = cells(visitor(told, "paul").open("promises-table", "weeks", weeks=4))[1:]
    assert [[int(kept), int(broken)] for _week, kept, broken, _share in rows] == [
        [tally.kept, tally.broken] for _start, tally in report.weeks
    ]
    assert [row[0] for row in rows] == ["2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16"]
    course = cells(visitor(told, "paul").open("promises-table", "course", weeks=4))
    assert course[-1][1:] == ["1", "1"]


def test_weeks_are_the_same_for_every_reader_of_an_organisation(told: Cast, now: Any) -> None:
    told.petra.person.describe(name="Petra Vogt", zone="Pacific/Auckland", language="en")  # type: ignore[union-attr]
    here, there = (cells(visitor(told, who).open("promises-table", "weeks")) for who in ("paul", "petra"))
    assert here == there


def test_a_name_that_looks_like_a_formula_is_no_formula(told: Cast, now: Any) -> None:
    told.clara.organisation.describe(by=told.clara, name="=HYPERLINK(1)", country="DK", zone="Europe/Copenhagen")
    assert cells(visitor(told, "paul").open("promises-table", "organisations"))[1][0] == "'=HYPERLINK(1)"


def test_a_period_is_written_as_the_reader_writes_days(told: Cast, now: Any) -> None:
    told.petra.person.describe(name="Petra Vogt", zone="Europe/Berlin", language="de")  # type: ignore[union-attr]
    page = Visitor(told.petra).open("/promises/?from=2026-03-09&to=2026-03-10")
    assert "9. März 2026 bis 10. März 2026" in page.main


def test_a_period_of_days(told: Cast, now: Any) -> None:
    page = visitor(told, "paul").open("promises", **{"from": "2026-03-09", "to": "2026-03-10"})
    assert "9 Mar 2026 to 10 Mar 2026" in page.main
    assert "100 % of 3 promises kept" in page.main
    assert page.root.one("input", id="from")["value"] == "2026-03-09"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"from": "2026-03-10", "to": "2026-03-09"}, "The first day lies after the last one."),
        ({"from": "yesterday"}, "Give both days as 2026-12-24."),
        ({"from": "2026-02-30"}, "Give both days as 2026-12-24."),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "at most two years"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "at most two years"),
        ({"to": "9999-12-31"}, "at most two years"),
    ],
)
def test_a_period_that_cannot_be_is_told_and_kept(told: Cast, now: Any, asked: dict[str, str], says: str) -> None:
    page = visitor(told, "paul").open("promises", **asked)
    assert page.status == 422
    assert says in page.main
    assert page.root.one("input", id="from")["value"] == asked.get("from", "")


@pytest.mark.parametrize("weeks", ["0", "-1", "x", "999", "٣"])
def test_weeks_that_cannot_be_are_thirteen(told: Cast, now: Any, weeks: str) -> None:
    rows = cells(visitor(told, "paul").open("promises-table", "weeks", weeks=weeks))
    assert len(rows) == 14


def test_a_table_nobody_knows_is_no_page(told: Cast, now: Any) -> None:
    assert visitor(told, "paul").open("/promises/nonsense.csv").status == 404


def test_every_plot_is_told_in_words_and_reads_without_colour(told: Cast, now: Any) -> None:
    page = visitor(told, "paul").open("promises")
    about = [svg["aria-label"] for svg in page.root.all("svg", role="img")]
    assert about == [
        "Promises decided by week: 4 kept and 2 broken in all.",
        "How long 5 answers took, in working time.",
        "Open promises over time; at the end 1, of these 1 past due.",
    ]
    weeks = page.root.one("svg", id="plot-weeks")
    assert {"kept", "broken"} <= {text.words for text in weeks.all("text")}
    assert weeks.all("rect", fill="url(#hatch-weeks)")


def test_it_asks_as_much_for_many_as_for_few(told: Cast, now: Any) -> None:
    paul = visitor(told, "paul")
    paul.open("promises")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert paul.open("promises").status == 200
        return len(queries)

    few = asked()
    for n in range(8):
        told.confirmed(f"MORE-{n}", at=MONDAY + n * HOUR)
    assert asked() == few == 13


def test_the_page_begins_with_today_when_only_the_last_day_is_missing(told: Cast, now: Any) -> None:
    page = visitor(told, "paul").open("promises", **{"from": "2026-03-16"})
    assert f"{date(2026, 3, 18):%-d %b %Y}" in page.main
