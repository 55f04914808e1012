from __future__ import annotations

import doctest

from trialogue.lib import webhooksign


def test_it_signs_as_the_standard_shows() -> None:
    assert doctest.testmod(webhooksign).failed == 0
    assert doctest.testmod(webhooksign).attempted > 0


def test_a_key_is_written_down_and_read_again() -> None:
    assert webhooksign.shown(b"0" * 32) == "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
