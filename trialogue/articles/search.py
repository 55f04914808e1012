"""What somebody looks for in the articles they may read: by words, whatever the accents, with a letter mistyped, as they type.

Of each word that was typed, the index names the words that may be meant; of each of these, the articles that are most about them.
An article stays when it holds the greater part of what was typed, where a rare word is more than a common one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Any

from django.db import connection

from trialogue.articles.index import MISTYPED_FROM, SHORTEST, Posting, Spelling, asked_keys, distance, words_of
from trialogue.articles.models import FALLBACK, SIDES, Translation
from trialogue.conversations.search import Pieces, snippet, words
from trialogue.people.models import Actor, Side

LONGEST_TYPED, LONGEST_TEXT, MOST_TELLING = 200, 4_000, 12
# So many words may be meant by one that was typed, and by all; so many articles are read of each word, and weighed in the end.
MOST_MEANT, MOST_MEANT_IN_ALL, MOST_OF_A_WORD, WEIGHED = 12, 48, 100, 200
FEW = 20
AS_TYPED, BEGUN, MISTYPED = 1.0, 0.7, 0.5
ENOUGH, LOOSELY = 0.5, 0.35  # of what was typed, by weight, or it is something else
UNKNOWN, UNKNOWN_SHORT = 1.0, 0.2  # "how", "do", "the": what is asked, but not what is asked about
FOR_ME, IN_MINE = 1.3, 2.0  # what is written for the reader's side comes first, and in their language before all


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
    return _found(actor, meant, language, count, ENOUGH)


def suggest(actor: Any, text: str, language: str, count: int = 4) -> list[Found]:
    """What may answer a whole text, such as a request that somebody writes: by two of its longest words that some article knows."""
    telling = dict.fromkeys(word for word in words_of(text[:LONGEST_TEXT]) if len(word) >= MISTYPED_FROM)
    meant = _meant(sorted(telling, key=len, reverse=True)[:MOST_TELLING])
    return _found(actor, [one for one in meant if one.near], language, count, LOOSELY, least=2)


def _found(
    actor: Any, meant: Sequence[_Meant], language: str, count: int, enough: float, *, least: int = 1
) -> list[Found]:
    if sum(bool(one.near) for one in meant) < least:
        return []
    scores = _scores(actor, meant, language, enough, least)
    said = sorted({word for one in meant for word in one.said.values()})
    best = _best(actor, scores, language, count)
    return [Found(one, snippet(one.title, said), snippet(f"{one.summary} {one.text}", said)) for one in best]


def _meant(typed: list[str]) -> list[_Meant]:
    asked = {word: asked_keys(word) for word in typed}
    rows = Spelling.objects.filter(key__in=set().union(*asked.values())).values_list("key", "word_id", "word__word")
    under: dict[str, dict[int, str]] = {}
    for key, pk, word in rows:
        under.setdefault(key, {})[pk] = word
    most = min(MOST_MEANT, MOST_MEANT_IN_ALL // max(1, len(asked)))
    fitting = {
        word: {pk: said for key in keys for pk, said in under.get(key, {}).items()} for word, keys in asked.items()
    }
    return [_of(word, candidates, most) for word, candidates in fitting.items()]


def _of(typed: str, candidates: Mapping[int, str], most: int) -> _Meant:
    """The words that begin so; where none does, those that are mistyped so."""
    near = {pk: AS_TYPED if word == typed else BEGUN for pk, word in candidates.items() if word.startswith(typed)}
    if not near and len(typed) >= MISTYPED_FROM:
        slips = 1 if len(typed) < 8 else 2
        near = {pk: MISTYPED for pk, word in candidates.items() if distance(typed, word) <= slips}
    kept = sorted(near, key=lambda pk: (-near[pk], abs(len(candidates[pk]) - len(typed)), candidates[pk]))[:most]
    unknown = UNKNOWN if len(typed) >= MISTYPED_FROM else UNKNOWN_SHORT
    return _Meant({pk: near[pk] for pk in kept}, {pk: candidates[pk] for pk in kept}, unknown)


def _scores(actor: Any, meant: Sequence[_Meant], language: str, enough: float, least: int) -> dict[int, float]:
    """How well each article fits that somebody may read, by its key."""
    near = sorted({pk for one in meant for pk in one.near})
    likely = _likely(meant, _most_about(near))
    mine = Translation.objects.visible_to(actor).live().filter(language__in=(language, FALLBACK))
    told = _told(mine, likely)
    if len(told) < min(len(likely), FEW):  # what they may not read has taken the place of what they may
        others = Posting.objects.filter(word__in=near, translation__in=mine).order_by("-weight", "translation")
        told |= _told(mine, list(dict.fromkeys(others.values_list("translation", flat=True)[: 5 * WEIGHED])))
    held: dict[int, dict[int, int]] = {pk: {} for pk in told}
    for pk, word, weight in _weights(list(told), near):
        held[pk][word] = weight
    side = SIDES.get(Side(actor.side)) if isinstance(actor, Actor) else None
    scores: dict[int, float] = {}
    for pk, (article, audience, written) in told.items():
        fits = _score(meant, held[pk], enough, least) * (FOR_ME if side in audience else 1.0)
        fits *= IN_MINE if written == language else 1.0
        if fits:
            scores[article] = max(fits, scores.get(article, 0.0))
    return scores


def _weights(articles: list[int], near: list[int]) -> Iterable[Any]:
    """How much each of these articles is about each of these words: (article, word, weight)."""
    if connection.vendor != "postgresql":
        rows = Posting.objects.filter(translation__in=articles, word__in=near)
        return rows.values_list("translation", "word", "weight")
    # Prepared, and with a value for each article, it would read every article that has a common word: 86 ms of 10,000.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT translation_id, word_id, weight FROM unnest(%s::bigint[]) AS likely JOIN articles_posting ON translation_id = likely"
            " WHERE word_id = ANY(%s::bigint[])",
            [articles, near],
        )
        found: list[Any] = cursor.fetchall()
    return found


def _most_about(near: Sequence[int]) -> dict[int, dict[int, int]]:
    """For each word the articles that are most about it, with how much: a few rows of an index, however many there are.

    As one statement of ours: Django would write one part of it for longer than the database answers all.
    """
    if not near:
        return {}
    one = f"SELECT * FROM (SELECT word_id, translation_id, weight FROM articles_posting WHERE word_id = %s ORDER BY weight DESC, translation_id LIMIT {MOST_OF_A_WORD}) AS p"  # noqa: S608 - a number of ours
    found: dict[int, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(near)), near)
        for word, translation, weight in cursor.fetchall():
            found.setdefault(word, {})[translation] = weight
    return found


def _likely(meant: Sequence[_Meant], about: Mapping[int, Mapping[int, int]]) -> list[int]:
    """The articles to be weighed; and how much each typed word counts: the rarer, the more."""
    sums: dict[int, float] = {}
    for one in meant:
        best: dict[int, float] = {}
        for word, near in one.near.items():
            for pk, weight in about.get(word, {}).items():
                best[pk] = max(near * weight, best.get(pk, 0.0))
        if best:
            one.weight = 1 / log2(2 + len(best))
        for pk, worth in best.items():
            sums[pk] = sums.get(pk, 0.0) + one.weight * worth
    return sorted(sums, key=lambda pk: (-sums[pk], pk))[:WEIGHED]


def _told(mine: Any, likely: Sequence[int]) -> dict[int, tuple[int, list[str], str]]:
    """Of those they may read: the article, whom it is written for, and in which language."""
    rows = mine.filter(pk__in=likely).values_list("pk", "article", "article__audience", "language")
    return {pk: (article, audience, language) for pk, article, audience, language in rows}


def _score(meant: Iterable[_Meant], has: Mapping[int, int], enough: float, least: int) -> float:
    """Nothing for what holds too little of what was typed."""
    total, score, held, words_held = 0.0, 0.0, 0.0, 0
    for one in meant:
        best = max((near * has[pk] for pk, near in one.near.items() if pk in has), default=0.0)
        total += one.weight
        held += one.weight if best else 0.0
        words_held += bool(best)
        score += one.weight * best
    return score if words_held >= least and held >= enough * total else 0.0


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
