"""`businesstime` against two references that share nothing with it but the rules.

`Walk` looks at the wall clock tick by tick and keeps a list of open ticks; a promise is counted by walking along it.
`Round` goes from day to day over years, hour by hour of the week, as one would on paper.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import pytest

from trialogue.lib.businesstime import AROUND_THE_CLOCK, WorkingTime

Hours = list[tuple[str, str]]
DAY = timedelta(days=1)

SPLIT: Hours = [("08:00", "12:00"), ("13:00", "17:30")]
NIGHTS: Hours = [("00:00", "06:00"), ("22:00", "24:00")]
# Hours that open and close within, at the beginning and at the end of what the clocks skip or repeat.
WITHIN: Hours = [("00:15", "00:45"), ("01:15", "01:30"), ("01:45", "02:15"), ("02:30", "03:00"), ("23:30", "23:45")]
EDGES: Hours = [("00:00", "01:00"), ("02:00", "03:00"), ("23:00", "24:00")]
LATE: Hours = [("00:30", "02:00"), ("03:00", "23:30")]
SCHEDULES = {
    "around": [("00:00", "24:00")],
    "split": SPLIT,
    "nights": NIGHTS,
    "within": WITHIN,
    "edges": EDGES,
    "late": LATE,
}

# Nights on which clocks were moved, and what is odd about them.
MOVES = [
    ("Europe/Copenhagen", date(2026, 3, 29)),
    ("Europe/Copenhagen", date(2026, 10, 25)),
    ("America/New_York", date(2025, 3, 9)),
    ("America/New_York", date(2025, 11, 2)),
    ("America/Sao_Paulo", date(2017, 10, 15)),  # midnight does not exist
    ("America/Sao_Paulo", date(2018, 2, 17)),  # the last hour of the day comes twice
    ("Asia/Beirut", date(2022, 3, 27)),
    ("Asia/Beirut", date(2022, 10, 29)),
    ("America/Havana", date(2024, 3, 10)),
    ("America/Havana", date(2024, 11, 3)),  # the first hour of the day comes twice
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),  # back over midnight, at 00:01
    ("Antarctica/Casey", date(2010, 3, 5)),  # back over midnight, from 02:00 to 23:00
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # back for Ramadan
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a Friday that never was
    ("Pacific/Kwajalein", date(1993, 8, 21)),  # a Saturday that never was
    ("Asia/Kathmandu", date(1986, 1, 1)),  # a quarter of an hour, at the turn of the year
    ("Asia/Pyongyang", date(2018, 5, 4)),  # half an hour, up to midnight
]


@lru_cache(maxsize=1)
def walls_and_dates(zone: str, start: datetime, count: int, tick: timedelta) -> tuple[list[datetime], list[date]]:
    """What the wall shows at each tick, and the date: the wall's, or that to which the wall will still go back."""
    there = ZoneInfo(zone)
    walls = [(start + i * tick).astimezone(there).replace(tzinfo=None, fold=0) for i in range(count)]
    dates = [wall.date() for wall in walls]
    for i in range(len(dates) - 2, -1, -1):
        dates[i] = min(dates[i], dates[i + 1])
    return walls, dates


