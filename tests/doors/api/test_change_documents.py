"""PATCH, PUT and DELETE /documents/{id}, kinds on upload, what is shut, and GET /cases/{reference}/documents.zip"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from tests.cast import Cast
from tests.doors.api.callers import BASE, PDF, Caller, errors, is_problem
from trialogue.cases.models import Case
from trialogue.conversations.models import Document


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


@pytest.fixture
def laid(cast: Cast, case: Case) -> Document:
    Document.add(case, [Document.receive(BytesIO(PDF), "a.pdf")], by=cast.clara)
    return Document.objects.get()


def stored() -> list[Path]:
    return [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]


def patch(caller: Caller, document: Document, told: Any) -> Any:
    where = f"{BASE}documents/{document.public_id}"
    return caller.client.patch(where, json.dumps(told), content_type="application/json")


def delete(caller: Caller, document: Document) -> Any:
    return caller.client.delete(f"{BASE}documents/{document.public_id}")


def put(caller: Caller, document: Document, *files: tuple[str, bytes], **about: str) -> Any:
    return caller.upload(f"documents/{document.public_id}", *files, method="put", **about)


def listed(caller: Caller, case: Case, **query: Any) -> list[dict[str, Any]]:
    return caller.get(f"cases/{case.reference}/documents", **query).json()["items"]  # type: ignore[no-any-return]


# --- kind and description ---------------------------------------------------------------------------------------------


def test_kind_and_description_come_with_the_upload(cast: Cast, clara: Caller, case: Case) -> None:
    about = {"kind": "DemandLetter", "description": "The second one"}
    clara.upload(f"cases/{case.reference}/documents", ("a.pdf", PDF), ("b.pdf", PDF), **about)
    assert [(one["kind"], one["description"]) for one in listed(clara, case)] == [tuple(about.values())] * 2


@pytest.mark.parametrize(("field", "value"), [("kind", "Nonsense"), ("description", "x" * 501), ("colour", "red")])
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(
    clara: Caller, case: Case, field: str, value: str
) -> None:
    response = clara.upload(f"cases/{case.reference}/documents", ("a.pdf", PDF), **{field: value})
    assert is_problem(response, 422, "invalid")
    assert set(errors(response)) == {field}
    assert stored() == []


def test_only_those_of_a_kind(cast: Cast, clara: Caller, case: Case, laid: Document) -> None:
    assert listed(clara, case, kind="DemandLetter") == []
    assert len(listed(clara, case, kind="CreditorDocuments")) == 1
    assert is_problem(clara.get(f"cases/{case.reference}/documents", kind="Nonsense"), 422, "invalid")


def test_both_are_changed_and_what_is_left_out_stays(clara: Caller, laid: Document) -> None:
    assert patch(clara, laid, {"description": "The first"}).json()["kind"] == "CreditorDocuments"
    told = patch(clara, laid, {"kind": "DemandLetter"}).json()
    assert (told["kind"], told["description"]) == ("DemandLetter", "The first")


def test_a_kind_that_is_none_is_refused(clara: Caller, laid: Document) -> None:
    assert is_problem(patch(clara, laid, {"kind": "Nonsense"}), 422, "invalid")


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_new_version_has_an_id_of_its_own_and_knows_the_first(clara: Caller, case: Case, laid: Document) -> None:
    response = put(clara, laid, ("b.pdf", PDF + b"2"))
    told = response.json()
    assert response.status_code == 201
    assert (told["name"], told["version"], told["first_version"], told["is_newest"]) == (
        "b.pdf", 2, laid.public_id, True,
    )  # fmt: skip
    assert [one["is_newest"] for one in listed(clara, case)] == [False, True]
    assert [one["id"] for one in listed(clara, case, newest="true")] == [told["id"]]
    assert b"".join(clara.get(f"documents/{laid.public_id}").streaming_content) == PDF  # type: ignore[attr-defined]


def test_one_file_and_nothing_else_is_a_version(clara: Caller, laid: Document) -> None:
    assert is_problem(put(clara, laid), 422, "invalid")
    assert is_problem(put(clara, laid, ("a.pdf", PDF), ("b.pdf", PDF)), 422, "invalid")
    assert is_problem(put(clara, laid, ("a.pdf", b"MZ\x90\x00")), 415, "unsupported-media-type")
    where = f"{BASE}documents/{laid.public_id}"
    assert is_problem(clara.client.put(where, "{}", content_type="application/json"), 415, "unsupported-media-type")
    broken = clara.client.put(where, b"--x\r\n", content_type="multipart/form-data; boundary=y")
    assert is_problem(broken, 422, "invalid") or is_problem(broken, 400, "malformed")
    assert (len(stored()), Document.objects.count()) == (1, 1)


def test_what_was_replaced_is_not_replaced_again(clara: Caller, laid: Document) -> None:
    put(clara, laid, ("b.pdf", PDF + b"2"))
    assert is_problem(put(clara, laid, ("c.pdf", PDF + b"3")), 403, "forbidden")
    assert len(stored()) == 2


# --- removed ----------------------------------------------------------------------------------------------------------


def test_removed_it_stays_as_a_row_without_an_address(clara: Caller, case: Case, laid: Document) -> None:
    told = delete(clara, laid).json()
    assert (told["url"], told["sha256"], told["name"]) == (None, laid.sha256, "a.pdf")
    assert told["removed_at"]
    assert listed(clara, case) == [told]
    assert listed(clara, case, newest="true") == []
    assert is_problem(clara.get(f"documents/{laid.public_id}"), 410, "gone")


def test_twice_is_once(clara: Caller, laid: Document) -> None:
    assert delete(clara, laid).json() == delete(clara, laid).json()


@pytest.mark.parametrize("who", ["paul", "olga"])
def test_another_side_changes_nothing(cast: Cast, laid: Document, who: str) -> None:
    caller = Caller(getattr(cast, who))
    for response in (
        patch(caller, laid, {"kind": "DemandLetter"}),
        put(caller, laid, ("b.pdf", PDF)),
        delete(caller, laid),
    ):
        assert is_problem(response, 403, "forbidden")
    assert len(stored()) == 1


@pytest.mark.parametrize("who", ["rita", "otto", "pia"])
def test_whoever_does_not_see_it_finds_nothing(cast: Cast, laid: Document, who: str) -> None:
    caller = Caller(getattr(cast, who))
    for response in (
        patch(caller, laid, {"kind": "DemandLetter"}),
        put(caller, laid, ("b.pdf", PDF)),
        delete(caller, laid),
    ):
        assert is_problem(response, 404, "not-found")


# --- shut -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["waiting", "found"])
def test_what_is_shut_is_named_and_not_opened(clara: Caller, case: Case, laid: Document, verdict: str) -> None:
    Document.objects.update(verdict=verdict)
    (told,) = listed(clara, case)
    assert (told["check"], told["url"]) == (verdict, None)
    assert is_problem(clara.get(f"documents/{laid.public_id}"), 409, "kept-shut")


# --- all in one -------------------------------------------------------------------------------------------------------


def test_all_in_one_zip(cast: Cast, clara: Caller, case: Case, laid: Document) -> None:
    case.conversation.post(by=cast.paul, body="", documents=[Document.receive(BytesIO(PDF), "a.pdf")])
    response: Any = clara.get(f"cases/{case.reference}/documents.zip")
    archive = zipfile.ZipFile(BytesIO(b"".join(response.streaming_content)))
    assert archive.namelist() == ["a.pdf", "a (2).pdf"]
    assert response["Content-Disposition"] == f'attachment; filename="{case.reference}.zip"'


def test_of_nothing_there_is_none(clara: Caller, case: Case) -> None:
    assert is_problem(clara.get(f"cases/{case.reference}/documents.zip"), 404, "not-found")
