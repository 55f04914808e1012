"""What the operator does with requests: give, move, solve, close, link, tag, merge, split; and answers that are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Note
from trialogue.events.models import Event
from trialogue.people.models import Refused, Visitor
from trialogue.requests import include
from trialogue.requests.models import Duty, Request, SavedAnswer, State, Tag, Turned

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)


def running(request: Request) -> list[Clock]:
    return list(Clock.objects.open().filter(conversation=request.conversation))


# --- assign -------------------------------------------------------------------


def test_it_is_given_to_somebody_and_laid_back(cast: Cast, asked: Request) -> None:
    asked.assign(cast.olga.person, by=cast.olga, at=LATER)
    asked.assign(cast.olga.person, by=cast.olga, at=LATER)
    asked.assign(None, by=cast.olga, at=LATER)
    assert asked.assignee is None
    assert Event.objects.filter(kind="request.assigned").count() == 2


def test_nobody_else_takes_a_request(cast: Cast, asked: Request) -> None:
    with pytest.raises(ValidationError):
        asked.assign(cast.paul.person, by=cast.olga)
    with pytest.raises(Refused):
        asked.assign(cast.clara.person, by=cast.clara)


# --- move_to ------------------------------------------------------------------


def test_moved_to_another_channel_it_loses_no_time(cast: Cast, asked: Request) -> None:
    asked.move_to("sales", by=cast.olga, at=LATER)
    (clock,) = running(asked)
    assert (asked.channel, asked.intents) == ("sales", ["platform", "sales"])
    assert (clock.promise, clock.started_at) == ("answer", MONDAY)
    asked.move_to("legal", by=cast.olga, at=LATER)
    (clock,) = running(asked)
    assert (clock.promise, clock.started_at) == ("acknowledge", MONDAY)
    assert clock.due_at == MONDAY + timedelta(days=2)


@pytest.mark.parametrize("channel", ["case_chat", "phone", "nowhere", ""])
def test_it_moves_only_to_where_requests_are_taken(cast: Cast, asked: Request, channel: str) -> None:
    with pytest.raises(ValidationError):
        asked.move_to(channel, by=cast.olga)


# --- solve, close, rate -------------------------------------------------------


def test_solved_or_closed_nothing_is_owed(cast: Cast, asked: Request, visited: Request) -> None:
    asked.solve(by=cast.olga, at=LATER)
    visited.close(by=cast.olga, at=LATER)
    assert (asked.state, visited.state) == (State.SOLVED, State.CLOSED)
    assert running(asked) == running(visited) == []


def test_the_sender_may_close_it_and_only_the_operator_calls_it_solved(
    cast: Cast, asked: Request, visited: Request
) -> None:
    with pytest.raises(Refused):
        asked.solve(by=cast.clara)
    asked.close(by=cast.clara)
    visited.close(by=Visitor())
    assert asked.state == visited.state == State.CLOSED
    with pytest.raises(Refused):
        asked.close(by=cast.otto)


def test_whether_it_helped_is_said_in_one_word_and_the_last_one_counts(cast: Cast, visited: Request) -> None:
    visited.rate(False, by=Visitor(), at=LATER)
    visited.rate(True, by=Visitor(), words="Thank you", at=LATER)
    visited.refresh_from_db()
    assert (visited.helped, visited.verdict, visited.rated_at) == (True, "Thank you", LATER)


def test_only_who_asked_says_whether_it_helped(cast: Cast, asked: Request) -> None:
    for by in (cast.olga, cast.paul, cast.otto, Visitor()):
        with pytest.raises(Refused):
            asked.rate(True, by=by)


# --- link, tag ----------------------------------------------------------------


def test_it_is_linked_to_a_case_that_its_sender_sees(cast: Cast, asked: Request) -> None:
    case = cast.released("R-1")
    asked.link(case, by=cast.olga)
    assert asked.case == case
    others = cast.submitted("R-2", by=cast.otto)
    with pytest.raises(ValidationError, match="does not see"):
        asked.link(others, by=cast.olga)


def test_tags_are_small_letters_and_nobodys_but_the_operators(cast: Cast, asked: Request) -> None:
    asked.tag(["Login ", "login", "White  Page"], by=cast.olga)
    assert sorted(tag.name for tag in asked.tags.all()) == ["login", "white page"]
    asked.tag(["login"], by=cast.olga)
    assert [tag.name for tag in asked.tags.all()] == ["login"]
    event = Event.objects.filter(kind="request.tagged").latest("pk")
    assert event.private
    assert not Event.objects.visible_to(cast.clara).filter(kind="request.tagged").exists()
    with pytest.raises(ValidationError, match="“a,b” is no tag"):
        asked.tag(["a,b"], by=cast.olga)
    with pytest.raises(ValidationError):
        asked.tag([f"t{n}" for n in range(21)], by=cast.olga)
    assert not Tag.objects.filter(name="t1").exists()


# --- merge, split -------------------------------------------------------------


def test_of_two_that_are_one_the_one_ends_and_points_to_the_other(cast: Cast, asked: Request) -> None:
    again = Request.open(by=cast.carl, channel="platform", subject="White", body="Still white", at=LATER)
    again.merge_into(asked, by=cast.olga, at=LATER)
    again.refresh_from_db()
    assert (again.state, again.merged_into) == (State.CLOSED, asked)
    assert running(again) == []
    assert len(running(asked)) == 1
    with pytest.raises(Refused, match=asked.number):
        again.write(by=cast.clara, body="Hello?")
    assert {event.kind for event in Event.objects.filter(subject__in=(asked.public_id, again.public_id))} >= {"request.merged", "request.absorbed"}  # fmt: skip


def test_requests_of_different_senders_are_never_merged(cast: Cast, asked: Request, visited: Request) -> None:
    other = Request.open(by=cast.otto, channel="platform", subject="White", body="White page")
    for one in (other, visited):
        with pytest.raises(Refused, match="same sender"):
            one.merge_into(asked, by=cast.olga)
    with pytest.raises(Refused):
        asked.merge_into(asked, by=cast.olga)


@pytest.mark.django_db(transaction=True)
def test_two_merged_into_each_other_at_once_do_not_both_end(cast: Cast) -> None:
    told = {"channel": "platform", "subject": "White", "body": "White page"}
    one, two = (Request.open(by=cast.clara, **told) for _each in range(2))
    ends = together(lambda: one.merge_into(two, by=cast.olga), lambda: Request.objects.get(pk=two.pk).merge_into(Request.objects.get(pk=one.pk), by=cast.olga))  # fmt: skip
    assert [end for end in ends if end is None] == [None]
    assert Request.objects.filter(merged_into=None).count() == 1


def test_a_second_question_becomes_a_request_of_its_own_from_when_it_was_asked(cast: Cast, asked: Request) -> None:
    more = asked.write(by=cast.clara, body="And what does a DPA cost?", at=LATER)
    new = asked.split(more, by=cast.olga, subject="DPA", channel="legal", at=LATER + timedelta(hours=5))
    assert (new.asker, new.split_from, new.channel, new.opened_at) == (asked.asker, asked, "legal", LATER)
    copied = new.conversation.messages.get()
    assert (copied.body, copied.author, copied.at) == (more.body, cast.clara.person, LATER)
    (clock,) = running(new)
    assert (clock.promise, clock.started_at) == ("acknowledge", LATER)
    with pytest.raises(ValidationError):
        asked.split(copied, by=cast.olga, subject="x")


# --- teams, kept answers ------------------------------------------------------


def test_a_team_looks_after_a_channel(cast: Cast) -> None:
    assert Duty.team(cast.olga.organisation, "legal") == []
    Duty.give("legal", [cast.olga.person], by=cast.olga)
    assert Duty.team(cast.olga.organisation, "legal") == [cast.olga.person.pk]
    with pytest.raises(ValidationError):
        Duty.give("legal", [cast.paul.person], by=cast.olga)
    with pytest.raises(ValidationError):
        Duty.give("phone", [], by=cast.olga)
    with pytest.raises(Refused):
        Duty.give("legal", [], by=cast.clara)
    Duty.give("legal", [], by=cast.olga)
    assert Duty.team(cast.olga.organisation, "legal") == []


def test_a_kept_answer_fills_in_what_is_open_in_it(cast: Cast, asked: Request) -> None:
    kept = SavedAnswer.keep(
        by=cast.olga, title="Browser", body="Dear {name}, about {subject} ({number}): try again. { me }"
    )
    assert kept.filled(asked, cast.olga) == f"Dear {cast.clara.person}, about Cannot sign in ({asked.number}): try again. {cast.olga.person}"  # fmt: skip
    assert list(SavedAnswer.objects.visible_to(cast.olga)) == [kept]
    assert not SavedAnswer.objects.visible_to(cast.clara).exists()
    kept.remove(by=cast.olga)
    assert not SavedAnswer.objects.exists()


@pytest.mark.parametrize(
    ("told", "field"),
    [({"title": ""}, "title"), ({"body": ""}, "body"), ({"body": "Dear {nam}"}, "body"), ({"channel": "fax"}, "channel"), ({"title": "Once"}, "title")],
)  # fmt: skip
def test_an_answer_that_cannot_be_kept_is_refused_at_its_field(cast: Cast, told: dict[str, str], field: str) -> None:
    SavedAnswer.keep(by=cast.olga, title="Once", body="Hello")
    with pytest.raises(ValidationError) as why:
        SavedAnswer.keep(by=cast.olga, **{"title": "Again", "body": "Hello"} | told)
    assert list(why.value.message_dict) == [field]


# --- supply, visible_to -------------------------------------------------------


def test_what_was_missing_is_supplied_item_by_item(cast: Cast) -> None:
    told = {"channel": "technical", "subject": "422", "body": "Error", "situation": "integration"}
    request = Request.open(by=cast.rita, form={"environment": "test"}, **told)
    assert request.missing == ["error_message", "endpoint", "steps_tried", "happened_at"]
    request.supply({"endpoint": "POST /cases", "error_message": " "}, by=cast.rita)
    request.refresh_from_db()
    assert request.missing == ["error_message", "steps_tried", "happened_at"]
    assert request.form == {"environment": "test", "endpoint": "POST /cases"}
    with pytest.raises(Refused):
        request.supply({"endpoint": "x"}, by=cast.olga)


def test_a_request_is_seen_by_its_organisation_and_the_operator(cast: Cast, asked: Request, visited: Request) -> None:
    seen = {
        name: set(Request.objects.visible_to(getattr(cast, name)))
        for name in ("clara", "carl", "paul", "rita", "otto", "olga")
    }
    assert seen == {
        "clara": {asked},
        "carl": {asked},
        "paul": set(),
        "rita": set(),
        "otto": set(),
        "olga": {asked, visited},
    }


# --- private notes ------------------------------------------------------------


def test_a_note_of_the_desk_stays_on_the_desk(cast: Cast, asked: Request) -> None:
    note = Note.write(asked.conversation, by=cast.olga, body="He is right")
    assert list(Note.objects.visible_to(cast.olga)) == [note]
    assert not Note.objects.visible_to(cast.clara).exists()
    assert not Event.objects.visible_to(cast.clara).filter(kind="note.written").exists()
    theirs = Note.write(asked.conversation, by=cast.carl, body="They are slow")
    assert list(Note.objects.visible_to(cast.clara)) == [theirs]
    for actor in (cast.otto, cast.paul, cast.rita):
        with pytest.raises(Refused):
            Note.write(asked.conversation, by=actor, body="Hm")


# --- plan, and what supply keeps ----------------------------------------------


def test_after_a_move_what_the_new_channel_wants_is_supplied_and_nothing_is_lost(cast: Cast) -> None:
    told = {"subject": "x", "body": "x", "situation": "commercial", "form": {"transaction": "INV-7"}}
    request = Request.open(by=cast.rita, channel="business", **told)
    request.move_to("technical", by=cast.olga)
    request.supply({"error_message": "500"}, by=cast.rita)
    assert request.form == {"transaction": "INV-7", "error_message": "500"}


def test_what_was_kept_deliberately_is_not_masked_by_what_follows(cast: Cast) -> None:
    address = "anna.lund@mail.example"
    (found,) = include.findings({"x": address})["x"]
    request = Request.open(
        by=cast.clara, channel="platform", subject="x", body="x", form={"error_message": address}, keep=[found.id]
    )
    request.supply({"endpoint": "POST /cases"}, by=cast.clara)
    assert request.form["error_message"] == address


def test_a_plan_tells_what_is_missing_and_opens_nothing(cast: Cast) -> None:
    channel, missing = Request.plan(
        by=cast.rita, channel="technical", situation="critical", form={"environment": "test"}
    )
    assert (channel.key, [item.key for item in missing]) == ("technical", ["error_message", "happened_at"])
    with pytest.raises(Turned):
        Request.plan(by=cast.clara, channel="technical")
    assert not Request.objects.exists()
