"""What pages of others tell of what was booked there, by webhook: that it is them, and what it means. Pure.

Calendly signs the moment and the body, Cal.com the body alone: there, that twice is once has to do.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

TOLERANCE = timedelta(minutes=5)
_STAMP = re.compile(r"[0-9]{1,12}")


class Unreadable(ValueError):
    """It says that something was booked or called off, and lacks what we need to know of it."""


@dataclass(frozen=True)
class Booking:
    """One booking, `id` being its name there; `former` that of the one which it replaces. `is_off`: called off."""

    id: str
    former: str = ""
    is_off: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    title: str = ""
    name: str = ""
    email: str = ""
    host: str = ""  # address
    link: str = ""
    reason: str = ""


def is_calendly(key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    told = [part.strip().partition("=")[::2] for part in headers.get("Calendly-Webhook-Signature", "").split(",")]
    at = next((value for name, value in told if name == "t"), "")
    if not _STAMP.fullmatch(at) or abs(now.timestamp() - int(at)) > TOLERANCE.total_seconds():
        return False
    right = hmac.new(key.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return any(_same(right, value) for name, value in told if name == "v1")


def is_cal(key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    right = hmac.new(key.encode(), body, "sha256").hexdigest()
    return _same(right, headers.get("X-Cal-Signature-256", ""))


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.strip().encode())


def read_calendly(told: Any) -> Booking | None:
    """None for what is none of our affair: other events, and the half of a move that only says what is no more."""
    kind, here = _text(told, "event"), _part(told, "payload")
    if kind not in ("invitee.created", "invitee.canceled"):
        return None
    event, name = _part(here, "scheduled_event"), _text(here, "uri")
    if kind == "invitee.canceled":
        if here.get("rescheduled") is True:
            return None
        return Booking(_needed(name), is_off=True, reason=_text(_part(here, "cancellation"), "reason"))
    members = event.get("event_memberships")
    hosts = (
        [_text(each, "user_email") for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    )
    return Booking(
        _needed(name), former=_short(_text(here, "old_invitee")), starts_at=_moment(event, "start_time"), ends_at=_moment(event, "end_time"),
        title=_text(event, "name"), name=_text(here, "name"), email=_text(here, "email"), host=next(iter(hosts), ""),
        link=_text(_part(event, "location"), "join_url"),
    )  # fmt: skip


def read_cal(told: Any) -> Booking | None:
    kind, here = _text(told, "triggerEvent"), _part(told, "payload")
    if kind not in ("BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"):
        return None
    name = _needed(_text(here, "uid"))
    if kind == "BOOKING_CANCELLED":
        return Booking(name, is_off=True, reason=_text(here, "cancellationReason"))
    attendees = here.get("attendees")
    guest = next((each for each in attendees if isinstance(each, dict)), {}) if isinstance(attendees, list) else {}
    return Booking(
        name, former=_short(_text(here, "rescheduleUid")), starts_at=_moment(here, "startTime"), ends_at=_moment(here, "endTime"),
        title=_text(here, "title"), name=_text(guest, "name"), email=_text(guest, "email"), host=_text(_part(here, "organizer"), "email"),
        link=_text(_part(here, "metadata"), "videoCallUrl"),
    )  # fmt: skip


class Provider(NamedTuple):
    is_theirs: Callable[[str, Mapping[str, str], bytes, datetime], bool]
    read: Callable[[Any], Booking | None]


PROVIDERS = {"calendly": Provider(is_calendly, read_calendly), "cal": Provider(is_cal, read_cal)}


def _part(told: Any, name: str) -> dict[str, Any]:
    found = told.get(name) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}


def _text(told: Any, name: str) -> str:
    found = told.get(name) if isinstance(told, dict) else None
    return found.replace("\x00", "").strip() if isinstance(found, str) else ""


def _needed(name: str) -> str:
    if not name:
        raise Unreadable("it has no name")
    return _short(name)


def _short(name: str) -> str:
    if len(name) > 200:
        raise Unreadable("its name is too long")
    return name


def _moment(told: dict[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(told, name))
        if found.tzinfo is None:
            raise Unreadable(f"{name} has no zone")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as why:
        raise Unreadable(f"{name} is no moment") from why
