"""How clocks turn when something happens: the reactions of this room."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case, Engagement
from trialogue.clocks.models import RESPOND, Calendar, Clock, Policy
from trialogue.clocks.policies import WEEKDAYS_AROUND_THE_CLOCK
from trialogue.clocks.proposing import promised_between
from trialogue.conversations.models import Conversation, Message
from trialogue.events.change import Happening, Record, change
from trialogue.people.models import Actor, Organisation, Refused


def give_calendar(happening: Happening) -> None:
    """A new organisation works weekdays around the clock, but not on its country's holidays, until it says otherwise."""
    organisation = happening.subject
    assert isinstance(organisation, Organisation)
    Calendar.introduce(
        organisation, by=happening.by, at=happening.at, zone=organisation.zone, week=WEEKDAYS_AROUND_THE_CLOCK,
        country=organisation.country, subdivision=organisation.subdivision,
    )  # fmt: skip


def adopt_promises(happening: Happening) -> None:
    """What the channel policy promises, and the hours it gives the operator, are in force with it. What runs keeps what it began with."""
    operator, by, rules = happening.subject, happening.by, happening.things["rules"]
    assert isinstance(operator, Organisation)
    assert isinstance(by, Actor)
    for promise, told in rules.promise.items():
        Policy.adopt(promise, told, by=by, at=happening.at)
    if hours := Calendar.otherwise(operator, rules.hours, happening.at):
        Calendar.introduce(operator, by=by, at=happening.at, **hours)


def expect_confirmation(happening: Happening) -> None:
    engagement = happening.things["engagement"]
    assert isinstance(engagement, Engagement)
    case = _case(happening)
    Clock.start("confirm", record=_record(happening), case=case, owner=engagement.partner, owed_to=case.client)


def meet_confirmation(happening: Happening) -> None:
    """Confirming, declining, or asking for what is missing is the partner's word on a new case."""
    _meet(happening, "confirm")


def expect_follow_up(happening: Happening) -> None:
    """A paused case is not a forgotten one."""
    _expect_of_partner(happening, "follow_up")


def meet_follow_up(happening: Happening) -> None:
    _meet(happening, "follow_up")


def expect_update(happening: Happening) -> None:
    _expect_of_partner(happening, "update")


def meet_update(happening: Happening) -> None:
    _meet(happening, "update")


def _expect_of_partner(happening: Happening, promise: str) -> None:
    case, record = _case(happening), _record(happening)
    opened = Clock.objects.open().filter(case=case, promise=promise).exists()
    if case.partner and not opened:
        Clock.start(promise, record=record, case=case, owner=case.partner, owed_to=case.client)


def _meet(happening: Happening, promise: str) -> None:
    record = _record(happening)
    for clock in Clock.objects.open().filter(case=_case(happening), promise=promise).select_related("owner"):
        clock.meet(record)


def turn(happening: Happening) -> None:
    """A message meets what its side owed, and the other side owes an answer from the oldest unanswered message on."""
    conversation, message = happening.subject, happening.things["message"]
    assert isinstance(conversation, Conversation)
    assert isinstance(message, Message)
    if conversation.is_request:
        return  # what is owed there, the request itself says, by its channel
    record = _record(happening)
    case: Case | None = conversation.case
    speaker, listener = message.organisation, conversation.other_side(message.organisation)
    opened = list(Clock.objects.open_in(conversation).select_related("owner"))
    for clock in opened:
        if clock.owner_id == speaker.pk:
            clock.meet(record)
    # Each that asks is owed an answer of its own: client and referral partner of the partner, which answers both at once.
    waiting = any(clock.owed_to_id == speaker.pk for clock in opened)
    if message.expects_answer and listener and not waiting and not (case and case.is_over):
        Clock.start(
            promised_between(listener),
            record=record,
            case=case,
            owner=listener,
            owed_to=speaker,
            conversation=conversation,
            message=message,
            since=happening.things.get("since"),
        )


def expect_answer(happening: Happening) -> None:
    """A request is owed an answer from its oldest unanswered words on, as its channel promises."""
    conversation, message = happening.things["request"].conversation, happening.things["message"]
    with change(conversation, by=happening.by, at=happening.at) as record:
        if not Clock.objects.open_in(conversation).exists():
            _answer_by(record, conversation, happening.things["promise"], message, since=message.at)


def meet_answer(happening: Happening) -> None:
    conversation = happening.things["request"].conversation
    with change(conversation, by=happening.by, at=happening.at) as record:
        for clock in Clock.objects.open_in(conversation).select_related("owner"):
            clock.meet(record)


