"""Pages of what a client and a partner say to each other outside their cases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor, a_file
from trialogue.conversations import relationships
from trialogue.conversations.models import Conversation, Message, Note, Pin
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.wishes import Mute
from trialogue.events import tail
from trialogue.events.models import Event


@pytest.fixture
def talk(cast: Cast, monday: Any) -> Conversation:
    cast.confirmed(at=MONDAY)
    return relationships.between(cast.clara, cast.paul.organisation)


def test_one_begins_with_a_partner_of_ones_own_and_comes_to_the_conversation(cast: Cast, clara: Visitor) -> None:
    cast.confirmed()
    assert "Kanzlei Brandt & Partner" in clara.open("relationships").main
    assert "Pinto Cobranças" not in clara.open("relationships").main
    answer = clara.send("relationships", organisation=cast.paul.acting_for)
    talk = Conversation.objects.get(kind="relationship")
    assert answer.answer["Location"] == f"/relationships/{talk.public_id}/#write"
    page = clara.open("relationship", talk.public_id)
    assert "Kanzlei Brandt & Partner" in page.root.one("h1").words
    assert "Nothing said yet" in page.main
    assert "Paul Brandt and Petra Vogt will be told" in page.main


def test_what_is_said_stands_on_both_pages_with_who_owes_an_answer(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    answer = clara.send(
        "post-message", talk.public_id, body="The okapi terms", documents=[a_file("terms.txt", b"Terms")], key="k"
    )
    assert answer.answer["Location"] == f"/relationships/{talk.public_id}/#message-1"
    page = paul.open("relationship", talk.public_id)
    for words in ("The okapi terms", "terms.txt", "Nordlys Energi A/S", "You owe"):
        assert words in page.main, words
    listed = paul.open("relationships").main
    assert "Nordlys Energi A/S" in listed
    assert "You" in listed
    assert "/relationships/" in paul.open("home").root.one("a", class_="owed__do")["href"]


def test_words_refused_are_kept(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.send("post-message", talk.public_id, body="x" * 10_001, key="k")
    assert page.status == 422
    assert "10,001" in page.main
    assert "x" * 100 in page.root.one("textarea", id="body").words
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)  # PostgreSQL tells a tail only what is committed
def test_a_live_page_gets_what_is_new(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="One")
    head = tail.head()
    talk.post(by=cast.clara, body="The okapi")
    Pin.add(talk, by=cast.clara, fact="Closed on Fridays")
    Note.write(talk, by=cast.petra, body="Only ours")
    page = paul.open("relationship-live", talk.public_id, after=1, head=head)
    for words in ("The okapi", "Closed on Fridays", "Only ours", "Clara Holm pinned a fact"):
        assert words in page.words, words
    assert "One" not in page.words.split()
    assert "Only ours" not in Visitor(cast.clara).open("relationship-live", talk.public_id, after=1, head=head).words


def test_reading_marks_it_as_read_and_its_notices_as_seen(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="One")
    assert [one["value"] for one in paul.open("relationships").root.one("table").all("data")] == ["1"]
    paul.open("relationship", talk.public_id)
    assert not Delivery.objects.filter(person=cast.paul.person, conversation=talk, seen_at=None).exists()
    assert talk.bookmarks.get(person=cast.paul.person).through == 1


def test_messages_are_quoted_pinned_and_taken_back_here(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    talk.post(by=cast.clara, body="One")
    assert "One" in paul.open("relationship", talk.public_id, answers=1).root.one("blockquote").words
    paul.send("post-message", talk.public_id, body="Two", answers="1", key="k")
    assert Message.objects.get(number=2).answers.number == 1  # type: ignore[union-attr]
    paul.send("message", talk.public_id, 1, do="pin")
    assert Pin.objects.get().message.number == 1  # type: ignore[union-attr]
    page = clara.open("message", talk.public_id, 1)
    assert f"/relationships/{talk.public_id}/?at=1#message-1" in {
        link["href"] for link in page.root.all("a", class_="back")
    }
    answer = clara.send("message", talk.public_id, 1, do="unpin")
    assert answer.answer["Location"] == f"/relationships/{talk.public_id}/?at=1#message-1"
    assert not Pin.objects.exists()


def test_a_note_is_removed_and_jumped_to(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    clara.send("post-message", talk.public_id, body="Between us", to="own", key="k")
    note = Note.objects.get()
    place = clara.open("note-place", talk.public_id, note.public_id).answer["Location"]
    assert place == f"/relationships/{talk.public_id}/#note-{note.public_id}"
    assert "Between us" in clara.open("note", talk.public_id, note.public_id).main
    clara.send("note", talk.public_id, note.public_id)
    assert not Note.objects.exists()


def test_it_is_muted_here_and_listed_in_the_settings(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    clara.send("mute", talk.public_id, until="")
    assert Mute.objects.get().conversation == talk
    assert talk.title in clara.open("notice-wishes").main
    assert "You have muted this." in clara.open("relationship", talk.public_id).main
    clara.send("mute", talk.public_id, lift="1")
    assert not Mute.objects.exists()


def test_it_is_found_by_its_words_and_the_file_leads_back(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    Visitor(cast.clara).send(
        "post-message", talk.public_id, body="The okapi terms", documents=[a_file("giraffe.txt", b"Terms")], key="k"
    )
    found = paul.open("search", q="okapi").root.one("a", class_="hit__link")
    assert found["href"] == f"/relationships/{talk.public_id}/?at=1#message-1"
    document = Message.objects.get().documents.get()
    page = paul.open("document-page", document.public_id)
    assert page.root.one("a", class_="back")["href"] == f"/relationships/{talk.public_id}/"


def test_the_operator_reads_along_and_finds_all_pairs(cast: Cast, olga: Visitor, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="The okapi terms")
    assert talk.title in olga.open("relationships").main
    page = olga.open("relationship", talk.public_id)
    assert "The okapi terms" in page.main
    assert "Only the client and the partner write in it" in page.main
    assert talk.bookmarks.filter(person=cast.olga.person).count() == 0
    olga.open("relationship", talk.public_id)
    assert Event.objects.filter(kind="operator.read", subject=talk.public_id).count() == 1
    for side in (cast.clara, cast.paul):
        assert "Olga Lind read messages or documents here" in Visitor(side).open("relationship", talk.public_id).main
    assert not Event.objects.visible_to(cast.rita).filter(subject=talk.public_id).exists()


def test_a_referral_partner_has_its_own_page_of_clients(cast: Cast, rita: Visitor, talk: Conversation) -> None:
    assert rita.open("relationships").answer["Location"] == "/clients/"
    assert rita.open("relationship", talk.public_id).status == 404


@pytest.mark.parametrize(("page", "most"), [("relationship", 21), ("relationships", 9)])
def test_it_asks_as_much_for_many_messages_as_for_few(
    cast: Cast, clara: Visitor, talk: Conversation, page: str, most: int
) -> None:
    def cost() -> int:
        address = [talk.public_id] if page == "relationship" else []
        clara.open(page, *address)
        with CaptureQueriesContext(connection) as asked:
            assert clara.open(page, *address).status == 200
        return len(asked)

    for n in range(3):
        talk.post(by=cast.paul, body=f"Message {n}")
    few = cost()
    for n in range(30):
        talk.post(by=cast.paul, body=f"More {n}")
    assert cost() == few == most
