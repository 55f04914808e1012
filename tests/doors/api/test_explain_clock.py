"""GET /clocks/{id}/explanation"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller, is_problem
from trialogue.clocks.models import Clock

FRIDAY = datetime(2026, 3, 13, 11, 0, tzinfo=UTC)


@pytest.fixture
def clock(cast: Cast) -> Clock:
    cast.released(at=FRIDAY)
    return Clock.objects.get()


def test_it_lists_what_was_counted_and_what_was_not(clock: Clock, clara: Caller) -> None:
    told = clara.get(f"clocks/{clock.public_id}/explanation").json()
    assert told["stretches"] == [
        {"start": "2026-03-13T11:00:00Z", "end": "2026-03-13T23:00:00Z", "seconds": 43200, "counted": True, "why": "working time"},
        {"start": "2026-03-13T23:00:00Z", "end": "2026-03-14T23:00:00Z", "seconds": 86400, "counted": False, "why": "Saturday"},
        {"start": "2026-03-14T23:00:00Z", "end": "2026-03-15T23:00:00Z", "seconds": 86400, "counted": False, "why": "Sunday"},
        {"start": "2026-03-15T23:00:00Z", "end": "2026-03-16T11:00:00Z", "seconds": 43200, "counted": True, "why": "working time"},
    ]  # fmt: skip
    assert told["counted_seconds"] == 24 * 3600
    assert told["clock"]["id"] == clock.public_id
    assert told["stretches"][-1]["end"] == told["clock"]["due_at"]


def test_it_speaks_the_askers_language(clock: Clock, clara: Caller) -> None:
    told = clara.get(f"clocks/{clock.public_id}/explanation", {"Accept-Language": "da"}).json()
    assert told["stretches"][1]["why"] == "lørdag"


def test_someone_elses_clock_looks_like_none_at_all(clock: Clock, otto: Caller, pia: Caller, rita: Caller) -> None:
    for caller in (otto, pia, rita):
        response = caller.get(f"clocks/{clock.public_id}/explanation")
        assert is_problem(response, 404, "not-found")
        assert response.content == caller.get("clocks/clk_0000000000000000/explanation").content


def test_it_takes_two_queries(clock: Clock, paul: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):
        paul.get(f"clocks/{clock.public_id}/explanation")
