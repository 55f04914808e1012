"""A lane of its own for programs: what carries a key passes no session, no sign-in, no form protection and none of their cost."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation

from trialogue.doors.api import failing
from trialogue.doors.api.keys import is_bearer

# An answer in JSON loads nothing, and no browser is to read it as a page.
POLICY = "default-src 'none'; frame-ancestors 'none'"


class BearerLane:
    """Stands before the middleware of pages and people; whoever comes by a key is handed straight to the operation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/") or not is_bearer(request.headers.get("Authorization", "")):
            return self.get_response(request)
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.get_host()  # raises for a host that is not ours
        request.resolver_match = found
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response: HttpResponse = found.func(request, *found.args, **found.kwargs)
            if response.status_code >= 400:
                failing.note(request, response)
        response.headers.setdefault("Content-Language", language)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
