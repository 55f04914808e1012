"""When somebody of the cast can be met, and a meeting that is booked then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.cast import MONDAY
from trialogue.meetings.models import Host, Meeting
from trialogue.people.models import Actor

WEEK = {str(day): [["09:00", "12:00"], ["13:00", "16:00"]] for day in range(5)}
TERMS: dict[str, Any] = {
    "zone": "Europe/Copenhagen", "week": WEEK, "lengths": [30, 60], "link": "https://meet.example.org/{number}-{token}",
}  # fmt: skip
TUESDAY_TEN = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)  # in Copenhagen; a free time of Olga's from MONDAY on
WEDNESDAY_TEN = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)


def hosting(by: Actor, **told: Any) -> Host:
    assert by.person is not None
    return Host.describe(by.person, by=by, at=MONDAY, **(TERMS | {"notice": 1} | told))


def booked(host: Host, by: Actor, starts_at: datetime = TUESDAY_TEN, **told: Any) -> Meeting:
    about = {"minutes": 30, "subject": "How we go on", "at": MONDAY} | told
    return Meeting.book(host, starts_at, by=by, **about)
