"""Failed calls: the last few of an organisation, masked, for a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from trialogue.people.models import Actor
from trialogue.requests.models import FailedCall

pytestmark = pytest.mark.django_db


def program(actor: Actor, environment: str = "production") -> Actor:
    return Actor(actor.organisation, environment=environment)


def fail(by: Actor, path: str = "/api/v1/cases", **other: Any) -> None:
    told = {"method": "POST", "status": 422, "title": "Some fields cannot be used", "body": "{}"}
    FailedCall.keep(by, path=path, **told | other)


def paths(actor: Actor) -> list[str]:
    return [call.path for call in FailedCall.objects.visible_to(actor)]


def test_the_last_twenty_of_an_organisation_and_an_environment_are_kept(cast: Cast) -> None:
    for n in range(25):
        fail(program(cast.clara), f"/{n}")
    fail(program(cast.clara, "test"), "/test")
    fail(program(cast.otto), "/otto")
    assert paths(program(cast.clara)) == [f"/{n}" for n in range(24, 4, -1)]
    assert FailedCall.objects.count() == 22


def test_people_see_both_environments_and_a_program_its_own_and_nobody_anothers(cast: Cast) -> None:
    fail(program(cast.clara), "/live")
    fail(program(cast.clara, "test"), "/test")
    assert paths(cast.carl) == paths(replace(cast.clara, environment="test")) == ["/test", "/live"]
    assert paths(program(cast.clara, "test")) == ["/test"]
    for stranger in (cast.otto, cast.rita, cast.olga):
        assert paths(stranger) == []


def test_after_a_week_they_are_not_shown_and_then_forgotten(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        fail(program(cast.clara))
        clock.shift(timedelta(days=7))
        assert paths(cast.clara) == []
        FailedCall.forget(MONDAY + timedelta(days=7))
        assert not FailedCall.objects.exists()


def test_what_is_nobodys_business_is_masked_and_what_is_long_is_cut(cast: Cast) -> None:
    fail(program(cast.clara), "/mails/anna@mail.example", body="\x00DE89370400440532013000" + " x" * 25_000)
    kept = FailedCall.objects.get()
    assert kept.path == "/mails/[e-mail]"
    assert kept.body.startswith("[IBAN]")
    assert len(kept.body) == 2_000
