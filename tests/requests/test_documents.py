"""Documents in a request: laid in with what is said, seen by whoever asked and by the operator, by nobody else."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.events.models import Event
from trialogue.people.models import Refused, Visitor
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
ASKED = {"channel": "platform", "subject": "White page", "body": "It stays white."}
VISITED = {"channel": "sales", "subject": "Prices", "body": "How much?", "name": "Vera", "email": "vera@example.com"}


def names(request: Request) -> list[list[str]]:
    """What came with each message."""
    return [[one.name for one in message.documents.all()] for message in request.conversation.messages.all()]  # type: ignore[attr-defined]


def test_they_come_with_what_is_asked_written_and_answered(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, documents=[document("a.txt"), document("b.txt")], **ASKED)
    asked.write(by=cast.carl, body="", documents=[document("c.txt")])
    asked.answer(by=cast.olga, body="See", documents=[document("d.txt")])
    assert names(asked) == [["a.txt", "b.txt"], ["c.txt"], ["d.txt"]]
    kept = Document.objects.get(name="c.txt")
    assert (kept.case_id, kept.conversation, kept.kind) == (None, asked.conversation, "Miscellaneous")
    assert (kept.uploader, kept.organisation) == (cast.carl.person, cast.clara.organisation)


def test_a_visitor_brings_some_too(cast: Cast) -> None:
    asked = Request.open(by=Visitor(), documents=[document()], **VISITED)
    assert (Document.objects.get().organisation, names(asked)) == (None, [["evidence.txt"]])


def test_both_sides_see_them_and_nobody_else(cast: Cast) -> None:
    asked = Request.open(by=cast.rita, documents=[document("a.txt")], **ASKED | {"channel": "business"})
    asked.answer(by=cast.olga, body="See", documents=[document("b.txt")])
    Request.open(by=Visitor(), documents=[document("c.txt")], **VISITED)
    seen = {
        who: sorted(one.name for one in Document.objects.visible_to(getattr(cast, who)))
        for who in ("rita", "olga", "clara", "paul", "otto", "pia")
    }
    outside: dict[str, list[str]] = {who: [] for who in ("clara", "paul", "otto", "pia")}
    assert seen == {"rita": ["a.txt", "b.txt"], "olga": ["a.txt", "b.txt", "c.txt"], **outside}


def test_those_of_cases_are_seen_as_before_beside_them(cast: Cast) -> None:
    case = cast.confirmed()
    Document.add(case, [document("case.txt")], by=cast.clara)
    Request.open(by=cast.clara, documents=[document("asked.txt")], **ASKED)
    assert {one.name for one in Document.objects.visible_to(cast.clara)} == {"case.txt", "asked.txt"}
    assert [one.name for one in Document.objects.visible_to(cast.paul)] == ["case.txt"]
    assert [one.name for one in Document.objects.of_cases(cast.olga)] == ["case.txt"]


def test_the_log_tells_both_sides_of_each_with_its_checksum(cast: Cast) -> None:
    asked = Request.open(by=cast.rita, documents=[document()], **ASKED | {"channel": "business"})
    added = Event.objects.get(kind="document.added")
    kept = Document.objects.get()
    assert added.facts == {"document": kept.public_id, "sha256": kept.sha256}
    assert added.subject == asked.conversation.public_id
    for who, hears in (("rita", True), ("olga", True), ("clara", False), ("paul", False), ("otto", False)):
        assert Event.objects.visible_to(getattr(cast, who)).filter(pk=added.pk).exists() is hears, who


def test_the_same_key_again_lays_nothing_in_twice(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, **ASKED)
    for _each in range(2):
        asked.write(by=cast.clara, body="See", documents=[document()], key="k")
    assert names(asked) == [[], ["evidence.txt"]]


def test_who_said_it_takes_it_back_and_its_files_go(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, at=MONDAY, **ASKED)
    said = asked.write(by=cast.clara, body="See", documents=[document()], at=MONDAY, expects_answer=False)
    said.withdraw(by=cast.clara, at=MONDAY)
    assert Document.objects.get().removed_at == MONDAY


# --- changed ----------------------------------------------------------------------------------------------------------


def test_a_side_replaces_and_removes_its_own_alone(cast: Cast) -> None:
    Request.open(by=cast.clara, documents=[document("a.txt")], **ASKED)
    laid = Document.objects.get()
    for stranger in (cast.olga, cast.otto):
        with pytest.raises(Refused, match="Only the side that added a document"):
            laid.remove(by=stranger)
    laid.replace(document("b.txt"), by=cast.carl)
    newer = Document.objects.get(name="b.txt")
    assert (newer.conversation, newer.version, newer.message) == (laid.conversation, 2, laid.message)
    newer.remove(by=cast.clara)
    assert not Document.objects.filter(removed_at=None).exists()


def test_a_visitor_removes_a_file_as_long_as_nobody_has_answered_it(cast: Cast) -> None:
    asked = Request.open(by=Visitor(), documents=[document("a.txt")], **VISITED)
    first = Document.objects.get()
    first.remove(by=Visitor())
    assert (first.shut, first.remover, first.may_remove(Visitor())) == ("removed", "the sender", False)
    assert Event.objects.get(kind="document.removed").subject == asked.conversation.public_id
    asked.write(by=Visitor(), body="See", documents=[document("b.txt")])
    asked.answer(by=cast.olga, body="Here", documents=[document("ours.txt")])
    asked.write(by=Visitor(), body="And this", documents=[document("c.txt")])
    found = {one.name: one for one in Document.objects.filter(removed_at=None)}
    assert {name: one.may_remove(Visitor()) for name, one in found.items()} == {
        "b.txt": False, "ours.txt": False, "c.txt": True
    }  # fmt: skip
    for name in ("b.txt", "ours.txt"):
        with pytest.raises(Refused, match="as long as nobody has answered"):
            found[name].remove(by=Visitor())
    case = cast.confirmed()
    Document.add(case, [document("case.txt")], by=cast.clara)
    Request.open(by=cast.clara, documents=[document("theirs.txt")], **ASKED)
    for name in ("case.txt", "theirs.txt"):
        with pytest.raises(Refused):
            Document.objects.get(name=name).remove(by=Visitor())


def test_a_message_of_files_alone_is_not_split_off(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, **ASKED)
    said = asked.write(by=cast.clara, body="", documents=[document()])
    with pytest.raises(ValidationError, match="Documents stay where they were sent"):
        asked.split(said, by=cast.olga, subject="The other thing")


# --- how many, how large ----------------------------------------------------------------------------------------------


def test_twenty_come_at_once_and_not_one_more(cast: Cast) -> None:
    asked = Request.open(by=cast.clara, **ASKED)
    asked.write(by=cast.clara, body="", documents=[document(f"{n}.txt") for n in range(20)])
    with pytest.raises(ValidationError, match="At most 20 files"):
        asked.write(by=cast.clara, body="", documents=[document(f"{n}.txt") for n in range(21)])


def test_a_visitors_are_few_and_small(cast: Cast) -> None:
    asked = Request.open(by=Visitor(), **VISITED)
    with pytest.raises(ValidationError, match="At most 5 files"):
        asked.write(by=Visitor(), body="", documents=[document(f"{n}.txt") for n in range(6)])
    large = document()
    large.size = 10 * 1024 * 1024 + 1
    with pytest.raises(ValidationError, match="larger than 10 MB"):
        asked.write(by=Visitor(), body="", documents=[large])
    for _each in range(4):
        asked.write(by=Visitor(), body="", documents=[document(f"{n}.txt") for n in range(5)])
    asked.answer(by=cast.olga, body="See", documents=[document("answer.txt")])
    with pytest.raises(ValidationError, match="holds 20 files of yours"):
        asked.write(by=Visitor(), body="", documents=[document()])


# --- set aside, until the form is sent --------------------------------------------------------------------------------


def aside(by: Any, name: str = "a.txt") -> Document:
    return Document.set_aside(BytesIO(b"So it was said."), name, by=by)


def test_what_is_set_aside_is_seen_by_nobody_and_sent_by_its_word(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False):
        word = aside(cast.clara).word
        for who in (cast.clara, cast.olga):
            assert not Document.objects.visible_to(who).exists()
        asked = Request.open(by=cast.clara, documents=Document.taken_up([word], by=cast.clara), **ASKED)
    assert names(asked) == [["a.txt"]]
    assert look_into(MONDAY + timedelta(days=2)) == 0, "it is no longer waste"


def test_a_word_is_good_for_its_own_side_and_not_for_long(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        word = aside(cast.clara).word
        assert Document.taken_up([word, word], by=cast.carl) == [Document.objects.get()]
        for stranger in (cast.otto, Visitor()):
            assert Document.taken_up([word], by=stranger) == []
        assert Document.taken_up([word + "x", "", "é"], by=cast.clara) == []
        clock.shift(timedelta(hours=23, seconds=1))
        assert Document.taken_up([word], by=cast.clara) == []


def test_the_same_file_is_not_sent_into_two_places(cast: Cast) -> None:
    taken = Document.taken_up([aside(cast.clara).word], by=cast.clara)
    asked = Request.open(by=cast.clara, documents=taken, **ASKED)
    with pytest.raises(ValidationError, match="was sent already"):
        asked.write(by=cast.clara, body="Again", documents=taken)


def test_what_is_never_sent_is_wiped_after_a_day(cast: Cast) -> None:
    with time_machine.travel(MONDAY, tick=False):
        stored = aside(Visitor()).stored
    assert look_into(MONDAY + timedelta(hours=23, minutes=59)) == 0
    assert look_into(MONDAY + timedelta(hours=24)) == 1
    assert not Document.objects.exists()
    assert not default_storage.exists(stored)
