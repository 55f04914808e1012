"""What fails of the calls by a key is kept, for whoever asks about it; what succeeds costs nothing more."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller
from trialogue.doors.api.failing import PER_MINUTE
from trialogue.requests.models import FailedCall


@pytest.fixture(autouse=True)
def _from_the_beginning() -> None:
    PER_MINUTE.forget()


def kept() -> list[tuple[str, str, int]]:
    return [(call.method, call.path, call.status) for call in FailedCall.objects.all()]


def test_what_failed_is_kept_with_what_was_answered_and_nothing_that_was_sent(clara: Caller, cast: Cast) -> None:
    answer = clara.post("cases", {"client_reference": "a secret quokka"})
    clara.get("cases/AAAAAAAA")
    clara.get("nowhere")
    clara.client.delete(f"{BASE}me")
    assert kept() == [
        ("DELETE", "/api/v1/me", 405), ("GET", "/api/v1/nowhere", 404), ("GET", "/api/v1/cases/AAAAAAAA", 404), ("POST", "/api/v1/cases", 422),
    ]  # fmt: skip
    first = FailedCall.objects.last()
    assert first
    assert (first.organisation, first.environment) == (cast.clara.organisation, "production")
    assert (first.title, first.body) == (answer.json()["title"], answer.content.decode())
    assert "quokka" not in str(FailedCall.objects.values())
    assert clara.secret not in str(FailedCall.objects.values())


def test_what_succeeds_is_not_and_asks_nothing_more(clara: Caller) -> None:
    clara.get("me")
    with CaptureQueriesContext(connection) as asked:
        assert clara.get("me").status_code == 200
    assert len(asked) == 1
    assert kept() == []


def test_whom_nobody_knows_leaves_nothing(clara: Caller, cast: Cast) -> None:
    stranger = Client(headers={"Authorization": "Bearer tri_live_wrong"})
    assert [stranger.get(BASE + path).status_code for path in ("me", "nowhere")] == [401, 404]
    clara.key.revoke(by=cast.clara)
    assert clara.get("me").status_code == 401
    assert kept() == []


def test_a_program_that_fails_all_the_time_writes_little(clara: Caller, otto: Caller) -> None:
    for _each in range(30):
        clara.get("cases/AAAAAAAA")
    otto.get("cases/AAAAAAAA")
    assert len(kept()) == 11


def test_that_it_cannot_be_kept_is_no_trouble_of_whoever_called(clara: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_args: object, **_told: object) -> None:
        raise DatabaseError("locked")

    monkeypatch.setattr(FailedCall, "keep", locked)
    assert clara.get("cases/AAAAAAAA").status_code == 404


def test_a_program_reads_those_of_its_own_environment(clara: Caller, cast: Cast, otto: Caller) -> None:
    tester = Caller(cast.clara, "test")
    for caller, path in ((clara, "cases/AAAAAAAA"), (tester, "cases/BBBBBBBB")):
        caller.get(path)
    (told,) = tester.get("failed-calls").json()["items"]
    assert (told["environment"], told["method"], told["path"], told["status"]) == (
        "test",
        "GET",
        "/api/v1/cases/BBBBBBBB",
        404,
    )
    assert otto.get("failed-calls").json()["items"] == []
