"""GET /clocks"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, errors, is_problem
from trialogue.clocks.models import PROMISES, Clock, break_due

NOON = MONDAY + timedelta(hours=1)


@pytest.fixture
def hands() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as hands:
        yield hands


def cases(caller: Caller, **query: Any) -> list[str]:
    return [clock["case"] for clock in caller.get("clocks", **query).json()["items"]]


def test_a_clock_is_told_whole(cast: Cast, clara: Caller, hands: Any) -> None:
    case = cast.released()
    clock = Clock.objects.get()
    assert clara.get("clocks").json()["items"] == [
        {
            "id": clock.public_id,
            "case": case.reference,
            "request": None,
            "relationship": None,
            "promise": "confirm",
            "promise_label": str(PROMISES["confirm"]),
            "within": "24 business hours",
            "state": "running",
            "owner": {"id": cast.paul.organisation.public_id, "name": "Kanzlei Brandt & Partner"},
            "owed_to": {"id": cast.clara.organisation.public_id, "name": "Nordlys Energi A/S"},
            "zone": "Europe/Berlin",
            "started_at": "2026-03-09T11:00:00Z",
            "warn_at": "2026-03-10T05:00:00Z",
            "due_at": "2026-03-10T11:00:00Z",
            "settled_at": None,
            "left_seconds": 23 * 3600,
            "explanation_url": f"http://127.0.0.1:8000/api/v1/clocks/{clock.public_id}/explanation",
        }
    ]


def test_each_sees_what_it_owes_and_is_owed(
    cast: Cast, clara: Caller, paul: Caller, olga: Caller, rita: Caller, otto: Caller, pia: Caller, hands: Any
) -> None:
    case = cast.released()
    for caller in (clara, paul, olga):
        assert cases(caller) == [case.reference]
    for caller in (rita, otto, pia):
        assert cases(caller) == []


def test_owner_me_is_what_i_owe_and_them_what_others_owe(cast: Cast, clara: Caller, paul: Caller, hands: Any) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=NOON)
    talk.post(by=cast.paul, body="Which invoice?", at=NOON)
    assert (cases(clara, owner="me", state="open"), cases(clara, owner="them", state="open")) == (
        [talk.case.reference],
        [],
    )
    assert (cases(paul, owner="me", state="open"), cases(paul, owner="them", state="open")) == (
        [],
        [talk.case.reference],
    )


def test_an_owner_may_be_named_by_id(cast: Cast, clara: Caller, hands: Any) -> None:
    case = cast.released()
    assert cases(clara, owner=cast.paul.organisation.public_id) == [case.reference]
    assert cases(clara, owner=cast.clara.organisation.public_id) == []
    assert cases(clara, owner="org_0000000000000000") == []


def test_a_word_that_is_no_owner_is_refused(clara: Caller) -> None:
    for owner in ("us", "org", "clk_1", "a\x00"):
        response = clara.get("clocks", owner=owner)
        assert is_problem(response, 422, "invalid")
        assert set(errors(response)) == {"owner"}


def looks(caller: Caller, hands: Any, after: timedelta) -> dict[str, bool]:
    hands.move_to(MONDAY + after)
    return {state: bool(cases(caller, state=state)) for state in ("running", "at_risk", "broken", "open")}


def test_a_state_is_what_the_clock_looks_like_now(cast: Cast, clara: Caller, hands: Any) -> None:
    cast.released()
    running, at_risk, broken = (
        looks(clara, hands, timedelta(hours=1)),
        looks(clara, hands, timedelta(hours=18)),
        looks(clara, hands, timedelta(hours=24)),
    )
    assert running == {"running": True, "at_risk": False, "broken": False, "open": True}
    assert at_risk == {"running": False, "at_risk": True, "broken": False, "open": True}
    assert broken == {"running": False, "at_risk": False, "broken": True, "open": True}
    assert clara.get("clocks").json()["items"][0]["state"] == "broken"  # though no worker has noticed yet
    assert break_due(MONDAY + timedelta(hours=24, microseconds=1)) == 1
    assert looks(clara, hands, timedelta(hours=24)) == broken


def test_settled_clocks_are_found_by_how_they_ended(cast: Cast, clara: Caller, hands: Any) -> None:
    kept, late, cancelled = cast.released("KEPT"), cast.released("LATE"), cast.confirmed("CANCELLED")
    kept.confirm(by=cast.paul, at=NOON)
    late.confirm(by=cast.paul, at=MONDAY + timedelta(days=2))
    cancelled.conversation.post(by=cast.clara, body="Hm", at=NOON)
    cancelled.close(by=cast.paul, code="Paid", at=NOON)
    assert kept.reference in cases(clara, state="kept")
    assert cases(clara, state="late") == [late.reference]
    assert cases(clara, state="cancelled") == [cancelled.reference]
    assert cases(clara, state="open") == []


def test_a_settled_clock_has_no_time_left(cast: Cast, clara: Caller, hands: Any) -> None:
    cast.confirmed()
    (clock,) = clara.get("clocks").json()["items"]
    assert (clock["state"], clock["left_seconds"], clock["settled_at"]) == ("kept", None, "2026-03-09T11:00:00Z")


def test_past_due_time_left_is_negative(cast: Cast, clara: Caller, hands: Any) -> None:
    cast.released()
    hands.move_to(MONDAY + timedelta(hours=25))
    assert clara.get("clocks").json()["items"][0]["left_seconds"] == -3600


def test_states_may_be_repeated(cast: Cast, clara: Caller, hands: Any) -> None:
    first, second = cast.released("INV-1"), cast.confirmed("INV-2")
    assert sorted(cases(clara, state=["running", "kept"])) == sorted([first.reference, second.reference])


def test_a_word_that_is_no_state_is_refused(clara: Caller) -> None:
    response = clara.get("clocks", state="ticking")
    assert is_problem(response, 422, "invalid")
    assert "at_risk" in str(errors(response))


def test_the_one_due_first_comes_first_and_pages_follow_each_other(cast: Cast, clara: Caller, hands: Any) -> None:
    made = [cast.released(f"INV-{n}", at=MONDAY - timedelta(minutes=n // 2)).reference for n in range(5)]
    whole = cases(clara)
    first = clara.get("clocks", limit=2).json()
    second = clara.get("clocks", limit=2, after=first["next"]).json()
    third = clara.get("clocks", limit=2, after=second["next"]).json()
    assert [clock["case"] for page in (first, second, third) for clock in page["items"]] == whole
    assert third["next"] is None
    assert whole[0] == made[4]
    assert sorted(whole) == sorted(made)


def test_it_takes_two_queries_however_many(cast: Cast, clara: Caller, django_assert_num_queries: Any) -> None:
    for number in range(4):
        cast.released(f"INV-{number}")
    with django_assert_num_queries(2):
        assert len(cases(clara)) == 4
