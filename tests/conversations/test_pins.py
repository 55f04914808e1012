"""Pinned facts: either side pins and unpins, and an engagement keeps its own."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.conversations.models import Conversation, Pin
from trialogue.conversations.pins import MOST_PINS
from trialogue.events.models import Event
from trialogue.people.models import Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def test_either_side_pins_a_fact_and_the_other_takes_it_off(cast: Cast, talk: Conversation) -> None:
    pin = Pin.add(talk, by=cast.clara, fact=" The debtor pays\n by the 15th ", at=MONDAY)
    assert str(pin) == "The debtor pays by the 15th"
    pin.remove(by=cast.paul)
    assert list(Event.objects.filter(kind__startswith="pin.").order_by("pk").values_list("kind", "by")) == [
        ("pin.added", cast.clara.by),
        ("pin.removed", cast.paul.by),
    ]


def test_a_message_is_pinned_once(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.paul, body="The judge is named Okapi", at=MONDAY)
    assert Pin.add(talk, by=cast.clara, message=message).pk == Pin.add(talk, by=cast.paul, message=message).pk
    assert Event.objects.filter(kind="pin.added").count() == 1


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "olga"])
def test_whoever_reads_the_conversation_sees_it(cast: Cast, talk: Conversation, who: str) -> None:
    Pin.add(talk, by=cast.paul, fact="Okapi")
    assert Pin.objects.visible_to(getattr(cast, who)).count() == 1


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_nobody_else_does(cast: Cast, talk: Conversation, who: str) -> None:
    Pin.add(talk, by=cast.paul, fact="Okapi")
    assert not Pin.objects.visible_to(getattr(cast, who)).exists()


@pytest.mark.parametrize("who", ["rita", "olga", "otto", "pia"])
def test_nobody_else_pins_or_unpins(cast: Cast, talk: Conversation, who: str) -> None:
    pin = Pin.add(talk, by=cast.paul, fact="Okapi")
    with pytest.raises(Refused):
        Pin.add(talk, by=getattr(cast, who), fact="Mine")
    with pytest.raises(Refused):
        pin.remove(by=getattr(cast, who))
    assert Pin.objects.count() == 1


@pytest.mark.parametrize("fact", ["", " \n ", "x" * 201])
def test_a_fact_is_one_short_sentence(cast: Cast, talk: Conversation, fact: str) -> None:
    with pytest.raises(ValidationError):
        Pin.add(talk, by=cast.clara, fact=fact)


def test_there_is_an_end_to_what_is_pinned(cast: Cast, talk: Conversation) -> None:
    for number in range(MOST_PINS):
        Pin.add(talk, by=cast.clara, fact=f"Fact {number}")
    with pytest.raises(Refused, match="Twenty"):
        Pin.add(talk, by=cast.clara, fact="One more")


def test_a_deleted_message_cannot_be_pinned(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.paul, body="Okapi")
    message.withdraw(by=cast.paul)
    with pytest.raises(Refused, match="deleted"):
        Pin.add(talk, by=cast.clara, message=message)
