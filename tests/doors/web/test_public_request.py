"""Who has no account asks sales, partnerships and legal, and comes back by a secret link."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.web.test_help import hidden
from tests.doors.web.visitor import Page, Visitor
from trialogue.people.models import Visitor as Stranger
from trialogue.requests.models import Request, State

pytestmark = pytest.mark.django_db
ASKED = {"subject": "Prices", "body": "What does it cost?", "name": "Vera Visitor", "email": "vera@example.com"}


@pytest.fixture
def vera(nobody: Visitor, cast: Cast, monday: time_machine.Traveller) -> Visitor:
    nobody.monday = monday  # type: ignore[attr-defined]
    return nobody


def send(vera: Visitor, seconds: float = 30, channel: str = "sales", **other: Any) -> Page:
    """Opens the form, fills it in in so many seconds, sends it."""
    form = hidden(vera.open("ask", channel))
    vera.monday.shift(seconds)  # type: ignore[attr-defined]
    return vera.send_and_follow("ask", channel, **form | ASKED | other)


@pytest.fixture
def visited(cast: Cast) -> Request:
    return Request.open(by=Stranger(), at=MONDAY, channel="sales", **ASKED)


def test_asking_gives_a_number_and_a_link_that_opens_it(vera: Visitor) -> None:
    page = send(vera)
    asked = Request.objects.get()
    assert (asked.asker, asked.name, asked.email) == (None, "Vera Visitor", "vera@example.com")
    assert f"Sent. Your request has the number {asked.number}." in page.words
    link = page.link(f"http://testserver/r/{asked.secret}/")
    assert Visitor().open(link).messages == ["What does it cost?"]


def test_the_language_of_the_browser_and_the_zone_of_the_form_are_kept(
    cast: Cast, monday: time_machine.Traveller
) -> None:
    vera = Visitor(**{"accept-language": "da-DK,da;q=0.9,en;q=0.5"})
    vera.monday = monday  # type: ignore[attr-defined]
    page = send(vera, zone="America/New_York", body="Mail anna@mail.example about it")
    page = vera.send_and_follow("ask", "sales", **hidden(page))  # by the way of the review
    asked = Request.objects.get()
    assert (asked.language, asked.zone) == ("da", "America/New_York")
    assert "America/New_York" in page.words


@pytest.mark.parametrize("channel", ["platform", "technical", "critical"])
def test_what_is_not_for_the_public_says_where_it_belongs(vera: Visitor, channel: str) -> None:
    page = vera.open("ask", channel)
    assert "There is a better place for this" in page.main
    assert page.root.all("button", type="submit")[0].words.startswith("Go on with")


def test_the_public_is_shown_the_way_as_well(vera: Visitor) -> None:
    page = vera.send("help", text="How much does it cost, and can we have a demo?")
    assert page.root.one("h2", id="place").words == "Sales"
    assert vera.open("account_login").link("Ask for help without an account") == "/help/"


def test_name_and_address_are_asked_for(vera: Visitor) -> None:
    page = send(vera, email="vera@", name="Vera")
    assert page.status == 422
    assert "Give the address at which we answer." in page.root.one("p", id="id_email-error").words
    assert send(vera, name=" ").status == 422
    assert not Request.objects.exists()


def test_a_program_that_fills_in_what_nobody_sees_is_told_so(vera: Visitor) -> None:
    page = send(vera, website="https://spam.example")
    assert (page.status, Request.objects.count()) == (422, 0)
    assert "as if a program had filled it in" in page.main


def test_nobody_writes_in_two_seconds_and_a_person_sends_it_once_more(vera: Visitor) -> None:
    page = send(vera, seconds=2)
    assert (page.status, Request.objects.count()) == (422, 0)
    vera.monday.shift(5)  # type: ignore[attr-defined]
    assert vera.send("ask", "sales", **hidden(page) | ASKED).status == 302


@pytest.mark.parametrize("stamp", ["", "x", "1:forged"])
def test_a_form_that_we_did_not_make_is_sent_once_more(vera: Visitor, stamp: str) -> None:
    page = send(vera, stamp=stamp)
    assert (page.status, Request.objects.count()) == (422, 0)
    vera.monday.shift(30)  # type: ignore[attr-defined]
    assert vera.send("ask", "sales", **hidden(page) | ASKED).status == 302


def test_only_so_many_come_from_one_address_in_an_hour(vera: Visitor) -> None:
    for _each in range(5):
        assert send(vera).status == 200
    page = send(vera)
    assert (page.status, Request.objects.count()) == (429, 5)
    assert "try again in an hour" in page.main
    assert page.root.one("textarea", name="body").words == ASKED["body"]
    assert send(vera, email="another@example.com").status == 200
    vera.monday.shift(3600)  # type: ignore[attr-defined]
    assert send(vera).status == 200


def test_only_so_many_come_from_one_network_in_an_hour(vera: Visitor) -> None:
    for n in range(20):
        assert send(vera, email=f"vera{n}@example.com").status == 200
    assert send(vera, email="vera20@example.com").status == 429


def test_an_address_in_the_words_is_masked_and_the_own_one_is_not(vera: Visitor) -> None:
    page = send(vera, body="Write to anna@mail.example")
    vera.send("ask", "sales", **hidden(page))
    asked = Request.objects.get()
    assert asked.conversation.messages.get().body == "Write to [e-mail]"
    assert asked.email == "vera@example.com"


# --- by the link ------------------------------------------------------------------------------------------------------


def test_whoever_has_the_link_reads_and_no_search_engine_keeps_it(vera: Visitor, visited: Request) -> None:
    page = vera.open("visited", visited.secret)
    assert "Trialogue Operations owes you an answer" in page.main
    assert "Trialogue Operations answers by Wed 11 Mar, 12:00 (Europe/Copenhagen)" in page.main
    assert page.answer["X-Robots-Tag"] == "noindex, nofollow"
    assert page.root.one("meta", name="robots")["content"] == "noindex"
    assert page.answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.answer["Cache-Control"]


def test_a_link_that_is_wrong_or_of_someone_with_an_account_opens_nothing(
    vera: Visitor, cast: Cast, visited: Request
) -> None:
    from trialogue.requests.models import _LINKS

    own = Request.open(by=cast.clara, channel="sales", subject="Ours", body="Ours")
    for secret in ("x", visited.secret[:-1], visited.public_id, _LINKS.sign(own.public_id)):
        assert vera.open("visited", secret).status == 404
        assert vera.send("visited-rate", secret, "good").status == 404


def test_by_the_link_one_writes_closes_and_rates(vera: Visitor, cast: Cast, visited: Request) -> None:
    visited.answer(by=cast.olga, body="Nothing.", at=MONDAY)
    here = visited.secret
    page = vera.send_and_follow("visited", here, do="write", body="Nothing at all?")
    assert page.messages == ["What does it cost?", "Nothing.", "Nothing at all?"]
    vera.send("visited", here, do="close")
    vera.send("visited", here, do="rate", helped="yes", words="Quick")
    visited.refresh_from_db()
    assert (visited.state, visited.helped, visited.verdict) == (State.CLOSED, True, "Quick")


def test_by_the_link_one_says_what_was_missing(vera: Visitor, cast: Cast) -> None:
    told = ASKED | {"channel": "partnerships", "situation": "partnership"}
    asked = Request.open(by=Stranger(), at=MONDAY, **told)
    assert asked.missing == ["nature"]
    vera.send("visited", asked.secret, do="supply", nature="We collect in Portugal")
    asked.refresh_from_db()
    assert (asked.missing, asked.form) == ([], {"nature": "We collect in Portugal"})


def test_opening_the_link_of_a_mail_does_not_vote_and_its_button_does(
    vera: Visitor, cast: Cast, visited: Request
) -> None:
    visited.answer(by=cast.olga, body="Nothing.", at=MONDAY)
    for verdict, helped in (("good", True), ("bad", False)):
        visited.refresh_from_db()
        before = visited.helped
        assert len(vera.open("visited-rate", visited.secret, verdict).root.one("main").all("button")) == 1
        visited.refresh_from_db()
        assert visited.helped is before
        vera.send("visited-rate", visited.secret, verdict)
        visited.refresh_from_db()
        assert visited.helped is helped
    assert vera.open(f"/r/{visited.secret}/rate/perhaps/").status == 404
