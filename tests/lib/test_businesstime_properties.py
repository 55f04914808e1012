"""What must hold for any calendar, any start and any promise."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trialogue.lib.businesstime import WEEKDAYS, WorkingTime

MICRO = timedelta(microseconds=1)
NOTHING = timedelta(0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FROM = datetime(2010, 1, 1, tzinfo=UTC)
ZONES = [
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Copenhagen",
    "Europe/Dublin",
    "Pacific/Apia",
    "UTC",
]


def holds(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A claim about every value; without a deadline, because a cold calendar works out a year or more."""
    return lambda claim: settings(deadline=None, max_examples=60)(given(*strategies)(claim))


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def hours(draw: st.DrawFn) -> list[tuple[str, str]]:
    edges = sorted(draw(st.sets(st.integers(0, 96).map(lambda quarter: quarter * 15), min_size=2, max_size=6)))
    return [(clock(a), clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]


dates = st.dates(date(2009, 1, 1), date(2013, 12, 31))
weeks = st.dictionaries(st.integers(0, 6), hours(), min_size=1, max_size=5)
plans = st.tuples(
    st.sampled_from(ZONES),
    weeks,
    st.lists(dates, max_size=12),
    st.dictionaries(dates, hours() | st.just([]), max_size=5),
)
calendars = plans.map(lambda plan: WorkingTime(*plan))
zones = st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30)), *map(ZoneInfo, ZONES)])
moments = st.integers(0, 3 * 365 * 86_400 * 10**6).map(lambda micros: FROM + micros * MICRO)
starts = st.builds(datetime.astimezone, moments, zones)
lengths = st.timedeltas(timedelta(hours=-60), timedelta(hours=60))
promises = st.timedeltas(MICRO, timedelta(hours=60))


@holds(calendars, starts, lengths)
def test_adding_then_measuring_gives_the_promise_back(
    calendar: WorkingTime, start: datetime, length: timedelta
) -> None:
    assert calendar.between(start, calendar.add(start, length)) == length


@holds(calendars, starts, lengths)
def test_never_lands_in_closed_time(calendar: WorkingTime, start: datetime, length: timedelta) -> None:
    end = calendar.add(start, length).astimezone(UTC)
    assert calendar.is_open(end - MICRO if length > NOTHING else end)


@holds(calendars, starts, starts, lengths)
def test_who_starts_later_is_due_no_earlier(calendar: WorkingTime, a: datetime, b: datetime, length: timedelta) -> None:
    a, b = sorted((a, b), key=datetime.timestamp)
    assert calendar.add(a, length).astimezone(UTC) <= calendar.add(b, length).astimezone(UTC)


@holds(calendars, starts, lengths, lengths)
def test_a_longer_promise_is_due_later(calendar: WorkingTime, start: datetime, a: timedelta, b: timedelta) -> None:
    first, second = (calendar.add(start, length).astimezone(UTC) for length in sorted((a, b)))
    assert first < second or a == b


@holds(calendars, starts, promises)
def test_going_back_undoes_going_forward(calendar: WorkingTime, start: datetime, promise: timedelta) -> None:
    there_and_back = calendar.add(calendar.add(start, promise), -promise)
    assert there_and_back.astimezone(UTC) == calendar.next_opening(start).astimezone(UTC)


@holds(calendars, starts, promises)
def test_going_forward_undoes_going_back(calendar: WorkingTime, start: datetime, promise: timedelta) -> None:
    back_and_there = calendar.add(calendar.add(start, -promise), promise)
    assert calendar.between(start, back_and_there) == NOTHING
    assert back_and_there.astimezone(UTC) <= calendar.next_opening(start).astimezone(UTC)


@holds(calendars, starts, promises, promises)
def test_two_promises_in_a_row_are_one(calendar: WorkingTime, start: datetime, a: timedelta, b: timedelta) -> None:
    assert calendar.add(calendar.add(start, a), b).astimezone(UTC) == calendar.add(start, a + b).astimezone(UTC)


@holds(calendars, starts, starts, starts)
def test_between_adds_up(calendar: WorkingTime, a: datetime, b: datetime, c: datetime) -> None:
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert calendar.between(a, b) == -calendar.between(b, a)
    assert abs(calendar.between(a, b)) <= abs(a.astimezone(UTC) - b.astimezone(UTC))


