"""What a text is about, and so where it belongs: offline, in English, German and Danish, with the words that decided.

A linear model (ridge regression) over words, pieces of words, families of words (`families.toml`) and pairs of them, learned at
first use from the lines of `sentences.toml` and from nothing else. Pure: values in, values out. `./run bench hearing` says how
well it hears, and how fast.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

# Characters. Of a longer text the middle is not read, of a longer word the end.
READ_FIRST, READ_LAST, LONGEST_WORD = 1500, 500, 24
SURE = 0.3  # a likeliest situation below this share is none
ELSEWHERE = 0.85  # so much of what a text is about must lie outside the place it was written in
PLACELESS = frozenset({"talk", "phone"})  # no place is for these, so they belong in any
REASONS, LONGEST_REASON, RANKED = 3, 40, 3


@dataclass(frozen=True)
class Heard:
    situation: str  # a key of sentences.toml, or "" when it cannot be told
    confidence: float  # 0 to 1
    language: str  # "en", "de", "da", or "" when it cannot be told
    reasons: tuple[str, ...]  # pieces of the text, letter for letter, the strongest first
    ranked: tuple[tuple[str, float], ...]  # the likeliest situations, each with its share


def hear(text: str | Reading) -> Heard:
    """What a text is about. Whoever asks more of one makes a `Reading` of it, which is most of the work."""
    reading = text if isinstance(text, Reading) else Reading(text)
    likeliest = max(reading.shares, key=reading.shares.__getitem__)
    return reading.heard(likeliest if reading.shares[likeliest] >= SURE else "")


def elsewhere(text: str | Reading, here: Collection[str]) -> Heard | None:
    """What a text is about, if that is surely none of the situations that the place it is written in is for."""
    reading = text if isinstance(text, Reading) else Reading(text)
    home = PLACELESS.union(here)
    outside = {name: share for name, share in reading.shares.items() if name not in home}
    likeliest = max(outside, key=outside.__getitem__, default="")
    if sum(outside.values()) < ELSEWHERE or outside[likeliest] < SURE or reading.is_one_word:
        return None
    return reading.heard(likeliest)


# Words

_WORD = re.compile(r"https?://\S+|[\w.+-]{1,40}@\S+|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,:/-]\d+)*")
_END = re.compile(r"[.!?;:]\s|[\r\n]")
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|dear|hallo|moin|liebe[rs]?|(?:sehr )?geehrte[rs]?|guten (?:tag|morgen|abend)|hej|goddag|davs|k(?:æ|ae)re)"
    r"\b[^,.!?\r\n]{0,40},",
    re.IGNORECASE,
)
_STEM = re.compile("[^*_]+")
_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ł": "l"})
_DIGRAPHS = re.compile("(?<=[aou])e|(?<=a)a")
# “I” (Danish: you) is not “i” (in); nor are “Sie” and “Ihre” (you, your) “sie” and “ihre” (she, her).
_YOU = frozenset(("I", "Sie", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihres", "Ihnen"))
_HTTP = frozenset(map(str, (400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504)))


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    plain: str


def _sentences(text: str) -> Iterator[list[_Word]]:
    start = 0
    greeting = [match.end()] if (match := _GREETING.match(text)) else []
    for end in (*greeting, *(match.end() for match in _END.finditer(text, *greeting)), len(text)):
        if words := [
            _Word(*match.span(), _plain(match[0][:LONGEST_WORD])) for match in _WORD.finditer(text, start, end)
        ]:
            yield words
        start = end


@lru_cache(maxsize=8_192)
def _plain(word: str) -> str:
    """Without capitals and marks: “Schlüssel”, “SCHLUESSEL” and “schlussel” are one; so are all addresses, and all numbers but HTTP's."""
    if word in _YOU:
        return word
    if word[0].isdigit():
        return word if word in _HTTP else "0"
    if "@" in word or "/" in word:
        return "@"
    letters = unicodedata.normalize("NFKD", word.casefold().translate(_LETTERS))
    return _DIGRAPHS.sub("", "".join(letter for letter in letters if letter.isalpha()))


