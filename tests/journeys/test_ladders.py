"""Three ladders, walked through the doors of each side, with the worker in between; no browser is needed for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from trialogue.clocks.models import Clock
from trialogue.doors.console.rounds import ROUNDS
from trialogue.escalations.models import AccountManager
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
SUNDAY = datetime(2026, 3, 15, 2, 0, tzinfo=UTC)  # 03:00 in Copenhagen
WORK = ("break_due", "warn_due", "climb_due", "send_due")


class Clockwork:
    """Time goes on, and the worker works."""

    def __init__(self, machine: Any) -> None:
        self.machine = machine

    def move_to(self, at: datetime) -> None:
        self.machine.move_to(at, tick=False)
        mail.outbox.clear()
        rounds = [each for each in ROUNDS if each.__name__ in WORK]
        while sum(each(at) for each in rounds):
            pass


@pytest.fixture
def clockwork(time_machine: Any) -> Clockwork:
    time_machine.move_to(MONDAY, tick=False)
    return Clockwork(time_machine)


def mails_to(name: str) -> list[str]:
    return [one.subject for one in mail.outbox if f"{name}@" in one.to[0]]


def test_a_referral_partner_climbs_to_the_account_manager(cast: Cast, clockwork: Clockwork) -> None:
    assert cast.olga.person
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga)
    rita, olga = Visitor(cast.rita), Visitor(cast.olga)
    said = {"subject": "Webhooks fail", "body": "Nothing has come since noon."}
    rita.send("ask", "technical", do="send", reviewed="1", **said)
    number = Request.objects.get().number
    assert "Opens Wed 11 Mar, 12:00" in rita.open("request", number).words
    late = MONDAY + timedelta(days=2, minutes=1)
    clockwork.move_to(late)
    assert f"An answer you wait for is overdue: request {number}" in mails_to("rita")
    rita.send("request", number, do="climb", reason="Nobody can be onboarded.")
    clockwork.move_to(late + timedelta(hours=1))
    assert any(number in subject for subject in mails_to("olga"))
    assert "1 request was escalated to you" in olga.open("desk").main
    olga.send("desk-answer", number, body="Mended. I am sorry.", do="answer")
    page = rita.open("request", number)
    assert "Rita de Vries took this step" in page.words
    assert "Mended. I am sorry." in page.words
    assert "Nobody is climbing" in olga.open("ladders").main
    assert [clock.state for clock in Clock.objects.order_by("pk")] == ["cancelled", "kept"]


def test_a_client_pushes_a_silent_partner(cast: Cast, clockwork: Clockwork) -> None:
    reference = cast.confirmed().reference
    clara, paul, olga = Visitor(cast.clara), Visitor(cast.paul), Visitor(cast.olga)
    clara.send("post-message", reference, body="Any news?")
    late = MONDAY + timedelta(hours=48, minutes=1)
    clockwork.move_to(late)
    clara.send("case-ladder", reference, do="climb")
    clockwork.move_to(late + timedelta(hours=1))
    assert any(reference in subject for subject in mails_to("paul"))
    assert "Clara Holm reminds Kanzlei Brandt & Partner" in paul.open("case", reference).main
    clara.send("case-ladder", reference, do="climb", reason="The debtor pays today, but to which account?")
    number = Request.objects.get().number
    page = olga.open("desk-request", number)
    for words in ("to which account?", "Asked: 2026-03-09 11:00 UTC", "Reminder in the case", reference):
        assert words in page.words
    paul.send("post-message", reference, body="To the account of the firm.")
    assert "Answered." in clara.open("case-ladder", reference).main
    olga.send("desk-answer", number, body="They have answered you now.", do="solve")
    assert "Nobody is climbing" in olga.open("ladders").main


def test_a_critical_production_issue_at_three_on_a_sunday(cast: Cast, clockwork: Clockwork) -> None:
    clockwork.move_to(SUNDAY)
    rita, olga = Visitor(cast.rita), Visitor(cast.olga)
    said = {
        "do": "send",
        "reviewed": "1",
        "subject": "API is down",
        "body": "It is urgent!",
        "environment": "production",
    }
    assert rita.send("ask", "critical", **said).status == 422
    clockwork.move_to(SUNDAY)
    assert mail.outbox == []
    facts = {"since": "2026-03-15 01:45", "what_is_down": "Every call answers 503", "clients_affected": "40"}
    rita.send("ask", "critical", **said, **facts)
    number = Request.objects.get().number
    clockwork.move_to(SUNDAY + timedelta(seconds=1))
    assert "Critical, from Fintegra: API is down" in mails_to("olga")
    assert "Sun 15 Mar, 07:00" in olga.open("desk-request", number).words  # four hours, Sunday or not
    olga.send("desk-act", number, "acknowledge")
    clockwork.move_to(SUNDAY + timedelta(hours=5))
    assert any(number in subject for subject in mails_to("rita"))
    assert "Acknowledged Sun 15 Mar, 03:00" in rita.open("request", number).words
    assert [(clock.promise, clock.state) for clock in Clock.objects.order_by("pk")] == [
        ("critical", "kept"),
        ("escalation", "running"),
    ]
