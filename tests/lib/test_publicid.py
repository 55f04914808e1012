from __future__ import annotations

import re

import pytest

from trialogue.lib import publicid


def test_an_id_says_what_it_is_and_sixteen_characters_say_which() -> None:
    assert re.fullmatch(r"msg_[0-9a-hjkmnp-tv-z]{16}", publicid.new("msg"))


def test_ids_hold_eighty_random_bits() -> None:
    assert len(set(publicid.ALPHABET)) == 32  # five bits a character
    assert len({publicid.new("x") for _ in range(2000)}) == 2000


@pytest.mark.parametrize("alike", "ilou")
def test_no_look_alikes(alike: str) -> None:
    assert alike not in publicid.ALPHABET


def test_a_case_reference_can_be_said_aloud() -> None:
    references = [publicid.case_reference() for _ in range(500)]
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{8}", reference) for reference in references)
    assert len(set(references)) == 500


def test_every_character_is_used() -> None:
    assert set("".join(publicid.case_reference() for _ in range(500))) == set(publicid.CASE_ALPHABET)


def test_a_secret_says_what_it_is_for_and_is_long() -> None:
    secret = publicid.secret("tri_test")
    assert secret.startswith("tri_test_")
    assert len(secret.removeprefix("tri_test_")) == 43  # 256 bits in base 64
    assert secret != publicid.secret("tri_test")
