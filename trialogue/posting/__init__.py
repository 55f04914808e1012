"""The hot lane: posting a message in a handful of lean statements instead of sixteen heavy ones.

Does what `Conversation.post` and the reactions to `message.posted` do, and writes the same rows and events; a test holds the
two against each other, and the plain path stays the reference. Whatever is out of the ordinary (documents, names and quotations, a key that was
used, a clock past due, a case that is over, a referral partner who talks along, someone who may not) is left to the plain path, which knows what to say.

On PostgreSQL nothing is locked while Python thinks: what was read is written upon only if it still holds, else read again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from trialogue.cases.lifecycle import OVER
from trialogue.clocks import turning
from trialogue.clocks.models import Calendar, Clock, Policy
from trialogue.conversations.messages import checked
from trialogue.conversations.models import Conversation, Document, Message, sender_key_of
from trialogue.deliveries import telling
from trialogue.events import bell, kinds
from trialogue.events.models import seal
from trialogue.lib import publicid
from trialogue.people.models import Actor, ApiKey
from trialogue.posting import statements
from trialogue.reactions import REACTIONS

# What this lane does by itself. When the table of consequences says more, the lane is closed until it has learned it.
KNOWN = {
    "message.posted": (turning.turn, telling.tell_listener),
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
    if answers is None and _fits(body):
        written = _fast(_Asked(reference, checked(body, ()), expects_answer, key, by))
        if written:
            return _as_message(by, written)
    conversation = Conversation.objects.visible_to(by).select_related("case").get(case__reference=reference)
    return conversation.post(by=by, body=body, expects_answer=expects_answer, answers=answers, key=key)


def post_by_key(
    *, secret: str, admits: Callable[[str], bool], reference: str, body: str, expects_answer: bool = True, key: str = ""
) -> Said | None:
    """Says what an organisation's program says, and looks its API key up by the way; `admits` is asked with the key's id.

    None, with nothing said, when this is for whoever knows what to do about it: a wrong key, one that is not admitted,
    a case that is not theirs, anything that `post` leaves to the plain path. Raises `ValidationError` for the body.
    """
    if not _fits(body):
        return None
    digest = ApiKey.digest_of(secret)
    written = _fast(_Asked(reference, checked(body, ()), expects_answer, key, None, digest, admits))
    return Said(written.by, written.told) if written else None


def _fits(body: str) -> bool:
    """Whoever is named is looked for by the plain path."""
    return OPEN and "@" not in body and not connection.in_atomic_block


@dataclass(frozen=True, slots=True)
class _Asked:
    """What someone wants to say, and where: an actor, or whoever has the API key of this digest."""

    reference: str
    body: str
    expects_answer: bool
    key: str
    by: Actor | None
    digest: str = ""
    admits: Callable[[str], bool] = lambda key: True


class Speaker(NamedTuple):
    """Who speaks, and for which organisation: ids, public ids, a name."""

    environment: str
    organisation: int
    acting_for: str
    name: str
    person: int | None = None
    by: str = ""
    via: str = "api"

    @property
    def public_id(self) -> str:
        return self.acting_for

    @classmethod
    def of(cls, by: Actor) -> Speaker:
        home = by.organisation
        return cls(by.environment, home.pk, home.public_id, home.name, by.person_id, by.by, by.via)


class Said:
    """A message as it looks when a program has just said it: what is shown of a `Message`, without the weight of a model."""

    author = answers = mentions = edited_at = wordings = withdrawn_at = excused_at = None
    replayed = False

    def __init__(self, by: Speaker, told: dict[str, Any]) -> None:
        self.organisation, self.via = by, by.via
        self.public_id, self.number, self.at = told["message"], told["number"], told["at"]
        self.body, self.expects_answer = told["body"], told["expects"]


@dataclass(frozen=True, slots=True)
class _Open:
    """A clock that is open in the conversation."""

    pk: int
    public_id: str
    promise: str
    owner: int
    owed_to: int
    state: str
    due_at: datetime


class _Written(NamedTuple):
    """Who speaks, what the statements are told, and, once it is written, the row of the message."""

    by: Speaker
    told: dict[str, Any]
    pk: int = 0


def _fast(asked: _Asked) -> _Written | None:
    try:
        written = (_on_sqlite if connection.vendor == "sqlite" else _on_postgresql)(asked)
    except IntegrityError:  # the same key before, or at the same moment elsewhere
        return None
    if written:
        bell.ring()
    return written


def _on_postgresql(asked: _Asked) -> _Written | None:
    with connection.cursor() as cursor:
        for _try in range(TRIES):
            found = _read(asked, cursor)
            if found is None:
                break
            cursor.execute(statements.POSTGRESQL, found.told | _in_one_piece(found.told))
            if row := cursor.fetchone():
                return found._replace(pk=row[0])
    return None  # not for this lane, or so busy a conversation that it is better waited for


def _in_one_piece(told: dict[str, Any]) -> dict[str, str]:
    """Lists as text that the database takes apart: the driver takes ten times as long to write an array."""
    chain = {name: "\n".join(told[name]) for name in ("kinds", "facts", "previous", "digests")}
    return {"met": f"{{{','.join(map(str, told['met']))}}}", **chain}


def _on_sqlite(asked: _Asked) -> _Written | None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        found = _read(asked, cursor)
        if found is None:
            return None
        told = found.told
        known = {name: _kept(value) for name, value in told.items() if not isinstance(value, list)}
        for statement in statements.SQLITE:
            cursor.execute(statement, known)
            known.setdefault("said", cursor.lastrowid)
        for number, kind, facts, previous, digest in zip(*(told[name] for name in CHAIN), strict=True):
            event = {"event_number": number, "kind": kind, "facts": facts, "previous": previous, "digest": digest}
            cursor.execute(statements.SQLITE_EVENT, known | event)
    return found._replace(pk=known["said"])


def _kept(value: Any) -> Any:
    """A value as the database keeps it: moments are text on SQLite."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _moment(kept: datetime) -> datetime:
    return kept if kept.tzinfo else kept.replace(tzinfo=UTC)


