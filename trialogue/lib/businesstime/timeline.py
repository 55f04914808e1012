"""The function from real time to working time, as breakpoints that grow by whole years.

Moments are microseconds since 1970 in UTC; work is microseconds of open time, counted from the first moment
asked about.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from threading import Lock
from typing import NamedTuple

from .errors import ClosedTooLong, OutOfRange
from .local import EPOCH, MICRO, Day, Wall
from .rules import Rules

FIRST_YEAR, LAST_YEAR = 1600, 2599
_START = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
_END = (datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC) - EPOCH) // MICRO
SPAN = _END - _START
# The rarest thing a week can wait for, a Monday that is a 29 February, comes again within forty years.
_PATIENCE = timedelta(days=50 * 366) // MICRO


class Table(NamedTuple):
    """What is known of some whole years. Immutable, so it is read without a lock.

    `opens[i]` to `closes[i]` are the open spans, sorted, no two touching; `before[i]` is the work done before
    span i. `floor` and `total` are the work done before `low` and before `high`. `starts` are the beginnings of
    the working days (dates with an opening), `moving` those of the ones on which the clocks are moved.
    """

    first: int
    last: int
    low: int
    high: int
    floor: int
    total: int
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    before: tuple[int, ...]
    starts: tuple[int, ...]
    moving: frozenset[int]


class Timeline:
    """Work by moment (`worked`) and moment by work (`earliest`, `latest`). Safe to share between threads."""

    def __init__(self, wall: Wall, rules: Rules) -> None:
        self._wall, self._rules = wall, rules
        self._lock = Lock()
        self.table = Table(0, -1, 0, 0, 0, 0, (), (), (), (), frozenset())

    def worked(self, moment: int) -> int:
        """The work done before a moment."""
        table = self.table
        if not table.low <= moment < table.high:
            table = self.covering(moment)
        i = bisect_right(table.opens, moment) - 1
        if i < 0:
            return table.floor
        close = table.closes[i]
        return table.before[i] - table.opens[i] + (moment if moment < close else close)

    def earliest(self, work: int) -> int:
        """The first moment at which so much work is done: a closing rather than the next opening."""
        table = self.table
        if not table.floor < work <= table.total:
            table = self.holding(work - 1, work)
        i = bisect_left(table.before, work) - 1
        return table.opens[i] + work - table.before[i]

    def latest(self, work: int) -> int:
        """The last moment at which no more work is done: an opening rather than the closing before."""
        table = self.table
        if not table.floor <= work < table.total:
            table = self.holding(work, work + 1)
        i = bisect_right(table.before, work) - 1
        return table.opens[i] + work - table.before[i]

    def is_open(self, moment: int) -> bool:
        """Whether a moment is worked. An opening is, a closing is not."""
        table = self.covering(moment)
        i = bisect_right(table.opens, moment) - 1
        return i >= 0 and moment < table.closes[i]

    def covering(self, *moments: int) -> Table:
        """A table that knows these moments. Raises `OutOfRange`."""
        table = self.table
        for moment in moments:
            if not table.low <= moment < table.high:
                table = self._grow_over(moment)
        return table

    def holding(self, low: int, high: int) -> Table:
        """A table in which the work from `low` to `high` is done. Raises `OutOfRange`, `ClosedTooLong`."""
        with self._lock:
            table = self.table
            # Refused at once, rather than after centuries of counting: not even day and night would do.
            if table.high + high - table.total > _END or table.low + low - table.floor < _START:
                raise OutOfRange(FIRST_YEAR, LAST_YEAR)
            while high > self.table.total:
                self.table = self._with_next_year(self.table)
                _check_patience(self.table.closes[-1] if self.table.closes else self.table.low, self.table.high)
            while low < self.table.floor:
                self.table = self._with_year_before(self.table)
                _check_patience(self.table.low, self.table.opens[0] if self.table.opens else self.table.high)
            return self.table

    def holding_day(self, moment: int, steps: int) -> tuple[Table, int, int]:
        """A table, the index in it of the working day of a moment, and of the one so many steps from there.

        The moment must be open and known. Raises `OutOfRange`, `ClosedTooLong`.
        """
        table = self.table
        if abs(steps) > 366 * (LAST_YEAR - FIRST_YEAR):
            raise OutOfRange(FIRST_YEAR, LAST_YEAR)
        while True:
            day = bisect_right(table.starts, moment) - 1
            if 0 <= day + steps < len(table.starts):
                return table, day, day + steps
            # One more microsecond of work than is known can only be found in a year that is not.
            work = table.floor - 1 if steps < 0 else table.total
            table = self.holding(work, work + 1)

    def _grow_over(self, moment: int) -> Table:
        if not _START <= moment < _END:
            raise OutOfRange(FIRST_YEAR, LAST_YEAR)
        with self._lock:
            if self.table.low == self.table.high:
                self.table = self._nothing_yet((EPOCH + moment * MICRO).year)
            while moment >= self.table.high:
                self.table = self._with_next_year(self.table)
            while moment < self.table.low:
                self.table = self._with_year_before(self.table)
            return self.table

    def _nothing_yet(self, year: int) -> Table:
        start = self._wall.midnight(date(year, 1, 1))
        return Table(year, year - 1, start, start, 0, 0, (), (), (), (), frozenset())

    def _with_next_year(self, table: Table) -> Table:
        return _joined(table, self._year(table.last + 1, table.total))

    def _with_year_before(self, table: Table) -> Table:
        year = self._year(table.first - 1, 0)
        shift = table.floor - year.total
        before = tuple(work + shift for work in year.before)
        return _joined(year._replace(floor=shift, total=table.floor, before=before), table)

    def _year(self, year: int, floor: int) -> Table:
        """One year by itself, with `floor` work done before it."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise OutOfRange(FIRST_YEAR, LAST_YEAR)
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
        days = [day for day in self._days(first, after) if day.spans]
        spans = _touching_as_one(span for day in days for span in day.spans)
        before = tuple(accumulate((close - opening for opening, close in spans), initial=floor))
        return Table(
            year,
            year,
            self._wall.midnight(first),
            self._wall.midnight(after),
            floor,
            before[-1],
            tuple(opening for opening, _ in spans),
            tuple(close for _, close in spans),
            before[:-1],
            tuple(day.start for day in days),
            frozenset(day.start for day in days if not day.steady),
        )

    def _days(self, first: date, after: date) -> Iterator[Day]:
        for ordinal in range(first.toordinal(), after.toordinal()):
            day = date.fromordinal(ordinal)
            if hours := self._rules.hours(day):
                yield self._wall.day(day, hours)


def _touching_as_one(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Open past midnight is one span, because nothing closes."""
    merged: list[tuple[int, int]] = []
    for opening, close in spans:
        if merged and merged[-1][1] == opening:
            opening = merged.pop()[0]
        merged.append((opening, close))
    return merged


def _check_patience(since: int, until: int) -> None:
    if until - since > _PATIENCE:
        raise ClosedTooLong(EPOCH + since * MICRO, EPOCH + until * MICRO)


def _joined(left: Table, right: Table) -> Table:
    """Two neighbours as one; a span that crosses from one into the other becomes one span."""
    crossing = 1 if left.closes and right.opens and left.closes[-1] == right.opens[0] else 0
    return Table(
        left.first,
        right.last,
        left.low,
        right.high,
        left.floor,
        right.total,
        left.opens + right.opens[crossing:],
        left.closes[: len(left.closes) - crossing] + right.closes,
        left.before + right.before[crossing:],
        left.starts + right.starts,
        left.moving | right.moving,
    )
