"""Business days, the second reading of a calendar: the same clock time so many working days later."""

from bisect import bisect_right
from datetime import datetime, time, timedelta

from .local import MICRO, MINUTE, Wall
from .timeline import Table, Timeline

DAY = 24 * 60 * MINUTE


class Days:
    """Steps from a moment that is open, by working days. See `WorkingTime.add_days` for the rule."""

    def __init__(self, timeline: Timeline, wall: Wall) -> None:
        self._timeline, self._wall = timeline, wall

    def after(self, moment: int, steps: int) -> int:
        """The moment so many working days after an open one; before it, if negative."""
        table, day, target = self._timeline.holding_day(moment, steps)
        start, end, wished = self._wished(table, table.starts[target], self._clock(table, table.starts[day], moment))
        span = bisect_right(table.opens, min(wished, end - 1)) - 1
        if span < 0 or table.closes[span] <= start:
            return table.opens[span + 1]  # the clock time lies before the first opening of the day
        return min(wished, table.closes[span])

    def _clock(self, table: Table, start: int, moment: int) -> int:
        """The time on the wall, since midnight."""
        if start not in table.moving:
            return moment - start
        midnight = datetime.combine(self._wall.date(start), time())
        # Where clocks go back over midnight, the wall shows tomorrow for a moment that is still today.
        return min(DAY, (self._wall.read(moment) - midnight) // MICRO)

    def _wished(self, table: Table, start: int, clock: int) -> tuple[int, int, int]:
        """Beginning and end of a date, and the moment between them when the wall shows that time."""
        if start not in table.moving:
            return start, start + DAY, start + clock
        day = self._wall.date(start)
        end = self._wall.midnight(day + timedelta(days=1))
        return start, end, self._wall.opening(datetime.combine(day, time()) + clock * MICRO, start)
