"""The story of a case, or of any stretch of the log, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from trialogue.cases.lifecycle import CallOutcome, CloseCode, DeclineReason, Recommendation
from trialogue.events.change import SYSTEM
from trialogue.events.models import Event
from trialogue.people.models import Environment, Organisation, Person, Role
from trialogue.people.prepared import prepared

# Facts that are public ids of people, organisations or what else is in NAMES, and are read as names.
_CHOICES = {
    "code": CloseCode, "decline_reason": DeclineReason, "call_outcome": CallOutcome, "recommendation": Recommendation,
    "role": Role, "environment": Environment,
}  # fmt: skip
_NAMED = ("person", "partner", "quoted", "owner", "client", "referrer", "presence", "document", "item")


@dataclass(frozen=True)
class Line:
    """One sentence: what happened, when, and who did it (names; empty for the house itself)."""

    event: Event
    at: datetime
    kind: str
    sentence: str
    by: str
    organisation: str


def tell(events: Sequence[Event], moment: Any = str, names: dict[str, str] | None = None) -> list[Line]:
    """Sentences for events, with a query for each kind of names in them. `moment` turns an ISO time into words for the reader.

    `names` by public id need not be asked for; it learns those that had to be.
    """
    names = {} if names is None else names
    unknown = sorted(_ids(events) - names.keys())
    for prefix, named in NAMES.items():
        names |= named(tuple(value for value in unknown if value.startswith(prefix)))
    return [_line(event, names, moment) for event in events]


@prepared
def _people(ids: tuple[str, ...]) -> QuerySet[Person, tuple[str, str]]:
    return Person.objects.filter(public_id__in=ids).values_list("public_id", "name")


@prepared
def _organisations(ids: tuple[str, ...]) -> QuerySet[Organisation, tuple[str, str]]:
    return Organisation.objects.filter(public_id__in=ids).values_list("public_id", "name")


def _ids(events: Iterable[Event]) -> set[str]:
    return {
        value
        for event in events
        for value in (event.by, event.organisation, event.subject, *(event.facts.get(name, "") for name in _NAMED))
    }


def _line(event: Event, names: dict[str, str], moment: Any) -> Line:
    nobody = _("Trialogue") if event.via == SYSTEM.via else _("A visitor")
    by = names.get(event.by) or names.get(event.organisation) or nobody
    organisation = names.get(event.organisation, "")
    words: dict[str, Any] = {**event.facts, "by": by, "organisation": names.get(event.subject, organisation)}
    words |= {name: _who(event.facts[name], names) for name in _NAMED if name in event.facts}
    words |= {name: moment(datetime.fromisoformat(words[name])) for name in ("due_at", "starts_at") if name in words}
    words |= {
        name: _label(name, words[name])
        for name in (*_CHOICES, *TOLD, "promise", "outcome", "why", "reason", "scope")
        if name in words
    }
    return Line(
        event, event.at, event.kind, str(event.spoken.sentence).format(**words), names.get(event.by, ""), organisation
    )


def _who(named: str | None, names: dict[str, str]) -> str:
    return names.get(named, _("someone")) if named else _("Nobody")


def _label(name: str, value: str) -> str:
    if name in _CHOICES:
        return str(_CHOICES[name](value).label)
    if name in TOLD:
        return str(TOLD[name](value))
    if name == "reason":
        return str(REASONS.get(value, value))
    return str(LABELS.get(value, value))


# Words for facts that belong to rooms further right; they add their own (see `clocks.apps`).
LABELS: dict[str, Any] = {}
TOLD: dict[str, Callable[[str], Any]] = {}  # for the facts of a name, whatever they hold
REASONS: dict[str, Any] = {}
# By the beginning of public ids: what they are read as.
NAMES: dict[str, Callable[[tuple[str, ...]], Iterable[tuple[str, str]]]] = {"per_": _people, "org_": _organisations}
