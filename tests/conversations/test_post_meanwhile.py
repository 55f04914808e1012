"""A message and a move of its case at the same moment: neither loses the other, neither waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast, gather
from tests.together import Meanwhile, together
from trialogue import reactions
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation
from trialogue.deliveries.models import Delivery
from trialogue.events.models import first_broken_link

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return gather()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Meanwhile]:
    """Lets a change that records this kind stand still just before its commit, until another one waits for it."""

    def stand_still(kind: str) -> Meanwhile:
        pause = Meanwhile()
        told = (*reactions.REACTIONS.get(kind, ()), pause.reaction)
        monkeypatch.setitem(reactions.REACTIONS, kind, told)  # type: ignore[arg-type]
        return pause

    return stand_still


def post(cast: Cast, case: Case, name: str) -> Any:
    return Conversation.objects.get(case=case).post(by=getattr(cast, name), body="Meanwhile")


def test_a_message_while_the_case_closes_leaves_nothing_owed(cast: Cast, meanwhile: Callable[[str], Meanwhile]) -> None:
    """It waits for the conversation, and must then not go by the case as it was before it waited."""
    case = cast.confirmed()
    pause = meanwhile("case.closed")
    ends = together(
        lambda: Case.objects.get(pk=case.pk).close(by=cast.paul, code="Paid"),
        pause.then(lambda: post(cast, case, "clara")),
    )
    assert [type(end).__name__ for end in ends] == ["NoneType", "Message"]
    assert not Clock.objects.open().filter(case=case).exists()
    assert first_broken_link(case) is first_broken_link(case.conversation) is None


def test_a_case_that_closes_while_a_message_is_posted_leaves_nothing_owed(
    cast: Cast, meanwhile: Callable[[str], Meanwhile]
) -> None:
    """Each holds what the other wants next, if they lock more than they must."""
    case = cast.confirmed()
    pause = meanwhile("message.posted")
    ends = together(
        lambda: post(cast, case, "clara"),
        pause.then(lambda: Case.objects.get(pk=case.pk).close(by=cast.paul, code="Paid")),
    )
    assert [type(end).__name__ for end in ends] == ["Message", "NoneType"], ends
    assert not Clock.objects.open().filter(case=case).exists()
    assert Clock.objects.get(promise="reply").state == "cancelled"


def test_a_move_while_a_colleague_writes_gathers_in_the_same_mail(
    cast: Cast, meanwhile: Callable[[str], Meanwhile]
) -> None:
    case = cast.confirmed()
    Delivery.objects.all().delete()
    pause = meanwhile("message.posted")
    ends = together(
        lambda: post(cast, case, "petra"),
        pause.then(lambda: Case.objects.get(pk=case.pk).move("pause", by=cast.paul, reason="Wait")),
    )
    assert [type(end).__name__ for end in ends] == ["Message", "NoneType"], ends
    assert sorted(d.person.name for d in Delivery.objects.all()) == ["Carl Dahl", "Clara Holm"]  # type: ignore[union-attr]
    assert all(d.through and d.moved_at for d in Delivery.objects.all())


def test_a_wordless_move_while_a_colleague_writes_gathers_in_the_same_mail(
    cast: Cast, meanwhile: Callable[[str], Meanwhile]
) -> None:
    case = cast.confirmed()
    case.pause(by=cast.paul, reason="Wait")
    Delivery.objects.all().delete()
    pause = meanwhile("case.resumed")
    ends = together(
        lambda: Case.objects.get(pk=case.pk).resume(by=cast.paul),
        pause.then(lambda: post(cast, case, "petra")),
    )
    assert [type(end).__name__ for end in ends] == ["NoneType", "Message"], ends
    assert sorted(d.person.name for d in Delivery.objects.all()) == ["Carl Dahl", "Clara Holm"]  # type: ignore[union-attr]
    assert all(d.through and d.moved_at for d in Delivery.objects.all())
