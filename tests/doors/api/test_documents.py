"""GET and POST /cases/{reference}/documents"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from tests.cast import Cast
from tests.doors.api.callers import BASE, PDF, Caller, errors, is_problem, writing
from trialogue.cases.models import Case
from trialogue.conversations.models import Document


def path_of(case: Case) -> str:
    return f"cases/{case.reference}/documents"


def names(caller: Caller, case: Case) -> list[str]:
    return [document["name"] for document in caller.get(path_of(case)).json()["items"]]


def stored() -> list[Path]:
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]


def test_several_files_are_laid_into_a_case_at_once(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    response = clara.upload(path_of(case), ("invoice.pdf", PDF), ("note.txt", b"hello"))
    told = response.json()
    assert response.status_code == 201
    assert [(item["name"], item["mime"], item["size"]) for item in told["items"]] == [
        ("invoice.pdf", "application/pdf", len(PDF)), ("note.txt", "text/plain; charset=utf-8", 5),
    ]  # fmt: skip
    assert clara.get(path_of(case)).json() == {**told, "next": None}


def test_a_document_is_told_whole(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    (told,) = clara.upload(path_of(case), ("invoice.pdf", PDF)).json()["items"]
    document = Document.objects.get()
    assert told == {
        "id": document.public_id, "name": "invoice.pdf", "mime": "application/pdf", "size": len(PDF), "sha256": document.sha256,
        "kind": "OriginalInvoice", "description": "", "version": 1, "check": "none", "removed_at": None,
        "first_version": document.public_id, "is_newest": True, "message": None, "uploader": None, "organisation": {"id": cast.clara.organisation.public_id, "name": "Nordlys Energi A/S"},
        "at": told["at"], "url": f"http://127.0.0.1:8000/api/v1/documents/{document.public_id}",
    }  # fmt: skip


def test_a_document_of_a_message_names_it_and_its_uploader(cast: Cast, clara: Caller) -> None:
    talk = cast.conversation()
    message = talk.post(by=cast.paul, body="", documents=[Document.receive(BytesIO(PDF), "a.pdf")])
    (told,) = clara.get(path_of(talk.case)).json()["items"]
    assert told["message"] == message.public_id
    assert told["uploader"] == {"id": cast.paul.by, "name": "Paul Brandt"}


def test_a_file_of_26_mb_is_refused_by_name_and_nothing_is_kept(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    response = clara.upload(path_of(case), ("small.pdf", PDF), ("huge.pdf", PDF + b"\0" * 26 * 1024 * 1024))
    assert is_problem(response, 413, "too-large")
    assert "huge.pdf" in response.json()["detail"]
    assert set(errors(response)) == {"documents"}
    assert not Document.objects.exists()
    assert stored() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("evil.pdf", b"MZ\x90\x00 this program"), ("run.exe", b"MZ"), ("page.html", b"<script>"), ("noend", PDF)],
)
def test_an_executable_named_pdf_and_other_strange_kinds_are_refused(
    cast: Cast, clara: Caller, name: str, content: bytes
) -> None:
    response = clara.upload(path_of(cast.submitted()), (name, content))
    assert is_problem(response, 415, "unsupported-media-type")
    assert name in response.json()["detail"]
    assert stored() == []


def test_an_empty_file_is_refused(cast: Cast, clara: Caller) -> None:
    response = clara.upload(path_of(cast.submitted()), ("empty.pdf", b""))
    assert is_problem(response, 422, "invalid")
    assert "empty.pdf" in errors(response)["documents"]


def test_a_path_in_a_name_is_dropped(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    body = b'--x\r\nContent-Disposition: form-data; name="documents"; filename="../../etc/..\\..\\passwd.txt"\r\n\r\nhello\r\n--x--\r\n'
    response = clara.client.post(BASE + path_of(case), body, content_type="multipart/form-data; boundary=x")
    assert response.json()["items"][0]["name"] == "passwd.txt"


def test_what_is_more_than_twenty_large_files_is_refused_before_it_is_read(cast: Cast, clara: Caller) -> None:
    response = clara.client.post(
        BASE + path_of(cast.submitted()),
        b"--x--",
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": str(10**9)},
    )
    assert is_problem(response, 413, "too-large")


def test_a_file_stays_when_nobody_knows_whether_its_document_was_kept(
    cast: Cast, clara: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: Any, **__: Any) -> None:
        raise RuntimeError("the connection broke during the commit")

    monkeypatch.setattr(Document, "add", broken_off)
    clara.client.raise_request_exception = False
    assert is_problem(clara.upload(path_of(cast.submitted()), ("a.pdf", PDF)), 500, "internal")
    assert len(stored()) == 1


def test_no_file_at_all_is_refused(cast: Cast, clara: Caller) -> None:
    assert set(errors(clara.upload(path_of(cast.submitted())))) == {"documents"}


def test_a_file_under_another_name_is_refused_and_not_lost(cast: Cast, clara: Caller) -> None:
    assert set(errors(clara.upload(path_of(cast.submitted()), ("a.pdf", PDF), field="file"))) == {"file"}


def test_a_body_that_is_no_form_is_refused(cast: Cast, clara: Caller) -> None:
    response = clara.post(path_of(cast.submitted()), {"documents": ["a"]})
    assert is_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"]
)
def test_a_form_that_is_broken_is_refused(cast: Cast, clara: Caller, kind: str) -> None:
    response = clara.client.post(BASE + path_of(cast.submitted()), b"--x\r\nnonsense", content_type=kind)
    assert is_problem(response, 400, "malformed")


def test_more_than_twenty_files_are_refused(cast: Cast, clara: Caller) -> None:
    response = clara.upload(path_of(cast.submitted()), *((f"{n}.txt", b"x") for n in range(21)))
    assert is_problem(response, 413, "too-large")
    assert "20" in response.json()["detail"]


def test_only_the_two_sides_add_documents(cast: Cast, rita: Caller, olga: Caller, paul: Caller) -> None:
    case = cast.confirmed()
    for caller in (rita, olga):
        assert is_problem(caller.upload(path_of(case), ("a.pdf", PDF)), 403, "forbidden")
    assert stored() == []
    assert paul.upload(path_of(case), ("a.pdf", PDF)).status_code == 201


def test_someone_elses_case_has_no_documents(cast: Cast, clara: Caller, otto: Caller, pia: Caller) -> None:
    case = cast.confirmed()
    clara.upload(path_of(case), ("a.pdf", PDF))
    assert names(clara, case) == ["a.pdf"]
    for caller in (otto, pia):
        for response in (caller.get(path_of(case)), caller.upload(path_of(case), ("b.pdf", PDF))):
            assert is_problem(response, 404, "not-found")
    assert Document.objects.count() == 1


def test_a_referral_partner_sees_none(cast: Cast, clara: Caller, rita: Caller) -> None:
    case = cast.confirmed()
    clara.upload(path_of(case), ("a.pdf", PDF))
    assert names(rita, case) == []


def test_pages_follow_each_other(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    clara.upload(path_of(case), *((f"{n}.txt", b"x") for n in range(5)))
    first = clara.get(path_of(case), limit=3).json()
    rest = clara.get(path_of(case), after=first["next"]).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == [f"{n}.txt" for n in range(5)]


def test_listing_takes_three_queries_however_many(cast: Cast, clara: Caller, django_assert_num_queries: Any) -> None:
    talk = cast.conversation()
    for _ in range(4):
        talk.post(by=cast.paul, body="", documents=[Document.receive(BytesIO(PDF), "a.pdf")])
    with django_assert_num_queries(3):
        assert len(names(clara, talk.case)) == 4


def test_adding_takes_one_query_more_for_each_file(cast: Cast, clara: Caller, django_assert_num_queries: Any) -> None:
    case = cast.submitted()
    with django_assert_num_queries(writing(9)):
        clara.upload(path_of(case), ("a.txt", b"x"), ("b.txt", b"y"))
