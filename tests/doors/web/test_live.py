"""What an open case page asks for when something moved: the parts that show it, and nothing it shows already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Element, Page, Visitor
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.models import Bookmark, Conversation, Document
from trialogue.events import tail


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="One", at=MONDAY)
    return talk


def part(page: Page, name: str) -> Element:
    return page.root.one("div", data_part=name)


def arrived(page: Page) -> list[str]:
    return [article["id"] for article in page.root.all("article")]


def test_only_messages_after_the_last_shown_arrive(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    for body in ("Two", "Three"):
        talk.post(by=cast.paul, body=body, at=MONDAY + timedelta(minutes=1))
    page = clara.open("case-live", talk.case.reference, after=1)
    assert arrived(page) == ["message-2", "message-3"]
    assert page.answer["X-Last"] == "3"


def test_nothing_new_brings_no_message_and_keeps_the_place(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.open("case-live", talk.case.reference, after=1)
    assert (arrived(page), page.answer["X-Last"]) == ([], "1")


@pytest.mark.django_db(transaction=True)  # PostgreSQL tells a tail only what is committed
def test_lines_of_the_log_arrive_after_the_position_of_the_page(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    head = tail.head()
    talk.case.pause(by=cast.paul, reason="Waiting", at=MONDAY + timedelta(minutes=1))
    page = clara.open("case-live", talk.case.reference, after=1, head=head)
    assert [line.words for line in page.root.all("p", class_="said")] == ["Paul Brandt paused the case. 12:01"]
    again = clara.open("case-live", talk.case.reference, after=2, head=page.answer["X-Head"])
    assert again.root.all("p", class_="said") == []


def test_a_change_of_state_moves_state_moves_and_clocks(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    before = paul.open("case-live", case.reference, after=0)
    assert "Confirm case" in part(before, "case-moves").words
    case.confirm(by=cast.petra)
    page = paul.open("case-live", case.reference, after=0)
    assert part(page, "case-state").words == "Active"
    assert "Confirm case" not in part(page, "case-moves").words
    assert "Kept" in part(page, "case-clocks").words


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "olga"])
def test_every_part_has_its_place_on_the_page(cast: Cast, monday: Any, talk: Conversation, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    page = visitor.open("case", talk.case.reference).root
    places = {element["id"] for element in page.within() if element.get("id")}
    live = visitor.open("case-live", talk.case.reference, after=1).root
    wanted = {element["data-part"] for element in live.within() if element.get("data-part")}
    assert wanted <= places
    assert {element["data-append"] for element in live.within() if element.get("data-append")} == {"thread"}


def test_a_part_says_the_same_as_its_place_on_the_page(
    cast: Cast, clara: Visitor, paul: Visitor, olga: Visitor, talk: Conversation
) -> None:
    """One template for page and live: a page that has missed nothing is not redrawn."""
    Document.add(talk.case, [document()], by=cast.clara)
    for visitor in (clara, paul, olga):
        visitor.open("case", talk.case.reference)
        page = visitor.open("case", talk.case.reference).root
        live = visitor.open("case-live", talk.case.reference, after=1)
        for fresh in live.root.all("div"):
            if name := fresh.get("data-part"):
                assert fresh.words == page.one(id=name).words, name
        here = [link.get("aria-current") for link in page.one("nav", id="nav").all("a")]
        assert [link.get("aria-current") for link in part(live, "nav").all("a")] == here


def test_marks_of_readers_move_under_messages_already_shown(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    assert "Seen by" not in part(clara.open("case-live", talk.case.reference, after=1), "foot-1").words
    talk.mark_read(by=cast.paul, through=1)
    assert "Seen by Paul Brandt" in part(clara.open("case-live", talk.case.reference, after=1), "foot-1").words


def test_a_mark_stands_under_one_message_only(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    talk.mark_read(by=cast.paul, through=1)
    talk.post(by=cast.carl, body="Two", at=MONDAY + timedelta(minutes=1))
    talk.mark_read(by=cast.paul, through=2)
    page = clara.open("case-live", talk.case.reference, after=1)
    assert "Seen by Paul" not in part(page, "foot-1").words
    assert "Seen by Paul Brandt" in page.root.one("article", id="message-2").words


def test_whoever_looks_has_read(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    paul.open("case-live", talk.case.reference, after=0)
    assert not Bookmark.objects.filter(person=cast.paul.person).exists()
    paul.open("case-live", talk.case.reference, after=0, looking=1)
    assert Bookmark.objects.get(person=cast.paul.person).through == 1


def test_marking_as_read_by_itself(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    assert paul.send("mark-read", talk.case.reference, through=1).status == 204
    assert Bookmark.objects.get(person=cast.paul.person).through == 1
    for through in ("", "x", "-1", "99999999999", "\0"):
        assert paul.send("mark-read", talk.case.reference, through=through).status == 204
    assert Bookmark.objects.get(person=cast.paul.person).through == 1


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_outsiders_get_nothing(cast: Cast, monday: Any, talk: Conversation, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert visitor.open("case-live", talk.case.reference, after=0).status == 404
    assert visitor.send("mark-read", talk.case.reference, through=1).status == 404


def test_a_referral_partner_reads_along(cast: Cast, rita: Visitor, talk: Conversation) -> None:
    page = rita.open("case-live", talk.case.reference, after=0)
    assert page.status == 200
    assert arrived(page) == ["message-1"]
    assert "owes you" not in page.words
    assert rita.send("mark-read", talk.case.reference, through=1).status == 204


@pytest.mark.parametrize("head", ["x", "1", "0.x", "\0", "99999999999999999999.1", "-1.0"])
def test_a_position_that_is_none_loads_the_page_anew(cast: Cast, clara: Visitor, talk: Conversation, head: str) -> None:
    assert clara.open("case-live", talk.case.reference, after=1, head=head).status == 205


@pytest.mark.parametrize("after", ["x", "-1", "", "\0", "9" * 30])
def test_a_number_that_is_none_counts_as_the_beginning(
    cast: Cast, clara: Visitor, talk: Conversation, after: str
) -> None:
    assert arrived(clara.open("case-live", talk.case.reference, after=after)) == ["message-1"]


def test_a_page_from_before_the_release_learns_that_one_can_write_now(cast: Cast, clara: Visitor) -> None:
    case = cast.submitted()
    assert not clara.open("case-live", case.reference, after=0).root.all("div", data_part="next")
    Case.objects.get(pk=case.pk).release(cast.paul.organisation, by=cast.olga)
    assert part(clara.open("case-live", case.reference, after=0), "next").words
