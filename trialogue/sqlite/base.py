"""Django's SQLite, but for what it does again and again: placeholders of a query are rewritten once, moments are read in one step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base, operations

LONGEST = 20_000  # characters; what is longer inserts many rows, and is hardly asked twice


class Cursor(base.SQLiteCursorWrapper):
    def convert_query(self, query: str, *, param_names: Iterable[str] | None = None) -> str:
        if param_names is not None or len(query) > LONGEST:
            return str(super().convert_query(query, param_names=param_names))
        return _converted(query)


@lru_cache(maxsize=1_000)
def _converted(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseOperations(operations.DatabaseOperations):
    def convert_datetimefield_value(self, value: Any, expression: Any, connection: Any) -> datetime | None:
        if isinstance(value, datetime) and value.tzinfo is None and connection.timezone is UTC:
            return value.replace(tzinfo=UTC)
        moment: datetime | None = super().convert_datetimefield_value(value, expression, connection)
        return moment


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def create_cursor(self, name: Any = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor
