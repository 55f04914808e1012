"""How promises were kept: every number of a report is that of the clocks, counted one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from trialogue.clocks import keeping
from trialogue.clocks.keeping import BARS, Keeping, Period
from trialogue.clocks.models import Calendar, Clock, Policy, Unit
from trialogue.people.models import Visitor
from trialogue.requests.models import Request

NOW = MONDAY + timedelta(days=70, hours=3)
ZONE = "Europe/Copenhagen"
State = Clock.State
HOUR = timedelta(hours=1)


def world(cast: Cast, count: int, seed: int = 1) -> None:
    """Clocks of every state, promise, country, owner and calendar, over ten weeks; some moments are edges of weeks."""
    chance = random.Random(seed)
    office = {str(day): [["09:00", "17:00"]] for day in range(5)}
    Calendar.introduce(cast.paul.organisation, zone="Europe/Berlin", week=office, country="DE", at=MONDAY)
    cases = [cast.released(f"K-{seed}-{n}", debtor_country=code) for n, code in enumerate(("DE", "DK", "PT", "AT"))]
    Clock.objects.all().delete()
    calendars = {
        one: list(one.organisation.calendars.all())  # type: ignore[attr-defined]
        for one in (cast.paul, cast.pia, cast.clara)
    }
    edges = keeping.weeks(12, NOW, ZONE).edges
    policies = list(Policy.objects.filter(promise__in=("confirm", "reply", "supply")))
    policies.append(
        Policy.objects.create(promise="reply", version=9 + seed, effective_from=NOW, within=5, unit=Unit.OFFICE_HOURS)
    )
    made = []
    for _ in range(count):
        owner = chance.choice(list(calendars))
        policy, calendar = chance.choice(policies), chance.choice(calendars[owner])
        start = chance.choice(edges) if chance.random() < 0.1 else MONDAY + chance.random() * timedelta(days=69)
        due = chance.choice(edges) if chance.random() < 0.1 else start + chance.random() * timedelta(days=9)
        due = max(due, start)
        made.append(Clock(
            promise=policy.promise, policy=policy, calendar=calendar, case=chance.choice(cases), owner=owner.organisation,
            owed_to=cast.otto.organisation if owner is cast.clara else cast.clara.organisation, started_at=start, due_at=due, warn_at=due,
            **settled(chance, start, due),
        ))  # fmt: skip
    # Any number may be open here: the rule of one at a time is not what is tested.
    for clock in made:
        if clock.state in (State.RUNNING, State.BROKEN):
            clock.promise = f"{clock.promise}{len(cases)}{made.index(clock)}"[:20]
    Clock.objects.bulk_create(made)


def settled(chance: random.Random, start: datetime, due: datetime) -> dict[str, Any]:
    """A state that this clock can be in at NOW, and when it got there."""
    if due <= NOW and chance.random() < 0.05:
        return {"state": State.KEPT, "settled_at": due}  # in the very moment it was due
    state = chance.choice([State.KEPT] * 4 + [State.LATE, State.CANCELLED, State.BROKEN, State.RUNNING])
    if state in (State.RUNNING, State.BROKEN):
        # One past due that no worker has noticed yet is broken as well.
        return {"state": State.RUNNING if due >= NOW else state}
    until = min(due, NOW) if state == State.KEPT else NOW
    since = max(due, start) if state == State.LATE else start
    if since >= until:
        return {"state": State.KEPT, "settled_at": start}
    return {"state": state, "settled_at": since + chance.random() * (until - since)}


# --- one by one -------------------------------------------------------------------------------------------------------


def decided_at(clock: Clock) -> tuple[datetime, bool] | None:
    """When a promise was decided, and whether it was kept."""
    if clock.state == State.KEPT:
        assert clock.settled_at
        return clock.settled_at, True
    if clock.state == State.CANCELLED:
        assert clock.settled_at
        return (clock.due_at, False) if clock.settled_at > clock.due_at else None
    if clock.state == State.RUNNING and clock.due_at >= NOW:
        return None
    return clock.due_at, False


def one_by_one(clocks: Iterable[Clock], period: Period, by: str) -> dict[str, Any]:
    weeks, countries, who, promises = Counter[Any](), Counter[Any](), Counter[Any](), Counter[Any]()
    took: list[timedelta] = []
    listed = list(clocks)
    for clock in listed:
        decided = decided_at(clock)
        if decided and period.start <= decided[0] < period.end:
            at, kept = decided
            week = max(edge for edge in period.edges if edge <= at)
            for counter, key in (
                (weeks, week),
                (countries, clock.case.debtor_country),
                (who, getattr(clock, by).pk),
                (promises, clock.promise),
            ):
                counter[key, kept] += 1  # fmt: skip
        if (
            clock.state in (State.KEPT, State.LATE)
            and clock.settled_at
            and period.start <= clock.settled_at < period.end
        ):
            took.append(clock.working_time.between(clock.started_at, clock.settled_at))
    return {
        "weeks": weeks, "countries": countries, "who": who, "promises": promises, "took": sorted(took),
        "course": [(at, *was_open(listed, at)) for at in period.looks(NOW)],
    }  # fmt: skip


def was_open(clocks: list[Clock], at: datetime) -> tuple[int, int]:
    there = [clock for clock in clocks if clock.started_at <= at and not (clock.settled_at and clock.settled_at <= at)]
    return len(there), sum(clock.due_at < at for clock in there)


def told(report: Keeping) -> dict[str, Any]:
    def counted(rows: Iterable[tuple[Any, keeping.Tally]]) -> Counter[Any]:
        found = {
            (key, kept): count for key, tally in rows for kept, count in ((True, tally.kept), (False, tally.broken))
        }
        return Counter({key: count for key, count in found.items() if count})

    return {
        "weeks": counted(report.weeks), "countries": counted(report.countries), "promises": counted(report.promises),
        "who": counted((one.pk, tally) for one, tally in report.organisations),
        "course": [(look.at, look.open, look.overdue) for look in report.course],
    }  # fmt: skip


PERIODS = {
    "4 weeks": keeping.weeks(4, NOW, ZONE),
    "13 weeks": keeping.weeks(13, NOW, ZONE),
    "over the night when clocks go forward": keeping.between(date(2026, 3, 25), date(2026, 4, 14), ZONE),
    "one day": keeping.between(date(2026, 4, 1), date(2026, 4, 1), ZONE),
    "long past": keeping.between(date(2020, 1, 1), date(2020, 3, 1), ZONE),
}


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS)
@pytest.mark.parametrize("by", ["owner", "owed_to"])
def test_every_number_is_that_of_the_clocks(cast: Cast, period: Period, by: str) -> None:
    world(cast, 250)
    clocks = Clock.objects.select_related("case", "owner", "owed_to", "policy", "calendar")
    expected = one_by_one(clocks, period, by)
    report = keeping.report(Clock.objects.all(), period, NOW, by)
    took = expected.pop("took")
    assert told(report) == expected
    assert (report.total.kept, report.total.broken) == tuple(
        sum(count for (_key, was), count in expected["weeks"].items() if was == kept) for kept in (True, False)
    )
    ends = [HOUR * bar for bar in BARS]
    assert report.times.bars == tuple(
        sum(low < span <= high or (low == -HOUR and span <= high) for span in took)
        for low, high in zip([-HOUR, *ends], [*ends, timedelta.max], strict=True)
    )
    assert report.times.median == (took[(len(took) + 1) // 2 - 1] if took else None)
    assert report.times.slowest_tenth == (took[-(-len(took) * 9 // 10) - 1] if took else None)


def test_the_clocks_of_this_test_mean_something(cast: Cast) -> None:
    """There is something to count in each cell, or the test above would prove little."""
    world(cast, 250)
    report = keeping.report(Clock.objects.all(), PERIODS["13 weeks"], NOW)
    assert report.total.kept > 80
    assert report.total.broken > 40
    assert len(report.countries) == 4
    assert len(report.organisations) == 3
    assert all(report.times.bars)
    assert max(look.overdue for look in report.course) > 5
    assert Clock.objects.filter(state=State.RUNNING, due_at__lt=NOW).exists()
    assert Clock.objects.filter(state=State.CANCELLED).exists()


def test_what_is_about_no_case_and_owed_to_no_organisation_is_counted_all_the_same(cast: Cast) -> None:
    """As many of them as of one country, or their order would be told without asking which comes first."""
    cast.confirmed()
    told = {"channel": "sales", "subject": "A demo", "body": "When?", "name": "Vera", "email": "vera@example.com"}
    Request.open(by=Visitor(), at=MONDAY, **told).answer(by=cast.olga, body="Tomorrow", at=MONDAY)
    report = keeping.report(Clock.objects.all(), PERIODS["13 weeks"], NOW, "owed_to")
    assert (report.total.kept, [tally.kept for _code, tally in report.countries]) == (2, [1])
    assert [(str(one), tally.kept) for one, tally in report.organisations] == [("Nordlys Energi A/S", 1)]


def test_nothing_is_counted_that_one_may_not_see(cast: Cast) -> None:
    world(cast, 120)
    ours = Clock.objects.visible_to(cast.paul).owed_by(cast.paul.organisation)
    expected = one_by_one(
        ours.select_related("case", "owner", "owed_to", "policy", "calendar"), PERIODS["13 weeks"], "owed_to"
    )
    expected.pop("took")
    report = keeping.report(ours, PERIODS["13 weeks"], NOW, "owed_to")
    assert told(report) == expected
    assert report.total.decided < keeping.report(Clock.objects.all(), PERIODS["13 weeks"], NOW).total.decided


def test_it_asks_as_much_for_many_as_for_few(cast: Cast) -> None:
    asked = []
    for seed, count in ((1, 30), (2, 300)):
        world(cast, count, seed)
        with CaptureQueriesContext(connection) as queries:
            keeping.report(Clock.objects.all(), PERIODS["13 weeks"], NOW)
        asked.append(len(queries))
    assert asked == [9, 9]


def test_weeks_begin_on_monday_where_the_reader_is() -> None:
    period = keeping.weeks(2, datetime(2026, 3, 31, 23, 30, tzinfo=UTC), ZONE)
    assert [edge.astimezone(ZoneInfo(ZONE)).isoformat() for edge in period.edges] == [
        "2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "2026-04-06T00:00:00+02:00",
    ]  # fmt: skip


def test_a_period_of_days_ends_with_its_last_day() -> None:
    period = keeping.between(date(2026, 3, 11), date(2026, 3, 23), "UTC")
    assert [f"{edge:%m-%d}" for edge in period.edges] == ["03-11", "03-16", "03-23", "03-24"]
    assert period.days() == (date(2026, 3, 11), date(2026, 3, 23))


def test_a_period_from_monday_to_sunday_is_one_week() -> None:
    assert len(keeping.between(date(2026, 3, 9), date(2026, 3, 15), "UTC").edges) == 2


def test_a_period_to_come_has_no_course() -> None:
    period = keeping.between(date(2027, 1, 1), date(2027, 1, 5), "UTC")
    assert period.looks(NOW) == []


def test_an_empty_report_has_no_shares(cast: Cast) -> None:
    report = keeping.report(Clock.objects.none(), PERIODS["4 weeks"], NOW)
    assert report.total.share is None
    assert (report.times.count, report.times.median, report.times.slowest_tenth) == (0, None, None)
    assert [tally.decided for _start, tally in report.weeks] == [0, 0, 0, 0]
