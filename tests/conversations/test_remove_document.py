"""A document is removed by the side that added it: its bytes go, its trace and its checksum stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.documents import Shut
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.events.models import Event
from trialogue.people.models import Refused

LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def laid(cast: Cast, case: Case) -> Document:
    Document.add(case, [document()], by=cast.clara, at=MONDAY)
    return Document.objects.get()


def test_the_row_stays_and_says_who_and_when(cast: Cast, laid: Document) -> None:
    laid.remove(by=cast.carl, at=LATER)
    kept = Document.objects.get()
    assert (kept.removed_at, kept.removed_by, kept.shut, kept.remover) == (
        LATER,
        cast.carl.person,
        "removed",
        "Carl Dahl",
    )


def test_the_log_keeps_the_checksum(cast: Cast, laid: Document) -> None:
    laid.remove(by=cast.clara)
    assert Event.objects.get(kind="document.removed").facts == {"document": laid.public_id, "sha256": laid.sha256}


def test_it_can_be_opened_no_more_from_that_moment(cast: Cast, laid: Document) -> None:
    laid.remove(by=cast.clara)
    with pytest.raises(Shut, match="was removed") as shut:
        laid.open()
    assert shut.value.gone


def test_the_worker_wipes_the_bytes(cast: Cast, laid: Document) -> None:
    stored = laid.stored
    laid.remove(by=cast.clara, at=LATER)
    assert default_storage.exists(stored)  # or a change that fails at its end would have lost them
    assert look_into(LATER) == 1
    assert not default_storage.exists(stored)
    assert Document.objects.get().stored == ""
    assert look_into(LATER + timedelta(days=1)) == 0


def test_all_versions_go_together(cast: Cast, laid: Document) -> None:
    newer = document("newer.txt", b"Two")
    laid.replace(newer, by=cast.clara, at=MONDAY)
    newer.remove(by=cast.clara, at=LATER)
    assert Document.objects.filter(removed_at=None).count() == 0
    assert Event.objects.filter(kind="document.removed").count() == 2
    look_into(LATER)
    assert not default_storage.exists(laid.stored)
    assert not default_storage.exists(newer.stored)


def test_twice_is_once(cast: Cast, laid: Document) -> None:
    stale = Document.objects.get()
    laid.remove(by=cast.clara)
    stale.remove(by=cast.clara)
    assert Event.objects.filter(kind="document.removed").count() == 1


@pytest.mark.parametrize("who", ["paul", "olga", "rita", "otto", "pia"])
def test_nobody_else_removes_it(cast: Cast, laid: Document, who: str) -> None:
    with pytest.raises(Refused, match="Only the side that added"):
        laid.remove(by=getattr(cast, who))
    assert not Document.objects.get().shut


def test_a_store_that_is_away_is_tried_again(cast: Cast, laid: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_name: str) -> None:
        raise OSError("no store")

    laid.remove(by=cast.clara, at=LATER)
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", away)
        look_into(LATER)
    assert Document.objects.get().stored
    look_into(LATER + timedelta(hours=1))
    assert Document.objects.get().stored == ""
