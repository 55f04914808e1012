"""What people were told, as a list: the same deliveries that went out by mail, or would have, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, Message
from trialogue.deliveries.appointments import REMINDERS
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.wishes import Mute, Muted, Notice, named, notice_of
from trialogue.events.models import Event
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Environment, Membership
from trialogue.people.plain import CountOf
from trialogue.requests.models import Request

MOST_COUNTED = 100  # a page says “99+”, and need not count further
SHOWN = (
    "case",
    "request",
    "conversation",
    "clock__owner",
    "clock__owed_to",
    "note__author",
    "note__organisation",
    "meeting",
)


@dataclass(frozen=True)
class Told:
    """One line of the list. `words` is how the last message begins, `number` the first message it is about (0: none)."""

    delivery: Delivery
    notice: str
    sentences: tuple[str, ...]
    words: str = ""

    @property
    def number(self) -> int:
        return 0 if self.delivery.meeting else self.delivery.mentioned or self.delivery.first

    @property
    def page(self) -> str:
        return self.delivery.page(self.number)

    @property
    def is_new(self) -> bool:
        return self.delivery.seen_at is None


def tell(deliveries: Sequence[Delivery], actor: Actor, moment: Callable[[datetime], str] = str) -> list[Told]:
    """With as many queries for fifty as for one. Wants what SHOWN names at hand."""
    messages, moves = _messages(deliveries, actor), _moves(deliveries, actor, moment)
    return [_told(delivery, messages, moves, moment) for delivery in deliveries]


def _told(
    delivery: Delivery,
    messages: dict[tuple[str, int], Message],
    moves: dict[tuple[str, str, datetime], str],
    moment: Callable[[datetime], str],
) -> Told:
    about = delivery.about_what or delivery.meeting
    assert about is not None
    if before := REMINDERS.get(delivery.event_kind):
        begins = moment(delivery.since + before)
        return Told(delivery, Notice.MEETING, (_("A reminder: this meeting begins {moment}.").format(moment=begins),))
    if delivery.kind == Delivery.Kind.PAGE:
        return Told(delivery, Notice.OVERDUE, (_("You are called: something critical was reported."),))
    if delivery.kind == Delivery.Kind.CLOCK:
        return _of_clock(delivery, moment)
    if delivery.note:
        said = _("{name} named you in a private note.").format(name=delivery.note.author or delivery.note.organisation)
        return Told(delivery, Notice.MENTION, (said,), delivery.note.line)
    named = messages.get((about.public_id, delivery.mentioned))
    last = named or messages.get((about.public_id, delivery.through))
    sentences = [_of_messages(delivery, last, named is not None)] if delivery.through else []
    if delivery.moved_at:
        move = moves.get((about.public_id, delivery.event_kind, delivery.moved_at))
        sentences.append(move or _("Something happened here."))
    notice = Notice.MENTION if named else Notice.MESSAGE if delivery.through else notice_of(delivery.event_kind)
    return Told(delivery, notice, tuple(sentences), last.line if last else "")


def _of_messages(delivery: Delivery, last: Message | None, named: bool) -> str:
    count = delivery.through - delivery.first + 1
    if last is None:
        return _("There are new messages.")
    name = last.author or last.organisation or (delivery.request.sender if delivery.request else "")
    if named:
        return _("{name} named you.").format(name=name)
    if count == 1:
        return _("{name} wrote.").format(name=name)
    return _("{count} messages, the last from {name}.").format(count=count, name=name)


def _of_clock(delivery: Delivery, moment: Callable[[datetime], str]) -> Told:
    clock = delivery.clock
    assert clock is not None
    mine = clock.owner_id == delivery.organisation_id
    if delivery.event_kind == "clock.warned":
        notice, said = Notice.WARNED, _("We owe {other} an answer by {due}.")
    elif delivery.event_kind == "clock.reminded":
        notice, said = Notice.OVERDUE, _("A reminder: our answer to {other} was due {due}.")
    elif mine:
        notice, said = Notice.OVERDUE, _("Our answer to {other} is overdue: it was due {due}.")
    else:
        notice, said = Notice.AWAITED, _("{other} owes us an answer: it was due {due}.")
    other = (clock.owed_to if mine else clock.owner) or _("a visitor")
    return Told(delivery, notice, (said.format(other=other, due=moment(clock.due_at)),))


def _messages(deliveries: Sequence[Delivery], actor: Actor) -> dict[tuple[str, int], Message]:
    """The last message of each and the one that names the reader, by what it is about and number."""
    cases = {(one.case_id, n): one.case for one in deliveries if one.case for n in (one.through, one.mentioned) if n}
    elsewhere: dict[tuple[int, int], Request | Conversation] = {}
    for one in deliveries:
        for n in (one.through, one.mentioned):
            if n and one.request:
                elsewhere[one.request.conversation_id, n] = one.request
            elif n and one.conversation:
                elsewhere[one.conversation.pk, n] = one.conversation
    found: dict[tuple[str, int], Message] = {}
    if cases:
        for said in _said(actor, "conversation__case", cases).select_related("conversation"):
            found[cases[said.conversation.case_id, said.number].public_id, said.number] = said
    if elsewhere:
        for said in _said(actor, "conversation", elsewhere):
            found[elsewhere[said.conversation_id, said.number].public_id, said.number] = said
    return found


def _said(actor: Actor, column: str, wanted: Iterable[tuple[int | None, int]]) -> QuerySet[Message]:
    these = Q()
    for where, number in wanted:
        these |= Q(**{column: where, "number": number})
    return Message.objects.visible_to(actor).filter(these).select_related("author", "organisation")


def _moves(
    deliveries: Sequence[Delivery], actor: Actor, moment: Callable[[datetime], str]
) -> dict[tuple[str, str, datetime], str]:
    """The sentence of the last move of each."""
    moved = [one for one in deliveries if one.moved_at]
    if not moved:
        return {}
    about = {subject.public_id for one in moved if (subject := one.about_what or one.meeting)}
    # A complaint is told of with its case, and has a chain of its own.
    cases = {one.case_id: one.case.public_id for one in moved if one.case and one.event_kind.startswith("complaint.")}
    # Its own chain is short; all that was said in it is not.
    here = Q(subject__in=about) | Q(case_id__in=cases, kind__startswith="complaint.") if cases else Q(subject__in=about)
    events = Event.objects.visible_to(actor).filter(here, at__in={one.moved_at for one in moved})
    kinds = {one.event_kind for one in moved}
    lines = timeline.tell([event for event in events if event.kind in kinds], moment)
    return {(cases.get(line.event.case_id, line.event.subject), line.kind, line.at): line.sentence for line in lines}


# --- what pages know of it besides ------------------------------------------------------------------------------------


def noted(cases: QuerySet[Case], actor: Actor, now: datetime) -> QuerySet[Case]:
    """Annotates whether there is anything `unseen` in a case, and whether (`muted`) and until when it is silent."""
    mutes = Mute.objects.in_force(now).filter(person=actor.person_id, case=OuterRef("pk"))
    return cases.annotate(
        unseen=Exists(_unseen_of(actor).filter(case=OuterRef("pk"))),
        muted=Exists(mutes),
        muted_until=Subquery(mutes.values("until")[:1]),
    )


def _unseen_of(actor: Actor) -> QuerySet[Delivery]:
    mine = Delivery.objects.filter(person=actor.person_id, organisation=actor.organisation)
    return mine.filter(seen_at=None, kind__in=Delivery.NOTICES)


def look_at(actor: Actor, subject: Muted | Meeting) -> int:
    """Who opens a case, a request, a relationship or a meeting has seen what they were told of it; answers how much. Asks nothing when it is `noted` as seen."""
    if actor.person is None or not getattr(subject, "unseen", True):
        return 0
    now = timezone.now()
    return _unseen_of(actor).filter(**named(subject), latest_at__lte=now).update(seen_at=now)


def counted(
    memberships: QuerySet[Membership], now: datetime, environment: str = Environment.PRODUCTION, *, since: datetime
) -> QuerySet[Membership]:
    """Annotates how many `notices` wait unseen for the person in each organisation, a hundred at most."""
    told = Delivery.objects.told_to(OuterRef("person"), OuterRef("organisation"), environment, now).unseen(since)
    return memberships.annotate(notices=CountOf(told.order_by().values("pk")[:MOST_COUNTED]))
