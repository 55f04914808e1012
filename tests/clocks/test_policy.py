"""Promises in versions: the operator introduces one, for clocks to come; each counts in its own way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.clocks import proposing
from trialogue.clocks.models import Calendar, Clock, Policy, Unit
from trialogue.clocks.policies import in_words
from trialogue.events.models import Event
from trialogue.people.models import Actor, Environment, Refused

TOLD: dict[str, Any] = {"within": 36, "unit": Unit.BUSINESS_HOURS, "warn_after": 60}
OFFICE = {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}


def test_a_new_version_is_numbered_told_and_in_force(cast: Cast) -> None:
    made = Policy.introduce("reply", by=cast.olga, at=MONDAY, **TOLD)
    assert (made.version, made.words, made.effective_from) == (2, "36 business hours", MONDAY)
    assert Policy.in_force("reply", MONDAY) == made
    event = Event.objects.get(kind="policy.introduced")
    assert event.facts == {"promise": "reply", "version": 2, "within": 36, "unit": "business_hours"}
    assert (event.subject, event.by) == (cast.olga.acting_for, cast.olga.by)
    assert proposing.told_of_promises() == {
        "reply 2": proposing.Told(MONDAY, "Olga Lind", "Trialogue Operations", "web")
    }


def test_a_version_that_came_between_is_told_and_nothing_is_saved(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each operator holds only its own row, so two of them may count the same versions."""
    asked = Policy.full_clean

    def and_then_taken(self: Policy, **how: Any) -> None:
        asked(self, **how)
        Policy.objects.bulk_create([Policy(promise="reply", version=2, effective_from=MONDAY, within=1, unit="hours")])

    monkeypatch.setattr(Policy, "full_clean", and_then_taken)
    with pytest.raises(ValidationError, match="Someone else introduced version 2 meanwhile"):
        Policy.introduce("reply", by=cast.olga, at=MONDAY, **TOLD)


def test_one_for_later_waits(cast: Cast) -> None:
    later = MONDAY + timedelta(days=7)
    made = Policy.introduce("reply", by=cast.olga, at=MONDAY, effective_from=later, **TOLD)
    assert Policy.in_force("reply", MONDAY).version == 1
    assert Policy.in_force("reply", later) == made


def test_clocks_that_run_stay(cast: Cast) -> None:
    cast.conversation().post(by=cast.clara, body="?", at=MONDAY)
    before = Clock.objects.open().values("due_at", "policy").get()
    Policy.introduce("reply", by=cast.olga, at=MONDAY, **TOLD)
    assert Clock.objects.open().values("due_at", "policy").get() == before


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "otto"])
def test_only_the_operator_makes_promises(cast: Cast, who: str) -> None:
    with pytest.raises(Refused, match="admin of the operator"):
        Policy.introduce("reply", by=getattr(cast, who), **TOLD)


def test_a_member_of_the_operator_makes_none(cast: Cast) -> None:
    with pytest.raises(Refused):
        Policy.introduce("reply", by=replace(cast.olga, role="member"), **TOLD)


def test_a_key_speaks_for_the_operator_in_production_alone(cast: Cast) -> None:
    key = Actor(cast.olga.organisation, via="api")
    assert Policy.introduce("reply", by=key, **TOLD).version == 2
    with pytest.raises(Refused):
        Policy.introduce("reply", by=replace(key, environment=Environment.TEST), **TOLD)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"within": 0}, "within"), ({"within": 126, "unit": "business_days"}, "within"), ({"within": 3001}, "within"),
        ({"unit": "minutes"}, "unit"), ({"warn_after": 0}, "warn_after"), ({"warn_after": 100}, "warn_after"),
    ],
)  # fmt: skip
def test_what_no_promise_can_be_is_refused_at_its_field(cast: Cast, told: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Policy.introduce("reply", by=cast.olga, **TOLD | told)
    assert field in refused.value.error_dict
    assert Policy.objects.filter(promise="reply").count() == 1


def test_a_promise_nobody_knows_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="no such promise"):
        Policy.introduce("nonsense", by=cast.olga, **TOLD)


