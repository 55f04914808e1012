"""What one does in a conversation: notes, changing one's words, quoting, pinning, jumping, and who is writing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor, a_file
from trialogue.conversations.models import Conversation, Message, Note, Pin, Writing
from trialogue.events import tail
from trialogue.events.models import Event
from trialogue.people.models import Person
from trialogue.requests.models import Request

NOW = MONDAY + timedelta(hours=2)


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?", at=NOW - timedelta(minutes=5))
    return talk


# --- private notes ----------------------------------------------------------------------------------------------------


def test_a_note_stands_in_the_thread_of_its_own_side_with_its_mark(
    cast: Cast, clara: Visitor, carl: Visitor, talk: Conversation
) -> None:
    answer = clara.send("post-message", talk.case.reference, body="An okapi, between us", to="own", key="k")
    note = Note.objects.get()
    assert answer.answer["Location"] == f"/cases/{talk.case.reference}/#note-{note.public_id}"
    shown = carl.open("case", talk.case.reference).root.one("article", id=f"note-{note.public_id}")
    assert "message--private" in shown["class"]
    assert "Only your organisation sees this" in shown.words
    assert "An okapi, between us" in shown.words
    assert Message.objects.count() == 1


@pytest.mark.parametrize("who", ["paul", "petra", "olga", "rita"])
@pytest.mark.django_db(transaction=True)
def test_no_page_of_another_side_shows_a_trace_of_it(who: str) -> None:
    from tests.cast import gather

    with time_machine.travel(NOW, tick=False):
        cast = gather()
        talk = cast.conversation()
        visitor, head = Visitor(getattr(cast, who)), tail.head()
        pages = [("case", {}), ("case-live", {"after": 0, "head": head}), ("timeline", {}), ("cases", {"q": "okapi"})]

        def seen() -> list[str]:
            return [
                visitor.open(page, *([] if page == "cases" else [talk.case.reference]), **query).main
                if page != "case-live"
                else visitor.open(page, talk.case.reference, **query).words
                for page, query in pages
            ]

        seen()
        before = seen()
        note = Note.write(talk, by=cast.clara, body="An okapi, between us")
        assert seen() == before
        assert visitor.open("note", talk.case.reference, note.public_id).status == 404
        assert visitor.send("note", talk.case.reference, note.public_id).status == 404
        assert Note.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_note_arrives_on_the_open_pages_of_its_own_side_and_goes_from_them() -> None:
    from tests.cast import gather

    with time_machine.travel(NOW, tick=False):
        cast = gather()
        talk = cast.conversation()
        carl, head = Visitor(cast.carl), tail.head()
        note = Note.write(talk, by=cast.clara, body="An okapi")
        live = carl.open("case-live", talk.case.reference, after=0, head=head)
        assert "An okapi" in live.root.one("article", id=f"note-{note.public_id}").words
        head = live.answer["X-Head"]
        note.remove(by=cast.clara)
        live = carl.open("case-live", talk.case.reference, after=0, head=head)
        assert live.root.one("div", data_part=f"note-{note.public_id}").words == ""


def test_the_composer_says_before_one_types_who_will_see_it(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    form = clara.open("case", talk.case.reference).root.one("form", id="write")
    modes = {radio["value"]: "checked" in radio.given for radio in form.all("input", name="to")}
    assert modes == {"all": True, "own": False}


def test_a_refused_note_stays_a_note(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.send("post-message", talk.case.reference, body="x" * 10_001, to="own", key="k")
    form = page.root.one("form", id="write")
    assert page.status == 422
    assert [radio["value"] for radio in form.all("input", name="to") if "checked" in radio.given] == ["own"]
    assert "x" * 10_001 in form.one("textarea").words


def test_a_file_does_not_slip_into_a_note(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    page = clara.send("post-message", talk.case.reference, body="Okapi", to="own", key="k", documents=a_file())
    assert (page.status, Note.objects.count()) == (422, 0)
    assert "words only" in page.words


def test_who_may_not_write_to_both_sides_may_still_note(cast: Cast, olga: Visitor, talk: Conversation) -> None:
    page = olga.open("case", talk.case.reference).root
    assert page.one("form", id="note-write").one("input", name="to")["value"] == "own"
    assert olga.send("post-message", talk.case.reference, body="Ours", to="own", key="k").status == 302
    assert Note.objects.get().organisation == cast.olga.organisation


def test_its_author_removes_it_after_being_asked(cast: Cast, clara: Visitor, carl: Visitor, talk: Conversation) -> None:
    note = Note.write(talk, by=cast.clara, body="Okapi", at=NOW)
    assert "Remove this note?" in clara.open("note", talk.case.reference, note.public_id).main
    carl.send("note", talk.case.reference, note.public_id)
    assert Note.objects.exists()
    clara.send("note", talk.case.reference, note.public_id)
    assert not Note.objects.exists()


# --- changing one's words ---------------------------------------------------------------------------------------------


def test_an_edited_message_shows_both_wordings_to_both_sides(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    clara.send("message", talk.case.reference, "1", do="edit", body="Any good news?")
    for visitor in (clara, paul):
        shown = visitor.open("case", talk.case.reference).root.one("div", id="said-1").words
        assert "Any good news?" in shown
        assert "Edited" in shown
        assert "Any news?" in shown


def test_a_deleted_message_says_who_deleted_it_and_not_what_it_said(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    clara.send("message", talk.case.reference, "1", do="delete")
    page = paul.open("case", talk.case.reference)
    assert "Deleted by Clara Holm" in page.root.one("article", id="message-1").words
    assert "Any news?" not in page.html


def test_too_late_is_said_with_the_reason_and_the_words_are_kept(
    cast: Cast, clara: Visitor, talk: Conversation
) -> None:
    Message.objects.update(at=NOW - timedelta(minutes=11))
    page = clara.send("message", talk.case.reference, "1", do="edit", body="Other words")
    assert page.status == 422
    assert "10 minutes" in page.words
    assert "Other words" in page.root.one("textarea", id="id_body").words
    assert "Edit" not in clara.ask("message", talk.case.reference, "1", **{"HX-Request": "true"}).words


def test_each_is_offered_what_they_may_do(cast: Cast, monday: Any, talk: Conversation) -> None:
    def offered(who: str) -> str:
        return Visitor(getattr(cast, who)).ask("message", talk.case.reference, "1", **{"HX-Request": "true"}).words

    assert all(word in offered("clara") for word in ("Quote", "Pin", "Needs no answer", "Edit or delete"))
    assert "Edit or delete" not in offered("carl")
    assert "Needs no answer" in offered("paul")
    assert offered("olga") == "This message alone"


@pytest.mark.parametrize("who", ["otto", "pia"])
@pytest.mark.parametrize("act", ["edit", "delete", "excuse", "pin"])
def test_outsiders_find_no_message(cast: Cast, monday: Any, talk: Conversation, who: str, act: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert visitor.open("message", talk.case.reference, "1").status == 404
    assert visitor.send("message", talk.case.reference, "1", do=act, body="x").status == 404


def test_an_act_that_is_none_is_no_page(cast: Cast, clara: Visitor, talk: Conversation) -> None:
    assert clara.send("message", talk.case.reference, "1", do="explode").status == 404
    assert clara.open("message", talk.case.reference, "99").status == 404


def test_needs_no_answer_is_seen_by_both_sides(cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation) -> None:
    paul.send("message", talk.case.reference, "1", do="excuse")
    for visitor in (clara, paul):
        page = visitor.open("case", talk.case.reference).root
        assert "Paul Brandt said that message 1 needs no answer." in page.one(id="thread").words
        assert "No answer needed" in page.one("footer", id="foot-1").words


@pytest.mark.django_db(transaction=True)
def test_a_change_is_drawn_anew_on_open_pages() -> None:
    from tests.cast import gather

    with time_machine.travel(NOW, tick=False):
        cast = gather()
        talk = cast.conversation()
        message = talk.post(by=cast.clara, body="Any gnus?")
        paul, head = Visitor(cast.paul), tail.head()
        message.edit(by=cast.clara, body="Any news?")
        live = paul.open("case-live", talk.case.reference, after=1, head=head)
        assert "Any news?" in live.root.one("div", data_part="said-1").words


# --- quoting and pinning ----------------------------------------------------------------------------------------------


def test_an_answer_quotes_and_leads_to_what_it_answers(cast: Cast, paul: Visitor, talk: Conversation) -> None:
    ref = talk.case.reference
    assert "Any news?" in paul.open("case", ref, answers=1).root.one("div", id="quoted").words
    paul.send("post-message", ref, body="Not yet.", answers="1", key="k")
    quote = paul.open("case", ref).root.one("article", id="message-2").one("blockquote", class_="quote")
    assert quote.words == "Clara Holm Any news?"
    assert quote.one("a")["href"] == f"/cases/{ref}/?at=1#message-1"


def test_a_quotation_of_what_was_deleted_says_so(cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation) -> None:
    paul.send("post-message", talk.case.reference, body="Not yet.", answers="1", key="k")
    clara.send("message", talk.case.reference, "1", do="delete")
    page = paul.open("case", talk.case.reference)
    assert "deleted this message" in page.root.one("blockquote", class_="quote").words
    assert "Any news?" not in page.html


@pytest.mark.parametrize("answers", ["", "x", "0", "999", "9" * 30, "-1"])
def test_a_quotation_of_nothing_is_none(cast: Cast, paul: Visitor, talk: Conversation, answers: str) -> None:
    assert paul.send("post-message", talk.case.reference, body="Hello", answers=answers, key="k").status == 302
    assert Message.objects.get(number=2).answers is None


def test_a_pinned_message_and_a_fact_stand_beside_the_talk(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    ref = talk.case.reference
    paul.send("message", ref, "1", do="pin")
    clara.send("pins", ref, fact="The debtor is on holiday")
    pins = paul.open("case", ref).root.one("div", id="case-pins")
    assert "Any news?" in pins.words
    assert "The debtor is on holiday" in pins.words
    off = Pin.objects.get(message=None).public_id
    paul.send("pins", ref, off=off)
    paul.send("message", ref, "1", do="unpin")
    assert not Pin.objects.exists()


def test_a_pin_that_is_none_is_no_page_and_an_empty_fact_is_refused(
    cast: Cast, clara: Visitor, otto: Visitor, talk: Conversation
) -> None:
    assert clara.send("pins", talk.case.reference, off="pin_0000000000000000").status == 404
    assert "Write the fact first." in clara.send_and_follow("pins", talk.case.reference, fact=" ").words
    assert otto.send("pins", talk.case.reference, fact="Mine").status == 404
    assert not Pin.objects.exists()


# --- long threads -----------------------------------------------------------------------------------------------------


@pytest.fixture
def long_talk(cast: Cast, talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    monkeypatch.setattr("trialogue.doors.web.thread.PAGE", 10)
    monkeypatch.setattr("trialogue.doors.web.thread.CONTEXT", 3)
    for number in range(2, 41):
        talk.post(by=cast.paul, body=f"Message {number}", at=NOW + timedelta(days=(number - 2) // 10, minutes=number))
    return talk


def numbers(page: Any) -> list[int]:
    return [int(one["data-number"]) for one in page.root.all("article") if one.get("data-number")]


def test_one_jumps_to_a_message_with_what_stands_around_it(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    assert numbers(clara.open("case", long_talk.case.reference, at=20)) == list(range(17, 27))


def test_one_reads_on_from_there_both_ways_without_gap_or_double(
    cast: Cast, clara: Visitor, long_talk: Conversation
) -> None:
    ref = long_talk.case.reference
    middle = clara.open("case", ref, at=20)
    later = Visitor(cast.clara).ask(f"/cases/{ref}/?later=26", **{"HX-Request": "true"})
    earlier = clara.open("case", ref, before=17)
    assert numbers(earlier) + numbers(middle) + numbers(later) == list(range(7, 37))
    assert later.root.one("div", id="later").all("a")[0]["href"] == "?later=36"
    last = clara.open("case", ref, later=36)
    assert numbers(last) == [37, 38, 39, 40]
    assert last.root.all("form", id="write"), "at the end one writes"


def test_a_jump_near_the_end_is_the_living_page(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    page = clara.open("case", long_talk.case.reference, at=38)
    assert numbers(page) == list(range(35, 41))
    assert page.root.one("body")["data-live"]


def test_lines_and_notes_stand_on_one_page_each(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    ref = long_talk.case.reference
    for number in (5, 15, 25, 35):
        at = Message.objects.get(number=number).at
        Note.write(long_talk, by=cast.clara, body=f"Note {number}", at=at + timedelta(seconds=1))
    seen = [clara.open("case", ref, **where) for where in ({"before": 11}, {"later": 10}, {"later": 20}, {"later": 30})]
    notes = [
        [one.one("div", class_="prose").words for one in page.root.all("article", class_="message--private")]
        for page in seen
    ]
    assert notes == [["Note 5"], ["Note 15"], ["Note 25"], ["Note 35"]]


def test_one_jumps_to_a_day_in_ones_own_zone(cast: Cast, clara: Visitor, long_talk: Conversation) -> None:
    Person.objects.filter(pk=cast.clara.person_id).update(zone="Europe/Copenhagen")
    ref = long_talk.case.reference
    assert clara.open("jump", ref, date="2026-03-10").answer["Location"] == f"/cases/{ref}/?at=12#message-12"
    assert clara.open("jump", ref, date="2026-01-01").answer["Location"] == f"/cases/{ref}/?at=1#message-1"


@pytest.mark.parametrize("date", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "2030-01-01", "\0"])
def test_a_day_with_nothing_leads_to_the_newest(cast: Cast, clara: Visitor, long_talk: Conversation, date: str) -> None:
    ref = long_talk.case.reference
    assert clara.open("jump", ref, date=date).answer["Location"] == f"/cases/{ref}/"


def test_what_is_unread_further_up_is_offered_before_it_counts_as_read(
    cast: Cast, clara: Visitor, long_talk: Conversation
) -> None:
    ref = long_talk.case.reference
    page = clara.open("case", ref)
    assert page.link("Go to the first unread message") == "?at=2#message-2"
    assert not clara.open("case", ref).has_link("Go to the first unread message")


@pytest.mark.parametrize(
    "where", [{"at": "x"}, {"at": "9" * 30}, {"later": "-1"}, {"at": 0}, {"at": 999}, {"later": 999}]
)
def test_a_place_that_is_none_is_still_a_page(
    cast: Cast, clara: Visitor, long_talk: Conversation, where: dict[str, Any]
) -> None:
    assert clara.open("case", long_talk.case.reference, **where).status == 200


# --- who is writing ---------------------------------------------------------------------------------------------------


def test_the_other_side_sees_who_is_writing_for_a_few_seconds(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation, monday: time_machine.Traveller
) -> None:
    ref, events = talk.case.reference, Event.objects.count()
    assert paul.send("writing", ref).status == 204
    assert paul.send("writing", ref).status == 204
    assert clara.open("writing", ref).words == "Paul Brandt is writing …"
    assert paul.open("writing", ref).words == ""
    assert (Event.objects.count(), Writing.objects.count()) == (events, 1)
    monday.shift(timedelta(seconds=9))
    assert clara.open("writing", ref).words == ""


def test_who_has_sent_what_they_wrote_is_writing_no_more(
    cast: Cast, clara: Visitor, paul: Visitor, talk: Conversation, monday: time_machine.Traveller
) -> None:
    paul.send("writing", talk.case.reference)
    monday.shift(timedelta(seconds=2))
    talk.post(by=cast.paul, body="Here they are.")
    assert clara.open("writing", talk.case.reference).words == ""


@pytest.mark.parametrize("who", ["rita", "otto", "pia", "olga"])
def test_nobody_else_learns_it(cast: Cast, paul: Visitor, talk: Conversation, who: str) -> None:
    paul.send("writing", talk.case.reference)
    page = Visitor(getattr(cast, who)).open("writing", talk.case.reference)
    assert page.status == (200 if who in ("olga", "rita") else 404)
    assert "Paul" not in page.words
    Visitor(getattr(cast, who)).send("writing", talk.case.reference)
    assert Writing.objects.count() == 1


# --- a question that is the operator's --------------------------------------------------------------------------------

PLATFORM = "I cannot log in to the platform any more, the reset mail never comes."


@pytest.mark.parametrize(("who", "text"), [("clara", PLATFORM), ("paul", "Our CSV upload stops with an error in every row, what is wrong with the file?")])  # fmt: skip
def test_a_question_to_the_operator_is_offered_to_it_with_the_promise_and_the_case(
    request: pytest.FixtureRequest, talk: Conversation, who: str, text: str
) -> None:
    visitor, before = request.getfixturevalue(who), Event.objects.count()
    offer = visitor.send("elsewhere", talk.case.reference, text=text)
    assert "This looks like a question to the operator" in offer.words
    assert "Platform support can, by Wed 11 Mar" in offer.words
    assert all(quoted.words in text for quoted in offer.root.all("q"))
    assert (Event.objects.count(), Request.objects.count(), talk.messages.count()) == (before, 0, 1)
    given = {field["name"]: field["value"] for field in offer.root.all("input", type="hidden")}
    assert offer.root.one("form")["action"] == "/help/platform/"
    form = visitor.send("ask", "platform", **given)
    assert form.root.one("textarea", name="body").words == text
    assert form.root.one("input", name="case_reference")["value"] == talk.case.reference
    assert Request.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["", "ok", "Thanks, bye", "Has the debtor paid yet? His lawyer wrote to us.", "Please call me back today", "Can we meet on Tuesday about this case?"]
)  # fmt: skip
def test_what_belongs_in_the_case_or_may_is_left_alone(clara: Visitor, talk: Conversation, text: str) -> None:
    answer = clara.send("elsewhere", talk.case.reference, text=text)
    assert (answer.status, answer.html) == (204, "")


def test_without_a_script_it_is_said_after_it_was_sent_and_the_words_are_there_all_the_same(
    clara: Visitor, paul: Visitor, talk: Conversation
) -> None:
    page = clara.send_and_follow("post-message", talk.case.reference, body=PLATFORM, key="k")
    assert "Sent. It looks like a question to the operator, though" in page.main
    assert talk.messages.get(number=2).body == PLATFORM
    assert "question to the operator" not in clara.open("case", talk.case.reference).main
    assert "question to the operator" not in paul.open("case", talk.case.reference, said=2).main
    ordinary = clara.send("post-message", talk.case.reference, body="Has the debtor paid?", key="l")
    assert "said=" not in ordinary.answer["Location"]


def test_who_does_not_write_there_is_offered_nothing(olga: Visitor, otto: Visitor, talk: Conversation) -> None:
    assert olga.send("elsewhere", talk.case.reference, text=PLATFORM).status == 204
    assert otto.send("elsewhere", talk.case.reference, text=PLATFORM).status == 404
