"""Hours and days as people write them: “08:00–12:00, 13:00–17:00”, “2026-12-24 Christmas Eve”. Read kindly, written one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Spans = list[list[str]]
T = TypeVar("T")

MOST_DAYS = 1000
_LONGEST_LINE = 200
_DASHES = re.compile(r"\s*(?:[-‐‑‒–—−~]|\b(?:to|until|bis|til)\b)\s*")
_WORDS = re.compile(r"\b(?:and|und|og|uhr|kl\.?)\b|[;+&/]")
_CLOSED = frozenset(("", "-", "closed", "none", "geschlossen", "zu", "lukket"))
_ALWAYS = frozenset(("24h", "24 h", "all day", "always", "around the clock", "rund um die uhr", "døgnet rundt"))
_TIME = r"(\d{1,2})(?:[:.h]?([0-5]\d))?\s*(am|pm)?"
_SPAN = re.compile(rf"{_TIME}-{_TIME}(?![\d:.])", re.ASCII)
_DATE = r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[./](\d{1,2})[./](\d{4}))"
_DAYS = re.compile(rf"{_DATE}(?:\s*(?:[-–—]|\.\.|\bto\b|\bbis\b|\btil\b)\s*{_DATE})?(.*)", re.ASCII)


def spans(text: str) -> Spans:
    """Pairs of "HH:MM"; none for a closed day. Raises `ValidationError`."""
    told = " ".join(text.lower().split())
    if told in _CLOSED:
        return []
    if told in _ALWAYS:
        return [["00:00", "24:00"]]
    plain = _DASHES.sub("-", _WORDS.sub(",", told))
    if len(told) > _LONGEST_LINE or not _SPAN.search(plain) or _SPAN.sub("", plain).strip(" ,"):
        raise _wrong(
            _("“%(text)s” cannot be read. Write 08:00–12:00, 13:00–17:00, or leave it empty for closed."), text
        )
    found = sorted(_span(match) for match in _SPAN.finditer(plain))
    for (_opens, closes), (opens, _closes) in pairwise(found):
        if opens < closes:
            raise _wrong(_("Two spans overlap in “%(text)s”."), text)
    return found


def _span(match: re.Match[str]) -> list[str]:
    opens, closes = _time(*match.groups()[:3]), _time(*match.groups()[3:])
    closes = "24:00" if closes == "00:00" else closes
    if opens >= closes:
        problem = _(
            "“%(text)s” ends before it begins. A night is two spans: until 24:00, and from 00:00 on the next day."
        )
        raise _wrong(problem, f"{opens}–{closes}")
    return [opens, closes]


def _time(hour: str, minute: str | None, half: str | None) -> str:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        hours = hours % 12 + 12 * (half == "pm") if 1 <= hours <= 12 else 99
    if hours * 60 + minutes > 24 * 60:
        raise _wrong(_("“%(text)s” is no time of day. Write 00:00 to 24:00."), f"{hour}:{minutes:02}")
    return f"{hours:02}:{minutes:02}"


def write_spans(told: Iterable[Iterable[str]]) -> str:
    return ", ".join("–".join(span) for span in told)


def days(text: str) -> dict[str, str]:
    """Names by date, from a date or a span of dates a line. Raises `ValidationError` with the lines that cannot be read."""
    found = _each_line(text, lambda day, rest: rest[:80])
    if len(found) > MOST_DAYS:
        problem, facts = _("These are %(count)s days. Keep at most %(most)s."), {"count": len(found), "most": MOST_DAYS}
        raise ValidationError(problem, params=facts)
    return found


def shortened(text: str) -> dict[str, Spans]:
    """Hours by date, from a date and its hours a line. Raises `ValidationError` with the lines that cannot be read."""
    return _each_line(text, _hours)


def _hours(day: str, text: str) -> Spans:
    if found := spans(text):
        return found
    raise _wrong(_("“%(text)s” has no hours. Write them after the date, or put the day among the closed ones."), day)


def _each_line(text: str, read: Callable[[str, str], T]) -> dict[str, T]:
    wrong: list[ValidationError] = []
    found: dict[str, T] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.strip():
                days, rest = _line(line.strip())
                found |= {day: read(day, rest) for day in days}
        except ValidationError as why:
            wrong.append(_at_line(number, why))
    if wrong:
        raise ValidationError(wrong[:10])
    return dict(sorted(found.items()))


def _at_line(number: int, why: ValidationError) -> ValidationError:
    return ValidationError(_("Line %(number)s: %(why)s"), params={"number": number, "why": " ".join(why.messages)})


def _line(line: str) -> tuple[list[str], str]:
    match = _DAYS.fullmatch(line)
    if not match:
        raise _wrong(_("“%(text)s” has no date. Begin the line with one such as 2026-12-24."), line)
    first = _date(match.groups()[:6])
    last = _date(match.groups()[6:12]) if any(match.groups()[6:12]) else first
    if not first <= last <= first + timedelta(days=366):
        raise _wrong(_("“%(text)s” is no span of dates. The later one stands last, at most a year on."), line)
    rest = (match[13] or "").strip(" \t:,;-–—#")
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)], rest


def _date(parts: Iterable[str | None]) -> date:
    year, month, day, local_day, local_month, local_year = parts
    told = (year or local_year, month or local_month, day or local_day)
    try:
        return date(*(int(part or 0) for part in told))
    except ValueError:
        raise _wrong(_("“%(text)s” is no date."), "-".join(f"{part:0>2}" for part in told if part)) from None


def write_days(told: Mapping[str, str] | Iterable[str]) -> str:
    """A line for each run of days of one name."""
    named = told if isinstance(told, Mapping) else dict.fromkeys(told, "")
    runs: list[tuple[date, date, str]] = []
    for day, name in ((date.fromisoformat(day), name) for day, name in sorted(named.items())):
        first, last, before = runs[-1] if runs else (day, day, name)
        if runs and before == name and day - last == timedelta(days=1) and day - first <= timedelta(days=366):
            runs[-1] = (first, day, name)
        else:
            runs.append((day, day, name))
    return "\n".join(f"{first if first == last else f'{first} – {last}'} {name}".rstrip() for first, last, name in runs)


def write_shortened(told: Mapping[str, Iterable[Iterable[str]]]) -> str:
    return "\n".join(f"{day} {write_spans(hours)}" for day, hours in sorted(told.items()))


def _wrong(problem: str, text: str) -> ValidationError:
    return ValidationError(problem, params={"text": text if len(text) < 60 else f"{text[:57]}…"})
