"""The worker's round: the calendars of hosts are read again, outside any transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from trialogue.lib import icsbusy, safehttp
from trialogue.meetings.hosts import Busy
from trialogue.people.followed import NotRead, Trouble

REACH = replace(safehttp.OUTSIDE, seconds=15.0, most_read=icsbusy.LARGEST + 1)


def read_busy(now: datetime) -> int:
    """Reads the calendars that are due; answers how many."""

    def take(busy: Busy, body: bytes) -> None:
        until = now + timedelta(days=busy.host.ahead + 2)
        try:
            spans = icsbusy.read(body, now - timedelta(days=2), until, ZoneInfo(busy.host.zone))
        except icsbusy.NotACalendar as why:
            raise NotRead(Trouble.NO_CALENDAR) from why
        except icsbusy.TooMuch as why:
            raise NotRead(Trouble.TOO_MUCH) from why
        busy.keep_spans(spans, now)

    return Busy.read_due(now, take=take, reach=REACH, whose="host")
