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
    private: bool = False  # nobody hears of it but the organisation that did it
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
        "member.away", _("{person} is away for a while."),
        {"person": "id", "begins_at": "moment", "ends_at": "moment"}, EVERYONE,
    )  # fmt: skip
    yield Kind("member.back", _("{person} is back."), {"person": "id"}, EVERYONE)
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
    yield Kind("case.contract_awaited", _("{by} waits for the contract."), {"old": "text"}, EVERYONE, in_thread=True)
    yield Kind("case.contract_signed", _("The contract is signed."), {"old": "text"}, EVERYONE, in_thread=True)
    yield Kind(
        "case.quotes_collected", _("{by} collects quotes for the case."), {"old": "text"}, EVERYONE, in_thread=True
    )
    yield Kind(
        "case.quote_presented", _("{by} presented a quote of {quoted}."), {"quoted": "id", "quote": "digest"}, EVERYONE,
        in_thread=True,
    )  # fmt: skip
    yield Kind(
        "case.quote_accepted", _("{by} accepted the quote of {partner}, who works the case from now on."),
        {"partner": "id", "engagement": "id"}, EVERYONE, in_thread=True,
    )  # fmt: skip
    yield Kind(
        "case.declined", _("{by} declined the case: {decline_reason}."),
        {"engagement": "id", "decline_reason": "text", "comment": "digest"}, EVERYONE, in_thread=True,
    )  # fmt: skip
    yield Kind(
        "case.closure_requested", _("{by} asked to close the case. It is paused until the partner answers."),
        {"reason": "digest"}, EVERYONE, in_thread=True,
    )  # fmt: skip
    yield Kind(
        "case.reassigned", _("{by} took the case back from {partner}, to give it to another partner."),
        {"partner": "id", "engagement": "id", "reason": "digest"}, EVERYONE, in_thread=True,
    )  # fmt: skip
    yield Kind("case.reopened", _("{by} reopened the case."), {"message": "digest"}, EVERYONE, in_thread=True)
    yield Kind(
        "case.recalled", _("{by} reopened the case, to release it anew."), {"old": "text"}, EVERYONE, in_thread=True
    )
    yield Kind(
        "case.merged", _("{by} merged the case into {into}."), {"into": "text", "comment": "digest"}, EVERYONE, in_thread=True
    )  # fmt: skip
    yield Kind(
        "case.absorbed", _("{by} merged case {merged} into this one."), {"merged": "text"}, EVERYONE, in_thread=True
    )
    yield Kind("case.owner_assigned", _("{person} now looks after the case on their side."), {"person": "id"}, BOTH)
    yield Kind("case.owner_removed", _("{person} no longer looks after the case alone."), {"person": "id"}, BOTH)
    yield Kind("case.update_due", _("The partner's monthly update is due."), {"partner": "id"}, BOTH)
    yield Kind(
        "case.progress_reported", _("{by} sent a monthly update and recommends: {recommendation}."),
        {"recommendation": "text", "message": "digest"}, EVERYONE, in_thread=True,
    )  # fmt: skip
    yield Kind(
        "call.logged", _("{by} logged a call to the debtor: {call_outcome}."), {"call": "id", "call_outcome": "text"}, BOTH,
        in_thread=True,
    )  # fmt: skip
    # information requests
    item = {"item": "id"}
    yield Kind("information.asked", _("{by} asked for {items} items."), {"request": "id", "items": "number"}, BOTH)
    yield Kind("information.answered", _("{by} answered an item."), item, BOTH, in_thread=True)
    yield Kind("information.accepted", _("{by} accepted an answer."), item, BOTH, in_thread=True)
    yield Kind("information.asked_again", _("{by} asked again for an item."), {**item, "reason": "digest"}, BOTH)
    yield Kind("information.dropped", _("{by} no longer needs an item."), item, BOTH, in_thread=True)
    yield Kind("template.kept", _("{by} kept a list of what is often asked for."), {"template": "id"}, EVERYONE)
    yield Kind("template.removed", _("{by} removed a list of what is often asked for."), {"template": "id"}, EVERYONE)
    # conversations
    yield Kind("conversation.opened", _("The conversation opened."), {"conversation": "id"}, BOTH)
    yield Kind(
        "conversation.read", _("{by} read up to message {through}."), {"person": "id", "through": "number"}, BOTH
    )
    yield Kind(
        "message.posted", _("{by} wrote."),
        {"message": "id", "number": "number", "body": "digest", "documents": "ids"}, BOTH,
    )  # fmt: skip
    said = {"message": "id", "number": "number"}
    yield Kind("message.copied", _("{by} copied a message to here."), {**said, "body": "digest"}, BOTH)
    yield Kind("message.edited", _("{by} changed message {number}."), {**said, "old": "digest", "body": "digest"}, BOTH)
    yield Kind("message.withdrawn", _("{by} deleted message {number}."), {**said, "body": "digest"}, BOTH)
    yield Kind("message.excused", _("{by} said that message {number} needs no answer."), {**said}, BOTH, in_thread=True)
    yield Kind("message.mentioned", _("{by} called on people in message {number}."), {**said, "people": "ids"}, BOTH)
    yield Kind(
        "pin.added", _("{by} pinned a fact."), {"pin": "id", "message": "id", "fact": "digest"}, BOTH, in_thread=True
    )
    yield Kind("pin.removed", _("{by} took a pinned fact off."), {"pin": "id", "message": "id"}, BOTH, in_thread=True)
    note = {"note": "id", "conversation": "id", "body": "digest"}
    yield Kind("note.written", _("{by} wrote a private note."), note, BOTH, private=True)
    yield Kind(
        "note.mentioned", _("{by} called on colleagues in a private note."),
        {"note": "id", "conversation": "id", "people": "ids"}, BOTH, private=True,
    )  # fmt: skip
    yield Kind("note.removed", _("{by} removed a private note."), note, BOTH, private=True)
    yield Kind(
        "document.added", _("{by} added a document."), {"document": "id", "sha256": "text"}, BOTH, in_thread=True
    )
    yield Kind(
        "document.described",
        _("{by} changed what a document is said to be."),
        {"document": "id", "kind": "text", "description": "digest"},
        BOTH,
    )
    yield Kind(
        "document.replaced",
        _("{by} added version {version} of a document."),
        {"document": "id", "old": "id", "version": "number", "sha256": "text"},
        BOTH,
        in_thread=True,
    )
    yield Kind(
        "document.removed",
        _("{by} removed a document."),
        {"document": "id", "sha256": "text"},
        BOTH,
        in_thread=True,
    )
    yield Kind("document.checked", _("The malware check found nothing in a document."), {"document": "id"}, BOTH)
    yield Kind(
        "document.held",
        _(
            "The malware check found something in a document; nobody can open it. "
            "Whoever added it should remove it and send a clean copy."
        ),
        {"document": "id"},
        BOTH,
        in_thread=True,
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
    yield Kind(
        "clock.cancelled",
        _("{owner} owes no answer any more ({promise}): {why}."),
        {**clock, "why": "text"},
        BOTH,
    )
    yield Kind(
        "calendar.introduced",
        _("{by} changed the working hours of {organisation}."),
        {"calendar": "id", "version": "number"},
        EVERYONE,
    )
    yield Kind(
        "policy.introduced",
        _("{by} changed a promise: {promise}, within {within}."),
        {"promise": "text", "version": "number", "within": "number", "unit": "text"},
        EVERYONE,
    )
    # channels
    yield Kind(
        "policy.adopted", _("{by} adopted edition {edition} of the channel policy."),
        {"edition": "number", "policy": "digest"}, EVERYONE,
    )  # fmt: skip
    # requests: between whoever asks and the operator
    request = {"request": "id"}
    yield Kind("request.opened", _("{by} asked."), {**request, "channel": "text", "situation": "text"}, EVERYONE)
    yield Kind("request.asked", _("{by} wrote again."), {**request, "message": "id"}, EVERYONE)
    yield Kind("request.supplied", _("{by} said what was missing."), {**request, "items": "number"}, EVERYONE)
    yield Kind("request.answered", _("{by} answered."), {**request, "message": "id"}, EVERYONE)
    yield Kind("request.assigned", _("{person} takes care of it."), {**request, "person": "id"}, EVERYONE)
    yield Kind("request.moved", _("{by} put it on another channel: {channel}."), {**request, "old": "text", "channel": "text"}, EVERYONE)  # fmt: skip
    yield Kind("request.widened", _("The same was written to {channels}, too."), {**request, "channels": "text"}, EVERYONE)  # fmt: skip
    yield Kind(
        "request.stands", _("The request is now: {state}."), {**request, "old": "text", "state": "text"}, EVERYONE
    )
    yield Kind("request.settled", _("{by} said that it is done."), {**request, "state": "text"}, EVERYONE)
    yield Kind("request.reopened", _("{by} opened it again."), {**request, "old": "text"}, EVERYONE)
    yield Kind(
        "request.rated", _("{by} said whether it helped."), {**request, "helped": "text", "words": "digest"}, EVERYONE
    )
    yield Kind(
        "request.linked", _("{by} said which case it is about."), {**request, "case": "id", "old": "id"}, EVERYONE
    )
    yield Kind(
        "request.merged", _("{by} merged it into another request of yours."), {**request, "other": "id"}, EVERYONE
    )
    yield Kind("request.absorbed", _("{by} merged another request into it."), {**request, "other": "id"}, EVERYONE)
    yield Kind("request.split", _("{by} made this a request of its own."), {**request, "other": "id"}, EVERYONE)
    yield Kind("request.parted", _("{by} made a request of its own out of a part of it."), {**request, "other": "id"}, EVERYONE)  # fmt: skip
    yield Kind("request.tagged", _("{by} tagged it."), {**request, "tags": "digest"}, EVERYONE, private=True)
    yield Kind("team.set", _("{by} said who looks after {channel}."), {"channel": "text", "people": "ids"}, EVERYONE)
    answer = {"answer": "id", "title": "digest"}
    yield Kind("saved_answer.kept", _("{by} kept an answer."), {**answer, "body": "digest"}, EVERYONE, private=True)
    yield Kind("saved_answer.removed", _("{by} removed a kept answer."), answer, EVERYONE, private=True)
    # lists
    view = {"view": "id", "name": "digest"}
    yield Kind("view.shared", _("{by} shared a view of the cases."), view, EVERYONE)
    yield Kind("view.changed", _("{by} changed a shared view of the cases."), view, EVERYONE)
    yield Kind("view.removed", _("{by} removed a shared view of the cases."), view, EVERYONE)
    yield Kind("batch.started", _("{by} began: {what}, {count} cases."), {"what": "text", "count": "number"}, EVERYONE)
    yield Kind(
        "batch.finished",
        _("Of {what}: {done} done, {refused} not possible."),
        {"what": "text", "done": "number", "refused": "number", "outcome": "text"},
        EVERYONE,
    )
    # deliveries
    yield Kind(
        "delivery.settled",
        _("A notice to {person}: {outcome}."),
        {"delivery": "id", "person": "id", "outcome": "text"},
        BOTH,
    )
    # letters: what has come by mail is the operator's to see; what is filed speaks for itself where it stands
    letter, nobody = {"letter": "id"}, frozenset[str]()
    yield Kind("letter.arrived", _("A letter arrived."), {**letter, "door": "text", "sha256": "text"}, nobody)
    became = {**letter, "reason": "text", "conversation": "id", "message": "id"}
    yield Kind("letter.filed", _("The letter was filed."), became, nobody)
    yield Kind("letter.held", _("The letter is held for somebody to decide: {reason}."), became, nobody)
    yield Kind("letter.noted", _("A machine wrote the letter: {reason}."), became, nobody)
    yield Kind("letter.refused", _("The letter was refused: {reason}."), became, nobody)
    yield Kind("letter.failed", _("The letter could not be filed: {reason}."), became, nobody)
    yield Kind("letter.bounced", _("A mail of ours came back."), {**letter, "addresses": "number"}, nobody)
    yield Kind("letter.released", _("{by} released the letter."), {**letter, "trusted": "text"}, nobody)
    yield Kind("letter.replayed", _("{by} had the letter read again."), letter, nobody)
    alias = {"person": "id", "address": "digest"}
    yield Kind("alias.trusted", _("{by} said that {person} writes from another address, too."), alias, nobody)
    yield Kind("alias.ended", _("{by} said that an address is not {person}'s any more."), alias, nobody)
    # uploads: what a client is about to send is its own affair
    client = frozenset({"client"})
    yield Kind("upload.received", _("{by} sent a file of cases."), {"sha256": "text"}, client)
    yield Kind(
        "upload.matched", _("{by} said which column of a file of cases is which."), {"columns": "number"}, client
    )
    rows = {"ready": "number", "wrong": "number", "known": "number"}
    yield Kind("upload.checked", _("A file of cases was checked: {ready} ready, {wrong} with errors."), rows, client)
    yield Kind("upload.started", _("{by} had {ready} cases made of a file."), {"ready": "number"}, client)
    made = {"created": "number", "wrong": "number", "known": "number"}
    yield Kind("upload.finished", _("Of a file of cases, {created} were created."), made, client)
    yield Kind("upload.failed", _("A file of cases could not be read."), {"reason": "digest"}, client)
    yield Kind("upload.withdrawn", _("{by} withdrew a file of cases."), {"created": "number"}, client)


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}
IN_THREAD = frozenset(kind.name for kind in KINDS.values() if kind.in_thread)
