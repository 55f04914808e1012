"""How well it finds, on the labelled samples: on those it was tuned with, and on those it was not."""

from __future__ import annotations

import pytest

from tests.lib import redact_samples
from trialogue.lib.redact import redact

TUNED, HELD, FRESH = "redact_samples.txt", "redact_samples_held.txt", "redact_samples_fresh.txt"
ALL = [TUNED, HELD, FRESH]


def test_there_are_enough_in_each_language_and_of_both_sorts() -> None:
    samples = [sample for name in ALL for sample in redact_samples.read(name)]
    assert len(samples) >= 300
    assert len({sample.text for sample in samples}) == len(samples)
    assert min(sum(sample.language == language for sample in samples) for language in ("en", "de", "da")) >= 50
    assert sum(not sample.labels for sample in samples) >= 80
    assert {kind for sample in samples for _start, _end, kind in sample.labels} == set(redact_samples.KINDS.values())


@pytest.mark.parametrize("name", ALL)
def test_of_what_is_masked_almost_all_should_be_and_of_what_should_be_almost_all_is(name: str) -> None:
    score = redact_samples.score(redact_samples.read(name))
    assert score.precision >= 0.97
    assert score.recall >= 0.95
    assert score.kind >= 0.95


@pytest.mark.parametrize("name", ALL)
def test_masking_what_is_masked_finds_nothing(name: str) -> None:
    samples = redact_samples.read(name)
    for sample in samples:
        assert redact(redact(sample.text).text).findings == []
    assert redact(redact("\n".join(sample.text for sample in samples)).text).findings == []


@pytest.mark.parametrize("name", ALL)
def test_no_hint_tells_the_value(name: str) -> None:
    for sample in redact_samples.read(name):
        for finding in redact(sample.text).findings:
            assert sample.text[finding.start : finding.end] not in finding.hint
