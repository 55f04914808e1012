"""What every page has in common: who acts, in which zone and language; and what happens when the database is away."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from trialogue.people.brands import worn_by
from trialogue.people.models import Actor, Environment, Membership
from trialogue.people.prepared import prepared

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


AWAY = (OperationalError, InterfaceError)
RETRY_AFTER = "5"
# What a page that asks to send again shows to nobody: what only the form itself knows, and secrets.
UNSAID = re.compile("csrfmiddlewaretoken|^key$|password")


class _Seen(threading.local):
    """How many storms this thread's connection has come through."""

    storms = 0


class Storms:
    """The database away for a moment is no crash: 503, when to come back, and a form keeps its text in the browser."""

    storms = 0
    seen = _Seen()

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.pass_by()
        return self.get_response(request)

    @classmethod
    def pass_by(cls) -> None:
        # Asking each connection whether it lives costs a trip a request. One that broke tells for all of this process.
        if cls.seen.storms != cls.storms:
            cls.seen.storms = cls.storms
            connection.close()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return come_back(request, exception) if isinstance(exception, AWAY) else None


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot even be read as a form, with what to do about it."""
    match exception:
        case TooManyFilesSent():
            said = _("At most {count} files can be sent at once. Go back and choose fewer; the rest can follow.")
        case RequestDataTooBig():
            said = _("This is too long to be sent as text. Go back and shorten it, or attach it as a document.")
        case _other:
            said = _("This could not be read. Go back, load the page again and send it once more.")
    said = said.format(count=settings.DATA_UPLOAD_MAX_NUMBER_FILES)
    if request.path.startswith("/api/"):
        return _problem(400, "malformed", _("The request cannot be read"), said)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": said}, status=400)
    return render(request, "400.html", {"said": said}, status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """What no view has answered. Sessions and people are asked for outside all views, where `process_exception` hears nothing."""
    trouble = sys.exception()
    return come_back(request, trouble) if isinstance(trouble, AWAY) else server_error(request)


def come_back(request: HttpRequest, trouble: Exception) -> HttpResponse:
    log.error("database away: %s", trouble)
    Storms.storms += 1
    connection.close()
    said = _("The database cannot be reached for the moment. Nothing was lost: try again in a few seconds.")
    if request.path.startswith("/api/"):
        response = _problem(503, "unavailable", _("Not available for the moment"), said)
    else:
        page = render_to_string("web/away.html", {"said": said, "posted": _posted(request)})
        response = HttpResponse(page, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response


def _problem(status: int, kind: str, title: str, said: str) -> HttpResponse:
    kind = f"{settings.BASE_URL}/api/v1/docs#problem-{kind}"
    problem = {"type": kind, "title": title, "status": status, "detail": said}
    return JsonResponse(problem, status=status, content_type="application/problem+json")


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form said, to stand in the page that asks to send it again; never secrets."""
    if request.method != "POST" or request.path.startswith("/accounts/"):
        return []
    told = ((name, value) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in told if isinstance(value, str) and value and not UNSAID.search(name)]


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
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", person.language)
        return response


@prepared
def _memberships(person: int) -> QuerySet[Membership]:
    found = Membership.objects.filter(person=person).select_related("person", "organisation", *worn_by("organisation"))
    return found.order_by("since", "pk")


def actor_of(request: HttpRequest) -> Actor | None:
    """Who acts in this session: the organisation last chosen, else the first one the person joined."""
    person = request.user
    if not person.is_authenticated:
        return None
    memberships = _memberships(person.pk)
    request.memberships = memberships  # type: ignore[attr-defined]
    chosen = request.session.get("organisation")
    membership = next((m for m in memberships if m.organisation.public_id == chosen), None) or (
        memberships[0] if memberships else None
    )
    if membership is None:
        return None
    environment = request.session.get("environment", Environment.PRODUCTION)
    return Actor.of(membership, environment if environment in Environment.values else Environment.PRODUCTION)
