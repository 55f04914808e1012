"""What only the demo has: entrances by one click, and a page of the mails that went out. Elsewhere these pages are not there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_binary_file, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from functools import wraps
from pathlib import Path
from typing import Any

from allauth.account.adapter import get_adapter
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from trialogue.channels.models import Edition
from trialogue.people.models import Environment, Membership

PAGE = 50
FILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}\.eml")
MAIL_POLICY = {
    "sandbox": True,
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
}
View = Callable[..., HttpResponseBase]


def only_in_demo(view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


# --- entrances --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entrance:
    """Someone of the demo world as whom one may come in, and what they do there."""

    membership: Membership
    about: str


def entrances() -> list[Entrance]:
    """In the demo's own order; none outside the demo, or before its world is loaded."""
    if not settings.DEMO:
        return []
    # Imported here: the demo world belongs to the console and is not wanted elsewhere.
    from trialogue.doors.console.demo_world import ENTRANCES

    about = dict(ENTRANCES)
    found = Membership.objects.filter(person__email__in=about, person__is_active=True)
    first = {m.person.email: m for m in found.select_related("person", "organisation").order_by("-since", "-pk")}
    return [Entrance(first[email], str(words)) for email, words in about.items() if email in first]


@only_in_demo
@login_not_required
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Signs in as one of the entrances, whatever their password and second step."""
    wanted = request.POST.get("person", "")
    membership = next((e.membership for e in entrances() if e.membership.person.public_id == wanted), None)
    if membership is None:
        raise Http404
    get_adapter().login(request, membership.person)
    request.session["organisation"] = membership.organisation.public_id
    request.session["environment"] = Environment.PRODUCTION
    return redirect(settings.LOGIN_REDIRECT_URL)


# --- outgoing mail ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mail:
    """One outgoing mail as a page lists it."""

    name: str
    at: datetime | None
    to_name: str
    to: str
    subject: str


@only_in_demo
@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    names = _names(before=request.GET.get("before", ""))
    page = [_headers(name) for name in names[:PAGE]]
    older = names[PAGE - 1] if len(names) > PAGE else None
    context = {
        "mails": page,
        "older": older,
        "before": request.GET.get("before"),
        "to_files": bool(settings.MAIL_FOLDER),
        "addresses": [one for one in Edition.in_force().rules.channel if one.takes_requests and one.address],
    }
    return render(request, "web/demo/mails.html", context)


@only_in_demo
@require_GET
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
def mail(request: HttpRequest, name: str) -> HttpResponse:
    message = read(name)
    context = {
        "name": name,
        "answerable": bool(message["Reply-To"]),
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "at": _date(message),
        "headers": [(header, str(message[header])) for header in SHOWN if message[header]],
        "text": _words(message, "plain"),
        "has_html": message.get_body(("html",)) is not None,
        "files": [(part.get_filename() or "", len(part.get_payload(decode=True) or b"")) for part in message.iter_attachments()],
    }  # fmt: skip
    return render(request, "web/demo/mail.html", context)


@only_in_demo
@require_GET
@xframe_options_sameorigin
@csp(MAIL_POLICY)  # type: ignore[arg-type]
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The mail as its reader's program shows it, in a page that can do nothing."""
    return HttpResponse(_words(read(name), "html"))


SHOWN = ("From", "To", "Reply-To", "Message-ID", "In-Reply-To")


def _names(before: str = "") -> list[str]:
    """File names, the newest first: each begins with the moment it was written."""
    try:
        found = os.listdir(settings.MAIL_FOLDER or "")
    except OSError:
        return []
    return sorted((n for n in found if FILE_NAME.fullmatch(n) and not (before and n >= before)), reverse=True)


def _file(name: str) -> Path:
    """Where a mail lies; a name that is no plain file in the folder is not found."""
    path = Path(settings.MAIL_FOLDER) / name
    if not (settings.MAIL_FOLDER and FILE_NAME.fullmatch(name)) or path.is_symlink() or not path.is_file():
        raise Http404
    return path


def read(name: str) -> EmailMessage:
    """One of the outgoing mails; raises `Http404`."""
    with _file(name).open("rb") as opened:
        return message_from_binary_file(opened, policy=policy.default)


def _headers(name: str) -> Mail:
    with _file(name).open("rb") as opened:
        message = BytesHeaderParser(policy=policy.default).parse(opened)
    return Mail(name, _date(message), *parseaddr(str(message["To"] or "")), str(message["Subject"] or ""))


def _date(message: EmailMessage) -> datetime | None:
    at: datetime | None = getattr(message["Date"], "datetime", None)
    return at.replace(tzinfo=at.tzinfo or timezone.get_default_timezone()) if at else None


def _words(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode(errors="replace")
