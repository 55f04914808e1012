"""When somebody can be met: out of working hours, what is taken already, and how much room they want around it. Pure.

All moments are aware; those that are answered are in UTC. Hours are read on the clocks of the zone, date by date: what the change to
summer time skips is never offered, and of the hour that comes twice each moment is one of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from trialogue.lib.businesstime import WorkingTime

Span = tuple[datetime, datetime]
_DAY = timedelta(days=1)
STEP = 30  # minutes from one start to the next, or fewer where a meeting is shorter


@dataclass(frozen=True)
class Terms:
    """On which somebody is met: minutes long, minutes free before and after it, and so many a day at most (0: any number)."""

    minutes: int
    before: int = 0
    after: int = 0
    most_a_day: int = 0


def starts(
    terms: Terms, hours: WorkingTime, meetings: Iterable[Span], busy: Iterable[Span], since: datetime, until: datetime
) -> list[datetime]:
    """When a meeting may begin, from `since` to `until`: wholly within the hours of one day, away from what is taken."""
    held = [_utc(span) for span in meetings]
    gap = max(terms.before, terms.after)
    taken = _merged(
        [_wide(span, gap, gap) for span in held] + [_wide(_utc(span), terms.after, terms.before) for span in busy]
    )
    begins = [begin for begin, _end in taken]
    a_day = Counter(begin.astimezone(hours.zone).date() for begin, _end in held)
    length, step = timedelta(minutes=terms.minutes), timedelta(minutes=min(STEP, terms.minutes))
    found = []
    for day in _days(since.astimezone(hours.zone).date(), until.astimezone(hours.zone).date()):
        if terms.most_a_day and a_day[day] >= terms.most_a_day:
            continue
        for opens, closes in hours.spans(_midnight(day, hours), _midnight(day + _DAY, hours)):
            for start in _along(opens, closes, length, step):
                if since <= start <= until and not _overlaps(taken, begins, start, start + length):
                    found.append(start)
    return found


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _along(opens: datetime, closes: datetime, length: timedelta, step: timedelta) -> Iterator[datetime]:
    while opens + length <= closes:
        yield opens
        opens += step


def _overlaps(taken: list[Span], begins: list[datetime], start: datetime, end: datetime) -> bool:
    last = bisect_left(begins, end) - 1  # of those that begin before our end, the last ends last
    return last >= 0 and taken[last][1] > start


def _merged(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif begin < end:
            found.append((begin, end))
    return found


def _wide(span: Span, before: int, after: int) -> Span:
    return span[0] - timedelta(minutes=before), span[1] + timedelta(minutes=after)


def _utc(span: Span) -> Span:
    return span[0].astimezone(UTC), span[1].astimezone(UTC)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _midnight(day: date, hours: WorkingTime) -> datetime:
    return datetime.combine(day, time(), hours.zone).astimezone(UTC)
