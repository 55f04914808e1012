"""From the clock on the wall to UTC, on every night of the year.

Moments are integers: microseconds since 1970 in UTC. Two rules cover the nights on which clocks are moved:

- An interval lasts from the first moment at which the wall shows a time within it to the last. Hence an
  opening that the clocks skip happens when they skip it, and so does a closing; an opening that comes twice
  is the first, a closing within the hour that comes twice is the second.
- A date begins when the wall leaves the date before it for good. Hence dates never overlap, whatever the
  clocks do around midnight; one that is skipped altogether (Samoa, 30 December 2011) is empty.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .errors import NaiveDatetime
from .hours import Minutes

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  walls have no zone
_SECOND = timedelta(seconds=1)
_SECOND_MICROS = 1_000_000
MINUTE = 60 * _SECOND_MICROS
_DAY = timedelta(days=1)


def micros(moment: datetime) -> int:
    """An aware datetime as a moment. Raises `NaiveDatetime`, `TypeError`."""
    try:
        since = moment - EPOCH
    except TypeError:
        if isinstance(moment, datetime):
            raise NaiveDatetime(moment) from None
        raise TypeError(f"a moment is an aware datetime, not {moment!r}") from None
    return (since.days * 86_400 + since.seconds) * _SECOND_MICROS + since.microseconds


class Day(NamedTuple):
    """A date in UTC: when it begins, whether the clocks stay as they are on it, and its open spans.

    The spans are in order, none of them empty, none outside the date.
    """

    start: int
    steady: bool
    spans: list[tuple[int, int]]


class Wall:
    """The clock on the wall in one zone. A wall time is a naive datetime."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def midnight(self, day: date) -> int:
        """The moment at which this date begins."""
        return self.closing(datetime.combine(day, time()))

    def day(self, day: date, hours: Minutes) -> Day:
        """One date with its hours."""
        wall = datetime.combine(day, time())
        offset = self._offset(wall)
        # No zone has ever moved its clocks twice within three days, so on this date they stay as they are.
        if offset == self._offset((wall + _DAY).replace(fold=1)):
            start = (wall - _WALL_EPOCH) // MICRO - offset
            spans = [(start + opening * MINUTE, start + closing * MINUTE) for opening, closing in hours]
            return Day(start, True, spans)
        return Day(self.midnight(day), False, list(self._spans_while_moving(day, hours)))

    def _spans_while_moving(self, day: date, hours: Minutes) -> Iterator[tuple[int, int]]:
        wall = datetime.combine(day, time())
        start = done = self.midnight(day)
        for opening, closing in hours:
            # Two intervals in an hour that comes twice would overlap: the later starts where the first ends.
            first = max(done, self.opening(wall + timedelta(minutes=opening), start))
            done = self.closing(wall + timedelta(minutes=closing))
            if first < done:
                yield first, done

    def opening(self, wall: datetime, start: int) -> int:
        """The first moment from `start` on at which this time is shown, or, if it is skipped, that of the skip."""
        first, second = self._readings(wall)
        if first > second:
            return self._skip(second, first)
        return first if first >= start else second

    def closing(self, wall: datetime) -> int:
        """The end of the last moment at which a time just before this one is shown."""
        first, second = self._readings(wall - _SECOND)
        return second + _SECOND_MICROS if first <= second else self._skip(second, first)

    def read(self, moment: int) -> datetime:
        """What the wall shows at a moment."""
        return (EPOCH + moment * MICRO).astimezone(self._zone).replace(tzinfo=None, fold=0)

    def date(self, moment: int) -> date:
        """The date to which a moment belongs."""
        day = self.read(moment).date()
        # Where clocks go back over midnight (St John's did, at 00:01), the wall shows tomorrow for a moment.
        return day - _DAY if moment < self.midnight(day) else day

    def _readings(self, wall: datetime) -> tuple[int, int]:
        """The moments that could show this time: as a rule equal; rising in a fold, falling in a gap."""
        micros = (wall - _WALL_EPOCH) // MICRO
        first, second = self._offset(wall), self._offset(wall.replace(fold=1))
        return micros - first, micros - second

    def _offset(self, wall: datetime) -> int:
        offset = self._zone.utcoffset(wall)
        assert offset is not None
        return offset // MICRO

    def _skip(self, before: int, after: int) -> int:
        """The moment between these two at which the clocks were moved: a whole second, found by halving."""
        low, high = before // _SECOND_MICROS, after // _SECOND_MICROS
        known = self._offset_at(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset_at(middle) == known else (low, middle)
        return high * _SECOND_MICROS

    def _offset_at(self, second: int) -> int:
        return self._offset((EPOCH + second * _SECOND).astimezone(self._zone))
