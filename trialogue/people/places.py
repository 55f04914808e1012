"""Countries, currencies and time zones, as the world lists them (CLDR and the tz database)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import get_territory_currencies
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def language() -> str:
    """The reader's, as CLDR and the tables here call it, without a region."""
    return (get_language() or "en").split("-")[0]


@cache
def country_names(language: str = "en") -> dict[str, str]:
    """Names by two-letter code."""
    names = Locale.parse(language).territories
    # Groups, placeholders, and islands that ISO 3166 counts to another country: no codes that an address has.
    others = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
    return {code: name for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in others}


@cache
def currency_names(language: str = "en") -> dict[str, str]:
    """Names by three-letter code, of those that are somewhere in use."""
    used = {currency for country in country_names() for currency in get_territory_currencies(country)}
    return {code: name for code, name in Locale.parse(language).currencies.items() if code in used}


def grouped(number: Decimal | int) -> str:
    """A number as the reader groups it: 12,000 or 12.000."""
    return number_format(number, use_l10n=True, force_grouping=True)


@cache
def zones() -> frozenset[str]:
    return frozenset(
        z for z in available_timezones() if "/" in z and not z.startswith(("posix/", "right/", "Etc/", "SystemV/"))
    ) | {"UTC"}


def _refuse(field: str, message: Any, **facts: str) -> None:
    raise ValidationError({field: ValidationError(message, params=facts)})


def check_country(field: str, code: str) -> None:
    if code not in country_names():
        _refuse(field, _("“%(code)s” is no country. Give its two-letter code, such as DK."), code=code)


def check_currency(field: str, code: str) -> None:
    if code not in currency_names():
        _refuse(field, _("“%(code)s” is no currency. Give its three-letter code, such as EUR."), code=code)


def check_zone(field: str, zone: str) -> None:
    if zone not in zones():
        _refuse(field, _("“%(zone)s” is no time zone. Give one such as Europe/Copenhagen."), zone=zone)
