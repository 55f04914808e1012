"""Values under keys that say what they hold: JSON (whole, cut off, or inside a string), `key=value`, `Key: value`, XML, query strings.

Nothing is parsed: what people paste is seldom whole. Every key is looked up once by its words (`debtorFirstName`, `first_name`,
`X-Api-Key`), its value read from there, and the search goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from . import credentials, words
from .plausible import judged
from .spans import Kind, Span
from .words import Key

_KEY = re.compile(
    r"(?<![A-Za-z0-9_À-ÿ])(?<![A-Za-z0-9_À-ÿ]-)([A-Za-z_À-ÿ][A-Za-z0-9_À-ÿ-]*+)(\\{0,3}[\"'])?(?:\]|%5D)?[ \t]{0,4}+(?:=>|[:=])([ \t]?[\[{])?"
)
# As JSON writes letters beyond ASCII when it is told to.
_ESCAPED_KEY = re.compile(
    _KEY.pattern.replace("[A-Za-z0-9_À-ÿ-]*+", r"(?:[A-Za-z0-9_À-ÿ-]|\\u00[0-9a-fA-F]{2}){0,60}+")
)
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w-]{0,40}:)?([A-Za-z_À-ÿ][\wÀ-ÿ-]{0,60})(?:\s[^<>]{0,200})?>([^<>\n]{1,500})")
_PART = re.compile(r"name=\"([^\"\n]{1,60})\"(?:\r?\n){2}([^\r\n]{1,500})")
_TUPLE = re.compile(r"\([\"']([\w-]{1,60})[\"'], ?[bu]?[\"']([^\"'\n]{1,500})[\"']")
_OPEN = re.compile(r"[ \t]{0,8}(?:\\[nrt])?[bu]?(\\{0,3}[\"']|[\[{])?")
_LIST = re.compile(r"[\s,]*+(\\{0,3}[\"'])")
_BARE = re.compile(r"[^\s&;,<>\"'(){}\[\]|\\]++")
_PASSWORD = re.compile(r"[^\s\"'<>&,;)}\]]{1,200}+")
_PASSWORD_IN_LINE = re.compile(r"[^\s\"'<>]{1,200}+")
_REST = re.compile(r"[^\n\r\"<>{}\[\]|\\;]{1,300}")
_NEXT_KEY = re.compile(r",?\s+[A-Za-zÀ-ÿ_][\w-]*+(?: [\w-]{1,20})?\s?[:=]")
_ADDRESS_ELEMENT = re.compile(r"<[\w:]{0,40}(?i:ad{1,2}ress)[\w:]{0,40}[ >]")
_SCHEME = re.compile(r"\s{0,4}\[?(?:[A-Za-z]{1,20}\s{1,4})?([A-Za-z0-9_.~/+=:-]{8,})")
_HEADERS = frozenset(("authorization", "proxyauthorization", "cookie", "cookies", "setcookie"))
# What may have spaces in it: it ends with the line, or where the next key begins.
_SPACED = frozenset((None, Kind.NAME, Kind.ADDRESS, Kind.PHONE, Kind.NATIONAL_ID, Kind.ACCOUNT, Kind.CARD, Kind.VAT))
_MOST = 20_000  # longer than any such value: a quote that was never closed


def keyed(text: str, again: bool = False) -> Iterator[Span]:
    """`again`: these are pieces of a text searched before, so nothing can be said of what is around an object's name."""
    yield from _Pairs(text, again)
    if "<" in text:
        for element in _ELEMENT.finditer(text):
            inside = "address" if _ADDRESS_ELEMENT.search(text, max(0, element.start() - 300), element.start()) else ""
            yield from _told(text, element, inside)
    for pair in _TUPLE.finditer(text):
        yield from _told(text, pair)
    if "form-data" in text:
        for part in _PART.finditer(text):
            yield from _told(text, part)


def _told(text: str, match: re.Match[str], inside: str = "") -> Iterator[Span]:
    """A key and its value, in two groups."""
    if key := words.read(match[1]):
        yield from _value(text, key, *match.span(2), inside, quoted=True)


