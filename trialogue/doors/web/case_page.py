"""Everything a case page shows, gathered in as many queries for a long case as for a short one."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from trialogue.cases import timeline
from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import IN_WORK, Move
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.complaints.models import Complaint
from trialogue.conversations.information import Item
from trialogue.conversations.models import Consent, Conversation, Document, Presence, Reading
from trialogue.doors.web import listing, talk_page, thread
from trialogue.doors.web.talk_page import Talk
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.doors.web.thread import Thread
from trialogue.events.models import Event
from trialogue.lib import publicid
from trialogue.people.models import Actor, Membership, Organisation, Person, Side
from trialogue.people.prepared import prepared

LATEST_DOCUMENTS = 8
QUIET_KINDS = (
    "conversation.read",
    "document.checked",
    "message.posted",
    "delivery.settled",
    "operator.read",
    "clock.started",
    "clock.kept",
)


@dataclass(kw_only=True)
class Page(Talk):
    case: Case
    moves: list[Move]
    documents: list[Document]
    timeline: list[timeline.Line]
    ended: list[Engagement] = field(default_factory=list)
    missing: int = 0
    answered: int = 0
    beside: list[listing.Row] = field(default_factory=list)
    consent: Consent | None = None  # by which its referral partner writes along
    present: list[Presence] = field(default_factory=list)  # who of the operator has joined

    @property
    def next_move(self) -> Move | None:
        """What most likely comes next: never what ends the case, unless the client has asked for that."""
        if self.case.closure_requested_at and self.actor.side == Side.PARTNER:
            return next((move for move in self.moves if move.name == "close"), None)
        return next((move for move in self.moves if not move.is_final and move.name != "request_closure"), None)

    @property
    def other_moves(self) -> list[Move]:
        return [move for move in self.moves if move is not self.next_move]

    @property
    def may_join(self) -> bool:
        overseen = self.conversation is not None and self.actor.side == Side.OPERATOR and not self.may_post
        return overseen and Presence.is_possible(self.case)

    @property
    def may_add_documents(self) -> bool:
        return Document.may_add(self.case, self.actor)

    @property
    def may_climb(self) -> bool:
        """Whether the partner owes whoever looks an answer in the conversation, and there is a way when none comes."""
        owed = (clock for clock in self.clocks if clock.is_open and clock.conversation_id)
        return self.actor.side == Side.CLIENT and any(clock.owner_id == self.case.partner_id for clock in owed)

    @property
    def organisations(self) -> list[tuple[Organisation, list[Membership]]]:
        """The parties of the case and their people."""
        parties = [party for party in (self.case.client, self.case.partner, self.case.referrer) if party]
        return [(party, [m for m in self.members if m.organisation_id == party.pk]) for party in parties]

    @property
    def may_own(self) -> bool:
        return not self.case.former and self.actor.organisation.pk in (self.case.client_id, self.case.partner_id)

    @property
    def owner(self) -> Person | None:
        return self.case.owner_for(self.actor)

    @property
    def to_check(self) -> int:
        """How many answers wait for the verdict of whoever looks."""
        return self.answered if self.case.is_worked_by(self.actor) else 0

    @property
    def may_report(self) -> bool:
        return self.case.is_worked_by(self.actor) and self.case.state in IN_WORK

    @property
    def may_complain(self) -> bool:
        return Complaint.may_file(self.case, self.actor)

    @property
    def listeners(self) -> list[str]:
        """Who will be told of the next message: whoever looks after the case on the other side, else all of it."""
        if self.listener is None:
            return []
        owner = self.case.partner_owner_id if self.listener.pk == self.case.partner_id else self.case.client_owner_id
        there = [m.person for m in self.members if m.organisation_id == self.listener.pk]
        if self.actor.side == Side.REFERRER:  # what it says, its client hears as well
            there += [m.person for m in self.members if m.organisation_id == self.case.client_id]
        return [person.name for person in there if person.pk == owner] or [person.name for person in there]


def assemble(
    actor: Actor, case: Case, place: thread.Place = thread.END, *, after: int | None = None, since: str = ""
) -> Page:
    """The whole page; with `after` only what a live page has to learn."""
    conversation, members = (
        _conversation(actor, case),
        talk_page.members(case.client_id, case.partner_id, case.referrer_id),
    )
    documents = _documents(actor, case.pk)
    names = _names(actor, case, members) | {document.public_id: document.name for document in documents}
    page = Page(
        actor=actor,
        where=case.reference,
        case=case,
        conversation=conversation,
        thread=talk_page.read(conversation, actor, place, after, since, names) if conversation else Thread([], None, 0),
        clocks=talk_page.mine_first(_open(actor, case.pk), _settled(actor, case.pk), actor),
        moves=case.may_move(actor),
        documents=documents,
        timeline=timeline.tell(_latest(actor, case.pk), when, names),
        members=members,
    )
    if case.referrer_id:
        page.consent = next(
            iter(_consents(case.pk, case.client_id, case.referrer_id, environment=case.environment)), None
        )
    if conversation:
        Reading.note(case, by=actor)
        if getattr(conversation, "is_attended", False):
            page.present = _present(actor, conversation.pk)
        page.pins = talk_page.pins(actor, conversation.pk)
    if page.may_post:
        page.foresee_answer()
    # How earlier partners came to let go, for those who saw it.
    page.ended = _ended(case.pk) if actor.side in (Side.CLIENT, Side.OPERATOR) else []
    asked = [state for (state,) in _asked(actor, case.pk)]
    page.missing, page.answered = asked.count(Item.State.OPEN), asked.count(Item.State.ANSWERED)
    page.beside, page.key = listing.beside(actor), publicid.new("web")
    if after is not None and conversation:
        page.feet = thread.feet(conversation, actor, until=after)
    return page


def _conversation(actor: Actor, case: Case) -> Conversation | None:
    for conversation in _conversations(actor, case.pk):
        conversation.case = case
        return conversation
    return None


def _names(actor: Actor, case: Case, members: list[Membership]) -> dict[str, str]:
    """Of those of whom the log mostly speaks here, by public id."""
    parties = (actor.organisation, case.client, case.partner, case.referrer)
    return {one.public_id: one.name for one in (*parties, *(member.person for member in members)) if one}


@prepared
def _conversations(actor: Actor, case: int) -> QuerySet[Conversation]:
    """With whether somebody of the operator has joined: mostly nobody has, and then nobody is asked for."""
    there = Presence.objects.open().filter(conversation=OuterRef("pk"))
    return Conversation.objects.visible_to(actor).filter(case=case).annotate(is_attended=Exists(there))


@prepared
def _present(actor: Actor, conversation: int) -> QuerySet[Presence]:
    found = Presence.objects.visible_to(actor).open().filter(conversation=conversation)
    return found.select_related("person", "organisation").order_by("pk")


@prepared
def _open(actor: Actor, case: int) -> QuerySet[Clock]:
    return Clock.objects.visible_to(actor).filter(case=case).shown().open()


@prepared
def _settled(actor: Actor, case: int) -> QuerySet[Clock]:
    settled = Clock.objects.visible_to(actor).filter(case=case).shown().exclude(settled_at=None)
    return settled.order_by("-settled_at")[:3]


@prepared
def _documents(actor: Actor, case: int) -> QuerySet[Document]:
    found = Document.objects.visible_to(actor).filter(case=case).current().shown()
    return found.order_by("-pk")[:LATEST_DOCUMENTS]


@prepared
def _latest(actor: Actor, case: int) -> QuerySet[Event]:
    events = Event.objects.visible_to(actor).filter(case_id=case).exclude(kind__in=QUIET_KINDS)
    return events.order_by("-id")[:5]


@prepared
def _consents(case: int, client: int, referrer: int, *, environment: str) -> QuerySet[Consent]:
    """As the case that one sees; what is allowed for all comes first."""
    said = Consent.objects.in_force().filter(Q(case=case) | Q(case=None), client=client, referrer=referrer)
    return said.filter(environment=environment).shown().order_by(F("case").asc(nulls_first=True))[:1]


@prepared
def _asked(actor: Actor, case: int) -> QuerySet[Item, tuple[str]]:
    return Item.objects.visible_to(actor).filter(request__case=case).unsettled().values_list("state")


@prepared
def _ended(case: int) -> QuerySet[Engagement]:
    found = Engagement.objects.filter(case=case).exclude(ended_at=None)
    return found.select_related("partner").order_by("-ended_at")
