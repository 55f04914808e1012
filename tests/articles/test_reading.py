"""What readers say, and what they look for: counted, without a name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.articles.written import Writer
from tests.cast import MONDAY, Cast
from trialogue.articles import reading
from trialogue.articles.reading import Lookup, Opinion

pytestmark = pytest.mark.django_db


def test_an_opinion_is_of_the_words_that_were_read(cast: Cast, written: Writer) -> None:
    told = written("confirm")
    opinion = Opinion.give(told, False, by=cast.clara)
    opinion.explain("unclear", "Which\x00 button?")
    opinion.refresh_from_db()
    assert (opinion.version, opinion.side, opinion.reason, opinion.words) == (1, "client", "unclear", "Which button?")
    opinion.explain("nonsense", "x" * 2_000)
    assert (opinion.reason, len(opinion.words)) == ("", 1_000)


def test_the_same_words_are_counted_together_whatever_their_accents(cast: Cast) -> None:
    for typed, found in (("Überfällig!", 3), (" uberfallig ", 0), ("uberfallig", 0)):
        Lookup.note(typed, "de", found, by=cast.clara)
    Lookup.note("überfällig", "de", 1, by=None)
    Lookup.note("?!", "de", 0, by=None)
    assert [(one.words, one.side, one.times, one.found) for one in Lookup.objects.most()] == [
        ("uberfallig", "client", 3, 0),
        ("uberfallig", "", 1, 1),
    ]
    assert [one.times for one in Lookup.objects.missed()] == [3]


def test_whoever_types_without_end_fills_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    for number in (1, 2, 3, 1):
        Lookup.note(f"giraffe {number}", "en", 0, by=None)
    assert [(one.words, one.times) for one in Lookup.objects.most()] == [("giraffe 1", 2), ("giraffe 2", 1)]


def test_what_nobody_looked_for_in_a_while_is_forgotten() -> None:
    Lookup.note("old", "en", 0, by=None, at=MONDAY)
    Lookup.note("new", "en", 0, by=None, at=MONDAY + timedelta(days=89))
    Lookup.forget(MONDAY + timedelta(days=91))
    assert [one.words for one in Lookup.objects.all()] == ["new"]
