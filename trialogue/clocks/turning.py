"""How clocks turn when something happens: the reactions of this room."""

from __future__ import annotations

from trialogue.cases.models import Case, Engagement
from trialogue.clocks.models import WEEKDAYS_AROUND_THE_CLOCK, Calendar, Clock
from trialogue.conversations.models import Conversation, Message
from trialogue.events.change import Happening, Record, change
from trialogue.people.models import Organisation


def give_calendar(happening: Happening) -> None:
    """A new organisation works weekdays around the clock, but not on its country's holidays, until it says otherwise."""
    organisation = happening.subject
    assert isinstance(organisation, Organisation)
    Calendar.introduce(
        organisation, by=happening.by, at=happening.at, zone=organisation.zone, week=WEEKDAYS_AROUND_THE_CLOCK,
        country=organisation.country, subdivision=organisation.subdivision,
    )  # fmt: skip


def expect_confirmation(happening: Happening) -> None:
    engagement = happening.things["engagement"]
    assert isinstance(engagement, Engagement)
    case = _case(happening)
    Clock.start("confirm", record=_record(happening), case=case, owner=engagement.partner, owed_to=case.client)


def meet_confirmation(happening: Happening) -> None:
    """Confirming, or asking for what is missing, is the partner's word on a new case."""
    record = _record(happening)
    for clock in Clock.objects.open().filter(case=_case(happening), promise="confirm").select_related("owner"):
        clock.meet(record)


def turn(happening: Happening) -> None:
    """A message meets what its side owed, and the other side owes an answer from the oldest unanswered message on."""
    conversation, message = happening.subject, happening.things["message"]
    assert isinstance(conversation, Conversation)
    assert isinstance(message, Message)
    record, case = _record(happening), conversation.case
    speaker, listener = message.organisation, conversation.other_side(message.organisation)
    opened = list(Clock.objects.open().filter(conversation=conversation).select_related("owner"))
    for clock in opened:
        if clock.owner_id == speaker.pk:
            clock.meet(record)
    waiting = any(clock.owner_id != speaker.pk for clock in opened)
    if message.expects_answer and listener and not waiting and not case.is_over:
        promise = "reply" if listener.pk == case.partner_id else "supply"
        Clock.start(
            promise,
            record=record,
            case=case,
            owner=listener,
            owed_to=speaker,
            conversation=conversation,
            message=message,
        )


def cancel_all(happening: Happening) -> None:
    """A case that is over leaves nothing owed."""
    case = _case(happening)
    meet_confirmation(happening)  # closing is the partner's word on a new case, too
    # Under the conversation's lock, so that a message posted at the same moment cannot leave a clock behind.
    with change(case.conversation, by=happening.by, at=happening.at) as record:
        for clock in Clock.objects.open().filter(case=case).select_related("owner"):
            clock.cancel(record)


def _case(happening: Happening) -> Case:
    assert isinstance(happening.subject, Case)
    return happening.subject


def _record(happening: Happening) -> Record:
    """A record that joins the change the happening belongs to."""
    with change(happening.subject, by=happening.by, at=happening.at) as record:
        return record
