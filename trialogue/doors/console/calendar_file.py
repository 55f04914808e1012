"""The working time of an organisation as a TOML file: what `calendar show` prints and `calendar set` reads."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from trialogue.clocks.models import Calendar
from trialogue.lib.businesstime import BusinessTimeError, WorkingTime
from trialogue.people import places

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Spans = list[list[str]]


class BadFile(ValueError):
    """A calendar file that cannot be used. `str()` names the file, the key and the reason."""

    def __init__(self, path: Path, key: str, why: object) -> None:
        self.path, self.key, self.why = path, key, why
        super().__init__(f"{path}: {key}: {why}" if key else f"{path}: {why}")


def read(path: Path, zone: str) -> dict[str, Any]:
    """What `Calendar.introduce` takes, with `effective_from` (None: now). `zone` holds where the file gives none. Raises `BadFile`."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as trouble:
        raise BadFile(path, "", trouble.strerror) from trouble
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise BadFile(path, "", f"this is not TOML: {trouble}") from trouble
    return _Reading(path, told, zone).calendar()


class _Reading:
    """Goes through the keys of one file; whatever is wrong is told with its key."""

    def __init__(self, path: Path, told: dict[str, Any], zone: str) -> None:
        self.path, self.told, self.default_zone = path, told, zone

    def calendar(self) -> dict[str, Any]:
        known = ("zone", "country", "subdivision", "effective_from", "closed", "week", "shortened")
        if strange := [key for key in self.told if key not in known]:
            raise BadFile(self.path, strange[0], f"is not known here. Known are: {', '.join(known)}.")
        calendar = {
            "zone": self.key("zone", self.default_zone, _zone),
            "country": self.key("country", "", _country),
            "subdivision": self.key("subdivision", "", _text),
            "week": self.table("week", _weekday),
            "closed": self.key("closed", [], _closed),
            "shortened": self.table("shortened", _day),
        }
        calendar["effective_from"] = self.key("effective_from", None, lambda at: _moment(at, calendar["zone"]))
        self._must_open(calendar)
        return calendar

    def key(self, name: str, default: Any, parse: Callable[[Any], Any]) -> Any:
        if name not in self.told:
            return default
        return self._parsed(name, parse, self.told[name])

    def table(self, name: str, parse_key: Callable[[str], str]) -> dict[str, Spans]:
        table = self.key(name, {}, _table)
        return {
            self._parsed(f"{name}.{key}", parse_key, key): self._parsed(f"{name}.{key}", _spans, spans)
            for key, spans in table.items()
        }

    def _parsed(self, name: str, parse: Callable[[Any], Any], value: Any) -> Any:
        try:
            return parse(value)
        except ValidationError as why:
            raise BadFile(self.path, name, " ".join(why.messages)) from why
        except ValueError as why:
            raise BadFile(self.path, name, why) from why

    def _must_open(self, calendar: dict[str, Any]) -> None:
        """Asks the library itself, which knows what a week can be and which parts a country has."""
        days = {int(day): spans for day, spans in calendar["week"].items()}
        for key, hours in (("week", days), ("subdivision" if calendar["subdivision"] else "country", None)):
            try:
                if hours is not None:
                    WorkingTime(calendar["zone"], hours)
                elif calendar["country"]:
                    WorkingTime.for_country(calendar["country"], calendar["subdivision"] or None, calendar["zone"])
            except BusinessTimeError as why:
                raise BadFile(self.path, key, why) from why


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text in quotes")
    return value.strip()


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list in square brackets")
    return value


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is a table: begin it with a line of its own, its name in square brackets")
    return value


def _zone(value: Any) -> str:
    places.check_zone("zone", _text(value))
    return _text(value)


def _country(value: Any) -> str:
    code = _text(value).upper()
    if code:
        places.check_country("country", code)
    return code


def _weekday(name: str) -> str:
    if name.lower() not in WEEKDAYS:
        raise ValueError(f"is no weekday. They are: {', '.join(WEEKDAYS)}.")
    return str(WEEKDAYS.index(name.lower()))


def _day(value: Any) -> str:
    """A date, written as TOML writes it or in quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is no date. Write 2026-12-24.") from None


def _closed(value: Any) -> list[str] | dict[str, str]:
    """Dates in a list, or names by date in a table."""
    if isinstance(value, dict):
        return {_day(day): _text(name) for day, name in sorted(value.items())}
    return sorted(_day(day) for day in _list(value))


def _spans(value: Any) -> Spans:
    """["08:00-12:00", "13:00-16:30"]; an empty list is closed."""
    spans = [[part.strip() for part in _text(span).split("-")] for span in _list(value)]
    WorkingTime("UTC", {0: spans or [["00:00", "24:00"]]})  # raises where these are no hours
    return spans


def _moment(value: Any, zone: str) -> datetime:
    """A date begins at its midnight; a moment without a zone is read on the clocks of the calendar's own."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise ValueError(f"{value!r} is no moment. Write 2026-12-01 or 2026-12-01T08:00:00.")
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))


def write(calendar: Calendar) -> str:
    """The file that says what this calendar says."""
    began = calendar.effective_from.astimezone(ZoneInfo(calendar.zone))
    lines = [f"# {calendar.organisation}, version {calendar.version}, in force since {began:%Y-%m-%d %H:%M}"]
    lines += [f'{key} = "{value}"' for key in ("zone", "country", "subdivision") if (value := getattr(calendar, key))]
    named = isinstance(calendar.closed, dict) and any(calendar.closed.values())
    if calendar.closed and not named:
        lines.append(f"closed = [{', '.join(calendar.closed)}]")
    lines += ["", "[week]", *(_hours(WEEKDAYS[int(day)], spans) for day, spans in sorted(calendar.week.items()))]
    if calendar.shortened:
        lines += ["", "[shortened]", *(_hours(day, spans) for day, spans in sorted(calendar.shortened.items()))]
    if named:
        lines += [
            "",
            "[closed]",
            *(f"{day} = {json.dumps(name, ensure_ascii=False)}" for day, name in sorted(calendar.closed.items())),
        ]
    return "\n".join(lines)


def _hours(name: str, spans: Spans) -> str:
    written = ", ".join(f'"{opening}-{closing}"' for opening, closing in spans)
    return f"{name} = [{written}]"