def test_of_two_at_once_the_second_is_asked_to_look(cast: Cast) -> None:
    Policy.introduce("reply", by=cast.olga, replaces=1, **TOLD)
    with pytest.raises(ValidationError, match="Someone else introduced version 2"):
        Policy.introduce("reply", by=cast.olga, replaces=1, **TOLD)
    with pytest.raises(ValidationError, match="Someone else introduced version 1"):
        Calendar.introduce(cast.paul.organisation, by=cast.paul, replaces=0, zone="UTC", week=OFFICE)


# --- who sets working hours -------------------------------------------------------------------------------------------


def test_admins_of_an_organisation_and_of_the_operator_set_its_hours(cast: Cast) -> None:
    for by in (cast.paul, cast.olga, Actor(cast.paul.organisation, via="api")):
        Calendar.introduce(cast.paul.organisation, by=by, zone="UTC", week=OFFICE)
    assert cast.paul.organisation.calendars.count() == 4  # type: ignore[attr-defined]


def test_nobody_else_sets_them(cast: Cast) -> None:
    test_key = Actor(cast.paul.organisation, environment=Environment.TEST, via="api")
    for by in (cast.petra, cast.clara, cast.rita, cast.pia, test_key, replace(cast.olga, role="member")):
        with pytest.raises(Refused, match="Only an admin of Kanzlei Brandt & Partner"):
            Calendar.introduce(cast.paul.organisation, by=by, zone="UTC", week=OFFICE)


# --- what a promise counts --------------------------------------------------------------------------------------------


def due(cast: Cast, unit: str, within: int, start: datetime = MONDAY, **time: Any) -> datetime:
    Calendar.introduce(
        cast.paul.organisation, at=MONDAY, **{"zone": "Europe/Berlin", "week": OFFICE, "effective_from": MONDAY} | time
    )
    Policy.introduce("reply", by=cast.olga, at=MONDAY, within=within, unit=unit, warn_after=75)
    cast.conversation(at=MONDAY).post(by=cast.clara, body="?", at=start)
    clock = Clock.objects.open().get()
    assert proposing.due_many(clock.policy, clock.calendar, proposing.as_micros([start]))[0] == proposing.as_micros([clock.due_at])[0]  # fmt: skip
    return clock.due_at


def test_business_hours_are_working_days_around_the_clock_whatever_the_office_hours(cast: Cast) -> None:
    assert due(cast, Unit.BUSINESS_HOURS, 48) == MONDAY + timedelta(days=2)


def test_own_closed_days_are_no_business_days(cast: Cast) -> None:
    closed = {"2026-03-10": "Outing"}
    assert due(cast, Unit.BUSINESS_HOURS, 48, closed=closed, shortened={"2026-03-11": []}) == MONDAY + timedelta(days=4)


def test_a_shortened_day_is_a_whole_business_day(cast: Cast) -> None:
    assert due(cast, Unit.BUSINESS_HOURS, 48, shortened={"2026-03-10": [["09:00", "10:00"]]}) == MONDAY + timedelta(days=2)  # fmt: skip


def test_office_hours_are_only_those(cast: Cast) -> None:
    # From 12:00, when lunch begins: four hours on Monday, four on Tuesday.
    assert due(cast, Unit.OFFICE_HOURS, 8) == datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def test_hours_are_every_hour(cast: Cast) -> None:
    saturday = MONDAY + timedelta(days=5)
    assert due(cast, Unit.HOURS, 4, saturday) == saturday + timedelta(hours=4)


def test_it_is_said_in_words() -> None:
    assert [in_words(count, unit) for unit in Unit.values for count in (1, 2)] == [
        "1 business hour", "2 business hours", "1 office hour", "2 office hours", "1 business day", "2 business days", "1 hour", "2 hours",
    ]  # fmt: skip
