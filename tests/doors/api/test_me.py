"""GET /me"""

from __future__ import annotations

from django.test import Client

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, is_problem


def test_a_key_is_told_its_organisation_environment_and_beginning(cast: Cast) -> None:
    caller = Caller(cast.paul, "test")
    home = cast.paul.organisation
    assert caller.get("me").json() == {
        "organisation": {
            "id": home.public_id, "name": "Kanzlei Brandt & Partner", "kind": "collection_partner", "country": "DE", "zone": "Europe/Berlin",
        },
        "environment": "test",
        "person": None,
        "key": {"id": caller.key.public_id, "name": "", "shown": caller.secret[:13]},
    }  # fmt: skip


def test_the_answer_does_not_hold_the_key(clara: Caller) -> None:
    assert clara.secret not in clara.get("me").content.decode()


def test_a_session_is_told_its_person(cast: Cast, client: Client) -> None:
    client.force_login(cast.clara.person)
    told = client.get(BASE + "me").json()
    assert told["key"] is None
    assert told["person"] == {
        "id": cast.clara.by, "name": "Clara Holm", "email": "clara@nordlys.example", "role": "admin",
    }  # fmt: skip


def test_it_takes_one_query(clara: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        clara.get("me")


def test_a_person_puts_the_first_steps_away_and_takes_them_up_again(cast: Cast, client: Client) -> None:
    client.force_login(cast.clara.person)
    told = client.get(BASE + "me/first-steps").json()
    assert told["left_at"] is None
    assert {one["step"]: one["done"] for one in told["items"]} == {
        "case": False, "answer": False, "notices": False, "sign_in": False, "colleague": True,
    }  # fmt: skip
    assert told["items"][0]["url"].endswith("/cases/new/")
    assert client.delete(BASE + "me/first-steps").json()["left_at"]
    assert client.put(BASE + "me/first-steps").json()["left_at"] is None


def test_a_key_has_no_first_steps(clara: Caller) -> None:
    assert is_problem(clara.get("me/first-steps"), 403, "forbidden")
