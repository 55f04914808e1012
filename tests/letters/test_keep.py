"""A letter is kept as it came, once, before anybody understands it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from tests.cast import MONDAY, Cast
from trialogue.events.models import Event, first_broken_link
from trialogue.letters import models as letters
from trialogue.letters.models import Alias, Letter, ReplyAddress, State, TooLarge
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db(transaction=True)
RAW = b"From: clara@nordlys.example\r\nTo: support@trialogue.example\r\nSubject: Zebra\r\n\r\nIt fails.\x00\xff\r\n"


def test_the_bytes_are_those_that_came(cast: Cast) -> None:
    letter = Letter.keep(
        RAW, door="pipe", envelope_from="clara@nordlys.example", envelope_to=["a@b.example"], at=MONDAY
    )
    letter = Letter.objects.get(pk=letter.pk)
    assert letter.raw == RAW
    assert (letter.state, letter.arrived_at, letter.due_at, letter.size) == (State.ARRIVED, MONDAY, MONDAY, len(RAW))
    assert letter.envelope_to == ["a@b.example"]
    assert first_broken_link(letter) is None


def test_twice_is_once(cast: Cast) -> None:
    first = Letter.keep(RAW, door="pipe")
    again = Letter.keep(RAW, door="imap", mailbox="support@trialogue.example")
    assert (again.pk, Letter.objects.count(), Event.objects.filter(kind="letter.arrived").count()) == (first.pk, 1, 1)


def test_more_than_a_letter_may_have_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "LARGEST", 10)
    with pytest.raises(TooLarge):
        Letter.keep(RAW, door="pipe")
    assert not Letter.objects.exists()


def test_the_first_lines_of_one_that_is_too_large_say_so(cast: Cast) -> None:
    letter = Letter.keep(RAW, door="imap", cut="too_large")
    assert (letter.state, letter.reason, letter.due_at) == (State.FAILED, "too_large", None)


def test_nobody_but_the_operator_sees_it(cast: Cast) -> None:
    Letter.keep(RAW, door="pipe")
    seen = {
        one: Letter.objects.visible_to(getattr(cast, one)).count() for one in ("clara", "paul", "rita", "otto", "olga")
    }
    assert seen == {"clara": 0, "paul": 0, "rita": 0, "otto": 0, "olga": 1}
    kinds = Event.objects.visible_to(cast.clara).values_list("kind", flat=True)
    assert "letter.arrived" not in kinds


def test_one_worker_reads_it(cast: Cast) -> None:
    letter = Letter.keep(RAW, door="pipe", at=MONDAY)
    other = Letter.objects.get(pk=letter.pk)
    assert letter.claim(MONDAY)
    assert not other.claim(MONDAY)
    assert not Letter.objects.due(MONDAY).exists()


def test_what_cannot_be_read_is_tried_again_and_then_stays_to_be_seen(cast: Cast) -> None:
    letter = Letter.keep(RAW, door="pipe", at=MONDAY)
    for _try in range(letters.MOST_TRIES - 1):
        assert letter.claim(letter.due_at or MONDAY)
        letter.fail("Odd: \n it fails", at=MONDAY)
        assert letter.state == State.ARRIVED
    assert letter.claim(letter.due_at or MONDAY)
    letter.fail("Odd: it fails", at=MONDAY)
    assert (letter.state, letter.reason, letter.why, letter.due_at) == (State.FAILED, "trouble", "Odd: it fails", None)
    letter.replay(by=cast.olga, at=MONDAY)
    assert (letter.state, letter.tries, letter.due_at) == (State.ARRIVED, 0, MONDAY)


def test_only_the_operator_handles_it(cast: Cast) -> None:
    letter = Letter.keep(RAW, door="pipe")
    for verb in (letter.replay, letter.release, letter.refuse):
        with pytest.raises(Refused):
            verb(by=cast.clara)
    letter.refuse(by=cast.olga)
    assert (letter.state, letter.reason) == (State.REFUSED, "by_hand")
    with pytest.raises(Refused):
        letter.release(by=cast.olga)


@override_settings(REPLY_ADDRESS="reply@trialogue.example")
def test_an_address_to_answer_to_is_of_one_person_and_one_conversation(cast: Cast) -> None:
    one, other = cast.released("INV-1").conversation, cast.released("INV-2").conversation
    clara, paul = cast.clara.person, cast.paul.person
    address = ReplyAddress.objects.of(one, clara)
    assert address == ReplyAddress.objects.of(one, clara)
    addresses = {address, ReplyAddress.objects.of(one, paul), ReplyAddress.objects.of(other, clara)}
    assert len(addresses) == 3
    assert ReplyAddress.objects.count() == 3
    found = ReplyAddress.objects.behind(
        [address.upper(), "reply+aaaaaaaaaaaaaaaaaaaaaaaaaa@trialogue.example", address]
    )
    assert [(each.person, each.conversation) for each in found] == [(clara, one)]
    token = address.partition("+")[2].partition("@")[0]
    assert len(token) == 26
    assert token not in str(list(ReplyAddress.objects.values_list()))


def test_without_a_reply_address_there_is_none(cast: Cast) -> None:
    assert ReplyAddress.objects.of(cast.released("INV-1").conversation, cast.clara.person) == ""
    assert not ReplyAddress.objects.exists()


def test_an_alias_is_somebodys_until_it_is_not(cast: Cast) -> None:
    assert Alias.person_at("CLARA@nordlys.example") == cast.clara.person
    alias = Alias.objects.create(address="clara@home.example", person=cast.clara.person)
    assert Alias.person_at("Clara@Home.example") == cast.clara.person
    with pytest.raises(Refused):
        alias.end(by=cast.clara)
    alias.end(by=cast.olga)
    assert Alias.person_at("clara@home.example") is None
    with pytest.raises(ValidationError):
        Alias(address="no address", person=cast.clara.person).full_clean()
