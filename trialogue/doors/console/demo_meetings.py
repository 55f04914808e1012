"""Meetings of the demo's people: hosts with free times, one that was, one that is agreed and one that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from trialogue.meetings.models import Host, Meeting
from trialogue.people.models import Actor, Environment, Plan

if TYPE_CHECKING:
    from trialogue.doors.console.demo_world import World

_WEEK = {str(day): [["09:00", "12:00"], ["13:00", "16:00"]] for day in range(5)}
_TERMS: dict[str, Any] = {
    "zone": "Europe/Copenhagen", "week": _WEEK, "lengths": [30, 60], "after": 10, "notice": 4, "most_a_day": 5,
    "link": "https://meet.example.org/{number}-{token}",
}  # fmt: skip


def keep(world: World) -> None:
    """As if it had been lived: each by its verb, at times that are free whenever the world is loaded."""
    now, day = world.now, timedelta(days=1)
    olga, emil, katharina, paul = (
        world.actor(person, home, Environment.PRODUCTION)
        for person, home in (
            ("olga", "operator"),
            ("emil", "operator"),
            ("katharina", "falkenberg"),
            ("paul", "brandt"),
        )
    )
    katharina.organisation.set_plan(Plan.ENTERPRISE, by=olga)
    host = Host.describe(world.people["olga"], by=olga, at=now - 30 * day, **_TERMS)
    Host.describe(
        world.people["emil"],
        by=emil,
        at=now - 30 * day,
        **(_TERMS | {"meets": ["collection_partner"], "lengths": [30]}),
    )
    was = Meeting.book(
        host, _free(host, katharina, now - 14 * day)[4], by=katharina, minutes=30, subject="Zahlen des ersten Quartals",
        about="Drei Fälle sind über 90 Tage alt. Was raten Sie?", at=now - 14 * day,
    )  # fmt: skip
    assert was.ends_at is not None
    was.hold(
        by=olga,
        notes="Falkenberg hands in twelve older cases by the end of the month, as one file. Olga looks at the columns first.",
        at=was.ends_at,
    )
    Meeting.book(
        host, _free(host, katharina, now)[6], by=katharina, minutes=30, subject="Zwölf ältere Fälle in einer Datei",
        about="Die Datei aus unserem System hat andere Spalten als die Vorlage.", at=now - day / 4,
    )  # fmt: skip
    wishes = _free(host, paul, now)
    Meeting.ask(
        by=paul, subject="Cases in Austria", about="Two clients have asked whether we would work there. What would have to be agreed?",
        wishes=[wishes[8], wishes[20]], at=now - day / 8,
    )  # fmt: skip


def _free(host: Host, actor: Actor, at: datetime) -> Sequence[datetime]:
    return host.free(30, actor.environment, at)
