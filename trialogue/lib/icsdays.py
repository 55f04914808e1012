"""The whole days of an iCalendar file (RFC 5545): when an office that publishes its closed days is closed.

>>> feed = "BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nDTSTART;VALUE=DATE:20261224\\nSUMMARY:Closed\\nEND:VEVENT\\nEND:VCALENDAR"
>>> read(feed, date(2026, 1, 1), date(2026, 12, 31)).days
{datetime.date(2026, 12, 24): 'Closed'}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

LARGEST = 1_000_000
MOST_EVENTS = 5_000
LONGEST = timedelta(days=366)
_LENGTH = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:0+[HMS])+)?", re.ASCII)
_KNOWN_RULES = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "WKST"))


class NotACalendar(ValueError):
    """This text is no iCalendar file, or one too large to be a list of days."""


class Feed(NamedTuple):
    """`days` with their names; `left_out` are the names of events that are no whole days or repeat in ways we do not read."""

    days: dict[date, str]
    left_out: list[str]


class _Event(dict[str, tuple[str, str]]):
    """Properties by name: parameters and value."""

    def value(self, name: str) -> str:
        return self.get(name, ("", ""))[1].strip()


def read(text: str, since: date, until: date) -> Feed:
    """The whole days of its events from `since` to `until`. Raises `NotACalendar`."""
    if len(text) > LARGEST or "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise NotACalendar
    days: dict[date, str] = {}
    left_out: list[str] = []
    for number, event in enumerate(_events(text)):
        if number >= MOST_EVENTS:
            raise NotACalendar
        if event.value("STATUS").upper() == "CANCELLED":
            continue
        name = _plain(event.value("SUMMARY"))
        try:
            days |= dict.fromkeys(_days(event, since, until), name)
        except ValueError:
            left_out.append(name)
    return Feed(dict(sorted(days.items())), left_out)


def _events(text: str) -> Iterator[_Event]:
    inside: list[str] = []
    event = _Event()
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, _colon, value = line.partition(":")
        name, _semicolon, parameters = head.partition(";")
        name = name.strip().upper()
        if name == "BEGIN":
            inside.append(value.strip().upper())
            event = _Event() if inside[-1] == "VEVENT" else event
        elif name == "END" and inside:
            if inside.pop() == "VEVENT":
                yield event
        elif inside[-1:] == ["VEVENT"]:
            event.setdefault(name, (parameters.upper(), value))


def _days(event: _Event, since: date, until: date) -> Iterator[date]:
    """Raises `ValueError` for an event that is not made of whole days, or repeats otherwise than by the year."""
    first, length = _whole(event)
    without = {_date(each) for each in event.value("EXDATE").split(",") if each}
    for start in _repeated(first, event.value("RRULE"), until):
        if start in without:
            continue
        for n in range(length.days):
            if since <= start + timedelta(days=n) <= until:
                yield start + timedelta(days=n)


def _whole(event: _Event) -> tuple[date, timedelta]:
    start, end, told = event.value("DTSTART"), event.value("DTEND"), event.value("DURATION")
    first = _date(start)
    if end:
        length = _date(end) - first
    elif told:
        match = _LENGTH.fullmatch(told)
        if not match:
            raise ValueError(told)
        length = timedelta(weeks=int(match[1] or 0), days=int(match[2] or 0))
    else:
        length = timedelta(days=1) if len(start) == 8 else timedelta(0)
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(length)
    return first, length


def _date(text: str) -> date:
    """Of a date, or of a moment that is a midnight."""
    day, _t, time = text.partition("T")
    if time.rstrip("Z").strip("0"):
        raise ValueError(text)
    return datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone


def _repeated(first: date, rule: str, until: date) -> Iterator[date]:
    if not rule:
        yield first
        return
    told = dict(part.upper().split("=", 1) for part in rule.split(";") if part)
    same = {"BYMONTH": first.month, "BYMONTHDAY": first.day}
    if told.get("FREQ") != "YEARLY" or told.keys() - _KNOWN_RULES:
        raise ValueError(rule)
    if any(name in told and int(told[name]) != here for name, here in same.items()):
        raise ValueError(rule)
    last = min(until, _date(told["UNTIL"][:8])) if "UNTIL" in told else until
    every, count = int(told.get("INTERVAL", 1)), int(told.get("COUNT", 10_000))
    if every < 1:
        raise ValueError(rule)
    for year in range(first.year, last.year + 1, every):
        start = _in_year(first, year)
        if start and count > 0 and start <= last:
            count -= 1
            yield start


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return None


def _plain(text: str) -> str:
    said = re.sub(r"\\[nN]", " ", text)
    said = " ".join(re.sub(r"\\(.)", r"\1", said).split())
    return "".join(character for character in said if character.isprintable())[:80]
