"""The hot lane: posting a message in four statements instead of sixteen. PostgreSQL only.

Does what `Conversation.post` and the reactions to `message.posted` do, and writes the same rows and events; a test holds the
two against each other, and the plain path stays the reference. Whatever is out of the ordinary (documents, a key that was
used, a clock past due, a case that is over, someone who may not) is left to the plain path, which knows what to say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from trialogue.reactions import REACTIONS

# What this lane does by itself. When the table of consequences says more, the lane is closed until it has learned it.
KNOWN = {
    "message.posted": (turning.turn, deliveries.tell_listener),
    "clock.started": (),
    "clock.kept": (),
    "clock.answered": (),
}
OPEN = all(REACTIONS.get(kind, ()) == known for kind, known in KNOWN.items())


def post(*, by: Actor, reference: str, body: str, expects_answer: bool = True, key: str = "") -> Message:
    """Says something in the conversation of a case. As `Conversation.post`; raises `Conversation.DoesNotExist` besides."""
    if OPEN and connection.vendor == "postgresql":
        message = _fast(by, reference, body, expects_answer, key)
        if message:
            return message
    conversation = Conversation.objects.visible_to(by).select_related("case").get(case__reference=reference)
    return conversation.post(by=by, body=body, expects_answer=expects_answer, key=key)


LOCK = """
SELECT v.id FROM conversations_conversation v JOIN cases_case c ON c.id = v.case_id
 WHERE c.reference = %(reference)s::text AND c.environment = %(environment)s::text AND %(me)s::bigint IN (c.client_id, c.partner_id)
   FOR NO KEY UPDATE OF v
"""
# After the lock, in a statement of its own: what it reads must not be from before the wait.
READ = """
SELECT v.public_id, v.message_count, v.log_length, v.log_digest, v.engagement_id,
       c.id, c.state, c.environment, c.client_id, c.partner_id, c.referrer_id, l.id, l.public_id,
       (SELECT k.id FROM clocks_calendar k WHERE k.organisation_id = l.id AND k.effective_from <= clock_timestamp()
         ORDER BY k.effective_from DESC, k.version DESC LIMIT 1),
       (SELECT p.id FROM clocks_policy p
         WHERE p.promise = CASE WHEN l.id = c.partner_id THEN 'reply' ELSE 'supply' END AND p.effective_from <= clock_timestamp()
         ORDER BY p.effective_from DESC, p.version DESC LIMIT 1),
       EXISTS (SELECT FROM conversations_message m WHERE m.sender_key = %(sender_key)s::text),
       o.id, o.public_id, o.promise, o.owner_id, o.state, o.due_at
  FROM conversations_conversation v JOIN cases_case c ON c.id = v.case_id
  JOIN people_organisation l ON l.id = CASE WHEN c.client_id = %(me)s::bigint THEN c.partner_id ELSE c.client_id END
  LEFT JOIN clocks_clock o ON o.conversation_id = v.id AND o.state IN ('running', 'broken')
 WHERE v.id = %(conversation)s::bigint AND %(me)s::bigint IN (c.client_id, c.partner_id)
 ORDER BY o.id
"""
WRITE = """
WITH said AS (
  INSERT INTO conversations_message
    (public_id, conversation_id, number, engagement_id, author_id, organisation_id, body, expects_answer, sender_key, via, at)
  VALUES (%(message)s, %(conversation)s::bigint, %(number)s::int, %(engagement)s::bigint, %(author)s::bigint, %(me)s::bigint, %(body)s, %(expects)s::bool, %(sender_key)s::text, %(via)s::text, %(at)s::timestamptz)
  RETURNING id),
moved AS (
  UPDATE conversations_conversation
     SET message_count = %(number)s::int, last_message_at = %(at)s::timestamptz, log_length = %(log_length)s::int, log_digest = %(log_digest)s
   WHERE id = %(conversation)s::bigint),
met AS (
  UPDATE clocks_clock SET state = CASE state WHEN 'broken' THEN 'late' ELSE 'kept' END, settled_at = %(at)s::timestamptz
   WHERE id = ANY(%(met)s::bigint[])),
started AS (
  INSERT INTO clocks_clock
    (public_id, promise, policy_id, calendar_id, case_id, conversation_id, message_id, owner_id, owed_to_id, state, started_at, warn_at, due_at)
  SELECT %(clock)s::text, %(promise)s::text, %(policy)s::bigint, %(calendar)s::bigint, %(case)s::bigint, %(conversation)s::bigint, said.id, %(listener)s::bigint, %(me)s::bigint, 'running',
         %(at)s::timestamptz, %(warn_at)s::timestamptz, %(due_at)s::timestamptz
    FROM said WHERE %(clock)s::text IS NOT NULL),
mark AS (
  INSERT INTO conversations_bookmark (conversation_id, person_id, through, at, looked_at)
  SELECT %(conversation)s::bigint, %(author)s::bigint, %(number)s::int, %(at)s::timestamptz, %(at)s::timestamptz WHERE %(author)s::bigint IS NOT NULL
  ON CONFLICT (conversation_id, person_id) DO UPDATE SET through = EXCLUDED.through, at = EXCLUDED.at, looked_at = EXCLUDED.at),
