"""The worker's round for documents: checked for malware before anyone opens them, drawn, and tried again when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage

from tests.cast import MONDAY, Cast
from tests.lib.test_drawing import pdf, picture
from tests.scanner import BAD, SIGNATURE, Scanner, nowhere, scanning
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations import looking
from trialogue.conversations.documents import Shut
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event
from trialogue.lib import drawing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def scanner(settings: Any) -> Iterator[Scanner]:
    with scanning() as found:
        settings.CLAMAV = found.address
        yield found


def lay(case: Case, cast: Cast, name: str = "evidence.txt", content: bytes = b"So it was said.") -> Document:
    found = document(name, content)
    Document.add(case, [found], by=cast.clara, at=MONDAY)
    return found


def now_is(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


# --- checked ----------------------------------------------------------------------------------------------------------


def test_without_a_scanner_nothing_waits_for_one(cast: Cast, case: Case) -> None:
    laid = lay(case, cast)
    assert (laid.verdict, laid.due_at, look_into(MONDAY)) == ("none", None, 0)
    laid.open().close()


def test_until_it_is_checked_nobody_opens_it(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast)
    with pytest.raises(Shut, match="being checked for malware"):
        now_is(laid).open()
    assert not Document.objects.openable().exists()


def test_the_clean_is_opened(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast)
    assert look_into(MONDAY) == 1
    assert (now_is(laid).verdict, scanner.seen) == ("clean", [b"So it was said."])
    with now_is(laid).open() as content:
        assert content.read() == b"So it was said."
    assert Event.objects.filter(kind="document.checked").count() == 1


def test_what_is_found_is_kept_away(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast, content=BAD)
    look_into(MONDAY)
    kept = now_is(laid)
    assert (kept.verdict, kept.found, kept.due_at) == ("found", SIGNATURE, None)
    with pytest.raises(Shut, match="nobody can open it"):
        kept.open()
    assert look_into(MONDAY + timedelta(days=9)) == 0


@pytest.mark.parametrize("early", [True, False])
def test_the_side_that_added_it_is_told(cast: Cast, scanner: Scanner, early: bool) -> None:
    lay(cast.submitted("EARLY") if early else cast.confirmed(), cast, content=BAD)
    Delivery.objects.all().delete()
    look_into(MONDAY)
    told = Delivery.objects.values_list("person__name", flat=True)
    assert {"Clara Holm", "Carl Dahl"} == set(told)


def test_a_new_version_is_checked_too_while_the_old_stays_open(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast)
    look_into(MONDAY)
    newer = document("newer.txt", BAD)
    now_is(laid).replace(newer, by=cast.clara, at=MONDAY)
    look_into(MONDAY)
    assert (now_is(laid).shut, now_is(newer).shut) == ("", "found")


def test_a_scanner_that_is_away_leaves_it_shut_and_is_asked_again(cast: Cast, case: Case, settings: Any) -> None:
    settings.CLAMAV = nowhere()
    laid = lay(case, cast)
    look_into(MONDAY)
    kept = now_is(laid)
    assert kept.shut == "waiting"
    assert MONDAY < kept.due_at <= MONDAY + MINUTE  # type: ignore[operator]
    assert look_into(MONDAY) == 0
    with scanning() as back:
        settings.CLAMAV = back.address
        look_into(MONDAY + MINUTE)
    assert now_is(laid).verdict == "clean"


def test_it_is_waited_for_as_long_as_it_takes_and_never_longer_than_ten_minutes(
    cast: Cast, case: Case, settings: Any
) -> None:
    settings.CLAMAV = nowhere()
    laid, now = lay(case, cast), MONDAY
    for _ in range(40):
        look_into(now)
        again = now_is(laid).due_at
        assert again is not None
        assert now < again <= now + 10 * MINUTE
        now = again
    assert now_is(laid).shut == "waiting"


def test_while_it_is_away_it_is_asked_once_and_not_for_each(
    cast: Cast, case: Case, settings: Any, monkeypatch: Any
) -> None:
    asked: list[str] = []
    settings.CLAMAV = "127.0.0.1:1"

    def away(_content: Any, _address: Any) -> str:
        asked.append("")
        raise looking.clamd.Away("gone")

    monkeypatch.setattr(looking.clamd, "scan", away)
    for number in range(5):
        lay(case, cast, f"{number}.txt")
    look_into(MONDAY)
    assert (len(asked), look_into(MONDAY)) == (1, 0)


def test_a_file_it_has_no_verdict_on_holds_up_no_other(cast: Cast, case: Case, scanner: Scanner) -> None:
    scanner.server.most = 1000
    large, small = lay(case, cast, "large.txt", b"x" * 9999), lay(case, cast)
    look_into(MONDAY)
    assert (now_is(large).shut, now_is(small).shut) == ("waiting", "")


def test_a_scanner_that_was_taken_away_opens_nothing(cast: Cast, case: Case, scanner: Scanner, settings: Any) -> None:
    laid = lay(case, cast)
    settings.CLAMAV = ""
    look_into(MONDAY)
    assert now_is(laid).shut == "waiting"


def test_the_network_is_spoken_to_outside_of_any_transaction(
    cast: Cast, case: Case, scanner: Scanner, monkeypatch: Any
) -> None:
    from trialogue.events import change

    inside: list[object] = []
    scan = looking.clamd.scan
    monkeypatch.setattr(looking.clamd, "scan", lambda *asked: inside.append(change._current.get()) or scan(*asked))
    lay(case, cast)
    look_into(MONDAY)
    assert inside == [None]


def test_what_is_removed_while_it_is_checked_stays_removed(
    cast: Cast, case: Case, scanner: Scanner, monkeypatch: Any
) -> None:
    laid = lay(case, cast)
    monkeypatch.setattr(looking.clamd, "scan", lambda *_: now_is(laid).remove(by=cast.clara, at=MONDAY) or "")
    look_into(MONDAY)
    assert (now_is(laid).shut, Event.objects.filter(kind="document.checked").count()) == ("removed", 0)
    look_into(MONDAY)
    assert now_is(laid).stored == ""


# --- drawn ------------------------------------------------------------------------------------------------------------


def test_pages_stand_beside_the_document(cast: Cast, case: Case) -> None:
    laid = lay(case, cast, "plan.pdf", pdf(3))
    assert look_into(MONDAY) == 1
    kept = now_is(laid)
    assert (kept.pages, kept.page_count, kept.due_at) == (3, 3, None)
    assert all(default_storage.exists(kept.picture(number)) for number in range(4))


def test_what_is_checked_is_drawn_after_that(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast, "note.png", picture())
    look_into(MONDAY)
    assert (now_is(laid).verdict, now_is(laid).pages) == ("clean", 0)
    look_into(MONDAY)
    assert now_is(laid).pages == 1


def test_what_holds_malware_is_never_drawn(cast: Cast, case: Case, scanner: Scanner) -> None:
    laid = lay(case, cast, "plan.pdf", pdf(1) + b"EICAR")
    for _ in range(3):
        look_into(MONDAY)
    assert (now_is(laid).shut, now_is(laid).pages) == ("found", 0)


def test_what_cannot_be_drawn_is_left_at_that(cast: Cast, case: Case) -> None:
    laid = lay(case, cast, "broken.pdf", b"%PDF-1.7 broken")
    look_into(MONDAY)
    assert (now_is(laid).pages, now_is(laid).due_at, now_is(laid).shut) == (0, None, "")


def test_text_is_not_drawn(cast: Cast, case: Case) -> None:
    lay(case, cast)
    assert look_into(MONDAY) == 0


def test_a_store_that_is_away_is_tried_a_few_times(cast: Cast, case: Case, monkeypatch: Any) -> None:
    def away(_name: str) -> None:
        raise OSError("no store")

    laid, now, tries = lay(case, cast, "plan.pdf", pdf(1)), MONDAY, 0
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "open", away)
        while (due := now_is(laid).due_at) is not None:
            now, tries = due, tries + 1
            look_into(now)
    assert tries == looking.MOST_TRIES


def test_a_try_that_was_cut_off_is_made_again(cast: Cast, case: Case, monkeypatch: Any) -> None:
    def killed(name: str, content: Any) -> None:
        save(name, content)
        raise SystemExit

    laid, save = lay(case, cast, "plan.pdf", pdf(1)), default_storage.save
    with monkeypatch.context() as worker:
        worker.setattr(default_storage, "save", killed)
        with pytest.raises(SystemExit):
            look_into(MONDAY)
    assert len(_stored(laid)) == 2
    look_into(MONDAY + looking.LEASE)
    assert now_is(laid).pages == 1
    assert len(_stored(laid)) == 3


def _stored(document: Document) -> list[str]:
    return default_storage.listdir(document.stored.rpartition("/")[0])[1]


def test_what_is_removed_while_it_is_drawn_leaves_no_picture(cast: Cast, case: Case, monkeypatch: Any) -> None:
    laid = lay(case, cast, "plan.pdf", pdf(1))
    draw = drawing.draw

    def removing(*asked: Any) -> Any:
        now_is(laid).remove(by=cast.clara, at=MONDAY)
        return draw(*asked)

    monkeypatch.setattr(drawing, "draw", removing)
    look_into(MONDAY)
    look_into(MONDAY)
    assert (now_is(laid).pages, _stored(laid)) == (0, [])


def test_removing_takes_the_pictures_along(cast: Cast, case: Case) -> None:
    laid = lay(case, cast, "plan.pdf", pdf(2))
    look_into(MONDAY)
    assert len(_stored(laid)) == 4
    now_is(laid).remove(by=cast.clara, at=MONDAY)
    look_into(MONDAY)
    assert _stored(laid) == []


def test_two_workers_do_not_do_the_same(cast: Cast, case: Case) -> None:
    laid = lay(case, cast, "plan.pdf", pdf(1))
    one, other = Document.objects.get(), Document.objects.get()
    assert [looking._claim(one, MONDAY), looking._claim(other, MONDAY)] == [True, False]
    assert now_is(laid).due_at == MONDAY + looking.LEASE
