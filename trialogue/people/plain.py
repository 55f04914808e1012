"""A column that the database is not to begin with."""

from __future__ import annotations

from typing import Any

from django.db.models import Func


class Plain(Func):
    """The column as it is, of which SQLite uses no index: where another one leads to far fewer rows, and it cannot know.

    PostgreSQL knows how often each value stands, and is told nothing.
    """

    arity, template = 1, "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return super().as_sql(compiler, connection, template="+%(expressions)s", **context)
