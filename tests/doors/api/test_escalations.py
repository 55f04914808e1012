"""Ladders by program: how far one has climbed, the next step, and what was climbed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, is_problem
from trialogue.escalations.models import AccountManager
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast: Cast, time_machine: Any) -> Request:
    time_machine.move_to(MONDAY, tick=False)
    assert cast.olga.person
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga)
    return Request.open(by=cast.rita, channel="technical", subject="Webhooks fail", body="Since noon.")


def test_too_early_is_told_with_the_moment_it_opens(asked: Request, rita: Caller) -> None:
    answer = rita.post(f"requests/{asked.number}/escalations", {})
    assert is_problem(answer, 409, "step-refused")
    assert answer.json()["opens_at"] == "2026-03-11T11:00:00Z"
    told = rita.get(f"requests/{asked.number}/ladder").json()
    assert [(step["step"], step["state"], step["opens_at"]) for step in told["steps"]] == [
        ("first", "open", None),
        ("account_manager", "ahead", "2026-03-11T11:00:00Z"),
        ("critical", "direct", None),
    ]


def test_climbed_it_is_with_the_manager_and_both_see_it(
    asked: Request, rita: Caller, olga: Caller, time_machine: Any
) -> None:
    time_machine.move_to(MONDAY + timedelta(days=2, seconds=1), tick=False)
    told = {"reason": "Nobody can be onboarded.", "author_email": "rita@fintegra.example"}
    answer = rita.post(f"requests/{asked.number}/escalations", told)
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/escalations/{made['id']}")
    assert (made["manager"]["name"], made["person"]["name"], made["reason"]) == (
        "Olga Lind",
        "Rita de Vries",
        told["reason"],
    )
    assert (made["state"], made["clock"]["promise"], made["clock"]["due_at"]) == (
        "open",
        "escalation",
        "2026-03-12T11:00:01Z",
    )
    for caller in (rita, olga):
        assert caller.get(f"escalations/{made['id']}").json() == made
        assert caller.get("escalations", state="open").json()["items"] == [made]
        assert caller.get("escalations", state="solved").json()["items"] == []
        steps = caller.get(f"requests/{asked.number}/ladder").json()["steps"]
        assert [(step["step"], step["state"]) for step in steps] == [
            ("first", "climbed"),
            ("account_manager", "open"),
            ("critical", "direct"),
        ]
    assert is_problem(rita.post(f"requests/{asked.number}/escalations", told), 409, "step-refused")


def test_what_cannot_be_is_told_at_its_field(asked: Request, cast: Cast, rita: Caller) -> None:
    asked.answer(by=cast.olga, body="Try again.")
    answer = rita.post(f"requests/{asked.number}/escalations", {})
    assert is_problem(answer, 422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]
    assert is_problem(rita.get("escalations", state="high"), 422, "invalid")


def test_a_client_s_request_has_no_ladder(cast: Cast, clara: Caller) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="Sign in", body="Cannot.")
    assert clara.get(f"requests/{asked.number}/ladder").json() == {"ladder": None, "says": None, "steps": []}


def test_a_silent_partner_is_reminded_and_then_the_manager_called_in(
    cast: Cast, clara: Caller, time_machine: Any
) -> None:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    where = f"cases/{talk.case.reference}"
    time_machine.move_to(MONDAY + timedelta(hours=1), tick=False)
    answer = clara.post(f"{where}/escalations", {})
    assert is_problem(answer, 409, "step-refused")
    assert answer.json()["opens_at"] == "2026-03-11T11:00:00Z"
    time_machine.move_to(MONDAY + timedelta(hours=49), tick=False)
    made = clara.post(f"{where}/escalations", {}).json()
    assert (made["step"], made["request"], made["case"], made["state"]) == (
        "reminder",
        None,
        talk.case.reference,
        "open",
    )
    assert made["clock"]["promise"] == "reply"
    assert is_problem(clara.post(f"{where}/escalations", {}), 422, "invalid")
    called = clara.post(f"{where}/escalations", {"reason": "The debtor pays today."}).json()
    assert (called["step"], called["state"], called["clock"]["promise"]) == ("account_manager", "open", "escalation")
    assert clara.get(f"requests/{called['request']}").json()["case"] == talk.case.reference
    assert [step["state"] for step in clara.get(f"{where}/ladder").json()["steps"]] == ["climbed", "climbed", "open"]
    assert clara.get("escalations", state="climbed").json()["items"][0]["id"] == made["id"]


def test_what_is_critical_needs_its_facts_and_is_acknowledged_once(rita: Caller, olga: Caller) -> None:
    told: dict[str, Any] = {"channel": "critical", "subject": "Down", "body": "It is urgent!"}
    answer = rita.post("requests", told)
    assert is_problem(answer, 422, "invalid")
    facts = {"environment": "production", "since": "2026-03-09 10:00", "what_is_down": "All", "clients_affected": "9"}
    assert sorted(error["field"] for error in answer.json()["errors"]) == sorted(facts)
    assert sorted(item["key"] for item in rita.post("requests/preview", told).json()["missing"]) == sorted(facts)
    number = rita.post("requests", {**told, "form": facts}).json()["number"]
    step = rita.get("escalations").json()["items"][0]
    assert (step["request"], step["step"], step["clock"]["promise"], step["acknowledged_at"]) == (
        number,
        "critical",
        "critical",
        None,
    )
    assert is_problem(rita.post(f"escalations/{step['id']}/acknowledge", {}), 403, "forbidden")
    done = olga.post(f"escalations/{step['id']}/acknowledge", {}).json()
    assert done["acknowledged_at"]
    assert done["clock"]["promise"] == "escalation"
    assert is_problem(olga.post(f"escalations/{step['id']}/acknowledge", {}), 409, "step-refused")
