"""The holidays of a country, from the `holidays` package, and its time zone, from the tables of `tzdata`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from .errors import HolidaysUnknown, UnknownCountry, UnknownSubdivision, ZoneNeeded
from .hours import Hours

Beyond = Literal["refuse", "open"]

AROUND_THE_CLOCK: Mapping[int, Hours] = {day: [("00:00", "24:00")] for day in range(7)}
WEEKDAYS: Mapping[int, Hours] = {day: [("00:00", "24:00")] for day in range(5)}

_ALIKE_FROM = datetime(2010, 1, 1, 12)  # noqa: DTZ001  read in several zones
_ALIKE_DAYS = 28 * 366


def holidays_of(
    country: str, subdivision: str | None, language: str, beyond: Beyond
) -> Callable[[int], Mapping[date, str]]:
    """A function from a year to its public holidays and their names.

    Raises `UnknownCountry`, `UnknownSubdivision`; the function raises `HolidaysUnknown`.
    """
    import holidays  # here, so that calendars without a country need not have it

    supported = holidays.list_supported_countries()
    if country not in supported:
        raise UnknownCountry(country)
    if subdivision is not None and subdivision not in supported[country]:
        raise UnknownSubdivision(country, subdivision, supported[country])
    known = holidays.country_holidays(country)

    def in_year(year: int) -> Mapping[date, str]:
        # The package answers "no holidays" for years that it has no data for, which would be quietly wrong.
        if year > known.end_year and beyond != "open":
            raise HolidaysUnknown(country, year, known.start_year, known.end_year)
        return holidays.country_holidays(country, subdivision, years=year, expand=False, language=language)

    return in_year


@cache
def holiday_names(country: str, subdivision: str | None, year: int, language: str) -> Mapping[date, str]:
    """What the holidays of a year are called in a language; nothing where the `holidays` package does not know it."""
    import holidays

    if language not in holidays.country_holidays(country).supported_languages:
        return {}
    return dict(holidays.country_holidays(country, subdivision, years=year, expand=False, language=language))


@cache
def zone_of(country: str) -> str:
    """The zone of a country: the only one, or the first of several that agree since 2010 (Germany: Berlin).

    Raises `ZoneNeeded` where they do not agree, or where the tables know no zone.
    """
    zones = _zones().get(country, [])
    if not zones or not _alike(zones):
        raise ZoneNeeded(country, zones)
    return zones[0]


@cache
def _zones() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            zones.setdefault(country, []).append(zone)
    return zones


def _alike(names: list[str]) -> bool:
    first, *others = map(ZoneInfo, names)
    days = (_ALIKE_FROM + timedelta(days=i) for i in range(_ALIKE_DAYS if others else 0))
    return all(first.utcoffset(day) == other.utcoffset(day) for day in days for other in others)
