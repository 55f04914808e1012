"""How to follow the log without losing or doubling a line. The only place that knows what a position is.

On PostgreSQL an id is given at insert and seen at commit, so ids alone lose events (a third of them with eight
writers, measured). Each row carries its transaction's number instead, and only transactions older than every open one are read.
"""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import QuerySet

from trialogue.events.models import Event

_POSITION = re.compile(r"([0-9]{1,20})\.([0-9]{1,19})")
START = "0.0"


class UnknownPosition(ValueError):
    """Not a position this log has given out."""

    def __init__(self, position: str) -> None:
        super().__init__("This position is not one of ours. Leave it out to begin at the oldest event.")
        self.position = position


def head() -> str:
    """The end of the log: whatever is committed from here on comes after it (perhaps along with a little from before)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, 0")
        else:
            cursor.execute("SELECT 0, coalesce(max(id), 0) FROM events_event")
        transaction, number = cursor.fetchone()
    return f"{transaction}.{number}"


def after(position: str, events: QuerySet[Event] | None = None, limit: int = 100) -> list[Event]:
    """Up to `limit` events after a position, oldest first, of those given (default: all). Raises `UnknownPosition`."""
    transaction, number = place(position)
    chosen: QuerySet[Event] = Event.objects.all() if events is None else events
    if connection.vendor == "postgresql":
        where = "(events_event.xid, events_event.id) > (%s::xid8, %s) AND events_event.xid < pg_snapshot_xmin(pg_current_snapshot())"
        return list(chosen.extra(where=[where], params=[str(transaction), number]).order_by("xid", "id")[:limit])  # noqa: S610 - constant text
    return list(chosen.filter(id__gt=number).order_by("id")[:limit])


def place(position: str) -> tuple[int, int]:
    """A position as something that can be compared: the later event has the larger one. Raises `UnknownPosition`."""
    match = _POSITION.fullmatch(position or START)
    if match is None or int(match[2]) >= 2**63 or int(match[1]) >= 2**63:
        raise UnknownPosition(position)
    return int(match[1]) if connection.vendor == "postgresql" else 0, int(match[2])


def position_of(event: Event) -> str:
    return f"{event.xid}.{event.pk}"
