"""Many cases at once: a file of rows, its columns, its check, its cases, its report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import address, upload_shape
from trialogue.doors.web.uploads import sheet
from trialogue.uploads import reports
from trialogue.uploads.columns import missing
from trialogue.uploads.models import ARCHIVE_BYTES, TABLE_BYTES, Upload

router = Router(tags=["uploads"])
NEWEST_FIRST = Order(("id",), falling=True)
PARTS = {
    "file": {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "CSV or XLSX, up to 100,000 rows and 50 MB. The first row names the columns.",
    },
    "documents": {
        "type": "string",
        "contentMediaType": "application/zip",
        "description": "A ZIP, up to 10,000 files and 500 MB, each named after its row's reference or in its row.",
    },
    "columns": {"type": "string", "description": "JSON: for each field of a claim the heading in the file, or its number from 0."},
    "decimal": {"type": "string", "enum": [",", "."], "description": "How 1.234 is meant. Without it, as most amounts are written."},
}  # fmt: skip
FORM = {
    "required": True,
    "content": {"multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": PARTS}}},
}


def _csv(example: str) -> dict[str, Any]:
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    rows = {200: {"description": "The rows, as they are read.", "content": content}}
    return {"responses": described("not-found")["responses"] | rows}


@router.get(
    "/uploads", response=schemas.UploadPage, operation_id="list_uploads", summary="List uploads",
    openapi_extra=described("invalid", example=examples.UPLOAD_PAGE),
)  # fmt: skip
def list_uploads(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """The files of cases that your organisation has sent, the latest first."""
    items, further = NEWEST_FIRST.page(Upload.objects.visible_to(request.auth).shown(), after=after, limit=limit)
    return answer({"items": [upload_shape(upload) for upload in items], "next": further})


@router.post(
    "/uploads", response={201: schemas.Upload}, operation_id="send_upload", summary="Send a file of cases",
    openapi_extra=described(
        "forbidden", "too-large", "unsupported-media-type", "invalid", example=examples.UPLOAD, gives=201, body=FORM
    ),
)  # fmt: skip
def send_upload(request: Asked) -> HttpResponse:
    """Takes a file of rows, and a ZIP of documents if there is one. Nothing is created yet.

    When every needed column is known by its name, or `columns` says which it is, the rows are checked at once (`checking`,
    then `checked`). Otherwise the upload waits in `matching` for `POST /uploads/{id}/columns`.
    """
    parts = _parts(request)
    upload = Upload.receive(
        parts["file"], parts["file"].name or "", by=request.auth,
        archive=parts.get("documents"), archive_name=parts["documents"].name or "" if "documents" in parts else "",
    )  # fmt: skip
    told = request.POST.get("columns", "")
    try:
        matched = _places(upload, _read_columns(told)) if told else upload.columns
        if told or not list(missing(matched)):
            upload.match(matched, by=request.auth, decimal=_decimal(request.POST.get("decimal", "")))
    except (Problem, ValidationError):
        upload.withdraw(by=request.auth)
        raise
    return answer(upload_shape(_find(request, upload.public_id)), 201, Location=address(f"uploads/{upload.public_id}"))


@router.get(
    "/uploads/{id}", response=schemas.Upload, operation_id="get_upload", summary="Get an upload",
    openapi_extra=described("not-found", example=examples.UPLOAD),
)  # fmt: skip
def get_upload(request: Asked, id: str) -> HttpResponse:
    """How far it is. Ask again while it is `checking` or `creating`."""
    return answer(upload_shape(_find(request, id)))


@router.post(
    "/uploads/{id}/columns", response=schemas.Upload, operation_id="match_upload", summary="Say which column is which",
    openapi_extra=described(
        "move-refused", "not-found", "too-large", "unsupported-media-type", "invalid",
        given=examples.NEW_COLUMNS, example=examples.UPLOAD,
    ),
)  # fmt: skip
def match_upload(request: Asked, id: str, told: schemas.NewColumns) -> HttpResponse:
    """Has all rows checked, or checked anew. Possible until the cases are being created."""
    upload = _find(request, id)
    upload.match(_places(upload, told.columns), by=request.auth, decimal=_decimal(told.decimal or ""))
    return answer(upload_shape(upload))


@router.post(
    "/uploads/{id}/start", response=schemas.Upload, operation_id="start_upload", summary="Create the cases",
    openapi_extra=described("move-refused", "not-found", example={**examples.UPLOAD, "state": "creating"}),
)  # fmt: skip
def start_upload(request: Asked, id: str) -> HttpResponse:
    """Has a case made of each row without errors, once the upload is `checked`. A reference that has a case is left alone."""
    upload = _find(request, id)
    upload.start(by=request.auth)
    return answer(upload_shape(upload))


@router.post(
    "/uploads/{id}/withdraw", response=schemas.Upload, operation_id="withdraw_upload", summary="Withdraw an upload",
    openapi_extra=described("move-refused", "not-found", example={**examples.UPLOAD, "state": "withdrawn"}),
)  # fmt: skip
def withdraw_upload(request: Asked, id: str) -> HttpResponse:
    """Stops it and deletes the file. Cases that were made stay."""
    upload = _find(request, id)
    upload.withdraw(by=request.auth)
    return answer(upload_shape(upload))


@router.get(
    "/uploads/{id}/report", operation_id="report_upload", summary="What became of each row",
    openapi_extra=_csv("Row,Your reference,What happened,Case,Why\n2,INV-1001,Created,Q8XAXF3W,\n"),
)  # fmt: skip
def report_upload(request: Asked, id: str) -> StreamingHttpResponse:
    """As CSV: created, already there or left out, with the case's reference or the reason. Before `start`, the rows with errors."""
    upload = _find(request, id)
    return sheet(reports.report(upload), f"report-{upload.public_id}.csv")


