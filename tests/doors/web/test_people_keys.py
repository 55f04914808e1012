"""API keys on the page: made, shown this once, revoked; by admins alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.doors.web.test_people_settings import FRAME, inside
from trialogue.people.models import ApiKey


def make(client: Client, environment: str = "test", name: str = "Bookkeeping") -> Any:
    return client.post(reverse("keys"), {"environment": environment, "name": name})


def shown(answer: Any) -> str:
    found = re.search(r"<code[^>]*>(tri_\S+)</code>", answer.content.decode())
    assert found
    return found[1]


def test_a_new_key_is_shown_once_and_works(cast: Cast) -> None:
    client = inside(cast.clara)
    answer = make(client)
    secret = shown(answer)
    key = ApiKey.objects.by_secret(secret)
    assert key
    assert (key.organisation, key.environment, key.name) == (cast.clara.organisation, "test", "Bookkeeping")
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get(reverse("keys")).content.decode()
    assert secret not in str(dict(client.session)), "kept nowhere"


def test_the_list_tells_keys_apart_by_their_beginning(cast: Cast) -> None:
    client = inside(cast.clara)
    secret = shown(make(client, "production"))
    page = client.get(reverse("keys")).content.decode()
    beginning = ApiKey.objects.get().shown
    assert secret.startswith(beginning)
    assert len(beginning.split("_", 2)[2]) >= 4, "some of it is its own"  # which may hold a “_” as well
    assert f"{beginning}…" in page


@pytest.mark.parametrize(("environment", "name", "field"), [("live", "x", "environment"), ("test", "", "name")])
def test_a_wrong_one_is_told_at_its_field(cast: Cast, environment: str, name: str, field: str) -> None:
    answer = make(inside(cast.clara), environment, name)
    assert list(answer.context["form"].errors) == [field]
    assert not ApiKey.objects.exists()


def test_revoking_is_asked_first(cast: Cast) -> None:
    client = inside(cast.clara)
    secret = shown(make(client))
    page = reverse("key-revoke", args=[ApiKey.objects.get().public_id])
    assert "Revoke “Bookkeeping”?" in client.get(page).content.decode()
    assert ApiKey.objects.by_secret(secret), "asked only"
    client.post(page)
    assert ApiKey.objects.by_secret(secret) is None
    assert "Revoked" in client.get(reverse("keys")).content.decode()
    assert client.post(page).status_code == 404, "once"


def test_a_member_is_told_whom_to_ask(cast: Cast) -> None:
    client = inside(cast.carl)
    for answer in (client.get(reverse("keys")), make(client)):
        assert answer.status_code == 403
        assert "clara@nordlys.example" in answer.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("who", ["carl", "otto", "paul", "olga"])
def test_nobody_else_revokes_it_or_sees_it(cast: Cast, who: str) -> None:
    key, _secret = cast.clara.organisation.issue_key("test", name="Ours alone", by=cast.clara)
    client = inside(getattr(cast, who))
    page = reverse("key-revoke", args=[key.public_id])
    assert client.post(page).status_code == client.get(page).status_code == (403 if who == "carl" else 404)
    assert "Ours alone" not in client.get(reverse("keys")).content.decode()
    assert ApiKey.objects.get().revoked_at is None


@pytest.mark.parametrize("many", [1, 10])
def test_the_page_costs_as_much_with_many_keys(cast: Cast, many: int, django_assert_num_queries: Any) -> None:
    for n in range(many):
        cast.clara.organisation.issue_key("test", name=str(n), by=cast.clara)
    client = inside(cast.clara)
    with django_assert_num_queries(FRAME + 1):
        client.get(reverse("keys"))
