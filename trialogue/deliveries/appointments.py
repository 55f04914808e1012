"""Who is told of a meeting, and reminded of it: reactions to what becomes of one. `carriers.meeting` writes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from trialogue.clocks.models import Calendar
from trialogue.deliveries.models import Delivery
from trialogue.events.change import Happening
from trialogue.meetings.models import Host, Meeting, State
from trialogue.people.models import Organisation, Person, Role

REMINDERS = {"meeting.tomorrow": timedelta(days=1), "meeting.soon": timedelta(hours=1)}


def tell_of_meeting(happening: Happening) -> None:
    """What was agreed, moved or called off both sides get for their calendars, whoever did it; all else the other side alone.

    Of what was booked on a page of others, that page tells them.
    """
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    if meeting.is_external:
        return
    of_calendars = happening.kind in ("meeting.agreed", "meeting.moved") or happening.things.get("was") == State.AGREED
    for person, organisation in (_guest(meeting), *_hosts(meeting)):
        if person and organisation and (of_calendars or person.public_id != happening.by.by):
            _tell(meeting, person, organisation, happening.kind, happening.at)


def ask_again(happening: Happening) -> None:
    """What was asked for and waits for two business days is told once more to whoever is to answer."""
    meeting, at = happening.subject, happening.at
    assert isinstance(meeting, Meeting)
    for person, organisation in _hosts(meeting):
        if person and organisation:
            due_at = Calendar.in_force(organisation, at).working_time.add_days(at, 2)
            _tell(meeting, person, organisation, "meeting.waits", due_at)


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
    former = Delivery.objects.unsettled().filter(meeting=meeting, event_kind__in=REMINDERS)
    former.update(state=Delivery.State.MOOT, settled_at=at)
    if meeting.state != State.AGREED or meeting.is_external or meeting.starts_at is None:
        return
    for kind, before in REMINDERS.items():
        due_at = meeting.starts_at - before
        for person, organisation in (_guest(meeting), *_hosts(meeting)) if due_at > at else ():
            if person and organisation:
                _tell(meeting, person, organisation, kind, due_at)


Reader = tuple[Person | None, Organisation | None]


def _guest(meeting: Meeting) -> Reader:
    return meeting.person, meeting.organisation


def _hosts(meeting: Meeting) -> Iterable[Reader]:
    """The host; while there is none yet, the account manager who is asked, or whoever meets that side, or the admins."""
    if meeting.host:
        return [(meeting.host.person, meeting.host.organisation)]
    operator = Organisation.objects.operator()
    if meeting.asked_of:
        return [(meeting.asked_of, operator)]
    assert meeting.organisation is not None
    meets = [(host.person, host.organisation) for host in Host.objects.meeting(meeting.organisation.kind).shown()]
    admins = operator.memberships.filter(role=Role.ADMIN).select_related("person") if operator and not meets else ()
    return [*meets, *((admin.person, operator) for admin in admins)]


def _tell(meeting: Meeting, person: Person, organisation: Organisation, kind: str, at: datetime) -> None:
    told: dict[str, Any] = {"since": at, "latest_at": at, "due_at": at, "first": meeting.sequence, "event_kind": kind}
    Delivery.objects.create(
        kind=Delivery.Kind.MEETING, person=person, organisation=organisation, meeting=meeting, **told
    )
