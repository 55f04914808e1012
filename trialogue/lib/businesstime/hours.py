"""Opening hours as people write them, to minutes of the day."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from .errors import BadHours, NeverOpen

Hours = Sequence[Sequence[str]]  # as written: [("08:00", "12:00"), ("13:00", "17:00")]
Minutes = tuple[tuple[int, int], ...]  # as counted: ((480, 720), (780, 1020)), sorted, none overlapping

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)", re.ASCII)


def parse_week(week: Mapping[int, Hours]) -> tuple[Minutes, ...]:
    """Seven days of minutes, Monday first; a weekday that is not named is closed.

    Raises `BadHours` for a key that is no weekday or for hours that no day can have, `NeverOpen` for a week
    without an opening.
    """
    for weekday in week:
        if type(weekday) is not int or not 0 <= weekday <= 6:
            raise BadHours(weekday, week[weekday], "weekdays are the numbers 0 (Monday) to 6 (Sunday)")
    days = tuple(parse_day(week.get(weekday, ()), weekday) for weekday in range(7))
    if not any(days):
        raise NeverOpen
    return days


def parse_day(hours: Hours, where: object) -> Minutes:
    """Pairs of "HH:MM" to sorted minutes; "24:00" is the end of the day; an empty list is a closed day.

    Raises `BadHours`, naming `where`.
    """
    if isinstance(hours, str) or not isinstance(hours, Sequence):
        raise BadHours(where, hours, 'give a list of pairs, such as [("08:00", "12:00")]')
    spans = sorted(_pair(pair, where) for pair in hours)
    for (_, close), (opening, _) in pairwise(spans):
        if opening < close:
            raise BadHours(where, hours, "two intervals overlap")
    return tuple(spans)


def _pair(pair: Sequence[str], where: object) -> tuple[int, int]:
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise BadHours(where, pair, 'give pairs, such as ("08:00", "12:00")')
    opening, close = (_minute(text, where) for text in pair)
    if opening >= close:
        raise BadHours(where, pair, "it opens before it closes; a night is two intervals, to 24:00 and from 00:00")
    return opening, close


def _minute(text: object, where: object) -> int:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise BadHours(where, text, "a time is written HH:MM, from 00:00 to 24:00")
    return int(match[1] or match[3]) * 60 + int(match[2] or match[4])