class _Ahead:
    """Where something stands next. Asked with growing positions, it reads the text once, however often it is asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, int] = {}

    def find(self, what: str, at: int) -> int:
        known = self._known.get(what, -1)
        if known < at:
            found = self._text.find(what, at)
            known = self._known[what] = len(self._text) if found < 0 else found
        return known


class _Pairs:
    """The pairs of key and value of a text, read from left to right."""

    def __init__(self, text: str, again: bool) -> None:
        self.text, self.again = text, again
        self.ahead = _Ahead(text)
        self.around = ("", 0)  # the key whose object or list was opened last, and where

    def __iter__(self) -> Iterator[Span]:
        at, read = 0, words.read
        for match in (_ESCAPED_KEY if "\\u00" in self.text else _KEY).finditer(self.text):
            written, quote, bracket = match.groups()
            key = read(written)
            if key is None:
                if bracket and quote and match.start() >= at:
                    self.around = (written, match.end())
            elif match.start() >= at and not (self.again and quote and key.kind is None):
                at = yield from self._pair(match, key, match.end() - len(bracket or ""))

    def _pair(self, match: re.Match[str], key: Key, at: int) -> Generator[Span, None, int]:
        """Answers where the value ends."""
        if key.may_be_longer and not match[2]:
            key = self._with_words_before(match, key)
        opened = _OPEN.match(self.text, at)
        assert opened
        mark, start = opened[1], opened.end()
        if mark in ("{", "["):
            self.around = (match[1], at)
            return (yield from self._list(key, start)) if mark == "[" and key.kind else start
        if not mark and self.text[start : start + 1] == " ":
            start += 1
        end = self._closing(mark, start) if mark else self._bare_end(key, match, start)
        if key.last in _HEADERS:
            line = end if mark else min(self.ahead.find("\n", start), start + 4000)
            return (yield from _header(self.text, key, start, line))
        yield from _value(self.text, key, start, end, self._inside(match), quoted=bool(match[2]), bare=not mark)
        return end

    def _with_words_before(self, match: re.Match[str], key: Key) -> Key:
        """`Debtor name: …`, `Date of birth: …`: a key may be words with spaces."""
        line = self.text[max(0, match.start() - 40) : match.start()]
        before = re.split(r"[^\w -]", line)[-1].split()[-3:]
        return (words.read("_".join([*before, match[1]])) if before else None) or key

    def _inside(self, match: re.Match[str]) -> str:
        """The key of the object that this one is in, as far as can be said without parsing."""
        key, since = self.around
        near = match.start() - since <= 2000
        return key if near and self.text.rfind("}", max(since, match.start() - 400), match.start()) < 0 else ""

    def _list(self, key: Key, start: int) -> Generator[Span, None, int]:
        end = start
        while opened := _LIST.match(self.text, start):
            end = self._closing(opened[1], opened.end())
            yield from _value(self.text, key, opened.end(), end)
            start = end + len(opened[1])
        return end

    def _closing(self, mark: str, start: int) -> int:
        """The end of a quoted value: its closing mark, or the end of the line where it has none."""
        line, end = self.ahead.find("\n", start), self.ahead.find(mark, start)
        while len(mark) == 1 and end < line and self._escaped(end, start):
            end = self.ahead.find(mark, end + 1)
        return min(end, line)

    def _escaped(self, at: int, start: int) -> bool:
        back = at
        while back > start and self.text[back - 1] == "\\":
            back -= 1
        return (at - back) % 2 == 1

    def _bare_end(self, key: Key, match: re.Match[str], start: int) -> int:
        """`name=Anna` ends at a space; `Name: Anna Schmidt` with the line, or where the next key begins."""
        line = ":" in match[0] or self.text[match.end() : match.end() + 1] == " "
        if line and key.kind in _SPACED:
            return _line_end(self.text, key, start)
        pattern = _BARE if key.kind is not Kind.PASSWORD else _PASSWORD_IN_LINE if line else _PASSWORD
        found = pattern.match(self.text, start)
        return found.end() if found else start


def _line_end(text: str, key: Key, start: int) -> int:
    rest = _REST.match(text, start)
    if not rest:
        return start
    following = _NEXT_KEY.search(text, start, rest.end())
    end = following.start() if following else rest.end()
    if key.kind is not Kind.ADDRESS and (comma := text.find(",", start, end)) >= 0:
        end = comma
    return start + len(text[start:end].rstrip(" \t,."))


def _header(text: str, key: Key, start: int, end: int) -> Generator[Span, None, int]:
    if key.kind is Kind.COOKIE:
        return (yield from credentials.cookies(text, start, end, most=1 if key.last == "setcookie" else 1000))
    credential = _SCHEME.match(text, start, end)
    if not credential or not any(map(str.isdigit, credential[1])):
        return start
    basic = "asic" in text[start : credential.start(1)]
    yield Span(*credential.span(1), Kind.PASSWORD if basic else Kind.TOKEN)
    return credential.end()


def _value(
    text: str, key: Key, start: int, end: int, inside: str = "", quoted: bool = False, bare: bool = False
) -> Iterator[Span]:
    if end - start > _MOST:
        return
    written = text[start:end]
    start += len(written) - len(written.lstrip())
    end -= len(written) - len(written.rstrip())
    if start < end and (kind := judged(key, text[start:end], inside, quoted, bare)):
        yield Span(start, end, kind)
