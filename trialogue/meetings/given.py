"""What was typed or told of a meeting, as it is kept. Raises `ValidationError` by field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from trialogue.meetings.hosts import LENGTHS
from trialogue.people import typed
from trialogue.people.models import Actor

LONGEST_SUBJECT, LONGEST, MOST_PROPOSALS = 200, 5_000, 3


def is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def line(text: str, longest: int) -> str:
    return " ".join(typed.cleaned(text).split())[:longest]


def told(by: Actor, subject: str, about: str, minutes: int) -> dict[str, Any]:
    subject = " ".join(typed.cleaned(subject).split())
    if not subject:
        raise ValidationError({"subject": _("Say in a few words what it is about.")})
    if len(subject) > LONGEST_SUBJECT:
        raise ValidationError({"subject": _("Up to %(most)s characters.") % {"most": LONGEST_SUBJECT}})
    if minutes not in LENGTHS:
        raise ValidationError({"minutes": _("Choose one of the lengths.")})
    if by.person is None:
        raise ValidationError({"author_email": _("Say who comes: the address of one of your people.")})
    return {"subject": subject, "about": words("about", about), "minutes": minutes, "environment": by.environment}


def words(field: str, text: str, *, required: bool = False) -> str:
    text = typed.cleaned(text)
    if required and not text:
        raise ValidationError({field: _("Say it in your own words: this cannot be empty.")})
    if len(text) > LONGEST:
        problem = _("This holds %(count)s characters, and up to %(longest)s can be kept. Shorten it.")
        raise ValidationError({field: ValidationError(problem, params={"count": len(text), "longest": LONGEST})})
    return text


def proposals(field: str, times: Sequence[datetime], now: datetime, *, least: int = 0) -> list[str]:
    found = sorted({one.astimezone(UTC) for one in times})
    if not least <= len(found) <= MOST_PROPOSALS:
        problem = _("Choose up to %(most)s times.") if not least else _("Choose one to %(most)s times.")
        raise ValidationError({field: problem % {"most": MOST_PROPOSALS}})
    if found and found[0] <= now:
        raise ValidationError({field: _("This time has passed. Choose one to come.")})
    return [one.isoformat() for one in found]
