"""The page of a case: what each side sees of it, the conversation in order, read marks and notices, earlier messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from tests.walk import document
from trialogue.conversations.models import Bookmark, Conversation, Document
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.doors.web import thread


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="When will you call them?", at=MONDAY + timedelta(minutes=1))
    talk.post(by=cast.paul, body="Tomorrow.", at=MONDAY + timedelta(minutes=2))
    return talk


def test_the_case_stands_on_its_page(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.open("case", talk.case.reference)
    assert page.root.one("h1").words == "Bergmann Logistik GmbH"
    for words in (
        talk.case.reference,
        "€12,480.50",
        "Active",
        "INV-1001",
        "Germany",
        "Company",
        "Unpaid invoice for power deliveries.",
    ):
        assert words in page.main, words


def test_both_sides_read_the_conversation_in_order(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    for visitor in (clara, paul):
        assert visitor.open("case", talk.case.reference).messages == ["When will you call them?", "Tomorrow."]


def test_each_message_names_its_author_and_their_side(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    head = clara.open("case", talk.case.reference).root.one("article", id="message-2").one("header").words
    assert head == "Paul Brandt · Kanzlei Brandt & Partner Collection Partner 12:02"


def test_own_messages_stand_out(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.open("case", talk.case.reference).root
    assert "message--own" in page.one("article", id="message-1")["class"]
    assert "message--own" not in page.one("article", id="message-2")["class"]


def test_the_log_speaks_between_the_messages(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    talk.case.pause(by=cast.paul, reason="Waiting for the register", at=MONDAY + timedelta(minutes=3))
    page = clara.open("case", talk.case.reference)
    order = [
        page.html.index(words) for words in ("Paul Brandt confirmed", "Tomorrow.", "Paul Brandt paused", "Waiting for")
    ]
    assert order == sorted(order)


def test_messages_of_one_person_shortly_after_each_other_go_together(
    cast: Cast, clara: Visitor, talk: Conversation
) -> None:
    talk.post(by=cast.paul, body="At ten.", at=MONDAY + timedelta(minutes=11))
    talk.post(by=cast.paul, body="Or eleven.", at=MONDAY + timedelta(minutes=40))
    page = clara.open("case", talk.case.reference).root
    together = [article["id"] for article in page.all("article", class_="message--again")]
    assert together == ["message-3"]


def test_days_are_those_of_the_reader(cast: Cast, clara: Visitor, olga: Visitor, talk: Conversation) -> None:
    talk.post(
        by=cast.paul, body="Late", at=MONDAY - timedelta(days=1) + timedelta(hours=12, minutes=30)
    )  # Monday 00:30
    days = [day.words for day in clara.open("case", talk.case.reference).root.all("h2", class_="talk__date")]
    assert days == ["Today"]
    cast.olga.person.describe(name="Olga", zone="America/New_York", language="en")  # type: ignore[union-attr]
    days = [day.words for day in olga.open("case", talk.case.reference).root.all("h2", class_="talk__date")]
    assert days == ["Yesterday", "Today"]


def test_a_referral_partner_reads_what_is_said_and_no_evidence_beside_it(
    cast: Cast, rita: Visitor, talk: Conversation
) -> None:
    Document.add(talk.case, [document("secret.txt")], by=cast.clara)
    page = rita.open("case", talk.case.reference)
    assert page.status == 200
    assert "Active" in page.main
    assert "Tomorrow" in page.main
    for hidden in ("secret.txt", "Send", "owes you"):
        assert hidden not in page.main, hidden


def test_the_operator_reads_and_does_not_write(cast: Cast, olga: Visitor, talk: Conversation) -> None:
    page = olga.open("case", talk.case.reference)
    assert page.messages == ["When will you call them?", "Tomorrow."]
    assert not page.root.all("form", id="write")
    assert "You oversee this conversation" in page.main
    assert not Bookmark.objects.filter(person=cast.olga.person).exists(), "overseeing leaves no mark"


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_outsiders_do_not_find_it(cast: Cast, monday: Any, talk: Conversation, who: str) -> None:
    page = Visitor(getattr(cast, who)).open("case", talk.case.reference)
    assert page.status == 404
    assert "We cannot find this page" in page.words
    assert "Bergmann" not in page.html
    nothing = Visitor(getattr(cast, who)).open("case", "ZZZZZZZZ")
    assert nothing.main == page.main, "the same words as for a case that does not exist"


def test_a_reference_is_found_in_any_case(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    assert clara.open("case", talk.case.reference.lower()).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "/cases/%00/",
        "/cases/SHORT/",
        "/cases/'%20OR%201=1/",
        "/cases/..%2f..%2fetc/",
        "/cases/%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80/",
    ],
)
def test_addresses_that_are_none_are_not_found(cast: Cast, clara: Visitor, address: str) -> None:
    assert clara.open(address).status == 404


def test_people_of_the_case_are_named(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    people = clara.open("case", talk.case.reference).root.one("ul", class_="people").words
    for name in ("Clara Holm You", "Carl Dahl", "Paul Brandt", "Petra Vogt", "Rita de Vries"):
        assert name in people
    assert "Otto" not in people


# --- read marks and notices -------------------------------------------------------------------------------------------


def test_opening_the_page_reads_it_and_the_other_side_sees_that(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    talk.post(by=cast.clara, body="Thanks", at=MONDAY + timedelta(minutes=3))
    assert "Seen by Paul" not in clara.open("case", talk.case.reference).root.one("footer", id="foot-3").words
    paul.open("case", talk.case.reference)
    assert (
        "Seen by Paul Brandt, Mon 9 Mar, 14:00"
        in clara.open("case", talk.case.reference).root.one("footer", id="foot-3").words
    )


def test_whoever_answers_has_seen_what_they_answer(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.open("case", talk.case.reference).root
    assert "Seen by Paul Brandt" in page.one("footer", id="foot-1").words
    assert "Seen by" not in page.one("footer", id="foot-2").words


def test_what_came_since_one_left_is_marked_once(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    clara.open("case", talk.case.reference)
    talk.post(by=cast.paul, body="One more thing", at=MONDAY + timedelta(minutes=5))
    talk.post(by=cast.paul, body="And another", at=MONDAY + timedelta(minutes=6))
    page = clara.open("case", talk.case.reference)
    assert page.html.index("New since you left") < page.html.index("One more thing")
    assert page.html.count("New since you left") == 1
    assert "New since you left" not in clara.open("case", talk.case.reference).html


def test_reading_what_is_earlier_marks_nothing_new_as_read(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    clara.open("case", talk.case.reference, before=2)
    assert not Bookmark.objects.filter(person=cast.clara.person, through=2).exists()


def test_each_own_message_says_how_its_notices_fared(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    foot = clara.open("case", talk.case.reference).root.one("footer", id="foot-1").words
    assert "2 not sent yet" in foot
    send_due(MONDAY + timedelta(hours=1))
    foot = clara.open("case", talk.case.reference).root.one("footer", id="foot-1").words
    assert "Paul Brandt: sent" in foot or "Paul Brandt: read here" in foot
    assert "Petra Vogt: sent" in foot


def test_a_notice_that_failed_is_said_with_its_reason(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    Delivery.objects.filter(person=cast.petra.person).update(state="failed", why="550 no such mailbox")
    foot = clara.open("case", talk.case.reference).root.one("footer", id="foot-1").words
    assert "1 not delivered" in foot
    assert "Petra Vogt: not delivered" in foot
    assert "550 no such mailbox" in foot


def test_what_the_other_side_was_told_is_theirs(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    assert "Notices" not in clara.open("case", talk.case.reference).root.one("footer", id="foot-2").words


# --- what will follow -------------------------------------------------------------------------------------------------


def test_the_composer_says_who_will_be_told_and_when_an_answer_is_due(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    told = clara.open("case", talk.case.reference).root.one("div", id="next").words
    assert (
        "Paul Brandt and Petra Vogt will be told. Kanzlei Brandt & Partner owes an answer by Wed 11 Mar, 14:00" in told
    )
    told = paul.open("case", talk.case.reference).root.one("div", id="next").words
    # Paul has asked nothing yet, but his last words expect an answer: that clock is the one that counts.
    assert "Carl Dahl and Clara Holm will be told. Nordlys Energi A/S owes an answer by Wed 11 Mar, 12:02" in told


def test_what_was_foreseen_is_what_happens(cast: Cast, clara: Visitor) -> None:
    case = cast.confirmed("FORESEE")
    owed = clara.open("case", case.reference).root.one("p", class_="composer__next--owed")
    clara.send("post-message", case.reference, body="When?", key="k")
    assert case.clocks.get(promise="reply").due_at == datetime.fromisoformat(owed.one("time")["datetime"])


def test_in_a_closed_case_nobody_owes_an_answer(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    talk.case.close(by=cast.paul, code="Paid")
    page = clara.open("case", talk.case.reference)
    assert "Nobody owes an answer." in page.root.one("div", id="next").words
    assert "Closed: Paid" in page.main


@pytest.mark.parametrize(
    ("who", "made", "moves"),
    [
        (
            "olga",
            "submitted",
            [
                "Release to partner",
                "Wait for the contract",
                "Collect quotes",
                "Close without starting",
                "Merge into another case",
            ],
        ),
        ("clara", "submitted", ["Withdraw case"]),
        ("paul", "released", ["Confirm case", "Ask for information", "Decline case", "Close case"]),
        ("clara", "released", ["Withdraw case"]),
        ("clara", "confirmed", ["Ask to close the case"]),
        ("olga", "released", ["Give to another partner", "Merge into another case"]),
        ("paul", "confirmed", ["Ask for information", "Pause case", "Close case"]),
        ("rita", "confirmed", []),
    ],
)
def test_each_side_is_offered_its_own_moves(cast: Cast, monday: Any, who: str, made: str, moves: list[str]) -> None:
    case = getattr(cast, made)()
    page = Visitor(getattr(cast, who)).open("case", case.reference)
    assert [link.words for link in page.root.one("div", id="case-moves").all("a")] == moves


# --- earlier messages -------------------------------------------------------------------------------------------------


@pytest.fixture
def long_talk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """Seven messages on pages of three, with a line of the log between each two pages."""
    monkeypatch.setattr(thread, "PAGE", 3)
    talk = cast.conversation("LONG", at=MONDAY - timedelta(hours=1))
    for number in range(1, 8):
        at = MONDAY + timedelta(minutes=20 * number)
        talk.post(by=cast.clara, body=f"Message {number}", at=at)
        Document.add(talk.case, [document(f"{number}.txt")], by=cast.clara, at=at + timedelta(minutes=5))
    return talk


def test_earlier_messages_and_lines_each_stand_on_one_page(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    page, address = clara.open("case", long_talk.case.reference), f"/cases/{long_talk.case.reference}/"
    messages, lines = [page.messages], [len(page.root.all("p", class_="said"))]
    while page.has_link("Show earlier messages"):
        page = clara.open(address + page.link("Show earlier messages"))
        messages.append(page.messages)
        lines.append(len(page.root.all("p", class_="said")))
        assert len(messages) < 9
    assert messages == [["Message 5", "Message 6", "Message 7"], ["Message 2", "Message 3", "Message 4"], ["Message 1"]]
    assert sum(lines) == 7 + 2, "seven documents, a release and a confirmation"


def test_htmx_gets_only_what_is_earlier(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    page = clara.ask(f"/cases/{long_talk.case.reference}/?before=5", **{"HX-Request": "true"})
    assert page.messages == ["Message 2", "Message 3", "Message 4"]
    assert page.has_link("Show earlier messages")
    assert "<html" not in page.html


def test_an_earlier_page_leads_back_to_the_newest(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    page = clara.open("case", long_talk.case.reference, before=5)
    assert page.link("Show the newest messages") == f"/cases/{long_talk.case.reference}/"
    assert not page.root.all("form", id="write"), "one writes under the newest"


@pytest.mark.parametrize("before", ["0", "-1", "x", "1", "99999999999999999999", "\0", "²", ""])
def test_a_place_that_is_none_does_no_harm(cast: Cast, clara: Visitor, long_talk: Conversation, before: str) -> None:
    assert clara.open("case", long_talk.case.reference, before=before).status == 200


def test_a_reader_of_the_first_messages_is_not_shown_at_later_ones(
    cast: Cast, clara: Visitor, long_talk: Conversation
) -> None:
    long_talk.mark_read(by=cast.paul, through=2)
    assert "Seen by" not in clara.open("case", long_talk.case.reference).html
    assert (
        "Seen by Paul" in clara.open("case", long_talk.case.reference, before=5).root.one("footer", id="foot-2").words
    )
