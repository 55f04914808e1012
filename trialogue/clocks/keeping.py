"""How promises were kept: counts and times over a period, from the clocks themselves. Asks by aggregates; changes nothing.

A promise is decided once: kept when its answer came in time, broken when it came due without one. It counts for the week in which
that happened. What was still open then, and what was called off before it was due, is neither.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Case as Choice
from django.db.models import Count, F, IntegerField, Q, Value, When

from trialogue.clocks.models import OPEN_WORDS, Calendar, Clock, ClockQuerySet, Policy
from trialogue.clocks.proposing import as_micros
from trialogue.people.models import Organisation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = timedelta(days=732)
# Upper ends of the bars of answer times, in hours; what took longer is in one more.
BARS = (1, 2, 4, 8, 16, 24, 48, 96)
_BATCH = 20_000
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Period:
    """From the first edge to the last; the edges between are Mondays, all of them midnights in `zone`."""

    edges: tuple[datetime, ...]
    zone: str

    @property
    def start(self) -> datetime:
        return self.edges[0]

    @property
    def end(self) -> datetime:
        return self.edges[-1]

    def days(self) -> tuple[date, date]:
        """The first and the last one in it."""
        zone = ZoneInfo(self.zone)
        return self.start.astimezone(zone).date(), (self.end - timedelta(seconds=1)).astimezone(zone).date()

    def looks(self, now: datetime) -> list[datetime]:
        """The moments for which what was open is told: each midnight of a short period, each edge of a long one."""
        last = min(self.end, now)
        first, until = self.days()
        if self.end - self.start <= timedelta(days=36):
            every = [_midnight(first + timedelta(days=n), self.zone) for n in range((until - first).days + 2)]
        else:
            every = list(self.edges)
        return [moment for moment in every if moment < last] + ([last] if last > self.start else [])


def weeks(count: int, now: datetime, zone: str) -> Period:
    """This week and those before it, `count` in all."""
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today - timedelta(days=today.weekday())
    return Period(tuple(_midnight(monday + _WEEK * n, zone) for n in range(1 - count, 2)), zone)


def between(first: date, last: date, zone: str) -> Period:
    """From the first day to the last, both in it."""
    monday, until = first + timedelta(days=7 - first.weekday()), last + timedelta(days=1)
    inner = [monday + _WEEK * n for n in range(max(0, -((monday - until) // _WEEK)))]
    return Period(tuple(_midnight(day, zone) for day in (first, *inner, until)), zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


@dataclass
class Tally:
    """Promises decided: kept, and broken."""

    kept: int = 0
    broken: int = 0

    @property
    def decided(self) -> int:
        return self.kept + self.broken

    @property
    def share(self) -> float | None:
        """Of those decided, how many were kept; None where nothing was."""
        return self.kept / self.decided if self.decided else None

    def add(self, kept: bool, count: int) -> None:
        if kept:
            self.kept += count
        else:
            self.broken += count


@dataclass(frozen=True)
class Times:
    """How long answers took, in the working time in which their clocks count. `bars` are as BARS, and one for the rest."""

    bars: tuple[int, ...]
    median: timedelta | None
    slowest_tenth: timedelta | None

    @property
    def count(self) -> int:
        return sum(self.bars)


@dataclass(frozen=True)
class Look:
    """What was open at a moment, and how much of it was past due."""

    at: datetime
    open: int
    overdue: int


@dataclass
class Keeping:
    """A report. Weeks are in order, one for each span between edges; the rest is most decided first."""

    period: Period
    total: Tally
    weeks: list[tuple[datetime, Tally]]
    countries: list[tuple[str, Tally]]
    organisations: list[tuple[Organisation, Tally]]
    promises: list[tuple[str, Tally]]
    times: Times
    course: list[Look]


def breakers(clocks: ClockQuerySet, since: datetime, now: datetime, most: int) -> list[tuple[Organisation, Tally, int]]:
    """Who broke promises since a moment, the most first: how many were kept and broken, and how many of these are open still."""
    tallies, still = defaultdict[int, Tally](Tally), Counter[int]()
    settled = clocks.filter(settled_at__gte=since, state__in=("kept", "late")).order_by()
    for owner, state, count in settled.values_list("owner", "state").annotate(count=Count("pk")):
        tallies[owner].add(state == "kept", count)
    for owner, count in clocks.open().broken(now).order_by().values_list("owner").annotate(count=Count("pk")):
        tallies[owner].add(False, count)
        still[owner] = count
    worst = sorted((owner for owner in tallies if tallies[owner].broken), key=lambda owner: -tallies[owner].broken)[
        :most
    ]
    known = Organisation.objects.in_bulk(worst)
    return [(known[owner], tallies[owner], still[owner]) for owner in worst]


def report(clocks: ClockQuerySet, period: Period, now: datetime, by: str = "owner") -> Keeping:
    """`by` is the organisation told apart: `owner` or `owed_to`."""
    clocks = clocks.order_by()
    total = Tally()
    tallies: dict[str, dict[Any, Tally]] = {name: defaultdict(Tally) for name in ("week", "country", "who", "promise")}
    for kept, row, count in _decided(clocks, period, now, by):
        total.add(kept, count)
        for name, tally in tallies.items():
            if row[name] is not None:  # a request is about no case, and a visitor's is owed to no organisation
                tally[row[name]].add(kept, count)
    names = Organisation.objects.in_bulk(list(tallies["who"]))
    return Keeping(
        period=period, total=total,
        weeks=[(start, tallies["week"][number]) for number, start in enumerate(period.edges[:-1])],
        countries=_ranked(tallies["country"]),
        organisations=[(names[pk], tally) for pk, tally in _ranked(tallies["who"])],
        promises=_ranked(tallies["promise"]),
        times=_times(clocks, period), course=_course(clocks, period, now),
    )  # fmt: skip


def _ranked(tallies: dict[Any, Tally]) -> list[tuple[Any, Tally]]:
    return sorted(tallies.items(), key=lambda pair: (-pair[1].decided, pair[0]))


def _decided(
    clocks: ClockQuerySet, period: Period, now: datetime, by: str
) -> Iterable[tuple[bool, dict[str, Any], int]]:
    """Counts by week, country, organisation and promise: of those kept, of those broken and settled since, of those still open."""
    within = Q(due_at__gte=period.start, due_at__lt=period.end)
    kept = clocks.filter(state=Clock.State.KEPT, settled_at__gte=period.start, settled_at__lt=period.end)
    # Settled after it was due, so no earlier than the period: that is what the index knows. A range with both ends reads as a short one.
    since = clocks.filter(within, settled_at__gte=period.start, settled_at__lte=now, settled_at__gt=F("due_at"))
    settled = since.filter(state__in=(Clock.State.LATE, Clock.State.CANCELLED))
    waiting = clocks.filter(within, Q(state=Clock.State.BROKEN) | Q(due_at__lt=now), state__in=OPEN_WORDS)
    for found, moment, is_kept in ((kept, "settled_at", True), (settled, "due_at", False), (waiting, "due_at", False)):
        rows = found.values(
            week=_place(moment, period.edges[1:], "lt"), country=F("case__debtor_country"), who=F(f"{by}_id"), of=F("promise")
        )  # fmt: skip
        for row in rows.annotate(count=Count("pk")):
            yield is_kept, row | {"promise": row["of"]}, row["count"]


def _place(moment: str, edges: Sequence[datetime], than: str) -> Choice:
    """The number of the first edge that a moment lies before (`lt`), or not after (`lte`); in SQL, which compares faster than it reckons."""
    return Choice(
        *(When(**{f"{moment}__{than}": edge}, then=Value(n)) for n, edge in enumerate(edges)),
        default=Value(len(edges)),
        output_field=IntegerField(),
    )


def _times(clocks: ClockQuerySet, period: Period) -> Times:
    import numpy as np

    answered = clocks.filter(
        state__in=(Clock.State.KEPT, Clock.State.LATE), settled_at__gte=period.start, settled_at__lt=period.end
    )
    found = [*_worked(answered)]
    took = np.sort(np.concatenate(found)) if found else np.array([], np.int64)
    ends = np.searchsorted(took, [(_HOUR * bar) // timedelta(microseconds=1) for bar in BARS], "right").tolist()
    bars = [later - earlier for earlier, later in zip([0, *ends], [*ends, len(took)], strict=True)]
    return Times(tuple(bars), _rank(took, 50), _rank(took, 90))


def _worked(answered: ClockQuerySet) -> Iterable[NDArray[np.int64]]:
    """Working time from start to answer, a column for each calendar and promise."""
    gathered: dict[tuple[int, int], tuple[list[datetime], list[datetime]]] = defaultdict(lambda: ([], []))
    rows = answered.values_list("calendar_id", "policy_id", "started_at", "settled_at")
    for calendar, policy, started, settled in rows.iterator(_BATCH):
        assert settled is not None
        starts, ends = gathered[calendar, policy]
        starts.append(started)
        ends.append(settled)
    calendars = Calendar.objects.in_bulk({calendar for calendar, _policy in gathered})
    policies = Policy.objects.in_bulk({policy for _calendar, policy in gathered})
    for (calendar, policy), (starts, ends) in gathered.items():
        yield policies[policy].time(calendars[calendar]).between_many(as_micros(starts), as_micros(ends))


def _rank(took: NDArray[np.int64], percent: int) -> timedelta | None:
    """The smallest that so many percent do not exceed."""
    if not len(took):
        return None
    return timedelta(microseconds=int(took[max(0, -(-len(took) * percent // 100) - 1)]))


def _course(clocks: ClockQuerySet, period: Period, now: datetime) -> list[Look]:
    looks = period.looks(now)
    if not looks:
        return []
    began = Q(started_at__lte=looks[-1])
    found = Counter[tuple[int, int, int]]()
    for some in (
        clocks.filter(began, state__in=OPEN_WORDS),
        clocks.filter(began, settled_at__gt=looks[0], settled_at__lte=now),
    ):
        rows = some.values_list(
            _place("started_at", looks, "lte"), _place("settled_at", looks, "lte"), _place("due_at", looks, "lt")
        )
        for start, end, due, count in rows.annotate(count=Count("pk")):
            found[start, end, due] += count
    opened, overdue = [0] * len(looks), [0] * len(looks)
    for (start, end, due), count in found.items():
        for n in range(start, end):
            opened[n] += count
            overdue[n] += count if n >= due else 0
    return [Look(*row) for row in zip(looks, opened, overdue, strict=True)]
