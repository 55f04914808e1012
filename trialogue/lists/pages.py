"""A page of a list by key, in every order it can have, and the counts beside it.

A page begins where the one before ended, so the last costs as much as the first. Amounts are compared within a currency:
900 EUR and 1,000 DKK stand in no order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case, CaseQuerySet
from trialogue.clocks.models import Clock
from trialogue.lists.filters import ALL, FORMER, OPEN, OWNERS, Filter
from trialogue.people.models import Actor, Organisation, Side
from trialogue.people.plain import CountOf
from trialogue.people.prepared import prepared

# Nobody reads a number beyond this, and counting a million rows takes longer than showing fifty of them.
COUNTED = 10_000


@dataclass
class Found:
    """A page, and the keys to go on from in both directions ("" where there is nothing more)."""

    cases: list[Case]
    further: str = ""
    back: str = ""


@dataclass(frozen=True)
class Column:
    name: str
    write: Callable[[Any], str]
    read: Callable[[str], Any]


@dataclass(frozen=True)
class Order:
    """Columns that tell any two rows apart together; all falling, or all rising."""

    columns: tuple[Column, ...]
    falling: bool

    def turned(self) -> Order:
        return Order(self.columns, not self.falling)

    def key(self, row: Model) -> str:
        return "~".join(column.write(getattr(row, column.name)) for column in self.columns)

    def place(self, key: str | None) -> list[Any] | None:
        """The values of a key; None for what is none."""
        told = (key or "")[:200].split("~")
        if len(told) != len(self.columns):
            return None
        try:
            return [column.read(text) for column, text in zip(self.columns, told, strict=True)]
        except (ValueError, OverflowError, InvalidOperation):
            return None

    def beyond(self, values: list[Any]) -> Q:
        step, beyond = "lt" if self.falling else "gt", Q()
        for column, value in reversed(list(zip(self.columns, values, strict=True))):
            here = Q(**{f"{column.name}__{step}": value})
            # The first half lets the database begin its index scan here; the other keeps equals in order.
            beyond = Q(**{f"{column.name}__{step}e": value}) & (here | beyond) if beyond else here
        return beyond

    def sorted(self, rows: Iterable[Any]) -> list[Any]:
        return sorted(rows, key=attrgetter(*(column.name for column in self.columns)), reverse=self.falling)

    def along(self, rows: QuerySet[Any], *place: Any) -> QuerySet[Any]:
        """From their beginning, or from beyond a place."""
        rows = rows.filter(self.beyond(list(place))) if place else rows
        return rows.order_by(*(f"-{column.name}" if self.falling else column.name for column in self.columns))


def _moment(text: str) -> datetime:
    parsed = parse_datetime(text)
    if parsed is None or parsed.tzinfo is None:
        raise ValueError(text)
    return parsed.astimezone(UTC)  # OverflowError: the year 1 begins later in UTC


def _pk(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise ValueError(text)
    return int(text)


def _amount(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or not 0 <= number < 10**12 or number != round(number, 2):
        raise ValueError(text)
    return number


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise ValueError(text)
    return text


_PK = Column("pk", str, _pk)
_ORDERS = {
    "moved": Order((Column("moved_at", datetime.isoformat, _moment), _PK), falling=True),
    "due": Order((Column("due_at", datetime.isoformat, _moment), _PK), falling=False),
    "amount": Order((Column("currency", str, _currency), Column("amount", str, _amount), _PK), falling=True),
    "age": Order((Column("created_at", datetime.isoformat, _moment), _PK), falling=False),
}

# Also of what is no case, and has such a moment.
MOVED, DUE = _ORDERS["moved"], _ORDERS["due"]
BEGUN = Order((Column("begun_at", datetime.isoformat, _moment), _PK), falling=False)
NEWEST = Order((_PK,), falling=True)


def order_of(chosen: Filter) -> Order:
    order = _ORDERS[chosen.column]
    return order.turned() if chosen.reversed else order


def page(
    actor: Actor,
    chosen: Filter,
    *,
    before: str = "",
    after: str = "",
    size: int,
    only: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> Found:
    """The rows beyond the key `before`, or those up to the key `after`, in the filter's order; else the first.

    `only`: columns of the case and what must stand in them. `whole`: with all that a case can name.
    """
    now, order = timezone.now(), order_of(chosen)

    def part(side: str, order: Order, *place: Any) -> list[Any]:
        if chosen.is_common and not only and not (place and chosen.column == "amount"):
            return _found(actor, now, *place, chosen=chosen, side=side, order=order, whole=whole, size=size + 1)
        rows = _rows(actor, chosen, side, whole, now)
        if only:
            rows = rows.filter(**{f"case__{name}" if chosen.column == "due" else name: only[name] for name in only})
        return list(order.along(rows, *place)[: size + 1])

    def find(order: Order, *place: Any) -> list[Any]:
        sides = chosen.sides(actor) if chosen.column == "due" else ("",)
        rows = {row.pk: row for side in sides for row in part(side, order, *place)}.values()
        return list(rows) if len(sides) == 1 else order.sorted(rows)[: size + 1]

    found, further, back = _cut(find, order, before, after, size)
    return Found(_cases(found, actor, whole), further, back)


def cut(
    rows: QuerySet[Any], order: Order, *, before: str = "", after: str = "", size: int
) -> tuple[list[Any], str, str]:
    """Those of the rows that stand on one page, and the keys to go on from, further and back."""
    return _cut(lambda order, *place: list(order.along(rows, *place)[: size + 1]), order, before, after, size)


def _cut(
    find: Callable[..., list[Any]], order: Order, before: str, after: str, size: int
) -> tuple[list[Any], str, str]:
    """`find`, given an order and perhaps a place, finds one row more than the page has."""
    back_to, from_here = order.place(after), order.place(before)
    if back_to:
        found = find(order.turned(), *back_to)
        if found:  # else nothing stands before it any more, and the first page is what was meant
            more, found = len(found) > size, found[:size][::-1]
            return found, order.key(found[-1]), order.key(found[0]) if more else ""
    found = find(order, *(from_here or ()))
    more, found = len(found) > size, found[:size]
    return found, order.key(found[-1]) if more else "", order.key(found[0]) if from_here and found else ""


def each(
    actor: Actor, chosen: Filter, *, size: int = 500, only: Mapping[str, Any] | None = None
) -> Iterator[list[Case]]:
    """All of them, a page at a time: no connection is held between two pages."""
    key = ""
    while True:
        found = page(actor, chosen, before=key, size=size, only=only)
        if found.cases:
            yield found.cases
        key = found.further
        if not key:
            return


@prepared
def _found(
    actor: Actor, now: datetime, *place: Any, chosen: Filter, side: str, order: Order, whole: bool, size: int
) -> QuerySet[Any]:
    return order.along(_rows(actor, chosen, side, whole, now), *place)[:size]


def _rows(actor: Actor, chosen: Filter, side: str, whole: bool, now: datetime) -> QuerySet[Any]:
    """What the order runs over: cases, or for the order by due time the first open clock of each.

    `side`: only clocks whose column names the actor's organisation. From two such lists a page is put together sooner than from both
    in one, which no index has in order.
    """
    if chosen.column != "due":
        return _named(chosen.cases(actor, now), actor, whole)
    clocks = Clock.objects.open()
    if side:
        clocks = clocks.filter(environment=actor.environment, **{side: actor.organisation})
    else:
        clocks = clocks.visible_to(actor)
    clocks = chosen.standing(clocks, actor, now)
    # Asked case by case: by whom and to whom it is owed is then looked at, not looked for.
    same = Clock.objects.open().filter(case=OuterRef("case"))
    if actor.side != Side.OPERATOR:
        same = same.filter(Q(owner=actor.organisation) | Q(owed_to=actor.organisation))
    same = chosen.standing(same, actor, now)
    sooner = same.filter(Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk")))
    plain = chosen.but(clock=(), sort="moved")  # the clock itself says those already
    return clocks.exclude(Exists(sooner)).filter(Exists(plain.cases(actor).filter(pk=OuterRef("case_id"))))


def _named(cases: CaseQuerySet, actor: Actor, whole: bool) -> CaseQuerySet:
    """With all that a case can name, or with what a row of the list shows."""
    own = OWNERS.get(Side(actor.side))
    if whole:
        return cases.with_parties()
    line = cases.select_related("client", "partner", *([own] if own else []))
    # Moments that no line says: each of fifty rows has them, and SQLite's are texts to be read.
    return line.defer("client__created_at", "partner__created_at")


def _cases(found: list[Any], actor: Actor, whole: bool) -> list[Case]:
    """The cases of the rows, in the same order."""
    if not found or isinstance(found[0], Case):
        return found
    cases = {case.pk: case for case in _by_key(actor, tuple(clock.case_id for clock in found), whole=whole)}
    return [cases[clock.case_id] for clock in found if clock.case_id in cases]


@prepared
def _by_key(actor: Actor, cases: tuple[int, ...], *, whole: bool) -> QuerySet[Case]:
    return _named(Case.objects.filter(pk__in=cases), actor, whole)


# --- counts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """How many by state; None where there are more than are counted."""

    by_state: dict[str, int | None]

    def total(self, states: frozenset[str] | None = None) -> int | None:
        wanted = [n for state, n in self.by_state.items() if states is None or state in states]
        return None if None in wanted else sum(n for n in wanted if n)


def counts(actor: Actor, chosen: Filter, first: Found | None = None) -> Counts:
    """Of all that the filter finds in whatever state. Exact up to `COUNTED`; what is more is said to be more.

    `first`: the filter's first page, when it is at hand. Where that is all there is, nothing more is asked.
    """
    if first and not first.further and chosen.state in ((), (ALL,)):
        return Counts(_told_by(first.cases, actor))
    if not chosen.narrows:
        return Counts(_as_shown(_names(actor), _counted_apart(actor, most=COUNTED)[0]))
    found = _counted_together(chosen.but(state=(OPEN,)).whatever_state(actor))
    if actor.side == Side.PARTNER:  # the others are of the cases it works
        former = chosen.but(state=(FORMER,)).cases(actor).order_by().values("pk")[: COUNTED + 1].count()
        found.by_state[FORMER] = None if former > COUNTED else former
    return found


def _told_by(cases: Iterable[Case], actor: Actor) -> dict[str, int | None]:
    own = actor.organisation.pk if actor.side == Side.PARTNER else None
    counted = Counter(FORMER if own and case.partner_id != own else case.state for case in cases)
    return {name: counted[name] for name in _names(actor)}


def _names(actor: Actor) -> list[str]:
    return [state.value for state in State] + [FORMER] * (actor.side == Side.PARTNER)


def _counted_together(cases: CaseQuerySet) -> Counts:
    """In one go through what was found: for what no index has in the order of its states."""
    each_state: Any = {state.name: Count("pk", filter=Q(state=state.value)) for state in State}
    found: dict[str, int] = (
        cases.order_by().values("pk", "state")[: COUNTED + 1].aggregate(all=Count("pk"), **each_state)
    )
    if found["all"] > COUNTED:
        return Counts({state.value: None for state in State if found[state.name]})
    return Counts({state.value: found[state.name] for state in State})


@prepared
def _counted_apart(actor: Actor, *, most: int) -> QuerySet[Organisation, tuple[int, ...]]:
    """State by state, each from its part of an index; and last what a partner worked once."""
    cases = Filter(state=(OPEN,)).whatever_state(actor)
    several = [cases.filter(state=state.value) for state in State]
    if actor.side == Side.PARTNER:
        several.append(Filter(state=(FORMER,)).cases(actor))
    return _together(actor, several, most)


def up_to(actor: Actor, several: Mapping[str, QuerySet[Any]]) -> dict[str, int | None]:
    """How many rows each of several queries finds, in one; none goes further than is shown, and None is what is more."""
    return _as_shown(several, _together(actor, several.values(), COUNTED).get())


def _together(actor: Actor, several: Iterable[QuerySet[Any]], most: int) -> QuerySet[Organisation, tuple[int, ...]]:
    one = Organisation.objects.filter(pk=actor.organisation.pk)
    return one.values_list(*(CountOf(rows.order_by().values("pk")[: most + 1]) for rows in several))


def _as_shown(names: Iterable[str], counts: Iterable[int]) -> dict[str, int | None]:
    return {name: None if n > COUNTED else n for name, n in zip(names, counts, strict=True)}
