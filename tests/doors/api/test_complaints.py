"""Complaints by program: filed, passed on, responded to, decided; each sees what is theirs to see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.conversations.models import Document

pytestmark = pytest.mark.django_db
NEW: dict[str, Any] = {"category": "delay", "description": "Nobody answers."}


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


def test_from_filing_to_the_decision(cast: Cast, case: Case, clara: Caller, paul: Caller, olga: Caller) -> None:
    Document.add(case, [document()], by=cast.clara)
    about = NEW | {"documents": [Document.objects.get().public_id], "author_email": "carl@nordlys.example"}
    made = clara.post(f"cases/{case.reference}/complaints", about)
    assert (made.status_code, made.json()["filed_by"]["name"], made.json()["documents"]) == (
        201,
        "Carl Dahl",
        about["documents"],
    )
    where = f"complaints/{made.json()['number']}"
    assert paul.get(where).status_code == 404
    assert (
        olga.post(f"{where}/review", {"author_email": "olga@trialogue.example"}).json()["reviewer"]["name"]
        == "Olga Lind"
    )
    passed = olga.post(f"{where}/pass-on", {}).json()
    assert (passed["state"], passed["clock"]["promise"], passed["clock"]["within"]) == (
        "awaiting_response", "respond", "10 calendar days",
    )  # fmt: skip
    assert paul.get("complaints").json()["items"][0]["number"] == passed["number"]
    assert paul.post(f"{where}/response", {"response": "Sorry."}).json()["state"] == "to_decide"
    assert olga.post(f"{where}/decision", {"outcome": "upheld", "reasons": "So."}).status_code == 422
    ended = olga.post(f"{where}/decision", {"outcome": "upheld", "reasons": "So.", "severity": "grave"}).json()
    assert (ended["state"], ended["severity"], ended["clock"]) == ("upheld", "grave", None)
    assert clara.get("complaints?state=upheld").json()["items"] == [clara.get(where).json()]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"category": "x"}, "category"), ({"description": ""}, "description"), ({"description": "x" * 10_001}, "description"),
        ({"documents": ["doc_nothing"]}, "documents"), ({"author_email": "paul@kanzlei.example"}, "author_email"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(case: Case, clara: Caller, told: dict[str, Any], field: str) -> None:
    answer = clara.post(f"cases/{case.reference}/complaints", NEW | told)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_second_one_is_refused_by_the_number_of_the_first(case: Case, clara: Caller) -> None:
    number = clara.post(f"cases/{case.reference}/complaints", NEW).json()["number"]
    answer = clara.post(f"cases/{case.reference}/complaints", NEW)
    assert (answer.status_code, number in answer.json()["detail"]) == (403, True)
    assert clara.post(f"complaints/{number.lower()}/withdraw", {}).json()["state"] == "withdrawn"


def test_no_number_and_no_state_of_ours(clara: Caller) -> None:
    for number in ("C-2026-000099", "R-2026-000001", "%00", "C-2026-１"):
        assert clara.get(f"complaints/{number}").status_code == 404
    assert clara.get("complaints?state=lost").status_code == 422
