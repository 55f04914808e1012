"""For whom one acts: one organisation and one environment at a time, by a visible switch."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast
from tests.doors.web.test_people_settings import FRAME, inside
from trialogue.people.models import Actor, Membership, Person


@pytest.fixture
def both(cast: Cast) -> Client:
    """Clara, who belongs to Brandt as well."""
    assert cast.clara.person
    cast.paul.organisation.admit(cast.clara.person)
    return inside(cast.clara)


def acts(client: Client) -> Actor:
    actor: Actor = client.get(reverse("acting")).context["actor"]
    return actor


def test_at_first_for_the_organisation_joined_first(cast: Cast, both: Client) -> None:
    assert (acts(both).organisation, acts(both).environment) == (cast.clara.organisation, "production")


def test_for_another_one_with_the_role_there(cast: Cast, both: Client) -> None:
    answer = both.post(reverse("acting"), {"organisation": cast.paul.organisation.public_id})
    assert answer["Location"] == reverse("home")
    assert acts(both).organisation == cast.paul.organisation
    assert not acts(both).may_administer


def test_with_test_data_and_back(cast: Cast, both: Client) -> None:
    both.post(reverse("acting"), {"environment": "test"})
    assert acts(both).environment == "test"
    assert acts(both).organisation == cast.clara.organisation, "what is not given stays"
    assert "notice--test" in both.get(reverse("settings")).content.decode()
    both.post(reverse("acting"), {"environment": "production"})
    assert "notice--test" not in both.get(reverse("settings")).content.decode()


def test_never_for_an_organisation_one_does_not_belong_to(cast: Cast, both: Client) -> None:
    for told in (cast.olga.organisation.public_id, "org_nonsense", "\x00"):
        assert both.post(reverse("acting"), {"organisation": told}).status_code == 404
    assert acts(both).organisation == cast.clara.organisation


def test_an_unknown_environment_changes_nothing(cast: Cast, both: Client) -> None:
    both.post(reverse("acting"), {"environment": "staging"})
    assert acts(both).environment == "production"


def test_no_longer_for_an_organisation_one_has_left(cast: Cast, both: Client) -> None:
    both.post(reverse("acting"), {"organisation": cast.paul.organisation.public_id})
    Membership.objects.get(person=cast.clara.person, organisation=cast.paul.organisation).end(by=cast.paul)
    assert acts(both).organisation == cast.clara.organisation


@pytest.mark.parametrize(
    ("page", "lands"),
    [
        ("/settings/organisation/", "/settings/organisation/"),
        ("/cases/?state=open", "/cases/?state=open"),
        ("/cases/Q8XAXF3W/", "/"),  # the other organisation may not have it
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/nowhere/at/all/", "/"),
        ("", "/"),
    ],
)
def test_one_stays_on_the_page_if_it_is_there_for_both(cast: Cast, both: Client, page: str, lands: str) -> None:
    assert both.post(reverse("acting"), {"environment": "test", "next": page})["Location"] == lands


def test_someone_who_belongs_nowhere_is_told_what_to_do(cast: Cast, client: Client) -> None:
    lone = Person.objects.create_user("lone@nowhere.example", PASSWORD, name="Lone Wolf")
    client.force_login(lone)
    assert "invite lone@nowhere.example" in client.get(reverse("acting")).content.decode()
    cast.clara.organisation.invite("lone@nowhere.example", "member", by=cast.clara)
    assert "Nordlys Energi A/S invited you" in client.get(reverse("acting")).content.decode()


def test_someone_who_belongs_nowhere_still_has_a_profile(db: None, client: Client) -> None:
    client.force_login(Person.objects.create_user("lone@nowhere.example", PASSWORD, name="Lone Wolf"))
    for name in ("settings", "security", "acting"):
        assert client.get(reverse(name)).status_code == 200
    for name in ("organisation", "keys"):
        assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["settings", "security", "organisation", "keys", "acting"])
def test_nobody_comes_here_without_signing_in(db: None, client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


@pytest.mark.parametrize(("name", "queries"), [("settings", 1), ("security", 2), ("acting", 0)])
def test_what_the_pages_cost(cast: Cast, both: Client, name: str, queries: int, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(FRAME + queries):
        both.get(reverse(name))
