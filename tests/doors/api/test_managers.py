"""Account managers by program: seen with a key, assigned and ended by an admin who has signed in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller
from trialogue.escalations.models import AccountManager

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(cast: Cast) -> Client:
    client = Client()
    assert cast.olga.person is not None
    client.force_login(cast.olga.person)
    return client


def put(client: Client, where: str, told: dict[str, Any]) -> Any:
    return client.put(BASE + where, json.dumps(told), content_type="application/json")


def test_assigned_seen_and_ended(cast: Cast, signed_in: Client, rita: Caller, clara: Caller) -> None:
    told = {"person": cast.olga.by, "since": "2099-12-01"}
    made = put(signed_in, f"organisations/{cast.rita.acting_for}/manager", told).json()
    assert (made["person"]["name"], made["since"]) == ("Olga Lind", "2099-11-30T23:00:00Z")
    assert rita.get("managers").json()["items"] == [made]
    assert clara.get("managers").json()["items"] == []
    ended = signed_in.delete(f"{BASE}managers/{made['id']}").json()
    assert ended["ended_at"] == made["since"]
    assert rita.get("managers").json()["items"] == []


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("since", {"since": "2099-13-01"}),
        ("since", {"since": "soon"}),
        ("person", {"person": "per_nobody"}),
        ("deputy", {"deputy": "per_nobody"}),
    ],
)
def test_what_cannot_be_is_told_at_its_field(cast: Cast, signed_in: Client, field: str, told: dict[str, Any]) -> None:
    answer = put(signed_in, f"organisations/{cast.rita.acting_for}/manager", {"person": cast.olga.by, **told})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_client_needs_the_enterprise_plan_first(cast: Cast, signed_in: Client) -> None:
    where = f"organisations/{cast.clara.acting_for}"
    assert put(signed_in, f"{where}/manager", {"person": cast.olga.by}).status_code == 422
    assert put(signed_in, f"{where}/plan", {"plan": "enterprise"}).json()["plan"] == "enterprise"
    assert put(signed_in, f"{where}/manager", {"person": cast.olga.by}).status_code == 200


def test_advice_leads_to_the_account_manager_from_the_launch_on(cast: Cast, rita: Caller, olga: Caller) -> None:
    asked = {"situation": "unanswered"}
    assert rita.post("advise", asked).json()["channel"]["key"] == "business"
    assert cast.olga.person is not None
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga)
    told = rita.post("advise", asked).json()
    assert (told["channel"]["key"], told["due_at"], told["further"]) == ("account_manager", None, "business")
    # Of a role it is not known whose it is.
    assert olga.post("advise", {**asked, "role": "referral_partner"}).json()["channel"]["key"] == "business"
