"""The operator answers: the clock is met, and both sides see how the request stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.clocks.models import Clock
from trialogue.lib.redact import redact
from trialogue.people.models import Actor, Person, Refused, Visitor
from trialogue.requests.models import Request, State

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)


def clock_of(request: Request) -> Clock:
    return Clock.objects.filter(conversation=request.conversation).latest("pk")


def test_an_answer_meets_the_clock_and_whoever_answers_takes_it(cast: Cast, asked: Request) -> None:
    message = asked.answer(by=cast.olga, body="Try another browser.", at=LATER)
    asked.refresh_from_db()
    assert (asked.state, asked.assignee, asked.moved_at) == (State.ANSWERED, cast.olga.person, LATER)
    assert (clock_of(asked).state, clock_of(asked).settled_at) == (Clock.State.KEPT, LATER)
    assert message.number == 2


def test_a_question_back_waits_for_the_sender_who_owes_nothing(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Which browser?", asks=True, at=LATER)
    assert asked.state == State.WAITING
    assert not Clock.objects.open().filter(conversation=asked.conversation).exists()


def test_an_answer_may_solve_it(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Done.", solves=True, at=LATER)
    assert (asked.state, asked.settled_at) == (State.SOLVED, LATER)


def test_what_the_sender_writes_next_starts_the_clock_again(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Which browser?", asks=True, at=LATER)
    asked.write(by=cast.clara, body="Firefox.", at=LATER + timedelta(hours=1))
    assert asked.state == State.OPEN
    clock = clock_of(asked)
    assert (clock.state, clock.started_at) == (Clock.State.RUNNING, LATER + timedelta(hours=1))


def test_what_the_sender_writes_is_masked_but_for_what_is_kept(cast: Cast, asked: Request) -> None:
    body = "Mail anna@mail.example or otto@mail.example"
    kept = redact("otto@mail.example").findings[0].id
    said = asked.write(by=cast.clara, body=body, keep=[kept], key="k", at=LATER)
    assert said.body == "Mail [e-mail 1] or otto@mail.example"
    assert asked.write(by=cast.clara, body=body, keep=[kept], key="k", at=LATER).replayed


def test_more_words_of_the_sender_leave_the_clock_at_the_oldest(cast: Cast, asked: Request) -> None:
    asked.write(by=cast.carl, body="On the phone, too.", at=LATER)
    assert Clock.objects.filter(conversation=asked.conversation).count() == 1
    assert clock_of(asked).started_at == MONDAY


def test_thanks_that_expect_no_answer_open_nothing(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Done.", solves=True, at=LATER)
    asked.write(by=cast.clara, body="Thanks!", expects_answer=False, at=LATER)
    asked.refresh_from_db()
    assert asked.state == State.SOLVED


def test_a_reply_opens_it_again_even_after_a_year(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Done.", solves=True, at=LATER)
    asked.close(by=cast.olga, at=LATER)
    year = LATER + timedelta(days=365)
    asked.write(by=cast.clara, body="It is white again.", at=year)
    asked.refresh_from_db()
    assert (asked.state, asked.settled_at) == (State.OPEN, None)
    assert clock_of(asked).started_at == year


def test_when_a_colleague_has_answered_meanwhile_nothing_is_sent(cast: Cast, asked: Request) -> None:
    other = Person.objects.create_user(
        "otis@operator.example", "correct horse battery", name="Otis", zone="Europe/Copenhagen"
    )
    otis = Actor.of(cast.olga.organisation.admit(other))
    asked.answer(by=otis, body="Try another browser.", seen=1, at=LATER)
    with pytest.raises(Refused, match="Otis has answered meanwhile"):
        asked.answer(by=cast.olga, body="Use Firefox.", seen=1, at=LATER)
    assert asked.conversation.messages.count() == 2
    asked.answer(by=cast.olga, body="Use Firefox.", seen=2, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_answer_at_once_one_is_told_of_the_other(cast: Cast) -> None:
    other = Person.objects.create_user(
        "otis@operator.example", "correct horse battery", name="Otis", zone="Europe/Copenhagen"
    )
    otis = Actor.of(cast.olga.organisation.admit(other))
    asked = Request.open(by=cast.clara, channel="platform", subject="White", body="White page")
    ends = together(
        *[
            lambda by=by: Request.objects.get(pk=asked.pk).answer(by=by, body="Try again.", seen=1)
            for by in (otis, cast.olga)
        ]
    )
    assert sorted(type(end).__name__ for end in ends) == ["Message", "Refused"]


def test_only_the_operator_answers(cast: Cast, asked: Request) -> None:
    for actor in (cast.clara, cast.paul, cast.rita, cast.otto):
        with pytest.raises(Refused):
            asked.answer(by=actor, body="Me!")


def test_outsiders_write_nothing(cast: Cast, asked: Request, visited: Request) -> None:
    for by in (cast.otto, cast.paul, cast.rita, Visitor()):
        with pytest.raises(Refused):
            asked.write(by=by, body="Hello")
    with pytest.raises(Refused):
        visited.write(by=cast.clara, body="Hello")


def test_a_visitor_goes_on_by_their_link(cast: Cast, visited: Request) -> None:
    visited.answer(by=cast.olga, body="It depends.", at=LATER)
    message = visited.write(by=Visitor(), body="On what?", at=LATER)
    assert (message.author, message.organisation) == (None, None)
    assert visited.state == State.OPEN


def test_an_empty_answer_is_refused(cast: Cast, asked: Request) -> None:
    with pytest.raises(ValidationError):
        asked.answer(by=cast.olga, body=" ")
    asked.refresh_from_db()
    assert asked.state == State.OPEN


def test_a_late_answer_is_late(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Sorry.", at=MONDAY + timedelta(days=9))
    assert clock_of(asked).state == Clock.State.LATE
