"""`businesstime` by example: the promises, the rules, and every way of asking wrongly."""

import doctest
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import pytest

from trialogue.lib import businesstime
from trialogue.lib.businesstime import (
    AROUND_THE_CLOCK,
    WEEKDAYS,
    BackwardsSpan,
    BadDate,
    BadHours,
    BusinessTimeError,
    ClosedTooLong,
    HolidaysUnknown,
    NaiveDatetime,
    NeverOpen,
    OutOfRange,
    UnknownCountry,
    UnknownSubdivision,
    UnknownZone,
    WorkingTime,
    ZoneNeeded,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SPLIT = {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in range(5)}
NINE_TO_FIVE = {day: [("09:00", "17:00")] for day in range(5)}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICRO = timedelta(microseconds=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def office() -> WorkingTime:
    return WorkingTime("Europe/Copenhagen", SPLIT)


@pytest.fixture
def denmark() -> WorkingTime:
    return WorkingTime.for_country("DK")


# Promises


def test_48_business_hours_are_two_weekdays_around_the_clock(denmark: WorkingTime) -> None:
    assert denmark.add(local("2026-02-03T10:00"), 48 * HOUR) == local("2026-02-05T10:00")


def test_a_promise_given_on_saturday_starts_on_monday(denmark: WorkingTime) -> None:
    assert denmark.add(local("2026-02-07T15:00"), 10 * HOUR) == local("2026-02-09T10:00")


def test_easter_is_not_counted(denmark: WorkingTime) -> None:
    assert denmark.add(local("2026-04-01T16:00"), 48 * HOUR) == local("2026-04-08T16:00")


def test_a_lunch_break_is_not_counted(office: WorkingTime) -> None:
    assert office.add(local("2026-02-03T11:30"), HOUR) == local("2026-02-03T13:30")


def test_what_runs_out_at_closing_is_due_at_closing(office: WorkingTime) -> None:
    assert office.add(local("2026-02-03T15:00"), 2 * HOUR) == local("2026-02-03T17:00")
    assert office.add(local("2026-02-03T15:00"), 2 * HOUR + MICRO) == local("2026-02-04T08:00") + MICRO


def test_what_begins_at_closing_begins_at_the_next_opening(office: WorkingTime) -> None:
    assert office.add(local("2026-02-06T17:00"), HOUR) == local("2026-02-09T09:00")
    assert office.next_opening(local("2026-02-06T17:00")) == local("2026-02-09T08:00")


def test_backward_is_the_mirror_image(office: WorkingTime) -> None:
    assert office.add(local("2026-02-09T09:00"), -HOUR) == local("2026-02-09T08:00")
    assert office.add(local("2026-02-09T09:00"), -2 * HOUR) == local("2026-02-06T16:00")
    assert office.add(local("2026-02-08T03:00"), -HOUR) == local("2026-02-06T16:00")


def test_between_is_negative_backward(office: WorkingTime) -> None:
    assert office.between(local("2026-02-03T11:00"), local("2026-02-03T14:00")) == 2 * HOUR
    assert office.between(local("2026-02-03T14:00"), local("2026-02-03T11:00")) == -2 * HOUR
    assert office.between(local("2026-02-07T11:00"), local("2026-02-08T11:00")) == timedelta(0)


def test_an_opening_is_open_and_a_closing_is_not(office: WorkingTime) -> None:
    assert office.is_open(local("2026-02-03T08:00"))
    assert not office.is_open(local("2026-02-03T12:00"))
    assert office.is_open(local("2026-02-03T12:00") - MICRO)


def test_hours_may_be_given_in_any_order_and_may_touch() -> None:
    calendar = WorkingTime("UTC", {0: [("12:00", "16:00"), ("08:00", "12:00")]})
    monday = utc("2026-02-02T00:00")
    assert calendar.spans(monday, monday + DAY) == [(utc("2026-02-02T08:00"), utc("2026-02-02T16:00"))]


def test_a_night_shift_is_one_span() -> None:
    calendar = WorkingTime("UTC", {0: [("22:00", "24:00")], 1: [("00:00", "06:00")]})
    monday = utc("2026-02-02T00:00")
    assert calendar.spans(monday, monday + 2 * DAY) == [(utc("2026-02-02T22:00"), utc("2026-02-03T06:00"))]


def test_open_over_new_year_is_one_span_whatever_was_asked_first() -> None:
    calendar = WorkingTime("UTC", AROUND_THE_CLOCK)
    for year in (2026, 2027, 2025):
        calendar.is_open(datetime(year, 6, 1, tzinfo=UTC))
    assert calendar.spans(utc("2025-01-01"), utc("2027-12-01")) == [(utc("2025-01-01"), utc("2027-12-01"))]


# The zone of an answer


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo"), timezone(timedelta(hours=-5)), COPENHAGEN])
def test_the_answer_has_the_zone_of_the_start(office: WorkingTime, zone: Any) -> None:
    start = local("2026-02-03T11:30").astimezone(zone)
    assert office.add(start, HOUR).tzinfo is zone
    assert office.add_days(start, 1).tzinfo is zone
    assert office.next_opening(start).tzinfo is zone
    assert office.spans(start, start + DAY)[0][0].tzinfo is zone
    assert office.closures(start, start + DAY)[0].end.tzinfo is zone


# Nights on which clocks are moved


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_around_the_clock_has_as_many_hours_as_the_clocks_give_it(day: str, hours: int) -> None:
    always = WorkingTime(COPENHAGEN, AROUND_THE_CLOCK)
    start = local(day)
    assert always.between(start, start + DAY) == hours * HOUR


@pytest.mark.parametrize(
    ("hours", "spring", "autumn"),
    [
        (("01:00", "02:30"), ("00:00", "01:00"), ("23:00", "01:30")),  # closes within the hour moved
        (("02:30", "05:00"), ("01:00", "03:00"), ("00:30", "04:00")),  # opens within it
        (("02:15", "02:45"), None, ("00:15", "01:45")),  # lies within it
        (("00:00", "02:00"), ("23:00", "01:00"), ("22:00", "00:00")),  # closes as it begins
        (("03:00", "05:00"), ("01:00", "03:00"), ("02:00", "04:00")),  # opens as it ends
    ],
)
def test_hours_within_the_hour_that_is_moved(
    hours: tuple[str, str], spring: tuple[str, str] | None, autumn: tuple[str, str]
) -> None:
    calendar = WorkingTime(COPENHAGEN, {day: [hours] for day in range(7)})
    assert utc_hours(calendar, "2026-03-29") == ([spring] if spring else [])
    assert utc_hours(calendar, "2026-10-25") == [autumn]


def utc_hours(calendar: WorkingTime, day: str) -> list[tuple[str, str]]:
    start = local(day)
    return [
        (opening.astimezone(UTC).strftime("%H:%M"), closing.astimezone(UTC).strftime("%H:%M"))
        for opening, closing in calendar.spans(start, start + DAY)
    ]


def test_intervals_that_would_overlap_in_the_hour_that_comes_twice_are_one() -> None:
    calendar = WorkingTime(COPENHAGEN, {day: [("01:00", "02:15"), ("02:45", "04:00")] for day in range(7)})
    assert utc_hours(calendar, "2026-10-25") == [("23:00", "03:00")]


def test_a_moment_that_the_clocks_take_back_belongs_to_the_date_before() -> None:
    """In St John's the wall showed 7 November for one minute, then again 6 November for an hour."""
    calendar = WorkingTime("America/St_Johns", NINE_TO_FIVE)
    minute = utc("2010-11-07T02:30:15")
    assert minute.astimezone(calendar.zone).date() == date(2010, 11, 7)
    assert [closure.day for closure in calendar.closures(minute, minute + HOUR / 2)] == [date(2010, 11, 6)]
    always = WorkingTime("America/St_Johns", AROUND_THE_CLOCK)
    assert always.add_days(minute, 1) == utc("2010-11-08T03:30")


def test_a_date_that_was_skipped_is_no_working_day() -> None:
    samoa = WorkingTime("Pacific/Apia", WEEKDAYS)
    start = datetime(2011, 12, 29, 12, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.add_days(start, 1) == datetime(2012, 1, 2, 12, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.add(start, 24 * HOUR) == datetime(2012, 1, 2, 12, tzinfo=ZoneInfo("Pacific/Apia"))
    assert date(2011, 12, 30) not in {closure.day for closure in samoa.closures(start, start + 3 * DAY)}


# Business days


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-02-03T10:30", 2, "2026-02-05T10:30"),
        ("2026-02-05T10:30", 2, "2026-02-09T10:30"),
        ("2026-02-05T10:30", -4, "2026-01-30T10:30"),
        ("2026-02-05T10:30", 0, "2026-02-05T10:30"),
        ("2026-02-05T12:30", 0, "2026-02-05T13:00"),  # closed: the next opening
        ("2026-02-07T12:30", 0, "2026-02-09T08:00"),
        ("2026-02-07T12:30", 1, "2026-02-10T08:00"),  # closed: counts from the next opening
        ("2026-02-07T12:30", -1, "2026-02-06T08:00"),
        ("2026-02-05T17:00", 1, "2026-02-09T08:00"),  # a closing is closed
        ("2026-02-05T13:00", 4, "2026-02-11T12:00"),  # a half day: its closing
        ("2026-02-05T11:00", 4, "2026-02-11T11:00"),
        ("2026-02-05T08:00", 5, "2026-02-12T10:00"),  # a late day: its first opening
        ("2026-02-05T10:00", 5, "2026-02-12T10:00"),
        ("2026-02-05T16:30", 6, "2026-02-13T11:30"),  # between two intervals: the closing before
        ("2026-02-05T11:30", 6, "2026-02-13T11:30"),
    ],
)
def test_business_days(start: str, days: int, end: str) -> None:
    short = {
        date(2026, 2, 11): [("08:00", "12:00")],
        date(2026, 2, 12): [("10:00", "17:00")],
        date(2026, 2, 13): [("09:00", "11:30"), ("16:45", "18:00")],
    }
    calendar = WorkingTime("Europe/Copenhagen", SPLIT, shortened=short)
    assert calendar.add_days(local(start), days) == local(end)


def test_a_business_day_keeps_the_clock_time_over_a_night_when_clocks_are_moved(denmark: WorkingTime) -> None:
    assert denmark.add_days(local("2026-03-27T16:00"), 1) == local("2026-03-30T16:00")
    assert denmark.add_days(local("2026-10-26T16:00"), -1) == local("2026-10-23T16:00")


def test_a_clock_time_that_is_skipped_is_the_moment_of_the_skip() -> None:
    calendar = WorkingTime(COPENHAGEN, AROUND_THE_CLOCK)
    assert calendar.add_days(local("2026-03-28T02:30"), 1) == utc("2026-03-29T01:00")


def test_of_a_clock_time_that_comes_twice_it_is_the_first() -> None:
    calendar = WorkingTime(COPENHAGEN, AROUND_THE_CLOCK)
    assert calendar.add_days(local("2026-10-24T02:30"), 1).astimezone(UTC) == utc("2026-10-25T00:30")


def test_a_clock_time_skipped_up_to_midnight_does_not_fall_on_the_next_day() -> None:
    """In Pyongyang 4 May 2018 ended at 23:30."""
    week = {3: [("00:00", "24:00")], 4: [("08:00", "17:00")], 5: [("00:00", "06:00")]}
    calendar = WorkingTime("Asia/Pyongyang", week)
    start = datetime(2018, 5, 3, 23, 45, tzinfo=calendar.zone)
    assert calendar.add_days(start, 1) == datetime(2018, 5, 4, 17, tzinfo=calendar.zone)


def test_business_hours_and_business_days_differ_before_a_holiday_if_counted_from_midnight() -> None:
    """Tuesday 24:00 and Thursday 00:00 are the same working instant, but not the same real one."""
    calendar = WorkingTime("UTC", WEEKDAYS, [date(2026, 2, 11)])
    saturday = utc("2026-02-07T12:00")
    by_hours, by_days = calendar.add(saturday, 48 * HOUR), calendar.add_days(saturday, 2)
    assert (by_hours, by_days) == (utc("2026-02-11"), utc("2026-02-12"))
    assert calendar.between(by_hours, by_days) == timedelta(0)


# Holidays, own closed days, shortened days


@pytest.mark.parametrize(
    "given",
    [
        [date(2026, 2, 4)],
        iter([date(2026, 2, 4)]),
        {date(2026, 2, 4): "Founders' Day"},
        lambda year: [date(year, 2, 4)],
        lambda year: {date(year, 2, 4): "Founders' Day"},
    ],
    ids=["list", "iterator", "names", "function", "function of names"],
)
def test_holidays_may_be_given_in_several_ways(given: Any) -> None:
    calendar = WorkingTime("UTC", NINE_TO_FIVE, given)
    assert calendar.add(utc("2026-02-03T16:00"), 2 * HOUR) == utc("2026-02-05T10:00")


def test_a_lazy_mapping_is_asked_for_every_year() -> None:
    calendar = WorkingTime("Europe/Copenhagen", WEEKDAYS, holidays.country_holidays("DK"))
    for year in (2031, 1999, 2064):
        christmas = datetime(year, 12, 25, 12, tzinfo=COPENHAGEN)
        assert not calendar.is_open(christmas)
        assert calendar.holiday_name(christmas.date())


def test_a_function_may_give_dates_of_other_years_too() -> None:
    calendar = WorkingTime("UTC", WEEKDAYS, lambda year: [date(year, 1, 1), date(year + 1, 1, 2)])
    assert calendar.is_open(utc("2026-01-02T12:00"))
    assert not calendar.is_open(utc("2026-01-01T12:00"))


def test_there_is_no_last_holiday(denmark: WorkingTime) -> None:
    for year in (2027, 2050, 2100):
        assert not denmark.is_open(datetime(year, 12, 25, 12, tzinfo=COPENHAGEN))


def test_a_shortened_day_wins_over_a_closed_one_a_holiday_and_the_week() -> None:
    day, sunday = date(2026, 2, 4), date(2026, 2, 8)
    short = {day: [("10:00", "11:00")], sunday: [("10:00", "11:00")]}
    calendar = WorkingTime("UTC", NINE_TO_FIVE, [day], short, closed=[day])
    assert calendar.between(utc("2026-02-04"), utc("2026-02-05")) == HOUR
    assert calendar.between(utc("2026-02-08"), utc("2026-02-09")) == HOUR


def test_shortened_days_may_be_a_function_of_the_year() -> None:
    calendar = WorkingTime("UTC", WEEKDAYS, shortened=lambda year: {date(year, 12, 24): [("00:00", "12:00")]})
    for year in (2026, 2029):
        assert calendar.between(datetime(year, 12, 24, tzinfo=UTC), datetime(year, 12, 25, tzinfo=UTC)) == 12 * HOUR


def test_closures_say_why() -> None:
    calendar = WorkingTime.for_country(
        "DK",
        week=NINE_TO_FIVE,
        closed={date(2026, 12, 23): "Inventory"},
        shortened={date(2026, 12, 24): [("09:00", "12:00")], date(2026, 12, 28): []},
    )
    closures = calendar.closures(local("2026-12-22T12:00"), local("2026-12-29T12:00"))
    assert [(f"{c.start:%d %H:%M}", f"{c.end:%d %H:%M}", c.reason, c.day.day, c.name) for c in closures] == [
        ("22 17:00", "23 00:00", "hours", 22, None),
        ("23 00:00", "24 00:00", "closed", 23, "Inventory"),
        ("24 00:00", "24 09:00", "shortened", 24, None),
        ("24 12:00", "25 00:00", "shortened", 24, None),
        ("25 00:00", "26 00:00", "holiday", 25, "Christmas Day"),
        ("26 00:00", "27 00:00", "weekday", 26, None),  # Second Day of Christmas, but a Saturday anyway
        ("27 00:00", "28 00:00", "weekday", 27, None),
        ("28 00:00", "29 00:00", "closed", 28, None),
        ("29 00:00", "29 09:00", "hours", 29, None),
    ]


def test_closures_are_by_the_dates_of_the_calendar(denmark: WorkingTime) -> None:
    """Copenhagen's Saturday begins and ends at 23:00 in UTC."""
    saturday, sunday = denmark.closures(utc("2026-02-06T12:00"), utc("2026-02-09T12:00"))
    assert (saturday.start, saturday.end, saturday.day) == (
        utc("2026-02-06T23:00"),
        utc("2026-02-07T23:00"),
        date(2026, 2, 7),
    )
    assert (sunday.start, sunday.end, sunday.day) == (
        utc("2026-02-07T23:00"),
        utc("2026-02-08T23:00"),
        date(2026, 2, 8),
    )


def test_holidays_have_names(denmark: WorkingTime) -> None:
    assert denmark.holiday_name(date(2026, 12, 25)) == "Christmas Day"
    assert denmark.holiday_name(date(2026, 12, 26)) == "Second Day of Christmas"
    assert denmark.holiday_name(date(2026, 12, 28)) is None
    assert WorkingTime.for_country("DK", language="da").holiday_name(date(2026, 12, 25)) == "Juledag"


# Countries


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DK", "Europe/Copenhagen"), ("DE", "Europe/Berlin"), ("IN", "Asia/Kolkata"), ("JP", "Asia/Tokyo")],
)
def test_the_zone_of_a_country_whose_clocks_agree(country: str, zone: str) -> None:
    calendar = WorkingTime.for_country(country)
    assert (calendar.zone.key, calendar.country, calendar.subdivision) == (zone, country, None)


def test_parts_of_a_country_have_holidays_of_their_own() -> None:
    epiphany = datetime(2026, 1, 6, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert not WorkingTime.for_country("DE", "BY").is_open(epiphany)
    assert WorkingTime.for_country("DE", "BE").is_open(epiphany)


def test_a_calendar_says_what_it_is() -> None:
    assert repr(WorkingTime.for_country("US", "NY", "America/New_York")) == "<WorkingTime America/New_York US-NY>"
    assert repr(WorkingTime("UTC", WEEKDAYS)) == "<WorkingTime UTC>"


def test_holidays_that_nobody_has_written_yet_are_not_taken_for_none() -> None:
    start = utc("2100-12-31T12:00")
    with pytest.raises(HolidaysUnknown) as caught:
        WorkingTime.for_country("DK").add(start, 48 * HOUR)
    assert (caught.value.country, caught.value.year, caught.value.last_year) == ("DK", 2101, 2100)
    assert WorkingTime.for_country("DK", beyond="open").add(start, 24 * HOUR) == utc("2101-01-03T12:00")


# Columns


def test_a_column_of_integers_is_microseconds_since_1970(office: WorkingTime) -> None:
    start = local("2026-02-03T11:30")
    column = np.array([int(start.timestamp()) * 10**6 + 7])
    assert list(office.add_many(column, HOUR)) == [column[0] + 2 * 3600 * 10**6]
    assert office.add_many(column, HOUR).dtype == np.int64
    assert list(office.between_many(column, start + 5 * HOUR)) == [4 * 3600 * 10**6 - 7]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_column_of_dates_gives_a_column_of_dates(office: WorkingTime, unit: str) -> None:
    column = np.array(["2026-02-03T10:30", "2026-02-06T15:59"], f"M8[{unit}]")
    due = office.add_many(column, np.array([HOUR, 2 * HOUR], "m8[m]"))
    assert list(due) == list(np.array(["2026-02-03T12:30", "2026-02-09T08:59"], "M8[us]"))
    assert due.dtype == "M8[us]"
    assert list(office.between_many(column, due)) == [HOUR, 2 * HOUR]
    assert list(office.add_days_many(column, 1)) == list(np.array(["2026-02-04T10:30", "2026-02-09T15:59"], "M8[us]"))


def test_columns_may_have_any_shape(office: WorkingTime) -> None:
    starts = np.arange(10**15, 10**15 + 24 * 3600 * 10**6, 3600 * 10**6).reshape(2, 3, 4)
    for due in (office.add_many(starts, HOUR), office.add_days_many(starts, 30), office.between_many(starts, starts)):
        assert due.shape == starts.shape
    lengths = np.array([[[-1]], [[1]]]) * 10**6
    assert list(office.add_many(starts, lengths).ravel()) == [
        office.add_many(start, length)[0]
        for start, length in zip(starts.ravel(), [-(10**6)] * 12 + [10**6] * 12, strict=True)
    ]


@pytest.mark.parametrize("days", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_columns_of_business_days_over_a_night_when_clocks_are_moved(night: str, days: int) -> None:
    calendar = WorkingTime(COPENHAGEN, {day: [("00:00", "02:20"), ("02:40", "22:00")] for day in range(7)})
    starts = [utc(night) + i * timedelta(minutes=10) for i in range(-500, 500)]
    due = calendar.add_days_many(np.array([start.replace(tzinfo=None) for start in starts], "M8[us]"), days)
    assert [moment.replace(tzinfo=UTC) for moment in due.tolist()] == [
        calendar.add_days(start, days) for start in starts
    ]


def test_an_empty_column_is_an_empty_column(office: WorkingTime) -> None:
    for due in (
        office.add_many(np.array([], np.int64), HOUR),
        office.add_days_many(np.array([], np.int64), 1),
        office.between_many(np.array([], np.int64), local("2026-02-03T10:30")),
    ):
        assert due.shape == (0,)


@pytest.mark.parametrize("starts", [[1.5], ["2026-02-03"], [datetime(2026, 2, 3, tzinfo=UTC)], [True], [2**63]])
def test_other_columns_are_refused(office: WorkingTime, starts: list[Any]) -> None:
    with pytest.raises(TypeError, match="integers"):
        office.add_many(np.array(starts), HOUR)


@pytest.mark.parametrize("lengths", [1.5, [HOUR], "1 hour", None])
def test_other_lengths_are_refused(office: WorkingTime, lengths: Any) -> None:
    with pytest.raises(TypeError, match="lengths must be integers"):
        office.add_many(np.array([10**15]), np.array(lengths, object) if isinstance(lengths, list) else lengths)


@pytest.mark.parametrize(
    "start", [np.datetime64("NaT", "us"), np.datetime64("9999-01-01"), np.datetime64("1500-01-01")]
)
def test_a_column_out_of_range_is_refused(office: WorkingTime, start: np.datetime64) -> None:
    with pytest.raises(OutOfRange):
        office.add_many(np.array([start]), HOUR)


@pytest.mark.parametrize(
    "length", [timedelta.max, timedelta.min, np.timedelta64("NaT", "us"), np.timedelta64(10**6, "D")]
)
def test_lengths_out_of_range_are_refused(office: WorkingTime, length: Any) -> None:
    with pytest.raises(OutOfRange):
        office.add_many(np.array([10**15]), length)


# Asking wrongly


@pytest.mark.parametrize(
    "ask",
    [
        lambda office, naive: office.add(naive, HOUR),
        lambda office, naive: office.add_days(naive, 1),
        lambda office, naive: office.between(naive, utc("2026-02-03")),
        lambda office, naive: office.between(utc("2026-02-03"), naive),
        lambda office, naive: office.is_open(naive),
        lambda office, naive: office.next_opening(naive),
        lambda office, naive: office.spans(naive, utc("2026-02-03")),
        lambda office, naive: office.closures(utc("2026-02-03"), naive),
        lambda office, naive: office.between_many(np.array([10**15]), naive),
    ],
)
def test_a_naive_datetime_is_refused(office: WorkingTime, ask: Callable[[WorkingTime, datetime], object]) -> None:
    naive = utc("2026-02-03T10:00").replace(tzinfo=None)
    with pytest.raises(NaiveDatetime, match="has no zone: say where it was read") as caught:
        ask(office, naive)
    assert caught.value.value == naive


@pytest.mark.parametrize(
    "ask",
    [
        lambda office: office.add(date(2026, 2, 3), HOUR),
        lambda office: office.add("2026-02-03", HOUR),
        lambda office: office.add(utc("2026-02-03"), 48),
        lambda office: office.add_days(utc("2026-02-03"), 1.5),
        lambda office: office.is_open(None),
    ],
)
def test_what_is_no_datetime_or_length_is_refused(office: WorkingTime, ask: Callable[[WorkingTime], object]) -> None:
    with pytest.raises(TypeError):
        ask(office)


def test_a_span_must_not_end_before_it_starts(office: WorkingTime) -> None:
    for ask in (office.spans, office.closures):
        with pytest.raises(BackwardsSpan) as caught:
            ask(utc("2026-02-03"), utc("2026-02-02"))
        assert (caught.value.start, caught.value.end) == (utc("2026-02-03"), utc("2026-02-02"))
        assert not list(ask(utc("2026-02-03"), utc("2026-02-03")))


@pytest.mark.parametrize("week", [{}, {0: []}, {day: [] for day in range(7)}])
def test_a_week_without_opening_is_refused(week: dict[int, Any]) -> None:
    with pytest.raises(NeverOpen, match="no opening"):
        WorkingTime("UTC", week)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([("08:00", "08:00")], "opens before it closes"),
        ([("22:00", "06:00")], "opens before it closes"),
        ([("24:00", "24:00")], "opens before it closes"),
        ([("08:00", "12:00"), ("11:59", "13:00")], "overlap"),
        ([("08:00", "12:00"), ("08:00", "12:00")], "overlap"),
        ([("08:00", "25:00")], "HH:MM"),
        ([("08:00", "24:01")], "HH:MM"),
        ([("08:60", "12:00")], "HH:MM"),
        ([("8:00", "12:00")], "HH:MM"),
        ([("08:00:30", "12:00")], "HH:MM"),
        ([("08:00\n", "12:00")], "HH:MM"),
        ([("٠٨:00", "12:00")], "HH:MM"),
        ([(8, 12)], "HH:MM"),
        ([("-1:00", "12:00")], "HH:MM"),
        ([("08:00",)], "pairs"),
        ([("08:00", "12:00", "13:00")], "pairs"),
        (["08:00", "12:00"], "pairs"),
        (("08:00", "12:00"), "pairs"),
        ([None], "pairs"),
        ("08:00-12:00", "list of pairs"),
        (None, "list of pairs"),
        ({"08:00": "12:00"}, "list of pairs"),
    ],
)
def test_hours_that_no_day_can_have_are_refused(hours: Any, words: str) -> None:
    with pytest.raises(BadHours, match=words) as caught:
        WorkingTime("UTC", {2: hours})
    assert caught.value.where == 2
    with pytest.raises(BadHours, match=words) as caught:
        WorkingTime("UTC", WEEKDAYS, shortened={date(2026, 12, 24): hours})
    assert caught.value.where == date(2026, 12, 24)


@pytest.mark.parametrize("weekday", [7, -1, "0", 1.0, True, None])
def test_a_weekday_is_a_number_from_0_to_6(weekday: Any) -> None:
    with pytest.raises(BadHours, match="weekdays are the numbers"):
        WorkingTime("UTC", {**WEEKDAYS, weekday: [("08:00", "12:00")]} if weekday != 1.0 else {weekday: []})


@pytest.mark.parametrize("bad", [utc("2026-12-24"), "2026-12-24", 20261224, None])
def test_a_holiday_is_a_plain_date(bad: Any) -> None:
    for exceptions in ({"holidays": [bad]}, {"closed": {bad: "x"}}, {"shortened": {bad: []}}):
        with pytest.raises(BadDate) as caught:
            WorkingTime("UTC", WEEKDAYS, **exceptions)  # type: ignore[arg-type]
        assert caught.value.value == bad
    with pytest.raises(BadDate):
        WorkingTime("UTC", WEEKDAYS, lambda year: [bad]).is_open(utc("2026-02-03"))
    with pytest.raises(BadDate):
        WorkingTime("UTC", WEEKDAYS).holiday_name(bad)


@pytest.mark.parametrize("zone", ["Europe/Kopenhagen", "", "Europe", "../UTC", "/etc/passwd", "Mars", None, 1, UTC])
def test_an_unknown_zone_is_refused(zone: Any) -> None:
    with pytest.raises(UnknownZone) as caught:
        WorkingTime(zone, WEEKDAYS)
    assert caught.value.zone == zone


@pytest.mark.parametrize("country", ["XX", "dk", "Denmark", "", None])
def test_an_unknown_country_is_refused(country: Any) -> None:
    with pytest.raises(UnknownCountry) as caught:
        WorkingTime.for_country(country, zone="UTC")
    assert caught.value.country == country


def test_an_unknown_subdivision_is_refused() -> None:
    with pytest.raises(UnknownSubdivision, match=r"it has .*BY") as caught:
        WorkingTime.for_country("DE", "XX")
    assert (caught.value.country, caught.value.subdivision) == ("DE", "XX")
    assert "BY" in caught.value.known


@pytest.mark.parametrize(("country", "zones"), [("US", "America/New_York"), ("AU", "Australia/Sydney"), ("XK", None)])
def test_a_country_whose_clocks_do_not_agree_needs_a_zone(country: str, zones: str | None) -> None:
    with pytest.raises(ZoneNeeded, match="give zone") as caught:
        WorkingTime.for_country(country)
    assert zones in caught.value.zones if zones else not caught.value.zones
    assert WorkingTime.for_country(country, zone="America/New_York").zone.key == "America/New_York"


# Calendars and questions without an end


@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar, start: calendar.add(start, HOUR),
        lambda calendar, start: calendar.add(start, -HOUR),
        lambda calendar, start: calendar.add_days(start, 1),
        lambda calendar, start: calendar.next_opening(start),
        lambda calendar, start: calendar.add_many(np.array([10**15]), HOUR),
    ],
)
def test_a_calendar_that_is_closed_for_ever_gives_up(ask: Callable[[WorkingTime, datetime], object]) -> None:
    closed = WorkingTime("UTC", WEEKDAYS, lambda year: [date(year, 1, 1) + i * DAY for i in range(366)])
    with pytest.raises(ClosedTooLong, match="is every day a holiday") as caught:
        ask(closed, utc("2026-02-03"))
    assert caught.value.until - caught.value.since > timedelta(days=50 * 365)
    assert closed.between(utc("2026-02-03"), utc("2027-02-03")) == timedelta(0)
    assert list(closed.between_many(np.array([10**15]), np.array([10**15 + 10**12]))) == [0]
    assert not closed.is_open(utc("2026-02-03"))


