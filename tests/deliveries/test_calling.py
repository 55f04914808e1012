"""Something critical calls whoever is on duty by webhook as well, at once, with what was reported and where one says that one is on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast
from tests.hooks import endpoint, post_all, verified
from tests.pushes import Service, receiving
from trialogue.deliveries.models import Delivery, Endpoint
from trialogue.deliveries.rounds import page_due, post_due
from trialogue.doors.api.endpoint_schemas import Page
from trialogue.doors.console.rounds import LANES
from trialogue.escalations.models import Escalation
from trialogue.people.models import Actor
from trialogue.requests.models import Request

SUNDAY = datetime(2026, 3, 8, 2, 0, tzinfo=UTC)  # three at night in Copenhagen
FACTS = {"environment": "production", "since": "2026-03-08T01:40:00Z", "what_is_down": "POST /cases answers 503", "clients_affected": "40"}  # fmt: skip


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiving() as service:
        yield service


def report(by: Actor) -> Request:
    told = {"channel": "critical", "subject": "API is down", "body": "Since 02:40 nothing works."}
    return Request.open(by=by, form=FACTS, at=SUNDAY, **told)  # type: ignore[arg-type]


def test_it_goes_at_once_with_what_was_reported(cast: Cast, service: Service) -> None:
    made = endpoint(cast.olga, service, "pages", at=SUNDAY)
    request = report(cast.rita)
    assert (post_due(SUNDAY), page_due(SUNDAY)) == (0, 1)
    assert (page_due,) in LANES, "where nothing is before it"
    told = verified(service.rung[0], made.secret)
    Page.model_validate(told)
    assert told == {
        "kind": "page", "at": "2026-03-08T02:00:00Z", "environment": "production", "escalation": Escalation.objects.get().public_id,
        "request": request.number, "from": {"id": cast.rita.acting_for, "name": "Fintegra"}, "subject": "API is down", "facts": FACTS,
        "due_at": "2026-03-08T06:00:00Z", "acknowledge_url": f"http://127.0.0.1:8000/desk/requests/{request.number}/",
    }  # fmt: skip


def test_where_it_leads_nothing_happens_by_looking(cast: Cast, service: Service) -> None:
    made = endpoint(cast.olga, service, "pages", at=SUNDAY)
    report(cast.rita)
    page_due(SUNDAY)
    where = verified(service.rung[0], made.secret)["acknowledge_url"].removeprefix("http://127.0.0.1:8000")
    assert Client().get(where).status_code == 302, "to the sign-in"
    olga = Client()
    assert cast.olga.person
    olga.force_login(cast.olga.person)
    assert "I am on it" in olga.get(where).content.decode()
    assert Escalation.objects.get().acknowledged_at is None


@pytest.mark.parametrize("what", ["an event only", "another's", "turned off", "of test data"])
def test_nobody_else_is_called(cast: Cast, service: Service, what: str) -> None:
    by = {"of test data": replace(cast.olga, environment="test"), "another's": cast.rita}.get(what, cast.olga)
    made = endpoint(by, service, "pages" if what in ("turned off", "of test data") else "escalation.*", at=SUNDAY)
    if what == "turned off":
        made.turn_off(by=cast.olga)
    report(cast.rita)
    assert not Delivery.objects.filter(kind="webhook").exists()


def test_test_data_call_nobody(cast: Cast, service: Service) -> None:
    endpoint(replace(cast.olga, environment="test"), service, "pages", at=SUNDAY)
    report(replace(cast.rita, environment="test"))
    assert not Delivery.objects.filter(kind="webhook").exists()


def test_it_goes_though_the_endpoint_rests(cast: Cast, service: Service) -> None:
    endpoint(cast.olga, service, "pages", at=SUNDAY)
    Endpoint.objects.update(rests_until=SUNDAY + timedelta(hours=6), failures=12)
    report(cast.rita)
    assert page_due(SUNDAY) == 1
    assert len(service.rung) == 1


def test_once_somebody_is_on_it_nobody_is_called_any_more(cast: Cast, service: Service) -> None:
    endpoint(cast.olga, service, "pages", at=SUNDAY)
    report(cast.rita)
    service.status = 503
    page_due(SUNDAY)
    Escalation.objects.get().acknowledge(by=cast.olga, at=SUNDAY)
    post_all(SUNDAY + timedelta(minutes=1))
    sent = Delivery.objects.get(kind="webhook")
    assert (len(service.rung), sent.state, sent.why) == (1, "moot", "somebody is on it")
    assert Endpoint.objects.get().failures == 1
