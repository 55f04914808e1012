"""Handing in a case: what is taken, what is refused at which field, and each reference once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.events.models import Event
from trialogue.people.models import Refused


def test_a_submitted_case_waits_for_validation_and_carries_its_parties(cast: Cast) -> None:
    case = cast.submitted(at=MONDAY)
    assert (case.state, case.client, case.partner) == (State.VALIDATION, cast.clara.organisation, None)
    assert (case.referrer, case.environment) == (cast.rita.organisation, "production")
    assert case.created_at == case.moved_at == case.state_since == MONDAY
    assert Case.objects.get(pk=case.pk).amount == Decimal("12480.50")


def test_its_reference_is_eight_capitals_and_digits(cast: Cast) -> None:
    reference = cast.submitted().reference
    assert len(reference) == 8
    assert set(reference) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


@pytest.mark.parametrize("name", ["paul", "rita", "olga", "pia"])
def test_only_a_client_submits(cast: Cast, name: str) -> None:
    with pytest.raises(Refused, match="Only a client"):
        cast.submitted(by=getattr(cast, name))
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("currency", "XYZ", "no currency"),
        ("currency", "DEM", "no currency"),
        ("currency", "EURO", "at most 3"),
        ("currency", "", "blank"),
        ("debtor_country", "XX", "no country"),
        ("debtor_country", "Germany", "at most 2"),
        ("debtor_country", "", "blank"),
        ("debtor_type", "Robot", "not a valid choice"),
        ("amount", Decimal(0), "greater than or equal to 0.01"),
        ("amount", Decimal("-5"), "greater than or equal to 0.01"),
        ("amount", Decimal("0.001"), "no more than 2 decimal places"),
        ("amount", Decimal("10.005"), "no more than 2 decimal places"),
        ("amount", Decimal("1e12"), "no more than 12 digits before"),
        ("amount", Decimal("999999999999.01"), "less than or equal to"),
        ("amount", Decimal("NaN"), "must be a decimal"),
        ("amount", Decimal("Infinity"), "must be a decimal"),
        ("amount", "a lot", "must be a decimal"),
        ("amount", None, "cannot be null"),
        ("client_reference", "", "blank"),
        ("client_reference", " \n ", "blank"),
        ("client_reference", "R" * 51, "at most 50"),
        ("client_reference", "R\x001", "cannot be kept"),
        ("client_reference", "R\ud8001", "cannot be kept"),
        ("debtor_name", "", "blank"),
        ("debtor_name", "   ", "blank"),
        ("debtor_name", "D" * 201, "at most 200"),
        ("debtor_name", "Berg\x1b[2Jmann", "cannot be kept"),
        ("debtor_name", "Berg\x00mann", "cannot be kept"),
        ("description", "D" * 4001, "up to 4,000"),
        ("description", "Un\x00paid", "cannot be kept"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_kept(cast: Cast, field: str, value: Any, says: str) -> None:
    lines = Event.objects.count()
    with pytest.raises(ValidationError) as refused:
        cast.submitted(**{"reference" if field == "client_reference" else field: value})
    assert says in str(refused.value.message_dict[field])
    assert list(refused.value.message_dict) == [field]
    assert not Case.objects.exists()
    assert Event.objects.count() == lines


def test_every_mistake_is_told_at_once(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.submitted(currency="XYZ", debtor_country="XX", amount=Decimal(0), debtor_name="")
    assert set(refused.value.message_dict) == {"currency", "debtor_country", "amount", "debtor_name"}


def test_codes_may_be_typed_small_and_spaces_do_not_count(cast: Cast) -> None:
    case = cast.submitted(" INV  7 ", currency="eur", debtor_country="de", debtor_name="  Berg\r\nBcc: x ")
    assert (case.currency, case.debtor_country) == ("EUR", "DE")
    assert (case.client_reference, case.debtor_name) == ("INV 7", "Berg Bcc: x")


@pytest.mark.parametrize("amount", ["0.01", "999999999999.00", "12.5", "7"])
def test_amounts_up_to_a_trillion_by_the_cent(cast: Cast, amount: str) -> None:
    assert Case.objects.get(pk=cast.submitted(amount=Decimal(amount)).pk).amount == Decimal(amount)


def test_a_reference_is_used_once(cast: Cast) -> None:
    cast.submitted("INV-1")
    with pytest.raises(ValidationError) as refused:
        cast.submitted(" INV-1 ")
    assert refused.value.message_dict == {
        "client_reference": ["You have used this reference for another case. Give this one its own."]
    }
    assert Case.objects.count() == 1


def test_another_client_and_another_environment_may_use_the_same_reference(cast: Cast) -> None:
    cast.submitted("INV-1")
    cast.submitted("INV-1", by=cast.otto)
    cast.submitted("INV-1", by=replace(cast.clara, environment="test"))
    assert Case.objects.filter(client_reference="INV-1").count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_reference_sent_twice_at_once_is_used_once() -> None:
    cast, times = gather(), 6 if connection.vendor == "postgresql" else 3
    ends = together(*[lambda: cast.submitted("INV-1")] * times)
    refused = [end for end in ends if isinstance(end, ValidationError)]
    assert Case.objects.count() == 1
    assert len(refused) == times - 1, ends
    assert {tuple(error.message_dict) for error in refused} == {("client_reference",)}
