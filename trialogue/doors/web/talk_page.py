"""What every page of a conversation shows, whether it is a case's or that of a client and a partner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from trialogue.clocks import proposing
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Message, Pin
from trialogue.doors.web import thread
from trialogue.doors.web.thread import Said, Thread
from trialogue.people.models import Actor, Membership, Organisation
from trialogue.people.prepared import prepared


@dataclass(kw_only=True)
class Talk:
    """`where` is its place in addresses: the reference of the case, or the id of the conversation."""

    actor: Actor
    where: str
    conversation: Conversation | None
    thread: Thread
    clocks: list[Clock]
    members: list[Membership] = field(default_factory=list)
    listener: Organisation | None = None
    answer_due: datetime | None = None
    feet: list[Said] = field(default_factory=list)
    key: str = ""
    pins: list[Pin] = field(default_factory=list)
    quoted: Message | None = None

    @property
    def is_past(self) -> bool:
        return self.thread.later is not None

    @cached_property
    def may_post(self) -> bool:
        return self.conversation is not None and self.conversation.may_post(self.actor)

    @property
    def answer_is_late(self) -> bool:
        return self.answer_due is not None and self.answer_due <= timezone.now()

    @property
    def first_clock(self) -> Clock | None:
        """The one that stands above the conversation on a phone: mine before theirs."""
        opened = [clock for clock in self.clocks if clock.is_open]
        mine = [clock for clock in opened if clock.owner_id == self.actor.organisation.pk]
        return (mine or opened or [None])[0]  # type: ignore[list-item]

    def mark_read(self) -> None:
        if self.conversation and self.thread.last:
            self.conversation.mark_read(by=self.actor, through=self.thread.last)

    def quote(self, number: int | None) -> None:
        """What the next message answers, while it still stands."""
        if self.conversation and number:
            here = self.conversation.messages_for(self.actor).shown()
            self.quoted = here.filter(number=number, withdrawn_at=None).first()

    def foresee_answer(self) -> None:
        """Who would owe an answer to a message sent now, and by when."""
        assert self.conversation is not None
        self.listener = self.conversation.other_side(self.actor.organisation)
        case = self.conversation.case
        if self.listener is None or (case and case.is_over):
            return
        opened = (clock for clock in self.clocks if clock.is_open and clock.conversation_id)
        waiting = next((clock for clock in opened if clock.owner_id == self.listener.pk), None)
        if waiting:
            self.answer_due = waiting.due_at
            return
        promise = proposing.promised_between(self.listener)
        self.answer_due = proposing.as_if_begun(promise, self.listener, timezone.now()).due_at


def read(
    conversation: Conversation, actor: Actor, place: thread.Place, after: int | None, since: str, names: dict[str, str]
) -> Thread:
    """The stretch of a place; with `after` what a live page has to learn."""
    if after is not None:
        return thread.read_on(conversation, actor, after=after, since=since, names=names)
    return thread.read(conversation, actor, place, names)


def mine_first(opened: Iterable[Clock], settled: Iterable[Clock], actor: Actor) -> list[Clock]:
    """Open ones, what I owe first; then the latest few that are settled."""
    return [*sorted(opened, key=lambda clock: (clock.owner_id != actor.organisation.pk, clock.due_at)), *settled]


@prepared
def pins(actor: Actor, conversation: int) -> QuerySet[Pin]:
    return Pin.objects.visible_to(actor).filter(conversation=conversation).shown()


@prepared
def members(*parties: int | None) -> QuerySet[Membership]:
    found = Membership.objects.filter(organisation__in=[party for party in parties if party], person__is_active=True)
    return found.select_related("person", "absence").order_by("person__name")
