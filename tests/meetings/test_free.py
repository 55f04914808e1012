"""Free times: within the hours, away from what is taken, exact on the nights when clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from trialogue.lib.businesstime import WorkingTime
from trialogue.meetings.free import Span, Terms, overlap, starts

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WEEK = {day: [("09:00", "12:00"), ("13:00", "16:00")] for day in range(5)}
OFFICE = WorkingTime(COPENHAGEN, WEEK)
ALWAYS = WorkingTime(COPENHAGEN, {day: [("00:00", "24:00")] for day in range(7)})
MONDAY, FRIDAY = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 13, 23, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0, *, month: int = 3, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=COPENHAGEN, fold=fold).astimezone(UTC)


def of_day(terms: Terms, meetings: list[Span] = [], busy: list[Span] = []) -> list[str]:  # noqa: B006
    found = starts(terms, OFFICE, meetings, busy, at(10, 0), at(10, 23))
    return [f"{one.astimezone(COPENHAGEN):%H:%M}" for one in found]


def test_they_begin_every_half_hour_and_end_within_the_span() -> None:
    assert of_day(Terms(60)) == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
        "11:00",
        "13:00",
        "13:30",
        "14:00",
        "14:30",
        "15:00",
    ]
    assert of_day(Terms(15))[:3] == ["09:00", "09:15", "09:30"]


def test_a_meeting_keeps_its_room_before_and_after_it() -> None:
    met = [(at(10, 10), at(10, 10, 30))]
    assert of_day(Terms(30), met)[:4] == ["09:00", "09:30", "10:30", "11:00"]
    assert of_day(Terms(30, before=15), met)[:3] == ["09:00", "11:00", "11:30"]


def test_what_is_busy_elsewhere_is_not_offered() -> None:
    assert of_day(Terms(60), busy=[(at(10, 8), at(10, 14, 15)), (at(10, 12), at(10, 13))]) == ["14:30", "15:00"]
    assert of_day(Terms(30, after=30), busy=[(at(10, 11), at(10, 20))]) == ["09:00", "09:30", "10:00"]


def test_only_so_many_a_day() -> None:
    met = [(at(10, 9), at(10, 9, 30))]
    assert of_day(Terms(30, most_a_day=1), met) == []
    assert len(of_day(Terms(30, most_a_day=2), met)) == 11


def test_the_hour_that_is_skipped_is_never_offered() -> None:
    found = starts(Terms(60), ALWAYS, [], [], at(29, 1), at(29, 4))
    shown = [f"{one.astimezone(COPENHAGEN):%H:%M}" for one in found]
    assert shown == ["01:00", "01:30", "03:00", "03:30", "04:00"]


def test_the_hour_that_comes_twice_has_two_moments_for_each_time() -> None:
    found = starts(Terms(30), ALWAYS, [], [], at(25, 2, month=10), at(25, 3, month=10))
    shown = [f"{one.astimezone(COPENHAGEN):%H:%M %z}" for one in found]
    assert shown == ["02:00 +0200", "02:30 +0200", "02:00 +0100", "02:30 +0100", "03:00 +0100"]
    taken = [(at(25, 2, month=10), at(25, 2, 30, month=10))]
    assert starts(Terms(30), ALWAYS, taken, [], at(25, 2, month=10), at(25, 3, month=10)) == found[1:]


moments = st.integers(0, 23 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
spans = st.tuples(moments, st.integers(1, 600)).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1])))
terms = st.builds(Terms, st.sampled_from((15, 30, 45, 60)), st.integers(0, 60), st.integers(0, 60), st.integers(0, 4))


@given(terms, st.lists(spans, max_size=12), st.lists(spans, max_size=12))
def test_what_is_offered_is_open_free_and_in_order(terms: Terms, meetings: list[Span], busy: list[Span]) -> None:
    until = datetime(2026, 3, 31, tzinfo=UTC)
    found = starts(terms, OFFICE, meetings, busy, MONDAY, until)
    assert found == sorted(set(found))
    for start in found:
        span = (start, start + timedelta(minutes=terms.minutes))
        assert OFFICE.between(*span) == timedelta(minutes=terms.minutes)
        room = (span[0] - timedelta(minutes=terms.before), span[1] + timedelta(minutes=terms.after))
        assert not any(overlap(room, other) for other in (*meetings, *busy))


@given(terms, st.lists(spans, max_size=6), st.integers(0, 200))
def test_a_shorter_look_finds_the_same_times(terms: Terms, meetings: list[Span], hours: int) -> None:
    whole = starts(terms, ALWAYS, meetings, [], MONDAY, FRIDAY)
    since = MONDAY + timedelta(minutes=hours * 17)
    assert starts(terms, ALWAYS, meetings, [], since, FRIDAY) == [one for one in whole if one >= since]
