"""Whatever is said and done in whatever order: one open clock at most, none on a closed case, and the log agrees."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import MONDAY, Cast
from trialogue.cases.lifecycle import MOVES, MoveRefused
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock, break_due, warn_due
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Refused

pytestmark = pytest.mark.django_db
_numbers = count()

# What the log's last word on a clock says its state is.
STATE_AFTER = {
    "clock.started": "running", "clock.warned": "running", "clock.kept": "kept", "clock.broken": "broken",
    "clock.answered": "late", "clock.cancelled": "cancelled",
}  # fmt: skip

posts = st.tuples(st.just("post"), st.sampled_from(["clara", "carl", "paul", "petra"]), st.booleans())
moves = st.tuples(st.just("move"), st.sampled_from([name for name in MOVES if name != "merge"]), st.booleans())
workers = st.tuples(st.just("work"), st.sampled_from([break_due, warn_due]), st.booleans())
steps = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 4), st.one_of(posts, posts, posts, moves, workers)), min_size=3, max_size=14
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_sequence_of_posts_moves_and_times(cast: Cast, steps: list[tuple[int, Any]]) -> None:
    case, now = cast.released(f"H-{next(_numbers)}"), MONDAY
    for minutes, (what, who, flag) in steps:
        now += timedelta(minutes=minutes)
        do(cast, case, what, who, flag, now)
        check(case)


def do(cast: Cast, case: Case, what: str, who: Any, flag: bool, now: Any) -> None:
    if what == "work":
        who(now)
    elif what == "post":
        with suppress(Refused):  # no partner works the case now, or another one
            case.conversation.post(by=getattr(cast, who), body="x", expects_answer=flag, at=now)
    else:
        with suppress(MoveRefused, Refused, ValidationError):
            case.move(who, by=mover(cast, case, who), at=now, **particulars(cast, case, who, flag))


def mover(cast: Cast, case: Case, move: str) -> Actor:
    sides = {
        "client": cast.clara,
        "operator": cast.olga,
        "collection_partner": cast.pia if case.partner == cast.pia.organisation else cast.paul,
    }
    return next(actor for side, actor in sides.items() if side in MOVES[move].sides)


def particulars(cast: Cast, case: Case, move: str, flag: bool) -> dict[str, Any]:
    codes = {"PendingVerification": "InvalidCaseData"}
    return {
        "message": "Words" if flag else "x", "reason": "r", "quote": "q", "decline_reason": "Disputed",
        "code": "NoQuotesReceived" if move == "abandon" else codes.get(case.state, "Paid"),
        "partner": cast.pia.organisation if flag else cast.paul.organisation,
    }  # fmt: skip


def check(case: Case) -> None:
    clocks = list(case.clocks.all())  # type: ignore[attr-defined]
    opened = [c for c in clocks if c.is_open]
    assert len({(c.owner_id, c.promise) for c in opened}) == len(opened)
    assert len([c for c in opened if c.conversation_id]) <= 1, "both sides owe at once in one conversation"
    case.refresh_from_db()
    assert not (opened and case.is_over), "something is owed in a closed case"
    talk = case.conversation
    told: dict[str, list[str]] = {}
    for event in Event.objects.filter(subject__in=(case.public_id, talk.public_id), kind__startswith="clock.").order_by(
        "id"
    ):
        told.setdefault(event.facts["clock"], []).append(event.kind)
    assert {c.public_id: c.state for c in clocks} == {clock: STATE_AFTER[kinds[-1]] for clock, kinds in told.items()}
    for kinds in told.values():
        assert kinds[0] == "clock.started"
        assert len(set(kinds)) == len(kinds), "told twice"
        assert ("clock.answered" in kinds) <= ("clock.broken" in kinds)
    for clock in clocks:
        if clock.state in (Clock.State.KEPT, Clock.State.LATE):
            assert (clock.settled_at > clock.due_at) == (clock.state == Clock.State.LATE)
    assert first_broken_link(case) is first_broken_link(talk) is None