def _read(asked: _Asked, cursor: Any) -> _Written | None:
    """What is to be written, by what there is now; None when this is for the plain path."""
    by, where = asked.by, {"reference": asked.reference, "now": _kept(timezone.now())}
    if by is None:
        cursor.execute(statements.READ_BY_KEY, where | {"digest": asked.digest})
    else:
        who = {
            "environment": by.environment,
            "me": by.organisation.pk,
            "sender_key": sender_key_of(by, by.environment, asked.key),
        }
        cursor.execute(statements.READ, where | who)
    rows = cursor.fetchall()
    if not rows:
        return None
    speaker = Speaker.of(by) if by else Speaker(*rows[0][1:5])
    told = _decide(asked, speaker, [row[5:] for row in rows])
    return _Written(speaker, told) if told and asked.admits(rows[0][0]) else None


def _decide(asked: _Asked, by: Speaker, rows: list[tuple[Any, ...]]) -> dict[str, Any] | None:
    """What the statement is told; None when this is for the plain path."""
    (used, conversation, subject, count, length, digest, engagement, case, state, client, partner,
     listener, listener_id, calendar, policy, owner, referrer, along) = rows[0][:18]  # fmt: skip
    opened = [_Open(*row[18:]) for row in rows if row[18] is not None]
    at, me = timezone.now(), by.organisation
    met = [clock for clock in opened if clock.owner == me]
    if used or state in OVER or any(clock.state == Clock.State.RUNNING and _moment(clock.due_at) < at for clock in met):
        return None
    if along or any(clock.owed_to == referrer for clock in opened):
        return (
            None  # a referral partner talks along, or the operator has joined: they hear of more than this lane tells
        )
    waiting = any(clock.owed_to == me for clock in opened)
    told: dict[str, Any] = {
        "conversation": conversation, "subject": subject, "number": count + 1, "engagement": engagement, "case": case, "state": state,
        "client": client, "partner": partner, "referrer": referrer, "listener": listener, "owner": owner, "calendar": calendar, "policy": policy, "at": at,
        "body": asked.body, "expects": asked.expects_answer, "message": publicid.new("msg"), "author": by.person,
        "me": me, "environment": by.environment, "sender_key": sender_key_of(by, by.environment, asked.key),
        "by": by.by, "acting_for": by.acting_for, "via": by.via, "met": [clock.pk for clock in met],
        "tell_at": at + timedelta(seconds=settings.QUIET_SECONDS), "clock": None, "promise": None, "due_at": None, "warn_at": None,
    }  # fmt: skip
    if asked.expects_answer and not waiting:
        _start(told, "reply" if listener == partner else "supply")
    _chain(told, _happened(told, by, met, listener_id), length, digest)
    return told


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


def _happened(
    told: dict[str, Any], by: Speaker, met: list[_Open], listener_id: str
) -> list[tuple[str, dict[str, Any]]]:
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


def _as_message(by: Actor, written: _Written) -> Message:
    told = written.told
    message = Message(
        pk=written.pk, public_id=told["message"], conversation_id=told["conversation"], number=told["number"],
        engagement_id=told["engagement"], environment=told["environment"], client_id=told["client"], partner_id=told["partner"],
        referrer_id=told["referrer"], author=by.person, organisation=by.organisation, body=told["body"],
        expects_answer=told["expects"], sender_key=told["sender_key"], via=by.via, at=told["at"],
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
