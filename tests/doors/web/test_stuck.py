"""Where it is stuck: who is late, who breaks promises often, what waits; and the act beside each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import Cast
from trialogue.clocks.models import Clock
from trialogue.complaints.models import Complaint
from trialogue.escalations.models import Escalation
from trialogue.people.models import Refused
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=30)


@pytest.fixture
def olga(cast: Cast) -> Client:
    client = Client()
    assert cast.olga.person is not None
    client.force_login(cast.olga.person)
    return client


def late(cast: Cast, reference: str) -> Clock:
    talk = cast.conversation(reference, at=LONG_AGO, debtor_name=f"Debtor {reference}")
    talk.post(by=cast.clara, body="Any news?", at=LONG_AGO)
    return talk.case.clocks.open().get(promise="reply")


def test_with_nothing_late_each_part_says_so(olga: Client) -> None:
    page = olga.get("/desk/stuck/").content.decode()
    for said in ("No partner is late", "No client is late", "No partner has broken", "None."):
        assert said in page


def test_a_late_partner_is_reminded_from_here_once(cast: Cast, olga: Client) -> None:
    clock = late(cast, "INV-1")
    page = olga.get("/desk/stuck/").content.decode()
    assert f"/cases/{clock.case.reference}/moves/reassign/" in page
    assert f"/promises/?of={cast.paul.acting_for}" in page
    answer = olga.post("/desk/stuck/", {"clock": clock.public_id}, follow=True).content.decode()
    assert "is reminded" in answer
    assert f'value="{clock.public_id}"' not in answer
    assert "within the last day" in olga.post("/desk/stuck/", {"clock": clock.public_id}, follow=True).content.decode()
    assert olga.post("/desk/stuck/", {"clock": "clk_\x00"}).status_code == 404


def test_clients_who_owe_and_complaints_that_wait(cast: Cast, olga: Client) -> None:
    talk = cast.conversation(at=LONG_AGO)
    talk.post(by=cast.paul, body="Which invoice?", at=LONG_AGO)
    filed = Complaint.file(talk.case, by=cast.clara, category="delay", description="Slow.")
    page = olga.get("/desk/stuck/").content.decode()
    assert "No client is late" not in page
    assert f"/complaints/{filed}/" in page
    filed.pass_on(by=cast.olga)
    assert f"/complaints/{filed}/" not in olga.get("/desk/stuck/").content.decode()
    with pytest.raises(Refused):
        filed.pass_on(by=cast.olga)


def test_escalations_nobody_has_answered(cast: Cast, olga: Client) -> None:
    asked = Request.open(by=cast.rita, channel="technical", subject="The webhook fails", body="It fails.", at=LONG_AGO)
    Escalation.climb(asked, by=cast.rita)
    assert "The webhook fails" in olga.get("/desk/stuck/").content.decode()


def test_as_many_queries_for_many_as_for_one(cast: Cast, olga: Client) -> None:
    late(cast, "INV-0")
    olga.get("/desk/stuck/")
    with CaptureQueriesContext(connection) as one:
        olga.get("/desk/stuck/")
    for number in range(1, 6):
        late(cast, f"INV-{number}")
    with CaptureQueriesContext(connection) as many:
        olga.get("/desk/stuck/")
    assert len(many) == len(one)
