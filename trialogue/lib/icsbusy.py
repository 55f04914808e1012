"""When the owner of an iCalendar file is busy, read in a short-lived process of its own with little time, memory and no secrets.

What comes in is hostile: a file that repeats every second without an end stops that process, not ours. Run as a script it is that process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LARGEST = 4 * 2**20
MOST_EVENTS, MOST_SPANS = 20_000, 5_000
SECONDS, WALL_SECONDS, MEMORY = 10, 20.0, 768 * 2**20
Span = tuple[datetime, datetime]


class NotACalendar(ValueError):
    """This is no iCalendar file."""


class TooMuch(ValueError):
    """It is too large, or says too much in the time that was asked for, or takes too long to be read."""


def read(content: bytes, since: datetime, until: datetime, zone: ZoneInfo, *, seconds: int = SECONDS) -> list[Span]:
    """Spans from `since` to `until`, in order, in UTC; `zone` is for what names none. Raises `NotACalendar`, `TooMuch`."""
    if len(content) > LARGEST:
        raise TooMuch
    # Far from the beginning there may be anything; near it a calendar says that it is one.
    if b"BEGIN:VCALENDAR" not in content[:2000].upper():
        raise NotACalendar
    # As a file, not a module: with -I nothing of ours, and nothing of the current folder, is imported.
    command = [
        sys.executable,
        "-I",
        str(Path(__file__).resolve()),
        since.isoformat(),
        until.isoformat(),
        zone.key,
        str(seconds),
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=WALL_SECONDS, check=False, env={"LC_ALL": "C.UTF-8"}
        )
    except subprocess.TimeoutExpired as trouble:
        raise TooMuch from trouble
    if done.returncode == _NO_CALENDAR:
        raise NotACalendar
    if done.returncode:
        raise TooMuch
    return [(_moment(begin), _moment(end)) for begin, end in json.loads(done.stdout)]


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# --- in the other process ---------------------------------------------------------------------------------------------

_NO_CALENDAR, _TOO_MUCH = 3, 4


def _main(since: str, until: str, zone: str, seconds: str) -> None:
    for limit, value in ((resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(sys.stdin.buffer.read())
    except (ValueError, IndexError, KeyError):
        raise SystemExit(_NO_CALENDAR) from None
    if len(calendar.subcomponents) > MOST_EVENTS:
        raise SystemExit(_TOO_MUCH)
    # An event that never begins would stop the whole file from being read.
    calendar.subcomponents = [each for each in calendar.subcomponents if each.name != "VEVENT" or "DTSTART" in each]
    first, last = datetime.fromisoformat(since), datetime.fromisoformat(until)
    here = ZoneInfo(zone)
    spans = sorted(span for span in _spans(calendar, first, last, here) if span[0] < span[1])
    if len(spans) > MOST_SPANS:
        raise SystemExit(_TOO_MUCH)
    json.dump(spans, sys.stdout)


def _spans(calendar: Any, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    import recurring_ical_events

    for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(since, until):
        if _is_busy(event):
            with suppress(
                ValueError, TypeError, AttributeError
            ):  # one event that makes no sense does not hide the others
                yield _seconds(event.start, zone), _seconds(event.end, zone)
    for listed in calendar.walk("VFREEBUSY"):
        told = listed.get("FREEBUSY", [])
        for each in told if isinstance(told, list) else [told]:
            if str(each.params.get("FBTYPE", "BUSY")).upper() != "FREE" and each.start < until and each.end > since:
                yield _seconds(each.start, zone), _seconds(each.end, zone)


def _is_busy(event: Any) -> bool:
    free = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    return (
        not free
        and str(event.get("TRANSP", "")).upper() != "TRANSPARENT"
        and str(event.get("STATUS", "")).upper() != "CANCELLED"
    )


def _seconds(moment: datetime | date, zone: ZoneInfo) -> int:
    """Of a day its midnight; what names no zone is on the clocks of the owner's."""
    told = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return int((told if told.tzinfo else told.replace(tzinfo=zone)).timestamp())


if __name__ == "__main__":
    _main(*sys.argv[1:])
