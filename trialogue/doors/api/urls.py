"""Addresses of the API, below /api/v1/."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext as _

from trialogue.doors.api import reference
from trialogue.doors.api.elsewhere import nothing
from trialogue.doors.api.openapi import api
from trialogue.doors.api.problems import Problem

View = Callable[..., HttpResponseBase]


def door(view: View) -> View:
    """Every operation asks who is there by itself, is never kept by anyone on the way, and refuses in our words."""

    @wraps(view)
    def through(request: HttpRequest, *arguments: str, **keywords: str) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"  # the server leaves the body out
        response = view(request, *arguments, **keywords)
        request.method = asked
        if response.status_code == 405:
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            said = _("{method} does nothing here. Possible: {allowed}.").format(method=asked, allowed=allowed)
            response = Problem("method-not-allowed", said, headers={"Allow": allowed}).answer()
        response["Cache-Control"] = "no-store"
        return response

    return login_not_required(through)


def _operations() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in patterns:
        pattern.callback = door(pattern.callback)
    return patterns


app_name = "api"
urlpatterns = [
    path("docs", reference.page, name="docs"),
    path("openapi.json", reference.document, name="openapi"),
    *_operations(),
    re_path("", nothing),
]
