"""What mails say of requests: that one has arrived and until when it is answered, what was said and done in it, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone, translation

from trialogue.cases import timeline
from trialogue.channels.models import Edition
from trialogue.channels.rules import Item
from trialogue.clocks.explain import explain
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.deliveries.carriers.content import Content
from trialogue.deliveries.models import Delivery, Moot, Outcome
from trialogue.events.models import Event
from trialogue.people.models import Actor, Visitor
from trialogue.requests.models import Request, State, who_is_asking

# What a bundle tells besides messages: the sender's side, and the desk.
OF_DOCUMENTS = ("document.replaced", "document.held")
TO_SENDER = (
    "request.moved",
    "request.acknowledged",
    "request.settled",
    "request.merged",
    "request.split",
    *OF_DOCUMENTS,
)
TO_DESK = (
    "request.assigned",
    "request.escalated",
    "request.settled",
    "request.handed",
    "request.split",
    "request.supplied",
    *OF_DOCUMENTS,
)
_MOST = 20


def is_for_sender(delivery: Delivery) -> bool:
    return delivery.request is not None and delivery.organisation_id != delivery.request.operator_id


def happened(delivery: Delivery, events: QuerySet[Event]) -> QuerySet[Event]:
    """Of `events` that the reader may see, those that are told, and that they have not done themselves."""
    assert delivery.request is not None
    kinds = TO_SENDER if is_for_sender(delivery) else TO_DESK
    subjects = (delivery.request.public_id, delivery.request.conversation.public_id)
    here = events.filter(subject__in=subjects, kind__in=kinds, private=False)
    if delivery.person:
        here = here.exclude(by=delivery.person.public_id)
    return here.order_by("id")[:_MOST]


def receipt(delivery: Delivery) -> Content:
    """That it has arrived: its number, what is promised, and what is still missing, which is asked for here and nowhere else.
    To who wrote by mail, also where it would belong better."""
    request = delivery.request
    assert request is not None
    clock = Clock.objects.next_in(request.conversation)
    told = Edition.in_force().rules.promise.get(clock.promise) if clock else None
    context: dict[str, Any] = {"clock": clock, "note": told.note if told else ""}
    if delivery.letter:
        context["topic"] = delivery.letter.topic
    else:
        context |= {"missing": _missing(request), "may_hand_over": request.may_hand_over(_asker(request))}
        context |= _turned(request)
    context["zone"] = timezone.get_current_timezone_name()
    if clock:
        context["closed"] = list(dict.fromkeys(stretch.why for stretch in explain(clock) if not stretch.counted))
    subject = translation.gettext("We have your request {number}: {subject}")
    return Content("receipt", context, subject.format(number=request, subject=request.subject), _thread(request))


def _thread(request: Request) -> str:
    return translation.gettext("Request {number}: {subject}").format(number=request, subject=request.subject)


def _turned(request: Request) -> dict[str, Any]:
    """That it was written to a channel which is not for its sender, and stands on another now."""
    letter = request.conversation.letters.filter(message__number=1).order_by("pk").first()
    channels, who = Edition.in_force().rules.channels, who_is_asking(_asker(request))
    wrong, right = channels.get(letter.turned_from) if letter else None, channels.get(request.channel)
    return (
        {"wrong": wrong, "right": right, "why": wrong.closed_to.get(who, "") if who else ""} if wrong and right else {}
    )


def _asker(request: Request) -> Actor | Visitor:
    return Actor(request.asker, request.person, request.environment) if request.asker else Visitor()


def _missing(request: Request) -> list[str]:
    rules = Edition.in_force().rules
    if request.channel not in rules.channels:
        return []
    who = who_is_asking(_asker(request))
    wanted = rules.items_of(rules.channels[request.channel], who)
    return [item.says for item in wanted if item.key in request.missing]


def bundle(delivery: Delivery, messages: Sequence[Message], moves: Sequence[timeline.Line]) -> Content:
    request = delivery.request
    assert request is not None
    solved = is_for_sender(delivery) and request.state == State.SOLVED
    context = {"messages": messages, "moves": moves, "first": messages[0] if messages else None, "solved": solved}
    name = (messages[0].author or messages[0].organisation or request.sender) if messages else ""
    words = {"name": name, "number": request, "subject": request.subject, "count": len(messages)}
    if len(messages) > 1:
        said = translation.gettext("{count} new messages in request {number}: {subject}")
    elif messages and messages[0].number == 1 and not is_for_sender(delivery):
        said = translation.gettext("New request {number} from {name}: {subject}")
    elif messages:
        said = translation.gettext("{name} wrote in request {number}: {subject}")
    elif solved:
        said = translation.gettext("Request {number} is solved: {subject}")
    else:
        said = translation.gettext("News of request {number}: {subject}")
    return Content("bundle", context, said.format(**words), _thread(request))


def call(delivery: Delivery) -> Content | Outcome:
    """To whoever is on duty: what is down, since when, for how many, and where one click says that they are on it."""
    request, clock = delivery.request, delivery.clock
    assert request is not None
    if clock is None or not clock.is_open:
        return Moot("somebody is on it")
    context = {"clock": clock, "facts": [(item.says, value) for item, value in facts_of(request)]}
    said = translation.gettext("Critical, from {sender}: {subject}")
    return Content("page", context, said.format(sender=request.asker or request.sender, subject=request.subject))


def facts_of(request: Request) -> list[tuple[Item, str]]:
    """What its sender has said of what was asked for there."""
    rules = Edition.in_force().rules
    wanted = rules.items_of(rules.channels[request.channel], None) if request.channel in rules.channels else ()
    return [(item, request.form[item.key]) for item in wanted if item.key in request.form]


def to_visitor(delivery: Delivery) -> Content | Outcome:
    """The same for somebody without an account, of whom nobody knows what they have read."""
    request = delivery.request
    assert request is not None
    if delivery.kind == Delivery.Kind.RECEIPT:
        return receipt(delivery)
    if delivery.kind == Delivery.Kind.CLOCK:
        return overdue(delivery)
    said = request.conversation.messages.filter(organisation=request.operator, withdrawn_at=None)
    said = said.filter(number__gte=delivery.first, number__lte=delivery.through)
    messages = list(said.shown()) if delivery.through else []
    # Theirs is no organisation, but neither is the scanner.
    events = Event.objects.filter(at__gte=delivery.since).exclude(organisation="", kind__startswith="request.")
    moves = timeline.tell(list(happened(delivery, events))) if delivery.moved_at else []
    return bundle(delivery, messages, moves) if messages or moves else Moot("nothing to say")


def overdue(delivery: Delivery) -> Content | Outcome:
    assert delivery.clock_id is not None
    clock = Clock.objects.shown().get(pk=delivery.clock_id)
    if not clock.is_open:
        return Moot("the answer came meanwhile")
    subject = translation.gettext("An answer you wait for is overdue: request {number}").format(number=clock.reference)
    return Content("clock", {"clock": clock, "mine": False, "broken": True}, subject)
