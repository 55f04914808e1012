"""Everything a case page shows, gathered in as many queries for a long case as for a short one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from trialogue.cases import timeline
from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import IN_WORK, Move
from trialogue.cases.models import Case
from trialogue.clocks import proposing
from trialogue.clocks.models import Clock
from trialogue.complaints.models import Complaint
from trialogue.conversations.information import Item
from trialogue.conversations.models import Consent, Conversation, Document, Message, Pin
from trialogue.doors.web import listing, thread
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.doors.web.thread import Said, Thread
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
    "clock.started",
    "clock.kept",
)


@dataclass
class Page:
    actor: Actor
    case: Case
    conversation: Conversation | None
    thread: Thread
    clocks: list[Clock]
    moves: list[Move]
    documents: list[Document]
    timeline: list[timeline.Line]
    members: list[Membership] = field(default_factory=list)
    ended: list[Engagement] = field(default_factory=list)
    missing: int = 0
    beside: list[listing.Row] = field(default_factory=list)
    listener: Organisation | None = None
    answer_due: datetime | None = None
    feet: list[Said] = field(default_factory=list)
    key: str = ""
    is_past: bool = False
    pins: list[Pin] = field(default_factory=list)
    quoted: Message | None = None
    consent: Consent | None = None  # by which its referral partner writes along

    @property
    def next_move(self) -> Move | None:
        """What most likely comes next: never what ends the case, unless the client has asked for that."""
        if self.case.closure_requested_at and self.actor.side == Side.PARTNER:
            return next((move for move in self.moves if move.name == "close"), None)
        return next((move for move in self.moves if not move.is_final and move.name != "request_closure"), None)

    @property
    def other_moves(self) -> list[Move]:
        return [move for move in self.moves if move is not self.next_move]

    @cached_property
    def may_post(self) -> bool:
        return self.conversation is not None and self.conversation.may_post(self.actor)

    @property
    def may_add_documents(self) -> bool:
        return Document.may_add(self.case, self.actor)

    @property
    def answer_is_late(self) -> bool:
        return self.answer_due is not None and self.answer_due <= timezone.now()

    @property
    def first_clock(self) -> Clock | None:
        """The one that stands above the conversation on a phone: mine before theirs."""
        opened = [clock for clock in self.clocks if clock.is_open]
        mine = [clock for clock in opened if clock.owner_id == self.actor.organisation.pk]
        return (mine or opened or [None])[0]  # type: ignore[list-item]

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
    conversation, members = _conversation(actor, case), _members(case.client_id, case.partner_id, case.referrer_id)
    names = _names(actor, case, members)
    page = Page(
        actor,
        case,
        conversation,
        thread=_thread(conversation, actor, place, after, since, names),
        clocks=_clocks(actor, case),
        moves=case.may_move(actor),
        documents=_documents(actor, case.pk),
        timeline=timeline.tell(_latest(actor, case.pk), when, names),
        members=members,
    )
    page.is_past = page.thread.later is not None
    if case.referrer_id:
        page.consent = next(
            iter(_consents(case.pk, case.client_id, case.referrer_id, environment=case.environment)), None
        )
    if conversation:
        page.pins = _pins(actor, conversation.pk)
    if page.may_post:
        _foresee_answer(page)
    # How earlier partners came to let go, for those who saw it.
    page.ended = _ended(case.pk) if actor.side in (Side.CLIENT, Side.OPERATOR) else []
    page.missing, page.beside, page.key = len(_missing(actor, case.pk)), listing.beside(actor), publicid.new("web")
    if after is not None and conversation:
        page.feet = thread.feet(conversation, actor, until=after)
    return page


def _conversation(actor: Actor, case: Case) -> Conversation | None:
    for conversation in _conversations(actor, case.pk):
        conversation.case = case
        return conversation
    return None


def _thread(
    conversation: Conversation | None,
    actor: Actor,
    place: thread.Place,
    after: int | None,
    since: str,
    names: dict[str, str],
) -> Thread:
    if conversation is None:
        return Thread([], None, 0)
    if after is not None:
        return thread.read_on(conversation, actor, after=after, since=since, names=names)
    return thread.read(conversation, actor, place, names)


def _clocks(actor: Actor, case: Case) -> list[Clock]:
    """Open ones, what I owe first; then the latest few that are settled."""
    opened = sorted(_open(actor, case.pk), key=lambda clock: (clock.owner_id != actor.organisation.pk, clock.due_at))
    return [*opened, *_settled(actor, case.pk)]


def _names(actor: Actor, case: Case, members: list[Membership]) -> dict[str, str]:
    """Of those of whom the log mostly speaks here, by public id."""
    parties = (actor.organisation, case.client, case.partner, case.referrer)
    return {one.public_id: one.name for one in (*parties, *(member.person for member in members)) if one}


@prepared
def _conversations(actor: Actor, case: int) -> QuerySet[Conversation]:
    return Conversation.objects.visible_to(actor).filter(case=case)


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
def _pins(actor: Actor, conversation: int) -> QuerySet[Pin]:
    return Pin.objects.visible_to(actor).filter(conversation=conversation).shown()


@prepared
def _missing(actor: Actor, case: int) -> QuerySet[Item, int]:
    return Item.objects.visible_to(actor).filter(request__case=case).missing().values_list("pk", flat=True)


@prepared
def _ended(case: int) -> QuerySet[Engagement]:
    found = Engagement.objects.filter(case=case).exclude(ended_at=None)
    return found.select_related("partner").order_by("-ended_at")


@prepared
def _members(*parties: int | None) -> QuerySet[Membership]:
    found = Membership.objects.filter(organisation__in=[party for party in parties if party], person__is_active=True)
    return found.select_related("person", "absence").order_by("person__name")


def _foresee_answer(page: Page) -> None:
    """Who would owe an answer to a message sent now, and by when."""
    assert page.conversation is not None
    page.listener = page.conversation.other_side(page.actor.organisation)
    if page.listener is None or page.case.is_over:
        return
    waiting = next((c for c in page.clocks if c.is_open and c.conversation_id and c.owner_id == page.listener.pk), None)
    if waiting:
        page.answer_due = waiting.due_at
        return
    promise = proposing.promised_in_case(page.listener, page.case)
    page.answer_due = proposing.as_if_begun(promise, page.listener, timezone.now()).due_at