@lru_cache(maxsize=8_192)
def _parts(plain: str) -> tuple[str, ...]:
    """A word, its families, and its pieces of five letters: a typo or an ending spoils only some of them."""
    edged = f"<{plain}>"
    return (plain, *_families_of(plain), *(edged[at : at + 5] for at in range(len(edged) - 4)))


@lru_cache(maxsize=8_192)
def _families_of(plain: str) -> tuple[str, ...]:
    """By the whole word, by the longest of its beginnings that is known, and by the end of a compound, a short ending set aside."""
    known, ends = _families()
    found = [known.get(plain, ())]
    found.append(next((known[begin] for end in range(len(plain), 1, -1) if (begin := plain[:end] + "*") in known), ()))
    if compound := ends.search(plain):
        found.append(known["*" + compound[1]])
    return tuple(dict.fromkeys(chain(*found)))


@cache
def _families() -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    """Of which families a word is, as `families.toml` writes it; in brackets, as no word is. And how compounds end."""
    known: dict[str, list[str]] = {}
    for family, words in tomllib.loads((files(__package__) / "families.toml").read_text("utf-8")).items():
        for word in words.split():
            plain = _STEM.sub(lambda stem: _plain(stem[0]), word).replace("_", " ")
            known.setdefault(plain, []).append(f"({family})")
    ends = "|".join(word[1:] for word in known if word.startswith("*"))
    return {word: tuple(of) for word, of in known.items()}, re.compile(f"(?<=...)({ends}).{{0,2}}$")


