"""An event as programs read it: an item of GET /events, the data of a live event, the body of a webhook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from trialogue.cases.models import Case
from trialogue.events import tail
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, such as 2026-03-09T11:00:00Z; with six decimals when the second is not whole."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def address(path: str) -> str:
    return f"{settings.BASE_URL}/api/v1/{path}"


def with_references(events: QuerySet[Event]) -> QuerySet[Event]:
    """Events that know the reference of their case, so that `event_shape` need not ask for each."""
    reference = Case.objects.filter(pk=OuterRef("case_id")).values("reference")
    return events.annotate(case_reference=Subquery(reference))


def event_shape(event: Event) -> dict[str, Any]:
    """Asks nothing when the event comes `with_references`."""
    clock = event.facts["clock"] if event.kind.startswith("clock.") else ""
    return {
        "position": tail.position_of(event),
        "kind": event.kind,
        "at": moment(event.at),
        "recorded_at": moment(event.recorded_at),
        "subject": event.subject,
        "number": event.number,
        "case": _reference(event),
        "environment": event.environment or None,
        "by": event.by or None,
        "organisation": event.organisation or None,
        "via": event.via,
        "facts": _facts(event.kind, event.facts),
        # Said when it is read: what the log keeps stays small.
        "explanation_url": address(f"clocks/{clock}/explanation") if clock else None,
        "digest": event.digest,
    }


def _reference(event: Event) -> str | None:
    if hasattr(event, "case_reference"):
        return event.case_reference  # type: ignore[no-any-return]
    return Case.objects.filter(pk=event.case_id).values_list("reference", flat=True).first() if event.case_id else None


def _facts(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    fields = KINDS[kind].fields if kind in KINDS else {}
    return {
        name: moment(datetime.fromisoformat(value)) if fields.get(name) == "moment" else value
        for name, value in facts.items()
    }
