"""Who is told of a meeting, and reminded of it: reactions to what becomes of one. `carriers.meeting` writes it."""

from __future__ import annotations

from datetime import timedelta

from trialogue.deliveries.models import Delivery
from trialogue.events.change import Happening
from trialogue.meetings.models import Meeting, State
from trialogue.people.models import Organisation, Person

REMINDERS = {"meeting.tomorrow": timedelta(days=1), "meeting.soon": timedelta(hours=1)}


def tell_of_meeting(happening: Happening) -> None:
    """What was agreed, moved or called off both sides get for their calendars, whoever did it; all else the other side alone. That one
    is asked for, its request tells.

    Of what was booked on a page of others, that page tells them.
    """
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    if meeting.is_external:
        return
    of_calendars = happening.kind in ("meeting.agreed", "meeting.moved") or happening.things.get("was") == State.AGREED
    for person, organisation in _those_who_meet(meeting):
        if of_calendars or person.public_id != happening.by.by:
            Delivery.invite(meeting, person, organisation, happening.kind, at=happening.at, reminds=False)


def tell_of_notes(happening: Happening) -> None:
    """What there is to remember of it; in the conversation that it is about, the message tells it."""
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    if meeting.notes and not happening.things["said"]:
        tell_of_meeting(happening)


def remind_of_meeting(happening: Happening) -> None:
    """A day and an hour before it begins, those who meet; what was to remind of its former time does not any more."""
    meeting, at = happening.subject, happening.at
    assert isinstance(meeting, Meeting)
    Delivery.objects.unsettled().filter(meeting=meeting, event_kind__in=REMINDERS).delete()  # told to nobody yet
    if meeting.state != State.AGREED or meeting.is_external or meeting.starts_at is None:
        return
    for kind, before in REMINDERS.items():
        due_at = meeting.starts_at - before
        for person, organisation in _those_who_meet(meeting) if due_at > at else ():
            Delivery.invite(meeting, person, organisation, kind, at=due_at, reminds=True)


def _those_who_meet(meeting: Meeting) -> list[tuple[Person, Organisation]]:
    """The guest, and the host if there is one yet."""
    guest, host = (meeting.person, meeting.organisation), meeting.host
    found = [guest, (host.person, host.organisation) if host else (None, None)]
    return [(person, organisation) for person, organisation in found if person and organisation]
