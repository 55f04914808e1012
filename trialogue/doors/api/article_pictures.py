"""The pictures of an article by program: seen by whoever may read it, added and removed by the operator."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.articles.models import Article, must_edit
from trialogue.articles.pictures import MOST_BYTES, Picture
from trialogue.doors.api import article_examples as examples
from trialogue.doors.api import article_schemas as schemas
from trialogue.doors.api.asking import answer, described
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import Shape

router = Router(tags=["articles"])
FIELD, ROOM = "file", 2**20
_PART = {"type": "string", "contentMediaType": "application/octet-stream", "description": "PNG, JPEG, WebP or GIF, up to 10 MB."}  # fmt: skip
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": {"type": "object", "required": [FIELD], "properties": {FIELD: _PART}}}
    },
}
DOWNLOAD = {200: {"description": "The picture.", "content": {"application/octet-stream": {}}}}


@router.get(
    "/articles/{name}/pictures", response=schemas.PictureList, operation_id="list_pictures", summary="List the pictures of an article",
    openapi_extra=described("not-found", example=examples.PICTURES),
)  # fmt: skip
def list_pictures(request: Asked, name: str) -> HttpResponse:
    """Those that stand in what you may read; for the operator all."""
    found = get_object_or_404(Article.objects.visible_to(request.auth), slug=name)
    rows = Picture.objects.visible_to(request.auth).filter(article=found).with_use()
    return answer({"items": [_shape(one, used=one.used) for one in rows.select_related("article")]})  # type: ignore[attr-defined]


@router.post(
    "/articles/{name}/pictures", response={201: schemas.Picture}, operation_id="add_picture", summary="Add a picture to an article",
    openapi_extra=described("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", example=examples.NEW_PICTURE, gives=201, body=FORM),
)  # fmt: skip
def add_picture(request: Asked, name: str) -> HttpResponse:
    """For the operator. It is drawn anew, without what it carried besides. Its name becomes small letters and hyphens, and never another picture's.

    In Markdown it is `![What it shows](its-name.png)`, in each language of the article.
    """
    must_edit(request.auth)
    found = get_object_or_404(Article, slug=name)
    file = _file(request)
    try:
        added = Picture.add(found, file, file.name or "", by=request.auth)
    except ValidationError as why:
        kind = "too-large" if (file.size or 0) > MOST_BYTES else "invalid"
        raise Problem.at_fields(((FIELD, said) for said in why.messages), kind) from why
    return answer(_shape(added, used=added.is_shown()), 201)


@router.get(
    "/articles/{name}/pictures/{picture}", operation_id="download_picture", summary="Download a picture",
    openapi_extra={"responses": described("not-found")["responses"] | DOWNLOAD},
)  # fmt: skip
def download_picture(request: Asked, name: str, picture: str) -> FileResponse:
    """As we keep it: in the kind it came in, at most 2,000 pixels wide."""
    response = FileResponse(_find(request, name, picture).open(), as_attachment=True, filename=picture)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@router.delete(
    "/articles/{name}/pictures/{picture}", response=schemas.Picture, operation_id="remove_picture", summary="Remove a picture",
    openapi_extra=described("forbidden", "not-found", example=examples.NEW_PICTURE),
)  # fmt: skip
def remove_picture(request: Asked, name: str, picture: str) -> HttpResponse:
    """For the operator: one that no version of the article shows."""
    found = _find(request, name, picture)
    found.remove(by=request.auth)
    return answer(_shape(found, used=False))


def _find(request: Asked, name: str, picture: str) -> Picture:
    rows = Picture.objects.visible_to(request.auth).select_related("article")
    return get_object_or_404(rows, article__slug=name, name=picture)


def _file(request: Asked) -> Any:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES + ROOM:
        raise Problem("too-large", _("A picture may have at most 10 MB. Save it smaller."))
    if request.content_type != "multipart/form-data" or FIELD not in request.FILES:
        raise Problem.at_fields([(FIELD, _("Send the picture as multipart/form-data, as a part named “file”."))])
    return request.FILES[FIELD]


def _shape(picture: Picture, *, used: bool) -> Shape:
    return {
        "name": picture.name, "width": picture.width, "height": picture.height, "bytes": picture.size, "sha256": picture.sha256, "used": used,
        "sizes": [{"width": width, "url": picture.address(width)} for width in picture.widths],
    }  # fmt: skip
