"""Style and script: each many small files here, one answer on the wire, named by its content and kept for ever.

Joined in memory when first asked for; nothing is built or collected. htmx comes out of the package that carries it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

OURS = files("trialogue.doors.web") / "static" / "trialogue"
HTMX = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"


class Assets(StaticFilesStorage):
    """What other packages bring (allauth's scripts, the API reference) keeps its own names."""


class Bundle(NamedTuple):
    mime: str
    digest: str
    plain: bytes
    packed: bytes


def _parts(name: str) -> list[Traversable]:
    if name == "css":
        return [OURS / "css" / line for line in (OURS / "css" / "order.txt").read_text().split()]
    ours = sorted((OURS / "js").iterdir(), key=lambda part: part.name)
    return [HTMX, *(part for part in ours if part.name.endswith(".js"))]


def _bundle(name: str) -> Bundle:
    # A semicolon between scripts: one that ends without it would call the next.
    plain = (b";\n" if name == "js" else b"\n").join(part.read_bytes() for part in _parts(name))
    # Comments and indentation are for us.
    comments = {"css": rb"/\*.*?\*/", "js": rb"(?m:^\s*//.*$)"}[name]
    plain = re.sub(rb"\n\s*", b"\n", re.sub(comments, b"", plain, flags=re.S if name == "css" else 0))
    mime = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}[name]
    return Bundle(mime, hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, mtime=0))


_kept = cache(_bundle)


def bundle(name: str) -> Bundle:
    return _bundle(name) if settings.DEBUG else _kept(name)


def address(name: str) -> str:
    return reverse("asset", args=[bundle(name).digest, name])


class Lane:
    """Style and script are the same for everyone: they pass no session, and so no copy of them is kept for one person only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = re.fullmatch(r"/assets/(\w+)\.(css|js)", request.path_info)
        return asset(request, *named.groups()) if named else self.get_response(request)


@login_not_required
def asset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """An old digest gets today's file: a page left open through an update still works."""
    if name not in ("css", "js"):
        raise Http404
    found = bundle(name)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if packed else found.plain, content_type=found.mime)
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "public, max-age=31536000, immutable" if digest == found.digest else "no-cache"
    return response


@login_not_required
def icon(request: HttpRequest) -> HttpResponse:
    response = HttpResponse((OURS / "icon.svg").read_bytes(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@login_not_required
def worker(request: HttpRequest) -> HttpResponse:
    """What shows pushed notices while no page is open. At the root, because it may act for no address above its own."""
    response = HttpResponse((OURS / "worker.js").read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
