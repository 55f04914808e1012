"""How nouns look in JSON. Plain dicts of plain values, ready to be written; knows nothing of the API's framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from trialogue.cases.calls import Call
from trialogue.cases.feed import address as address
from trialogue.cases.feed import moment as moment
from trialogue.cases.lifecycle import CloseCode, Move, State
from trialogue.cases.models import Case
from trialogue.cases.timeline import Line
from trialogue.clocks.explain import Stretch
from trialogue.clocks.models import PROMISES, Clock
from trialogue.conversations import search
from trialogue.conversations.information import Item
from trialogue.conversations.models import Consent, Conversation, Document, Message, Note, Pin, Presence
from trialogue.deliveries.models import Absence, Bounce, Browser
from trialogue.deliveries.notices import Told
from trialogue.deliveries.wishes import Mute, Muted, Notice, Wishes
from trialogue.lib.quiethours import Span
from trialogue.lists.models import Batch, BatchItem, View
from trialogue.people.models import Actor, ApiKey, Membership, Organisation, Person
from trialogue.posting import Said, Speaker
from trialogue.requests.models import Request
from trialogue.uploads.models import Upload

Shape = dict[str, Any]


def moment_or_none(at: datetime | None) -> str | None:
    return moment(at) if at else None


def organisation_shape(organisation: Organisation | Speaker) -> Shape:
    return {"id": organisation.public_id, "name": organisation.name}


def _organisation_or_none(organisation: Organisation | Speaker | None) -> Shape | None:
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
        "client_owner": _person_or_none(case.client_owner),
        "partner_owner": _person_or_none(case.partner_owner),
        "closure_requested_at": moment(case.closure_requested_at) if case.closure_requested_at else None,
        "quote": {"partner": organisation_shape(case.quoted_partner), "text": case.quote}
        if case.quoted_partner
        else None,
        "merged_into": case.merged_into.reference if case.merged_into else None,
        "engagement_ended": _ended(case),
        "created_at": moment(case.created_at),
        "moved_at": moment(case.moved_at),
        "moves": [
            {**move_shape(move), "needs": list(move.needs), "takes": list(move.takes)} for move in case.may_move(actor)
        ],
    }


def asked_shape(item: Item) -> Shape:
    return {
        "id": item.public_id,
        "request": item.request.public_id,
        "label": item.label,
        "kind": item.kind,
        "choices": item.choices,
        "state": item.state,
        "state_label": str(item.get_state_display()),
        "answer": item.answer or None,
        "document": item.document.public_id if item.document else None,
        "again": item.again or None,
        "answered_by": _person_or_none(item.answered_by),
        "answered_at": moment(item.answered_at) if item.answered_at else None,
        "asked_at": moment(item.request.asked_at),
    }


def call_shape(call: Call) -> Shape:
    return {
        "id": call.public_id,
        "called_at": moment(call.called_at),
        "number": call.number,
        "outcome": call.outcome,
        "outcome_label": str(call.get_outcome_display()),
        "notes": call.notes,
        "author": _person_or_none(call.author),
        "organisation": organisation_shape(call.organisation),
        "logged_at": moment(call.logged_at),
    }


def _ended(case: Case) -> Shape | None:
    """For a partner that no longer works the case: how its part ended; the case is shown as it stood then."""
    if case.former is None or case.former.ended_at is None:
        return None
    return {"at": moment(case.former.ended_at), "why": case.former.ended_why}


def view_shape(view: View) -> Shape:
    """Wants a view as `shown` finds it."""
    return {
        "id": view.public_id,
        "name": view.name,
        "query": view.query,
        "shared": view.shared,
        "person": _person_or_none(view.person),
        "has_left": bool(view.person and not view.is_here),
        "is_default": view.is_default,
        "created_at": moment(view.created_at),
    }


def batch_shape(batch: Batch, counts: Mapping[str, int]) -> Shape:
    return {
        "id": batch.public_id,
        "what": batch.what,
        "label": str(batch.label),
        "state": batch.state,
        "counts": dict(counts),
        "person": _person_or_none(batch.person),
        "created_at": moment(batch.created_at),
        "confirmed_at": moment_or_none(batch.confirmed_at),
        "finished_at": moment_or_none(batch.finished_at),
    }


def item_shape(item: BatchItem) -> Shape:
    return {
        "case": item.case.reference,
        "state": item.state,
        "reason": item.reason or None,
        "at": moment_or_none(item.at),
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
        "kind": document.kind,
        "description": document.description,
        "version": document.version,
        "check": document.verdict,
        "removed_at": moment_or_none(document.removed_at),
        "url": None if document.shut else address(f"documents/{document.public_id}"),
    }


def document_shape(document: Document) -> Shape:
    """Wants its message, uploader, organisation and first version at hand."""
    return {
        **_file_shape(document),
        "first_version": document.first.public_id if document.first else document.public_id,
        "is_newest": document.replaced_at is None,
        "message": document.message.public_id if document.message else None,
        "uploader": _person_or_none(document.uploader),
        "organisation": organisation_shape(document.organisation) if document.organisation else None,
        "at": moment(document.at),
    }


def message_shape(message: Message | Said, documents: Iterable[Document]) -> Shape:
    """Wants its author and organisation at hand."""
    return {
        "id": message.public_id,
        "number": message.number,
        "at": moment(message.at),
        "author": _person_or_none(message.author),
        "organisation": _organisation_or_none(message.organisation),
        "body": message.body,
        "expects_answer": message.expects_answer,
        "answers": message.answers.public_id if message.answers else None,
        "mentions": message.mentions or [],
        "edited_at": moment_or_none(message.edited_at),
        "wordings": [
            {"body": one["body"], "at": moment(datetime.fromisoformat(one["at"]))} for one in message.wordings or ()
        ],
        "deleted_at": moment_or_none(message.withdrawn_at),
        "excused_at": moment_or_none(message.excused_at),
        "via": message.via,
        "documents": [_file_shape(document) for document in documents],
    }


def pin_shape(pin: Pin) -> Shape:
    """Wants its message, person and organisation at hand."""
    return {
        "id": pin.public_id,
        "message": pin.message.public_id if pin.message else None,
        "text": pin.message.line if pin.message else pin.fact,
        "person": _person_or_none(pin.person),
        "organisation": organisation_shape(pin.organisation),
        "at": moment(pin.at),
    }


def consent_shape(consent: Consent) -> Shape:
    """Wants its parties at hand."""
    return {
        "id": consent.public_id,
        "client": organisation_shape(consent.client),
        "referrer": organisation_shape(consent.referrer),
        "case": consent.case.reference if consent.case else None,
        "given_at": moment(consent.given_at),
        "given_by": _person_or_none(consent.given_by),
        "withdrawn_at": moment_or_none(consent.withdrawn_at),
        "withdrawn_by": _person_or_none(consent.withdrawn_by),
    }


def presence_shape(presence: Presence) -> Shape:
    """Wants a presence that is `shown`."""
    return {
        "id": presence.public_id,
        "case": presence.conversation.case.reference,
        "person": _person_or_none(presence.person),
        "organisation": organisation_shape(presence.organisation),
        "reason": presence.reason,
        "joined_at": moment(presence.joined_at),
        "left_at": moment_or_none(presence.left_at),
    }


def note_shape(note: Note) -> Shape:
    """For its own organisation alone. Wants its author and organisation at hand."""
    return {
        "id": note.public_id,
        "at": moment(note.at),
        "author": _person_or_none(note.author),
        "organisation": organisation_shape(note.organisation),
        "body": note.body,
        "via": note.via,
    }


def hit_shape(kind: str, thing: Any, pieces: search.Pieces) -> Shape:
    """Something found. `text` is what surrounds the first hit, `marks` what was looked for in it, as it is written there."""
    talk = None if kind == "cases" else thing.conversation
    case = thing if kind == "cases" else thing.case if kind == "documents" else thing.conversation.case
    return {
        "kind": kind,
        "id": thing.public_id,
        "case": case.reference if case else None,
        **_elsewhere(talk if case is None else None),
        "number": thing.number if kind == "messages" else None,
        "at": moment(case.created_at if kind == "cases" else thing.at),
        "organisation": _organisation_or_none(case.client if kind == "cases" else thing.organisation),
        "text": "".join(words for words, _hit in pieces),
        "marks": [words for words, hit in pieces if hit],
    }


def _elsewhere(talk: Conversation | None) -> Shape:
    """Where something stands that is in no case."""
    return {
        "request": talk.reference if talk and talk.is_request else None,
        "relationship": talk.public_id if talk and talk.is_relationship else None,
    }


def relationship_shape(talk: Conversation) -> Shape:
    """Wants its parties at hand."""
    assert talk.client is not None and talk.partner is not None  # noqa: PT018
    return {
        "id": talk.public_id,
        "client": organisation_shape(talk.client),
        "partner": organisation_shape(talk.partner),
        "environment": talk.environment,
        "opened_at": moment(talk.opened_at),
        "messages": talk.message_count,
        "last_message_at": moment_or_none(talk.last_message_at),
    }


def clock_shape(clock: Clock, now: datetime) -> Shape:
    """`left_seconds` is working time on the owner's calendar until it is due; None once it is settled."""
    return {
        "id": clock.public_id,
        "case": clock.case.reference if clock.case else None,
        **_elsewhere(None if clock.case else clock.conversation),
        "promise": clock.promise,
        "promise_label": str(PROMISES.get(clock.promise, clock.promise)),
        "within": clock.policy.words,
        "state": clock.look(now).replace("-", "_"),
        "owner": organisation_shape(clock.owner),
        "owed_to": _organisation_or_none(clock.owed_to),
        "zone": clock.calendar.zone,
        "started_at": moment(clock.started_at),
        "warn_at": moment(clock.warn_at),
        "due_at": moment(clock.due_at),
        "settled_at": moment_or_none(clock.settled_at),
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


def wishes_shape(wishes: Wishes) -> Shape:
    """Wants its person at hand."""
    spans = zip(("weekdays", "weekends"), wishes.quiet, strict=True)
    return {
        "how": {notice.value: wishes.how(notice) for notice in Notice},
        "quiet": {days: _span_or_none(span) for days, span in spans},
        "let_through": wishes.let_through,
        "digest": wishes.digest,
        "zone": wishes.person.zone,
    }


def _span_or_none(span: Span | None) -> Shape | None:
    return {"start": f"{span[0]:%H:%M}", "until": f"{span[1]:%H:%M}"} if span else None


def notice_shape(told: Told) -> Shape:
    """Wants the case or the request at hand."""
    delivery = told.delivery
    return {
        "id": delivery.public_id,
        "notice": str(told.notice),
        "case": delivery.case.reference if delivery.case else None,
        "request": delivery.request.number if delivery.request else None,
        "relationship": delivery.conversation.public_id if delivery.conversation else None,
        "meeting": delivery.meeting.number if delivery.meeting else None,
        "message": told.number or None,
        "note": delivery.note.public_id if delivery.note else None,
        "sentences": list(told.sentences),
        "words": told.words,
        "at": moment(delivery.latest_at),
        "seen_at": moment_or_none(delivery.seen_at),
        "mail": delivery.state,
    }


def mute_shape(about: Muted | None, mute: Mute | None) -> Shape:
    return {
        "case": about.reference if isinstance(about, Case) else None,
        "request": about.number if isinstance(about, Request) else None,
        "relationship": about.public_id if isinstance(about, Conversation) else None,
        "muted": mute is not None,
        "until": moment_or_none(mute.until if mute else None),
        "overdue_too": mute is not None and mute.overdue_too,
    }


def bounce_shape(bounce: Bounce) -> Shape:
    return {
        "id": bounce.public_id,
        "address": bounce.address,
        "permanent": bounce.permanent,
        "words": bounce.words,
        "count": bounce.count,
        "since": moment(bounce.since),
        "rests_until": moment_or_none(bounce.rests_until),
        "cleared_at": moment_or_none(bounce.cleared_at),
    }


def browser_shape(browser: Browser) -> Shape:
    return {
        "id": browser.public_id,
        "name": browser.name,
        "since": moment(browser.since),
        "rang_at": moment_or_none(browser.rang_at),
        "trouble": browser.trouble,
    }


def member_shape(membership: Membership) -> Shape:
    return {"person": _person_or_none(membership.person), "role": membership.role}


def absence_shape(absence: Absence) -> Shape:
    """Wants its membership's person, its colleague's and who said it at hand."""
    return {
        "first": absence.first_day.isoformat(),
        "last": absence.last_day.isoformat(),
        "colleague": _person_or_none(absence.colleague.person if absence.colleague else None),
        "said_by": _person_or_none(absence.admin),
        "is_now": absence.is_now,
    }


def upload_shape(upload: Upload) -> Shape:
    """Wants an upload that is `shown`."""
    return {
        "id": upload.public_id,
        "name": upload.name,
        "state": upload.state,
        "state_label": str(Upload.State(upload.state).label),
        "environment": upload.environment,
        "headings": upload.headings,
        "columns": upload.headings_by_name,
        "decimal": upload.decimal,
        "documents": {"name": upload.archive_name, "files": upload.archive_files, "strays": upload.strays}
        if upload.archive_name
        else None,
        "rows": upload.rows or None,
        "done": upload.done,
        "ready": upload.ready,
        "known": upload.known,
        "wrong": upload.wrong,
        "created": upload.created,
        "trouble": upload.trouble or None,
        "same_as": getattr(upload, "earlier_id", None),
        "received_at": moment(upload.received_at),
        "finished_at": moment_or_none(upload.finished_at),
        "report_url": address(f"uploads/{upload.public_id}/report"),
        "left_out_url": address(f"uploads/{upload.public_id}/left-out"),
    }