told AS (
  INSERT INTO deliveries_delivery AS d
    (public_id, kind, person_id, organisation_id, case_id, event_kind, since, first, through, address, subject, text, html, state, due_at, tries, why)
  SELECT 'dlv_' || left(replace(gen_random_uuid()::text, '-', ''), 16), 'bundle', p.id, %(listener)s::bigint, %(case)s::bigint, '', %(at)s::timestamptz,
         %(number)s::int, %(number)s::int, '', '', '', '', 'waiting', %(tell_at)s::timestamptz, 0, ''
    FROM people_membership m JOIN people_person p ON p.id = m.person_id
   WHERE m.organisation_id = %(listener)s::bigint AND p.is_active AND p.id IS DISTINCT FROM %(author)s::bigint
  ON CONFLICT (case_id, person_id) WHERE kind = 'bundle' AND state = 'waiting'
  DO UPDATE SET through = EXCLUDED.through, first = CASE d.first WHEN 0 THEN EXCLUDED.first ELSE d.first END)
INSERT INTO events_event
  (xid, subject, number, kind, at, recorded_at, by, organisation, via, facts, environment, case_id, client_id, partner_id, referrer_id, previous, digest)
SELECT greatest(pg_current_xact_id(), (SELECT b.xid FROM events_event b WHERE b.subject = %(subject)s AND b.number = %(before)s::int)),
       %(subject)s, e.number, e.kind, %(at)s::timestamptz, %(at)s::timestamptz, %(by)s, %(acting_for)s, %(via)s::text, e.facts::jsonb, %(environment)s::text, %(case)s::bigint,
       %(client)s::bigint, %(partner)s::bigint, NULL, e.previous, e.digest
  FROM unnest(%(numbers)s::int[], %(kinds)s::text[], %(facts)s::text[], %(previous)s::text[], %(digests)s::text[])
       AS e (number, kind, facts, previous, digest)
RETURNING (SELECT id FROM said)
"""


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
    body, me = checked(body, ()), by.organisation.pk
    told: dict[str, Any] = {
        "reference": reference,
        "environment": by.environment,
        "me": me,
        "sender_key": sender_key_of(by, key),
    }
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(LOCK, told)
            found = cursor.fetchone()
            if found is None:
                return None
            told["conversation"] = found[0]
            cursor.execute(READ, told)
            rows = cursor.fetchall()
            written = rows and _decide(by, body, expects_answer, told, rows)
            if not written:
                return None
            cursor.execute(WRITE, told)
            message = _as_message(by, told, cursor.fetchone()[0])
    except IntegrityError:  # the same key at the same moment elsewhere
        return None
    bell.ring()
    return message


def _decide(by: Actor, body: str, expects_answer: bool, told: dict[str, Any], rows: list[tuple[Any, ...]]) -> bool:
    """Completes what WRITE needs to be told; False when this is for the plain path."""
    (subject, count, length, digest, engagement, case, state, _environment, client, partner, _referrer,
     listener, listener_id, calendar, policy, used) = rows[0][:16]  # fmt: skip
    opened = [_Open(*row[16:]) for row in rows if row[16] is not None]
    at, me = timezone.now(), told["me"]
    met = [clock for clock in opened if clock.owner == me]
    if used or state in OVER or any(clock.state == Clock.State.RUNNING and clock.due_at < at for clock in met):
        return False
    waiting = any(clock.owner != me for clock in opened)
    told |= {
        "subject": subject, "number": count + 1, "engagement": engagement, "case": case, "client": client, "partner": partner,
        "listener": listener, "calendar": calendar, "policy": policy, "at": at, "body": body, "expects": expects_answer,
        "message": publicid.new("msg"), "author": by.person.pk if by.person else None, "by": by.by, "acting_for": by.acting_for,
        "via": by.via, "met": [clock.pk for clock in met], "tell_at": at + timedelta(seconds=settings.QUIET_SECONDS),
        "clock": None, "promise": None, "due_at": None, "warn_at": None,
    }  # fmt: skip
    if expects_answer and not waiting:
        _start(told, "reply" if listener == partner else "supply")
    _chain(told, _happened(told, by, met, listener_id), length, digest)
    return True


def _start(told: dict[str, Any], promise: str) -> None:
    policy, time = _policy(told["policy"]), _calendar(told["calendar"]).working_time
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
        facts = {"clock": clock.public_id, "promise": clock.promise, "owner": by.acting_for, "due_at": clock.due_at}
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
    told |= {"numbers": numbers, "kinds": names, "facts": facts, "previous": previous, "digests": digests}
    told |= {"before": length, "log_length": numbers[-1], "log_digest": digest}


def _as_message(by: Actor, told: dict[str, Any], pk: int) -> Message:
    message = Message(
        pk=pk, public_id=told["message"], conversation_id=told["conversation"], number=told["number"], engagement_id=told["engagement"],
        author=by.person, organisation=by.organisation, body=told["body"], expects_answer=told["expects"],
        sender_key=told["sender_key"], via=by.via, at=told["at"],
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
