"""The operator at the page of a case: it joins with a reason, writes, leaves; and whatever it reads without, both sides see."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.test import override_settings

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from tests.letters import post as letters
from tests.walk import document
from trialogue.conversations.models import Conversation, Document, Presence, Reading
from trialogue.events.models import Event
from trialogue.letters.models import ReplyAddress

WHY = "Both sides asked what happens next."


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="A gazelle", documents=[document("gazelle.txt")], at=MONDAY)
    return talk


def present(page: Page) -> str:
    return page.root.one("div", id="case-present").words


def readings() -> int:
    return Event.objects.filter(kind="operator.read").count()


# --- joining, writing, leaving ----------------------------------------------------------------------------------------


def test_it_joins_writes_and_leaves_in_sight_of_both_sides(
    cast: Cast, talk: Conversation, olga: Visitor, clara: Visitor, paul: Visitor, rita: Visitor
) -> None:
    reference = talk.case.reference
    page = olga.open("case", reference)
    assert "To write in it, join, with a reason" in page.root.one("form", id="join").words
    assert not page.root.all("form", id="write")
    olga.send("join", reference, reason=WHY)
    for visitor in (clara, paul, rita):
        page = visitor.open("case", reference)
        assert present(page).startswith("Olga Lind · Trialogue Operations Operator is in this conversation since")
        assert WHY in present(page)
        assert (
            f"Olga Lind joined the conversation for the operator (“{WHY}”)." in page.root.one("div", id="thread").words
        )
        assert "Leave" not in present(page)
    page = olga.open("case", reference)
    assert present(page).startswith("You are in this conversation since")
    assert "starts no clock and answers none" in page.root.one("form", id="write").words
    assert not page.root.all("input", name="no_answer_needed")
    olga.send("post-message", reference, body="Hello both")
    said = clara.open("case", reference).root.one("article", class_="message--operator")
    assert "Olga Lind · Trialogue Operations Operator" in said.words
    olga.send("leave", reference)
    page = clara.open("case", reference)
    assert present(page) == ""
    assert "Olga Lind, of the operator, left the conversation." in page.main
    timeline = paul.open("timeline", reference).main
    assert ("joined the conversation" in timeline, "left the conversation" in timeline) == (True, True)
    assert olga.open("case", reference).root.one("form", id="join")


@pytest.mark.parametrize(("reason", "says"), [(" ", "Say why you join."), ("x" * 301, "this one has 301")])
def test_a_reason_that_cannot_be_is_told_where_it_was_typed(
    talk: Conversation, olga: Visitor, reason: str, says: str
) -> None:
    page = olga.send("join", talk.case.reference, reason=reason)
    form = page.root.one("form", id="join")
    assert (page.status, says in form.words, form.one("input", id="reason")["value"]) == (422, True, reason)


def test_a_side_that_tries_is_told_so(talk: Conversation, clara: Visitor, otto: Visitor) -> None:
    page = clara.send("join", talk.case.reference, reason="Me, too")
    assert (page.status, "Only somebody of the operator joins" in page.main) == (422, True)
    assert otto.send("join", talk.case.reference, reason="Me, too").status == 404
    clara.send("leave", talk.case.reference)
    assert not Presence.objects.exists()


def test_nobody_leaves_for_another(cast: Cast, talk: Conversation, clara: Visitor) -> None:
    there = Presence.join(talk, by=cast.olga, reason=WHY)
    clara.send("leave", talk.case.reference)
    there.refresh_from_db()
    assert there.left_at is None


def test_words_sent_after_leaving_are_kept_and_it_may_join_again(talk: Conversation, olga: Visitor) -> None:
    olga.send("join", talk.case.reference, reason=WHY)
    olga.send("leave", talk.case.reference)
    page = olga.send("post-message", talk.case.reference, body="A long and careful text")
    assert page.status == 422
    form = page.root.one("form", id="join")
    assert "Join it, with a reason" in form.words
    assert form.one("textarea", aria_label="What you wrote").words == "A long and careful text"


def test_where_nobody_works_the_case_there_is_nothing_to_join(cast: Cast, talk: Conversation, olga: Visitor) -> None:
    talk.case.close(by=cast.paul, code="Paid", at=MONDAY)
    page = olga.open("case", talk.case.reference)
    assert "there is nothing to join" in page.main
    assert not page.root.all("form", id="join")


@pytest.mark.django_db(transaction=True)  # PostgreSQL tells a tail only what is committed
def test_an_open_page_learns_that_the_operator_came(cast: Cast, talk: Conversation, clara: Visitor) -> None:
    head = clara.open("case", talk.case.reference).root.one("body")["data-head"]
    Presence.join(talk, by=cast.olga, reason=WHY)
    live = clara.open("case-live", talk.case.reference, after=1, head=head)
    assert WHY in live.root.one("div", data_part="case-present").words
    assert "Olga Lind joined" in live.root.one("div", data_append="thread").words


# --- reading ----------------------------------------------------------------------------------------------------------


def doors(talk: Conversation) -> Iterator[tuple[str, ...]]:
    """Every address under which stands what the sides of the case have said or sent."""
    reference, file = talk.case.reference, Document.objects.get()
    Document.objects.update(pages=1)
    default_storage.save(file.picture(0), BytesIO(b"a picture"))
    yield from (("case", reference), ("case-live", reference), ("message", reference, "1"))
    yield from (("information", reference), ("calls", reference), ("archive", reference))
    yield from (("document", file.public_id, file.pass_word), ("document-picture", file.public_id, "0"))


def test_each_page_with_their_words_or_files_is_a_reading(
    cast: Cast, talk: Conversation, olga: Visitor, clara: Visitor, paul: Visitor
) -> None:
    addresses = list(doors(talk))
    for door in addresses:
        for visitor in (clara, paul):
            assert visitor.open(*door).status == 200
    assert readings() == 0
    for count, door in enumerate(addresses, 1):
        Reading.objects.update(at=MONDAY)  # long ago
        assert olga.open(*door).status == 200
        assert (readings(), door) == (count, door)
    told = clara.open("timeline", talk.case.reference).main
    assert told.count("Olga Lind read messages or documents here for the operator, without joining.") == count


def test_lists_and_what_names_no_words_are_none(cast: Cast, talk: Conversation, olga: Visitor) -> None:
    reference, file = talk.case.reference, Document.objects.get()
    for door in (("home",), ("cases",), ("cases-csv",), ("timeline", reference), ("documents", reference), ("document-page", file.public_id)):  # fmt: skip
        assert olga.open(*door).status == 200
        assert "gazelle" not in olga.open(*door).html.replace("gazelle.txt", "")
    assert olga.open("document", file.public_id, "stale").status == 404
    assert olga.open("search", q="gazelle").status == 200
    assert readings() == 0


def test_across_cases_the_operator_finds_where_words_stand_and_within_one_reads_them(
    talk: Conversation, olga: Visitor, clara: Visitor
) -> None:
    def found(visitor: Visitor, **asked: str) -> list[str]:
        return [link.words for link in visitor.open("search", **asked).root.all("a", class_="hit__link")]

    assert found(olga, q="gazelle", **{"in": "messages"}) == ["Message 1: open it to read it"]
    assert found(clara, q="gazelle", **{"in": "messages"}) == ["A gazelle"]
    assert readings() == 0
    assert "A gazelle" in found(olga, q="gazelle", case=talk.case.reference)
    assert readings() == 1


def test_a_reading_is_no_move_beside_the_case_and_its_page_goes_on_as_it_was(
    talk: Conversation, olga: Visitor, clara: Visitor
) -> None:
    olga.open("case", talk.case.reference)
    assert readings() == 1
    assert "without joining" not in clara.open("case", talk.case.reference).main


@override_settings(**letters.SETTINGS)
def test_a_letter_that_was_filed_in_a_case_is_read_with_it_and_one_that_is_held_is_not(
    cast: Cast, talk: Conversation, olga: Visitor
) -> None:
    address = ReplyAddress.objects.of(talk, cast.clara.person)
    held = letters.post(letters.written("clara@elsewhere.example", address, "Who am I?"))
    assert olga.open("letter", held.public_id).status == 200
    assert (held.state, readings()) == ("held", 0)
    filed = letters.post(letters.written(cast.clara, address, "By mail", subject=f"Re: {talk.case.reference}"))
    assert (filed.state, olga.open("letter", filed.public_id).status) == ("filed", 200)
    assert readings() == 1
