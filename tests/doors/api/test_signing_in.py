"""Who is let in: by key or by session, and by nothing else."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, is_problem
from trialogue.doors.api import rate
from trialogue.doors.api.keys import actor_of_key
from trialogue.people.models import Person

CLAIM = {
    "client_reference": "S-1",
    "debtor_name": "Bergmann",
    "debtor_country": "DE",
    "amount": "100.00",
    "currency": "EUR",
}
HEADERS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer nothing",
    "Bearer tri_production_" + "x" * 43,
    "Bearerx y",
    "bearer \xff\x00",
    "Bearer " + "k" * 5000,
]


def refused(response: HttpResponse) -> HttpResponse:
    assert is_problem(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    return response


@pytest.mark.parametrize("header", HEADERS)
def test_no_key_and_a_wrong_key_are_not_let_in(db: None, header: str) -> None:
    refused(Client(headers={"Authorization": header}).get(BASE + "me"))


def test_a_revoked_key_is_not_let_in(cast: Cast, clara: Caller) -> None:
    assert clara.get("me").status_code == 200
    clara.key.revoke(by=cast.clara)
    refused(clara.get("me"))


def test_no_wrong_and_revoked_keys_get_one_identical_answer(cast: Cast, clara: Caller) -> None:
    clara.key.revoke(by=cast.clara)
    answers = {
        refused(client.get(BASE + "me")).content
        for client in (Client(), Client(headers={"Authorization": "Bearer no"}), clara.client)
    }
    assert len(answers) == 1


def test_the_scheme_may_be_written_in_any_case(clara: Caller) -> None:
    assert Client(headers={"Authorization": f"bearer {clara.secret}"}).get(BASE + "me").status_code == 200


def test_a_wrong_key_is_not_rescued_by_a_session(cast: Cast, client: Client) -> None:
    client.force_login(cast.clara.person)
    assert client.get(BASE + "me").status_code == 200
    refused(client.get(BASE + "me", headers={"Authorization": "Bearer wrong"}))


def test_a_key_wins_over_a_session(cast: Cast, paul: Caller) -> None:
    paul.client.force_login(cast.clara.person)
    assert paul.get("me").json()["organisation"]["name"] == "Kanzlei Brandt & Partner"


def test_a_key_touches_no_session(cast: Cast, clara: Caller) -> None:
    clara.client.force_login(cast.clara.person)
    with CaptureQueriesContext(connection) as asked:
        response = clara.get("me")
    assert not [query for query in asked if "session" in query["sql"]]
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_keys_of_two_environments_never_meet(cast: Cast, clara: Caller) -> None:
    cast.submitted("INV-1")
    trying = Caller(cast.clara, "test")
    assert len(clara.get("cases").json()["items"]) == 1
    assert trying.get("cases").json()["items"] == []


def test_a_session_acts_for_the_organisation_and_environment_chosen_on_the_pages(cast: Cast, client: Client) -> None:
    cast.paul.organisation.admit(cast.clara.person, by=cast.paul)
    client.force_login(cast.clara.person)
    session = client.session
    session["organisation"], session["environment"] = cast.paul.organisation.public_id, "test"
    session.save()
    told = client.get(BASE + "me").json()
    assert (told["organisation"]["name"], told["environment"]) == ("Kanzlei Brandt & Partner", "test")


def test_someone_without_an_organisation_is_not_let_in(db: None, client: Client) -> None:
    client.force_login(Person.objects.create_user("new@nowhere.example", "long enough words", name="New"))
    refused(client.get(BASE + "me"))


def submit(client: Client, **headers: str) -> HttpResponse:
    return client.post(BASE + "cases", json.dumps(CLAIM), content_type="application/json", headers=headers)


def test_a_session_needs_the_form_token_to_change_something(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.clara.person)
    response = submit(client)
    assert is_problem(response, 403, "forbidden")
    assert "X-CSRFToken" in response.json()["detail"]


def test_a_session_with_the_form_token_may(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.clara.person)
    client.cookies["csrftoken"] = "a" * 32
    assert submit(client, **{"X-CSRFToken": "a" * 32}).status_code == 201


def test_a_session_from_elsewhere_may_not_even_with_the_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.clara.person)
    client.cookies["csrftoken"] = "a" * 32
    assert submit(client, **{"X-CSRFToken": "a" * 32, "Origin": "https://evil.example"}).status_code == 403


def test_a_key_needs_no_form_token(clara: Caller) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {clara.secret}"})
    assert submit(client).status_code == 201


def test_nobody_at_all_is_asked_for_a_key_not_for_a_form_token(db: None) -> None:
    refused(submit(Client(enforce_csrf_checks=True)))


def test_answers_are_kept_by_no_one_on_the_way(clara: Caller) -> None:
    assert clara.get("me").headers["Cache-Control"] == "no-store"
    assert clara.get("me").headers["X-Content-Type-Options"] == "nosniff"


def test_a_key_that_asks_too_often_is_told_when_to_go_on(
    clara: Caller, paul: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate.PER_KEY, "limit", 2)
    assert [clara.get("me").status_code for _ in range(3)] == [200, 200, 429]
    response = clara.get("me")
    assert is_problem(response, 429, "too-many-requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert paul.get("me").status_code == 200


def test_the_stream_can_ask_whom_a_header_speaks_for(cast: Cast, clara: Caller) -> None:
    actor = actor_of_key(f"Bearer {clara.secret}")
    assert actor is not None
    assert (actor.organisation, actor.person, actor.environment, actor.via) == (
        cast.clara.organisation, None, "production", "api",
    )  # fmt: skip
    assert actor_of_key("Bearer wrong") is None
    assert actor_of_key("") is None
