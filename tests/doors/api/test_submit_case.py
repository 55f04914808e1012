"""POST /cases"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller, errors, is_problem
from trialogue.cases.models import Case

CLAIM: dict[str, Any] = {
    "client_reference": "INV-1001", "debtor_name": "Bergmann Logistik GmbH", "debtor_type": "Company", "debtor_country": "DE",
    "amount": "12480.50", "currency": "EUR", "description": "Unpaid invoice.",
}  # fmt: skip


def submit(caller: Caller, **changed: Any) -> Any:
    return caller.post("cases", {name: value for name, value in (CLAIM | changed).items() if value is not None})


def test_a_client_submits_a_case(cast: Cast, clara: Caller) -> None:
    response = submit(clara)
    told = response.json()
    case = Case.objects.get()
    assert response.status_code == 201
    assert response.headers["Location"].endswith(f"/api/v1/cases/{case.reference}")
    assert told["reference"] == case.reference
    assert told["state"] == "PendingVerificationInternal"
    assert told["client"] == {"id": cast.clara.organisation.public_id, "name": "Nordlys Energi A/S"}
    assert told["referrer"]["name"] == "Fintegra"
    assert [move["move"] for move in told["moves"]] == ["withdraw"]


def test_it_belongs_to_the_environment_of_the_key(cast: Cast) -> None:
    assert submit(Caller(cast.clara, "test")).json()["environment"] == "test"


@pytest.mark.parametrize("amount", ["12480.50", "12480.5", 12480.5])
def test_an_amount_is_a_number_or_a_string_and_comes_back_with_two_decimals(clara: Caller, amount: Any) -> None:
    assert submit(clara, amount=amount).json()["amount"] == "12480.50"


def test_an_amount_is_exact_to_the_cent_also_as_a_number(clara: Caller) -> None:
    assert submit(clara, amount=9007199254.99).json()["amount"] == "9007199254.99"
    assert clara.client.post(
        "/api/v1/cases",
        '{"client_reference":"B","debtor_name":"B","debtor_country":"DE","currency":"EUR","amount":999999999998.99}',
        content_type="application/json",
    ).json()["amount"] == "999999999998.99"  # fmt: skip


@pytest.mark.parametrize(
    "amount", ["0", "-5", "", "much", "1.005", "NaN", "Infinity", "1e999999999", True, [], {}, "99999999999999999"]
)
def test_an_amount_that_is_none_is_refused(clara: Caller, amount: Any) -> None:
    response = submit(clara, amount=amount)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"amount"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("debtor_country", "XX"), ("debtor_country", "Germany"), ("currency", "EURO"), ("currency", "XYZ"), ("debtor_type", "Robot"),
        ("debtor_name", ""), ("debtor_name", " "), ("debtor_name", "x" * 201), ("client_reference", ""), ("client_reference", "x" * 51),
        ("description", "x" * 4001), ("debtor_name", 5), ("debtor_name", "a\x00b"), ("description", "\ud800"), ("currency", None),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_named(clara: Caller, field: str, value: Any) -> None:
    response = submit(clara, **{field: value})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {field}
    assert not Case.objects.exists()


def test_all_fields_that_cannot_be_used_are_named_at_once(clara: Caller) -> None:
    assert set(errors(submit(clara, debtor_country="XX", currency="XYZ"))) == {"debtor_country", "currency"}


def test_an_unknown_field_is_named(clara: Caller) -> None:
    assert errors(submit(clara, ammount="1")) == {"ammount": "There is no such field."}


def test_a_reference_can_be_used_once(clara: Caller) -> None:
    submit(clara)
    response = submit(clara, debtor_name="Someone else")
    assert is_problem(response, 422, "invalid")
    assert errors(response) == {
        "client_reference": "You have used this reference for another case. Give this one its own."
    }
    assert Case.objects.count() == 1


def test_a_reference_can_be_used_once_in_each_environment_and_by_each_client(
    cast: Cast, clara: Caller, otto: Caller
) -> None:
    answers = [submit(clara), submit(Caller(cast.clara, "test")), submit(otto)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_no_other_side_submits_a_case(paul: Caller, rita: Caller, olga: Caller) -> None:
    for caller in (paul, rita, olga):
        response = submit(caller)
        assert is_problem(response, 403, "forbidden")
        assert response.json()["detail"] == "Only a client submits a case."
    assert not Case.objects.exists()


def test_its_queries_do_not_grow(clara: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(12):
        assert submit(clara).status_code == 201
