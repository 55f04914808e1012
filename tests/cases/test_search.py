"""Searching cases by either reference and by the debtor's name, among those one sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import Cast
from trialogue.cases.models import Case

Search = Callable[[str], set[str]]


@pytest.fixture
def world(cast: Cast) -> Cast:
    cast.submitted("INV/1001", debtor_name="Bergmann Logistik GmbH")
    cast.submitted("inv-2002", debtor_name="Ørsted & Søn 100% A/S")
    cast.submitted("50_1", debtor_name="Şimşek Ltd")
    cast.submitted("OTTO-1", by=cast.otto, debtor_name="Bergmann Transport")
    return cast


@pytest.fixture(params=[False, True], ids=["among one's own", "among all"])
def search(request: pytest.FixtureRequest, cast: Cast) -> Search:
    def found(words: str) -> set[str]:
        cases = Case.objects.visible_to(cast.clara).search(words, among_all=request.param)
        return set(cases.values_list("client_reference", flat=True))

    return found


@pytest.mark.parametrize(
    ("words", "references"),
    [
        ("INV", {"INV/1001", "inv-2002"}),
        ("inv/1", {"INV/1001"}),
        ("1001", set()),  # from its beginning
        ("mann log", {"INV/1001"}),
        ("k g", {"INV/1001"}),
        ("BERGMANN", {"INV/1001"}),
        ("ørsted", {"inv-2002"}),
        ("SØN", {"inv-2002"}),
        ("  bergmann  ", {"INV/1001"}),
        ("%", {"inv-2002"}),
        ("50_", {"50_1"}),
        ("5011", set()),
        ("_", set()),
        ("\\", set()),
        ('"', set()),
        ('log" OR "ørs', set()),
        ("şim*", set()),
        ("'; DROP TABLE cases_case; --", set()),
        ("\x00", set()),
        ("\ud800", set()),
        ("nothing like it", set()),
        ("x" * 5000, set()),
        ("", {"INV/1001", "inv-2002", "50_1"}),
        (" \n", {"INV/1001", "inv-2002", "50_1"}),
    ],
)
def test_what_is_found(world: Cast, search: Search, words: str, references: set[str]) -> None:
    assert search(words) == references


def test_by_our_own_reference_in_any_capitals_and_from_its_beginning(world: Cast, search: Search) -> None:
    case = Case.objects.get(client_reference="INV/1001")
    assert "INV/1001" in search(case.reference.lower())
    assert "INV/1001" in search(case.reference[:6])


def test_nobody_finds_what_they_may_not_see(world: Cast, search: Search) -> None:
    other = Case.objects.get(client_reference="OTTO-1")
    for words in ("OTTO", "Transport", other.reference):
        assert search(words) == set()


def test_what_was_renamed_is_found_by_its_new_name_alone(world: Cast, search: Search) -> None:
    Case.objects.filter(client_reference="50_1").update(debtor_name="Yıldız Ltd", client_reference="51-1")
    assert search("dız l") == search("51-") == {"51-1"}
    assert search("şimşek") == search("50_") == set()
