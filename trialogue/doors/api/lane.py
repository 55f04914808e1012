"""A lane of its own for programs: what carries a key passes no session, no sign-in, no form protection and none of their cost."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from trialogue.doors.api.keys import is_bearer


class BearerLane:
    """Stands before the middleware of sessions and people; whoever comes by a key is handed straight to the operation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/") or not is_bearer(request.headers.get("Authorization", "")):
            return self.get_response(request)
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = found
        return found.func(request, *found.args, **found.kwargs)  # type: ignore[no-any-return]
