"""The corpus: letters of our own making, as mail programs write them, each with what must come of it."""

from __future__ import annotations

import pytest

from tests.lib import letters
from trialogue.lib.mailtext import parse

SAMPLES = letters.read()


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_a_letter_says_what_it_must(sample: letters.Sample) -> None:
    parsed = parse(sample.raw)
    found = {name: letters.seen(parsed, name, value) for name, value in sample.expected.items()}
    assert found == sample.expected


def test_there_are_enough_and_they_are_of_many_sorts() -> None:
    assert len(SAMPLES) >= 100
    assert all(len(sample.told["what"]) > 10 for sample in SAMPLES)
    assert {sample.expected["machine"] for sample in SAMPLES} >= {
        None, "bounce", "complaint", "auto-reply", "vacation", "receipt", "challenge", "calendar-reply", "list", "bulk", "loop", "notification",
    }  # fmt: skip
    assert {problem for sample in SAMPLES for problem in sample.expected["problems"]} >= {
        "from-missing", "date-missing", "subject-missing", "charset-wrong", "boundary-unclosed", "winmail-broken",
    }  # fmt: skip
