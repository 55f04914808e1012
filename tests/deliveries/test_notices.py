"""The list behind the bell: what one was or would be told, and what of it is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Conversation, Document
from trialogue.deliveries.models import REMEMBERED, Delivery
from trialogue.deliveries.notices import SHOWN, counted, look_at, noted, tell
from trialogue.deliveries.rounds import send_due
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.people.models import Actor, Membership

NOW = MONDAY + timedelta(days=3)


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


@pytest.fixture
def case(cast: Cast) -> Case:
    case = cast.confirmed(at=minute(-60))
    Delivery.objects.all().delete()
    return case


def listed(actor: Actor) -> list[Delivery]:
    return list(Delivery.objects.notices_of(actor, NOW).select_related(*SHOWN).order_by("-latest_at", "-pk"))


def said(actor: Actor) -> list[tuple[str, ...]]:
    return [told.sentences for told in tell(listed(actor), actor, lambda at: f"{at:%d %H:%M}")]


def new(actor: Actor) -> int:
    memberships = counted(
        Membership.objects.filter(person=actor.person, organisation=actor.organisation), NOW, since=NOW - REMEMBERED
    )
    return memberships.get().notices or 0  # type: ignore[attr-defined, no-any-return]


def test_messages_moves_documents_and_clocks_are_told_in_sentences(cast: Cast, case: Case, mails: type[Mails]) -> None:
    talk = case.conversation
    talk.post(by=cast.clara, body="Zebra?", at=minute(0))
    send_due(minute(10))
    talk.post(by=cast.clara, body="Okapi?", at=minute(20))
    talk.post(by=cast.carl, body="And @Paul, the **quagga**?", at=minute(21))
    send_due(minute(40))
    Document.add(case, [document()], by=cast.clara, at=minute(50))
    send_due(minute(70))
    warn_due(minute(60 * 40))
    break_due(minute(60 * 49))
    assert said(cast.paul) == [
        ("Our answer to Nordlys Energi A/S is overdue: it was due 11 11:00.",),
        ("We owe Nordlys Energi A/S an answer by 11 11:00.",),
        ("Clara Holm added “evidence.txt”.",),
        ("Carl Dahl named you.",),
        ("Clara Holm wrote.",),
    ]
    assert said(cast.petra)[3] == ("2 messages, the last from Carl Dahl.",)
    assert said(cast.clara) == [("Kanzlei Brandt & Partner owes us an answer: it was due 11 11:00.",)]


def test_what_gathers_moves_up_and_is_new_again(cast: Cast, case: Case) -> None:
    other = cast.confirmed("Other", at=minute(-60)).conversation
    Delivery.objects.all().delete()
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    other.post(by=cast.clara, body="Okapi?", at=minute(1))
    look_at(cast.paul, case)
    assert new(cast.paul) == 1
    case.conversation.post(by=cast.clara, body="Quagga?", at=minute(2))
    assert new(cast.paul) == 2
    assert [one.case for one in listed(cast.paul)] == [case, other.case]


def test_a_message_that_was_taken_back_is_not_quoted(cast: Cast, case: Case) -> None:
    message = case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    message.withdraw(by=cast.clara, at=minute(1))
    (told,) = tell(listed(cast.paul), cast.paul)
    assert told.words == ""


def test_nothing_of_others_is_in_it(cast: Cast, case: Case) -> None:
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    assert len(listed(cast.paul)) == 1
    for other in (cast.clara, cast.carl, cast.olga, cast.rita, cast.otto, cast.pia):
        assert listed(other) == [], other
    for elsewhere in (replace(cast.paul, environment="test"), replace(cast.paul, person=None)):
        assert listed(elsewhere) == []


def test_each_hat_has_its_own(cast: Cast, case: Case) -> None:
    assert cast.carl.person
    there = Actor.of(cast.paul.organisation.admit(cast.carl.person, by=cast.paul))
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    assert (len(listed(there)), len(listed(cast.carl))) == (1, 0)


def test_a_muted_case_is_not_in_it_but_for_what_we_owe_and_have_not_given(cast: Cast, case: Case) -> None:
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    Mute.lay(case, by=cast.paul, at=minute(1))
    assert listed(cast.paul) == []
    assert new(cast.paul) == 0
    assert new(cast.petra) == 1
    break_due(minute(60 * 49))
    assert [one.kind for one in listed(cast.paul)] == ["clock"]
    Mute.lay(case, by=cast.paul, overdue_too=True, at=minute(1))
    assert listed(cast.paul) == []


def test_what_was_muted_when_it_happened_stays_out_of_it(cast: Cast, case: Case, mails: type[Mails]) -> None:
    Mute.lay(case, by=cast.paul, at=minute(0))
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    send_due(minute(10))
    Mute.lift(case, by=cast.paul)
    assert listed(cast.paul) == []


def test_what_is_off_is_not_in_it_and_what_is_daily_is(cast: Cast, case: Case, mails: type[Mails]) -> None:
    assert cast.paul.person
    assert cast.petra.person
    Wishes.choose(cast.paul.person, how={"message": "off"})
    Wishes.choose(cast.petra.person, how={"message": "daily"})
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    send_due(minute(10))
    assert (len(listed(cast.paul)), len(listed(cast.petra))) == (0, 1)
    assert new(cast.petra) == 1


def test_reading_the_conversation_is_seeing_its_notices(cast: Cast, case: Case) -> None:
    talk = case.conversation
    talk.post(by=cast.clara, body="Zebra?", at=minute(0))
    other = cast.confirmed("Other", at=minute(0))
    before = new(cast.paul)
    talk.mark_read(by=cast.paul, through=1, at=minute(5))
    assert new(cast.paul) == before - 1
    assert new(cast.petra) == before
    assert Delivery.objects.filter(case=other, person=cast.paul.person, seen_at=None).exists()


def test_looking_at_a_case_is_seeing_all_that_was_told_of_it(cast: Cast, case: Case) -> None:
    case.pause(by=cast.paul, reason="Resting ibex", at=minute(0))
    (found,) = noted(Case.objects.filter(pk=case.pk), cast.clara, timezone.now())
    assert found.unseen  # type: ignore[attr-defined]
    assert look_at(cast.clara, found) == 1
    (found,) = noted(Case.objects.filter(pk=case.pk), cast.clara, timezone.now())
    assert not found.unseen  # type: ignore[attr-defined]
    assert new(cast.clara) == 0
    assert new(cast.carl) == 1


def test_what_is_read_or_moot_before_its_mail_is_not_new(cast: Cast, case: Case, mails: type[Mails]) -> None:
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    warn_due(minute(60 * 40))
    case.conversation.post(by=cast.paul, body="Quagga", expects_answer=False, at=minute(60 * 40))
    send_due(minute(60 * 41))
    assert new(cast.paul) == 0


def test_old_notices_are_not_counted(cast: Cast, case: Case) -> None:
    case.conversation.post(by=cast.clara, body="Zebra?", at=minute(0))
    assert new(cast.paul) == 1
    Delivery.objects.update(latest_at=MONDAY - timedelta(days=400))
    assert new(cast.paul) == 0
    assert len(listed(cast.paul)) == 1


@pytest.mark.parametrize("size", [2, 20])
def test_telling_costs_as_much_for_many_as_for_few(cast: Cast, size: int, django_assert_num_queries: Any) -> None:
    for n in range(size):
        case = cast.confirmed(f"N-{n}", at=minute(n))
        case.pause(by=cast.paul, reason="x", at=minute(n))
        Conversation.objects.get(case=case).post(by=cast.paul, body=f"@Clara {n}", at=minute(n))
    break_due(minute(60 * 60))
    found = listed(cast.clara)
    with django_assert_num_queries(4):
        assert len(tell(found, cast.clara)) >= 2 * size
