"""Queries that are written once: on a page, Django spends ten times as long on writing them as a database on answering.

A function that builds a query set for an actor and a few values is asked once for each shape of what it is given; from then on the
same SQL runs with other values. So `visible_to` stays the only way to find things. It must not look at the time or at anything
that is not given. Positional values may differ from call to call; keywords (a page's length) belong to the shape.

What many rows name (`select_related`) is read and made once: fifty cases have few clients.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import update_wrapper
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.db.models.base import ModelState
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable

from trialogue.people.models import Actor, Organisation, Person

P = ParamSpec("P")
T = TypeVar("T")
# Values that nobody gives, to be found again among the parameters: numbers fit in 32 bits, or a field would refuse them.
_NUMBER, _MOMENT = 2_147_000_000, datetime(1971, 1, 1, tzinfo=UTC)
# Nobody needs so many: who asks for ever other ones shall not fill the memory.
MOST_SHAPES = 1_000


@contextmanager
def planned(how: Literal["once", "anew", ""] = "once") -> Iterator[None]:
    """Within, PostgreSQL goes the way it found for any value, where it would look for the best one at each look: on a page of thirty
    small questions that takes as long as their answers. Or it does look each time, `anew`: for what one reader has much more of
    than others. "" leaves it to its own judgement: after five looks the way for any value, unless that seems dearer.
    """
    if not how or connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.execute(f"SET plan_cache_mode = {'force_generic_plan' if how == 'once' else 'force_custom_plan'}")
    try:
        yield
    finally:  # a transaction that has failed takes it back itself, and a connection that has died is followed by another
        if raw.info.transaction_status.name in ("IDLE", "INTRANS"):
            raw.execute("SET plan_cache_mode = auto")


@dataclass
class _Written:
    """The SQL of one shape on one connection. `places` says which value stands where; `rows` is the query set as it was built."""

    rows: QuerySet[Any, Any]
    sql: str
    parameters: list[Any]
    places: list[tuple[int, int]]
    maker: _Maker | _Values


@dataclass
class _Values:
    """Makes a tuple of a row, or of a single column its value."""

    width: int
    flat: bool
    converters: list[tuple[int, list[Any], Any]]

    def make(self, row: list[Any], _made: dict[Hashable, Any], using: Any) -> Any:
        _convert(row, self.converters, using)
        return row[0] if self.flat else tuple(row[: self.width])


@dataclass
class _Maker:
    """Makes an instance of its columns in a row, and those of other models that it names."""

    model: type[Model]
    columns: slice
    names: tuple[str, ...]
    pk: int
    converters: list[tuple[int, list[Any], Any]]
    named: list[tuple[_Maker, Callable[..., None], Callable[..., None]]]
    annotated: list[tuple[str, int]]

    @classmethod
    def of(
        cls,
        info: dict[str, Any],
        select: list[Any],
        converters: dict[int, tuple[list[Any], Any]],
        annotated: dict[str, int],
    ) -> _Maker:
        columns = range(info["select_fields"][0], info["select_fields"][-1] + 1)
        names = [select[place][0].target.attname for place in columns]
        return cls(
            model=info["model"],
            columns=slice(columns.start, columns.stop),
            names=tuple(names),
            pk=columns.start + names.index(info["model"]._meta.pk.attname),
            converters=[
                (place, *converters[place]) for place in (*columns, *annotated.values()) if place in converters
            ],
            named=[
                (cls.of(other, select, converters, {}), other["local_setter"], other["remote_setter"])
                for other in info.get("related_klass_infos", ())
            ],
            annotated=list(annotated.items()),
        )

    def make(self, row: list[Any], made: dict[Hashable, Any], using: Any) -> Any:
        _convert(row, self.converters, using)
        one = self._instance(row[self.columns], using.alias)
        for maker, set_here, set_there in self.named:
            other, key = None, (maker.columns.start, row[maker.pk])
            if key[1] is not None:
                other = made.get(key)
                if other is None:
                    other = made[key] = maker.make(row, made, using)
                set_there(other, one)
            set_here(one, other)
        for name, place in self.annotated:
            setattr(one, name, row[place])
        return one

    def _instance(self, values: list[Any], alias: str) -> Any:
        """As one is made that was pickled: it has what was read, and nobody is told of it. The way of `from_db` takes three times as long."""
        one, state = self.model.__new__(self.model), ModelState()
        state.adding, state.db = False, alias
        one.__dict__.update(zip(self.names, values, strict=True), _state=state)
        return one


class Prepared(Generic[P, T]):
    """`prepared(build)(actor, …)` is `list(build(actor, …))`. `proving` compares each query with what Django would write now."""

    proving = False

    def __init__(self, build: Callable[P, QuerySet[Any, T]]) -> None:
        self.build: Callable[..., QuerySet[Any, T]] = build
        update_wrapper(self, build)

    def __call__(self, *given: P.args, **constant: P.kwargs) -> list[T]:
        padded = [_padded(value) for value in given]
        # By connection, that is by thread: a compiler may not leave it. Of the wrapper itself; `connection` is one for all threads.
        kept: dict[Hashable, _Written | None] = connections[DEFAULT_DB_ALIAS].__dict__.setdefault("_prepared", {})
        shape = (self, *map(_shape, padded), *constant.items())
        if shape not in kept:
            if len(kept) >= MOST_SHAPES:
                kept.clear()
            kept[shape] = self._write(padded, constant)
        if (written := kept[shape]) is None:
            return []
        values = list(_values(padded))
        parameters = written.parameters.copy()
        for place, which in written.places:
            parameters[place] = values[which]
        if self.proving:
            self._prove(written.sql, parameters, padded, constant)
        return _run(written, tuple(parameters))

    def _write(self, given: list[Any], constant: dict[str, Any]) -> _Written | None:
        try:
            written, again = (self._write_for(given, constant, iter(range(first, 2 * first))) for first in (1000, 2000))
        except EmptyResultSet:  # whatever the values are
            return None
        # With other values nothing may be different but what stands in the places of values.
        places = {place for place, _which in written.places}
        moved = [
            place
            for place, (one, other) in enumerate(zip(written.parameters, again.parameters, strict=True))
            if one != other
        ]
        if written.sql != again.sql or not places.issuperset(moved):
            raise TypeError(f"{self.build.__name__} does something with a value before the database sees it")
        return written

    def _write_for(self, given: list[Any], constant: dict[str, Any], numbers: Iterator[int]) -> _Written:
        stand_ins = [_stand_in(value, numbers) for value in given]
        rows = self.build(*stand_ins, **constant)
        compiler = rows.query.get_compiler(using=rows.db)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        which = {value: number for number, value in enumerate(_values(stand_ins)) if value is not None}
        places = [
            (place, which[value]) for place, value in enumerate(parameters) if _is_value(value) and value in which
        ]
        maker: _Maker | _Values
        if rows._iterable_class is ModelIterable:
            maker = _Maker.of(compiler.klass_info, compiler.select, converters, compiler.annotation_col_map)
        else:
            flat = rows._iterable_class is FlatValuesListIterable
            assert flat or rows._iterable_class is ValuesListIterable, (
                f"{self.build.__name__} answers neither rows nor tuples"
            )
            told = [(place, *converters[place]) for place in sorted(converters)]
            maker = _Values(compiler.col_count, flat, told)
        return _Written(rows, sql, list(parameters), places, maker)

    def _prove(self, sql: str, parameters: list[Any], given: list[Any], constant: dict[str, Any]) -> None:
        if any(isinstance(value, tuple) and len(set(value)) < len(value) for value in given):
            return  # Django would leave out what stands there twice
        now = self.build(*given, **constant).query.sql_with_params()
        assert now == (sql, tuple(parameters)), f"{self.build.__name__} depends on more than it is given:\n{now}\n{sql}"


prepared = Prepared


def _run(written: _Written, parameters: tuple[Any, ...]) -> list[Any]:
    using, made = connections[written.rows.db], dict[Hashable, Any]()
    with using.cursor() as cursor:
        cursor.execute(written.sql, parameters)
        rows = [written.maker.make(list(row), made, using) for row in cursor.fetchall()]
    more: tuple[Any, ...] = written.rows._prefetch_related_lookups  # type: ignore[attr-defined]
    if more:
        prefetch_related_objects(rows, *more)
    return rows


def _convert(row: list[Any], converters: list[tuple[int, list[Any], Any]], using: Any) -> None:
    for place, steps, expression in converters:
        for step in steps:
            row[place] = step(row[place], expression, using)


def _is_value(value: Any) -> bool:
    return isinstance(value, int | str | datetime)


def _padded(value: Any) -> Any:
    """Of many values as many as the next power of two, or each number of them would be a shape: the last one again and again."""
    if not isinstance(value, tuple) or not value:
        return value
    return value + value[-1:] * ((1 << (len(value) - 1).bit_length()) - len(value))


def _shape(value: Any) -> Hashable:
    match value:
        case Actor():
            return value.side, value.environment, value.person is None
        case tuple():
            return tuple(type(one).__name__ for one in value)
    return type(value).__name__


def _values(given: list[Any]) -> Iterator[Any]:
    """What may stand among the parameters, as the database is given it."""
    for value in given:
        match value:
            case Actor():
                yield from (value.organisation.pk, value.organisation.public_id, value.person_id)
            case datetime():
                yield connection.ops.adapt_datetimefield_value(value)
            case tuple():
                yield from value
            case _:
                yield value


def _stand_in(value: Any, numbers: Iterator[int]) -> Any:
    match value:
        case Actor():
            organisation = Organisation(
                pk=_NUMBER + next(numbers), public_id=f"\x01{next(numbers)}", kind=value.organisation.kind
            )
            person = None if value.person is None else Person(pk=_NUMBER + next(numbers))
            return Actor(organisation, person, value.environment)
        case tuple():
            return tuple(_stand_in(one, numbers) for one in value)
        case datetime():
            return _MOMENT + timedelta(microseconds=next(numbers))
        case int():
            return _NUMBER + next(numbers)
        case str():
            return f"\x01{next(numbers)}"
        case None:
            return None
    raise TypeError(f"cannot stand in for {value!r}")
