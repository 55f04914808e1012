"""Everything a case page shows, gathered in as many queries for a long case as for a short one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from trialogue.cases import timeline
from trialogue.cases.lifecycle import CloseCode, Move, close_codes
from trialogue.cases.models import Case
from trialogue.clocks.models import Calendar, Clock, Policy
from trialogue.conversations.models import Conversation, Document
from trialogue.doors.web import listing, thread
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.doors.web.thread import Said, Thread
from trialogue.events.models import Event
from trialogue.lib import publicid
from trialogue.people.models import Actor, Membership, Organisation

QUIET_KINDS = ("conversation.read", "message.posted", "delivery.settled", "clock.started", "clock.kept")


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
    beside: list[listing.Row] = field(default_factory=list)
    listener: Organisation | None = None
    answer_due: datetime | None = None
    feet: list[Said] = field(default_factory=list)
    key: str = ""
    is_past: bool = False

    @property
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

    @property
    def organisations(self) -> list[tuple[Organisation, list[Membership]]]:
        """The parties of the case and their people."""
        parties = [party for party in (self.case.client, self.case.partner, self.case.referrer) if party]
        return [(party, [m for m in self.members if m.organisation_id == party.pk]) for party in parties]

    @property
    def listeners(self) -> list[str]:
        return [m.person.name for m in self.members if self.listener and m.organisation_id == self.listener.pk]


def assemble(actor: Actor, case: Case, *, before: int | None = None, after: int | None = None, since: str = "") -> Page:
    """The whole page; with `after` only what a live page has to learn."""
    conversation = _conversation(actor, case)
    page = Page(
        actor,
        case,
        conversation,
        thread=_thread(conversation, actor, before, after, since),
        clocks=_clocks(actor, case),
        moves=case.may_move(actor),
        documents=list(
            Document.objects.visible_to(actor).filter(case=case).select_related("organisation").order_by("-pk")[:100]
        ),
        timeline=_latest(actor, case),
    )
    page.is_past = bool(before and conversation and before <= conversation.message_count)
    if page.may_post:
        _foresee_answer(page)
    page.members, page.beside, page.key = _members(case), listing.beside(actor), publicid.new("web")
    if after is not None and conversation:
        page.feet = thread.feet(conversation, actor, until=after)
    return page


def _conversation(actor: Actor, case: Case) -> Conversation | None:
    conversation = Conversation.objects.visible_to(actor).filter(case=case).first()
    if conversation:
        conversation.case = case
    return conversation


def _thread(
    conversation: Conversation | None, actor: Actor, before: int | None, after: int | None, since: str
) -> Thread:
    if conversation is None:
        return Thread([], None, 0)
    if after is not None:
        return thread.read_on(conversation, actor, after=after, since=since)
    return thread.read(conversation, actor, before=before)


def _clocks(actor: Actor, case: Case) -> list[Clock]:
    """Open ones, what I owe first; then the latest few that are settled."""
    clocks = Clock.objects.visible_to(actor).filter(case=case).shown()
    opened = sorted(clocks.open(), key=lambda clock: (clock.owner_id != actor.organisation.pk, clock.due_at))
    return [*opened, *clocks.exclude(settled_at=None).order_by("-settled_at")[:3]]


def _latest(actor: Actor, case: Case) -> list[timeline.Line]:
    events = Event.objects.visible_to(actor).filter(case_id=case.pk).exclude(kind__in=QUIET_KINDS)
    return timeline.tell(list(events.order_by("-id")[:5]), when)


def _members(case: Case) -> list[Membership]:
    parties = [party for party in (case.client_id, case.partner_id, case.referrer_id) if party]
    return list(
        Membership.objects.filter(organisation__in=parties, person__is_active=True)
        .select_related("person")
        .order_by("person__name")
    )


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
    now = timezone.now()
    promise = "reply" if page.listener.pk == page.case.partner_id else "supply"
    page.answer_due = Policy.in_force(promise, now).due(now, Calendar.in_force(page.listener, now).working_time)


# --- moves ------------------------------------------------------------------------------------------------------------


def particulars(given: Mapping[str, Any]) -> dict[str, Any]:
    """What came with a move, as the verbs take it. A partner is found here, since a form can only name it."""
    found: dict[str, Any] = {key: given.get(key, "") for key in ("message", "reason", "code", "comment")}
    named = given.get("partner")
    found["partner"] = (
        next((p for p in Organisation.objects.partners() if p.public_id == named), None) if named else None
    )
    return found


def choices(case: Case, move: Move) -> dict[str, Any]:
    """What the move's form offers."""
    if "partner" in move.needs:
        return {"partners": Organisation.objects.partners()}
    if "code" in move.needs:
        return {"codes": [(code.value, CloseCode(code).label) for code in close_codes(case.state)]}
    return {}
