"""Whole columns of questions at once, with numpy.

A column of moments is an array of integers, microseconds since 1970 in UTC, or of datetime64 of any unit, in
UTC. A column of lengths is an array of integers, microseconds, or of timedelta64 of any unit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from .days import DAY, Days
from .errors import OutOfRange
from .local import MICRO, micros
from .timeline import FIRST_YEAR, LAST_YEAR, SPAN, Table, Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Micros = NDArray[np.int64]

_OR = {"i": "", "M": " (microseconds) or datetime64", "m": " (microseconds) or timedelta64"}

Column = Any  # an array as above; numpy has no type that says so


class _Columns(NamedTuple):
    """A table as arrays. `moving` says for each of `starts` whether clocks are moved on that day."""

    table: Table
    opens: Micros
    closes: Micros
    before: Micros
    starts: Micros
    moving: NDArray[np.bool_]


class Bulk:
    """The answers of a `Timeline`, a column at a time."""

    def __init__(self, timeline: Timeline, days: Days) -> None:
        import numpy

        self._np = numpy
        self._timeline = timeline
        self._days = days
        self._known: _Columns | None = None

    def add(self, starts: Column, delta: Column) -> Column:
        """See `WorkingTime.add_many`."""
        moments, lengths = self._np.broadcast_arrays(self._moments(starts), self._lengths(delta))
        found = self._found(self._worked(moments) + lengths, lengths > 0)
        return self._shown(found, "datetime64[us]", starts)

    def add_days(self, starts: Column, days: Column) -> Column:
        """See `WorkingTime.add_days_many`."""
        moments, steps = self._np.broadcast_arrays(self._moments(starts), self._integers(days, "i", "days"))
        moments = self._found(self._worked(moments), self._np.zeros(moments.shape, bool))
        stepped = self._stepped(moments, steps) if moments.size else moments
        return self._shown(self._np.where(steps == 0, moments, stepped), "datetime64[us]", starts)

    def between(self, starts: Column, ends: Column) -> Column:
        """See `WorkingTime.between_many`."""
        work = self._worked(self._moments(ends)) - self._worked(self._moments(starts))
        return self._shown(work, "timedelta64[us]", starts, ends)

    def _worked(self, moments: Micros) -> Micros:
        if not moments.size:
            return moments
        table = self._timeline.covering(int(moments.min()), int(moments.max()))
        if not table.opens:
            return self._np.full_like(moments, table.floor)
        known = self._columns(table)
        i = self._np.maximum(self._np.searchsorted(known.opens, moments, "right") - 1, 0)
        return known.before[i] + self._np.clip(moments, known.opens[i], known.closes[i]) - known.opens[i]

    def _found(self, work: Micros, forward: NDArray[np.bool_]) -> Micros:
        """As in `Timeline`: forward to the closing that ends the work, otherwise on to the next opening."""
        if not work.size:
            return work
        table = self._timeline.holding(int((work - forward).min()), int((work + ~forward).max()))
        known = self._columns(table)
        opens, before = known.opens, known.before
        if forward.all():
            i = self._np.searchsorted(before, work, "left") - 1
        else:
            i = self._np.searchsorted(before, work, "right") - 1
            i[forward] = self._np.searchsorted(before, work[forward], "left") - 1
        return opens[i] + work - before[i]

    def _stepped(self, moments: Micros, steps: Micros) -> Micros:
        """As in `Days.after`; the few that meet a day on which clocks are moved are left to that."""
        np = self._np
        known = self._columns(self._holding_days(moments, steps))
        day = np.searchsorted(known.starts, moments, "right") - 1
        start = known.starts[day + steps]
        wished = start + moments - known.starts[day]
        span = np.searchsorted(known.opens, np.minimum(wished, start + DAY - 1), "right") - 1
        early = (span < 0) | (known.closes[span] <= start)
        found: Micros = np.where(early, known.opens[span + early], np.minimum(wished, known.closes[span]))
        for i in zip(*np.nonzero(known.moving[day] | known.moving[day + steps]), strict=True):
            found[i] = self._days.after(int(moments[i]), int(steps[i]))
        return found

    def _holding_days(self, moments: Micros, steps: Micros) -> Table:
        """A table with all the days that are reached: it has the first and the last of them."""
        starts = self._columns(self._timeline.table).starts
        days = self._np.searchsorted(starts, moments, "right") + steps
        for i in (days.argmin(), days.argmax()):
            table, *_ = self._timeline.holding_day(int(moments.flat[i]), int(steps.flat[i]))
        return table

    def _columns(self, table: Table) -> _Columns:
        if self._known is None or self._known.table is not table:
            np, moving = self._np, sorted(table.moving)
            tuples = (table.opens, table.closes, table.before, table.starts)
            opens, closes, before, starts = (np.array(column, np.int64) for column in tuples)
            self._known = _Columns(table, opens, closes, before, starts, np.isin(starts, moving))
        return self._known

    def _moments(self, moments: Column) -> Micros:
        if isinstance(moments, datetime):
            moments = micros(moments)
        return self._integers(moments, "M", "moments")

    def _lengths(self, lengths: Column) -> Micros:
        if isinstance(lengths, timedelta):
            lengths = max(-SPAN - 1, min(lengths // MICRO, SPAN + 1))  # timedelta.max does not fit 64 bits
        column = self._integers(lengths, "m", "lengths")
        # Longer than all the years there are: refused here, because adding it could overflow.
        if column.size and (column.min() < -SPAN or column.max() > SPAN):
            raise OutOfRange(FIRST_YEAR, LAST_YEAR)
        return column

    def _integers(self, values: Column, kind: str, what: str) -> Micros:
        column = self._np.atleast_1d(values)
        if column.dtype.kind not in ("i", kind):
            raise TypeError(f"{what} must be integers{_OR[kind]}, not {column.dtype}")
        if kind != "i" and column.dtype.kind == kind:
            column = column.astype(f"{kind}8[us]")
        return column.astype(self._np.int64)

    def _shown(self, work: Micros, unit: str, *given: Column) -> Column:
        """Dates for dates, integers for integers."""
        dated = any(isinstance(column, self._np.ndarray) and column.dtype.kind == "M" for column in given)
        return work.astype(unit) if dated else work
