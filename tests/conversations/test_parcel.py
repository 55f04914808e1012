"""All documents of a case in one ZIP: what one may see and open, the newest version of each."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.conversations import parcel
from trialogue.conversations.models import Conversation, Document
from trialogue.people.models import Actor


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def names(actor: Actor) -> list[str]:
    whole = b"".join(parcel.packed(Document.objects.visible_to(actor)))
    return zipfile.ZipFile(BytesIO(whole)).namelist()


def test_everything_in_the_order_it_came(cast: Cast, talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "AT_ONCE", 2)
    Document.add(talk.case, [document(f"{n}.txt") for n in (3, 1)], by=cast.clara, at=MONDAY)
    talk.post(by=cast.paul, body="", documents=[document("2.txt"), document("3.txt", b"other")])
    assert names(cast.clara) == ["3.txt", "1.txt", "2.txt", "3 (2).txt"]


def test_of_versions_the_newest(cast: Cast, talk: Conversation) -> None:
    Document.add(talk.case, [document("a.txt")], by=cast.clara)
    Document.objects.get().replace(document("b.txt"), by=cast.clara)
    assert names(cast.clara) == ["b.txt"]


def test_neither_the_removed_nor_the_quarantined(cast: Cast, talk: Conversation) -> None:
    files = [document(name) for name in ("removed.txt", "waiting.txt", "found.txt", "clean.txt")]
    Document.add(talk.case, files, by=cast.clara)
    files[0].remove(by=cast.clara)
    for file, verdict in zip(files[1:], ("waiting", "found", "clean"), strict=True):
        Document.objects.filter(pk=file.pk).update(verdict=verdict)
    assert names(cast.clara) == ["clean.txt"]


def test_only_what_one_may_see(cast: Cast, talk: Conversation) -> None:
    Document.add(talk.case, [document("mine.txt")], by=cast.paul)
    Document.add(cast.submitted("OTHER", by=cast.otto), [document("ottos.txt")], by=cast.otto)
    assert names(cast.clara) == names(cast.petra) == ["mine.txt"]
    assert names(cast.otto) == ["ottos.txt"]
    assert names(cast.pia) == names(cast.rita) == []
