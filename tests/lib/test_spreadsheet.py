from __future__ import annotations

import pytest

from trialogue.lib.spreadsheet import cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "Bergmann", "12480.50", "'=1", "€5", "2026-03-09", " a"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text
