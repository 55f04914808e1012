"""What to include in a request: read by the policy's list, masked, and told what is still missing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from trialogue.channels.rules import Item, Rules
from trialogue.lib.redact import Finding, redact
from trialogue.people import typed
from trialogue.people.places import grouped

LONGEST = {"line": 200, "number": 20, "choice": 100, "moment": 40, "case": 20, "text": 10_000, "payload": 200_000}
WRITTEN = ("line", "text", "payload")  # what somebody typed or pasted, and may hold what is nobody's business


def checked(
    wanted: Collection[Item], situation: str, given: Mapping[str, str], keep: Collection[str] = ()
) -> tuple[dict[str, str], list[str]]:
    """What was given, as it is kept, and the keys of what an answer cannot begin without. Raises `ValidationError` by field.

    Personal data and secrets are masked but for the findings in `keep`: the unmasked words are stored nowhere.
    """
    known = {item.key: item for item in wanted}
    form: dict[str, str] = {}
    wrong: dict[str, Any] = {}
    for key, value in given.items():
        if (item := known.get(key)) is None:
            wrong[key] = [_("Nothing of this name is asked for here.")]
        elif value := typed.cleaned(value):
            try:
                form[key] = _read(item, value, keep)
            except ValidationError as why:
                wrong[key] = why
    if wrong:
        raise ValidationError(wrong)
    return form, missing(wanted, situation, form)


def told(form: Mapping[str, str], rules: Rules) -> list[tuple[str, str]]:
    """What somebody has included, as people read it: what it is, and its value."""
    return [
        (item.says, chosen(value) if item.kind == "choice" else value)
        if (item := rules.items.get(key))
        else (key, value)
        for key, value in form.items()
    ]


def chosen(choice: str) -> str:
    """“Production”: what is chosen out of a list, in the reader's language where it is known."""
    return capfirst(gettext(choice)) if choice else ""


def missing(wanted: Collection[Item], situation: str, form: Mapping[str, str]) -> list[str]:
    """The keys of what an answer cannot begin without."""
    return [item.key for item in wanted if situation in item.needed_for and not form.get(item.key)]


def lacking(wanted: Collection[Item], form: Mapping[str, str]) -> list[Item]:
    """Where a channel insists: what is needed for anything and is not there. No number is none."""
    return [item for item in wanted if item.needed_for and not form.get(item.key, "").strip("0 ")]


def must_be_whole(wanted: Collection[Item], form: Mapping[str, str]) -> None:
    """Raises `ValidationError` by field."""
    said = _("This is needed before anybody is called: %(says)s.")
    if wrong := {one.key: ValidationError(said, params={"says": one.says}) for one in lacking(wanted, form)}:
        raise ValidationError(wrong)


def masked(text: str, keep: Collection[str] = ()) -> str:
    return redact(text, keep).text


def findings(texts: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, list[Finding]]:
    """What would be masked in each of the texts, by field: for the preview."""
    return {key: found for key, text in texts.items() if (found := redact(typed.cleaned(text), keep).findings)}


def _read(item: Item, value: str, keep: Collection[str]) -> str:
    if len(value) > LONGEST[item.kind]:
        said = _(
            "This holds up to %(most)s characters; yours has %(count)s. Keep the part that matters, around the error."
        )
        raise ValidationError(said, params={"most": grouped(LONGEST[item.kind]), "count": grouped(len(value))})
    match item.kind:
        case "choice" if value not in item.choices:
            raise ValidationError(_("Choose one of: %(choices)s."), params={"choices": ", ".join(item.choices)})
        case "number" if not (value.isascii() and value.isdecimal()):
            raise ValidationError(_("Give a whole number."))
        case "moment":
            return _moment(value)
    return masked(value, keep) if item.kind in WRITTEN else value


def _moment(value: str) -> str:
    """In UTC, as `2026-11-30T08:15:00Z`; a moment without a zone is one in UTC, as the form says."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError as why:
        raise ValidationError(_("Write the moment as 2026-11-30 08:15, in UTC.")) from why
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
