"""POST /cases/{reference}/messages"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.cast import Cast, gather
from tests.doors.api.callers import BASE, Caller, errors, is_problem
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.people.models import Role


def say(caller: Caller, case: Case, body: Any = "Any news?", key: str | None = None, **told: Any) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else None
    return caller.post(f"cases/{case.reference}/messages", {"body": body, **told}, headers)


def test_a_message_of_the_organisation_has_no_author(cast: Cast, clara: Caller) -> None:
    case = cast.confirmed()
    response = say(clara, case, "  Any *news*?\r\n")
    told = response.json()
    assert response.status_code == 201
    assert (told["body"], told["author"], told["organisation"]["name"], told["via"]) == (
        "Any *news*?",
        None,
        "Nordlys Energi A/S",
        "api",
    )
    assert told["documents"] == []
    assert Message.objects.get().public_id == told["id"]


def test_a_member_may_be_named_as_author(cast: Cast, clara: Caller) -> None:
    told = say(clara, cast.confirmed(), author_email=" Carl@nordlys.example ").json()
    assert told["author"] == {"id": cast.carl.by, "name": "Carl Dahl"}


@pytest.mark.parametrize("who", ["stranger", "other side", "left", "asleep", "empty"])
def test_an_author_who_is_no_active_member_is_refused(cast: Cast, clara: Caller, who: str) -> None:
    case = cast.confirmed()
    email = {"stranger": "x@y.example", "other side": cast.paul.person.email, "empty": ""}.get(
        who, cast.carl.person.email
    )
    if who == "left":
        cast.carl.person.memberships.get().end(by=cast.clara)
    if who == "asleep":
        cast.carl.person.is_active = False
        cast.carl.person.save()
    response = say(clara, case, author_email=email)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"author_email"}
    assert not Message.objects.exists()


def test_someone_signed_in_speaks_as_themselves_and_for_no_one_else(cast: Cast, client: Client) -> None:
    case = cast.confirmed()
    client.force_login(cast.clara.person)

    def post(**told: str) -> Any:
        return client.post(
            BASE + f"cases/{case.reference}/messages", {"body": "Hello", **told}, content_type="application/json"
        )

    assert post().json()["author"]["name"] == "Clara Holm"
    assert post(author_email="clara@nordlys.example").status_code == 201
    assert set(errors(post(author_email="carl@nordlys.example"))) == {"author_email"}


def test_the_other_side_owes_an_answer_from_now_on(cast: Cast, clara: Caller) -> None:
    say(clara, cast.confirmed())
    assert Clock.objects.open().get().owner == cast.paul.organisation


def test_nothing_is_owed_when_no_answer_is_expected(cast: Cast, clara: Caller) -> None:
    assert say(clara, cast.confirmed(), "Thanks, bye", expects_answer=False).json()["expects_answer"] is False
    assert not Clock.objects.open().exists()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"body": ""}, "body"), ({"body": " \n "}, "body"), ({"body": "x" * 10_001}, "body"), ({}, "body"), ({"body": None}, "body"),
        ({"body": 5}, "body"), ({"body": "a\x00b"}, "body"), ({"body": "\ud800"}, "body"), ({"body": "x", "expects_answer": "no"}, "expects_answer"),
        ({"body": "x", "html": "<b>"}, "html"), ({"body": "x", "author_email": 5}, "author_email"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_is_named_and_nothing_is_said(
    cast: Cast, clara: Caller, told: dict[str, Any], field: str
) -> None:
    response = clara.post(f"cases/{cast.confirmed().reference}/messages", told)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {field}
    assert not Message.objects.exists()


def test_ten_thousand_characters_are_not_too_many(cast: Cast, clara: Caller) -> None:
    assert say(clara, cast.confirmed(), "🙂" * 10_000).status_code == 201


def test_before_release_there_is_nowhere_to_say_it(cast: Cast, clara: Caller) -> None:
    response = say(clara, cast.submitted())
    assert is_problem(response, 409, "not-open")
    assert "released" in response.json()["detail"]


def test_the_operator_oversees_and_is_told_that_it_does_not_write(cast: Cast, olga: Caller) -> None:
    response = say(olga, cast.confirmed())
    assert is_problem(response, 403, "forbidden")
    assert not Message.objects.exists()


def test_a_referral_partner_is_told_whose_leave_it_needs(cast: Cast, rita: Caller) -> None:
    answer = say(rita, cast.confirmed("INV-1"))
    assert (answer.status_code, "ask the client to allow it" in answer.json()["detail"]) == (403, True)
    assert say(rita, cast.submitted("INV-2")).status_code == 409


def test_a_reference_may_be_typed_small(cast: Cast, clara: Caller) -> None:
    assert clara.post(f"cases/{cast.confirmed().reference.lower()}/messages", {"body": "Hello"}).status_code == 201


@pytest.mark.parametrize("reference", ["x", "%00%00%00%00%00%00%00%00", "Ö" * 8, "A" * 300])
def test_what_is_no_reference_is_not_found(clara: Caller, reference: str) -> None:
    assert is_problem(clara.post(f"cases/{reference}/messages", {"body": "Hello"}), 404, "not-found")


def test_someone_elses_case_looks_like_none_at_all(cast: Cast, otto: Caller, pia: Caller) -> None:
    case = cast.confirmed()
    for caller in (otto, pia):
        response = say(caller, case)
        assert is_problem(response, 404, "not-found")
        assert response.content == say(caller, Case(reference="AAAAAAAA")).content


# --- Idempotency-Key --------------------------------------------------------------------------------------------------


def test_a_repeat_is_answered_as_the_first_time_and_says_so(cast: Cast, clara: Caller) -> None:
    case = cast.confirmed()
    first, again = say(clara, case, key="k-1"), say(clara, case, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"body": "Other words"}, {"expects_answer": False}, {"author_email": "carl@nordlys.example"}]
)
def test_the_same_key_with_another_body_is_refused(cast: Cast, clara: Caller, other: dict[str, Any]) -> None:
    case = cast.confirmed()
    say(clara, case, key="k-1")
    response = say(clara, case, key="k-1", **other)
    assert is_problem(response, 422, "key-reused")
    assert set(errors(response)) == {"Idempotency-Key"}
    assert Message.objects.count() == 1


def test_the_same_key_in_another_case_is_refused(cast: Cast, clara: Caller) -> None:
    say(clara, cast.confirmed("INV-1"), key="k-1")
    assert is_problem(say(clara, cast.confirmed("INV-2"), key="k-1"), 422, "key-reused")


def test_keys_of_two_organisations_never_meet(cast: Cast, clara: Caller, paul: Caller) -> None:
    case = cast.confirmed()
    assert [say(caller, case, key="k-1").status_code for caller in (clara, paul)] == [201, 201]
    assert Message.objects.count() == 2


def test_a_key_outlives_the_api_key_that_used_it(cast: Cast, clara: Caller) -> None:
    case = cast.confirmed()
    say(clara, case, key="k-1")
    assert say(Caller(cast.clara), case, key="k-1").headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\tb"])
def test_a_key_is_printable_ascii_up_to_255(cast: Cast, clara: Caller, key: str) -> None:
    response = say(clara, cast.confirmed(), key=key)
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {"Idempotency-Key"}


def test_a_key_of_255_characters_is_taken(cast: Cast, clara: Caller) -> None:
    assert say(clara, cast.confirmed(), key="~ " + "x" * 253).status_code == 201


def test_a_member_without_admin_rights_may_be_author_too(cast: Cast, clara: Caller) -> None:
    assert cast.carl.role == Role.MEMBER
    assert say(clara, cast.confirmed(), author_email=cast.carl.person.email).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_its_queries_do_not_grow(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    cast = gather()
    clara, case = Caller(cast.clara), cast.confirmed()
    for number in range(3):
        say(clara, case, str(number))
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 11):
        assert say(clara, case).status_code == 201
