"""The click in a mail program that turns off what a mail tells of (RFC 2369, RFC 8058): by whoever has the mail, without signing in."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.core import signing
from django.urls import reverse

from trialogue.deliveries.wishes import NEVER_OFF
from trialogue.people.models import Person

_SALT = "trialogue.unsubscribe"


def headers(person: Person | None, notices: Collection[str]) -> dict[str, str]:
    """For a mail to a person that tells of these; none where nothing of it can be turned off. The click alone wants TLS."""
    what = sorted(set(notices) - NEVER_OFF)
    if person is None or not what:
        return {}
    told = {"List-Unsubscribe": f"<{settings.BASE_URL}{page(person, what)}>"}
    if settings.BASE_URL.startswith("https://"):
        told["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return told


def page(person: Person, what: Collection[str]) -> str:
    return reverse("unsubscribe", args=[signing.dumps([person.public_id, *what], salt=_SALT)])


def meant(token: str) -> tuple[Person, list[str]] | None:
    """Whose notices a link turns off, and which; None where it is none of ours. It never ends: old mails are clicked, too."""
    try:
        whose, *what = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    person = Person.objects.select_related("wishes").filter(public_id=whose, is_active=True).first()
    return (person, what) if person else None
