"""The operator's desk: the inbox, one request, many at once, saved answers, who looks after what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, PASSWORD, Cast
from tests.doors.web.visitor import Page, Visitor
from tests.walk import document
from trialogue.conversations.models import Note, Writing
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Person, Role
from trialogue.people.models import Visitor as Stranger
from trialogue.requests.models import Duty, Request, SavedAnswer, State

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)


def ask(by: Actor | Stranger, subject: str, channel: str = "platform", at: Any = MONDAY, **more: Any) -> Request:
    return Request.open(by=by, channel=channel, subject=subject, body=more.pop("body", "Please help."), at=at, **more)


@pytest.fixture
def asked(cast: Cast) -> Request:
    return ask(cast.clara, "Cannot sign in")


@pytest.fixture
def visited(cast: Cast) -> Request:
    return ask(Stranger(), "Prices", "sales", name="Vera", email="vera@example.com", at=LATER)


@pytest.fixture
def otis(cast: Cast) -> Actor:
    person = Person.objects.create_user("otis@trialogue.example", PASSWORD, name="Otis Berg", zone="Europe/Copenhagen")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER, at=MONDAY))


def listed(page: Page) -> list[str]:
    return page.references


# --- who ----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "otto"])
def test_the_desk_is_the_operators_alone(cast: Cast, asked: Request, monday: Any, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert "Desk" not in [link.words for link in visitor.open("cases").root.one("nav", id="nav").all("a")]
    for page in ("desk", "saved-answers", "teams"):
        assert visitor.open(page).status == 404
    assert visitor.open("desk-request", asked.number).status == 404
    assert visitor.send("desk-answer", asked.number, body="Me!").status == 404
    assert asked.conversation.messages.count() == 1


# --- the inbox ----------------------------------------------------------------


def test_what_is_owed_stands_in_the_order_in_which_it_is_due(asked: Request, visited: Request, olga: Visitor) -> None:
    page = olga.open("desk")
    assert listed(page) == [asked.number, visited.number]
    for words in (
        "Cannot sign in",
        "Clara Holm Nordlys Energi A/S",
        "Platform support",
        "Vera vera@example.com",
        "Sales",
    ):
        assert words in page.main
    assert "To answer 2" in page.main


def test_it_is_looked_at_by_how_it_stands(cast: Cast, asked: Request, visited: Request, olga: Visitor) -> None:
    asked.answer(by=cast.olga, body="Which browser?", asks=True, at=LATER)
    visited.answer(by=cast.olga, body="It depends.", solves=True, at=LATER)
    third = ask(cast.paul, "A third one")
    views = {view: listed(olga.open("desk", view=view)) for view in ("", "waiting", "answered", "solved", "all")}
    assert views == {
        "": [third.number], "waiting": [asked.number], "answered": [], "solved": [visited.number],
        "all": [visited.number, asked.number, third.number],
    }  # fmt: skip


def test_what_is_due_within_a_day_and_what_is_broken(cast: Cast, asked: Request, monday: Any) -> None:
    fresh = ask(cast.paul, "Fresh", at=MONDAY + timedelta(days=1, hours=6))
    olga = Visitor(cast.olga)
    monday.move_to(MONDAY + timedelta(days=1, hours=6))
    assert listed(olga.open("desk", view="soon")) == [asked.number]
    assert listed(olga.open("desk", view="broken")) == []
    monday.move_to(MONDAY + timedelta(days=2, hours=1))
    page = olga.open("desk", view="broken")
    assert listed(page) == [asked.number]
    assert "Broken 1" in page.main
    assert listed(olga.open("desk")) == [asked.number, fresh.number]


def test_mine_my_channels_and_nobodys(cast: Cast, otis: Actor, asked: Request, visited: Request, olga: Visitor) -> None:
    asked.assign(cast.olga.person, by=cast.olga, at=LATER)
    Duty.give("sales", filter(None, [cast.olga.person, otis.person]), by=cast.olga)
    assert listed(olga.open("desk", whose="mine")) == [asked.number]
    assert listed(olga.open("desk", whose="team")) == [visited.number]
    assert listed(olga.open("desk", whose="nobody")) == [visited.number]
    assert listed(Visitor(otis).open("desk", whose="mine", view="all")) == []


def test_by_channel_and_by_tag(cast: Cast, asked: Request, visited: Request, olga: Visitor) -> None:
    asked.tag(["urgent"], by=cast.olga, at=LATER)
    assert listed(olga.open("desk", channel="sales")) == [visited.number]
    assert listed(olga.open("desk", tag="urgent")) == [asked.number]
    assert listed(olga.open("desk", tag="urgent", channel="sales")) == []


@pytest.mark.parametrize(("few", "counted"), [(0, 10_000), (0, 0), (2_000, 10_000)])
def test_many_are_looked_for_in_another_way_and_are_the_same(
    cast: Cast, asked: Request, visited: Request, olga: Visitor, monkeypatch: Any, few: int, counted: int
) -> None:
    for place in ("trialogue.requests.inbox", "trialogue.doors.web.desk"):
        monkeypatch.setattr(f"{place}.FEW", few)
    monkeypatch.setattr("trialogue.lists.pages.COUNTED", counted)
    waits = ask(cast.paul, "It waits")
    waits.answer(by=cast.olga, body="Which browser?", asks=True, at=LATER)
    for one in (asked, waits):
        one.tag(["urgent"], by=cast.olga, at=LATER)
    page = olga.open("desk", tag="urgent")
    assert listed(page) == [asked.number]
    assert ("To answer 1 Due soon 0 Broken 0 Waiting for the sender 1" in page.main) == (counted > 0)
    assert listed(olga.open("desk", channel="sales")) == [visited.number]
    assert listed(olga.open("desk", view="waiting", tag="urgent")) == [waits.number]
    assert set(listed(olga.open("desk", view="all", tag="urgent"))) == {asked.number, waits.number}
    assert listed(olga.open("desk", view="all", tag="never said")) == []


@pytest.mark.parametrize("q", ["number", "in small letters", "2", "sign IN", "clara", "Nordlys", "okapi", "errorpage"])
def test_it_is_found_by_number_subject_sender_words_and_documents(
    cast: Cast, visited: Request, monday: Any, q: str
) -> None:
    found = ask(cast.clara, "Cannot sign in", body="The okapi stays white.", documents=[document("errorpage.txt")])
    typed = {"number": found.number, "in small letters": found.number.lower()}.get(q, q)
    assert listed(Visitor(cast.olga).open("desk", q=typed)) == [found.number]


def test_who_narrows_stays_in_the_view_and_who_searches_looks_in_all(visited: Request, olga: Visitor) -> None:
    assert listed(olga.open("desk", **{"from": "waiting", "channel": "sales"})) == []
    assert listed(olga.open("desk", **{"from": "waiting", "q": "prices"})) == [visited.number]
    assert listed(olga.open("desk", view="", q="prices")) == [visited.number]


def test_a_number_typed_wrongly_offers_the_nearest(asked: Request, olga: Visitor) -> None:
    wrong = f"{asked.number[:-1]}9"
    for page in (olga.open("desk", q=wrong), olga.open("desk-request", wrong)):
        assert "Did you mean one of these?" in page.main
        assert asked.number in page.main
    assert olga.open("desk-request", wrong).status == 404
    assert "A number looks like" in olga.open("desk-request", "nonsense").main


def test_pages_go_on_where_the_one_before_ended(cast: Cast, olga: Visitor, monkeypatch: Any) -> None:
    monkeypatch.setattr("trialogue.doors.web.desk.PAGE", 2)
    for view in ("", "all"):
        made = [ask(cast.clara, f"{view} {n}", at=MONDAY + timedelta(minutes=n)).number for n in range(3)]
        for one in Request.objects.exclude(number__in=made):
            one.close(by=cast.olga, at=MONDAY - timedelta(days=9))
        expected = made if view == "" else made[::-1]
        first = olga.open("desk", view=view, channel="platform")
        assert listed(first) == expected[:2]
        second = olga.open(f"/desk/{first.link('Further')}")
        assert listed(second)[0] == expected[2]
        assert listed(olga.open(f"/desk/{second.link('Back')}")) == expected[:2]


@pytest.mark.parametrize("view", ["", "broken", "waiting", "all"])
def test_a_strange_address_is_only_an_empty_or_a_full_list(asked: Request, olga: Visitor, view: str) -> None:
    for query in ({"before": "x"}, {"before": "9999-99-99~1"}, {"whose": "\x00"}, {"channel": "\x00nowhere"}, {"q": "%\x00_"}):  # fmt: skip
        assert olga.open("desk", view=view, **query).status == 200


@pytest.mark.parametrize("view", ["", "all"])
def test_a_hundred_cost_as_many_queries_as_one(cast: Cast, olga: Visitor, view: str) -> None:
    def cost() -> int:
        olga.open("desk", view=view)
        with CaptureQueriesContext(connection) as seen:
            olga.open("desk", view=view)
        return len(seen)

    ask(cast.clara, "One")
    one = cost()
    for n in range(5):
        ask((cast.clara, cast.paul)[n % 2], f"Another {n}").assign(cast.olga.person, by=cast.olga)
    assert cost() == one <= 19


# --- one request --------------------------------------------------------------


def test_the_page_tells_all_of_it(cast: Cast, otis: Actor, olga: Visitor) -> None:
    form = {"http_status": "502", "endpoint": "POST /clients"}
    told = ask(cast.rita, "Webhooks fail", "technical", situation="integration", form=form)
    told.tag(["webhook"], by=cast.olga, at=LATER)
    told.assign(otis.person, by=cast.olga, at=LATER)
    told.rate(True, by=cast.rita, words="Quick!", at=LATER)
    page = olga.open("desk-request", told.number)
    for words in ("Webhooks fail", "Rita de Vries", "Fintegra", "HTTP status code", "502", "POST /clients", "Otis Berg",
                  "You owe Fintegra an answer", "Still missing:", "The exact error message", "Yes", "Quick!",
                  "Otis Berg takes care of it."):  # fmt: skip
        assert words in page.words
    assert page.root.one("input", id="its-tags")["value"] == "webhook"
    assert page.messages == ["Please help."]


def test_a_visitor_is_named_as_they_named_themselves(visited: Request, olga: Visitor) -> None:
    page = olga.open("desk-request", visited.number)
    for words in ("Vera · vera@example.com", "Visitor", "You owe a visitor an answer", "A visitor asked."):
        assert words in page.words


@pytest.mark.parametrize(("do", "state"), [("", State.ANSWERED), ("ask", State.WAITING), ("solve", State.SOLVED)])
def test_an_answer_is_sent(asked: Request, olga: Visitor, do: str, state: str) -> None:
    page = olga.send_and_follow("desk-answer", asked.number, body="Try another browser.", do=do, seen="1", key="k")
    assert page.messages == ["Please help.", "Try another browser."]
    asked.refresh_from_db()
    assert asked.state == state
    olga.send("desk-answer", asked.number, body="Try another browser.", do=do, seen="1", key="k")
    assert asked.conversation.messages.count() == 2


def test_when_a_colleague_was_faster_nothing_is_sent_and_the_words_are_kept(
    otis: Actor, asked: Request, olga: Visitor
) -> None:
    asked.answer(by=otis, body="Try another browser.", at=LATER)
    page = olga.send("desk-answer", asked.number, body="Use Firefox.", seen="1")
    assert page.status == 422
    assert "Otis Berg has answered meanwhile" in page.words
    assert page.root.one("textarea", id="body").words == "Use Firefox."
    seen = page.root.one("input", name="seen")["value"]
    assert olga.send("desk-answer", asked.number, body="Use Firefox.", seen=seen).status == 302


@pytest.mark.parametrize("body", ["", "x" * 10_001])
def test_what_cannot_be_said_is_refused_with_its_words(asked: Request, olga: Visitor, body: str) -> None:
    page = olga.send("desk-answer", asked.number, body=body, seen="1")
    assert page.status == 422
    assert page.root.one("form", id="answer").all("p", role="alert")
    assert page.root.one("textarea", id="body").words == body


def test_a_note_is_the_operators_own(cast: Cast, asked: Request, olga: Visitor) -> None:
    page = olga.send_and_follow("desk-answer", asked.number, body="A difficult dodo", to="own")
    assert "A difficult dodo" in page.main
    assert asked.conversation.messages.count() == 1
    note = Note.objects.get()
    assert not Note.objects.visible_to(cast.clara).exists()
    assert "A difficult dodo" not in olga.send_and_follow("desk-act", asked.number, "unnote", note=note.public_id).main
    assert olga.send("desk-act", asked.number, "unnote", note="not_0").status == 404


def test_a_saved_answer_fills_the_composer_with_its_gaps_filled(cast: Cast, asked: Request, olga: Visitor) -> None:
    here = SavedAnswer.keep(
        by=cast.olga, title="White page", body="Dear {name}, about {number}: reload.", channel="platform"
    )
    SavedAnswer.keep(by=cast.olga, title="Elsewhere", body="No.", channel="sales")
    page = olga.open("desk-request", asked.number)
    assert page.has_link("White page")
    assert not page.has_link("Elsewhere")
    page = olga.open("desk-request", asked.number, say=here.public_id)
    assert page.root.one("textarea", id="body").words == f"Dear Clara Holm, about {asked.number}: reload."
    assert asked.conversation.messages.count() == 1


def test_what_is_missing_is_asked_for_and_only_that(cast: Cast, olga: Visitor) -> None:
    told = ask(cast.rita, "Down", "technical", situation="integration", form={"endpoint": "GET /"})
    body = olga.open("desk-request", told.number, say="missing").root.one("textarea", id="body").words
    assert "- The exact error message" in body
    assert "endpoint called" not in body


def test_who_is_writing_is_said(otis: Actor, asked: Request, olga: Visitor) -> None:
    other = Visitor(otis)
    assert other.send("desk-writing", asked.number).status == 204
    assert Writing.objects.count() == 1
    assert "Otis Berg" in olga.open("desk-writing", asked.number).words
    assert "Otis Berg" not in other.open("desk-writing", asked.number).words


def test_it_is_taken_given_and_laid_back(cast: Cast, otis: Actor, asked: Request, olga: Visitor) -> None:
    def taken(what: str, **told: str) -> Person | None:
        assert olga.send("desk-act", asked.number, what, **told).status == 302
        asked.refresh_from_db()
        return asked.assignee

    assert otis.person is not None
    assert taken("take") == cast.olga.person
    assert taken("assign", assignee=otis.person.public_id) == otis.person
    assert taken("assign", assignee="") is None
    assert taken("assign", assignee=cast.clara.by) is None
    page = olga.open("desk-request", asked.number)
    assert "Choose someone who belongs to your organisation." in page.words
    assert "Nobody takes care of it." in page.words


def test_it_moves_is_solved_and_closed(asked: Request, olga: Visitor) -> None:
    page = olga.send_and_follow("desk-act", asked.number, "move", channel="legal")
    assert "It has been on: Platform support, Legal" in page.words
    assert "Choose a channel that takes requests." in olga.send_and_follow("desk-act", asked.number, "move", channel="phone").words  # fmt: skip
    for what, state in (("solve", State.SOLVED), ("close", State.CLOSED)):
        olga.send("desk-act", asked.number, what)
        asked.refresh_from_db()
        assert asked.state == state


def test_a_case_is_linked_that_the_sender_sees(cast: Cast, asked: Request, olga: Visitor) -> None:
    case, other = cast.confirmed(), cast.submitted("OWN", by=cast.otto)
    assert olga.send_and_follow("desk-act", asked.number, "link", case=case.reference.lower()).has_link(case.reference)
    for wrong, said in ((other.reference, "does not see this case"), ("ÄÄ\x00", "no case of this reference")):
        assert said in olga.send_and_follow("desk-act", asked.number, "link", case=wrong).words
    olga.send("desk-act", asked.number, "link", case="")
    asked.refresh_from_db()
    assert asked.case is None


def test_two_of_one_sender_are_merged(cast: Cast, asked: Request, visited: Request, olga: Visitor) -> None:
    again = ask(cast.clara, "Still white")
    page = olga.send_and_follow("desk-act", again.number, "merge", into=asked.number.lower())
    assert page.root.one("h1").words == "Cannot sign in"
    assert page.has_link(again.number)
    gone = olga.open("desk-request", again.number)
    assert "This request was merged" in gone.words
    assert not gone.root.all("form", id="answer")
    for into, said in ((visited.number, "same sender"), ("R-2026-999999", "no request of this number"), (f"{visited.number[:-1]}0", "Did you mean")):  # fmt: skip
        assert said in olga.send_and_follow("desk-act", asked.number, "merge", into=into).words


def test_a_second_question_becomes_a_request_of_its_own(cast: Cast, asked: Request, olga: Visitor) -> None:
    asked.write(by=cast.clara, body="And what does it cost?", at=LATER)
    page = olga.send_and_follow("desk-act", asked.number, "split", message="2", subject="Cost", channel="sales")
    assert page.root.one("h1").words == "Cost"
    assert page.has_link(asked.number)
    for wrong in ("9", "x"):
        said = olga.send_and_follow("desk-act", asked.number, "split", message=wrong, subject="Cost").words
        assert "Choose a message of the sender." in said


def test_what_asks_for_a_meeting_is_not_offered_to_be_split_off(cast: Cast, olga: Visitor) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=LATER)
    assert meeting.request
    meeting.request.write(by=cast.paul, body="And what is the fee?", at=LATER)
    page = olga.open("desk-request", meeting.request.number)
    assert [one["id"] for one in page.root.all("details", class_="desk__split")] == ["split-2"]
    said = olga.send_and_follow("desk-act", meeting.request.number, "split", message="1", subject="A region").words
    assert f"This message asks for meeting {meeting}" in said


def test_an_act_that_is_none_is_not_found(asked: Request, olga: Visitor) -> None:
    assert olga.send("desk-act", asked.number, "explode").status == 404
    assert olga.open("desk-act", asked.number, "close").status == 302
    asked.refresh_from_db()
    assert asked.state == State.OPEN


def test_a_long_request_costs_as_many_queries_as_a_short_one(cast: Cast, asked: Request, olga: Visitor) -> None:
    def cost() -> int:
        olga.open("desk-request", asked.number)
        with CaptureQueriesContext(connection) as seen:
            olga.open("desk-request", asked.number)
        return len(seen)

    asked.answer(by=cast.olga, body="Hm.")
    Note.write(asked.conversation, by=cast.olga, body="A note")
    one = cost()
    for n in range(5):
        asked.write(by=(cast.clara, cast.carl)[n % 2], body=f"More {n}")
        asked.answer(by=cast.olga, body=f"Answer {n}")
    assert cost() == one <= 36


# --- many at once -------------------------------------------------------------


def test_many_are_given_moved_tagged_and_closed(cast: Cast, otis: Actor, asked: Request, visited: Request, olga: Visitor) -> None:  # fmt: skip
    cases = [asked.number, visited.number]
    assert otis.person is not None
    for what, tags in ((f"assign:{otis.person.public_id}", ""), ("move:legal", ""), ("tag", "One, two"), ("close", "")):
        page = olga.send_and_follow("desk-many", cases=cases, what=what, tags=tags, back="?view=all")
        assert "Done with 2 requests." in page.words
    for one in Request.objects.all():
        assert (one.assignee, one.channel, one.state) == (otis.person, "legal", State.CLOSED)
        assert set(one.tags.values_list("name", flat=True)) == {"one", "two"}


def test_each_that_is_refused_is_explained_and_stops_no_other(cast: Cast, asked: Request, olga: Visitor) -> None:
    again = ask(cast.clara, "Still white")
    again.merge_into(asked, by=cast.olga)
    page = olga.send("desk-many", cases=[again.number, asked.number], what="move:legal")
    assert page.status == 422
    assert "Done with 1 request." in page.main
    assert f"{again.number} Still white This request was merged into {asked.number}. Go on there." in page.main
    asked.refresh_from_db()
    assert asked.channel == "legal"


@pytest.mark.parametrize("told", [{}, {"what": "close"}, {"what": "explode", "cases": "R-2026-000001"}])
def test_nothing_chosen_is_nothing_done(asked: Request, olga: Visitor, told: dict[str, str]) -> None:
    assert "Choose requests in the list" in olga.send_and_follow("desk-many", **told).words


# --- saved answers, teams -----------------------------------------------------


def test_saved_answers_are_written_changed_and_removed(olga: Visitor) -> None:
    page = olga.send_and_follow("saved-answers", title="Hello", body="Dear {name}", channel="sales")
    assert page.has_link("Hello")
    kept = SavedAnswer.objects.get()
    olga.send("saved-answer", kept.public_id, title="Hello there", body="Dear {name},", channel="")
    assert olga.open("saved-answers").has_link("Hello there")
    wrong = olga.send("saved-answers", title="Other", body="Dear {nome}")
    assert wrong.status == 422
    assert "“{nome}” is nothing that can be filled in" in wrong.main
    assert wrong.root.one("textarea", id="body").words == "Dear {nome}"
    olga.send("saved-answer", kept.public_id, do="remove")
    assert not SavedAnswer.objects.exists()


def test_admins_say_who_looks_after_a_channel(cast: Cast, otis: Actor, olga: Visitor) -> None:
    assert otis.person is not None
    olga.send("teams", channel="sales", people=[otis.person.public_id])
    assert Duty.team(cast.olga.organisation, "sales") == [otis.person.pk]
    boxes = olga.open("teams").root.all("input", name="people", value=otis.person.public_id)
    assert sum("checked" in box.given for box in boxes) == 1
    assert not Visitor(otis).open("teams").root.one("main").all("form")
    page = Visitor(otis).send_and_follow("teams", channel="sales")
    assert "Only an admin" in page.words
    assert Duty.team(cast.olga.organisation, "sales") == [otis.person.pk]
