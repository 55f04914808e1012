"""Everything the page of a relationship shows: what a client and a partner say to each other outside their cases."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from trialogue.cases import timeline
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Reading
from trialogue.doors.web import talk_page, thread
from trialogue.doors.web.talk_page import Talk
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events.models import Event
from trialogue.lib import publicid
from trialogue.people.models import Actor, Membership, Organisation, Person
from trialogue.people.prepared import prepared


@dataclass(kw_only=True)
class Page(Talk):
    conversation: Conversation
    read: list[timeline.Line]  # by the operator, the last few times that it was told

    @property
    def other(self) -> Organisation | None:
        """With whom: of the two sides the one that is not the reader's; nobody for who oversees both."""
        mine = self.actor.organisation.pk
        if mine not in (self.conversation.client_id, self.conversation.partner_id):
            return None
        return self.conversation.other_side(self.actor.organisation)

    @property
    def title(self) -> str:
        return str(self.other or self.conversation.title)

    @property
    def organisations(self) -> list[tuple[Organisation, list[Membership]]]:
        """Both sides and their people."""
        sides = self.conversation.sides
        return [(side, [m for m in self.members if m.organisation_id == side.pk]) for side in sides]

    @property
    def listeners(self) -> list[str]:
        """Who will be told of the next message: all of the other side."""
        return [m.person.name for m in self.members if self.listener and m.organisation_id == self.listener.pk]


def assemble(
    actor: Actor, talk: Conversation, place: thread.Place = thread.END, *, after: int | None = None, since: str = ""
) -> Page:
    """The whole page; with `after` only what a live page has to learn."""
    Reading.note(talk, by=actor)
    members = talk_page.members(talk.client_id, talk.partner_id)
    known: list[Organisation | Person] = [*talk.sides, *(member.person for member in members)]
    names = {one.public_id: one.name for one in known}
    page = Page(
        actor=actor,
        where=talk.public_id,
        conversation=talk,
        thread=talk_page.read(talk, actor, place, after, since, names),
        clocks=talk_page.mine_first(_open(actor, talk.pk), _settled(actor, talk.pk), actor),
        members=members,
        pins=talk_page.pins(actor, talk.pk),
        key=publicid.new("web"),
        read=timeline.tell(list(_read(actor, talk.public_id)), when, names),
    )
    if page.may_post:
        page.foresee_answer()
    if after is not None:
        page.feet = thread.feet(talk, actor, until=after)
    return page


@prepared
def _read(actor: Actor, talk: str) -> QuerySet[Event]:
    return Event.objects.visible_to(actor).filter(subject=talk, kind="operator.read").order_by("-number")[:3]


@prepared
def _open(actor: Actor, talk: int) -> QuerySet[Clock]:
    return Clock.objects.visible_to(actor).open_in(talk).shown()


@prepared
def _settled(actor: Actor, talk: int) -> QuerySet[Clock]:
    settled = Clock.objects.visible_to(actor).filter(conversation=talk).shown().exclude(settled_at=None)
    return settled.order_by("-settled_at")[:3]
