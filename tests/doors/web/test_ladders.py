"""Ladders on the pages: the sender climbs, whoever must answer sees the same, the operator has all of them on one page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from trialogue.escalations.models import AccountManager, Escalation
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LATE = MONDAY + timedelta(days=2, seconds=1)


@pytest.fixture
def asked(cast: Cast) -> Request:
    assert cast.olga.person
    AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    return Request.open(by=cast.rita, channel="technical", subject="Webhooks fail", body="Since noon.", at=MONDAY)


@pytest.fixture
def rita(cast: Cast) -> Visitor:
    return Visitor(cast.rita)


@pytest.fixture
def olga(cast: Cast) -> Visitor:
    return Visitor(cast.olga)


def test_before_it_is_due_the_page_says_when_the_step_opens(asked: Request, rita: Visitor, monday: Any) -> None:
    page = rita.open("request", asked.number)
    assert "What if nobody answers?" in page.words
    assert "Opens Wed 11 Mar, 12:00, if nobody answers until then." in page.words
    assert not page.root.all("textarea", id="id_reason")
    page = rita.send("request", asked.number, do="climb", reason="Now!")
    assert page.status == 422
    assert "Nobody needs to climb before it is due." in page.words
    assert not Escalation.objects.exists()


def test_overdue_one_button_takes_it_to_the_manager_who_sees_the_same(
    asked: Request, rita: Visitor, olga: Visitor, monday: Any
) -> None:
    monday.move_to(LATE)
    page = rita.open("request", asked.number)
    assert "owed an answer by Wed 11 Mar, 12:00 and has not given it." in page.words
    assert "Escalate" in [button.words for button in page.root.all("button")]
    rita.send("request", asked.number, do="climb", reason="Nobody can be onboarded.")
    for page in (rita.open("request", asked.number), olga.open("desk-request", asked.number)):
        for words in (
            "Account manager · Olga Lind",
            "Rita de Vries took this step",
            "Nobody can be onboarded.",
            "12 Mar",
        ):
            assert words in page.words
    desk = olga.open("desk")
    assert "1 request was escalated to you" in desk.main
    assert "Webhooks fail" in olga.open("ladders", whose="mine").main
    assert "Nobody is climbing" in olga.open("ladders", whose="team").main


def test_answered_it_leaves_the_page_of_all_ladders(cast: Cast, asked: Request, olga: Visitor, monday: Any) -> None:
    monday.move_to(LATE)
    Escalation.climb(asked, by=cast.rita)
    assert asked.number in olga.open("ladders").main
    asked.answer(by=cast.olga, body="Done.")
    assert asked.number not in olga.open("ladders").main


def test_what_would_be_masked_is_shown_first(asked: Request, rita: Visitor, monday: Any) -> None:
    monday.move_to(LATE)
    page = rita.send("request", asked.number, do="climb", reason="Ask rosa@client.example")
    assert "This will be masked" in page.words
    assert not Escalation.objects.exists()
    rita.send("request", asked.number, do="climb", reason="Ask rosa@client.example", reviewed="1")
    assert "rosa@" not in Escalation.objects.get().reason


def test_who_has_no_ladder_sees_none(cast: Cast, monday: Any) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="Sign in", body="Cannot.")
    assert "What if nobody answers?" not in Visitor(cast.clara).open("request", asked.number).words


def test_the_pages_ask_as_much_for_many_as_for_one(
    cast: Cast, asked: Request, rita: Visitor, olga: Visitor, monday: Any
) -> None:
    monday.move_to(LATE)

    def measured() -> list[int]:
        counts = []
        for who, where in (
            (rita, ("request", asked.number)),
            (olga, ("desk-request", asked.number)),
            (olga, ("ladders",)),
        ):
            who.open(*where)
            with CaptureQueriesContext(connection) as queries:
                assert who.open(*where).status == 200
            counts.append(len(queries))
        return counts

    Escalation.climb(asked, by=cast.rita)
    few = measured()
    for n in range(7):
        other = Request.open(by=cast.rita, channel="business", subject=f"Number {n}", body="Why?", at=MONDAY)
        Escalation.climb(other, by=cast.rita)
    assert measured() == few == [17, 31, 8]


# --- a partner who is silent ------------------------------------------------------------------------------------------


@pytest.fixture
def silent(cast: Cast) -> str:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=MONDAY)
    return talk.case.reference


def test_the_case_leads_to_its_ladder_while_an_answer_is_owed(cast: Cast, silent: str, monday: Any) -> None:
    clara = Visitor(cast.clara)
    there = f"/cases/{silent}/ladder/"
    assert there in [link.get("href") for link in clara.open("case", silent).root.all("a")]
    assert there in [link.get("href") for link in Visitor(cast.rita).open("case", silent).root.all("a")]
    assert there not in [link.get("href") for link in Visitor(cast.paul).open("case", silent).root.all("a")]
    page = clara.open("case-ladder", silent)
    assert "Opens Wed 11 Mar, 12:00, if nobody answers until then." in page.main
    assert "Remind the partner" not in page.main


def test_first_a_reminder_then_the_manager(cast: Cast, silent: str, olga: Visitor, monday: Any) -> None:
    monday.move_to(LATE)
    clara = Visitor(cast.clara)
    assert "Remind the partner" in clara.open("case-ladder", silent).main
    clara.send("case-ladder", silent, do="climb")
    assert "Clara Holm reminds Kanzlei Brandt & Partner" in Visitor(cast.paul).open("case", silent).main
    assert "Kanzlei Brandt" in olga.open("ladders").main
    assert clara.send("case-ladder", silent, do="climb").status == 422  # blocked, but why?
    assert (
        "This will be masked" in clara.send("case-ladder", silent, do="climb", reason="Ask rosa@client.example").words
    )
    clara.send("case-ladder", silent, do="climb", reason="The debtor pays today.")
    request = Request.objects.get()
    for page in (clara.open("request", request.number), olga.open("desk-request", request.number)):
        for words in (
            "The debtor pays today.",
            "Reminder in the case",
            "Clara Holm took this step",
            "Platform support · the team",
        ):
            assert words in page.words
    assert "Put it into the case" not in clara.open("request", request.number).words  # where nobody answers
    assert request.number in clara.open("case-ladder", silent).main
    assert clara.send("case-ladder", silent, do="climb", reason="More!").status == 422


def test_others_have_no_such_page(cast: Cast, silent: str, monday: Any) -> None:
    for actor in (cast.paul, cast.olga, cast.otto):
        assert Visitor(actor).open("case-ladder", silent).status == 404


# --- critical ---------------------------------------------------------------------------------------------------------


def test_what_is_owed_first_for_something_critical_is_that_somebody_takes_it_on(rita: Visitor, monday: Any) -> None:
    assert (
        "Asked now, somebody of Trialogue Operations takes it on by Mon 9 Mar, 18:00"
        in rita.open("ask", "critical").main
    )


def test_that_it_is_urgent_does_not_do_and_with_the_facts_those_on_duty_are_called(
    rita: Visitor, olga: Visitor, monday: Any
) -> None:
    said = {"do": "send", "situation": "critical", "subject": "Down", "body": "It is urgent!", "reviewed": "1"}
    page = rita.send("ask", "critical", **said, environment="production")
    assert page.status == 422
    assert "This is needed before anybody is called: What is down." in page.words
    facts = {"environment": "production", "since": "2026-03-09 10:00", "what_is_down": "All", "clients_affected": "9"}
    rita.send("ask", "critical", **said, **facts)
    request = Request.objects.get()
    owed = (
        "Somebody of Trialogue Operations takes it on by Mon 9 Mar, 18:00 (Europe/Amsterdam), at any hour of any day."
    )
    assert owed in rita.open("request", request.number).main
    assert "You are called: something critical was reported." in olga.open("notices").main
    assert "I am on it" in olga.open("desk-request", request.number).words
    olga.send("desk-act", request.number, "acknowledge")
    for page in (rita.open("request", request.number), olga.open("desk-request", request.number)):
        assert "Acknowledged Mon 9 Mar" in page.words
    assert "I am on it" not in olga.open("desk-request", request.number).words