def test_a_calendar_that_closed_for_good_still_answers_for_the_time_before() -> None:
    calendar = WorkingTime(
        "UTC", NINE_TO_FIVE, lambda year: [date(year, 1, 1) + i * DAY for i in range(366 * (year > 2026))]
    )
    last = utc("2026-12-31T17:00")
    assert calendar.add(utc("2026-12-31T16:00"), HOUR) == last
    assert calendar.add_many(np.array(["2026-12-31T16:00"], "M8[us]"), HOUR)[0] == np.datetime64("2026-12-31T17:00")
    assert calendar.add(utc("2060-12-31"), -HOUR) == last - HOUR
    with pytest.raises(ClosedTooLong):
        calendar.next_opening(last)


def test_the_rarest_opening_is_found() -> None:
    """A Monday that is a 29 February: none for forty years, because 2100 is no leap year."""

    def all_other_mondays(year: int) -> list[date]:
        days = (date(year, 1, 1) + i * DAY for i in range(366))
        return [day for day in days if (day.month, day.day) != (2, 29)]

    calendar = WorkingTime("UTC", {0: [("08:00", "09:00")]}, all_other_mondays)
    found = calendar.next_opening(utc("2072-03-01"))
    assert found == utc("2112-02-29T08:00")


@pytest.mark.parametrize(
    "ask",
    [
        lambda office: office.add(datetime.max.replace(tzinfo=UTC), HOUR),
        lambda office: office.add(datetime.min.replace(tzinfo=UTC), -HOUR),
        lambda office: office.add(datetime.max.replace(tzinfo=timezone(-23 * HOUR)), HOUR),
        lambda office: office.add(utc("2026-02-03"), timedelta.max),
        lambda office: office.add(utc("2026-02-03"), timedelta.min),
        lambda office: office.add(utc("2599-12-31T12:00"), 1000 * HOUR),
        lambda office: office.add(utc("1600-01-05T12:00"), -1000 * HOUR),
        lambda office: office.add_days(utc("2026-02-03"), 10**30),
        lambda office: office.add_days(utc("2026-02-03"), -(10**30)),
        lambda office: office.add_days(utc("2599-12-30"), 10),
        lambda office: office.is_open(utc("9999-12-31T23:59")),
        lambda office: office.is_open(utc("1599-12-31T12:00")),
        lambda office: office.next_opening(datetime.max.replace(tzinfo=ZoneInfo("Pacific/Kiritimati"))),
        lambda office: office.spans(utc("2026-02-03"), utc("2700-02-03")),
        lambda office: office.closures(utc("0001-01-01"), utc("2026-02-03")),
    ],
)
def test_the_ends_of_time_are_refused(office: WorkingTime, ask: Callable[[WorkingTime], object]) -> None:
    with pytest.raises(OutOfRange, match="1600 to 2599") as caught:
        ask(office)
    assert isinstance(caught.value, OverflowError)
    assert (caught.value.first_year, caught.value.last_year) == (1600, 2599)


