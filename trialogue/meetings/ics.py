"""A meeting as calendars take it (RFC 5545, 5546): asked for by REQUEST, taken back by CANCEL, told apart by its sequence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText


@dataclass(frozen=True)
class Mailbox:
    name: str
    address: str


@dataclass(frozen=True)
class Invitation:
    """`changed_at` is when it became as it is now; a higher `sequence` replaces a lower one of the same `uid`."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    text: str
    link: str  # where one meets; "" if nowhere yet
    page: str
    organizer: Mailbox
    attendees: tuple[Mailbox, ...]
    is_off: bool = False

    @property
    def method(self) -> str:
        return "CANCEL" if self.is_off else "REQUEST"


def write(told: Invitation) -> str:
    """Times in UTC, which every calendar shows in its owner's zone. All have agreed already, so nobody is asked to answer."""
    event = Event()
    event.add("uid", told.uid)
    event.add("dtstamp", told.changed_at.astimezone(UTC))
    event.add("last-modified", told.changed_at.astimezone(UTC))
    event.add("sequence", told.sequence)
    event.add("dtstart", told.starts_at.astimezone(UTC))
    event.add("dtend", told.ends_at.astimezone(UTC))
    event.add("summary", told.title)
    event.add("description", told.text)
    event.add("url", told.page)
    event.add("status", "CANCELLED" if told.is_off else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if told.link:
        event.add("location", told.link)
    event.add("organizer", _address(told.organizer))
    for each in told.attendees:
        event.add(
            "attendee", _address(each, ROLE="REQ-PARTICIPANT", PARTSTAT="ACCEPTED", RSVP="FALSE", CUTYPE="INDIVIDUAL")
        )
    calendar = Calendar()
    calendar.add("prodid", "-//Trialogue//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", told.method)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written.decode()


def _address(told: Mailbox, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{told.address}")
    address.params["CN"] = vText(told.name)
    for name, value in parameters.items():
        address.params[name] = vText(value)
    return address
