"""A brand by program: seen with a key, set and taken off by an admin who has signed in."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller
from tests.lib.test_drawing import picture
from tests.people.test_put_on import GREEN, SVG
from trialogue.people.brands import Brand

pytestmark = pytest.mark.django_db
MINE = f"{BASE}organisations/me/brand"
TOLD = {"name": "Fintegra Collect", "light": GREEN}


@pytest.fixture
def signed_in(cast: Cast) -> Client:
    client = Client()
    assert cast.rita.person is not None
    client.force_login(cast.rita.person)
    return client


def put(client: Client, **told: Any) -> Any:
    return client.put(MINE, json.dumps(TOLD | told), content_type="application/json")


def test_set_seen_and_taken_off(cast: Cast, signed_in: Client, rita: Caller, clara: Caller, paul: Caller) -> None:
    made = put(signed_in, logo=b64encode(picture()).decode()).json()
    assert (made["light"]["colour"], made["sender"]) == (GREEN, "Fintegra Collect")
    assert made["dark"]["contrast"] >= 4.5
    assert Client().get(made["logo"]).status_code == 200
    assert rita.get("organisations/me/brand").json() == clara.get("organisations/me/brand").json() == made
    assert paul.get("organisations/me/brand").status_code == 404
    assert signed_in.delete(MINE).json() == made
    assert clara.get("organisations/me/brand").status_code == 404


def test_a_logo_stays_until_it_is_taken_away(signed_in: Client) -> None:
    logo = put(signed_in, logo=b64encode(picture()).decode()).json()["logo"]
    assert put(signed_in, name="Fintegra Inkasso").json()["logo"] == logo
    assert put(signed_in, logo=None).json()["logo"] is None


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("light", "#e8c547"), ("dark", "#0f5c4a"), ("light", "red"), ("sender", "a@b"), ("logo", "!"),
        ("logo", b64encode(SVG).decode()), ("name", " "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(signed_in: Client, field: str, told: str) -> None:
    answer = put(signed_in, **{field: told})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Brand.objects.exists()


def test_a_key_sets_none(rita: Caller) -> None:
    assert rita.client.put(MINE, json.dumps(TOLD), content_type="application/json").status_code == 403
