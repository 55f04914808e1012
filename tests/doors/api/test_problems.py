"""Everything that goes wrong is said as RFC 9457 asks, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from trialogue.cases.models import Case
from trialogue.doors.api.problems import KINDS, problem_of


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1", "/api/v1/", "/api/v2/me", "/api/v1/nothing", "/api/v1/cases/", "/api/v1/me/x"]
)
def test_an_address_with_nothing_behind_it_is_a_problem_too(cast: Cast, clara: Caller, path: str) -> None:
    for client in (Client(), clara.client):
        assert is_problem(client.get(path), 404, "not-found")
        assert is_problem(client.post(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("delete", "cases", "GET, POST"), ("put", "cases/AAAAAAAA", "GET"), ("post", "me", "GET"), ("get", "cases/AAAAAAAA/moves", "POST"),
        ("options", "events", "GET"), ("patch", "cases/AAAAAAAA/messages", "GET, POST"), ("post", "documents/doc_1", "DELETE, GET, PATCH, PUT"),
    ],
)  # fmt: skip
def test_a_method_that_does_nothing_is_answered_with_those_that_do(
    clara: Caller, method: str, path: str, allowed: str
) -> None:
    response = getattr(clara.client, method)(BASE + path)
    assert is_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == allowed


def test_head_is_get_without_the_body(clara: Caller) -> None:
    response = clara.client.head(BASE + "me")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[", b"nothing", b'{"a": NaN}', b'{"a": Infinity}', b"\xff\xfe\xfa", b'{"body": "\xc3"}', b"[" * 100_000,
        b'{"a": 1' + b"0" * 5000 + b"}",
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_json_is_refused(clara: Caller, body: bytes) -> None:
    response = clara.client.post(BASE + "cases", body, content_type="application/json")
    assert is_problem(response, 400, "malformed")
    assert response.json()["detail"].startswith("The body is not JSON: ")
    assert not Case.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "5", "true", "{}", ""])
def test_json_that_is_no_claim_is_refused_at_its_fields(clara: Caller, body: str) -> None:
    response = clara.client.post(BASE + "cases", body, content_type="application/json")
    assert is_problem(response, 422, "invalid")
    assert errors(response)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", ""],
)
def test_a_body_that_does_not_say_json_is_refused(clara: Caller, kind: str) -> None:
    response = clara.client.post(BASE + "cases", b'{"a": 1}', content_type=kind)
    assert is_problem(response, 415, "unsupported-media-type")
    assert "application/json" in response.json()["detail"]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "text/json", "application/problem+json", "application/json-patch+json"]
)
def test_every_way_to_say_json_is_understood(clara: Caller, kind: str) -> None:
    assert clara.client.post(BASE + "cases", b"{}", content_type=kind).status_code == 422


def test_a_body_too_large_is_refused(clara: Caller) -> None:
    response = clara.client.post(BASE + "cases", b'{"a": "' + b"x" * 3_000_000 + b'"}', content_type="application/json")
    assert is_problem(response, 413, "too-large")
    assert "2 MB" in response.json()["detail"]


def test_who_asks_is_settled_before_what_is_asked(db: None) -> None:
    for body, kind in ((b"{", "application/json"), (b"x", "text/plain"), (b"x" * 3_000_000, "application/json")):
        assert is_problem(Client().post(BASE + "cases", body, content_type=kind), 401, "unauthorized")


def away(*_: Any, **__: Any) -> None:
    raise OperationalError("connection refused")


STORMY = pytest.mark.django_db(transaction=True)  # a storm closes the connection, and with it any transaction


@STORMY
@pytest.mark.parametrize("room", ["keys.key_of", "cases.find_case"])
def test_the_database_away_for_a_moment_is_told_when_to_come_back(
    clara: Caller, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    monkeypatch.setattr(f"trialogue.doors.api.{room}", away)
    response = clara.get("cases/AAAAAAAA")
    assert is_problem(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0


@STORMY
def test_it_is_told_to_someone_signed_in_as_well(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(cast.clara.person)
    client.raise_request_exception = False
    monkeypatch.setattr("trialogue.doors.web.sessions.Backend.get_user", away)
    assert is_problem(client.get(BASE + "me"), 503, "unavailable")


@STORMY
def test_a_message_while_the_database_is_away_is_not_said_and_can_be_sent_again(
    cast: Cast, clara: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cast.confirmed()
    path, told, key = f"cases/{case.reference}/messages", {"body": "Hello"}, {"Idempotency-Key": "k-1"}
    with monkeypatch.context() as storm:
        storm.setattr("trialogue.doors.api.messages.posting.post", away)
        assert is_problem(clara.post(path, told, key), 503, "unavailable")
    assert clara.post(path, told, key).status_code == 201


def test_our_own_mistake_is_told_without_details(clara: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("trialogue.doors.api.cases.find_case", mistake)
    clara.client.raise_request_exception = False
    response = clara.get("cases/AAAAAAAA")
    assert is_problem(response, 500, "internal")
    assert "42" not in response.content.decode()


def test_it_speaks_the_askers_language(clara: Caller) -> None:
    response = clara.client.get(BASE + "me", headers={"Accept-Language": "de"})
    assert response.headers["Content-Language"] == "de"
    english = clara.get("cases", state="Sleeping")
    assert english.headers["Content-Language"] == "en"


def test_a_problem_of_no_field_stands_at_none() -> None:
    request: HttpRequest = RequestFactory().get("/")
    problem = problem_of(request, ValidationError("All of it"))
    assert problem.more["errors"] == [{"field": "", "message": "All of it"}]


def test_the_type_of_every_problem_leads_to_the_reference(clara: Caller) -> None:
    kind = clara.get("cases/AAAAAAAA").json()["type"]
    assert kind == "http://127.0.0.1:8000/api/v1/docs#problem-not-found"
    assert kind.rpartition("-found")[0].endswith("problem-not")
    assert all(400 <= status < 600 for status, _title in KINDS.values())


def test_nothing_is_offered_to_other_origins(clara: Caller) -> None:
    response = clara.get("me", {"Origin": "https://elsewhere.example"})
    assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_a_wrong_host_is_refused(clara: Caller) -> None:
    assert clara.get("me", {"Host": "evil.example"}).status_code == 400


def test_numbers_json_does_not_know_are_not_written(cast: Cast, clara: Caller) -> None:
    cast.submitted()
    json.loads(clara.get("cases").content, parse_constant=pytest.fail)
