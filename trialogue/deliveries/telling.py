"""Who is told when something happens: the reactions of this room. `hearers` says which people, `models` how it is sent."""

from __future__ import annotations

from typing import Any

from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.complaints.models import Complaint
from trialogue.conversations import overseeing
from trialogue.conversations.models import Conversation, Note
from trialogue.deliveries.hearers import on_duty
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.wishes import How, Notice, Wishes, notice_of
from trialogue.escalations.models import Escalation
from trialogue.events.change import Happening, change
from trialogue.people.models import Organisation, Side
from trialogue.requests.models import Duty, Request


def tell_listener(happening: Happening) -> None:
    """A message is told to the other side, and to who of the operator has joined, after its quiet time unless someone wants it at once."""
    message, conversation = happening.things["message"], happening.subject
    assert isinstance(conversation, Conversation)
    if conversation.is_request:
        return  # the request says whom it tells: `tell_desk`, `tell_sender`
    told: dict[str, Any] = {"at": happening.at, "number": message.number, "but": happening.by.by}
    for listener in conversation.listeners(message.organisation):
        _gather_in(conversation, listener, Notice.MESSAGE, **told)
    for operator, people in overseeing.who_has_joined(conversation).items():
        _gather_in(conversation, operator, Notice.MESSAGE, only=people, **told)


def tell_of_consent(happening: Happening) -> None:
    """What its client allows in a case, or no longer, a referral partner is told as a change of the case is."""
    case = happening.subject
    if isinstance(case, Case):  # of all cases, its page of clients tells
        told: dict[str, Any] = {"at": happening.at, "event_kind": happening.kind, "but": happening.by.by}
        conversation: Conversation | None = getattr(case, "conversation", None)
        with change(conversation or case, by=happening.by, at=happening.at):
            Delivery.gather(case, happening.things["referrer"], notice_of(happening.kind), **told)


def tell_mentioned(happening: Happening) -> None:
    """Whoever is named hears of the message, whichever side they are on and whoever looks after the case."""
    message, conversation = happening.things["message"], happening.subject
    assert isinstance(conversation, Conversation)
    named = [person.pk for person in happening.things["people"]]
    for organisation in conversation.sides:
        told: dict[str, Any] = {"at": happening.at, "number": message.number, "but": happening.by.by, "only": named}
        _gather_in(conversation, organisation, Notice.MENTION, **told)


def tell_colleagues(happening: Happening) -> None:
    """Whoever is named in a private note of their organisation hears that they are."""
    note = happening.subject
    assert isinstance(note, Note)
    named = [person.pk for person in happening.things["people"]]
    Delivery.pass_on(note, named, at=happening.at, but=happening.by.by)


def tell_of_document(happening: Happening) -> None:
    """A document laid into a case is told as a change of it is; elsewhere a message brings it, and a new version is told."""
    talk = happening.subject
    if not isinstance(talk, Conversation):
        tell_of_move(happening)
    elif happening.kind == "document.replaced":
        listener = talk.other_side(happening.things["document"].organisation)
        _gather_in(talk, listener, Notice.DOCUMENT, **_moved(happening))


def tell_of_move(happening: Happening) -> None:
    """A change of state, or a document laid in, is told to both sides but the one that did it."""
    case = happening.subject
    assert isinstance(case, Case)
    # When a case changes hands, its new partner is told of the release, and the old one of this.
    partner = happening.things["partner"] if happening.kind == "case.reassigned" else case.partner
    if partner is None and happening.kind.startswith("document."):
        return  # evidence laid in before anyone works the case
    conversation: Conversation | None = getattr(case, "conversation", None)
    # Under the conversation's lock, or a message posted at the same moment would begin a second mail to the same person.
    with change(conversation or case, by=happening.by, at=happening.at):
        for organisation in (case.client, partner):
            if organisation and organisation.public_id != happening.by.acting_for:
                told: dict[str, Any] = {"at": happening.at, "event_kind": happening.kind, "but": happening.by.by}
                Delivery.gather(case, organisation, notice_of(happening.kind), **told)


def tell_of_complaint(happening: Happening) -> None:
    """What becomes of a complaint is told in its case: to the client, to its partner once that may know, and to who decides."""
    complaint, at = happening.subject, happening.at
    assert isinstance(complaint, Complaint)
    case = complaint.case
    told: dict[str, Any] = {"at": at, "event_kind": happening.kind, "but": happening.by.by}
    known = (complaint.client, complaint.partner) if happening.concerned.partner_id else (complaint.client,)
    with change(getattr(case, "conversation", None) or case, by=happening.by, at=at):
        for organisation in known:
            if organisation.public_id != happening.by.acting_for:
                Delivery.gather(case, organisation, Notice.MOVE, **told)
        for operator in Organisation.objects.filter(kind=Side.OPERATOR).exclude(public_id=happening.by.acting_for):
            those = [complaint.reviewer_id] if complaint.reviewer_id else Duty.team(operator, "legal") or None
            Delivery.gather(case, operator, Notice.MOVE, only=those, **told)


