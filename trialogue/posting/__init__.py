"""The hot lane: posting a message in a handful of lean statements instead of sixteen heavy ones.

Does what `Conversation.post` and the reactions to `message.posted` do, and writes the same rows and events; a test holds the
two against each other, and the plain path stays the reference. Whatever is out of the ordinary (documents, names and quotations, a key that was
used, a clock past due, a case that is over, someone who may not) is left to the plain path, which knows what to say.

On PostgreSQL nothing is locked while Python thinks: what was read is written upon only if it still holds, else read again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from trialogue.cases.lifecycle import OVER
from trialogue.clocks import turning
from trialogue.clocks.models import Calendar, Clock, Policy
from trialogue.conversations.models import Conversation, Document, Message, checked, sender_key_of
from trialogue.deliveries import models as deliveries
from trialogue.events import bell, kinds
from trialogue.events.models import seal
from trialogue.lib import publicid
from trialogue.people.models import Actor
from trialogue.posting import statements
from trialogue.reactions import REACTIONS

# What this lane does by itself. When the table of consequences says more, the lane is closed until it has learned it.
KNOWN = {
    "message.posted": (turning.turn, deliveries.tell_listener),
    "clock.started": (),
    "clock.kept": (),
    "clock.answered": (),
}
CHAIN = ("numbers", "kinds", "facts", "previous", "digests")  # of the events, in their order
TRIES = 3
OPEN = all(REACTIONS.get(kind, ()) == known for kind, known in KNOWN.items())


def post(
    *, by: Actor, reference: str, body: str, expects_answer: bool = True, answers: Message | None = None, key: str = ""
) -> Message:
    """Says something in the conversation of a case. As `Conversation.post`; raises `Conversation.DoesNotExist` besides."""
    # Whoever is named is looked for by the plain path.
    if OPEN and "@" not in body and answers is None and not connection.in_atomic_block:
        message = _fast(by, reference, body, expects_answer, key)
        if message:
            return message
    conversation = Conversation.objects.visible_to(by).select_related("case").get(case__reference=reference)
    return conversation.post(by=by, body=body, expects_answer=expects_answer, answers=answers, key=key)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What someone wants to say, and where."""

    by: Actor
    reference: str
    body: str
    expects_answer: bool
    sender_key: str | None


@dataclass(frozen=True, slots=True)
class _Open:
    """A clock that is open in the conversation."""

    pk: int
    public_id: str
    promise: str
    owner: int
    state: str
    due_at: datetime


def _fast(by: Actor, reference: str, body: str, expects_answer: bool, key: str) -> Message | None:
    asked = _Asked(by, reference, checked(body, ()), expects_answer, sender_key_of(by, key))
    try:
        message = (_on_sqlite if connection.vendor == "sqlite" else _on_postgresql)(asked)
    except IntegrityError:  # the same key at the same moment elsewhere
        return None
    if message:
        bell.ring()
    return message


def _on_postgresql(asked: _Asked) -> Message | None:
    with connection.cursor() as cursor:
        for _try in range(TRIES):
            told = _read(asked, cursor)
            if told is None:
                break
            cursor.execute(statements.POSTGRESQL, told)
            if written := cursor.fetchone():
                return _as_message(asked, told, written[0])
    return None  # not for this lane, or so busy a conversation that it is better waited for


def _on_sqlite(asked: _Asked) -> Message | None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        told = _read(asked, cursor)
        if told is None:
            return None
        known = {name: _kept(value) for name, value in told.items() if not isinstance(value, list)}
        for statement in statements.SQLITE:
            cursor.execute(statement, known)
            known.setdefault("said", cursor.lastrowid)
        for number, kind, facts, previous, digest in zip(*(told[name] for name in CHAIN), strict=True):
            event = {"event_number": number, "kind": kind, "facts": facts, "previous": previous, "digest": digest}
            cursor.execute(statements.SQLITE_EVENT, known | event)
    return _as_message(asked, told, known["said"])


