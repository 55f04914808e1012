"""A complaint of Clara's about Paul's work on a case, in each of its states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from trialogue.cases.models import Case
from trialogue.complaints.models import Complaint

ABOUT: dict[str, Any] = {"category": "communication", "description": "Nobody answers.", "wanted": "An answer."}


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def filed(cast: Cast, case: Case) -> Complaint:
    return Complaint.file(case, by=cast.clara, at=MONDAY, **ABOUT)


@pytest.fixture
def passed_on(cast: Cast, filed: Complaint) -> Complaint:
    filed.pass_on(by=cast.olga, at=MONDAY)
    return filed
