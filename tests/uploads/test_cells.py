"""Amounts, dates, countries and headings as people write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from trialogue.uploads import cells, columns


@pytest.mark.parametrize(
    ("said", "decimal", "meant"),
    [
        ("1234.56", ".", "1234.56"), ("1234,56", ".", "1234.56"), ("1.234,56", ".", "1234.56"), ("1,234.56", ",", "1234.56"),
        ("1 234,56", ",", "1234.56"), ("1\u00a0234,56", ",", "1234.56"), ("1'234.50", ".", "1234.50"), ("12.345.678,9", ".", "12345678.9"),
        ("€ 1.234,56", ",", "1234.56"), ("EUR 12.50", ".", "12.50"), ("12,50 EUR", ",", "12.50"), ("kr. 1.000,00", ",", "1000"),
        ("12,-", ",", "12"), ("1.234", ",", "1234"), ("1.234", ".", "1.234"), ("1,234", ".", "1234"), ("1,234", ",", "1.234"),
        ("1.234.567", ".", "1234567"), ("0,123", ".", "0.123"), (".5", ".", "0.5"), ("-5", ".", "-5"), ("(5,00)", ",", "-5"),
        ("5-", ".", "-5"), (12480.5, ",", "12480.5"), (0.1 + 0.2, ".", "0.3"), (7, ".", "7"), ("'-5", ".", "-5"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_it_was_meant(said: cells.Cell, decimal: str, meant: str) -> None:
    assert cells.amount(said, decimal) == Decimal(meant)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "much",
        "1.23.4",
        "1,23,456",
        "1e5",
        "12.34.567,8",
        "1.234.56",
        "٣",
        "1" + " " * 90_000 + "x1",
        1e20,
        float("nan"),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(said: cells.Cell) -> None:
    with pytest.raises(cells.Unclear, match=r"no amount. Write it as"):
        cells.amount(said, ".")


@pytest.mark.parametrize(
    ("samples", "sign"),
    [(["1.234,56"], ","), (["1.234", "7,5"], ","), (["1,234", "7.50"], "."), (["1.234", "1.000"], ""), ([12.5], ""), (["", None], "")],
)  # fmt: skip
def test_the_decimal_sign_is_the_one_that_some_amount_shows(samples: list[cells.Cell], sign: str) -> None:
    assert cells.decimal_sign(samples) == sign


@pytest.mark.parametrize(
    "said",
    ["2026-03-31", "2026-3-31", "2026/03/31", "31.03.2026", "31.3.26", "31/03/2026", "31-03-2026", "20260331", "46112", "46112.5",
     "2026-03-31T10:00", datetime(2026, 3, 31, 23, 59), date(2026, 3, 31), 46112],  # noqa: DTZ001
)  # fmt: skip
def test_a_date_is_read_in_each_way_people_write_it(said: cells.Cell) -> None:
    assert cells.day(said) == date(2026, 3, 31)


@pytest.mark.parametrize("said", ["03/31/2026", "31.02.2026", "soon", "", "9", "2026-13-01", "999999999"])
def test_what_is_no_date_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(cells.Unclear, match=r"no date. Write it as"):
        cells.day(said)


@pytest.mark.parametrize(
    ("said", "code"),
    [("DE", "DE"), ("de", "DE"), ("Germany", "DE"), ("Deutschland", "DE"), ("TYSKLAND", "DE"), ("UK", "GB"), ("USA", "US"), ("Narnia", "Narnia")],
)  # fmt: skip
def test_a_country_is_its_code_or_its_name(said: str, code: str) -> None:
    assert cells.country(said) == code


def test_numbers_of_a_spreadsheet_are_read_as_people_see_them() -> None:
    assert [cells.text(cell) for cell in (1001.0, 1001, 10.5, None, True, " x ", datetime(2026, 3, 1))] == [  # noqa: DTZ001
        "1001", "1001", "10.5", "", "True", "x", "2026-03-01",
    ]  # fmt: skip


def test_the_apostrophe_of_our_own_reports_comes_off_again() -> None:
    assert [cells.text(said) for said in ("'=A1", "'+49 40", "'s-Hertogenbosch", "'")] == [
        "=A1",
        "+49 40",
        "'s-Hertogenbosch",
        "'",
    ]


@pytest.mark.parametrize(
    "headings",
    [
        ["InvoiceNumber*", "DebtorName*", "Country*", "PrincipalAmount*", "CurrencyCode*"],
        ["invoice_number", "debtor name", "COUNTRY CODE", "Amount (gross)", "Currency"],
        ["Rechnungsnr.", "Kunde", "Land", "Offener Betrag", "Währung"],
        ["Fakturanr", "Skyldners navn", "Land", "Beløb", "Valuta"],
    ],
)
def test_headings_are_known_in_three_languages(headings: list[str]) -> None:
    names = ["client_reference", "debtor_name", "debtor_country", "amount", "currency"]
    assert columns.match(headings) == {name: place for place, name in enumerate(names)}


def test_each_column_of_the_template_is_known_as_itself() -> None:
    titles = [column.title for column in columns.COLUMNS]
    assert list(columns.match(titles).items()) == [(column.name, place) for place, column in enumerate(columns.COLUMNS)]


def test_no_two_columns_claim_the_same_heading() -> None:
    told = [key for column in columns.COLUMNS for key in column.keys]
    assert sorted({key for key in told if told.count(key) > 1}) == []


def test_a_heading_stands_for_one_thing() -> None:
    assert columns.match(["Name", "Company", "Name"]) == {"debtor_name": 0}
