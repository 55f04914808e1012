"""What mails say of a meeting: what became of it, with what calendars read; and that it is soon."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from trialogue.deliveries.appointments import REMINDERS
from trialogue.deliveries.carriers import envelope
from trialogue.deliveries.carriers.content import Content
from trialogue.deliveries.models import AlreadyRead, Delivery, Moot, Outcome
from trialogue.deliveries.wishes import Notice
from trialogue.meetings.ics import Invitation, Mailbox
from trialogue.meetings.models import Meeting, State
from trialogue.people.models import Membership, Side

# What is told, in which state that is still true, and the subject of the mail.
_TOLD: dict[str, tuple[str, Any]] = {
    "meeting.offered": (State.OFFERED, _("Choose a time: {subject}")),
    "meeting.declined": (State.DECLINED, _("Not agreed: {subject}")),
    "meeting.agreed": (State.AGREED, _("Agreed: {subject}")),
    "meeting.moved": (State.AGREED, _("Moved: {subject}")),
    "meeting.called_off": (State.CALLED_OFF, _("Called off: {subject}")),
    "meeting.held": (State.HELD, _("Notes: {subject}")),
    "meeting.tomorrow": (State.AGREED, _("Tomorrow: {subject}")),
    "meeting.soon": (State.AGREED, _("In an hour: {subject}")),
}


def write(delivery: Delivery, reader: Membership) -> Content | Outcome:
    """In the reader's language and zone. Nothing, when it has changed since: that is told as well. What no calendar reads, as of who
    stands in, is not sent either when the reader has seen it by then."""  # fmt: skip
    meeting = delivery.meeting
    assert meeting is not None
    state, said = _TOLD[delivery.event_kind]
    reminds = delivery.event_kind in REMINDERS
    if meeting.state != state or meeting.sequence != delivery.first or (reminds and meeting.has_begun(timezone.now())):
        return Moot("it has changed since")
    is_host = reader.organisation.kind == Side.OPERATOR
    other = meeting.guest if is_host else meeting.host or delivery.organisation
    told = meeting.is_met_by(reader) and meeting.host is not None and meeting.starts_at is not None and not reminds
    context: dict[str, Any] = {
        "kind": delivery.event_kind, "is_host": is_host, "other": other, "reminds": reminds, "told": told,
        "zone": timezone.get_current_timezone_name(),
    }  # fmt: skip
    subject = str(said).format(name=other, subject=meeting.subject)
    if delivery.seen_at and not told:
        return AlreadyRead()
    notices = frozenset({Notice.MEETING})
    return Content("meeting", context, subject, notices=notices, invitation=invitation(meeting) if told else None)


def invitation(meeting: Meeting) -> Invitation:
    """What calendars are told now. The house invites, so that nobody's calendar takes it for an appointment of its owner's own."""
    assert meeting.host is not None
    begin, end = meeting.span
    host, guest = meeting.host.person, meeting.person
    page = f"{settings.BASE_URL}/meetings/{meeting.number}/"
    lines = [meeting.about, meeting.link and translation.gettext("Join: {link}").format(link=meeting.link)]
    lines.append(translation.gettext("Move it or call it off: {page}").format(page=page))
    title = translation.gettext("{subject} ({guest} and {host})")
    return Invitation(
        uid=f"{meeting.public_id}@{settings.HOST}", sequence=meeting.sequence, changed_at=meeting.changed_at,
        starts_at=begin, ends_at=end, link=meeting.link, page=page, text="\n\n".join(line for line in lines if line),
        title=title.format(subject=meeting.subject, guest=meeting.guest, host=host),
        organizer=Mailbox(f"{host} · {meeting.host.organisation}", envelope.sender()),
        attendees=tuple(Mailbox(one.name, one.email) for one in (guest, host) if one),
        is_off=meeting.state == State.CALLED_OFF,
    )  # fmt: skip