def expect_answer_elsewhere(happening: Happening) -> None:
    """On another channel another promise may hold, counted from the first arrival all the same: nobody loses time by being moved."""
    conversation, promise = happening.things["request"].conversation, happening.things["promise"]
    with change(conversation, by=happening.by, at=happening.at) as record:
        for clock in Clock.objects.open_in(conversation).select_related("owner", "message"):
            if clock.promise != promise:
                clock.cancel(record)
                _answer_by(record, conversation, promise, clock.message, since=clock.started_at)


def expect_escalated(happening: Happening) -> None:
    """Whoever must answer now does so by the promise of the step, from now on; what was owed before is a part of that."""
    conversation, promise = happening.things["request"].conversation, happening.things["promise"]
    with change(conversation, by=happening.by, at=happening.at) as record:
        for clock in Clock.objects.open_in(conversation).select_related("owner"):
            clock.cancel(record, "climbed")
        _answer_by(record, conversation, promise, happening.things["message"])


def meet_acknowledged(happening: Happening) -> None:
    """Somebody is on it: that was owed first, and the answer itself is owed from now on."""
    meet_answer(happening)
    expect_escalated(happening)


def end_answer(happening: Happening) -> None:
    """Solved, closed or merged: nothing is owed."""
    conversation = happening.things["request"].conversation
    with change(conversation, by=happening.by, at=happening.at) as record:
        for clock in Clock.objects.open_in(conversation).select_related("owner"):
            clock.cancel(record)


def _answer_by(
    record: Record, conversation: Conversation, promise: str, message: Message | None, since: datetime | None = None
) -> None:
    assert conversation.operator is not None
    Clock.start(
        promise, record=record, owner=conversation.operator, owed_to=conversation.asker, conversation=conversation,
        message=message, since=since,
    )  # fmt: skip


def forgive(happening: Happening) -> None:
    """A question was deleted, or said to need no answer: nothing is owed, unless another one still waits."""
    conversation, message = happening.subject, happening.things["message"]
    assert isinstance(conversation, Conversation)
    assert isinstance(message, Message)
    waiting = conversation.oldest_unanswered(message.organisation)
    record, why = _record(happening), happening.kind.removeprefix("message.")
    opened = Clock.objects.open_in(conversation).owed_to(message.organisation)
    for clock in opened.select_related("owner"):
        if waiting is None:
            clock.cancel(record, why)
        elif clock.message_id == message.pk:
            Clock.objects.filter(pk=clock.pk).update(message=waiting)


def must_not_undo_an_answer(happening: Happening) -> None:
    """Whoever has answered a clock and deletes the answer would owe nothing, and have said nothing."""
    conversation, message = happening.subject, happening.things["message"]
    assert isinstance(conversation, Conversation)
    answered = Clock.objects.filter(conversation=conversation, owner=message.organisation, settled_at=message.at)
    later = conversation.messages.filter(
        organisation=message.organisation, number__gt=message.number, withdrawn_at=None
    )
    if answered.filter(state__in=(Clock.State.KEPT, Clock.State.LATE)).exists() and not later.exists():
        raise Refused(_("This message is the answer that was owed. Write the right one first, then delete this one."))


def cancel_all(happening: Happening) -> None:
    """A case that is over, or whose partner is, leaves nothing owed."""
    case = _case(happening)
    if happening.by.acting_for == (case.partner.public_id if case.partner else None):
        meet_confirmation(happening)  # closing is the partner's word on a new case, too
    here = Clock.objects.open().filter(case=case, conversation=None).exclude(promise=RESPOND)
    for clock in here.select_related("owner"):
        clock.cancel(_record(happening))
    conversation = Conversation.objects.filter(case=case).first()
    if conversation:
        # Under the conversation's lock, so that a message posted at the same moment cannot leave a clock behind.
        with change(conversation, by=happening.by, at=happening.at) as record:
            record = replace(record, concerned=happening.concerned)
            asked_at = happening.things.get("asked_at")  # its client asked for the end: this is the partner's answer
            for clock in Clock.objects.open().filter(case=case, conversation=conversation).select_related("owner"):
                if asked_at and clock.started_at >= asked_at and clock.owner.public_id == happening.by.acting_for:
                    clock.meet(record)
                else:
                    clock.cancel(record)


def _case(happening: Happening) -> Case:
    assert isinstance(happening.subject, Case)
    return happening.subject


def _record(happening: Happening) -> Record:
    """A record that joins the change the happening belongs to."""
    with change(happening.subject, by=happening.by, at=happening.at) as record:
        return replace(record, concerned=happening.concerned)
