"""Many claims in one change are what each would have been by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue.cases.models import Case
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Refused

OWN = {"id", "public_id", "reference", "client_reference", "log_digest"}


def claim(reference: str = "INV-1", **other: Any) -> dict[str, Any]:
    told = {
        "client_reference": reference, "debtor_name": " Bergmann  GmbH ", "debtor_type": "Company", "debtor_country": "de",
        "amount": Decimal("12480.50"), "currency": "eur", "description": "Unpaid.",
    }  # fmt: skip
    return told | other


def row(case: Case) -> dict[str, Any]:
    (found,) = Case.objects.filter(pk=case.pk).values()
    return {name: value for name, value in found.items() if name not in OWN}


def line(case: Case) -> dict[str, Any]:
    (found,) = Event.objects.about(case).values()
    return {
        name: value
        for name, value in found.items()
        if name not in ("id", "xid", "subject", "digest", "recorded_at", "case_id")
    }


def test_rows_and_events_are_those_of_a_single_submission(cast: Cast) -> None:
    alone = Case.submit(by=cast.clara, at=MONDAY, **claim("INV-0"))
    many = Case.submit_many([claim("INV-1"), claim("INV-2")], by=cast.clara, at=MONDAY)
    for case in many:
        assert isinstance(case, Case)
        assert row(case) == row(alone)
        assert line(case) == line(alone)
        assert (case.log_length, Event.objects.about(case).get().case_id) == (1, case.pk)


def test_every_chain_holds(cast: Cast) -> None:
    for case in Case.submit_many([claim(f"INV-{n}") for n in range(20)], by=cast.clara):
        assert isinstance(case, Case)
        kept = Case.objects.get(pk=case.pk)
        assert first_broken_link(kept) is None
        assert kept.log_digest == Event.objects.about(kept).get().digest != ""


def test_a_case_made_among_many_goes_on_like_any_other(cast: Cast) -> None:
    case = Case.submit_many([claim()], by=cast.clara)[0]
    assert isinstance(case, Case)
    case.release(cast.paul.organisation, by=cast.olga)
    assert first_broken_link(case) is None
    assert case.conversation.may_post(cast.paul)


@pytest.mark.parametrize(
    "other",
    [{"currency": "XYZ"}, {"debtor_country": "XX"}, {"amount": Decimal(0)}, {"amount": Decimal("1.005")}, {"amount": None},
     {"debtor_name": ""}, {"debtor_name": "D\x00"}, {"description": "D" * 4001}, {"client_reference": "R" * 51}, {"debtor_type": "Robot"},
     {"currency": "XYZ", "debtor_name": " ", "amount": "a lot"}],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_what_a_single_submission_says_and_the_others_are_made(
    cast: Cast, other: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as alone:
        Case.submit(by=cast.clara, **claim(**other))
    wrong, good = Case.submit_many([claim(**other), claim("INV-2")], by=cast.clara)
    assert isinstance(wrong, ValidationError)
    assert wrong.message_dict == alone.value.message_dict
    assert Case.objects.get() == good


def test_a_reference_is_used_once_among_many_and_beside_others(cast: Cast) -> None:
    cast.submitted("INV-1")
    ends = Case.submit_many([claim(" INV-1"), claim("INV-2"), claim("INV-2"), claim("INV-3")], by=cast.clara)
    assert [isinstance(end, Case) for end in ends] == [False, True, False, True]
    taken = {"client_reference": ["You have used this reference for another case. Give this one its own."]}
    assert [end.message_dict for end in ends if isinstance(end, ValidationError)] == [taken, taken]
    assert Case.objects.count() == 3


def test_another_client_and_another_environment_may_use_the_same_references(cast: Cast) -> None:
    for by in (cast.clara, cast.otto, replace(cast.clara, environment="test")):
        assert isinstance(Case.submit_many([claim()], by=by)[0], Case)


@pytest.mark.parametrize("name", ["paul", "rita", "olga"])
def test_only_a_client_submits(cast: Cast, name: str) -> None:
    with pytest.raises(Refused, match="Only a client"):
        Case.submit_many([claim()], by=getattr(cast, name))
    assert not Case.objects.exists()


def test_nothing_is_made_of_nothing(cast: Cast) -> None:
    assert Case.submit_many([], by=cast.clara) == []


def test_a_draft_says_the_same_and_makes_nothing(cast: Cast) -> None:
    good, wrong = Case.drafted([claim(), claim("INV-2", currency="XYZ")], by=cast.clara)
    assert isinstance(good, Case)
    assert isinstance(wrong, ValidationError)
    assert not Case.objects.exists()


def test_a_case_more_costs_one_query_more(cast: Cast) -> None:
    costs = []
    for count in (2, 12):
        with CaptureQueriesContext(connection) as asked:
            Case.submit_many([claim(f"{count}-{n}") for n in range(count)], by=cast.clara)
        costs.append(len(asked))
    assert costs[1] - costs[0] <= 10


@pytest.mark.django_db(transaction=True)
def test_the_same_claims_sent_twice_at_once_are_made_once() -> None:
    cast = gather()
    ends = together(*[lambda: Case.submit_many([claim(f"INV-{n}") for n in range(30)], by=cast.clara)] * 3)
    assert Case.objects.count() == 30
    assert sum(isinstance(one, Case) for end in ends for one in end) == 30, ends
