"""The worker's round: the calendars of hosts are read again, outside any transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from trialogue.lib import icsbusy, safehttp
from trialogue.meetings.hosts import Busy, Trouble

REACH = replace(safehttp.OUTSIDE, seconds=15.0, most_read=icsbusy.LARGEST + 1)


def read_busy(now: datetime, limit: int = 10) -> int:
    """Reads the calendars that are due; answers how many. One that cannot be read stops no other, and is tried again."""
    due = Busy.objects.filter(due_at__lte=now).select_related("host").order_by("due_at")[:limit]
    return sum(_read(busy, now) for busy in due)


def _read(busy: Busy, now: datetime) -> bool:
    if not busy.claim(now):
        return False
    try:
        answer = safehttp.get(busy.address, {"User-Agent": "Trialogue", "Accept": "text/calendar"}, reach=REACH)
        if answer.status != 200:
            busy.fail(Trouble.STATUS, now, answer.status)
        else:
            until = now + timedelta(days=busy.host.ahead + 2)
            busy.keep(icsbusy.read(answer.body, now - timedelta(days=2), until, ZoneInfo(busy.host.zone)), now)
    except safehttp.Forbidden:
        busy.fail(Trouble.FORBIDDEN, now)
    except safehttp.Unreachable:
        busy.fail(Trouble.UNREACHABLE, now)
    except icsbusy.NotACalendar:
        busy.fail(Trouble.NO_CALENDAR, now)
    except icsbusy.TooMuch:
        busy.fail(Trouble.TOO_MUCH, now)
    return True
