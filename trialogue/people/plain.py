"""What Django does not say to a database: where not to begin, where to, how far to count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Func, IntegerField, QuerySet, Subquery
from django.db.models.lookups import In


class Plain(Func):
    """The column as it is, of which SQLite uses no index: where another one leads to far fewer rows, and it cannot know.

    PostgreSQL knows how often each value stands, and is told nothing.
    """

    arity, template = 1, "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return super().as_sql(compiler, connection, template="+%(expressions)s", **context)


class _Word(Func):
    template, arity = "'%(word)s'", 0


def words(told: Iterable[str]) -> list[_Word]:
    """As they stand in the statement itself: SQLite finds a partial index by its words, not by what is bound to them."""
    return [_Word(word=str(word), output_field=CharField()) for word in told]


class Among(In):
    """In what a query finds that finds few, and is to be asked first: PostgreSQL would rather go through two tables side by side."""

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)


class CountOf(Subquery):
    """How many rows a query has that may end early; or how many of them have something in the column `of`."""

    template = "(SELECT COUNT(%(of)s) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0  # what can find nothing is not even asked

    def __init__(self, rows: QuerySet[Any], of: str = "*") -> None:
        super().__init__(rows, of=of)
