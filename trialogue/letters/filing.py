"""Reads a letter, decides where it belongs, and puts it there: all of it in one change, or nothing."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from trialogue.channels.models import Edition
from trialogue.channels.rules import Rules
from trialogue.conversations.documents import room
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Conversation, Document, Message
from trialogue.events.change import Record, change
from trialogue.letters import gleaning, knowing
from trialogue.letters.knowing import Facts, Writer
from trialogue.letters.models import POSTMAN, Letter, State
from trialogue.letters.route import Again, Append, Hold, Note, Open, Refuse, Route, route
from trialogue.lib.mailtext import Document as Enclosure
from trialogue.lib.mailtext import Parsed, parse
from trialogue.people import typed
from trialogue.people.models import Actor
from trialogue.requests.models import LONGEST_SUBJECT, Request

DECORATION = 8_000  # bytes: a smaller picture among the words is a logo, and stays with the original


@dataclass
class Enclosed:
    """What lay in a letter: as documents that are stored and belong nowhere yet, and the names of what cannot be taken."""

    documents: list[Document] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def file(letter: Letter, *, at: datetime | None = None) -> None:
    """Puts a letter that has arrived where it belongs. Raises whatever the verbs raise; then nothing has happened."""
    parsed, rules = parse(letter.raw), Edition.in_force().rules
    said = _said(parsed)
    letter.fill(**said)
    facts = knowing.gather(letter, parsed, rules, at or timezone.now(), vouched=letter.released_by_id is not None)
    where = route(parsed, facts.known, rules)
    with translation.override(facts.person.language if facts.person else settings.LANGUAGE_CODE):
        # Stored before the change, because a store may be across a network.
        enclosed = _received(parsed, _room(where, facts))
        try:
            with change(letter, by=POSTMAN, at=at) as record:
                if letter.state != State.ARRIVED:
                    raise Overtaken
                letter.fill(**said, person=facts.person)  # the lock has read the row again
                _go(record, letter, parsed, rules, facts, where, enclosed)
        except BaseException:
            for document in enclosed.documents:
                document.discard()
            raise


@dataclass(frozen=True)
class Outlook:
    """Where a held letter would go if somebody vouched for its sender now."""

    where: Route
    facts: Facts

    @property
    def place(self) -> Conversation | None:
        """The conversation in which it would be said."""
        return self.facts.conversations[self.where.place.conversation] if isinstance(self.where, Append) else None

    @property
    def writer(self) -> Writer | None:
        """As whom it would be taken."""
        match self.where:
            case Append():
                return self.facts.writers[self.where.place.conversation]
            case Open():
                return self.facts.askers[self.where.asker.organisation]
        return None


def outlook(letter: Letter, parsed: Parsed) -> Outlook:
    """Asks all that `file` would ask, and does nothing."""
    rules = Edition.in_force().rules
    facts = knowing.gather(letter, parsed, rules, timezone.now(), vouched=True)
    return Outlook(route(parsed, facts.known, rules), facts)


class Overtaken(Exception):
    """Somebody else has read this letter meanwhile."""


def _go(
    record: Record, letter: Letter, parsed: Parsed, rules: Rules, facts: Facts, where: Route, enclosed: Enclosed
) -> None:
    reason = where.reason
    match where:
        case Append():
            place = facts.conversations[where.place.conversation]
            by = facts.writers[where.place.conversation]
            message = _say(letter, place, by, _words(parsed, enclosed), enclosed, record.at)
            told = {"conversation": place, "message": message, "topic": where.topic[:250]}
            record("letter.filed", **letter.settle(record.at, State.FILED, reason, **told))
        case Open():
            request = _open(letter, parsed, rules, facts, where, enclosed)
            message = request.conversation.messages.get(number=1)
            told = {"conversation": request.conversation, "message": message, "turned_from": where.turned_from}
            record("letter.filed", **letter.settle(record.at, State.FILED, reason, offered=facts.case, **told))
        case Again():
            first = Letter.objects.select_related("conversation__request").get(public_id=where.letter)
            talk = first.conversation
            if talk and talk.is_request and first.state == State.FILED:
                talk.request.widen(where.intents, by=POSTMAN, at=record.at)
            record(
                "letter.filed",
                **letter.settle(record.at, State.FILED, reason, conversation=talk, message=first.message),
            )
        case Hold():
            held_for = facts.conversations[where.place.conversation] if where.place else None
            record("letter.held", **letter.settle(record.at, State.HELD, reason, conversation=held_for))
        case Refuse():
            record("letter.refused", **letter.settle(record.at, State.REFUSED, reason))
        case Note():
            record("letter.noted", **letter.settle(record.at, State.NOTED, reason))
            if parsed.bounced:
                record("letter.bounced", letter=letter, addresses=len(parsed.bounced), bounced=parsed.bounced)


def _said(parsed: Parsed) -> dict[str, Any]:
    """What a letter says of itself, as far as it can be kept; `likeness` is the same of every copy of it."""
    sender, mail_id, subject = parsed.sender, (parsed.message_id or "")[:250], parsed.subject[:250]
    address = sender.email[:320] if sender else ""
    enclosed = (hashlib.sha256(document.content).hexdigest() for document in parsed.documents)
    same = "\n".join([mail_id, address, subject, str(parsed.at), parsed.text, *enclosed])
    return {
        "mail_id": mail_id, "sender": address, "sender_name": sender.name[:200] if sender else "", "subject": subject,
        "written_at": parsed.at, "likeness": hashlib.sha256(same.encode("utf-8", "replace")).hexdigest(),
    }  # fmt: skip


def _say(letter: Letter, talk: Conversation, by: Writer, body: str, enclosed: Enclosed, at: datetime) -> Message:
    told: dict[str, Any] = {"by": by, "body": body, "documents": enclosed.documents, "key": letter.public_id, "at": at}
    if not talk.is_request:
        return talk.post(**told)
    request: Request = talk.request
    if isinstance(by, Actor) and by.organisation.pk == request.operator_id:
        return request.answer(**told)
    return request.write(**told)


def _open(letter: Letter, parsed: Parsed, rules: Rules, facts: Facts, where: Open, enclosed: Enclosed) -> Request:
    by = facts.askers[where.asker.organisation]
    wanted = rules.items_of(rules.channels[where.channel], where.asker.who)
    body = _words(parsed, enclosed)
    subject = typed.cleaned(parsed.topic or parsed.subject or body.partition("\n")[0]) or _("No subject")
    return Request.open(
        by=by, channel=where.channel, subject=subject[:LONGEST_SUBJECT], body=body, situation=where.situation,
        form=gleaning.gleaned(f"{parsed.subject}\n{parsed.text}", wanted), case=facts.case, intents=where.intents,
        name=(letter.sender_name or letter.sender.partition("@")[0])[:120], email=letter.sender, key=letter.public_id,
        documents=enclosed.documents, at=letter.arrived_at,
    )  # fmt: skip


def _room(where: Route, facts: Facts) -> tuple[int, int]:
    """How many documents may come along, and how large."""
    match where:
        case Append():
            return room(facts.writers[where.place.conversation], facts.conversations[where.place.conversation])
        case Open():
            return room(facts.askers[where.asker.organisation])
    return 0, 0


def _received(parsed: Parsed, room: tuple[int, int]) -> Enclosed:
    """Its documents, stored; with its whole text as one of them when that is longer than a message."""
    enclosed, (most, largest) = Enclosed(), room
    files = [(one.name, one.content) for one in parsed.documents if not _is_decoration(one)]
    if len(parsed.text) > LONGEST_MESSAGE:
        files.insert(0, (_("letter.txt"), parsed.text.encode("utf-8", "replace")))
    for name, content in files if most else ():
        if len(enclosed.documents) < most and len(content) <= largest:
            with contextlib.suppress(ValidationError):
                enclosed.documents.append(Document.receive(BytesIO(content), name))
                continue
        enclosed.left_out.append(name)
    return enclosed


def _is_decoration(document: Enclosure) -> bool:
    return document.inline and document.kind.startswith("image/") and len(document.content) < DECORATION


def _words(parsed: Parsed, enclosed: Enclosed) -> str:
    """What is said of it, with a line on what could not be taken along."""
    text = typed.cleaned(parsed.text)
    last = ""
    if enclosed.left_out:
        names = ", ".join(name[:60] for name in enclosed.left_out[:10])
        last = "\n\n" + _("[Not taken along, because files of their kind or size are not accepted: {names}]").format(names=names)  # fmt: skip
    if len(text) + len(last) > LONGEST_MESSAGE:
        last = "\n\n" + _("[The whole letter is attached.]") + last
        text = text[: LONGEST_MESSAGE - len(last)]
    return text + last
