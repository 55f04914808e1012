"""Who finds conversations, messages and documents, and which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import Cast
from tests.walk import document
from trialogue.cases.models import Case, Engagement
from trialogue.conversations.models import Conversation, Document, Message
from trialogue.people.models import Actor

INSIDERS, OUTSIDERS = ("clara", "carl", "paul", "petra", "rita", "olga"), ("otto", "pia")
TABLES = (Conversation, Message, Document)


def seen(actor: Actor) -> list[int]:
    return [table.objects.visible_to(actor).count() for table in TABLES]  # type: ignore[attr-defined]


@pytest.fixture
def case(cast: Cast) -> Case:
    case = cast.confirmed()
    case.conversation.post(by=cast.clara, body="Here", documents=[document()])
    return case


@pytest.mark.parametrize("name", INSIDERS)
def test_insiders_see_what_was_said(cast: Cast, case: Case, name: str) -> None:
    assert seen(getattr(cast, name)) == [1, 1, 1]


@pytest.mark.parametrize("name", OUTSIDERS)
def test_outsiders_see_nothing(cast: Cast, case: Case, name: str) -> None:
    assert seen(cast.clara) == [1, 1, 1]  # for this test to mean anything
    assert seen(getattr(cast, name)) == [0, 0, 0]


@pytest.mark.parametrize("name", [*INSIDERS, *OUTSIDERS])
def test_nobody_sees_it_from_the_other_environment(cast: Cast, case: Case, name: str) -> None:
    assert seen(replace(getattr(cast, name), environment="test")) == [0, 0, 0]


def test_what_a_client_lays_in_before_the_release_the_partner_sees_from_then_on(cast: Cast) -> None:
    case = cast.submitted()
    Document.add(case, [document()], by=cast.clara)
    assert not Document.objects.visible_to(cast.paul).exists()
    case.release(cast.paul.organisation, by=cast.olga)
    assert Document.objects.visible_to(cast.paul).count() == 1
    assert not Document.objects.visible_to(cast.pia).exists()


def test_a_next_partner_does_not_see_what_was_said_to_the_one_before(cast: Cast, case: Case) -> None:
    """As it will be once a case can change hands: the rows are laid by hand here."""
    Document.add(case, [document("of the partner.txt")], by=cast.paul)
    Document.add(case, [document("of the case.txt")], by=cast.clara)
    Engagement.objects.filter(case=case).update(ended_at=case.moved_at)
    Engagement.objects.create(case=case, partner=cast.pia.organisation, started_at=case.moved_at)
    Case.objects.filter(pk=case.pk).update(partner=cast.pia.organisation)
    assert not Message.objects.visible_to(cast.pia).exists()
    assert [d.name for d in Document.objects.visible_to(cast.pia)] == ["of the case.txt"]
    assert Message.objects.visible_to(cast.paul).count() == 1
    assert Document.objects.visible_to(cast.clara).count() == 3


def test_messages_come_in_the_order_they_were_said(cast: Cast, case: Case) -> None:
    for n in range(12):
        case.conversation.post(by=cast.paul, body=str(n))
    numbers = [m.number for m in case.conversation.messages_for(cast.clara).shown()]
    assert numbers == list(range(1, 14))
