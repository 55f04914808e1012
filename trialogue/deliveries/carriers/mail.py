"""Carries a delivery by mail: decides whether it is still worth sending, writes it for its reader, hands it over."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from trialogue.cases import timeline
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Bookmark, Message
from trialogue.deliveries import digest, unsubscribing
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.carriers import asked, envelope, plain
from trialogue.deliveries.carriers import meeting as meetings
from trialogue.deliveries.carriers.content import Content
from trialogue.deliveries.carriers.envelope import Thread
from trialogue.deliveries.hearers import meant_in, owner_of
from trialogue.deliveries.models import (
    AlreadyRead,
    Bounce,
    Delivered,
    Delivery,
    Later,
    Moot,
    Muted,
    Never,
    NoMailbox,
    Outcome,
    SetAside,
)
from trialogue.deliveries.wishes import DIGEST, NOW, How, Mute, Notice, Wishes, notice_of
from trialogue.events.models import Event
from trialogue.meetings import ics
from trialogue.people.brands import Brand, brand_of, worn_by
from trialogue.people.models import Actor, Membership, Organisation
from trialogue.requests.models import Request

# What a bundle tells besides messages.
TOLD = (
    "case.released",
    "case.confirmed",
    "case.contract_awaited",
    "case.contract_signed",
    "case.quotes_collected",
    "case.quote_presented",
    "case.quote_accepted",
    "case.declined",
    "case.information_requested",
    "information.asked",
    "information.asked_again",
    "case.resumed",
    "case.paused",
    "case.closure_requested",
    "case.closed",
    "case.reassigned",
    "case.reopened",
    "case.recalled",
    "case.merged",
    "complaint.filed",
    "complaint.passed_on",
    "complaint.responded",
    "complaint.unanswered",
    "complaint.decided",
    "complaint.withdrawn",
    "case.reminded",
    "document.added",
    "document.replaced",
    "document.held",
    "consent.given",
    "consent.withdrawn",
    "operator.joined",
)

# What a clock tells, whether the reader's side owes, and about what: the subject of the mail.
_OF_CLOCKS = {
    ("clock.warned", True, "case"): gettext_lazy("You owe an answer soon: case {reference}"),
    ("clock.broken", True, "case"): gettext_lazy("Your answer is overdue: case {reference}"),
    ("clock.reminded", True, "case"): gettext_lazy("A reminder: your answer is overdue in case {reference}"),
    ("clock.broken", False, "case"): gettext_lazy("An answer you wait for is overdue: case {reference}"),
    ("clock.warned", True, "request"): gettext_lazy("You owe an answer soon: request {reference}"),
    ("clock.broken", True, "request"): gettext_lazy("Your answer is overdue: request {reference}"),
    ("clock.reminded", True, "request"): gettext_lazy("A reminder: your answer is overdue in request {reference}"),
    ("clock.broken", False, "request"): gettext_lazy("An answer you wait for is overdue: request {reference}"),
    ("clock.warned", True, "relationship"): gettext_lazy("You owe {organisation} an answer soon"),
    ("clock.broken", True, "relationship"): gettext_lazy("Your answer to {organisation} is overdue"),
    ("clock.reminded", True, "relationship"): gettext_lazy("A reminder: your answer to {organisation} is overdue"),
    ("clock.broken", False, "relationship"): gettext_lazy("An answer of {organisation} that you wait for is overdue"),
}


class Reader:
    """Who a delivery is for: what they want to hear of now and what in the morning, and for whom they stand in."""

    def __init__(self, delivery: Delivery, membership: Membership) -> None:
        wishes = Wishes.of(membership.person)
        self.membership, self.person = membership, membership.person
        self.absent = _absent(delivery, membership)
        how = {notice: wishes.how(notice) for notice in Notice}
        # What is off for themselves, someone who stands in has to hear all the same.
        self.now = {notice for notice in Notice if how[notice] in NOW or (how[notice] == How.OFF and self.absent)}
        self.later = {notice for notice in Notice if how[notice] == How.DAILY}

    def refuses(self, notices: set[Notice]) -> Outcome | None:
        """How it ends, when the reader wants to hear of none of these now."""
        if notices & self.now:
            return None
        return SetAside() if notices & self.later else Moot("not wanted")


def _absent(delivery: Delivery, membership: Membership) -> list[Absence]:
    """For whom the reader stands in here: of a case with an owner, for the owner alone; of a private note, for who is named."""
    standing_in = Absence.objects.in_force(delivery.since).filter(colleague=membership)
    absent = list(standing_in.select_related("membership__person"))
    if delivery.note:
        named = {one["person"] for one in delivery.note.mentions or ()}
        return [one for one in absent if one.membership.person.public_id in named]
    if delivery.meeting:
        return [one for one in absent if delivery.meeting.is_met_by(one.membership)]
    if absent and delivery.request:
        meant = meant_in(delivery.request, membership.organisation)
        return [one for one in absent if meant is None or one.membership.person_id in meant]
    owner = owner_of(delivery.case, membership.organisation) if absent and delivery.case else None
    return [one for one in absent if owner in (None, one.membership.person_id)]


def carry(delivery: Delivery, now: datetime) -> Outcome:
    """Sends one delivery. Call outside any transaction: this speaks to the network."""
    if delivery.kind == Delivery.Kind.LETTER:
        return _hand_over(_letter(delivery), now) if _is_address(delivery.to) else Never("no address")
    if delivery.person is None:
        return _carry_to_visitor(delivery, now)
    if not delivery.person.is_active:
        return Moot("no longer a member")
    with translation.override(delivery.person.language), timezone.override(ZoneInfo(delivery.person.zone)):
        content = _digest(delivery, now) if delivery.kind == Delivery.Kind.DIGEST else worth_telling(delivery, now)
        return _send(delivery, content, now)


def _carry_to_visitor(delivery: Delivery, now: datetime) -> Outcome:
    """To whoever asked without an account."""
    request = delivery.request
    assert request is not None
    if not _is_address(delivery.to):
        return Never("no address")
    language, zone = request.spoken_in
    with translation.override(language), timezone.override(zone):
        return _send(delivery, asked.to_visitor(delivery), now)


def _send(delivery: Delivery, content: Content | Outcome, now: datetime) -> Outcome:
    if isinstance(content, Outcome):
        return content
    return _resting(delivery, now) or _hand_over(_mail(delivery, content), now)


def _resting(delivery: Delivery, now: datetime) -> Outcome | None:
    """How it ends where mails come back from its address. Letters go all the same: somebody has just asked for them."""
    bounce = Bounce.objects.in_force(now).filter(address=delivery.to.lower()).first()
    if bounce is None:
        return None
    why = f"mails to this address come back: {bounce.words}"
    return Later(why, bounce.rests_until) if bounce.rests_until else Never(why)


def _digest(delivery: Delivery, now: datetime) -> Content | Outcome:
    assert delivery.person is not None
    parts = digest.gather(delivery.person, delivery.since, now, TOLD)
    if not parts:
        return Moot("nothing to say")
    # While what is overdue comes by it alone, it cannot be turned off.
    fixed = Wishes.of(delivery.person).how(Notice.OVERDUE) == How.DAILY
    brands = {brand_of(part.organisation) for part in parts}
    context: dict[str, Any] = {
        "parts": parts,
        "several": len(parts) > 1,
        "brand": brands.pop() if len(brands) == 1 else None,
    }
    subject = translation.gettext("Your morning summary")
    return Content("digest", context, subject, notices=frozenset(() if fixed else {DIGEST}))


def worth_telling(delivery: Delivery, now: datetime) -> Content | Outcome:
    """What a case or a request has to say to one member; nothing when they have left, or muted it, or want to hear of it later."""
    membership = (
        Membership.objects.filter(person=delivery.person, organisation=delivery.organisation)
        .select_related("person__wishes", "organisation", *worn_by("organisation"))
        .first()
    )
    if membership is None:
        return Moot("no longer a member")
    about = delivery.about_what
    mutes = Mute.objects.in_force(now).filter(person=delivery.person)
    mute = (mutes.about(about) if about else mutes.of_meeting(delivery.meeting_id)).first()
    if mute and (mute.overdue_too or not delivery.is_overdue_of_ours):
        return Muted()
    content = _told(delivery, membership)
    if isinstance(content, Content):
        content.context["brand"] = brand_of(membership.organisation)
    return content


def _told(delivery: Delivery, membership: Membership) -> Content | Outcome:
    if delivery.kind == Delivery.Kind.RECEIPT:
        return asked.receipt(delivery)
    if delivery.kind == Delivery.Kind.PAGE:
        return asked.call(delivery)
    reader = Reader(delivery, membership)
    content = _WRITERS.get(Delivery.Kind(delivery.kind), _bundle)(delivery, reader)
    if isinstance(content, Content):
        content.context["absent"] = reader.absent
        if reader.absent:  # who stands in hears it, whatever they want to hear themselves
            content.notices = frozenset()
    return content


def _letter(delivery: Delivery) -> EmailMultiAlternatives:
    return _sealed(delivery, delivery.subject, delivery.text, delivery.html, envelope.thread(delivery))


def _bundle(delivery: Delivery, reader: Reader) -> Content | Outcome:
    """The messages not read yet and the moves since; nothing, if all of it was seen meanwhile."""
    case, request, about = delivery.case, delivery.request, delivery.about_what
    assert about is not None
    actor = Actor.of(reader.membership, about.environment)
    here = {"conversation__case": case} if case else {"conversation": delivery.talk}
    mark = Bookmark.objects.filter(**here, person=reader.person).first()
    read, seen_at = (mark.through, mark.looked_at) if mark else (0, None)
    unread = Message.objects.visible_to(actor).filter(
        **here, number__gt=read, number__lte=delivery.through, withdrawn_at=None
    )
    said = list(unread.filter(number__gte=delivery.first).shown()) if delivery.through else []
    moved = delivery.moved_at is not None and (seen_at is None or seen_at < delivery.moved_at)
    happened = _moves(delivery, actor, max(delivery.since, seen_at or delivery.since)) if moved else []
    told = [(message, notices) for message in said if (notices := _notices_in(message, reader))]
    moves = [line for line in happened if notice_of(line.kind) in reader.now]
    messages = [message for message, notices in told if notices & reader.now]
    if not told and not happened:
        return AlreadyRead()
    if not messages and not moves:
        wanted = {notice_of(line.kind) for line in happened}.union(*(notices for _message, notices in told))
        return reader.refuses(wanted) or Moot("not wanted")
    notices = reader.now.intersection(
        {notice_of(line.kind) for line in moves}.union(*(notices for _message, notices in told))
    )
    if request:
        return replace(asked.bundle(delivery, messages, moves), notices=frozenset(notices))
    context = {"messages": messages, "moves": moves, "first": messages[0] if messages else None}
    if case is None:
        talk = delivery.conversation
        assert talk is not None
        subject = _of_relationship(messages, talk.other_side(delivery.organisation))
        return Content("bundle", context, subject, talk.title, frozenset(notices))
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
    thread = translation.gettext("Case {reference}").format(reference=case)
    return Content("bundle", context, subject, thread, frozenset(notices))


def _of_relationship(messages: list[Message], other: Organisation | None) -> str:
    if len(messages) == 1:
        name = messages[0].author or messages[0].organisation
        return translation.gettext("{name} wrote, outside your cases").format(name=name)
    if messages:
        said = translation.gettext("{count} new messages with {organisation}, outside your cases")
        return said.format(count=len(messages), organisation=other)
    return translation.gettext("News with {organisation}, outside your cases").format(organisation=other)


def _notices_in(message: Message, reader: Reader) -> set[Notice]:
    """What a message is to the reader: something said to their side, something that names them, both, or neither."""
    found = {Notice.MESSAGE} if message.organisation_id != reader.membership.organisation_id else set()
    named = {one["person"] for one in message.mentions or ()}
    meant = {reader.person.public_id, *(absence.membership.person.public_id for absence in reader.absent)}
    return found | ({Notice.MENTION} if named & meant else set())


def _moves(delivery: Delivery, actor: Actor, since: datetime) -> list[timeline.Line]:
    if delivery.request:
        visible = Event.objects.visible_to(actor).filter(at__gte=since)
        return timeline.tell(list(asked.happened(delivery, visible)))
    if talk := delivery.conversation:
        events = Event.objects.visible_to(actor).filter(subject=talk.public_id, kind__in=TOLD, at__gte=since)
        return timeline.tell(list(events.exclude(organisation=actor.organisation.public_id).order_by("id")[:20]))
    events = Event.objects.visible_to(actor).filter(case_id=delivery.case_id, kind__in=TOLD, at__gte=since)
    return timeline.tell(list(events.exclude(organisation=actor.organisation.public_id).order_by("id")[:20]))


def _clock_notice(delivery: Delivery, reader: Reader) -> Content | Outcome:
    assert delivery.clock_id is not None
    clock = Clock.objects.shown().get(pk=delivery.clock_id)
    if not clock.is_open:
        return Moot("the answer came meanwhile")
    if delivery.event_kind == "clock.warned" and clock.state == Clock.State.BROKEN:
        return Moot("it was due meanwhile, which was told as well")
    mine = clock.owner_id == delivery.organisation_id
    notice = Notice.WARNED if delivery.event_kind == "clock.warned" else Notice.OVERDUE if mine else Notice.AWAITED
    if refusal := reader.refuses({notice}):
        return refusal
    about = "case" if delivery.case else "request" if delivery.request else "relationship"
    said = str(_OF_CLOCKS[delivery.event_kind, mine, about])
    other = clock.owed_to or (delivery.request.sender if delivery.request else "")
    return Content(
        "clock",
        {"clock": clock, "mine": mine, "other": other, "broken": delivery.event_kind != "clock.warned"},
        said.format(reference=clock.reference, organisation=other if mine else clock.owner),
        notices=frozenset({notice}),
    )


def _note(delivery: Delivery, reader: Reader) -> Content | Outcome:
    """That a colleague named the reader in a private note, and where it stands. Its words leave by no mail."""
    note = delivery.note
    assert note is not None
    if delivery.seen_at is not None:
        return AlreadyRead()
    if refusal := reader.refuses({Notice.MENTION}):
        return refusal
    said = translation.gettext("{name} named you in a private note")
    if delivery.case:
        said = translation.gettext("{name} named you in a private note on case {reference}")
    elif delivery.request:
        said = translation.gettext("{name} named you in a private note on request {reference}")
    name = note.author or note.organisation
    return Content(
        "note",
        {"note": note, "name": name},
        said.format(name=name, reference=delivery.case or delivery.request),
        notices=frozenset({Notice.MENTION}),
    )


def _of_meeting(delivery: Delivery, reader: Reader) -> Content | Outcome:
    content = meetings.write(delivery, reader.membership)
    return content if isinstance(content, Outcome) else reader.refuses({Notice.MEETING}) or content


# Of what is no bundle.
_WRITERS: Mapping[Delivery.Kind, Callable[[Delivery, Reader], Content | Outcome]] = {
    Delivery.Kind.CLOCK: _clock_notice, Delivery.Kind.NOTE: _note, Delivery.Kind.MEETING: _of_meeting,
}  # fmt: skip


def _mail(delivery: Delivery, content: Content) -> EmailMultiAlternatives:
    case, request, person = delivery.case, delivery.request, delivery.person
    content.subject = " ".join(content.subject.split())  # a name may hold what would begin another header
    brand: Brand | None = content.context.get("brand")
    first, answering, thread = content.context.get("first"), envelope.answering(delivery), envelope.thread(delivery)
    context = {
        **content.context,
        "case": case,
        "request": request,
        "person": person,
        "base_url": settings.BASE_URL,
        "subject": content.subject,
        "talk": delivery.conversation,
        "meeting": delivery.meeting,
        "page": settings.BASE_URL + delivery.page(first.number if first else 0)
        if delivery.about_what or delivery.meeting
        else "",
        "rating": _rating(request) if content.context.get("solved") else None,
        "answering": answering,
        "letter": thread.letter,
    }
    text, html = plain.both(render_to_string(f"deliveries/{content.template}.html", context))
    subject = (thread.subject or content.thread) if content.thread else content.subject
    name = content.writer or (brand.sends_as if brand else "")
    mail = _sealed(delivery, subject, text, html, thread, answering.address, name)
    mail.extra_headers |= unsubscribing.headers(person, content.notices)
    if content.invitation:
        _invite(mail, content.invitation)
    return mail


def _invite(mail: EmailMultiAlternatives, told: ics.Invitation) -> None:
    """Twice, for there are two kinds of calendars: one reads it as another form of the mail, the other opens what is attached."""
    words = ics.write(told)
    mail.attach_alternative(words, f"text/calendar; method={told.method}")
    mail.attach("invite.ics", words.encode(), "application/ics")


def _sealed(
    delivery: Delivery, subject: str, text: str, html: str, thread: Thread, answer_to: str = "", name: str = ""
) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(subject, text, envelope.sender(), [_to(delivery)])
    mail.extra_headers = envelope.headers(delivery, thread, answer_to, name)
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


def _to(delivery: Delivery) -> str:
    if delivery.kind == Delivery.Kind.LETTER or delivery.person is None:
        return delivery.to
    return f"{delivery.person.name} <{delivery.to}>" if envelope.is_plain(delivery.person.name) else delivery.to


def _rating(request: Request | None) -> dict[str, str]:
    """Where one click says whether it helped."""
    assert request is not None
    words = ("good", "bad")
    if request.asker_id:
        page = settings.BASE_URL + reverse("request", args=[request.number])
        return {word: f"{page}?rate={word}" for word in words}
    return {word: settings.BASE_URL + reverse("visited-rate", args=[request.secret, word]) for word in words}


def _is_address(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _hand_over(mail: EmailMultiAlternatives, now: datetime) -> Outcome:
    mail.extra_headers["Date"] = format_datetime(now)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        answers = refusal.recipients.values()
        if any(code < 500 for code, _words in answers):
            return Later(_said(refusal))
        # With 5.7 it refuses us, not the address.
        return (Never if any(b"5.7." in words for _code, words in answers) else NoMailbox)(_said(refusal))
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
