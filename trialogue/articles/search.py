"""What somebody looks for in the articles they may read: by words, whatever the accents, with a letter mistyped, as they type.

Of each word that was typed, the index names the words that may be meant; of each of these, the articles that are most about them.
An article stays when it holds the greater part of what was typed, where a rare word is more than a common one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log2
from typing import Any

from trialogue.articles.index import MISTYPED_FROM, SHORTEST, Posting, Spelling, asked_keys, distance
from trialogue.articles.models import FALLBACK, SIDES, Translation
from trialogue.conversations.search import Pieces, snippet, words
from trialogue.people.models import Actor, Side

LONGEST_TYPED = 200
MOST_MEANT, MOST_OF_A_WORD = 30, 150
AS_TYPED, BEGUN, MISTYPED = 1.0, 0.7, 0.5
ENOUGH = 0.5  # of what was typed, by weight, or it is something else
UNKNOWN, UNKNOWN_SHORT = 1.0, 0.2  # "how", "do", "the": what is asked, but not what is asked about
FOR_ME = 1.3  # what is written for the reader's side comes first


@dataclass(frozen=True)
class Found:
    """An article, with where the words stand in it: pieces of text, each with whether it was looked for."""

    translation: Translation
    title: Pieces
    snippet: Pieces


@dataclass
class _Meant:
    """What a typed word may mean: keys of words with how near they are, and the articles that hold one of them."""

    near: dict[int, float] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)
    weight: float = UNKNOWN


def find(actor: Any, typed: str, language: str, count: int = 10) -> list[Found]:
    """The best first. Of an article, the reader's language if there is one, else English. `actor` is None without an account."""
    meant = _meant([word for word in words(typed[:LONGEST_TYPED]) if len(word) >= SHORTEST])
    if not any(one.near for one in meant):
        return []
    scores = _scores(actor, meant, (language, FALLBACK))
    said = sorted({word for one in meant for word in one.said.values()})
    best = _best(actor, scores, language, count)
    return [Found(one, snippet(one.title, said), snippet(f"{one.summary} {one.text}", said)) for one in best]


def _meant(typed: list[str]) -> list[_Meant]:
    asked = {word: asked_keys(word) for word in typed}
    rows = Spelling.objects.filter(key__in=set().union(*asked.values())).values_list("key", "word_id", "word__word")
    under: dict[str, dict[int, str]] = {}
    for key, pk, word in rows:
        under.setdefault(key, {})[pk] = word
    return [
        _of(word, {pk: said for key in keys for pk, said in under.get(key, {}).items()}) for word, keys in asked.items()
    ]


def _of(typed: str, candidates: Mapping[int, str]) -> _Meant:
    """The words that begin so; where none does, those that are mistyped so."""
    near = {pk: AS_TYPED if word == typed else BEGUN for pk, word in candidates.items() if word.startswith(typed)}
    if not near and len(typed) >= MISTYPED_FROM:
        slips = 1 if len(typed) < 8 else 2
        near = {pk: MISTYPED for pk, word in candidates.items() if distance(typed, word) <= slips}
    kept = sorted(near, key=lambda pk: (-near[pk], abs(len(candidates[pk]) - len(typed)), candidates[pk]))[:MOST_MEANT]
    unknown = UNKNOWN if len(typed) >= MISTYPED_FROM else UNKNOWN_SHORT
    return _Meant({pk: near[pk] for pk in kept}, {pk: candidates[pk] for pk in kept}, unknown)


def _scores(actor: Any, meant: Iterable[_Meant], languages: tuple[str, ...]) -> dict[int, float]:
    """How well each article fits, by its key."""
    mine = Translation.objects.visible_to(actor).live().filter(language__in=languages)
    seen = Posting.objects.filter(translation__in=mine)
    candidates: set[int] = set()
    for one in meant:
        rows = seen.filter(word__in=list(one.near)).order_by("-weight", "translation") if one.near else seen.none()
        holding = set(rows.values_list("translation", flat=True)[:MOST_OF_A_WORD])
        if holding:
            one.weight = 1 / log2(2 + len(holding))
        candidates |= holding
    near = {pk for one in meant for pk in one.near}
    rows_of = Posting.objects.filter(word__in=near, translation__in=candidates)
    held: dict[int, tuple[int, list[str], dict[int, int]]] = {}
    side = SIDES.get(Side(actor.side)) if isinstance(actor, Actor) else None
    for pk, article, audience, word, weight in rows_of.values_list(
        "translation", "translation__article", "translation__article__audience", "word", "weight"
    ):
        held.setdefault(pk, (article, audience, {}))[2][word] = weight
    scores: dict[int, float] = {}
    total = sum(one.weight for one in meant)
    for article, audience, has in held.values():
        got = [
            (one.weight, max((near * has[pk] for pk, near in one.near.items() if pk in has), default=0.0))
            for one in meant
        ]
        if sum(weight for weight, best in got if best) >= ENOUGH * total:
            score = sum(weight * best for weight, best in got) * (FOR_ME if side in audience else 1)
            scores[article] = max(score, scores.get(article, 0.0))
    return scores


def _best(actor: Any, scores: Mapping[int, float], language: str, count: int) -> list[Translation]:
    first = sorted(scores, key=lambda pk: (-scores[pk], pk))[:count]
    rows = Translation.objects.visible_to(actor).live().filter(article__in=first, language__in=(language, FALLBACK))
    told = in_one_language(rows.select_related("article__collection"), language)
    return [told[pk] for pk in first if pk in told]


def in_one_language(rows: Iterable[Translation], language: str) -> dict[int, Translation]:
    """One for each article, by its key: in this language if there is one, else in English, else in any."""
    order = {language: 0, FALLBACK: 1}
    told: dict[int, Translation] = {}
    for one in sorted(rows, key=lambda row: (order.get(row.language, 2), row.language)):
        told.setdefault(one.article_id, one)
    return told
