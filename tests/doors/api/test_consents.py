"""Consents by API, and that a program of the referral partner is refused the moment one is withdrawn."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from tests.doors.api.callers import Caller
from trialogue.cases.models import Case
from trialogue.conversations.models import Consent


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


def test_given_used_and_withdrawn(cast: Cast, case: Case, clara: Caller, rita: Caller) -> None:
    where = f"cases/{case.reference}/messages"
    assert rita.post(where, {"body": "Too early"}).json()["type"].endswith("forbidden")
    given = clara.post("consents", {"case": case.reference})
    assert given.status_code == 201
    told = given.json()
    assert (told["case"], told["referrer"]["name"], told["withdrawn_at"]) == (case.reference, "Fintegra", None)
    assert rita.get("consents").json()["items"] == clara.get("consents").json()["items"] == [told]
    said = rita.post(where, {"body": "Along", "author_email": "rita@fintegra.example"})
    assert (said.status_code, said.json()["organisation"]["name"]) == (201, "Fintegra")
    ended = clara.post(f"consents/{told['id']}/withdraw", {}).json()
    assert ended["withdrawn_at"] is not None
    assert rita.post(where, {"body": "Too late"}).status_code == 403
    assert [m["body"] for m in rita.get(where).json()["items"]] == ["Along"]


def test_for_all_cases_no_key_says_so(case: Case, clara: Caller) -> None:
    assert clara.post("consents", {}).status_code == 403


def test_a_case_that_one_does_not_see_is_not_found(case: Case, otto: Caller) -> None:
    answer = otto.post("consents", {"case": case.reference})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "case")


def test_an_empty_reference_is_not_taken_for_all_cases(cast: Cast, case: Case) -> None:
    client = Client()
    assert cast.clara.person
    client.force_login(cast.clara.person)
    for told in ({"case": ""}, {"case": "nowhere"}):
        assert client.post("/api/v1/consents", told, content_type="application/json").status_code == 422
    assert not Consent.objects.exists()
    assert client.post("/api/v1/consents", {}, content_type="application/json").json()["case"] is None
