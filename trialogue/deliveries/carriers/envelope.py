"""What stands around the words of a mail: who reads an answer to it, what it hangs on in its reader's program, and our mark."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr

from django.conf import settings

from trialogue.deliveries.models import Delivery
from trialogue.letters.models import Letter, ReplyAddress
from trialogue.lib.mailtext.subjects import topic
from trialogue.people.models import Actor, Visitor

MARK = "X-Trialogue"
MOST_BEFORE = 8
# Without its angle brackets. Whatever else somebody calls one stays out of our headers.
_MAIL_ID = re.compile(r"[!-;=?-~]{1,180}")


@dataclass(frozen=True)
class Answering:
    """Whether the reader of a mail may write where it is about, who reads it there, and at which address ("": not by mail)."""

    allowed: bool = False
    to: str = ""
    address: str = ""


@dataclass(frozen=True)
class Thread:
    """What came before: the ids of mails, the oldest first, and the subject of the reader's own letter that it began with."""

    before: tuple[str, ...] = ()
    subject: str = ""
    letter: Letter | None = None


def answering(delivery: Delivery) -> Answering:
    """A private note is answered where it stands, and a summary nowhere; who may not write there any more has no address for it."""
    conversation = delivery.talk
    if conversation is None or delivery.kind == Delivery.Kind.NOTE:
        return Answering(allowed=True)
    writer: Actor | Visitor = Visitor()
    if delivery.organisation:
        writer = Actor(delivery.organisation, delivery.person, conversation.home.environment)
    merged = delivery.request is not None and delivery.request.merged_into_id is not None
    if merged or not conversation.may_post(writer):
        return Answering()
    to = conversation.other_side(delivery.organisation) or (delivery.request.sender if delivery.request else "")
    return Answering(True, str(to), ReplyAddress.objects.of(conversation, delivery.person))


def thread(delivery: Delivery) -> Thread:
    """What the reader has written to us by mail and got from us in this conversation. Two queries."""
    conversation = delivery.talk
    if delivery.meeting:
        return Thread((f"<meeting-{delivery.meeting.public_id}@{settings.HOST}>",))
    if conversation is None:
        letter = delivery.letter
        return Thread((f"<{letter.mail_id}>",) if letter and _is_id(letter.mail_id) else (), letter=letter)
    request = delivery.request
    root = f"<{conversation.kind}-{request or delivery.where}@{settings.HOST}>"
    letters = list(
        Letter.objects.filter(conversation=conversation, person=delivery.person, state=Letter.State.FILED)
        .select_related("message", "offered")
        .order_by("pk")[:200]
    )
    first = next((letter for letter in letters if letter.message and letter.message.number == 1), None)
    wrote = [(letter.arrived_at, letter.mail_id) for letter in letters if _is_id(letter.mail_id)]
    before = [mail_id for _at, mail_id in sorted([*_got(delivery), *wrote])]
    if delivery.letter and delivery.letter.mail_id in before:  # what it answers stands last
        before.sort(key=delivery.letter.mail_id.__eq__)
    subject = f"Re: {topic(first.subject)}" if first and request and first.subject else ""
    return Thread((root, *(f"<{one}>" for one in before[-MOST_BEFORE:])), subject, delivery.letter or first)


def headers(delivery: Delivery, thread: Thread, answer_to: str = "", name: str = "") -> dict[str, str]:
    """One Message-ID a delivery, the same at every try; all mails of a case or a request hang on one root, which no mail carries.

    No machine is to answer (RFC 3834), and none does that knows Exchange's own word for it; that a mail did not arrive, we want
    to know. There is no `Precedence`: the RFC recommends none.
    """
    replies = thread.letter is not None and delivery.kind in (Delivery.Kind.RECEIPT, Delivery.Kind.LETTER)
    told = {
        "From": _from(name),
        "Message-ID": f"<{delivery.mail_id}>",
        "Auto-Submitted": "auto-replied" if replies else "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        MARK: settings.HOST,
    }
    if thread.before:
        told |= {"In-Reply-To": thread.before[-1], "References": " ".join(thread.before)}
    return told | ({"Reply-To": answer_to} if answer_to else {})


def sender() -> str:
    """Whom the mail server takes it from and sends it back to: where answers are read, bounces are read as well."""
    return settings.REPLY_ADDRESS or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def is_plain(name: str) -> bool:
    """Whether a name may stand before an address as it is."""
    return bool(name) and name.isprintable() and not set(name) & set('<>",;:@\\()[]')


def _from(name: str) -> str:
    """The house's address, by the name of whoever wrote what it tells or has a brand, and never without the house's own."""
    house, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((f"{name} ({house})" if house and is_plain(name) else house, address))


def _got(delivery: Delivery) -> list[tuple[datetime, str]]:
    here = {name: value for name in ("request_id", "conversation_id", "case_id") if (value := getattr(delivery, name))}
    told = Delivery.objects.filter(**here, person=delivery.person, state=Delivery.State.SENT).by_mail()
    found = told.order_by("-latest_at", "-pk").values_list("settled_at", "public_id")[:MOST_BEFORE]
    return [(at, f"{public_id}@{settings.HOST}") for at, public_id in found if at]


def _is_id(mail_id: str) -> bool:
    return bool(_MAIL_ID.fullmatch(mail_id))
