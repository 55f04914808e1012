"""GET /documents/{id}"""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client

from tests.cast import Cast
from tests.doors.api.callers import BASE, PDF, Caller, is_problem
from trialogue.conversations.models import Document


@pytest.fixture
def document(cast: Cast) -> Document:
    received = Document.receive(BytesIO(PDF), "Rechnung – März.pdf")
    cast.conversation().post(by=cast.clara, body="", documents=[received])
    return received


def test_it_comes_as_a_download_that_nothing_runs(document: Document, paul: Caller) -> None:
    response = paul.get(f"documents/{document.public_id}")
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Length"] == str(len(PDF))
    assert (
        response.headers["Content-Disposition"] == "attachment; filename*=utf-8''Rechnung%20%E2%80%93%20M%C3%A4rz.pdf"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Cache-Control"] == "no-store"


def test_its_address_is_the_one_in_its_shape(document: Document, paul: Caller) -> None:
    (told,) = paul.get(f"cases/{document.case.reference}/documents").json()["items"]
    path = told["url"].removeprefix("http://127.0.0.1:8000")
    response = paul.client.get(path)
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]


def test_someone_elses_document_looks_like_none_at_all(document: Document, otto: Caller, pia: Caller) -> None:
    for caller in (otto, pia):
        response = caller.get(f"documents/{document.public_id}")
        assert is_problem(response, 404, "not-found")
        assert response.content == caller.get("documents/doc_0000000000000000").content


def test_a_referral_partner_gets_what_came_along_with_words_and_not_what_lies_beside(
    cast: Cast, document: Document, rita: Caller
) -> None:
    response = rita.get(f"documents/{document.public_id}")
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
    beside = Document.receive(BytesIO(PDF), "beside.pdf")
    Document.add(document.case, [beside], by=cast.clara)
    assert is_problem(rita.get(f"documents/{beside.public_id}"), 404, "not-found")


@pytest.mark.parametrize("public_id", ["x", "doc_%00000000000000000", "DOC_0000000000000000", "1", "..%2F..%2Fetc"])
def test_what_is_no_id_is_not_found(clara: Caller, public_id: str) -> None:
    assert is_problem(clara.get(f"documents/{public_id}"), 404, "not-found")


def test_without_a_key_it_is_not_told(document: Document) -> None:
    assert is_problem(Client().get(f"{BASE}documents/{document.public_id}"), 401, "unauthorized")


def test_it_takes_two_queries(document: Document, paul: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):
        b"".join(paul.get(f"documents/{document.public_id}").streaming_content)  # type: ignore[attr-defined]
