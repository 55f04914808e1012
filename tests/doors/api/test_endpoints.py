"""Webhooks by program: seen with a key, changed by an admin who has signed in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import BASE, Caller
from trialogue.deliveries.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db
NEW = {"url": "https://hooks.example.com/in", "name": "Bookkeeping", "wants": ["case.*"]}


@pytest.fixture
def signed_in(cast: Cast) -> Client:
    client = Client()
    assert cast.clara.person is not None
    client.force_login(cast.clara.person)
    return client


def ask(client: Client, method: str, where: str, told: Any = None) -> Any:
    body = "" if told is None else json.dumps(told)
    return client.generic(method, BASE + where, body, content_type="application/json")


def test_added_seen_changed_rotated_and_removed(signed_in: Client, clara: Caller, paul: Caller) -> None:
    made = ask(signed_in, "POST", "endpoints", NEW)
    assert made.status_code == 201
    one, where = made.json()["endpoint"], f"endpoints/{made.json()['endpoint']['id']}"
    assert made.json()["secret"] == Endpoint.objects.get().secret
    assert (one["state"], one["wants"], one["environment"]) == ("on", ["case.*"], "production")
    assert clara.get("endpoints").json() == {"items": [one], "next": None}
    assert clara.get(where).json() == one
    assert paul.get("endpoints").json()["items"] == []
    assert ask(signed_in, "PATCH", where, {"wants": ["all"]}).json() == one | {"wants": ["all"]}
    assert ask(signed_in, "PATCH", where, {"on": False, "name": ""}).json()["state_label"] == "turned off"
    assert ask(signed_in, "PATCH", where, {}).json()["state"] == "off"
    assert ask(signed_in, "PATCH", where, {"on": True}).json()["state"] == "on"
    rotated = ask(signed_in, "POST", where + "/secret").json()
    assert rotated["secret"] not in (made.json()["secret"], "")
    assert rotated["endpoint"]["former_secret_until"]
    assert "whsec_" not in clara.get(where).content.decode()
    assert ask(signed_in, "DELETE", where).status_code == 200
    assert clara.get(where).status_code == 404


def test_a_key_changes_nothing(cast: Cast, signed_in: Client, clara: Caller) -> None:
    assert clara.post("endpoints", NEW).status_code == 403
    made = Endpoint.add(by=cast.clara, **NEW)  # type: ignore[arg-type]
    for method, where in (("PATCH", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test")):
        told = {"on": False} if method == "PATCH" else None
        assert ask(clara.client, method, f"endpoints/{made.public_id}{where}", told).status_code == 403


@pytest.mark.parametrize(
    ("field", "told"), [("url", {"url": "http://x.example"}), ("wants", {"wants": ["letter.filed"]}), ("wants", {"wants": []}), ("name", {"name": "x" * 81})],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(signed_in: Client, field: str, told: dict[str, Any]) -> None:
    answer = ask(signed_in, "POST", "endpoints", NEW | told)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_was_sent_is_listed_and_sent_again(cast: Cast, signed_in: Client, clara: Caller) -> None:
    made = Endpoint.add(by=cast.clara, **NEW)  # type: ignore[arg-type]
    where = f"endpoints/{made.public_id}"
    test = ask(signed_in, "POST", where + "/test")
    assert (test.status_code, test.json()["kind"], test.json()["body"]["kind"]) == (201, "test", "test")
    again = f"{where}/deliveries/{test.json()['id']}/again"
    assert ask(signed_in, "POST", again).status_code == 403, "it is still being sent"
    Delivery.objects.update(state="failed", settled_at=MONDAY, answered=503, why="it answered 503")
    (listed,) = clara.get(where + "/deliveries").json()["items"]
    assert (listed["answered"], listed["due_at"], listed["settled_at"]) == (503, None, "2026-03-09T11:00:00Z")
    assert ask(signed_in, "POST", again).json()["state"] == "waiting"


def test_the_list_goes_on_where_it_ended(cast: Cast, clara: Caller) -> None:
    made = Endpoint.add(by=cast.clara, **NEW)  # type: ignore[arg-type]
    sent = [made.test(by=cast.clara).public_id for _each in range(3)]
    first = clara.get(f"endpoints/{made.public_id}/deliveries", limit=2).json()
    rest = clara.get(f"endpoints/{made.public_id}/deliveries", limit=2, after=first["next"]).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == sent[::-1]
    assert rest["next"] is None
