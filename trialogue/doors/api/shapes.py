"""How nouns look in JSON. Plain dicts of plain values, ready to be written; knows nothing of the API's framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from trialogue.cases.lifecycle import CloseCode, Move, State
from trialogue.cases.models import Case
from trialogue.cases.timeline import Line
from trialogue.clocks.explain import Stretch
from trialogue.clocks.models import PROMISES, Clock
from trialogue.conversations.models import Document, Message
from trialogue.events import tail
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event
from trialogue.people.models import Actor, ApiKey, Organisation, Person

Shape = dict[str, Any]


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, such as 2026-03-09T11:00:00Z; with six decimals when the second is not whole."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment_or_none(at: datetime | None) -> str | None:
    return moment(at) if at else None


def address(path: str) -> str:
    return f"{settings.BASE_URL}/api/v1/{path}"


def organisation_shape(organisation: Organisation) -> Shape:
    return {"id": organisation.public_id, "name": organisation.name}


def _organisation_or_none(organisation: Organisation | None) -> Shape | None:
    return organisation_shape(organisation) if organisation else None


def _person_or_none(person: Person | None) -> Shape | None:
    return {"id": person.public_id, "name": person.name} if person else None


def me_shape(actor: Actor, key: ApiKey | None) -> Shape:
    home, person = actor.organisation, actor.person
    return {
        "organisation": {
            **organisation_shape(home),
            "kind": home.kind,
            "country": home.country,
            "zone": home.zone,
        },
        "environment": actor.environment,
        "person": {**person_shape(person), "role": actor.role} if person else None,
        "key": {"id": key.public_id, "name": key.name, "shown": key.shown} if key else None,
    }


def person_shape(person: Person) -> Shape:
    return {"id": person.public_id, "name": person.name, "email": person.email}


def move_shape(move: Move) -> Shape:
    return {"move": move.name, "label": str(move.label)}


def case_shape(case: Case, actor: Actor) -> Shape:
    """`moves` are what this actor's side may do now."""
    return {
        "id": case.public_id,
        "reference": case.reference,
        "client_reference": case.client_reference,
        "environment": case.environment,
        "state": case.state,
        "state_label": str(State(case.state).label),
        "state_since": moment(case.state_since),
        "client": organisation_shape(case.client),
        "partner": _organisation_or_none(case.partner),
        "referrer": _organisation_or_none(case.referrer),
        "debtor_name": case.debtor_name,
        "debtor_type": case.debtor_type,
        "debtor_country": case.debtor_country,
        "amount": f"{case.amount:.2f}",
        "currency": case.currency,
        "description": case.description,
        "close_code": case.close_code or None,
        "close_label": str(CloseCode(case.close_code).label) if case.close_code else None,
        "close_comment": case.close_comment or None,
        "created_at": moment(case.created_at),
        "moved_at": moment(case.moved_at),
        "moves": [
            {**move_shape(move), "needs": list(move.needs), "takes": list(move.takes)} for move in case.may_move(actor)
        ],
    }


def line_shape(line: Line) -> Shape:
    return {
        "at": moment(line.at),
        "kind": line.kind,
        "sentence": line.sentence,
        "by": line.by or None,
        "organisation": line.organisation or None,
    }


def _file_shape(document: Document) -> Shape:
    return {
        "id": document.public_id,
        "name": document.name,
        "mime": document.mime,
        "size": document.size,
        "sha256": document.sha256,
        "url": address(f"documents/{document.public_id}"),
    }


def document_shape(document: Document) -> Shape:
    """Wants its message, uploader and organisation at hand."""
    return {
        **_file_shape(document),
        "message": document.message.public_id if document.message else None,
        "uploader": _person_or_none(document.uploader),
        "organisation": organisation_shape(document.organisation),
        "at": moment(document.at),
    }


def message_shape(message: Message, documents: Iterable[Document]) -> Shape:
    """Wants its author and organisation at hand."""
    return {
        "id": message.public_id,
        "number": message.number,
        "at": moment(message.at),
        "author": _person_or_none(message.author),
        "organisation": organisation_shape(message.organisation),
        "body": message.body,
        "expects_answer": message.expects_answer,
        "via": message.via,
        "documents": [_file_shape(document) for document in documents],
    }


def clock_shape(clock: Clock, now: datetime) -> Shape:
    """`left_seconds` is working time on the owner's calendar until it is due; None once it is settled."""
    return {
        "id": clock.public_id,
        "case": clock.case.reference,
        "promise": clock.promise,
        "promise_label": str(PROMISES[clock.promise]),
        "within": clock.policy.words,
        "state": clock.look(now).replace("-", "_"),
        "owner": organisation_shape(clock.owner),
        "owed_to": organisation_shape(clock.owed_to),
        "zone": clock.calendar.zone,
        "started_at": moment(clock.started_at),
        "warn_at": moment(clock.warn_at),
        "due_at": moment(clock.due_at),
        "settled_at": _moment_or_none(clock.settled_at),
        "left_seconds": int(clock.left(now).total_seconds()) if clock.is_open else None,
        "explanation_url": address(f"clocks/{clock.public_id}/explanation"),
    }


def stretch_shape(stretch: Stretch) -> Shape:
    return {
        "start": moment(stretch.start),
        "end": moment(stretch.end),
        "seconds": int((stretch.end - stretch.start).total_seconds()),
        "counted": stretch.counted,
        "why": stretch.why,
    }


def with_references(events: QuerySet[Event]) -> QuerySet[Event]:
    """Events that know the reference of their case, so that `event_shape` need not ask for each."""
    reference = Case.objects.filter(pk=OuterRef("case_id")).values("reference")
    return events.annotate(case_reference=Subquery(reference))


def event_shape(event: Event) -> Shape:
    """An item of GET /events and the data of a live event. Asks nothing when the event comes `with_references`."""
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
        "digest": event.digest,
    }


def _reference(event: Event) -> str | None:
    if hasattr(event, "case_reference"):
        return event.case_reference  # type: ignore[no-any-return]
    return Case.objects.filter(pk=event.case_id).values_list("reference", flat=True).first() if event.case_id else None


def _facts(kind: str, facts: Mapping[str, Any]) -> Shape:
    fields = KINDS[kind].fields if kind in KINDS else {}
    return {
        name: moment(datetime.fromisoformat(value)) if fields.get(name) == "moment" else value
        for name, value in facts.items()
    }
