"""Busy times out of an iCalendar file: what repeats, what is free all the same, what is no calendar, and what would never end."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from trialogue.lib import icsbusy

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SINCE, UNTIL = datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 4, 9, tzinfo=UTC)


def calendar(*events: str, rest: str = "") -> bytes:
    told = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{event}\r\nEND:VEVENT\r\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{told}{rest}END:VCALENDAR\r\n".encode()


def read(content: bytes) -> list[str]:
    found = icsbusy.read(content, SINCE, UNTIL, COPENHAGEN, seconds=2)
    return [f"{begin:%d %H:%M}-{end:%d %H:%M}" for begin, end in found]


def test_what_repeats_is_busy_each_time_on_the_clocks_of_its_zone() -> None:
    weekly = (
        "DTSTART;TZID=Europe/Copenhagen:20260310T090000\r\nDTEND;TZID=Europe/Copenhagen:20260310T100000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Copenhagen:20260317T090000"
    )
    assert read(calendar(weekly)) == ["10 08:00-10 09:00", "24 08:00-24 09:00", "31 07:00-31 08:00"]


def test_whole_days_and_times_without_a_zone_are_the_owners() -> None:
    events = ("DTSTART;VALUE=DATE:20260311", "DTSTART:20260312T100000\r\nDURATION:PT30M")
    assert read(calendar(*events)) == ["10 23:00-11 23:00", "12 09:00-12 09:30"]


@pytest.mark.parametrize("said", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"])
def test_what_leaves_one_free_is_not_busy(said: str) -> None:
    event = "DTSTART:20260312T100000Z\r\nDTEND:20260312T110000Z\r\n"
    assert read(calendar(event + said)) == []
    assert read(calendar(event + "STATUS:CONFIRMED")) == ["12 10:00-12 11:00"]


def test_a_list_of_busy_times_is_read_too() -> None:
    listed = "BEGIN:VFREEBUSY\r\nFREEBUSY;FBTYPE=BUSY:20260310T090000Z/20260310T100000Z,20260311T090000Z/PT1H\r\n"
    free = "FREEBUSY;FBTYPE=FREE:20260312T090000Z/PT1H\r\nEND:VFREEBUSY\r\n"
    assert read(calendar(rest=listed + free)) == ["10 09:00-10 10:00", "11 09:00-11 10:00"]


def test_an_event_that_makes_no_sense_does_not_hide_the_others() -> None:
    events = ("DTSTART:99999999T999999Z", "SUMMARY:never", "DTSTART:20260312T100000Z\r\nDTEND:20260312T110000Z")
    assert read(calendar(*events)) == ["12 10:00-12 11:00"]


@pytest.mark.parametrize(
    "content", [b"", b"<html>Sign in</html>", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTA", b"\xff\xfe\x00"]
)
def test_what_is_no_calendar_is_told_apart(content: bytes) -> None:
    with pytest.raises(icsbusy.NotACalendar):
        read(content)


def test_what_is_too_large_or_would_never_end_is_given_up() -> None:
    endless = "DTSTART:19700101T000000Z\r\nDTEND:19700101T000001Z\r\nRRULE:FREQ=SECONDLY"
    for content in (calendar(endless), calendar() + b" " * icsbusy.LARGEST):
        with pytest.raises(icsbusy.TooMuch):
            read(content)
