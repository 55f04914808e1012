"""What people write into cells: amounts, dates, countries, currencies. Pure; each raises `Unclear` with words that help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext as _

from trialogue.lib import amounts, spreadsheet
from trialogue.people import places

Cell = str | int | float | Decimal | date | time | timedelta | bool | None
BROKEN_FORMULAS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
CURRENCY_SIGNS = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "US$": "USD", "DKR": "DKK", "ZŁ": "PLN"}
COUNTRY_WORDS = {"UK": "GB", "USA": "US", "U.S.A.": "US", "U.S.": "US", "ENGLAND": "GB", "HOLLAND": "NL", "BRD": "DE"}
TYPES = {
    "Company": {"company", "business", "b2b", "firma", "unternehmen", "gewerblich", "virksomhed", "erhverv", "c", "f"},
    "Private": {"private", "private person", "person", "consumer", "individual", "b2c", "privat", "privatperson", "verbraucher",
                "forbruger", "p"},
}  # fmt: skip
_EXCEL_BEGAN = date(1899, 12, 30)


class Unclear(ValueError):
    """A cell that cannot be read; `str()` says what to write instead."""


def text(cell: Cell) -> str:
    """What a cell says, as a person would read it."""
    match cell:
        case None:
            return ""
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
    said = str(cell).strip()
    # Our own reports write '=… so that no spreadsheet calculates; sent back, the sign comes off again.
    return said[1:] if said[:1] == "'" and spreadsheet.cell(said[1:]) == said else said


def amount(cell: Cell, decimal: str) -> Decimal:
    """`decimal` is "," or ".": how to read 1.234, which could be either. Everything else says itself what it is."""
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return _to_the_cent(Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell))
    if len(text(cell)) > amounts.LONGEST:
        raise _no_amount(cell)
    said = re.sub(r"^(-?)\s*(?:[A-Za-z]{2,3}\.?|[€£$])\s*|\s*(?:[A-Za-z]{2,3}\.?|[€£$]|,-|,--)$", r"\1", text(cell))
    said = said.strip()
    sign = -1 if said.startswith("-") or said.endswith("-") or (said[:1], said[-1:]) == ("(", ")") else 1
    digits = amounts.digits(said.strip("+-()"), decimal)
    if digits is None:
        raise _no_amount(cell)
    return sign * Decimal(digits)


def _no_amount(cell: Cell) -> Unclear:
    return Unclear(_("“{cell}” is no amount. Write it as 12480.50 or 12.480,50.").format(cell=text(cell)[:40]))


def _to_the_cent(number: Decimal) -> Decimal:
    """A spreadsheet's 0.30000000000000004 is 0.30; what has real thousandths keeps them, and is refused."""
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise _no_amount(str(number))
    cents = number.quantize(Decimal("0.01"))
    return cents if abs(cents - number) < Decimal("0.000001") else number


def decimal_sign(samples: list[Cell]) -> str:
    """The decimal sign that written amounts themselves show; "" when none of them does."""
    for cell in samples:
        for sign in (",", "."):
            said = text(cell)[: amounts.LONGEST].translate(amounts.SPACES) if isinstance(cell, str) else ""
            if re.search(rf"\d\{sign}\d{{1,2}}\D*$", said):
                return sign
    return ""


def day(cell: Cell) -> date:
    """ISO, day.month.year, day/month/year, or a spreadsheet's number of days."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    said = text(cell)[: amounts.LONGEST]
    try:
        if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", said):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{2}|\d{4})(?: .*)?", said):
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            return date(year, int(found[2]), int(found[1]))
        if re.fullmatch(r"\d{8}", said):
            return date(int(said[:4]), int(said[4:6]), int(said[6:]))
        if re.fullmatch(r"\d{5}([.,]\d+)?", said):
            return _EXCEL_BEGAN + timedelta(days=int(said[:5]))
    except (ValueError, OverflowError):
        pass
    raise Unclear(_("“{cell}” is no date. Write it as 2026-03-31 or 31.03.2026.").format(cell=said[:40]))


def country(cell: Cell) -> str:
    """A two-letter code, for a code or a name in English, German or Danish. What is neither stays, to be refused by name."""
    said = text(cell)
    return _countries().get(said.casefold(), said[:2].upper() if len(said) == 2 else said)


@cache
def _countries() -> dict[str, str]:
    names = {
        name.casefold(): code
        for language in ("en", "de", "da")
        for code, name in places.country_names(language).items()
    }
    return names | {word.casefold(): code for word, code in COUNTRY_WORDS.items()}


def currency(cell: Cell) -> str:
    said = text(cell).upper()
    return CURRENCY_SIGNS.get(said, said)


def debtor_type(cell: Cell) -> str:
    said = text(cell)
    return next((kind for kind, words in TYPES.items() if said.casefold() in words), said or "Company")


def is_blank(cells: Sequence[Cell]) -> bool:
    return cells.count(None) == len(cells) or not any(text(cell) for cell in cells)
