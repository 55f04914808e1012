"""Lists a page at a time. A page goes on from the last item of the one before, so it costs the same anywhere in a list."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from trialogue.doors.api.problems import Problem

T = TypeVar("T", bound=Model)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**62


@dataclass(frozen=True)
class Order:
    """The order of a list: columns that tell any two rows apart together, all rising or (`falling`) all falling."""

    columns: tuple[str, ...]
    falling: bool = False

    def page(self, rows: QuerySet[T], *, after: str, limit: int) -> tuple[list[T], str | None]:
        """Up to `limit` rows after a cursor ("" for the first), and the cursor to go on from, None at the end."""
        rows = self.after(rows, after)
        found = list(rows.order_by(*(f"-{column}" if self.falling else column for column in self.columns))[: limit + 1])
        return self.cut(found, limit)

    def after(self, rows: QuerySet[T], cursor: str) -> QuerySet[T]:
        return rows.filter(self._beyond(self.place(cursor))) if cursor else rows

    def cut(self, found: list[T], limit: int) -> tuple[list[T], str | None]:
        """Of up to `limit` + 1 rows in this order: the page, and the cursor to go on from."""
        return found[:limit], self._write(found[limit - 1]) if len(found) > limit else None

    def _beyond(self, values: list[Any]) -> Q:
        step = "lt" if self.falling else "gt"
        beyond = Q()
        for column, value in reversed(list(zip(self.columns, values, strict=True))):
            here = Q(**{f"{column}__{step}": value})
            # The first half lets the database begin its index scan here; the other keeps equals in order.
            beyond = Q(**{f"{column}__{step}e": value}) & (here | beyond) if beyond else here
        return beyond

    def _write(self, row: Model) -> str:
        values = (_as_number(getattr(row, column)) for column in self.columns)
        return urlsafe_b64encode(".".join(map(str, values)).encode()).decode().rstrip("=")

    def place(self, cursor: str) -> list[Any]:
        try:
            told = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii").split(".")
            return [_from_number(column, text) for column, text in zip(self.columns, told, strict=True)]
        except (ValueError, OverflowError) as why:
            raise Problem(
                "malformed", _("This page is not one of ours. Leave `after` out to begin at the start.")
            ) from why


def _as_number(value: datetime | int) -> int:
    return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value


def _from_number(column: str, text: str) -> datetime | int:
    number = int(text) if text.isdecimal() and len(text) < 20 else -1
    if not 0 <= number < _LARGEST:
        raise ValueError(text)
    return _EPOCH + number * _MICROSECOND if column.endswith("_at") else number