def tell_uploader(happening: Happening) -> None:
    """What the malware check found is told to the side that added the document, even before anyone works the case."""
    case, document = happening.subject, happening.things["document"]
    if isinstance(case, Conversation):
        _gather_in(case, document.organisation, Notice.DOCUMENT, **_moved(happening))
        return
    assert isinstance(case, Case)
    with change(case.conversation if case.partner else case, by=happening.by, at=happening.at):
        told: dict[str, Any] = {"at": happening.at, "event_kind": happening.kind, "but": happening.by.by}
        Delivery.gather(case, document.organisation, Notice.DOCUMENT, **told)


def saw(happening: Happening) -> None:
    """Whoever reads a conversation has seen what they were told of its case or request until then, for whichever side."""
    conversation = happening.subject
    if isinstance(conversation, Conversation):
        told = Delivery.objects.filter(person=happening.things["person"])
        if conversation.is_request:
            told = told.filter(request=conversation.request)
        elif conversation.is_relationship:
            told = told.filter(conversation=conversation)
        else:
            told = told.filter(case=conversation.case_id)
        told.filter(kind__in=Delivery.NOTICES, latest_at__lte=happening.at).see(happening.at)


def ring_owner(happening: Happening) -> None:
    clock = happening.things["clock"]
    Delivery.ring(clock, happening.kind, clock.owner, at=happening.at)


def ring_both(happening: Happening) -> None:
    clock = happening.things["clock"]
    Delivery.ring(clock, happening.kind, clock.owner, at=happening.at)
    if clock.owed_to or clock.case_id is None:
        Delivery.ring(clock, happening.kind, clock.owed_to, at=happening.at)


def page_those_on_duty(happening: Happening) -> None:
    """What is critical wakes somebody."""
    step = happening.subject
    assert isinstance(step, Escalation)
    if not happening.things["pages"] or step.request is None:
        return
    people, at = on_duty(step.request, happening.at), happening.at
    clock = Clock.objects.next_in(step.request.conversation_id)
    told: dict[str, Any] = {"organisation": step.request.operator, "request": step.request, "clock": clock}
    Delivery.objects.bulk_create(
        Delivery(
            kind=Delivery.Kind.PAGE, person=person, event_kind="escalation.paged", since=at, latest_at=at, due_at=at, **told
        )
        for person in people
    )  # fmt: skip
    with change(step, by=happening.by, at=at) as record:
        record("escalation.paged", escalation=step, people=people)


def _gather_in(talk: Conversation, listener: Organisation | None, notice: Notice, **told: Any) -> None:
    """Lets a side hear of something in a conversation, whose lock is held."""
    if talk.is_request:
        Delivery.gather_of(talk.request, listener, notice, **told)
    elif listener:
        Delivery.gather(talk.home, listener, notice, **told)


def _moved(happening: Happening) -> dict[str, Any]:
    return {"at": happening.at, "event_kind": happening.kind, "but": happening.by.by}


# --- of requests ------------------------------------------------------------------------------------------------------


def acknowledge(happening: Happening) -> None:
    Delivery.acknowledge(_request(happening), at=happening.at)


def tell_desk(happening: Happening) -> None:
    """What the sender says or does is told to the one who takes care of it, or else to the team of its channel."""
    request = _request(happening)
    _gather_of(happening, request.operator)


def tell_sender(happening: Happening) -> None:
    """What the operator says or does is told to whoever asked, but for who hears of it by the mail of a meeting."""
    told = happening.things.get("told")
    but = told.public_id if told and Wishes.of(told).how(Notice.MEETING) != How.OFF else ""
    _gather_of(happening, _request(happening).asker, but=but)


def tell_other_side(happening: Happening) -> None:
    request = _request(happening)
    _gather_of(happening, request.asker if happening.by.acting_for == request.operator.public_id else request.operator)


def tell_assigned(happening: Happening) -> None:
    if person := happening.things["person"]:
        _gather_of(happening, _request(happening).operator, only=[person.pk])


def _request(happening: Happening) -> Request:
    request = happening.subject
    assert isinstance(request, Request)
    return request


def _gather_of(
    happening: Happening, listener: Organisation | None, only: list[int] | None = None, but: str = ""
) -> None:
    request, message = _request(happening), happening.things.get("message")
    said = message is not None and happening.kind in (
        "request.opened",
        "request.asked",
        "request.answered",
        "request.escalated",
    )
    told: dict[str, Any] = {"number": message.number} if message and said else {"event_kind": happening.kind}
    # Under the conversation's lock, as whatever is gathered of it.
    with change(request.conversation, by=happening.by, at=happening.at):
        notice = Notice.MESSAGE if said else Notice.MOVE
        Delivery.gather_of(request, listener, notice, at=happening.at, but=but or happening.by.by, only=only, **told)