class Walk:
    """Every tick of a few days: whether it is open, found by looking at the wall."""

    def __init__(self, zone: str, hours: Callable[[date], Hours], first: date, last: date, tick: timedelta) -> None:
        self.zone, self.hours, self.tick = ZoneInfo(zone), hours, tick
        self.start = datetime.combine(first, time(), UTC)
        count = (datetime.combine(last, time(), UTC) - self.start) // tick
        self.walls, self.dates = walls_and_dates(zone, self.start, count, tick)
        self.open = [False] * count
        for since, until in self._hulls():
            self.open[since : until + 1] = [True] * (until + 1 - since)

    def _hulls(self) -> list[tuple[int, int]]:
        """For each date and interval, the first and the last tick at which the wall shows a time within it."""
        hulls: dict[tuple[date, int], tuple[int, int]] = {}
        minutes = {day: [(minute(o), minute(c)) for o, c in self.hours(day)] for day in set(self.dates)}
        for i, (wall, day) in enumerate(zip(self.walls, self.dates, strict=True)):
            now = wall.hour * 60 + wall.minute
            for which, (opening, close) in enumerate(minutes[day]):
                if opening <= now < close and wall.date() == day:
                    hulls[day, which] = (hulls.get((day, which), (i,))[0], i)
        return list(hulls.values())

    def at(self, i: int) -> datetime:
        """In UTC, because two datetimes of one zone are compared by their walls, which hides an hour in a fold."""
        return self.start + i * self.tick

    def spans(self) -> list[tuple[datetime, datetime]]:
        framed = [False, *self.open, False]
        edges = [self.at(i) for i in range(len(framed) - 1) if framed[i] != framed[i + 1]]
        return list(zip(edges[::2], edges[1::2], strict=True))

    def next_open(self, i: int) -> int:
        while not self.open[i]:
            i += 1
        return i

    def add(self, i: int, ticks: int) -> int:
        if ticks == 0:
            return self.next_open(i)
        left = abs(ticks)
        while left:
            i -= ticks < 0
            left -= self.open[i]
            i += ticks > 0
        return i

    def add_days(self, i: int, steps: int) -> int:
        i = self.next_open(i)
        if not steps:
            return i
        working = sorted({self.dates[k] for k in range(len(self.open)) if self.open[k]})
        day = working[working.index(self.dates[i]) + steps]
        ticks = [k for k in range(len(self.open)) if self.dates[k] == day]
        wanted = datetime.combine(day, time()) + (self.walls[i] - datetime.combine(self.dates[i], time()))
        wished = next((k for k in ticks if self.walls[k] >= wanted), ticks[-1] + 1)
        if wished in ticks and self.open[wished]:
            return wished
        earlier = [k for k in ticks if k < wished and self.open[k]]
        return earlier[-1] + 1 if earlier else next(k for k in ticks if self.open[k])


def minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def calendar_and_walk(zone: str, night: date, hours: Hours, tick: timedelta, reach: int) -> tuple[WorkingTime, Walk]:
    """Open by the same hours every day but one holiday, two days before, and one half day, two days after."""
    holiday, half = night - 2 * DAY, night + 2 * DAY
    week = dict.fromkeys(range(7), hours)
    half_hours: Hours = [("09:00", "13:00")]

    def on(day: date) -> Hours:
        return [] if day == holiday else half_hours if day == half else hours

    walk = Walk(zone, on, night - reach * DAY, night + reach * DAY, tick)
    return WorkingTime(zone, week, [holiday], {half: half_hours}), walk


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize(("zone", "night"), MOVES)
def test_minute_by_minute_on_nights_when_clocks_are_moved(zone: str, night: date, name: str) -> None:
    calendar, walk = calendar_and_walk(zone, night, SCHEDULES[name], timedelta(minutes=1), 5)
    assert_same_answers(calendar, walk, random.Random(f"{zone}{night}{name}"), 25)


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        ("Europe/Copenhagen", date(2026, 3, 29), WITHIN),
        ("America/St_Johns", date(2010, 11, 7), EDGES),
        ("America/Sitka", date(1867, 10, 19), SPLIT),  # a day that came twice
        ("Africa/Monrovia", date(1972, 1, 7), WITHIN),  # by 44 minutes and 30 seconds
    ],
)
def test_second_by_second(zone: str, night: date, hours: Hours) -> None:
    calendar, walk = calendar_and_walk(zone, night, hours, timedelta(seconds=1), 2)
    assert_same_answers(calendar, walk, random.Random(1), 15)


