"""All that can happen. Each kind has its fields, whom it concerns, the sentence a person reads, and how it forgets a person.

A fact is a public id, a small value, or the digest of words; so an event holds no personal data of its own. Whoever did
something is named by public id, and the name is looked up when the sentence is read: a forgotten person is forgotten here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

EVERYONE = frozenset({"client", "partner", "referrer"})  # the operator sees every event
BOTH = frozenset({"client", "partner"})


@dataclass(frozen=True)
class Kind:
    """`fields` maps the name of a fact to its type: `id`, `text`, `number`, `moment`, `ids` or `digest`."""

    name: str
    sentence: Any
    fields: Mapping[str, str]
    audience: frozenset[str]
    in_thread: bool = False
    forgets: str = "Names are looked up by id when read; nothing to do."

    def facts(self, things: Mapping[str, Any]) -> dict[str, Any]:
        """What the log keeps of the things handed to `record`; the others are for reactions. A missing one is a `KeyError`."""
        return {name: _FORMS[form](things[name]) for name, form in self.fields.items()}


def _moment(value: datetime) -> str:
    return value.isoformat()


_FORMS: dict[str, Any] = {
    "id": lambda thing: thing if isinstance(thing, str) else thing.public_id if thing is not None else "",
    "ids": lambda things: [thing.public_id for thing in things],
    "text": str,
    "number": int,
    "moment": _moment,
    "digest": lambda words: hashlib.sha256(words.encode()).hexdigest() if words else "",
}


def _kinds() -> Iterable[Kind]:
    # people
    yield Kind("organisation.founded", _("{by} added {organisation}."), {"kind": "text"}, EVERYONE)
    yield Kind(
        "organisation.described",
        _("{by} changed the details of {organisation}."),
        {"name": "digest", "country": "text", "zone": "text"},
        EVERYONE,
    )
    yield Kind("invitation.sent", _("{by} invited someone as {role}."), {"invitation": "id", "role": "text"}, EVERYONE)
    yield Kind("invitation.withdrawn", _("{by} withdrew an invitation."), {"invitation": "id"}, EVERYONE)
    yield Kind(
        "member.admitted", _("{person} joined {organisation} as {role}."), {"person": "id", "role": "text"}, EVERYONE
    )
    yield Kind(
        "member.role_changed",
        _("{person} is now {role} of {organisation}."),
        {"person": "id", "role": "text"},
        EVERYONE,
    )
    yield Kind("member.left", _("{person} no longer belongs to {organisation}."), {"person": "id"}, EVERYONE)
    yield Kind(
        "key.issued", _("{by} made an API key for {environment}."), {"key": "id", "environment": "text"}, EVERYONE
    )
    yield Kind("key.revoked", _("{by} revoked an API key."), {"key": "id"}, EVERYONE)
    # cases
    yield Kind("case.submitted", _("{by} submitted the case."), {"client": "id"}, EVERYONE)
    yield Kind(
        "case.released",
        _("{by} released the case to {partner}."),
        {"partner": "id", "engagement": "id"},
        EVERYONE,
        in_thread=True,
    )
    yield Kind("case.confirmed", _("{by} confirmed the case."), {"engagement": "id"}, EVERYONE, in_thread=True)
    yield Kind(
        "case.information_requested", _("{by} asked for information."), {"question": "digest"}, EVERYONE, in_thread=True
    )
    yield Kind("case.resumed", _("{by} resumed the case."), {"old": "text"}, EVERYONE, in_thread=True)
    yield Kind("case.paused", _("{by} paused the case."), {"reason": "digest"}, EVERYONE, in_thread=True)
    yield Kind(
        "case.closed",
        _("{by} closed the case: {code}."),
        {"code": "text", "comment": "digest"},
        EVERYONE,
        in_thread=True,
    )
    # conversations
    yield Kind("conversation.opened", _("The conversation opened."), {"conversation": "id"}, BOTH)
    yield Kind(
        "conversation.read", _("{by} read up to message {through}."), {"person": "id", "through": "number"}, BOTH
    )
    yield Kind(
        "message.posted", _("{by} wrote."),
        {"message": "id", "number": "number", "body": "digest", "documents": "ids"}, BOTH,
    )  # fmt: skip
    yield Kind(
        "document.added", _("{by} added a document."), {"document": "id", "sha256": "text"}, BOTH, in_thread=True
    )
    # clocks
    clock = {"clock": "id", "promise": "text", "owner": "id", "due_at": "moment"}
    yield Kind("clock.started", _("{owner} owes an answer by {due_at} ({promise})."), clock, BOTH)
    yield Kind("clock.warned", _("{owner} still owes an answer, due {due_at} ({promise})."), clock, BOTH)
    yield Kind("clock.kept", _("{owner} answered in time ({promise})."), clock, BOTH)
    yield Kind(
        "clock.broken",
        _("{owner} did not answer in time: it was due {due_at} ({promise})."),
        clock,
        BOTH,
        in_thread=True,
    )
    yield Kind("clock.answered", _("{owner} answered late: it was due {due_at} ({promise})."), clock, BOTH)
    yield Kind("clock.cancelled", _("{owner} owes no answer any more ({promise})."), clock, BOTH)
    yield Kind(
        "calendar.introduced",
        _("{by} changed the working hours of {organisation}."),
        {"calendar": "id", "version": "number"},
        EVERYONE,
    )
    # deliveries
    yield Kind(
        "delivery.settled",
        _("A notice to {person}: {outcome}."),
        {"delivery": "id", "person": "id", "outcome": "text"},
        BOTH,
    )


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}
IN_THREAD = frozenset(kind.name for kind in KINDS.values() if kind.in_thread)
