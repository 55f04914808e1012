"""Two ways in: an organisation's key, or the session of someone signed in. Each operation finds the actor in `request.auth`."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from trialogue.doors.api import keys, rate
from trialogue.doors.api.problems import Problem
from trialogue.doors.web import middleware as web
from trialogue.people.models import Actor, ApiKey

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Asked(HttpRequest):
    """A request that has come through the door: who asks, and by which key if by one."""

    auth: Actor
    key: ApiKey | None


class BearerKey(AuthBase):
    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = (
        "An organisation's key for one environment, made on the page *API keys* or by `trialogue key create`. "
        "It speaks for the organisation: without `author_email`, what it says is the organisation's own."
    )

    def __call__(self, request: HttpRequest) -> Actor | None:
        key = keys.key_of(request.headers.get("Authorization", ""))
        if key is None:
            return None
        if wait := rate.PER_KEY.spend(key.public_id):
            said = _("This key has made {limit} requests within a minute. Go on in {seconds} seconds.")
            said = said.format(limit=f"{rate.PER_KEY.limit:,}", seconds=wait)
            raise Problem("too-many-requests", said, headers={"Retry-After": str(wait)})
        request.key = key  # type: ignore[attr-defined]
        return keys.actor_of(key)


class SessionCookie(AuthBase):
    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = (
        "Someone signed in on the pages, for the organisation and environment chosen there. "
        "Whatever is not a GET also wants the header `X-CSRFToken`."
    )

    def __call__(self, request: HttpRequest) -> Actor | None:
        # A key that is wrong must not be rescued by a cookie that happens to be there.
        if keys.is_bearer(request.headers.get("Authorization", "")):
            return None
        actor = web.actor_of(request)
        if actor is None:
            return None
        if request.method not in SAFE and check_csrf(request):
            raise Problem("forbidden", _("The header X-CSRFToken is missing or old. Load the page again."))
        request.key = None  # type: ignore[attr-defined]
        return replace(actor, via="api")
