"""Settings from the environment, read once, with every mistake collected instead of the first one thrown.

A mistake is a sentence with what to do about it; who starts the program decides how to show them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import ParseResult, urlparse

T = TypeVar("T")
_PASSWORD = re.compile(r"(//[^:/]*:).*@")


@dataclass(frozen=True)
class Problem:
    """One setting that cannot be used: its name, what is wrong, and what to do."""

    name: str
    what: str
    hint: str


@dataclass
class Environ:
    """Reads `PREFIX_NAME` variables. `problems` holds what could not be read; the default stands in for it."""

    values: Mapping[str, str]
    prefix: str
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str, *, about: str) -> str:
        self.known[self.prefix + name] = about
        return self.values.get(self.prefix + name, "").strip() or default

    def _read(self, name: str, default: T, parse: Callable[[str], T], hint: str, about: str) -> T:
        raw = self.text(name, "", about=about)
        if not raw:
            return default
        try:
            return parse(raw)
        except (ValueError, KeyError):
            shown = _PASSWORD.sub(r"\1…@", raw)
            self.refuse(name, f"{shown!r} cannot be used", hint)
            return default

    def refuse(self, name: str, what: str, hint: str) -> None:
        self.problems.append(Problem(self.prefix + name, what, hint))

    def number(self, name: str, default: int, *, at_least: int = 0, at_most: int = 10**9, about: str) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if not at_least <= value <= at_most:
                raise ValueError(raw)
            return value

        return self._read(name, default, parse, f"Give a whole number from {at_least} to {at_most}.", about)

    def flag(self, name: str, default: bool, *, about: str) -> bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        return self._read(name, default, lambda raw: words[raw.lower()], "Give 1 or 0.", about)

    def choice(self, name: str, default: str, options: tuple[str, ...], *, about: str) -> str:
        def parse(raw: str) -> str:
            if raw not in options:
                raise ValueError(raw)
            return raw

        return self._read(name, default, parse, f"Give one of: {', '.join(options)}.", about)

    def url(self, name: str, default: str, schemes: tuple[str, ...], *, about: str) -> ParseResult:
        def parse(raw: str) -> ParseResult:
            parsed = urlparse(raw)
            if parsed.scheme not in schemes or not raw.partition("://")[2]:
                raise ValueError(raw)
            _ = parsed.port  # raises ValueError on a port that is no number
            return parsed

        hint = f"Give an address that begins with {' or '.join(s + '://' for s in schemes)}."
        return self._read(name, urlparse(default), parse, hint, about)
