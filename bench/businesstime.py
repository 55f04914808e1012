"""Due times, one at a time and in bulk, and the same questions put to `businesstimedelta` and pandas.

`python -m bench.businesstime`. Every disagreement is put down to a cause, which is checked for each one; what has no
cause is listed as unexplained.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta as btd
import holidays
import numpy as np
import pandas as pd
import pytz

from bench.machine import described, table
from trialogue.lib.businesstime import WorkingTime

ZONE = ZoneInfo("Europe/Copenhagen")
HOUR, MICRO = timedelta(hours=1), timedelta(microseconds=1)
SPLIT = {day: [("08:00", "12:00"), ("13:00", "17:00")] for day in range(5)}
NIGHT = {day: [("00:00", "06:00")] for day in range(7)}
LISTED = [day for year in range(2014, 2031) for day in holidays.country_holidays("DK", years=year)]
MOVES = [datetime(*day, tzinfo=ZONE) for day in [(2025, 3, 29), (2025, 10, 25), (2026, 3, 28), (2026, 10, 24)]]

OFFICE = WorkingTime.for_country("DK", week=SPLIT)
WEEKDAYS = WorkingTime.for_country("DK")
NIGHTS = WorkingTime(ZONE, NIGHT)
WALLS = WorkingTime("UTC", NIGHT)  # what the walls of Copenhagen would count
UP_TO_2030 = WorkingTime(ZONE, SPLIT, LISTED)


# Rates


def rates() -> str:
    chance = random.Random(1)
    starts = [at(chance, 2026, 2031) for _ in range(1000)]
    columns = np.array([(start - datetime(1970, 1, 1, tzinfo=UTC)) // MICRO for start in starts] * 1000)
    rows = [
        ("a bare function call", each(bare, starts, 2 * 24 * HOUR)),
        ("`add`, 48 hours of weekdays", each(WEEKDAYS.add, starts, 48 * HOUR)),
        ("`add`, 16 hours of office time", each(OFFICE.add, starts, 16 * HOUR)),
        ("`add`, 2,000 hours of office time", each(OFFICE.add, starts, 2000 * HOUR)),
        ("`between`", each(OFFICE.between, starts, starts[0])),
        ("`add_days`, 2 days", each(OFFICE.add_days, starts, 2)),
        ("`add_many`, a million, 48 hours of weekdays", bulk(WEEKDAYS.add_many, columns, 48 * HOUR)),
        ("`add_many`, a million, 16 hours of office time", bulk(OFFICE.add_many, columns, 16 * HOUR)),
        ("`add_days_many`, a million, 2 days", bulk(OFFICE.add_days_many, columns, 2)),
        ("a calendar made and asked for the first time", cold()),
    ]
    return table(("what", "µs each", "a second"), [(what, f"{one * 1e6:.2f}", f"{1 / one:,.0f}") for what, one in rows])


def bare(start: datetime, delta: object) -> datetime:
    return start


def each(ask: Callable[[datetime, Any], object], starts: list[datetime], argument: object) -> float:
    """Seconds for one, on a calendar that knows its years: the best of five rounds."""

    def once() -> float:
        begun = time.perf_counter()
        for start in starts:
            ask(start, argument)
        return (time.perf_counter() - begun) / len(starts)

    return min(once() for _ in range(6))


def bulk(ask: Callable[[Any, Any], object], column: Any, argument: object) -> float:
    def once() -> float:
        begun = time.perf_counter()
        ask(column, argument)
        return (time.perf_counter() - begun) / len(column)

    return min(once() for _ in range(4))


def cold() -> float:
    begun = time.perf_counter()
    for _ in range(50):
        WorkingTime.for_country("DK", week=SPLIT).add(MOVES[0], 48 * HOUR)
    return (time.perf_counter() - begun) / 50


# Questions put to others


@dataclass
class Cause:
    """Why two answers differ, and how to tell that this is why."""

    words: str
    holds: Callable[[datetime, Any, Any, Any], bool]


@dataclass
class Comparison:
    what: str
    peer: str
    times: int
    question: Callable[[random.Random], tuple[datetime, Any]]
    ours: Callable[[datetime, Any], Any]
    theirs: Callable[[datetime, Any], Any]
    causes: list[Cause]
    found: Counter[str] = field(default_factory=Counter)
    example: dict[str, str] = field(default_factory=dict)
    our_time: float = 0
    their_time: float = 0

    def run(self) -> Comparison:
        chance = random.Random(self.what)
        questions = [self.question(chance) for _ in range(self.times)]
        for question in questions:
            self.ours(*question)
        for question in questions:
            begun = time.perf_counter()
            ours = self.ours(*question)
            between = time.perf_counter()
            theirs = answer(self.theirs, *question)
            self.their_time += time.perf_counter() - between
            self.our_time += between - begun
            if not same(ours, theirs):
                self.note(*question, ours, theirs)
        return self

    def note(self, start: datetime, argument: Any, ours: Any, theirs: Any) -> None:
        holding = (cause.words for cause in self.causes if cause.holds(start, argument, ours, theirs))
        words = next(holding, "UNEXPLAINED")
        self.found[words] += 1
        self.example.setdefault(
            words, f"{shown(start)} and {shown(argument)}: ours {shown(ours)}, theirs {shown(theirs)}"
        )


def answer(ask: Callable[[datetime, Any], Any], start: datetime, argument: Any) -> Any:
    try:
        return ask(start, argument)
    except (TypeError, ValueError) as error:
        return error


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, datetime):
        return bool(ours.astimezone(UTC) == theirs.astimezone(UTC))
    return bool(ours == theirs)


def shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%a %Y-%m-%d %H:%M:%S%z}" + f" (+{value.microsecond} µs)" * bool(
            value.microsecond
        )
    return f"{type(value).__name__} “{value}”" if isinstance(value, Exception) else str(value)


def at(chance: random.Random, first: int, last: int, unit: timedelta = timedelta(minutes=1)) -> datetime:
    begin, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    return (begin + chance.randrange((end - begin) // unit) * unit).astimezone(ZONE)


def near_a_move(chance: random.Random) -> tuple[datetime, int]:
    start = chance.choice(MOVES).astimezone(UTC) + timedelta(minutes=chance.randrange(2 * 1440))
    return start.astimezone(ZONE), chance.randint(1, 20)


def over_a_month(chance: random.Random) -> tuple[datetime, datetime]:
    start = at(chance, 2020, 2030, MICRO)
    return start, start + chance.choice([1, 1, 1, -1]) * timedelta(seconds=chance.randrange(30 * 86_400))


# The same calendars, in the others' words


def rules(*shifts: tuple[clock, clock], days: range = range(5), off: Any = None) -> btd.Rules:
    tz = pytz.timezone(str(ZONE))
    work = [btd.WorkDayRule(start, end, list(days), tz=tz) for start, end in shifts]
    return btd.Rules([*work, *([] if off is None else [btd.HolidayRule(off, tz=tz)])])


DANISH = holidays.country_holidays("DK")
MORNING, AFTERNOON = (clock(8), clock(12)), (clock(13), clock(17))
BTD_OFFICE = rules(MORNING, AFTERNOON, off=DANISH)
BTD_LISTED = rules(MORNING, AFTERNOON, off=LISTED)
BTD_WEEKDAYS = rules((clock(0), clock.max), off=DANISH)  # its days cannot end at 24:00
BTD_NIGHTS = rules((clock(0), clock(6)), days=range(7))


def btd_add(calendar: btd.Rules) -> Callable[[datetime, int], datetime]:
    return lambda start, hours: start + btd.BusinessTimeDelta(calendar, hours=hours)


def btd_back(calendar: btd.Rules) -> Callable[[datetime, int], datetime]:
    return lambda start, hours: start - btd.BusinessTimeDelta(calendar, hours=hours)


def pandas_office(start: datetime, hours: int) -> datetime:
    return pandas_hours(start, hours, ["08:00", "13:00"], ["12:00", "17:00"], "Mon Tue Wed Thu Fri", LISTED)


def pandas_nights(start: datetime, hours: int) -> datetime:
    return pandas_hours(start, hours, "00:00", "06:00", "Mon Tue Wed Thu Fri Sat Sun", [])


def pandas_hours(start: datetime, hours: int, opens: Any, closes: Any, days: str, off: list[date]) -> datetime:
    offset = pd.offsets.CustomBusinessHour(n=hours, start=opens, end=closes, weekmask=days, holidays=off)
    return (pd.Timestamp(start) + offset).to_pydatetime()


def pandas_days(start: datetime, days: int) -> datetime:
    return (pd.Timestamp(start) + pd.offsets.CustomBusinessDay(n=days, holidays=LISTED)).to_pydatetime()


def ours_add(calendar: WorkingTime) -> Callable[[datetime, int], datetime]:
    return lambda start, hours: calendar.add(start, timedelta(hours=hours))


def ours_back(calendar: WorkingTime) -> Callable[[datetime, int], datetime]:
    return lambda start, hours: calendar.add(start, timedelta(hours=-hours))


# Causes


def next_opening(calendar: WorkingTime) -> Cause:
    return Cause(
        "What runs out exactly at closing they call due at the next opening, the same instant of working time. Ours "
        "is due at closing: a promise of 4 hours made at 8:00 is late at 12:01, not at 13:01.",
        lambda start, hours, ours, theirs: (
            isinstance(theirs, datetime)
            and theirs.astimezone(UTC) > ours.astimezone(UTC)
            and not calendar.between(ours, theirs)
        ),
    )


def moved(start: datetime, ours: Any, theirs: Any) -> bool:
    return isinstance(theirs, datetime) and len({at.astimezone(ZONE).utcoffset() for at in (start, ours, theirs)}) > 1


ONE_MICROSECOND_A_DAY = Cause(
    "A day that lasts until 24:00 cannot be said there, only one until 23:59:59.999999, so each midnight that is crossed "
    "costs a microsecond. Ours is right.",
    lambda start, hours, ours, theirs: timedelta(0) < theirs.astimezone(UTC) - ours.astimezone(UTC) < 99 * MICRO,
)
NO_MICROSECONDS = Cause(
    "A difference is cut to whole seconds. Ours is right.",
    lambda start, end, ours, theirs: timedelta(0) < ours - theirs < timedelta(seconds=1),
)
NO_SIGN = Cause(
    "A difference has no sign there: from the later to the earlier is as much as the other way (and whole seconds). Ours is "
    "negative.",
    lambda start, end, ours, theirs: end < start and timedelta(0) <= -ours - theirs < timedelta(seconds=1),
)
ADDED_ON_THE_WALL = Cause(
    "Within a shift the hours are added to the time on the wall, so a shift in which clocks are moved is counted an hour too "
    "long or too short, and the answer may even lie outside it. Ours counts the hours that pass.",
    lambda start, hours, ours, theirs: (
        moved(start, ours, theirs) and abs(ours.astimezone(UTC) - theirs.astimezone(UTC)) == HOUR
    ),
)
COUNTED_ON_THE_WALL = Cause(
    "Hours are counted on the wall, six for each night, also for those that have five or seven. Ours counts the hours that "
    "pass. (Where it also rolls a closing to the next opening, the difference grows by a day.)",
    lambda start, hours, ours, theirs: (
        moved(start, ours, theirs)
        and not WALLS.between(WALLS.add(start.replace(tzinfo=UTC), hours * HOUR), theirs.replace(tzinfo=UTC))
    ),
)
CANNOT_TELL = Cause(
    "An answer that the wall shows twice, or not at all, is refused. Ours knows which moment it is.",
    lambda start, hours, ours, theirs: isinstance(theirs, ValueError),
)
LIST_ENDS = Cause(
    "With a list of holidays it crashes when the list is over, even for a day that has nothing to do with holidays. (With the "
    "`holidays` package itself it agrees with us, and crashes in the same way when that is over, after 2100.)",
    lambda start, hours, ours, theirs: isinstance(theirs, TypeError),
)
LIST_IS_OVER = Cause(
    "Holidays are a list, and after its end, here 2030, there are none. Nothing says so. Ours asks for each year.",
    lambda start, hours, ours, theirs: not UP_TO_2030.between(UP_TO_2030.add(start, hours * HOUR), theirs),
)
ROLLED_ON = Cause(
    "From a closed day, rolling on to the next working day counts as the first of the days, and the clock time is kept: "
    "Saturday 15:00 and 2 days is Tuesday 15:00. Ours counts from the opening: Monday 00:00 and 2 days is Wednesday 00:00, as "
    "48 hours are. Both are in use; ours gives the whole two days, and agrees with business hours.",
    lambda start, days, ours, theirs: not WEEKDAYS.is_open(start) and ours.astimezone(UTC) > theirs.astimezone(UTC),
)

BTD, PANDAS = "businesstimedelta", "pandas"
COMPARISONS = [
    Comparison(
        "add 1 to 80 office hours, 2015 to 2029", BTD, 800,
        lambda chance: (at(chance, 2015, 2030), chance.randint(1, 80)), ours_add(OFFICE), btd_add(BTD_OFFICE), [],
    ),
    Comparison(
        "go back 1 to 80 office hours, 2015 to 2029", BTD, 800,
        lambda chance: (at(chance, 2015, 2030), chance.randint(1, 80)), ours_back(OFFICE), btd_back(BTD_OFFICE), [],
    ),
    Comparison(
        "add 1 to 80 office hours, 2015 to 2029", PANDAS, 800,
        lambda chance: (at(chance, 2015, 2030), chance.randint(1, 80)), ours_add(OFFICE), pandas_office, [next_opening(OFFICE)],
    ),
    Comparison(
        "add 1 to 100 hours of weekdays around the clock", BTD, 500,
        lambda chance: (at(chance, 2020, 2030), chance.randint(1, 100)), ours_add(WEEKDAYS), btd_add(BTD_WEEKDAYS),
        [ONE_MICROSECOND_A_DAY],
    ),
    Comparison(
        "office time between two moments, to the microsecond", BTD, 500, over_a_month, OFFICE.between,
        lambda start, end: BTD_OFFICE.difference(start, end).timedelta, [NO_SIGN, NO_MICROSECONDS],
    ),
    Comparison(
        "add 1 to 20 hours of night shift, around a moved clock", BTD, 800, near_a_move, ours_add(NIGHTS), btd_add(BTD_NIGHTS),
        [ADDED_ON_THE_WALL],
    ),
    Comparison(
        "go back 1 to 20 hours of night shift, around a moved clock", BTD, 800, near_a_move, ours_back(NIGHTS),
        btd_back(BTD_NIGHTS), [ADDED_ON_THE_WALL],
    ),
    Comparison(
        "add 1 to 20 hours of night shift, around a moved clock", PANDAS, 800, near_a_move, ours_add(NIGHTS), pandas_nights,
        [CANNOT_TELL, next_opening(NIGHTS), COUNTED_ON_THE_WALL],
    ),
    Comparison(
        "add 1 to 80 office hours, 2031 to 2035, holidays listed to 2030", BTD, 50,
        lambda chance: (at(chance, 2031, 2036), chance.randint(1, 80)), ours_add(OFFICE), btd_add(BTD_LISTED), [LIST_ENDS],
    ),
    Comparison(
        "add 1 to 80 office hours, 2031 to 2035, holidays listed to 2030", PANDAS, 500,
        lambda chance: (at(chance, 2031, 2036), chance.randint(1, 80)), ours_add(OFFICE), pandas_office,
        [next_opening(OFFICE), LIST_IS_OVER],
    ),
    Comparison(
        "add 1 to 10 business days, 2020 to 2029", PANDAS, 800,
        lambda chance: (at(chance, 2020, 2030), chance.randint(1, 10)), WEEKDAYS.add_days, pandas_days, [ROLLED_ON],
    ),
]  # fmt: skip


def main() -> None:
    print(f"{described()}\n\n### One at a time and in bulk\n{rates()}")
    done = [comparison.run() for comparison in COMPARISONS]
    rows = [
        (
            c.what, c.peer, c.times, c.found.total(), f"{c.our_time / c.times * 1e6:.1f}",
            f"{c.their_time / c.times * 1e6:,.0f}", f"{c.their_time / c.our_time:,.0f} ×",
        )
        for c in done
    ]  # fmt: skip
    head = ("question", "asked of", "asked", "answered differently", "ours, µs", "theirs, µs", "ours is faster")
    print(f"### The same questions, asked of others\n{table(head, rows)}\n### Every disagreement\n")
    for c in done:
        for words, count in c.found.items():
            print(f"- **{c.peer}**, {c.what}: {count} of {c.times}. {words} For example {c.example[words]}.")


if __name__ == "__main__":
    main()
