"""The monthly update: asked for once a month, sent by the partner, read by the client."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.cases.models import UPDATE_EVERY, Case, ask_for_updates
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.events.models import Event
from trialogue.people.models import Refused

A_MONTH_LATER = MONDAY + UPDATE_EVERY


def test_it_is_asked_for_once_a_month_has_passed(cast: Cast) -> None:
    case = cast.confirmed(at=MONDAY)
    assert ask_for_updates(A_MONTH_LATER - timedelta(seconds=1)) == 0
    assert ask_for_updates(A_MONTH_LATER) == 1
    assert ask_for_updates(A_MONTH_LATER + timedelta(hours=1)) == 0, "asked for once"
    clock = Clock.objects.open().get(case=case, promise="update")
    assert (clock.owner, clock.started_at) == (cast.paul.organisation, A_MONTH_LATER)
    assert Event.objects.get(kind="case.update_due").at == A_MONTH_LATER


@pytest.mark.parametrize("move", ["pause", "close"])
def test_only_an_active_case_has_updates(cast: Cast, move: str) -> None:
    case = cast.confirmed(at=MONDAY)
    case.move(move, by=cast.paul, at=MONDAY, reason="The debtor is ill.", code="Paid")
    assert ask_for_updates(A_MONTH_LATER) == 0


def test_sending_it_keeps_the_promise_and_the_next_is_a_month_away(cast: Cast) -> None:
    case = cast.confirmed(at=MONDAY)
    ask_for_updates(A_MONTH_LATER)
    sent = A_MONTH_LATER + timedelta(hours=2)
    case.report_progress(
        by=cast.paul, actions="Two letters, one call.", recommendation="StayActive", received=Decimal("1200"), at=sent
    )
    assert Clock.objects.get(case=case, promise="update").state == Clock.State.KEPT
    assert Case.objects.get(pk=case.pk).next_update_at == sent + UPDATE_EVERY


def test_its_summary_is_posted_and_asks_nothing(cast: Cast) -> None:
    case = cast.confirmed()
    case.report_progress(by=cast.paul, actions="Two letters.", recommendation="Pause", received=Decimal("1200.5"))
    said = Message.objects.get(conversation__case=case)
    assert said.body == (
        "**Monthly update**\n\nTwo letters.\n\nReceived since the last update: 1,200.50 EUR\n\nWe recommend: Pause"
    )
    assert not said.expects_answer
    assert not Clock.objects.open().filter(case=case).exists()


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("actions", {"actions": " ", "recommendation": "Pause"}),
        ("recommendation", {"actions": "A letter", "recommendation": "Sue"}),
        ("received", {"actions": "A letter", "recommendation": "Pause", "received": Decimal(-1)}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(cast: Cast, field: str, told: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.confirmed().report_progress(by=cast.paul, **told)  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [field]
    assert not Message.objects.exists()


@pytest.mark.parametrize("who", ["clara", "olga", "pia"])
def test_only_the_partner_at_work_sends_it(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        cast.confirmed().report_progress(by=getattr(cast, who), actions="Nothing", recommendation="Close")
