"""GET /cases"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, errors, is_problem


def references(caller: Caller, **query: Any) -> list[str]:
    return [case["client_reference"] for case in caller.get("cases", **query).json()["items"]]


def test_each_sees_the_cases_of_its_side_and_no_other(
    cast: Cast, clara: Caller, paul: Caller, rita: Caller, olga: Caller, otto: Caller, pia: Caller
) -> None:
    cast.released("INV-1")
    cast.submitted("INV-2")
    cast.submitted("OTTO-1", by=cast.otto)
    assert sorted(references(clara)) == sorted(references(rita)) == ["INV-1", "INV-2"]
    assert references(paul) == ["INV-1"]
    assert references(otto) == ["OTTO-1"]
    assert references(pia) == []
    assert sorted(references(olga)) == ["INV-1", "INV-2", "OTTO-1"]


def test_those_that_moved_last_come_first(cast: Cast, clara: Caller) -> None:
    cast.submitted("OLD", at=MONDAY)
    cast.submitted("NEW", at=MONDAY + timedelta(hours=2))
    old = cast.submitted("MOVED", at=MONDAY)
    old.release(cast.paul.organisation, by=cast.olga, at=MONDAY + timedelta(hours=5))
    assert references(clara) == ["MOVED", "NEW", "OLD"]


@pytest.mark.parametrize(
    "state", ["PendingVerification", "pendingverification", "Pending Verification", "PENDING VERIFICATION"]
)
def test_a_state_is_known_by_name_and_label_in_any_case(cast: Cast, clara: Caller, state: str) -> None:
    cast.released("INV-1")
    cast.submitted("INV-2")
    assert references(clara, state=state) == ["INV-1"]


def test_a_state_is_known_by_its_label_in_the_askers_language(cast: Cast, clara: Caller) -> None:
    cast.confirmed("INV-1")
    response = clara.get("cases", {"Accept-Language": "de"}, state="Active")
    assert len(response.json()["items"]) == 1


def test_states_may_be_repeated(cast: Cast, clara: Caller) -> None:
    cast.released("INV-1")
    cast.submitted("INV-2")
    cast.confirmed("INV-3")
    assert sorted(references(clara, state=["Active", "PendingVerification"])) == ["INV-1", "INV-3"]
    assert sorted(references(clara, state="Active,Pending Verification")) == ["INV-1", "INV-3"]


def test_a_word_that_is_no_state_is_refused_with_those_that_are(clara: Caller) -> None:
    response = clara.get("cases", state="Sleeping")
    assert is_problem(response, 422, "invalid")
    assert "Sleeping" in errors(response)["state"].title()
    assert "NeedsAdditionalDetails" in errors(response)["state"]


def test_an_empty_parameter_is_one_left_out(cast: Cast, clara: Caller) -> None:
    cast.submitted("INV-1")
    assert references(clara, state="", q="", reference="", limit="", after="") == ["INV-1"]


def test_it_searches_references_and_debtors(cast: Cast, clara: Caller) -> None:
    cast.submitted("INV-1", debtor_name="Bergmann Logistik GmbH")
    cast.submitted("INV-2", debtor_name="Meyer & Co")
    assert references(clara, q="meyer") == ["INV-2"]
    assert sorted(references(clara, q="inv-")) == ["INV-1", "INV-2"]
    assert references(clara, q="%") == []


def test_a_case_is_found_by_either_reference(cast: Cast, clara: Caller) -> None:
    case = cast.submitted("2026/0001 a")
    cast.submitted("2026/0002")
    assert references(clara, client_reference="2026/0001 a") == ["2026/0001 a"]
    assert references(clara, reference=case.reference.lower()) == ["2026/0001 a"]
    assert references(clara, reference="ZZZZZZZZ") == []


def test_pages_follow_each_other_without_loss_or_double(cast: Cast, clara: Caller) -> None:
    for number in range(5):
        cast.submitted(f"INV-{number}", at=MONDAY + timedelta(seconds=number // 2))  # some at the same moment
    seen, after, pages = [], "", 0
    while True:
        page = clara.get("cases", limit=2, after=after).json()
        seen += [case["client_reference"] for case in page["items"]]
        pages += 1
        if page["next"] is None:
            break
        after = page["next"]
    assert pages == 3
    assert seen == references(clara)
    assert len(set(seen)) == 5


def test_the_last_full_page_is_the_end(cast: Cast, clara: Caller) -> None:
    cast.submitted("INV-1")
    assert clara.get("cases", limit=1).json()["next"] is None


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1.5"])
def test_a_limit_beyond_reason_is_refused(clara: Caller, limit: str) -> None:
    response = clara.get("cases", limit=limit)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"limit"}


BAD_CURSORS = [
    "x",
    "🙂",
    "!!!!",
    "MQ",
    "MS4y",
    "OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ",
    "LTEuMQ",
    "NDYwMDAwMDAwMDAwMDAwMDAwMC4x",
    "A" * 199,
    "\x00",
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_cursor_that_is_not_ours_is_refused(cast: Cast, clara: Caller, cursor: str) -> None:
    cast.submitted("INV-1")
    response = clara.get("cases", after=cursor)
    assert response.status_code in (200, 400)  # a made-up one that could be ours shows what could be seen anyway
    if response.status_code == 400:
        assert is_problem(response, 400, "malformed")
        assert "after" in response.json()["detail"]


def test_most_made_up_cursors_are_refused(clara: Caller) -> None:
    assert sum(clara.get("cases", after=cursor).status_code == 400 for cursor in BAD_CURSORS) >= 8


@pytest.mark.parametrize("name", ["q", "reference", "client_reference"])
def test_text_no_database_keeps_is_refused(clara: Caller, name: str) -> None:
    response = clara.get("cases", **{name: "a\x00b"})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {name}


def test_it_takes_two_queries_however_many(cast: Cast, clara: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(6):
        cast.released(f"INV-{number}")
    with django_assert_num_queries(2):
        assert len(references(clara)) == 6