@holds(calendars, starts)
def test_adding_nothing_is_the_next_opening(calendar: WorkingTime, start: datetime) -> None:
    opening = calendar.next_opening(start)
    assert calendar.is_open(opening)
    assert calendar.between(start, opening) == NOTHING
    assert calendar.add(start, NOTHING) == calendar.add_days(start, 0) == opening
    assert opening == start or not calendar.is_open(start)


@holds(calendars, moments, moments)
def test_spans_and_closures_are_the_whole_time(calendar: WorkingTime, a: datetime, b: datetime) -> None:
    a, b = sorted((a, b))
    spans, closures = calendar.spans(a, b), calendar.closures(a, b)
    edges = list(chain.from_iterable(sorted([*spans, *((closure.start, closure.end) for closure in closures)])))
    assert not edges or (edges[0], edges[-1]) == (a, b)
    assert edges[1:-1:2] == edges[2::2]
    assert edges or a == b
    assert sum((end - start for start, end in spans), NOTHING) == calendar.between(a, b)


@holds(plans, st.lists(moments, min_size=2, max_size=20), lengths)
def test_answers_do_not_depend_on_what_was_asked_before(
    plan: tuple[Any, ...], asked: list[datetime], length: timedelta
) -> None:
    one, other = WorkingTime(*plan), WorkingTime(*plan)
    answers = {start: other.add(start, length) for start in reversed(asked)}
    assert [one.add(start, length) for start in asked] == [answers[start] for start in asked]


@holds(calendars, starts, zones, lengths)
def test_the_zone_of_the_start_changes_only_the_zone_of_the_answer(
    calendar: WorkingTime, start: datetime, zone: ZoneInfo, length: timedelta
) -> None:
    here, there = calendar.add(start, length), calendar.add(start.astimezone(zone), length)
    assert here.astimezone(UTC) == there.astimezone(UTC)
    assert (here.tzinfo, there.tzinfo) == (start.tzinfo, zone)


@holds(calendars, starts, st.integers(-40, 40))
def test_business_days_land_on_working_days(calendar: WorkingTime, start: datetime, days: int) -> None:
    end = calendar.add_days(start, days).astimezone(UTC)
    assert calendar.is_open(end) or calendar.is_open(end - MICRO)
    assert (end > calendar.next_opening(start).astimezone(UTC)) == (days > 0)


@holds(moments, st.integers(-300, 300))
def test_on_weekdays_around_the_clock_a_business_day_is_24_business_hours(start: datetime, days: int) -> None:
    calendar = WorkingTime("UTC", WEEKDAYS)
    assert calendar.between(start, calendar.add_days(start, days)) == days * timedelta(hours=24)


@holds(calendars, st.lists(st.tuples(moments, lengths), min_size=1, max_size=30))
def test_add_many_equals_add(calendar: WorkingTime, asked: list[tuple[datetime, timedelta]]) -> None:
    column = np.array([(start - EPOCH) // MICRO for start, _ in asked])
    several = np.array([length // MICRO for _, length in asked])
    assert list(calendar.add_many(column, several)) == [
        (calendar.add(start, length) - EPOCH) // MICRO for start, length in asked
    ]
    one = asked[0][1]
    assert list(calendar.add_many(column, one)) == [(calendar.add(start, one) - EPOCH) // MICRO for start, _ in asked]


@holds(calendars, st.lists(st.tuples(moments, st.integers(-30, 30)), min_size=1, max_size=30))
def test_add_days_many_equals_add_days(calendar: WorkingTime, asked: list[tuple[datetime, int]]) -> None:
    column = np.array([(start - EPOCH) // MICRO for start, _ in asked])
    several = np.array([days for _, days in asked])
    assert list(calendar.add_days_many(column, several)) == [
        (calendar.add_days(start, days) - EPOCH) // MICRO for start, days in asked
    ]


@holds(calendars, st.lists(st.tuples(moments, moments), min_size=1, max_size=30))
def test_between_many_equals_between(calendar: WorkingTime, asked: list[tuple[datetime, datetime]]) -> None:
    firsts, seconds = (
        np.array([(moment - EPOCH) // MICRO for moment in column]) for column in zip(*asked, strict=True)
    )
    assert list(calendar.between_many(firsts, seconds)) == [calendar.between(a, b) // MICRO for a, b in asked]