@pytest.mark.parametrize("name", [name for name in businesstime.__all__ if name[0].isupper()])
def test_every_error_is_a_value_error(name: str) -> None:
    found = getattr(businesstime, name)
    if isinstance(found, type) and issubclass(found, Exception):
        assert issubclass(found, BusinessTimeError)
        assert issubclass(found, ValueError)


# The library itself


def test_threads_may_share_a_calendar() -> None:
    inside, together = [0], []

    def slowly(year: int) -> list[date]:
        inside[0] += 1
        together.append(inside[0])
        sleep(0.001)  # so that another thread could come in between
        inside[0] -= 1
        return [date(year, 1, 1)]

    starts = [datetime(1990 + i * 37 % 60, 1 + i % 12, 3, 11, tzinfo=UTC) for i in range(60)]
    alone, shared = WorkingTime("UTC", SPLIT, slowly), WorkingTime("UTC", SPLIT, slowly)
    with ThreadPoolExecutor(12) as pool:
        due = list(pool.map(lambda start: shared.add(start, 700 * HOUR), starts))
    assert due == [alone.add(start, 700 * HOUR) for start in starts]
    assert set(together) == {1}


def test_its_examples_are_true() -> None:
    assert doctest.testmod(businesstime).failed == 0


def test_it_loads_neither_numpy_nor_holidays_nor_django_until_they_are_needed() -> None:
    code = "import sys, trialogue.lib.businesstime; print({'numpy', 'holidays', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