def _kept(value: Any) -> Any:
    """A value as the database keeps it: moments are text on SQLite."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _moment(kept: datetime) -> datetime:
    return kept if kept.tzinfo else kept.replace(tzinfo=UTC)


def _read(asked: _Asked, cursor: Any) -> dict[str, Any] | None:
    """What is to be written, by what there is now; None when this is for the plain path."""
    by = asked.by
    told = {"reference": asked.reference, "environment": by.environment, "me": by.organisation.pk}
    told |= {"sender_key": asked.sender_key, "now": _kept(timezone.now())}
    cursor.execute(statements.READ, told)
    rows = cursor.fetchall()
    return told if rows and _decide(asked, told, rows) else None


def _decide(asked: _Asked, told: dict[str, Any], rows: list[tuple[Any, ...]]) -> bool:
    """Completes what the statements need to be told; False when this is for the plain path."""
    (conversation, subject, count, length, digest, engagement, case, state, client, partner,
     listener, listener_id, calendar, policy, used, owner) = rows[0][:16]  # fmt: skip
    opened = [_Open(*row[16:]) for row in rows if row[16] is not None]
    by, at, me = asked.by, timezone.now(), told["me"]
    met = [clock for clock in opened if clock.owner == me]
    if used or state in OVER or any(clock.state == Clock.State.RUNNING and _moment(clock.due_at) < at for clock in met):
        return False
    waiting = any(clock.owner != me for clock in opened)
    told |= {
        "conversation": conversation, "subject": subject, "number": count + 1, "engagement": engagement, "case": case, "state": state,
        "client": client, "partner": partner, "listener": listener, "owner": owner, "calendar": calendar, "policy": policy, "at": at,
        "body": asked.body, "expects": asked.expects_answer, "message": publicid.new("msg"), "author": by.person.pk if by.person else None,
        "by": by.by, "acting_for": by.acting_for, "via": by.via, "met": [clock.pk for clock in met],
        "tell_at": at + timedelta(seconds=settings.QUIET_SECONDS), "clock": None, "promise": None, "due_at": None, "warn_at": None,
    }  # fmt: skip
    if asked.expects_answer and not waiting:
        _start(told, "reply" if listener == partner else "supply")
    _chain(told, _happened(told, by, met, listener_id), length, digest)
    return True


def _start(told: dict[str, Any], promise: str) -> None:
    policy = _policy(told["policy"])
    time = policy.time(_calendar(told["calendar"]))
    due = policy.due(told["at"], time)
    told |= {
        "clock": publicid.new("clk"),
        "promise": promise,
        "due_at": due,
        "warn_at": policy.warn(told["at"], due, time),
    }


def _happened(told: dict[str, Any], by: Actor, met: list[_Open], listener_id: str) -> list[tuple[str, dict[str, Any]]]:
    """The events, in the order in which the plain path records them."""
    posted = {"message": told["message"], "number": told["number"], "body": told["body"], "documents": ()}
    happened = [("message.posted", posted)]
    for clock in met:
        kind = "clock.answered" if clock.state == Clock.State.BROKEN else "clock.kept"
        facts = {
            "clock": clock.public_id,
            "promise": clock.promise,
            "owner": by.acting_for,
            "due_at": _moment(clock.due_at),
        }
        happened.append((kind, facts))
    if told["clock"]:
        facts = {"clock": told["clock"], "promise": told["promise"], "owner": listener_id, "due_at": told["due_at"]}
        happened.append(("clock.started", facts))
    return [(kind, kinds.KINDS[kind].facts(things)) for kind, things in happened]


def _chain(told: dict[str, Any], happened: list[tuple[str, dict[str, Any]]], length: int, digest: str) -> None:
    """Numbers the events and seals each to the one before."""
    numbers, names, facts, previous, digests = [], [], [], [], []
    for number, (kind, known) in enumerate(happened, length + 1):
        numbers.append(number)
        names.append(kind)
        facts.append(json.dumps(known))
        previous.append(digest)
        digest = seal(
            digest, told["subject"], number, kind, told["at"], told["by"], told["acting_for"], told["via"], known
        )
        digests.append(digest)
    told |= dict(zip(CHAIN, (numbers, names, facts, previous, digests), strict=True))
    told |= {"before": length, "log_length": numbers[-1], "log_digest": digest}


def _as_message(asked: _Asked, told: dict[str, Any], pk: int) -> Message:
    by = asked.by
    message = Message(
        pk=pk, public_id=told["message"], conversation_id=told["conversation"], number=told["number"], engagement_id=told["engagement"],
        environment=told["environment"], client_id=told["client"], partner_id=told["partner"], author=by.person, organisation=by.organisation, body=asked.body, expects_answer=asked.expects_answer,
        sender_key=asked.sender_key, via=by.via, at=told["at"],
    )  # fmt: skip
    message._state.adding = False
    message._prefetched_objects_cache = {"documents": Document.objects.none()}  # type: ignore[attr-defined]
    return message


# A version of a calendar or a policy is never edited, so a row once read is good for as long as the process.
@lru_cache(maxsize=4096)
def _calendar(pk: int) -> Calendar:
    return Calendar.objects.get(pk=pk)


@lru_cache(maxsize=64)
def _policy(pk: int) -> Policy:
    return Policy.objects.get(pk=pk)
