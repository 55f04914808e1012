"""What can be wrong with a calendar or with a question. All are `ValueError`; each carries its facts."""

from collections.abc import Sequence
from datetime import date, datetime


class BusinessTimeError(ValueError):
    """The root: catch this one to catch all."""


class NaiveDatetime(BusinessTimeError):
    """A datetime without a zone. Facts: `value`."""

    def __init__(self, value: datetime) -> None:
        self.value = value
        hint = "say where it was read, with .replace(tzinfo=ZoneInfo('Europe/Copenhagen'))"
        super().__init__(f"{value!r} has no zone: {hint}")


class BadHours(BusinessTimeError):
    """Opening hours that no day can have. Facts: `where` (a weekday 0-6 or a date), `hours` (as given)."""

    def __init__(self, where: object, hours: object, why: str) -> None:
        self.where, self.hours = where, hours
        super().__init__(f"hours {hours!r} of {where}: {why}")


class BadDate(BusinessTimeError):
    """Something other than a plain date where a date belongs. Facts: `value`."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"{value!r} is not a plain date: give datetime.date(2026, 12, 25), without a time")


class NeverOpen(BusinessTimeError):
    """A week without a single opening."""

    def __init__(self, message: str = "a week with no opening at all: nothing would ever be due") -> None:
        super().__init__(message)


class ClosedTooLong(NeverOpen):
    """No opening for so many years that none is to be hoped for. Facts: `since` and `until`, in UTC."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        super().__init__(f"always closed from {since:%Y-%m-%d} to {until:%Y-%m-%d}: is every day a holiday?")


class OutOfRange(BusinessTimeError, OverflowError):
    """A moment, or an answer, outside the years that are counted. Facts: `first_year`, `last_year`."""

    def __init__(self, first_year: int, last_year: int, message: str | None = None) -> None:
        self.first_year, self.last_year = first_year, last_year
        super().__init__(message or f"working time is counted in the years {first_year} to {last_year} only")


class HolidaysUnknown(OutOfRange):
    """Nobody has written the holidays of that year yet. Facts: `country`, `year`, `last_year`."""

    def __init__(self, country: str, year: int, first_year: int, last_year: int) -> None:
        self.country, self.year = country, year
        message = f"the holidays of {country} are known up to {last_year}, those of {year} are not (beyond='open': assume none)"
        super().__init__(first_year, last_year, message)


class UnknownZone(BusinessTimeError):
    """No such zone in the IANA database. Facts: `zone`."""

    def __init__(self, zone: object) -> None:
        self.zone = zone
        super().__init__(f"unknown zone {zone!r}: give an IANA name, such as 'Europe/Copenhagen'")


class UnknownCountry(BusinessTimeError):
    """No holidays by that code. Facts: `country`."""

    def __init__(self, country: object) -> None:
        self.country = country
        super().__init__(f"unknown country {country!r}: give two capital letters (ISO 3166-1), such as 'DK'")


class UnknownSubdivision(BusinessTimeError):
    """The country has no such part. Facts: `country`, `subdivision`, `known`."""

    def __init__(self, country: str, subdivision: object, known: Sequence[str]) -> None:
        self.country, self.subdivision, self.known = country, subdivision, tuple(known)
        has = ", ".join(known) or "none at all"
        super().__init__(f"{country} has no subdivision {subdivision!r}; it has {has}")


class ZoneNeeded(BusinessTimeError):
    """The country's clocks do not agree, so the zone must be given. Facts: `country`, `zones`."""

    def __init__(self, country: str, zones: Sequence[str]) -> None:
        self.country, self.zones = country, tuple(zones)
        super().__init__(f"no single zone for {country}: give zone, {', '.join(zones) or 'an IANA name'}")


class BackwardsSpan(BusinessTimeError):
    """A span whose end lies before its start. Facts: `start`, `end`."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.end = start, end
        super().__init__(f"the span ends ({end}) before it starts ({start})")


def need_date(value: object) -> date:
    """A plain date, or `BadDate`. A datetime is refused: it equals no date, so its holiday would be lost."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise BadDate(value)
    return value
