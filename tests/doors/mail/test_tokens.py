"""Tokens for mailboxes, from a service behind TLS: got once, renewed in time, and never lost or told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.pushes import Service, serving
from trialogue.doors.mail import tokens
from trialogue.doors.mail.boxes import OAuth2
from trialogue.doors.mail.imap import Locked, Trouble
from trialogue.doors.mail.tokens import Tokens, sealed, unsealed


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(tmp_path) as service:
        monkeypatch.setattr(tokens, "REACH", replace(service.reach, most_read=tokens.REACH.most_read))
        service.status = 200
        gives(service, access_token="first", expires_in=3600)
        yield service


def gives(service: Service, **told: Any) -> None:
    service.answer = json.dumps(told).encode()


def asked(service: Service) -> dict[str, list[str]]:
    return parse_qs(service.rung[-1].body.decode())


def told(service: Service, **more: str) -> OAuth2:
    return OAuth2(token_url=service.address, client_id="us", client_secret="hush", scope="mail", **more)  # type: ignore[arg-type]


def test_a_token_is_got_once_and_used_until_it_is_about_to_run_out(service: Service) -> None:
    ours = Tokens(told(service, refresh_token="old"))
    assert (ours.access(), ours.access(), len(service.rung)) == ("first", "first", 1)
    assert asked(service) == {
        "grant_type": ["refresh_token"], "refresh_token": ["old"], "client_id": ["us"], "client_secret": ["hush"], "scope": ["mail"],
    }  # fmt: skip
    gives(service, access_token="second", expires_in=60)
    ours.forget()
    assert (ours.access(), ours.access(), len(service.rung)) == ("second", "second", 3)  # it lasts too short to be kept


def test_without_a_refresh_token_the_client_asks_in_its_own_name(service: Service) -> None:
    Tokens(told(service)).access()
    assert asked(service)["grant_type"] == ["client_credentials"]


def test_another_refresh_token_takes_the_place_of_the_one_before(service: Service) -> None:
    gives(service, access_token="x" * 6000, expires_in="3600", refresh_token="new")
    ours = Tokens(told(service, refresh_token="old"))
    assert len(ours.access()) == 6000
    ours.forget()
    ours.access()
    assert asked(service)["refresh_token"] == ["new"]


def test_a_newer_refresh_token_is_kept_sealed_and_counts_until_the_operator_gives_another(service: Service) -> None:
    first, second = told(service, refresh_token="old"), told(service, refresh_token="another")
    kept = sealed("new", first)
    assert b"new" not in kept
    assert [unsealed(kept, first), unsealed(kept, second), unsealed(b"", first)] == ["new", "", ""]


@pytest.mark.parametrize(
    ("status", "answer", "kind", "said"),
    [
        (400, b'{"error": "invalid_grant", "error_description": "It has expired."}', Locked, "It has expired."),
        (401, b"{}", Locked, "401"),
        (503, b"{}", Trouble, "status 503"),
        (200, b"<html>", Trouble, "no token from"),
        (200, b"[]", Trouble, "no token from"),
        (200, b"{}", Trouble, "holds none"),
        (200, b'{"access_token": "x", "expires_in": "soon"}', Trouble, "holds none"),
    ],
)
def test_why_there_is_none_is_told_in_words(
    service: Service, status: int, answer: bytes, kind: type[Trouble], said: str
) -> None:
    service.status, service.answer = status, answer
    with pytest.raises(kind, match=said) as why:
        Tokens(told(service, refresh_token="old")).access()
    assert type(why.value) is kind
    assert "hush" not in str(why.value)
