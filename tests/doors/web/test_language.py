"""In which language a page is: a person's own, else what a visitor chose, else what their browser asks for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("account_login")


def _language_of(page: str) -> str:
    return page.partition('<html lang="')[2][:2]


def test_a_visitor_reads_what_their_browser_asks_for(client: Client) -> None:
    page = client.get(SIGN_IN, headers={"Accept-Language": "da-DK,da;q=0.9,en;q=0.5"}).content.decode()
    assert _language_of(page) == "da"
    assert _language_of(client.get(SIGN_IN, headers={"Accept-Language": "fr"}).content.decode()) == "en"


def test_a_visitor_chooses_another_and_comes_back_to_the_same_page(client: Client) -> None:
    here = f"{reverse('help')}?words=API"
    answer = client.post(reverse("language"), {"language": "de", "next": here}, headers={"Accept-Language": "da"})
    assert (answer.status_code, answer["Location"]) == (302, here)
    assert _language_of(client.get(here, headers={"Accept-Language": "da"}).content.decode()) == "de"


def test_nobody_is_sent_to_another_site(client: Client) -> None:
    answer = client.post(reverse("language"), {"language": "de", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_a_language_that_is_not_there_changes_nothing(client: Client) -> None:
    client.post(reverse("language"), {"language": "xx\x00", "next": SIGN_IN})
    assert _language_of(client.get(SIGN_IN, headers={"Accept-Language": "da"}).content.decode()) == "da"


@pytest.mark.parametrize("language", ["en", "de", "da"])
def test_a_person_reads_their_own_whatever_the_browser_says(cast: Cast, client: Client, language: str) -> None:
    person = cast.clara.person
    assert person
    person.describe(name=person.name, zone=person.zone, language=language)
    client.force_login(person)
    page = client.get(reverse("cases"), headers={"Accept-Language": "fr,da,de"})
    assert page["Content-Language"] == _language_of(page.content.decode()) == language
