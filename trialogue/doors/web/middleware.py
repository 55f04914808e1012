"""What every page has in common: who acts, in which zone and language; and what happens when the database is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from trialogue.people.models import Actor, Environment, Membership

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class Storms:
    """The database away for a moment is no crash: 503, when to come back, and a form keeps its text in the browser."""

    RETRY_AFTER = "5"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError) as trouble:
            return self.answer(request, trouble)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, InterfaceError)):
            return self.answer(request, exception)
        return None

    def answer(self, request: HttpRequest, trouble: Exception) -> HttpResponse:
        log.error("database away: %s", trouble)
        connection.close()
        said = _("The database cannot be reached for the moment. Nothing was lost: try again in a few seconds.")
        response: HttpResponse
        if request.path.startswith("/api/"):
            problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "detail": said}
            response = JsonResponse(problem, status=503, content_type="application/problem+json")
        else:
            response = HttpResponse(
                render_to_string("web/away.html", {"said": said, "posted": _posted(request)}), status=503
            )
        response["Retry-After"] = self.RETRY_AFTER
        return response


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form said, to stand in the page that asks to send it again; never passwords."""
    if request.method != "POST" or request.path.startswith("/accounts/"):
        return []
    return [(name, value) for name, values in request.POST.lists() for value in values if isinstance(value, str)]


class PermissionsPolicy:
    """Nothing we do needs a camera, a microphone or a place; passkeys need their own two."""

    VALUE = (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.VALUE)
        return response


class Acting:
    """Gives `request.actor`: the person, for the organisation and environment they chose; None when nobody is signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        person = request.user
        if not person.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(person.zone)), translation.override(person.language):
            return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor | None:
    """Who acts in this session: the organisation last chosen, else the first one the person joined."""
    person = request.user
    if not person.is_authenticated:
        return None
    memberships = (
        Membership.objects.filter(person=person).select_related("person", "organisation").order_by("since", "pk")
    )
    chosen = request.session.get("organisation")
    membership = next((m for m in memberships if m.organisation.public_id == chosen), None) or (
        memberships[0] if memberships else None
    )
    if membership is None:
        return None
    environment = request.session.get("environment", Environment.PRODUCTION)
    return Actor.of(membership, environment if environment in Environment.values else Environment.PRODUCTION)
