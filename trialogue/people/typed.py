"""Text as people type it: what can be kept, and what stands on one line."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# NUL no database takes, and no reader can see the others; half a surrogate pair is no character at all.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALVES = re.compile("[\ud800-\udfff]")
CANNOT_BE_KEPT = _("The text holds characters that cannot be kept. Type it again.")


def can_be_kept(text: str) -> bool:
    return not (_CONTROLS.search(text) or _HALVES.search(text))


def check_text(field: str, text: str) -> None:
    if not can_be_kept(text):
        raise ValidationError({field: CANNOT_BE_KEPT})


def cleaned(text: str) -> str:
    """What can be kept of words that are long, often pasted, and not worth a refusal."""
    return _HALVES.sub("\ufffd", _CONTROLS.sub("", text.replace("\r\n", "\n"))).strip()


def problems(thing: models.Model, *, lines: tuple[str, ...] = (), texts: tuple[str, ...] = ()) -> dict[str, Any]:
    """Trims the text of a model, and puts `lines` on one line each; answers what is wrong with it, by field."""
    found: dict[str, Any] = {}
    for name in (*lines, *texts):
        typed = getattr(thing, name) or ""
        kept = " ".join(typed.split()) if name in lines else typed.strip()
        setattr(thing, name, kept)
        field = thing._meta.get_field(name)
        if not can_be_kept(kept):
            found[name] = [CANNOT_BE_KEPT]
        elif typed and not kept and not field.blank:  # type: ignore[union-attr]
            found[name] = [field.error_messages["blank"]]  # type: ignore[union-attr]
    return found
