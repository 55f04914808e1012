"""/uploads: a program sends a file of cases, reads what is wrong, and has the cases made."""

from __future__ import annotations

import csv as readers
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.api.callers import PDF, Caller, errors, is_problem
from tests.uploads.files import checked, claim, created, csv, packed, work
from trialogue.cases.models import Case
from trialogue.conversations.models import Document
from trialogue.uploads.models import Upload

ODD = ["a", "b", "c", "d", "e"]
MATCHED = {"client_reference": "a", "debtor_name": "b", "debtor_country": 2, "amount": "d", "currency": "e"}


def send(caller: Caller, content: bytes, **more: Any) -> Any:
    return caller.upload("uploads", ("cases.csv", content), field="file", **more)


def rows(response: Any) -> list[list[str]]:
    told = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(readers.reader(told.splitlines(), delimiter=";" if ";" in told.splitlines()[0] else ","))


def test_from_the_file_to_the_cases(cast: Cast, clara: Caller) -> None:
    answer = send(clara, csv(claim(1), claim(2, amount="much")).getvalue())
    told = answer.json()
    assert (answer.status_code, told["state"], told["rows"]) == (201, "checking", 2)
    path = f"uploads/{told['id']}"
    assert answer.headers["Location"].endswith(path)
    upload = work(Upload.objects.get())
    told = clara.get(path).json()
    assert (told["state"], told["ready"], told["wrong"], told["created"]) == ("checked", 1, 1, 0)
    assert clara.post(f"{path}/start", {}).json()["state"] == "creating"
    work(upload)
    assert (clara.get(path).json()["state"], Case.objects.get().client_reference) == ("done", "INV-1")
    heads, *ends = rows(clara.get(f"{path}/report"))
    assert heads == ["Row", "Your reference", "What happened", "Case", "Why"]
    assert ends == [
        ["2", "INV-1", "Created", Case.objects.get().reference, ""],
        ["3", "INV-2", "Left out", "", "Amount: “much” is no amount. Write it as 12480.50 or 12.480,50."],
    ]


def test_columns_of_other_names_are_told_along_or_later(cast: Cast, clara: Caller) -> None:
    content = csv(claim(1), headings=ODD).getvalue()
    waits = send(clara, content).json()
    assert (waits["state"], waits["columns"]) == ("matching", {})
    assert (
        clara.post(f"uploads/{waits['id']}/columns", {"columns": MATCHED, "decimal": "."}).json()["state"] == "checking"
    )
    along = send(clara, content, columns=json.dumps(MATCHED)).json()
    assert (along["state"], along["columns"]["debtor_country"]) == ("checking", "c")


@pytest.mark.parametrize(
    ("columns", "says"),
    [({**MATCHED, "amount": "z"}, "no column “z”. It has: a, b, c, d, e"), ({"amount": "a"}, "Say which column holds: Your reference"),
     ([1], "Send a JSON object"), ({**MATCHED, "amount": 1.5}, "no such column")],
)  # fmt: skip
def test_columns_that_cannot_be_are_refused_and_nothing_is_kept(
    cast: Cast, clara: Caller, columns: Any, says: str
) -> None:
    response = send(clara, csv(headings=ODD).getvalue(), columns=json.dumps(columns))
    assert is_problem(response, 422, "invalid")
    assert says in errors(response)["columns"]
    assert not Upload.objects.exclude(state="withdrawn").exists()
    assert not [path for path in Path(default_storage.location).rglob("*") if path.is_file()]  # type: ignore[attr-defined]


def test_documents_come_along(cast: Cast, clara: Caller) -> None:
    content, archive = csv(claim(1)).getvalue(), packed(("INV-1.pdf", PDF)).getvalue()
    from django.core.files.uploadedfile import SimpleUploadedFile

    told = send(clara, content, documents=SimpleUploadedFile("papers.zip", archive)).json()
    assert told["documents"] == {"name": "papers.zip", "files": 1, "strays": []}
    upload = work(Upload.objects.get())
    clara.post(f"uploads/{told['id']}/start", {})
    work(upload)
    assert Document.objects.get().case.client_reference == "INV-1"


def test_the_same_file_again_says_so_and_makes_nothing_twice(cast: Cast, clara: Caller) -> None:
    first = created(csv(claim(1)), by=cast.clara)
    told = send(clara, csv(claim(1)).getvalue()).json()
    work(Upload.objects.get(public_id=told["id"]))
    told = clara.get(f"uploads/{told['id']}").json()
    assert (told["same_as"], told["known"], told["ready"]) == (first.public_id, 1, 0)
    assert is_problem(clara.post(f"uploads/{told['id']}/start", {}), 409, "move-refused")


def test_rows_left_out_are_corrected_and_sent_again(cast: Cast, clara: Caller) -> None:
    upload = created(csv(claim(1), claim(2, amount="much", name="=Debtor")), by=cast.clara)
    heads, row = rows(clara.get(f"uploads/{upload.public_id}/left-out"))
    assert heads[-1] == "What is wrong"
    assert row[:4] == ["INV-2", "'=Debtor", "DE", "much"]
    again = created(csv([*row[:3], "7.50", *row[4:5]]), by=cast.clara)
    assert (again.created, Case.objects.get(client_reference="INV-2").debtor_name) == (1, "=Debtor")


@pytest.mark.parametrize("name", ["paul", "rita", "olga"])
def test_only_a_client_sends_files(cast: Cast, name: str) -> None:
    assert is_problem(send(Caller(getattr(cast, name)), csv().getvalue()), 403, "forbidden")


def test_what_is_no_form_or_has_no_file_is_refused(cast: Cast, clara: Caller) -> None:
    assert is_problem(clara.post("uploads", {}), 415, "unsupported-media-type")
    assert set(errors(clara.upload("uploads", ("a.csv", b"a"), field="table"))) == {"table"}
    assert set(errors(clara.upload("uploads", field="documents"))) == {"file"}
    assert "Row 2, column B" in errors(send(clara, b"a;b\n1;" + b"x" * 200_000))["file"]
    assert set(errors(send(clara, csv().getvalue(), decimal="!"))) == {"decimal"}


def test_nobody_else_finds_it(cast: Cast, clara: Caller, otto: Caller, paul: Caller, olga: Caller) -> None:
    path = f"uploads/{checked(csv(), by=cast.clara).public_id}"
    assert clara.get(path).status_code == 200
    for caller in (otto, paul, olga, Caller(cast.clara, "test")):
        assert caller.get(path).status_code == 404
        assert caller.get("uploads").json()["items"] == []


def test_a_withdrawn_one_has_no_rows_to_correct_any_more(cast: Cast, clara: Caller) -> None:
    path = f"uploads/{checked(csv(claim(amount='much')), by=cast.clara).public_id}"
    assert clara.post(f"{path}/withdraw", {}).json()["state"] == "withdrawn"
    assert is_problem(clara.get(f"{path}/left-out"), 404, "not-found")
    assert is_problem(clara.post(f"{path}/start", {}), 409, "move-refused")


def test_a_longer_list_asks_no_more(cast: Cast, clara: Caller) -> None:
    costs = []
    for size in (2, 6):
        for _each in range(size):
            Upload.receive(csv(), "cases.csv", by=cast.clara)
        clara.get("uploads")
        with CaptureQueriesContext(connection) as asked:
            assert len(clara.get("uploads").json()["items"]) >= size
        costs.append(len(asked))
    assert costs[0] == costs[1] == 2
