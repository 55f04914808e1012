"""POST /cases/{reference}/moves"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller, errors, is_problem, writing
from trialogue.cases.models import Case
from trialogue.conversations.models import Message


def move(caller: Caller, case: Case, name: str, **particulars: Any) -> Any:
    return caller.post(f"cases/{case.reference}/moves", {"move": name, **particulars})


def allowed(response: Any) -> list[str]:
    return [one["move"] for one in response.json()["allowed"]]


def test_the_operator_releases_to_a_partner(cast: Cast, olga: Caller) -> None:
    case = cast.submitted()
    told = move(olga, case, "release", partner=cast.paul.organisation.public_id).json()
    assert told["state"] == "PendingVerification"
    assert told["partner"]["name"] == "Kanzlei Brandt & Partner"


def test_the_partner_confirms_with_a_message_that_stands_in_the_conversation(cast: Cast, paul: Caller) -> None:
    case = cast.released()
    response = move(paul, case, "confirm", message="Welcome")
    assert (response.status_code, response.json()["state"]) == (200, "Active")
    message = Message.objects.get()
    assert (message.body, message.author, message.via) == ("Welcome", None, "api")


def test_the_answer_tells_what_is_possible_next(cast: Cast, paul: Caller) -> None:
    told = move(paul, cast.released(), "confirm").json()
    assert [one["move"] for one in told["moves"]] == ["ask_for_information", "pause", "close"]


def test_the_partner_asks_for_information_and_resumes(cast: Cast, paul: Caller) -> None:
    case = cast.confirmed()
    assert move(paul, case, "ask_for_information", message="Which invoice?").json()["state"] == "NeedsAdditionalDetails"
    assert Message.objects.get().body == "Which invoice?"
    assert move(paul, case, "resume").json()["state"] == "Active"


def test_the_partner_pauses_with_a_reason(cast: Cast, paul: Caller) -> None:
    assert move(paul, cast.confirmed(), "pause", reason="Court holidays").json()["state"] == "Paused"


def test_the_partner_closes_with_a_code_and_a_comment(cast: Cast, paul: Caller) -> None:
    told = move(paul, cast.confirmed(), "close", code="Paid", comment="All of it").json()
    assert (told["state"], told["close_code"], told["close_comment"]) == ("Closed", "Paid", "All of it")


def test_a_move_that_the_state_does_not_allow_is_refused_with_those_it_does(cast: Cast, paul: Caller) -> None:
    case = cast.released()
    response = move(paul, case, "pause", reason="Rest")
    assert is_problem(response, 409, "move-refused")
    assert allowed(response) == ["confirm", "ask_for_information", "decline", "close"]
    assert response.json()["allowed"][0] == {"move": "confirm", "label": "Confirm case"}
    case.refresh_from_db()
    assert case.state == "PendingVerification"


def test_a_move_made_twice_is_refused_the_second_time(cast: Cast, paul: Caller) -> None:
    case = cast.released()
    move(paul, case, "confirm", message="Welcome")
    assert is_problem(move(paul, case, "confirm", message="Welcome"), 409, "move-refused")
    assert Message.objects.count() == 1


def test_a_move_of_another_side_is_refused_with_ones_own(cast: Cast, clara: Caller) -> None:
    response = move(clara, cast.released(), "confirm")
    assert is_problem(response, 403, "wrong-side")
    assert allowed(response) == ["withdraw"]


def test_only_the_operator_learns_whether_a_partner_exists(cast: Cast, clara: Caller, olga: Caller) -> None:
    case = cast.submitted()
    known = move(clara, case, "release", partner=cast.pia.organisation.public_id)
    assert is_problem(known, 403, "wrong-side")
    assert move(clara, case, "release", partner="org_0000000000000000").content == known.content
    assert set(errors(move(olga, case, "release", partner="org_0000000000000000"))) == {"partner"}


@pytest.mark.parametrize("partner", ["client", "nobody"])
def test_a_case_is_released_to_a_collection_partner_only(cast: Cast, olga: Caller, partner: str) -> None:
    public_id = cast.otto.organisation.public_id if partner == "client" else "x" * 500
    response = move(olga, cast.submitted(), "release", partner=public_id)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"partner"}


@pytest.mark.parametrize(
    ("name", "field"), [("ask_for_information", "message"), ("pause", "reason"), ("close", "code")]
)
def test_what_a_move_needs_is_asked_for(cast: Cast, paul: Caller, name: str, field: str) -> None:
    case = cast.confirmed()
    assert set(errors(move(paul, case, name))) == {field}
    assert set(errors(move(paul, case, name, **{field: "  "}))) == {field}


@pytest.mark.parametrize(
    ("name", "told", "field"),
    [
        ("confirm", {"reason": "x"}, "reason"),
        ("pause", {"reason": "x", "comment": "y"}, "comment"),
        ("close", {"code": "Paid", "message": "y"}, "message"),
    ],
)
def test_what_a_move_does_not_take_is_refused_and_not_lost(
    cast: Cast, paul: Caller, name: str, told: dict[str, str], field: str
) -> None:
    assert set(errors(move(paul, cast.confirmed(), name, **told))) == {field}


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "move"), ({"move": "explode"}, "move"), ({"move": None}, "move"), ({"move": ["confirm"]}, "move"),
        ({"move": "confirm", "why": "x"}, "why"), ({"move": "close", "code": "Forgotten"}, "code"),
        ({"move": "close", "code": "Paid", "comment": "x" * 4001}, "comment"),
        ({"move": "ask_for_information", "message": "x" * 10_001}, "message"), ({"move": "pause", "reason": "\x00"}, "reason"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_named_and_nothing_moves(
    cast: Cast, paul: Caller, told: dict[str, Any], field: str
) -> None:
    case = cast.confirmed()
    response = paul.post(f"cases/{case.reference}/moves", told)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {field}
    case.refresh_from_db()
    assert case.state == "Active"


def test_the_codes_that_fit_the_state_are_named(cast: Cast, paul: Caller) -> None:
    response = move(paul, cast.released(), "close", code="Paid")
    assert "CaseNeverStarted, InvalidCaseData" in errors(response)["code"]


def test_someone_elses_case_does_not_move(cast: Cast, pia: Caller) -> None:
    case = cast.released()
    response = move(pia, case, "confirm")
    assert is_problem(response, 404, "not-found")
    assert move(pia, Case(reference="AAAAAAAA"), "confirm").content == response.content


def test_its_queries_do_not_grow(cast: Cast, paul: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    case = cast.confirmed()
    with django_assert_num_queries(writing(28, subjects=2)):
        assert move(paul, case, "pause", reason="Rest").status_code == 200