def _features(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What is looked at, word by word: its parts, and the pairs that it makes.

    A word makes pairs with the words beside it, and its families with those of the two words before it that have any: “your … portal
    … not” is told from “his … portal … paid”, whatever stands between, in each language.
    """
    known, _ = _families()
    pairs = [f"{word} {after}" for word, after in pairwise(words)]
    of_pairs = [known.get(pair, ()) for pair in pairs]
    before: list[tuple[str, ...]] = []
    for at, word in enumerate(words):
        beside = slice(max(0, at - 1), at + 1)
        told = [*pairs[beside], *chain(*of_pairs[beside])]
        if families := _families_of(word) + (of_pairs[at] if at < len(of_pairs) else ()):
            told += [f"{first} {then}" for earlier in before for first in earlier for then in families]
            before = [*before[-1:], families]
        yield (*_parts(word), *told)


# Reading


class Reading:
    """A text, weighed: half by each sentence for itself and how much it says, half by all of them together, as if they were one."""

    def __init__(self, text: str) -> None:
        self.learned = _learned()
        self.text = text if len(text) <= READ_FIRST + READ_LAST else f"{text[:READ_FIRST]}\n{text[-READ_LAST:]}"
        self.sentences = list(_sentences(self.text))
        self.shares = dict.fromkeys(self.learned.situations, 0.0)
        self.language = ""
        if self.sentences:
            self._weigh()

    @property
    def is_one_word(self) -> bool:
        """Not enough to be sure: “500” may be an amount as well as an error."""
        return sum(map(len, self.sentences)) < 2

    def _weigh(self) -> None:
        kinds = len(self.shares)
        speak, sizes = self._looked_up()
        if not speak.any():
            return  # no word is known
        many = [len(sentence) for sentence in self.sentences]
        said = np.add.reduceat(speak[:, :kinds], np.cumsum([0, *many[:-1]]))
        lengths = np.sqrt(np.array(sizes, np.float32))
        shares = _softmax((said / lengths[:, None] + self.learned.before).astype(np.float32))
        says = self._says(shares)
        apart = says @ shares / says.sum()
        told = self._no_talk(shares)  # as one, a greeting would drown the rest
        together = told @ said / np.sqrt(((told * lengths) ** 2).sum()) + self.learned.before
        halves = apart + _softmax(together.astype(np.float32)[None])[0]
        self.shares = dict(zip(self.shares, (halves / 2).tolist(), strict=True))
        self.speak = speak[:, :kinds] * np.repeat(says / lengths, many)[:, None]
        self.language = _language(speak[:, kinds:].sum(axis=0))

    def _looked_up(self) -> tuple[Numbers, list[int]]:
        """What each word speaks for, a row for each; and how much was looked at in each sentence, known or not."""
        known = self.learned.features
        ids: list[int] = []
        begins: list[int] = []
        sizes: list[int] = []
        for sentence in self.sentences:
            size = 0
            for features in _features([word.plain for word in sentence]):
                begins.append(len(ids))
                ids.append(0)  # says nothing, so that no word is without
                ids.extend(known[feature] for feature in features if feature in known)
                size += len(features)
            sizes.append(size)
        speak: Numbers = np.add.reduceat(self.learned.weights[ids], begins)
        return speak, sizes

    def _says(self, shares: Numbers) -> Numbers:
        """The weight of each sentence: long and clear ones say more, greetings next to nothing."""
        clear = 1 + (shares * np.log(shares + 1e-9)).sum(axis=1) / np.log(shares.shape[1])
        long = np.array([min(len(sentence), 12) for sentence in self.sentences], np.float32)
        weight: Numbers = long * np.maximum(clear, 0) * self._no_talk(shares) + 1e-3
        return weight

    def _no_talk(self, shares: Numbers) -> Numbers:
        rest: Numbers = 1.001 - shares[:, self.learned.situations.index("talk")]
        return rest

    def heard(self, situation: str) -> Heard:
        ranked = sorted(((name, share) for name, share in self.shares.items() if share), key=lambda one: -one[1])[
            :RANKED
        ]
        confidence = self.shares.get(situation, 0.0)
        reasons = tuple(dict.fromkeys(self._reasons(situation)))[:REASONS] if situation else ()
        return Heard(situation, confidence, self.language, reasons, tuple(ranked))

    def _reasons(self, situation: str) -> list[str]:
        """Neighbouring words that speak for a situation, the loudest first; small words only beside others."""
        speak = self.speak[:, self.learned.situations.index(situation)].tolist()
        least = max(0.0, *speak) / 16
        phrases: list[_Phrase] = []
        for word, strength in zip((word for sentence in self.sentences for word in sentence), speak, strict=True):
            if strength <= least:
                continue
            is_reason = word.plain not in self.learned.small
            if phrases and word.start - phrases[-1].end <= 1 and word.end - phrases[-1].start <= LONGEST_REASON:
                phrases[-1] = phrases[-1].with_more(word.end, strength, is_reason)
            else:
                phrases.append(_Phrase(word.start, word.end, strength, is_reason))
        told = sorted((phrase for phrase in phrases if phrase.is_reason), key=lambda phrase: -phrase.strength)
        return [self.text[one.start : one.end] for one in told if one.strength * 4 >= told[0].strength]


@dataclass(frozen=True)
class _Phrase:
    start: int
    end: int
    strength: float
    is_reason: bool

    def with_more(self, end: int, strength: float, is_reason: bool) -> _Phrase:
        return _Phrase(self.start, end, self.strength + strength, self.is_reason or is_reason)


def _language(evidence: Numbers) -> str:
    order = np.argsort(evidence)
    return _LANGUAGES[order[-1]] if evidence[order[-1]] - evidence[order[-2]] > 0.5 else ""


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return shares


# Learning

_LANGUAGES = ("en", "de", "da")
_SHRINK, _SHARP, _BEFORE, _ROUNDS = 0.3, 12, 0.22, 20  # found with tests/channels/tuning.tsv


@dataclass(frozen=True)
class _Learned:
    situations: list[str]
    features: dict[str, int]
    weights: (
        Numbers  # a row for each feature, and one of zeros before; a column for each situation, then for each language
    )
    before: Numbers  # what is said of a situation before anything is read
    small: frozenset[str]  # words that are at home everywhere, and so are no reason by themselves


@dataclass(frozen=True)
class _Line:
    situation: int
    language: str  # or "words"
    features: list[str]


@cache
def _learned() -> _Learned:
    written = tomllib.loads((files(__package__) / "sentences.toml").read_text("utf-8"))
    lines = list(_lines(written))
    features = _worth_keeping(lines)
    weights = np.hstack([_fit(lines, features, len(written)), _languages(lines, features)])
    before = _BEFORE * weights[0, : len(written)]
    weights[0] = 0
    return _Learned(list(written), features, weights, before, _small(lines, len(written)))


def _lines(written: dict[str, dict[str, str]]) -> Iterator[_Line]:
    for situation, by_language in enumerate(written.values()):
        for language, text in by_language.items():
            for line in text.replace("\n", " ").split("|") if language == "words" else text.splitlines():
                if found := [word for sentence in _sentences(line) for word in sentence]:
                    features = [one for of_word in _features([word.plain for word in found]) for one in of_word]
                    yield _Line(situation, language, features)


def _worth_keeping(lines: Sequence[_Line]) -> dict[str, int]:
    """Numbered from 1; what stands in a single line says little."""
    times = Counter(feature for line in lines for feature in set(line.features))
    return {feature: number for number, feature in enumerate((f for f, count in times.items() if count > 1), 1)}


def _fit(lines: Sequence[_Line], features: dict[str, int], kinds: int) -> Numbers:
    """Ridge regression of the situations on the features, in its dual form: a number is found for each line and situation.

    Gives a row for each feature; row 0 is what is said before anything is read.
    """
    entries: list[tuple[int, int, float]] = []
    for row, line in enumerate(lines):
        value = len(line.features) ** -0.5
        entries += [(row, 0, _BEFORE), *((row, features[one], value) for one in line.features if one in features)]
    rows, columns = (np.array([entry[at] for entry in entries], np.intp) for at in (0, 1))
    values = np.array([entry[2] for entry in entries], np.float32)[:, None]
    down = np.argsort(columns, kind="stable")
    rows_down, values_down = rows[down], values[down]
    row_starts, column_starts = (np.flatnonzero(np.diff(numbers, prepend=-1)) for numbers in (rows, columns[down]))
    truth = np.array([line.situation for line in lines])
    often = np.sqrt(np.bincount(truth, minlength=kinds))[truth]
    shrink = (_SHRINK * often / often.mean()).astype(np.float32)[:, None]

    def weights(found: Numbers) -> Numbers:
        summed: Numbers = np.add.reduceat(found[rows_down] * values_down, column_starts)
        return summed

    def product(found: Numbers) -> Numbers:
        summed: Numbers = np.add.reduceat(weights(found)[columns] * values, row_starts) + shrink * found
        return summed

    found = _SHARP * _solve(product, np.eye(kinds, dtype=np.float32)[truth])
    return weights(found - found.mean(axis=1, keepdims=True))  # how much more it speaks for this than for the others


def _solve(product: Callable[[Numbers], Numbers], wanted: Numbers) -> Numbers:
    """Conjugate gradients, for all columns of `wanted` at once."""
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    way = rest.copy()
    size = (rest * rest).sum(axis=0)
    for _ in range(_ROUNDS):
        ahead = product(way)
        step = size / (way * ahead).sum(axis=0)
        found += step * way
        rest -= step * ahead
        before, size = size, (rest * rest).sum(axis=0)
        way = rest + size / before * way
    return found


def _small(lines: Sequence[_Line], kinds: int) -> frozenset[str]:
    """Words that stand in lines of a third of all situations."""
    found = Counter(
        feature for feature, _ in {(feature, line.situation) for line in lines for feature in line.features}
    )
    return frozenset(feature for feature, times in found.items() if times * 3 >= kinds)


def _languages(lines: Sequence[_Line], features: dict[str, int]) -> Numbers:
    """How much each feature speaks for each language, by how often it stands in its lines."""
    counts = np.full((len(features) + 1, len(_LANGUAGES)), 0.5, np.float32)
    for line in lines:
        if line.language in _LANGUAGES:
            for feature in line.features:
                counts[features.get(feature, 0), _LANGUAGES.index(line.language)] += 1
    logs = np.log(counts / counts.sum(axis=0))
    centred: Numbers = logs - logs.mean(axis=1, keepdims=True)
    return centred
