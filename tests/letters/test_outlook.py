"""What would come of a held letter if somebody vouched for its sender: told before it is done, and then done so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.letters.post import SALES, SETTINGS, SUPPORT, post, written
from trialogue.letters import filing
from trialogue.letters.filing import Outlook, outlook
from trialogue.letters.models import Letter, ReplyAddress, State
from trialogue.letters.route import Hold, Open
from trialogue.lib.mailtext import parse
from trialogue.people.models import Actor, Refused, Visitor
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail_is_on(settings: Any) -> None:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)


def seen(letter: Letter, cast: Cast) -> Outlook:
    return outlook(letter, parse(letter.raw))


def released(letter: Letter, cast: Cast) -> Letter:
    letter.release(by=cast.olga, at=MONDAY)
    filing.file(letter, at=MONDAY)
    return letter


def test_a_new_request_of_somebody_known(cast: Cast) -> None:
    letter = post(written(cast.clara, SUPPORT, proof=""))
    found = seen(letter, cast)
    assert isinstance(found.where, Open)
    assert isinstance(found.writer, Actor)
    assert (found.where.channel, found.writer.person, found.place) == ("platform", cast.clara.person, None)
    assert (Letter.objects.get().state, Request.objects.count()) == (State.HELD, 0), "nothing is done"
    released(letter, cast)
    assert (Request.objects.get().channel, Request.objects.get().person) == ("platform", cast.clara.person)


def test_an_answer_from_a_mailbox_that_nobody_knows(cast: Cast) -> None:
    talk = cast.conversation()
    letter = post(written("paul@webmail.example", ReplyAddress.objects.of(talk, cast.paul.person)))
    found = seen(letter, cast)
    assert isinstance(found.writer, Actor)
    assert (found.place, found.writer.person) == (talk, cast.paul.person)
    assert released(letter, cast).message.author == cast.paul.person  # type: ignore[union-attr]


def test_a_forged_stranger_would_be_a_visitor(cast: Cast) -> None:
    letter = post(written("vera@example.com", SALES, proof="fail"))
    assert isinstance(seen(letter, cast).writer, Visitor)
    assert released(letter, cast).state == State.FILED


@pytest.mark.parametrize(("to", "reason"), [("nobody@else.example", "no_address"), ("olga", "from_us")])
def test_what_has_nowhere_to_go_stays_held(cast: Cast, to: str, reason: str) -> None:
    letter = post(written(cast.olga, SUPPORT) if to == "olga" else written("vera@example.com", to))
    found = seen(letter, cast)
    assert isinstance(found.where, Hold)
    assert (found.where.reason, found.writer, found.place) == (reason, None, None)
    assert released(letter, cast).state == State.HELD


def test_it_is_a_person_who_vouches(cast: Cast) -> None:
    letter = post(written(cast.clara, SUPPORT, proof=""))
    with pytest.raises(Refused, match="a person who vouches"):
        letter.release(by=Actor(cast.olga.organisation))
    assert Letter.objects.get().state == State.HELD


def test_the_same_bytes_say_that_they_came_again(cast: Cast) -> None:
    raw = written(cast.clara, SUPPORT)
    assert not Letter.keep(raw, door="pipe").is_again
    assert Letter.keep(raw, door="imap").is_again
