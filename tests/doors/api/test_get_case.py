"""GET /cases/{reference}"""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller, is_problem


def test_it_is_told_whole(cast: Cast, paul: Caller) -> None:
    case = cast.released()
    assert paul.get(f"cases/{case.reference}").json() == {
        "id": case.public_id,
        "reference": case.reference,
        "client_reference": "INV-1001",
        "environment": "production",
        "state": "PendingVerification",
        "state_label": "Pending Verification",
        "state_since": "2026-03-09T11:00:00Z",
        "client": {"id": cast.clara.organisation.public_id, "name": "Nordlys Energi A/S"},
        "partner": {"id": cast.paul.organisation.public_id, "name": "Kanzlei Brandt & Partner"},
        "referrer": {"id": cast.rita.organisation.public_id, "name": "Fintegra"},
        "debtor_name": "Bergmann Logistik GmbH",
        "debtor_type": "Company",
        "debtor_country": "DE",
        "amount": "12480.50",
        "currency": "EUR",
        "description": "Unpaid invoice for power deliveries.",
        "close_code": None,
        "close_label": None,
        "close_comment": None,
        "client_owner": None,
        "partner_owner": None,
        "closure_requested_at": None,
        "quote": None,
        "merged_into": None,
        "engagement_ended": None,
        "created_at": "2026-03-09T11:00:00Z",
        "moved_at": "2026-03-09T11:00:00Z",
        "moves": [
            {"move": "confirm", "label": "Confirm case", "needs": [], "takes": ["message"]},
            {"move": "ask_for_information", "label": "Ask for information", "needs": ["message"], "takes": []},
            {"move": "decline", "label": "Decline case", "needs": ["decline_reason"], "takes": ["comment"]},
            {"move": "close", "label": "Close case", "needs": ["code"], "takes": ["comment"]},
        ],
    }


def test_a_reference_may_be_typed_small(cast: Cast, clara: Caller) -> None:
    assert clara.get(f"cases/{cast.submitted().reference.lower()}").status_code == 200


def test_someone_elses_case_looks_like_none_at_all(cast: Cast, clara: Caller, otto: Caller, pia: Caller) -> None:
    case = cast.released()
    assert clara.get(f"cases/{case.reference}").status_code == 200
    absent = otto.get("cases/AAAAAAAA")
    assert is_problem(absent, 404, "not-found")
    for caller in (otto, pia):
        assert caller.get(f"cases/{case.reference}").content == absent.content


def test_a_case_of_the_other_environment_is_not_there(cast: Cast) -> None:
    case = cast.submitted()
    assert Caller(cast.clara, "test").get(f"cases/{case.reference}").status_code == 404


@pytest.mark.parametrize(
    "reference", ["x", "%00%00%00%00%00%00%00%00", "Ö" * 8, "a b c d ", "A" * 300, "..", "QQQQQQQQ%0A"]
)
def test_what_is_no_reference_is_not_found(clara: Caller, reference: str) -> None:
    assert is_problem(clara.get(f"cases/{reference}"), 404, "not-found")


def test_a_closed_case_tells_its_code(cast: Cast, clara: Caller) -> None:
    case = cast.confirmed()
    case.close(by=cast.paul, code="PartiallyPaid", comment="Half of it")
    told = clara.get(f"cases/{case.reference}").json()
    assert (told["close_code"], told["close_label"], told["close_comment"]) == (
        "PartiallyPaid",
        "Partially paid",
        "Half of it",
    )


def test_it_takes_two_queries(cast: Cast, paul: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    case = cast.released()
    with django_assert_num_queries(2):
        paul.get(f"cases/{case.reference}")