@router.get(
    "/uploads/{id}/left-out", operation_id="left_out_of_upload", summary="The rows with errors",
    openapi_extra=_csv("InvoiceNumber,DebtorName,…,What is wrong\n"),
)  # fmt: skip
def left_out_of_upload(request: Asked, id: str) -> StreamingHttpResponse:
    """As they stood in the file, with what is wrong in a last column: correct them, and send them as a file of their own."""
    upload = _find(request, id)
    if not upload.has_file:
        raise Problem("not-found", _("The file of this upload is no longer kept."))
    return sheet(reports.left_out(upload), f"left-out-{upload.public_id}.csv")


def _find(request: Asked, id: str) -> Upload:
    return find(Upload.objects.visible_to(request.auth).shown().select_related("client", "person"), id)


def _parts(request: Asked) -> Mapping[str, Any]:
    if request.content_type != "multipart/form-data":
        raise Problem("unsupported-media-type", _("Send the file as multipart/form-data, as a part named “file”."))
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > TABLE_BYTES + ARCHIVE_BYTES:
        raise Problem("too-large", _("A file of cases may have 50 MB, a ZIP of documents 500 MB."))
    if strange := {*request.FILES, *request.POST} - PARTS.keys():
        said = _("There is no such field. There are: {fields}.").format(fields=", ".join(PARTS))
        raise Problem.at_fields((name, said) for name in sorted(strange))
    if "file" not in request.FILES:
        raise Problem.at_fields([("file", _("Send the file of cases as a part named “file”, with its name."))])
    return {name: file for name, file in request.FILES.items() if name in ("file", "documents")}


def _read_columns(told: str) -> Mapping[str, Any]:
    try:
        columns = json.loads(told)
    except ValueError:
        columns = None
    if not isinstance(columns, dict):
        raise Problem.at_fields([("columns", _('Send a JSON object, such as {"amount": "Betrag"}.'))])
    return columns


def _places(upload: Upload, told: Mapping[str, Any]) -> dict[str, int]:
    """Numbers of columns, for numbers and headings alike. Raises `Problem` for a heading that is not in the file."""
    known = {heading: place for place, heading in reversed(list(enumerate(upload.headings)))}
    strange = [value for value in told.values() if isinstance(value, str) and value not in known]
    if strange:
        raise Problem.at_fields(_unknown(strange, upload.headings))
    return {name: known[value] if isinstance(value, str) else value for name, value in told.items()}


def _unknown(strange: Iterable[str], headings: Iterable[str]) -> Iterable[tuple[str, str]]:
    said = _("The file has no column “{heading}”. It has: {headings}.")
    return (("columns", said.format(heading=heading, headings=", ".join(headings))) for heading in strange)


def _decimal(told: str) -> str:
    if told not in ("", ",", "."):
        raise Problem.at_fields([("decimal", _("Give one of: {values}.").format(values=", ."))])
    return told
