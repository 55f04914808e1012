"""What people write for an amount, and what it is."""

from __future__ import annotations

import pytest

from trialogue.lib.amounts import digits

SAME = ("12480.50", "12.480,50", "12 480,50", "12,480.50", "12'480.50", "12\u202f480,50", "12_480.50")


@pytest.mark.parametrize("said", SAME)
@pytest.mark.parametrize("decimal", [".", ","])
def test_most_say_themselves_what_they_are(said: str, decimal: str) -> None:
    assert digits(said, decimal) == "12480.50"


def test_one_sign_before_three_digits_is_read_as_its_country_does() -> None:
    assert (digits("1.234", "."), digits("1.234", ",")) == ("1.234", "1234")
    assert (digits("1,234", "."), digits("1,234", ",")) == ("1234", "1.234")


@pytest.mark.parametrize(
    "said", ["", ".", "1.2.3,4,5", "12.48.0", "1 2.3x", "-5", "٣", "1" * 61, "1" * 100_000 + "x", ",.,"]
)
def test_what_is_no_number_is_none(said: str) -> None:
    assert digits(said, ".") is None
