"""The documents of a case."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.conversations.models import Document
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import document_shape
from trialogue.people.models import Refused

router = Router(tags=["documents"])
AS_THEY_CAME = Order(("id",))
FIELD = "documents"
MOST_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES
MOST_BYTES = MOST_FILES * settings.DOCUMENT_MAX_BYTES
FILES = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {
                    FIELD: {
                        "type": "array",
                        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "minItems": 1,
                        "maxItems": MOST_FILES,
                        "description": "Repeat the part for each file.",
                    }
                },
            }
        }
    },
}
DOWNLOAD = {
    200: {
        "description": "The file.",
        "headers": {
            "Content-Disposition": {"schema": {"type": "string"}, "description": "attachment, with the file's name"}
        },
        "content": {"application/octet-stream": {}},
    }
}


@router.get(
    "/cases/{reference}/documents", response=schemas.DocumentPage, operation_id="list_documents", summary="List documents",
    openapi_extra=described("not-found", "invalid", example=examples.DOCUMENT_PAGE),
)  # fmt: skip
def list_documents(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """The documents of the case that your organisation may see, in the order they came, also those sent with messages."""
    case = find_case(request.auth, reference)
    documents = Document.objects.visible_to(request.auth).filter(case=case)
    documents = documents.select_related("message", "uploader", "organisation")
    items, further = AS_THEY_CAME.page(documents, after=after, limit=limit)
    return answer({"items": [document_shape(document) for document in items], "next": further})


@router.post(
    "/cases/{reference}/documents", response={201: schemas.Documents}, operation_id="add_documents", summary="Add documents",
    openapi_extra=described(
        "forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", example=examples.DOCUMENTS, gives=201, body=FILES
    ),
)  # fmt: skip
def add_documents(request: Asked, reference: str) -> HttpResponse:
    """Lays files into the case: up to 20 at once, up to 25 MB each; all of them, or, if one is refused, none.

    pdf, doc, docx, xls, xlsx, jpg, jpeg, png, gif, txt, csv, eml, zip: judged by content, not by name.
    """
    case = find_case(request.auth, reference)
    received: list[Document] = []
    try:
        for file in _files(request):
            received.append(_receive(file))
        Document.add(case, received, by=request.auth)
    except (Problem, ValidationError, Refused):  # not a commit that may or may not have come through
        for document in received:
            document.discard()
        raise
    return answer({"items": [document_shape(document) for document in received]}, 201)


def _files(request: Asked) -> list[UploadedFile[Any]]:
    if request.content_type != "multipart/form-data":
        raise Problem(
            "unsupported-media-type", _("Send files as multipart/form-data, each as a part named “documents”.")
        )
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Problem("too-large", _("This is more than {count} files of 25 MB.").format(count=MOST_FILES))
    strange = {*request.FILES, *request.POST} - {FIELD}
    if strange:
        said = _("There is no such field. Send each file as a part named “documents”.")
        raise Problem.at_fields((name, said) for name in sorted(strange))
    files = request.FILES.getlist(FIELD)
    if not files:
        raise Problem.at_fields([(FIELD, _("Send at least one file, with its name."))])
    return files


def _receive(file: UploadedFile[Any]) -> Document:
    try:
        return Document.receive(file, file.name or "")
    except ValidationError as why:
        kind = "too-large" if (file.size or 0) > settings.DOCUMENT_MAX_BYTES else "unsupported-media-type"
        raise Problem.at_fields(((FIELD, said) for said in why.messages), kind if file.size else "invalid") from why


@router.get(
    "/documents/{id}", operation_id="download_document", summary="Download a document",
    openapi_extra={"responses": described("not-found")["responses"] | DOWNLOAD},
)  # fmt: skip
def download_document(request: Asked, id: str) -> FileResponse:
    """The file itself, always as a download."""
    found = find(Document.objects.visible_to(request.auth), id)
    response = FileResponse(found.open(), as_attachment=True, filename=found.name, content_type=found.mime)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
