"""The log of calls to the debtor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.cast import Cast
from trialogue.cases.calls import Call
from trialogue.cases.models import Case
from trialogue.events.models import Event
from trialogue.people.models import Actor, Refused


def told(**other: Any) -> dict[str, Any]:
    call = {
        "number": "+49 30 1234567",
        "outcome": "NoResponse",
        "notes": "Nobody answered.",
        "called_at": timezone.now(),
    }
    return call | other


def test_the_partner_logs_a_call_and_the_client_reads_it(cast: Cast) -> None:
    case = cast.confirmed()
    call = Call.log(case, by=cast.paul, **told())
    assert Call.objects.visible_to(cast.clara).get() == call
    assert Event.objects.get(kind="call.logged").facts == {"call": call.public_id, "call_outcome": "NoResponse"}


@pytest.mark.parametrize("who", ["pia", "otto", "rita"])
def test_nobody_outside_reads_it(cast: Cast, who: str) -> None:
    Call.log(cast.confirmed(), by=cast.paul, **told())
    assert not Call.objects.visible_to(getattr(cast, who)).exists()


def test_a_new_partner_does_not_read_the_calls_of_the_old_one(cast: Cast) -> None:
    case = cast.confirmed()
    Call.log(case, by=cast.paul, **told())
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent")
    assert not Call.objects.visible_to(cast.pia).exists()
    assert Call.objects.visible_to(cast.paul).exists()
    assert Call.objects.visible_to(cast.clara).exists()


@pytest.mark.parametrize("who", ["clara", "olga", "pia", "rita"])
def test_only_the_partner_at_work_logs(cast: Cast, who: str) -> None:
    case = cast.confirmed()
    actor: Actor = getattr(cast, who)
    with pytest.raises(Refused):
        Call.log(case, by=actor, **told())
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", ""), ("number", "9" * 41), ("outcome", ""), ("outcome", "Rude"), ("notes", " "), ("notes", "x" * 4001)],
)
def test_what_is_missing_is_said_at_its_field(cast: Cast, field: str, value: str) -> None:
    case = cast.confirmed()
    with pytest.raises(ValidationError) as refused:
        Call.log(case, by=cast.paul, **told(**{field: value}))
    assert list(refused.value.message_dict) == [field]
    assert not Event.objects.filter(kind="call.logged").exists()


def test_a_call_is_not_logged_before_it_was_made(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        Call.log(cast.confirmed(), by=cast.paul, **told(called_at=timezone.now() + timedelta(hours=1)))
    assert list(refused.value.message_dict) == ["called_at"]


def test_a_case_that_is_over_has_no_more_calls(cast: Cast) -> None:
    case: Case = cast.confirmed()
    case.close(by=cast.paul, code="Paid")
    with pytest.raises(Refused):
        Call.log(case, by=cast.paul, **told())
