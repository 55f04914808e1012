"""The documents of a case, and files as they come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.conversations.documents import LONGEST_DESCRIPTION, DocumentKind
from trialogue.conversations.models import Document, KeyReused, Reading
from trialogue.conversations.parcel import packed
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import document_shape
from trialogue.people.models import Actor, Refused

router = Router(tags=["documents"])
AS_THEY_CAME = Order(("id",))
FIELD, ABOUT = "documents", ("kind", "description")
MOST_FILES = settings.DATA_UPLOAD_MAX_NUMBER_FILES
MOST_BYTES = MOST_FILES * settings.DOCUMENT_MAX_BYTES
Kind = Annotated[schemas.DocumentKindName | None, Query(None, description="Only documents of this kind.")]
Newest = Annotated[bool, Query(False, description="true leaves out versions that were replaced, and what was removed.")]


_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_FILES = {
    "type": "array",
    "items": _FILE,
    "minItems": 1,
    "maxItems": MOST_FILES,
    "description": "Repeat the part for each file.",
}


def multipart(files: Mapping[str, Any] = _FILES, /, **besides: Mapping[str, Any]) -> dict[str, Any]:
    """How the OpenAPI document says that files are sent, and what may come `besides`."""
    schema = {"type": "object", "required": [FIELD], "properties": {FIELD: files, **besides}}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


_ABOUT: dict[str, Any] = {
    "kind": {"type": "string", "enum": DocumentKind.values, "description": "Of all of them. Left out: the usual one of your side."},
    "description": {"type": "string", "maxLength": LONGEST_DESCRIPTION, "description": "Of all of them."},
}  # fmt: skip
FILES, ONE_FILE = multipart(**_ABOUT), multipart(_FILE, **_ABOUT)


def _bytes(media: str, told: str, name: str) -> dict[int, Any]:
    headers = {"Content-Disposition": {"schema": {"type": "string"}, "description": f"attachment, with {name}"}}
    return {200: {"description": told, "headers": headers, "content": {media: {}}}}


DOWNLOAD = _bytes("application/octet-stream", "The file.", "the file's name")
ARCHIVE = _bytes("application/zip", "The files.", "a name for the ZIP")


@router.get(
    "/cases/{reference}/documents", response=schemas.DocumentPage, operation_id="list_documents", summary="List documents",
    openapi_extra=described("not-found", "invalid", example=examples.DOCUMENT_PAGE),
)  # fmt: skip
def list_documents(
    request: Asked, reference: str, limit: Limit, after: After, kind: Kind, newest: Newest
) -> HttpResponse:
    """The documents of the case that your organisation may see, in the order they came, also those sent with messages.

    Each version of a document is a row of its own, and so is one that was removed.
    """
    case = find_case(request.auth, reference)
    documents = Document.objects.visible_to(request.auth).filter(case=case)
    if kind:
        documents = documents.filter(kind=kind)
    if newest:
        documents = documents.current().filter(removed_at=None)
    documents = documents.select_related("message", "uploader", "organisation", "first")
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
    with received(request) as documents:
        Document.add(case, documents, by=request.auth)
    return answer({"items": [document_shape(document) for document in documents]}, 201)


@router.get(
    "/cases/{reference}/documents.zip", operation_id="download_documents", summary="Download all documents",
    openapi_extra={"responses": described("not-found")["responses"] | ARCHIVE},
)  # fmt: skip
def download_documents(request: Asked, reference: str) -> StreamingHttpResponse:
    """The newest version of each document that your organisation may see and open, in one ZIP."""
    case = find_case(request.auth, reference)
    here = Document.objects.visible_to(request.auth).filter(case=case)
    if not here.current().openable().exists():
        raise Http404
    Reading.note(case, by=request.auth)
    response = StreamingHttpResponse(packed(here), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{case.reference}.zip"'
    return response


@router.get(
    "/documents/{id}", operation_id="download_document", summary="Download a document",
    openapi_extra={"responses": described("not-found", "kept-shut", "gone")["responses"] | DOWNLOAD},
)  # fmt: skip
def download_document(request: Asked, id: str) -> FileResponse:
    """The file itself, always as a download."""
    found = find(Document.objects.visible_to(request.auth), id)
    response = FileResponse(found.open(), as_attachment=True, filename=found.name, content_type=found.mime)
    Reading.note(found, by=request.auth)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@router.patch(
    "/documents/{id}", response=schemas.Document, operation_id="describe_document", summary="Say what a document is",
    openapi_extra=described("forbidden", "not-found", "invalid", given=examples.DOCUMENT_CHANGE, example=examples.DOCUMENT),
)  # fmt: skip
def describe_document(request: Asked, id: str, told: schemas.DocumentChange) -> HttpResponse:
    """Changes kind or description of a document that your side added."""
    found = _find_whole(request.auth, id)
    kind = found.kind if told.kind is None else told.kind
    description = found.description if told.description is None else told.description
    found.describe(by=request.auth, kind=kind, description=description)
    return answer(document_shape(found))


@router.put(
    "/documents/{id}", response={201: schemas.Document}, operation_id="replace_document", summary="Add a new version",
    openapi_extra=described(
        "forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", example=examples.NEW_VERSION, gives=201, body=ONE_FILE
    ),
)  # fmt: skip
def replace_document(request: Asked, id: str) -> HttpResponse:
    """A new version, with an id of its own, takes the place of one that your side added. The old one stays."""
    found = _find_whole(request.auth, id)
    with received(request, most=1) as documents:
        found.replace(documents[0], by=request.auth)
    return answer(document_shape(_find_whole(request.auth, documents[0].public_id)), 201)


@router.delete(
    "/documents/{id}", response=schemas.Document, operation_id="remove_document", summary="Remove a document",
    openapi_extra=described("forbidden", "not-found", example={**examples.DOCUMENT, "removed_at": "2026-03-11T09:00:00Z", "url": None}),
)  # fmt: skip
def remove_document(request: Asked, id: str) -> HttpResponse:
    """Deletes a document that your side added, in all its versions. That it was there stays visible, with its checksum."""
    found = _find_whole(request.auth, id)
    if not found.removed_at:
        found.remove(by=request.auth)
    return answer(document_shape(found))


def _find_whole(actor: Actor, id: str) -> Document:
    rows = Document.objects.visible_to(actor)
    return find(rows.select_related("case", "conversation", "message", "uploader", "organisation", "first"), id)


# --- what comes in ----------------------------------------------------------------------------------------------------

Files: TypeAlias = "MultiValueDict[str, UploadedFile[Any]]"


@contextmanager
def received(request: Asked, *, most: int = MOST_FILES, besides: Sequence[str] = ABOUT) -> Iterator[list[Document]]:
    """The files as documents; what is refused, or comes into nothing because it is there already, is not kept."""
    _must_be_multipart(request)
    given, files = _parsed(request)
    documents: list[Document] = []
    try:
        for file in _files(given, files, most, besides):
            documents.append(_receive(file, {name: given.get(name, "") for name in ABOUT if name in besides}))
        yield documents
    except (Problem, ValidationError, Refused, KeyReused):  # not a commit that may or may not have come through
        _discard(documents)
        raise
    _discard([document for document in documents if document.pk is None])


def _discard(documents: Sequence[Document]) -> None:
    for document in documents:
        document.discard()


def _parsed(request: Asked) -> tuple[Mapping[str, str], Files]:
    """Django reads forms of a POST alone, and a PUT carries one as well."""
    if request.method == "POST":
        return request.POST, request.FILES
    return request.parse_file_upload(request.META, request)


def _must_be_multipart(request: Asked) -> None:
    if request.content_type != "multipart/form-data":
        raise Problem(
            "unsupported-media-type", _("Send files as multipart/form-data, each as a part named “documents”.")
        )
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Problem("too-large", _("This is more than {count} files of 25 MB.").format(count=MOST_FILES))


def _files(given: Mapping[str, str], files: Files, most: int, besides: Sequence[str]) -> list[UploadedFile[Any]]:
    strange = {*files} - {FIELD} | {*given} - {*besides}
    if strange:
        said = _("There is no such field. Send each file as a part named “documents”.")
        raise Problem.at_fields((name, said) for name in sorted(strange))
    found = files.getlist(FIELD)
    if not found:
        raise Problem.at_fields([(FIELD, _("Send at least one file, with its name."))])
    if len(found) > most:
        raise Problem.at_fields([(FIELD, _("Send one file: the new version."))])
    return found


def _receive(file: UploadedFile[Any], about: Mapping[str, str]) -> Document:
    try:
        return Document.receive(file, file.name or "", **about)
    except ValidationError as why:
        if FIELD not in why.message_dict:
            raise
        kind = "too-large" if (file.size or 0) > settings.DOCUMENT_MAX_BYTES else "unsupported-media-type"
        raise Problem.at_fields(((FIELD, said) for said in why.messages), kind if file.size else "invalid") from why
