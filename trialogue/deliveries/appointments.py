"""Who is told of a meeting, and reminded of it: those who meet, and who stands in for them. `carriers.meeting` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from trialogue.deliveries.absences import Absence
from trialogue.deliveries.models import Delivery, DeliveryQuerySet
from trialogue.events.change import Happening, change
from trialogue.meetings.models import Meeting, State
from trialogue.people.models import Organisation, Person

REMINDERS = {"meeting.tomorrow": timedelta(days=1), "meeting.soon": timedelta(hours=1)}


def tell_of_meeting(happening: Happening) -> None:
    """What was agreed, moved or called off both sides get for their calendars, whoever did it; all else the other side alone. Who
    stands in for one of them hears of it, and has it in no calendar. That one is asked for, its request tells.

    Of what was booked on a page of others, that page tells them.
    """
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    if meeting.is_external:
        return
    of_calendars = happening.kind in ("meeting.agreed", "meeting.moved") or happening.things.get("was") == State.AGREED
    told: dict[str, Any] = {"at": happening.at, "reminds": False}
    for person, organisation, stands_in in _those_who_hear(meeting, happening.at):
        if (of_calendars and not stands_in) or person.public_id != happening.by.by:
            Delivery.invite(meeting, person, organisation, happening.kind, stands_in=stands_in, **told)


def tell_of_notes(happening: Happening) -> None:
    """What there is to remember of it; in the conversation that it is about, the message tells it."""
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    if meeting.notes and not happening.things["said"]:
        tell_of_meeting(happening)


def remind_of_meeting(happening: Happening) -> None:
    """A day and an hour before it begins; what was to remind of its former time does not any more."""
    meeting = happening.subject
    assert isinstance(meeting, Meeting)
    _reminders(meeting).delete()  # told to nobody yet
    if meeting.state == State.AGREED and not meeting.is_external:
        _remind(meeting, happening.at)


def remind_who_stands_in(happening: Happening) -> None:
    """Of what is agreed with somebody who is away then, their colleague is reminded as well."""
    person, home, at = happening.things["person"], happening.subject.pk, happening.at
    theirs = Q(person=person, organisation=home) | Q(host__person=person, host__organisation=home)
    agreed = Meeting.objects.filter(theirs, state=State.AGREED, starts_at__gt=at, external_id=None)
    for meeting in agreed.order_by("pk").shown():
        with change(meeting, by=happening.by, at=at):
            _reminders(meeting).filter(since__gt=at).delete()
            _remind(meeting, at)


def _reminders(meeting: Meeting) -> DeliveryQuerySet:
    return Delivery.objects.unsettled().filter(meeting=meeting, event_kind__in=REMINDERS)


def _remind(meeting: Meeting, now: datetime) -> None:
    for kind, before in REMINDERS.items():
        due_at = meeting.span[0] - before
        for person, organisation, stands_in in _those_who_hear(meeting, due_at) if due_at > now else ():
            Delivery.invite(meeting, person, organisation, kind, at=due_at, reminds=True, stands_in=stands_in)


def _those_who_hear(meeting: Meeting, at: datetime) -> Iterator[tuple[Person, Organisation, bool]]:
    """The guest, the host if there is one yet, and (True) who stands in for one of them."""
    guest, host, theirs = (meeting.person, meeting.organisation), meeting.host, Q(pk=None)
    for person, organisation in (guest, (host.person, host.organisation) if host else (None, None)):
        if person and organisation:
            theirs |= Q(membership__person=person, membership__organisation=organisation)
            yield person, organisation, False
    away = Absence.objects.in_force(at).filter(theirs).order_by("pk")
    for one in away.select_related("colleague__person__wishes", "colleague__organisation"):
        if one.colleague:
            yield one.colleague.person, one.colleague.organisation, True
