"""Whole days out of iCalendar files, as offices publish them; and files that are none."""

from __future__ import annotations

from datetime import date

import pytest

from trialogue.lib import icsdays
from trialogue.lib.icsdays import Feed, NotACalendar, read

SINCE, UNTIL = date(2026, 1, 1), date(2030, 12, 31)


def feed(*lines: str) -> Feed:
    event = ["BEGIN:VEVENT", *lines, "END:VEVENT"]
    return read("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *event, "END:VCALENDAR"]), SINCE, UNTIL)


def test_a_day_has_its_name() -> None:
    assert feed("DTSTART;VALUE=DATE:20261224", "SUMMARY:Christmas Eve").days == {date(2026, 12, 24): "Christmas Eve"}


def test_the_end_is_not_in_it() -> None:
    found = feed("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Break")
    assert list(found.days) == [date(2026, 12, day) for day in (24, 25, 26)]


@pytest.mark.parametrize(("length", "days"), [("P1D", 1), ("P3D", 3), ("P1W", 7), ("P1DT0H0M0S", 1)])
def test_a_length_counts_days(length: str, days: int) -> None:
    assert len(feed("DTSTART;VALUE=DATE:20261224", f"DURATION:{length}").days) == days


def test_from_midnight_to_midnight_is_a_whole_day() -> None:
    assert list(
        feed("DTSTART;TZID=Europe/Berlin:20261224T000000", "DTEND;TZID=Europe/Berlin:20261225T000000").days
    ) == [date(2026, 12, 24)]


def test_long_lines_are_folded_and_signs_are_escaped() -> None:
    found = feed("DTSTART;VALUE=DATE:20261224", "SUMMARY:Christmas\\, the", "  day before\\nand\x07 more")
    assert found.days == {date(2026, 12, 24): "Christmas, the day before and more"}


def test_every_year_is_every_year_up_to_the_last_asked_for() -> None:
    found = feed("DTSTART;VALUE=DATE:20241224", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20271224")
    assert [day.year for day in found.days] == [2026, 2028, 2029, 2030]


@pytest.mark.parametrize(
    ("rule", "years"),
    [
        ("FREQ=YEARLY;COUNT=2", [2026, 2027]),
        ("FREQ=YEARLY;UNTIL=20281224T000000Z", [2026, 2027, 2028]),
        ("FREQ=YEARLY;INTERVAL=2", [2026, 2028, 2030]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", [2026, 2027, 2028, 2029, 2030]),
        ("FREQ=YEARLY;COUNT=99999999999", [2026, 2027, 2028, 2029, 2030]),
    ],
)
def test_the_years_of_a_rule(rule: str, years: list[int]) -> None:
    assert [day.year for day in feed("DTSTART;VALUE=DATE:20261224", f"RRULE:{rule}").days] == years


def test_a_leap_day_comes_in_leap_years() -> None:
    assert list(feed("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY").days) == [date(2028, 2, 29)]


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20261224T090000Z", "DTEND:20261224T100000Z"),
        ("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=WEEKLY"),
        ("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=YEARLY;BYDAY=4TH"),
        ("DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=YEARLY;INTERVAL=0"),
        ("DTSTART;VALUE=DATE:20261224", "RRULE:nonsense"),
        ("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261220"),
        ("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:22261224"),
        ("DTSTART;VALUE=DATE:20260230",),
        ("DTSTART:",),
        (),
    ],
)
def test_what_is_no_whole_days_is_left_out_and_told(lines: tuple[str, ...]) -> None:
    assert feed("SUMMARY:Odd", *lines) == Feed({}, ["Odd"])


def test_what_was_called_off_is_not_there() -> None:
    assert feed("DTSTART;VALUE=DATE:20261224", "STATUS:CANCELLED") == Feed({}, [])


def test_only_the_days_asked_for_are_there() -> None:
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20250101\nEND:VEVENT\nEND:VCALENDAR"
    assert read(text, SINCE, UNTIL).days == {}


def test_an_alarm_inside_an_event_changes_nothing() -> None:
    lines = ("DTSTART;VALUE=DATE:20261224", "BEGIN:VALARM", "SUMMARY:Beep", "END:VALARM", "SUMMARY:Closed")
    assert feed(*lines).days == {date(2026, 12, 24): "Closed"}


@pytest.mark.parametrize("text", ["", "<html>", "BEGIN:VCARD", "BEGIN:VCALENDAR" + "x" * icsdays.LARGEST])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(NotACalendar):
        read(text, SINCE, UNTIL)


def test_too_many_events_are_refused() -> None:
    one = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\n"
    with pytest.raises(NotACalendar):
        read("BEGIN:VCALENDAR\n" + one * (icsdays.MOST_EVENTS + 1), SINCE, UNTIL)
