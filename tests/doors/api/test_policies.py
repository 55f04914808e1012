"""Promises by program: read by all, changed by the operator."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, errors, is_problem
from trialogue.clocks.models import Policy
from trialogue.people.models import Environment

pytestmark = pytest.mark.usefixtures("at_monday")
NEW = {"within": 36, "unit": "business_hours", "warn_after": 60}


def reply(caller: Caller) -> Any:
    items: Any = caller.get("policies").json()["items"]  # type: ignore[attr-defined]
    return next(item for item in items if item["promise"] == "reply")


def test_everyone_reads_them(clara: Caller, paul: Caller, rita: Caller, otto: Caller) -> None:
    for caller in (clara, paul, rita, otto):
        told = reply(caller)
        assert (told["label"], told["in_force"]) == ("answer in the conversation", 1)
        assert told["versions"][0]["words"] == "48 business hours"


def test_the_operator_changes_one(olga: Caller) -> None:
    response = olga.post("policies/reply", NEW)
    assert response.status_code == 201
    assert response.json()["introduced_by"] == "Trialogue Operations"  # type: ignore[attr-defined]
    told = reply(olga)
    assert (told["in_force"], [one["within"] for one in told["versions"]]) == (2, [36, 48])


def test_one_may_begin_later(olga: Caller) -> None:
    olga.post("policies/reply", NEW | {"effective_from": "2026-04-01T00:00:00Z"})
    assert (reply(olga)["in_force"], len(reply(olga)["versions"])) == (1, 2)


def test_a_preview_stores_nothing(cast: Cast, olga: Caller) -> None:
    cast.conversation().post(by=cast.clara, body="?", at=MONDAY)
    told: Any = olga.post("policies/reply/preview", NEW).json()
    assert (told["running"], told["earlier"]) == (1, 1)
    assert told["furthest"][0]["moved_seconds"] == -12 * 3600
    assert Policy.objects.filter(promise="reply").count() == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"within": 0}, "within"), ({"within": 200, "unit": "business_days"}, "within"), ({"unit": "moons"}, "unit"),
        ({"warn_after": 100}, "warn_after"), ({"effective_from": "2026-03-01T00:00:00Z"}, "effective_from"), ({"replaces": 5}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(olga: Caller, told: dict[str, Any], field: str) -> None:
    response = olga.post("policies/reply", NEW | told)
    assert is_problem(response, 422, "invalid")
    assert list(errors(response)) == [field]


def test_others_change_nothing(cast: Cast, clara: Caller, paul: Caller) -> None:
    for caller in (clara, paul, Caller(cast.olga, Environment.TEST)):
        assert is_problem(caller.post("policies/reply", NEW), 403, "forbidden")
        assert is_problem(caller.post("policies/reply/preview", NEW), 403, "forbidden")
    assert Policy.objects.filter(promise="reply").count() == 1


@pytest.mark.parametrize("promise", ["nonsense", "x" * 100, "reply%00"])
def test_a_promise_nobody_knows_is_not_found(olga: Caller, promise: str) -> None:
    assert is_problem(olga.post(f"policies/{promise}", NEW), 404, "not-found")
