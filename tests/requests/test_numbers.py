"""A number as people type it, and the one they may have meant: the same rule for every side and every door."""

from __future__ import annotations

import pytest

from tests.cast import MONDAY, Cast
from trialogue.requests import inbox
from trialogue.requests.models import Request
from trialogue.requests.numbers import exact, near


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("R-2026-004711", ["R-2026-004711"]), (" r 2026 4711 ", ["R-2026-004711"]), ("R2026004711", ["R-2026-004711"]),
        ("#4711", ["R-2026-004711", "R-2025-004711", "R-2024-004711"]), ("202612", ["R-2026-202612", "R-2025-202612", "R-2024-202612"]),
        ("R-2026-", []), ("x" * 300, []), ("²", []), ("12\x0034", []), ("1" * 30, []), ("", []),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(typed: str, numbers: list[str]) -> None:
    assert exact(typed, 2026) == numbers
    assert bool(near(typed, 2026)) == bool(numbers)


@pytest.mark.parametrize(
    "typed",
    [
        "R-2026-004712", "R-2026-007411", "R-2026-00471", "R-2026-0047111", "R-2026-711", "R-2025-004711", "R-2062-004711", "4711", "4712", "R-2026-104711",
    ],
)  # fmt: skip
def test_one_slip_away_it_is_near(typed: str) -> None:
    assert "R-2026-004711" in near(typed, 2026)


@pytest.mark.parametrize("typed", ["R-2026-004799", "R-2025-004712"])
def test_two_slips_away_it_is_not(typed: str) -> None:
    assert "R-2026-004711" not in near(typed, 2026)


def test_another_year_is_likelier_than_another_number() -> None:
    assert near("R-2025-004711", 2026)[:2] == ["R-2025-004711", "R-2026-004711"]
    assert len(near("4711", 2026)) < 200


@pytest.mark.django_db
def test_near_are_only_those_that_one_may_see(cast: Cast, asked: Request, visited: Request) -> None:
    other = Request.open(by=cast.otto, channel="platform", subject="x", body="x", at=MONDAY)
    wrong = f"{asked.number[:-1]}9"
    seen = {who: inbox.nearest(getattr(cast, who), wrong) for who in ("clara", "olga", "otto", "paul")}
    assert (seen["clara"], seen["paul"]) == ([asked], [])
    assert set(seen["olga"]) == {asked, visited, other}
    assert seen["otto"] == [other]
