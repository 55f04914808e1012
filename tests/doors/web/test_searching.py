"""The search page: what is found stands with its words marked, and nobody is shown what they may not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from tests.walk import document
from trialogue.conversations.models import Conversation, Document, Note


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation("ZEBRA-7", debtor_name="Zebra GmbH")
    talk.post(by=cast.clara, body="The zebra has <b>paid</b>", at=MONDAY)
    Note.write(talk, by=cast.clara, body="Our zebra is an okapi", at=MONDAY + timedelta(minutes=1))
    Document.add(talk.case, [document("zebra.txt")], by=cast.clara, at=MONDAY)
    return talk


def hits(page: Page, kind: str) -> list[str]:
    sections = page.root.all("section", aria_labelledby=f"hits-{kind}")
    return [link.words for section in sections for link in section.all("a", class_="hit__link")]


def test_each_kind_is_found_and_leads_to_where_it_stands(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page, ref = clara.open("search", q="zebra"), talk.case.reference
    assert hits(page, "cases") == [f"Zebra GmbH · ZEBRA -7 · {ref}"]
    assert hits(page, "messages") == ["The zebra has <b>paid</b>"]
    assert hits(page, "notes") == ["Our zebra is an okapi"]
    assert hits(page, "documents") == ["zebra .txt"]
    for link in page.root.all("a", class_="hit__link"):
        assert clara.client.get(link["href"], follow=True).status_code == 200


def test_the_words_looked_for_are_marked(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    marked = [mark.words for mark in clara.open("search", q="ZEB").root.all("mark")]
    assert set(marked) == {"Zebra", "ZEBRA", "zebra"}
    assert "<b>paid" not in clara.open("search", q="zebra").html


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("carl", {"cases", "messages", "notes", "documents"}),
        ("paul", {"cases", "messages", "documents"}),
        ("olga", {"cases", "messages", "documents"}),
        ("rita", {"cases", "messages"}),
        ("otto", set()),
        ("pia", set()),
    ],
)
def test_everyone_finds_what_they_may_see(
    cast: Cast, monday: Any, talk: Conversation, who: str, kinds: set[str]
) -> None:
    page = Visitor(getattr(cast, who)).open("search", q="zebra")
    assert {kind for kind in ("cases", "messages", "notes", "documents") if hits(page, kind)} == kinds
    assert ("okapi" in page.html) == ("notes" in kinds)


def test_within_one_case_only_that_case_is_searched(
    cast: Cast, clara: Visitor, otto: Visitor, talk: Conversation
) -> None:
    other = cast.conversation("OTHER")
    other.post(by=cast.clara, body="Another zebra", at=MONDAY)
    page = clara.open("search", q="zebra", case=other.case.reference)
    assert (hits(page, "messages"), hits(page, "cases")) == (["Another zebra"], [])
    assert otto.open("search", q="zebra", case=other.case.reference).status == 404
    assert clara.open("search", q="zebra", case="no such case").status == 200


def test_one_kind_goes_on_page_by_page_without_gap_or_double(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    for number in range(45):
        talk.post(by=cast.clara, body=f"Zebra number {number}", at=MONDAY)
    assert len(hits(clara.open("search", q="zebra"), "messages")) == 5
    seen: list[str] = []
    query: dict[str, Any] = {"q": "zebra number", "in": "messages"}
    while True:
        page = clara.open("search", **query)
        seen += hits(page, "messages")
        if not page.has_link("Older"):
            break
        query["before"] = page.link("Older").rpartition("=")[2]
    assert seen == [f"Zebra number {number}" for number in range(44, -1, -1)]


@pytest.mark.parametrize("q", ["", " ", '"', "'", "a*", "\0", "%", "<script>", "x" * 900, "🦓"])
@pytest.mark.parametrize(
    "more", [{}, {"in": "nothing"}, {"before": "x"}, {"before": "9" * 40, "in": "messages"}, {"case": "\0"}]
)
def test_nothing_typed_breaks_it(cast: Cast, clara: Visitor, talk: Conversation, q: str, more: dict[str, str]) -> None:
    page = clara.open("search", q=q, **more)
    assert page.status == 200
    assert page.root.one("main").all("script") == []


def test_it_asks_as_much_for_many_as_for_few(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    def cost() -> int:
        clara.open("search", q="zebra")
        with CaptureQueriesContext(connection) as asked:
            clara.open("search", q="zebra")
        return len(asked)

    before = cost()
    for number in range(8):
        talk.post(by=cast.paul, body=f"Zebra {number}", at=MONDAY)
        Note.write(talk, by=cast.clara, body=f"Zebra {number}", at=MONDAY)
    assert cost() == before
