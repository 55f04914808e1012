"""What the search looks into: the words of live articles, and how each may be begun or mistyped. The same on both databases.

A word is found by its beginning (2 to 7 letters), and by that beginning with a letter left out: whoever mistypes one letter shares
such a key with it (symmetric deletes). So a search asks an index for a few keys, however many words there are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import models

from trialogue.conversations.search import LONGEST_WORD, plain

TITLE, SUMMARY, HEADING, MOST_IN_BODY = 12, 5, 4, 4
SHORTEST, LONGEST_KEY, MISTYPED_FROM = 2, 7, 4
_WORD = re.compile(r"[^\W_]+")


class Word(models.Model):
    """A word that stands in some live article: in small letters, without accents."""

    word = models.CharField(max_length=LONGEST_WORD, unique=True)

    def __str__(self) -> str:
        return self.word


class Spelling(models.Model):
    """How somebody may begin to type a word, or mistype it by a letter."""

    key = models.CharField(max_length=LONGEST_KEY)
    word = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="spellings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "word"], name="spelling_once")]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """A word in an article in one language. `weight` says how much the article is about it."""

    word = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="postings", db_index=False)
    translation = models.ForeignKey(
        "articles.Translation", on_delete=models.CASCADE, related_name="postings", db_index=False
    )
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["translation", "word"], name="posting_once")]
        indexes = [models.Index(fields=["word", "-weight", "translation"], name="posting_of_word")]

    def __str__(self) -> str:
        return f"{self.word_id} in {self.translation_id}"


def take_in(translation: Any) -> None:
    """The words of what is live in a language now, in place of those it had."""
    had = dict(Posting.objects.filter(translation=translation).values_list("word__word", "weight"))
    has = weights(
        translation.title, translation.summary, [said for _id, said in translation.headings], translation.text
    )
    ids = _known(has)
    stale = [word for word, weight in had.items() if has.get(word) != weight]
    Posting.objects.filter(translation=translation, word__word__in=stale).delete()
    Posting.objects.bulk_create(
        [Posting(word_id=ids[word], translation=translation, weight=weight) for word, weight in has.items() if had.get(word) != weight],
        batch_size=2_000,
    )  # fmt: skip
    _drop_unused(word for word in had if word not in has)


def forget(translation: Any) -> None:
    """What is live no more is found no more."""
    had = list(Posting.objects.filter(translation=translation).values_list("word__word", flat=True))
    Posting.objects.filter(translation=translation).delete()
    _drop_unused(had)


def weights(title: str, summary: str, headings: Iterable[str], text: str) -> dict[str, int]:
    """Each word, and how much an article with these words is about it."""
    found: Counter[str] = Counter()
    for word, count in Counter(words_of(text)).items():
        found[word] = min(count, MOST_IN_BODY)
    for part, weight in ((" ".join(headings), HEADING), (summary, SUMMARY), (title, TITLE)):
        for word in set(words_of(part)):
            found[word] += weight
    return found


def words_of(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain(text))]


def keys_of(word: str) -> set[str]:
    """Under which a word is kept."""
    lengths = range(SHORTEST, min(len(word), LONGEST_KEY) + 1)
    kept = {word[:length] for length in lengths} | {word[:LONGEST_KEY]}
    for length in lengths:
        if length >= MISTYPED_FROM:
            kept |= _shortened(word[:length])
    return kept


def asked_keys(typed: str) -> set[str]:
    """Under which a typed word is looked for."""
    begun = typed[:LONGEST_KEY]
    return {begun} | (_shortened(begun) if len(typed) >= MISTYPED_FROM else set())


def distance(typed: str, word: str) -> int:
    """How many slips make the beginning of `word` what was typed: a letter too many, too few, wrong, or two turned round."""
    width = len(typed) + 2
    before: list[int] = []
    row = list(range(min(width, len(word)) + 1))
    for i, letter in enumerate(typed, 1):
        last, row = row, [i]
        for j, other in enumerate(word[:width], 1):
            cost = min(last[j - 1] + (letter != other), last[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return min(row)


def _shortened(text: str) -> set[str]:
    return {text[:place] + text[place + 1 :] for place in range(len(text))}


def _known(wanted: Iterable[str]) -> dict[str, int]:
    """The keys of these words, which are taken in where they are new; in order, or two who publish at once might wait for each other."""
    words = sorted(wanted)
    known = _ids(words)
    if new := [word for word in words if word not in known]:
        Word.objects.bulk_create([Word(word=word) for word in new], ignore_conflicts=True, batch_size=2_000)
        added = _ids(new)
        told = [Spelling(key=key, word_id=added[word]) for word in new for key in sorted(keys_of(word))]
        Spelling.objects.bulk_create(told, ignore_conflicts=True, batch_size=2_000)
        known |= added
    return known


def _ids(words: list[str]) -> dict[str, int]:
    return dict(Word.objects.filter(word__in=words).values_list("word", "pk"))


def _drop_unused(words: Iterable[str]) -> None:
    """What stands nowhere any more would keep a mistyped word from being understood."""
    Word.objects.filter(word__in=list(words), postings=None).delete()
