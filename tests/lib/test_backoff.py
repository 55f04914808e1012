from __future__ import annotations

import doctest

import pytest

from trialogue.lib import backoff


def test_the_examples_in_its_docs_hold() -> None:
    assert doctest.testmod(backoff).failed == 0
    assert doctest.testmod(backoff).attempted > 0


@pytest.mark.parametrize("tries", range(1, 40))
def test_pauses_never_shrink_and_never_pass_six_hours(tries: int) -> None:
    assert 10 <= backoff.pause(tries) <= backoff.pause(tries + 1) <= 6 * 3600


@pytest.mark.parametrize("tries", [0, 10**6])
def test_odd_numbers_of_tries_have_a_pause_too(tries: int) -> None:
    assert 0 < backoff.pause(tries) <= 6 * 3600


def test_all_pauses_together_are_three_days() -> None:
    together = sum(backoff.pause(tries) for tries in range(1, backoff.MOST_TRIES))
    assert 2.9 < together / 86400 < 3.1


def test_jitter_spreads_by_a_tenth() -> None:
    spread = [backoff.jittered(100) for _ in range(500)]
    assert 90 <= min(spread) < 93
    assert 107 < max(spread) <= 110
