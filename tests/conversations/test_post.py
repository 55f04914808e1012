"""Saying something: what is taken, who may, and that each thing is said once and numbered in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, KeyReused, Message
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def test_a_message_says_who_said_it_when_and_for_whom(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="Hello", at=MONDAY)
    assert (message.number, message.author, message.organisation) == (1, cast.clara.person, cast.clara.organisation)
    assert (message.at, message.via, message.engagement.partner) == (MONDAY, "web", cast.paul.organisation)
    talk.refresh_from_db()
    assert (talk.message_count, talk.last_message_at) == (1, MONDAY)


@pytest.mark.parametrize("body", ["x", "x" * 10_000, "é" * 10_000, "🙂" * 10_000, "a\r\n" * 3000 + "a" * 4000])
def test_one_to_ten_thousand_characters(cast: Cast, talk: Conversation, body: str) -> None:
    message = talk.post(by=cast.clara, body=body)
    assert Message.objects.get(pk=message.pk).body == body.replace("\r\n", "\n")


@pytest.mark.parametrize("body", ["", "   ", "\n\r\n\t", "\x00", "\x00 \x00"])
def test_nothing_is_refused(cast: Cast, talk: Conversation, body: str) -> None:
    with pytest.raises(ValidationError, match="Write something first"):
        talk.post(by=cast.clara, body=body)
    assert not talk.messages.exists()


def test_too_much_is_refused_with_its_length_and_what_to_do(cast: Cast, talk: Conversation) -> None:
    lines = Event.objects.count()
    with pytest.raises(ValidationError, match=r"this one has 10,001\. Shorten it, or attach it") as refused:
        talk.post(by=cast.clara, body="x" * 10_001)
    assert list(refused.value.message_dict) == ["body"]
    assert not talk.messages.exists()
    assert Event.objects.count() == lines


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb", "a\nb"),
        ("  a  b \n", "a  b"),
        ("a\x1b[31mb\x07", "a[31mb"),
        ("tab\there", "tab\there"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{ 7 * 7 }} %s {0}", "{{ 7 * 7 }} %s {0}"),
    ],
)
def test_what_is_kept_of_what_was_typed(cast: Cast, talk: Conversation, typed: str, kept: str) -> None:
    assert Message.objects.get(pk=talk.post(by=cast.clara, body=typed).pk).body == kept


@pytest.mark.parametrize("name", ["clara", "carl", "paul", "petra"])
def test_client_and_partner_write(cast: Cast, talk: Conversation, name: str) -> None:
    assert talk.post(by=getattr(cast, name), body="Hello").author == getattr(cast, name).person


@pytest.mark.parametrize("name", ["olga", "otto", "pia"])
def test_nobody_else_writes(cast: Cast, talk: Conversation, name: str) -> None:
    with pytest.raises(Refused, match=r"Only the client and the assigned partner|Join it, with a reason"):
        talk.post(by=getattr(cast, name), body="Hello")
    assert not talk.messages.exists()


def test_an_organisations_program_writes_without_a_person(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=replace(cast.clara, person=None, via="api"), body="Hello")
    assert (message.author, message.organisation, message.via) == (None, cast.clara.organisation, "api")


def test_a_closed_case_can_still_be_spoken_in_and_nothing_is_owed(cast: Cast, talk: Conversation) -> None:
    case = Case.objects.get(pk=talk.case_id)
    case.close(by=cast.paul, code="Paid")
    talk.post(by=cast.clara, body="Thank you!")
    talk.post(by=cast.paul, body="You are welcome.")
    assert not case.clocks.filter(state__in=("running", "broken")).exists()  # type: ignore[attr-defined]


def test_a_merged_case_is_read_only(cast: Cast, talk: Conversation) -> None:
    Case.objects.filter(pk=talk.case_id).update(state="Merged")
    with pytest.raises(Refused):
        talk.post(by=cast.clara, body="Hello")


def test_the_conversation_opens_with_the_release_and_not_before(cast: Cast) -> None:
    case = cast.submitted()
    assert not Conversation.objects.filter(case=case).exists()
    case.release(cast.paul.organisation, by=cast.olga, at=MONDAY)
    assert Conversation.objects.get(case=case).opened_at == MONDAY
    case.conversation.post(by=cast.clara, body="Before it is confirmed")


def test_numbers_have_no_gaps_even_after_refusals(cast: Cast, talk: Conversation) -> None:
    for body in ("1", "", "2", "x" * 20_000, "3"):
        try:
            talk.post(by=cast.clara, body=body)
        except ValidationError:
            continue
    assert [(m.number, m.body) for m in talk.messages.order_by("number")] == [(1, "1"), (2, "2"), (3, "3")]


# --- the same thing said again --------------------------------------------------------------------------------------


def test_a_repeated_key_answers_with_the_first_message(cast: Cast, talk: Conversation) -> None:
    first = talk.post(by=cast.clara, body="Once", key="k")
    lines = Event.objects.count()
    again = talk.post(by=cast.clara, body=" Once\r\n", key="k", at=MONDAY + timedelta(days=3))
    assert again == first
    assert (talk.messages.count(), Event.objects.count()) == (1, lines)


def test_a_repeated_key_with_other_words_is_refused(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Once", key="k")
    with pytest.raises(KeyReused, match="Use a new key"):
        talk.post(by=cast.clara, body="Twice", key="k")
    assert talk.messages.count() == 1


def test_a_repeated_key_with_other_documents_is_refused(cast: Cast, talk: Conversation) -> None:
    first = talk.post(by=cast.clara, body="See", documents=[document("a.txt", b"A")], key="k")
    assert talk.post(by=cast.clara, body="See", documents=[document("a.txt", b"A")], key="k") == first
    for others in ([], [document("a.txt", b"B")], [document("a.txt", b"A"), document("b.txt", b"B")]):
        with pytest.raises(KeyReused):
            talk.post(by=cast.clara, body="See", documents=others, key="k")
    assert [d.name for d in first.documents.all()] == ["a.txt"]  # type: ignore[attr-defined]


def test_a_repeated_key_in_another_conversation_is_refused(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Once", key="k")
    other = cast.conversation("INV-2")
    with pytest.raises(KeyReused):
        other.post(by=cast.clara, body="Once", key="k")
    assert not other.messages.exists()


def test_the_same_key_of_another_organisation_is_another_key(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Once", key="k")
    talk.post(by=cast.paul, body="Once", key="k")
    assert talk.messages.count() == 2


def test_without_a_key_the_same_words_are_said_twice(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Again")
    talk.post(by=cast.clara, body="Again")
    assert talk.messages.count() == 2


def test_a_repeat_after_leaving_is_refused(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Once", key="k")
    Case.objects.filter(pk=talk.case_id).update(state="Merged")
    with pytest.raises(Refused):
        talk.post(by=cast.clara, body="Once", key="k")


# --- at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_posts_at_once_get_consecutive_numbers() -> None:
    cast, each = gather(), 5 if connection.vendor == "postgresql" else 3
    talk = cast.conversation()

    def post(name: str) -> None:
        for n in range(each):
            Conversation.objects.get(pk=talk.pk).post(by=getattr(cast, name), body=f"{name} {n}")

    assert together(*[lambda n=n: post(n) for n in ("clara", "carl", "paul", "petra")]) == [None] * 4
    messages = list(talk.messages.order_by("number"))
    assert [m.number for m in messages] == list(range(1, 4 * each + 1))
    assert len({m.body for m in messages}) == 4 * each
    assert [m.at for m in messages] == sorted(m.at for m in messages)
    assert first_broken_link(talk) is None


@pytest.mark.django_db(transaction=True)
def test_a_key_sent_twice_at_once_is_one_message() -> None:
    cast, times = gather(), 6 if connection.vendor == "postgresql" else 3
    talk = cast.conversation()
    ends = together(*[lambda: Conversation.objects.get(pk=talk.pk).post(by=cast.clara, body="Once", key="k")] * times)
    assert {end.pk for end in ends} == {talk.messages.get().pk}


@pytest.mark.django_db(transaction=True)
def test_a_key_sent_to_two_conversations_at_once_is_one_message() -> None:
    cast = gather()
    talks = [cast.conversation("A"), cast.conversation("B")]
    ends = together(*[
        lambda t=t: Conversation.objects.get(pk=t.pk).post(by=cast.clara, body="Once", key="k") for t in talks
    ])  # fmt: skip
    assert sorted(type(end).__name__ for end in ends) == ["KeyReused", "Message"]
    assert Message.objects.count() == 1
    assert [first_broken_link(t) for t in talks] == [None, None]
