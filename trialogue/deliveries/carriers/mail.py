"""Carries a delivery by mail: decides whether it is still worth sending, writes it for its reader, hands it over."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation

from trialogue.cases import timeline
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Bookmark, Message
from trialogue.deliveries.models import AlreadyRead, Delivered, Delivery, Later, Moot, Never, Outcome
from trialogue.events.models import Event
from trialogue.people.models import Actor, Membership

# What a bundle tells besides messages.
TOLD = (
    "case.released",
    "case.confirmed",
    "case.information_requested",
    "case.resumed",
    "case.paused",
    "case.closed",
    "document.added",
)


@dataclass
class Content:
    """What a mail will say: template, its context, subject."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    subject: str = ""


def carry(delivery: Delivery, now: datetime) -> Outcome:
    """Sends one delivery. Call outside any transaction: this speaks to the network."""
    if delivery.kind == Delivery.Kind.LETTER:
        return _hand_over(_letter(delivery), now) if _is_address(delivery.address) else Never("no address")
    assert delivery.person is not None
    membership = (
        Membership.objects.filter(person=delivery.person, organisation=delivery.organisation)
        .select_related("person", "organisation")
        .first()
    )
    if membership is None or not delivery.person.is_active:
        return Moot("no longer a member")
    with translation.override(delivery.person.language), timezone.override(ZoneInfo(delivery.person.zone)):
        content = _clock_notice(delivery) if delivery.kind == Delivery.Kind.CLOCK else _bundle(delivery, membership)
        return content if isinstance(content, Outcome) else _hand_over(_mail(delivery, content), now)


def _letter(delivery: Delivery) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(delivery.subject, delivery.text, to=[delivery.address], headers=_headers(delivery))
    if delivery.html:
        mail.attach_alternative(delivery.html, "text/html")
    return mail


def _bundle(delivery: Delivery, membership: Membership) -> Content | Outcome:
    """The messages not read yet and the moves since; nothing, if all of it was seen meanwhile."""
    case, person = delivery.case, membership.person
    assert case is not None
    actor = Actor.of(membership, case.environment)
    mark = Bookmark.objects.filter(conversation__case=case, person=person).first()
    read, seen_at = (mark.through, mark.looked_at) if mark else (0, None)
    unread = Message.objects.visible_to(actor).filter(
        conversation__case=case, number__gt=read, number__lte=delivery.through
    )
    messages = (
        list(unread.filter(number__gte=delivery.first).exclude(organisation=membership.organisation).shown())
        if delivery.through
        else []
    )
    moved = delivery.moved_at is not None and (seen_at is None or seen_at < delivery.moved_at)
    moves = _moves(delivery, actor, max(delivery.since, seen_at or delivery.since)) if moved else []
    if not messages and not moves:
        return AlreadyRead()
    if len(messages) == 1:
        subject = translation.gettext("{name} wrote in case {reference}").format(
            name=messages[0].author or messages[0].organisation, reference=case
        )
    elif messages:
        subject = translation.gettext("{count} new messages in case {reference}").format(
            count=len(messages), reference=case
        )
    else:
        subject = translation.gettext("News in case {reference}").format(reference=case)
    first = messages[0] if messages else None
    return Content(
        "bundle", {"messages": messages, "moves": moves, "first": first, "actor": actor, "delivery": delivery}, subject
    )


def _moves(delivery: Delivery, actor: Actor, since: datetime) -> list[timeline.Line]:
    events = Event.objects.visible_to(actor).filter(case_id=delivery.case_id, kind__in=TOLD, at__gte=since)
    return timeline.tell(list(events.exclude(organisation=actor.organisation.public_id).order_by("id")[:20]))


def _clock_notice(delivery: Delivery) -> Content | Outcome:
    assert delivery.clock_id is not None
    clock = Clock.objects.shown().get(pk=delivery.clock_id)
    if not clock.is_open:
        return Moot("the answer came meanwhile")
    if delivery.event_kind == "clock.warned" and clock.state == Clock.State.BROKEN:
        return Moot("it was due meanwhile, which was told as well")
    mine = clock.owner_id == delivery.organisation_id
    said = {
        ("clock.warned", True): translation.gettext("You owe an answer soon: case {reference}"),
        ("clock.broken", True): translation.gettext("Your answer is overdue: case {reference}"),
        ("clock.broken", False): translation.gettext("An answer you wait for is overdue: case {reference}"),
    }[delivery.event_kind, mine]
    return Content(
        "clock",
        {"clock": clock, "mine": mine, "broken": delivery.event_kind == "clock.broken"},
        said.format(reference=clock.case),
    )


def _mail(delivery: Delivery, content: Content) -> EmailMultiAlternatives:
    case, person = delivery.case, delivery.person
    assert case is not None
    assert person is not None
    content.subject = " ".join(content.subject.split())  # a name may hold what would begin another header
    context = {
        **content.context,
        "case": case,
        "person": person,
        "base_url": settings.BASE_URL,
        "subject": content.subject,
    }
    text = render_to_string(f"deliveries/{content.template}.txt", context)
    mail = EmailMultiAlternatives(
        content.subject, text, to=[f"{person.name} <{person.email}>" if _plain(person.name) else person.email]
    )
    mail.extra_headers = _headers(delivery, thread=f"<case-{case.reference}@{settings.HOST}>")
    mail.attach_alternative(render_to_string(f"deliveries/{content.template}.html", context), "text/html")
    return mail


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _plain(name: str) -> bool:
    return bool(name) and name.isprintable() and not set(name) & set('<>",;:@\\()[]')


def _headers(delivery: Delivery, thread: str = "") -> dict[str, str]:
    """One Message-ID a delivery, the same at every try; all mails of a case hang on one root, which no mail carries."""
    headers = {
        "Message-ID": f"<{delivery.public_id}@{settings.HOST}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return headers | ({"In-Reply-To": thread, "References": thread} if thread else {})


def _hand_over(mail: EmailMultiAlternatives, now: datetime) -> Outcome:
    mail.extra_headers["Date"] = format_datetime(now)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = {code for code, _words in refusal.recipients.values()}
        return Never(_said(refusal)) if all(code >= 500 for code in codes) else Later(_said(refusal))
    except smtplib.SMTPDataError as refusal:
        return Never(_said(refusal)) if refusal.smtp_code >= 550 else Later(_said(refusal))
    except (OSError, smtplib.SMTPException) as trouble:
        # A refused greeting, sign-in or sender as well: our own misconfiguration, not the receiver's last word.
        return Later(_said(trouble))
    except ValueError as trouble:  # an address or header that no mail can carry
        return Never(_said(trouble))
    return Delivered()


def _said(trouble: Exception) -> str:
    return f"{type(trouble).__name__}: {trouble}"[:250]
