"""Documents: judged, stored outside the database, laid into a case, opened by an address that runs out."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.signing import TimestampSigner

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.conversations.models import Conversation, Document
from trialogue.events.models import Event
from trialogue.people.models import Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def test_what_comes_in_is_what_comes_out(cast: Cast, talk: Conversation) -> None:
    content = b"%PDF-1.7\n" + bytes(range(256)) * 1000
    received = Document.receive(BytesIO(content), "Faktura æøå.pdf")
    talk.post(by=cast.clara, body="See", documents=[received])
    kept = Document.objects.get()
    with kept.open() as stored:
        assert stored.read() == content
    assert (kept.name, kept.mime, kept.size) == ("Faktura æøå.pdf", "application/pdf", len(content))
    assert kept.sha256 == hashlib.sha256(content).hexdigest()


def test_where_it_is_stored_says_nothing_about_it(cast: Cast) -> None:
    stored = document("../../secret plan.txt").stored
    assert "secret" not in stored
    assert ".." not in stored


def test_several_at_once_in_the_order_they_were_given(cast: Cast, talk: Conversation) -> None:
    names = ["b.txt", "a.txt", "c.txt"]
    message = talk.post(by=cast.clara, body="Three", documents=[document(name) for name in names])
    assert [d.name for d in message.documents.all()] == names  # type: ignore[attr-defined]
    assert len(Event.objects.get(kind="message.posted").facts["documents"]) == 3


def test_a_document_alone_says_enough(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="", documents=[document()])
    assert (message.body, message.documents.count()) == ("", 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("invoice.pdf", b"MZ\x90\x00\x03\x00\x00\x00", "content is something else"),
        ("invoice.pdf", b"\x7fELF\x02\x01\x01\x00", "content is something else"),
        ("invoice.pdf", b"<html><script>alert(1)</script>", "content is something else"),
        ("empty.pdf", b"", "is empty"),
        ("run.exe", b"MZ\x90\x00", "not accepted"),
        ("page.html", b"<html>", "not accepted"),
        ("picture.svg", b"<svg/>", "not accepted"),
        ("noname", b"words", "not accepted"),
    ],
)
def test_what_is_refused_says_which_file_and_what_to_do(name: str, content: bytes, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Document.receive(BytesIO(content), name)
    (sentence,) = refused.value.message_dict["documents"]
    assert sentence.startswith(f"“{name}”")
    assert says in sentence


def test_twenty_five_megabytes_are_taken_and_one_byte_more_is_not(settings) -> None:  # type: ignore[no-untyped-def]
    most = settings.DOCUMENT_MAX_BYTES
    assert most == 25 * 1024 * 1024
    assert Document.receive(BytesIO(b"a" * most), "large.txt").size == most
    with pytest.raises(ValidationError, match=r"larger than 25 MB\. Send it in parts"):
        Document.receive(BytesIO(b"a" * (most + 1)), "large.txt")


def test_what_is_refused_is_not_stored(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValidationError):
        Document.receive(BytesIO(b"MZ\x00"), "x.pdf")
    assert not [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\clara\\invoice.txt", "invoice.txt"),
        ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
        ("txt.\u202etxt.txt", "txt.txt.txt"),
        ("x" * 300 + ".txt", "x" * 156 + ".txt"),
    ],
)
def test_a_name_is_kept_without_its_path_and_without_tricks(given: str, kept: str) -> None:
    assert document(given).name == kept


# --- in a case, outside the conversation ------------------------------------------------------------------------------


def test_client_and_partner_lay_documents_into_a_case(cast: Cast) -> None:
    case = cast.confirmed()
    Document.add(case, [document("a.txt"), document("b.txt")], by=cast.clara, at=MONDAY)
    Document.add(case, [document("c.txt")], by=cast.paul, at=MONDAY)
    assert [(d.name, d.organisation, d.message) for d in case.documents.all()] == [
        ("a.txt", cast.clara.organisation, None), ("b.txt", cast.clara.organisation, None), ("c.txt", cast.paul.organisation, None),
    ]  # fmt: skip
    assert Event.objects.filter(kind="document.added").count() == 3


@pytest.mark.parametrize("name", ["olga", "otto", "pia", "rita"])
def test_nobody_else_does(cast: Cast, name: str) -> None:
    case = cast.confirmed()
    with pytest.raises(Refused, match="Only the client and the assigned partner"):
        Document.add(case, [document()], by=getattr(cast, name))
    assert not Document.objects.exists()


def test_what_is_laid_in_after_a_partner_left_is_not_for_that_partner(cast: Cast) -> None:
    case = cast.confirmed()
    Document.add(case, [document("before.txt")], by=cast.clara)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow")
    Document.add(case, [document("after.txt")], by=cast.clara)
    assert [d.name for d in Document.objects.visible_to(cast.paul)] == ["before.txt"]
    assert [d.name for d in Document.objects.visible_to(cast.pia)] == ["before.txt", "after.txt"]
    with pytest.raises(Refused, match="Only the client and the assigned partner"):
        Document.add(case, [document()], by=cast.paul)


# --- the address ------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(cast: Cast, talk: Conversation) -> Document:
    talk.post(by=cast.clara, body="", documents=[document()])
    return Document.objects.get()


def test_the_address_admits_to_its_document(kept: Document) -> None:
    assert kept.admits(kept.pass_word)


def test_it_runs_out_after_an_hour(kept: Document) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        word = kept.pass_word
        clock.shift(timedelta(minutes=59, seconds=59))
        assert kept.admits(word)
        clock.shift(timedelta(seconds=2))
        assert not kept.admits(word)


def test_it_does_not_admit_to_another_document(cast: Cast, talk: Conversation, kept: Document) -> None:
    talk.post(by=cast.clara, body="", documents=[document("other.txt")])
    other = Document.objects.get(name="other.txt")
    assert not other.admits(kept.pass_word)


def test_a_changed_word_admits_to_nothing(kept: Document) -> None:
    word = kept.pass_word
    moment, seal = word.split(":")
    for wrong in (
        "",
        ":",
        "x",
        word[:-1],
        word + "x",
        word.swapcase(),
        f"{moment}x:{seal}",
        f"{word}:{word}",
        "é",
        "\ud800",
    ):
        assert not kept.admits(wrong), wrong
    foreign = TimestampSigner(salt="another").sign(kept.public_id).split(":", 1)[1]
    assert not kept.admits(foreign)


def test_only_pictures_and_pdf_are_shown_in_place() -> None:
    def inline(name: str, content: bytes) -> bool:
        return document(name, content).inline

    assert inline("a.pdf", b"%PDF-1.4")
    assert inline("a.png", b"\x89PNG\r\n\x1a\n")
    assert not inline("a.txt", b"<script>alert(1)</script>")
    assert not inline("a.eml", b"From: a@b.de\n\n<script>")
    assert not inline("a.csv", b"=cmd()")


def test_storage_gives_no_name_twice() -> None:
    first, second = document("same.txt"), document("same.txt")
    assert first.stored != second.stored
    assert default_storage.exists(first.stored)
