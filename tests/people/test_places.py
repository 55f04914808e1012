from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from trialogue.people import places


@pytest.mark.parametrize("code", ["DK", "DE", "GB", "XK", "TW"])
def test_countries_are_known_by_two_letters(code: str) -> None:
    places.check_country("country", code)


@pytest.mark.parametrize("code", ["", "D", "dk", "DNK", "EU", "XX", "ZZ", "UN", "276", "D\x00"])
def test_what_is_no_country_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="no country"):
        places.check_country("country", code)


@pytest.mark.parametrize("code", ["EUR", "DKK", "JPY", "KWD"])
def test_currencies_are_known_by_three_letters(code: str) -> None:
    places.check_currency("currency", code)


@pytest.mark.parametrize("code", ["", "EU", "eur", "EURO", "XYZ", "€"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="no currency"):
        places.check_currency("currency", code)


@pytest.mark.parametrize("code", ["DEM", "XXX", "XTS", "XAU", "FRF"])
def test_a_currency_that_nobody_pays_in_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="no currency"):
        places.check_currency("currency", code)


def test_names_are_in_the_readers_language() -> None:
    assert places.country_names("de")["DK"] == "Dänemark"
    assert places.currency_names("da")["EUR"] == "euro"
