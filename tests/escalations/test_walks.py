"""Whatever happens in whatever order: no step is skipped, no clock is lost, and no two steps are open."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Clock, break_due
from trialogue.escalations.models import AccountManager, Escalation, Way
from trialogue.people.models import Refused
from trialogue.requests.models import Request, State

pytestmark = pytest.mark.django_db
ACTS = (
    "write",
    "answer",
    "ask back",
    "solve",
    "close",
    "climb",
    "climb",
    "break",
    "move",
    "wait a while",
    "wait until due",
)


def act(cast: Cast, request: Request, what: str, at: datetime) -> None:
    match what:
        case "write":
            request.write(by=cast.rita, body="And?", at=at)
        case "answer" | "ask back":
            request.answer(by=cast.olga, body="So.", asks=what == "ask back", at=at)
        case "solve":
            request.solve(by=cast.olga, at=at)
        case "close":
            request.close(by=cast.rita, at=at)
        case "climb":
            Escalation.climb(request, by=cast.rita, reason="It is blocked.", at=at)
        case "break":
            break_due(at)
        case "move":
            request.move_to("legal" if request.channel == "technical" else "technical", by=cast.olga, at=at)


def check(request: Request, what: str, seen: set[str], at: datetime) -> None:
    """What holds after each act. `seen` gathers the steps that were taken: none of them ever goes away."""
    request.refresh_from_db()
    steps, owed = list(request.escalations.all()), Clock.objects.open().filter(conversation=request.conversation)
    assert owed.count() == (request.state == State.OPEN), what
    assert sum(step.is_open for step in steps) <= 1
    assert len({step.step for step in steps}) == len(steps)
    assert seen <= {step.step for step in steps}
    seen |= {step.step for step in steps}
    if steps:
        assert steps[-1].is_open == (request.state == State.OPEN), what
        assert {clock.promise for clock in owed} <= {"escalation"}
    way = Way.of(request, at)
    if way is not None and request.channel == "technical":
        assert [rung.state for rung in way.rungs].count("open") == (request.state == State.OPEN)
        assert [rung.step.key for rung in way.rungs] == ["first", "account_manager", "critical"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=some.lists(some.sampled_from(ACTS), max_size=10))
def test_no_order_of_acts_loses_a_clock_or_leaves_two_steps_open(cast: Cast, acts: list[str]) -> None:
    before = transaction.savepoint()
    assert cast.olga.person
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    request, at, seen = Request.open(by=cast.rita, channel="technical", subject="Fails", body="Why?", at=MONDAY), MONDAY, set[str]()  # fmt: skip
    for what in acts:
        at += timedelta(minutes=1)
        if what == "wait a while":
            at += timedelta(hours=20)
        elif what == "wait until due" and (clock := Clock.objects.open().order_by("due_at").first()):
            at = max(at, clock.due_at)
        with suppress(Refused, ValidationError):
            act(cast, Request.objects.get(pk=request.pk), what, at)
        check(request, what, seen, at)
    transaction.savepoint_rollback(before)
