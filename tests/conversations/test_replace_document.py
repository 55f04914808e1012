"""A new version takes the place of a document; the older ones stay within reach."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.conversations.models import Conversation, Document, Message
from trialogue.events.models import Event
from trialogue.people.models import Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


@pytest.fixture
def first(cast: Cast, talk: Conversation) -> Document:
    talk.post(by=cast.paul, body="See", documents=[document("plan.txt", b"One")])
    return Document.objects.get()


def replaced(first: Document, cast: Cast, content: bytes = b"Two", name: str = "plan 2.txt") -> Document:
    newer = document(name, content)
    first.replace(newer, by=cast.petra)
    return newer


def test_the_newest_stands_where_the_first_stood(cast: Cast, talk: Conversation, first: Document) -> None:
    newer = replaced(first, cast)
    (message,) = Message.objects.shown()
    assert [d.public_id for d in message.documents.all()] == [newer.public_id]  # type: ignore[attr-defined]
    assert (newer.version, newer.engagement_id, newer.uploader) == (2, first.engagement_id, cast.petra.person)
    assert list(Document.objects.visible_to(cast.clara).current()) == [newer]


def test_all_versions_are_within_reach_of_each(cast: Cast, first: Document) -> None:
    second = replaced(first, cast)
    third = replaced(second, cast, b"Three")
    for each in (first, second, third):
        assert list(each.versions()) == [first, second, third]
    with first.open() as content:
        assert content.read() == b"One"


def test_it_keeps_kind_and_description_unless_told_others(cast: Cast, first: Document) -> None:
    first.describe(by=cast.paul, kind="DemandLetter", description="The plan")
    newer = replaced(first, cast)
    assert (newer.kind, newer.description) == ("DemandLetter", "The plan")


def test_the_log_knows_both_and_the_checksum(cast: Cast, first: Document) -> None:
    newer = replaced(first, cast)
    facts = Event.objects.get(kind="document.replaced").facts
    assert facts == {"document": newer.public_id, "old": first.public_id, "version": 2, "sha256": newer.sha256}


def test_an_old_version_is_not_replaced_again(cast: Cast, first: Document) -> None:
    replaced(first, cast)
    with pytest.raises(Refused, match="replaced or removed meanwhile"):
        replaced(Document.objects.get(pk=first.pk), cast, b"Other")
    assert Document.objects.count() == 2


def test_what_was_removed_is_not_replaced(cast: Cast, first: Document) -> None:
    first.remove(by=cast.paul)
    with pytest.raises(Refused):
        replaced(first, cast)


@pytest.mark.parametrize("who", ["clara", "olga", "pia"])
def test_nobody_else_replaces_it(cast: Cast, first: Document, who: str) -> None:
    with pytest.raises(Refused, match="Only the side that added"):
        first.replace(document(), by=getattr(cast, who))


def test_the_same_message_said_again_is_still_the_same(cast: Cast, talk: Conversation) -> None:
    said = talk.post(by=cast.paul, body="See", documents=[document("plan.txt", b"One")], key="k")
    replaced(Document.objects.get(), cast)
    again = talk.post(by=cast.paul, body="See", documents=[document("plan.txt", b"One")], key="k")
    assert (again.pk, again.replayed) == (said.pk, True)


def test_nothing_is_replaced_in_an_earlier_partners_part(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="See", documents=[document("plan.txt", b"One")])
    talk.case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow")
    with pytest.raises(Refused, match="earlier partner's part"):
        Document.objects.get().replace(document("plan 2.txt"), by=cast.clara)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(transactional_db: None) -> None:
    from tests.cast import gather

    cast = gather()
    cast.conversation().post(by=cast.paul, body="", documents=[document()], at=MONDAY)
    pk = Document.objects.get().pk
    refused: list[Refused] = []
    ready = threading.Barrier(2)

    def replace() -> None:
        try:
            ready.wait()
            Document.objects.get(pk=pk).replace(document("newer.txt"), by=cast.paul)
        except Refused as why:
            refused.append(why)
        finally:
            connection.close()

    threads = [threading.Thread(target=replace) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), sorted(Document.objects.values_list("version", flat=True))) == (1, [1, 2])
