"""Working hours in versions: a new one is for clocks to come, and one that makes no sense is refused in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Calendar, Clock, Policy, Unit
from trialogue.events.models import Event

WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}


def introduce(cast: Cast, **told: Any) -> Calendar:
    return Calendar.introduce(
        cast.paul.organisation, by=cast.paul, **{"zone": "Europe/Berlin", "week": WEEK, "country": "DE"} | told
    )


def test_a_new_version_never_moves_an_old_clock(cast: Cast) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="?", at=MONDAY)
    before = Clock.objects.open().values("due_at", "warn_at", "calendar").get()
    introduce(cast, effective_from=MONDAY - timedelta(days=30), at=MONDAY)
    assert Clock.objects.open().values("due_at", "warn_at", "calendar").get() == before


def test_a_clock_uses_the_version_in_force_when_it_starts(cast: Cast) -> None:
    talk = cast.conversation()
    new = introduce(cast, effective_from=MONDAY + timedelta(days=1), at=MONDAY)
    talk.post(by=cast.clara, body="?", at=MONDAY + timedelta(hours=23))
    assert Clock.objects.open().get().calendar.version == 1
    talk.post(by=cast.paul, body="!", expects_answer=False, at=MONDAY + timedelta(hours=24))
    talk.post(by=cast.clara, body="?", at=MONDAY + timedelta(hours=24))
    assert Clock.objects.open().get().calendar == new


def test_versions_are_numbered_and_told(cast: Cast) -> None:
    assert [introduce(cast).version for _ in range(3)] == [2, 3, 4]
    assert Event.objects.filter(kind="calendar.introduced", by=cast.paul.by).count() == 3


def test_of_two_that_begin_at_once_the_later_counts(cast: Cast) -> None:
    introduce(cast, effective_from=MONDAY)
    second = introduce(cast, effective_from=MONDAY)
    assert Calendar.in_force(cast.paul.organisation, MONDAY) == second


def test_before_the_first_version_the_first_counts(cast: Cast) -> None:
    long_ago = MONDAY - timedelta(days=3650)
    assert Calendar.in_force(cast.paul.organisation, long_ago).version == 1


@pytest.mark.parametrize(
    ("told", "field", "says"),
    [
        ({"week": {}}, "week", "no opening"),
        ({"week": {"0": []}}, "week", "no opening"),
        ({"week": {"7": [["09:00", "17:00"]]}}, "week", "0 (Monday) to 6"),
        ({"week": {"Monday": [["09:00", "17:00"]]}}, "week", "Give for each weekday"),
        ({"week": {"0": [["09:00", "25:00"]]}}, "week", "00:00 to 24:00"),
        ({"week": {"0": [["9", "17"]]}}, "week", "HH:MM"),
        ({"week": {"0": [["17:00", "09:00"]]}}, "week", "opens before it closes"),
        ({"week": {"0": [["09:00", "12:00"], ["11:00", "17:00"]]}}, "week", "overlap"),
        ({"week": {"0": [["09:00"]]}}, "week", "pairs"),
        ({"week": {"0": 8}}, "week", "Give for each weekday"),
        ({"week": [1]}, "week", "Give for each weekday"),
        ({"zone": "Mars/Olympus"}, "zone", "unknown zone"),
        ({"zone": "../../etc/passwd"}, "zone", "unknown zone"),
        ({"country": "XX"}, "country", "unknown country"),
        ({"subdivision": "ZZ"}, "subdivision", "no subdivision 'ZZ'"),
        ({"closed": ["2026-02-30"]}, "closed", "“2026-02-30” is no date"),
        ({"closed": ["24 December"]}, "closed", "is no date"),
        ({"closed": [20261224]}, "closed", "is no date"),
        ({"closed": 5}, "closed", "is no date"),
        ({"shortened": {"2026-13-24": [["09:00", "12:00"]]}}, "shortened", "“2026-13-24” is no date"),
        ({"shortened": {"2026-12-24": [["12:00", "09:00"]]}}, "week", "opens before it closes"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(cast: Cast, told: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        introduce(cast, **told)
    assert says in str(refused.value.message_dict[field])
    assert cast.paul.organisation.calendars.count() == 1  # type: ignore[attr-defined]


def test_every_organisation_has_one_from_the_beginning(cast: Cast) -> None:
    calendar = Calendar.in_force(cast.rita.organisation, MONDAY)
    assert (calendar.zone, calendar.country, calendar.is_around_the_clock) == ("Europe/Amsterdam", "NL", True)
    assert not Calendar(zone="UTC", week=WEEK).is_around_the_clock


# --- promises ---------------------------------------------------------------------------------------------------------


def test_the_promises_are_shipped(db: None) -> None:
    shipped = {p.promise: (p.within, p.unit, p.warn_after) for p in Policy.objects.all()}
    assert shipped == {
        "confirm": (24, "business_hours", 75), "reply": (48, "business_hours", 75), "supply": (2, "business_days", 75),
        "follow_up": (14, "business_days", 75), "update": (5, "business_days", 60),
        "answer": (2, "business_days", 75), "acknowledge": (2, "business_days", 75), "escalation": (1, "business_days", 50),
        "critical": (4, "hours", 25), "respond": (240, "hours", 70),
    }  # fmt: skip


def test_shipping_again_changes_nothing(db: None) -> None:
    Policy.objects.filter(promise="reply").update(within=40)
    Policy.ship()
    assert Policy.objects.get(promise="reply").within == 40


def test_a_new_policy_is_for_clocks_to_come(cast: Cast) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="?", at=MONDAY)
    Policy.objects.create(
        promise="reply", version=2, effective_from=MONDAY + timedelta(hours=1), within=4, unit=Unit.HOURS, warn_after=50
    )
    assert Clock.objects.open().get().due_at == MONDAY + timedelta(hours=48)
    talk.post(by=cast.paul, body="!", expects_answer=False, at=MONDAY + timedelta(hours=2))
    saturday = datetime.fromisoformat("2026-03-14T12:00+00:00")
    talk.post(by=cast.clara, body="?", at=saturday)
    clock = Clock.objects.open().get()
    assert (clock.due_at, clock.warn_at) == (saturday + timedelta(hours=4), saturday + timedelta(hours=2))
    assert clock.left(saturday) == timedelta(hours=4)