def assert_same_answers(calendar: WorkingTime, walk: Walk, chance: random.Random, times: int) -> None:
    count = len(walk.open)
    assert calendar.spans(walk.at(0), walk.at(count)) == walk.spans()
    for _ in range(times):
        i, k = sorted(chance.sample(range(count // 10, count - count // 10), 2))
        assert calendar.between(walk.at(i), walk.at(k)) == sum(walk.open[i:k]) * walk.tick
        assert calendar.is_open(walk.at(i)) is walk.open[i]
        assert calendar.next_opening(walk.at(i)) == walk.at(walk.next_open(i))
        before, after = sum(walk.open[:i]), sum(walk.open[i:])
        ticks = chance.randint(-before, after)
        assert calendar.add(walk.at(i), ticks * walk.tick) == walk.at(walk.add(i, ticks))
    assert_same_days(calendar, walk, chance)


def assert_same_days(calendar: WorkingTime, walk: Walk, chance: random.Random) -> None:
    """From a time of the first half to one of the second and back, so that the night lies on either side or between."""
    count = len(walk.open)
    days = max(0, len(set(walk.dates)) // 2 - 3)
    for i in (chance.randrange(count * 2 // 5, count * 3 // 5) for _ in range(6)):
        steps = chance.randint(-days, days)
        assert calendar.add_days(walk.at(i), steps) == walk.at(walk.add_days(i, steps))


def test_the_walk_knows_that_clocks_are_moved() -> None:
    """For the tests above to mean anything."""
    everything = [("00:00", "24:00")]
    for zone, night in MOVES:
        walk = Walk(zone, lambda day: everything, night - 2 * DAY, night + 3 * DAY, timedelta(minutes=15))
        assert len({walk.at(i).astimezone(walk.zone).utcoffset() for i in range(len(walk.open))}) == 2, zone


class Round:
    """From day to day over the years. Its hours never lie where clocks are moved."""

    def __init__(self, zone: str, hours: Callable[[date], Hours]) -> None:
        self.zone, self.hours = ZoneInfo(zone), hours

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        return [(self.moment(day, opening), self.moment(day, close)) for opening, close in self.hours(day)]

    def moment(self, day: date, text: str) -> datetime:
        return (datetime.combine(day, time(), self.zone) + timedelta(minutes=minute(text))).astimezone(UTC)

    def forward(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = start.astimezone(self.zone).date()
        while True:
            yield from ((max(a, start), b) for a, b in self.spans(day) if b > start)
            day += DAY

    def backward(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = start.astimezone(self.zone).date()
        while True:
            yield from ((a, min(b, start)) for a, b in reversed(self.spans(day)) if a < start)
            day -= DAY

    def add(self, start: datetime, delta: timedelta) -> datetime:
        spans = self.forward(start) if delta > timedelta(0) else self.backward(start)
        left = abs(delta)
        for opening, close in spans:
            if left <= close - opening:
                return opening + left if delta > timedelta(0) else close - left
            left -= close - opening
        raise AssertionError

    def add_days(self, start: datetime, steps: int) -> datetime:
        opening, _ = next(self.forward(start))
        local = opening.astimezone(self.zone)
        day = local.date()
        for _ in range(abs(steps)):
            day += DAY if steps > 0 else -DAY
            while not self.hours(day):
                day += DAY if steps > 0 else -DAY
        wished = datetime.combine(day, local.time(), self.zone).astimezone(UTC)
        at = [min(wished, b) for a, b in self.spans(day) if a <= wished]
        return at[-1] if at else self.spans(day)[0][0]


OFFICES = [
    ("DK", None, "Europe/Copenhagen", dict.fromkeys(range(5), SPLIT)),
    ("US", "NY", "America/New_York", {0: SPLIT, 1: SPLIT, 2: [("10:00", "14:00")], 4: SPLIT, 5: [("09:00", "24:00")]}),
    ("AU", "NSW", "Australia/Sydney", {day: [("04:00", "24:00")] for day in range(5)}),
    ("BR", None, "America/Sao_Paulo", {day: [("07:15", "11:45"), ("12:30", "16:00")] for day in range(6)}),
]


@pytest.mark.parametrize(("country", "part", "zone", "week"), OFFICES)
def test_day_by_day_over_years(country: str, part: str | None, zone: str, week: dict[int, Hours]) -> None:
    names = holidays.country_holidays(country, part)
    half = {date(year, 12, 24): [("09:00", "12:00")] for year in range(1990, 2060)}

    def hours(day: date) -> Hours:
        return half[day] if day in half else [] if day in names else week.get(day.weekday(), [])

    reference = Round(zone, hours)
    calendar = WorkingTime.for_country(country, part, zone, week, shortened=half)
    chance = random.Random(country)
    for _ in range(25):
        start = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(40 * 365 * 86_400 * 10**6))
        delta = timedelta(microseconds=chance.randrange(-(10**12), 10**13))
        end = calendar.add(start, delta)
        assert end == reference.add(start, delta)
        assert calendar.between(start, end) == delta
        steps = chance.randint(-600, 600)
        assert calendar.add_days(start, steps) == reference.add_days(start, steps)


def test_around_the_clock_is_plain_time() -> None:
    always = WorkingTime("Europe/Copenhagen", AROUND_THE_CLOCK)
    chance = random.Random(2)
    for _ in range(200):
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**8))
        delta = timedelta(microseconds=chance.randrange(-(10**14), 10**14))
        assert always.add(start, delta) == start + delta
