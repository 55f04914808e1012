"""What the form of each move asks for: which fields, in whose words, with which choices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.lifecycle import CloseCode, DeclineReason, Move, close_codes
from trialogue.cases.models import Case
from trialogue.clocks.models import Policy
from trialogue.people.models import Actor, Organisation
from trialogue.people.places import country_names

_REFERENCE = re.compile("[A-Z0-9]{8}")
WORDS = ("message", "reason", "comment", "quote")


@dataclass(frozen=True)
class Ask:
    """One field of a move's form. `choices` makes it a select, `rows` a text area."""

    name: str
    label: Any
    hint: Any = ""
    rows: int = 0
    choices: tuple[tuple[str, Any], ...] = ()
    blank: Any = ""
    required: bool = True


# By move and field; the field alone where all moves ask in the same words. Label, hint, which may name what is promised then.
_SAID: dict[tuple[str, str] | str, tuple[Any, Any]] = {
    "comment": (_("Comment for the client"), ""),
    ("withdraw", "comment"): (_("Comment"), _("The partner reads it, if the case has one.")),
    ("merge", "comment"): (_("Why"), _("Everyone in the case reads it.")),
    ("pause", "reason"): (
        _("Why is it paused?"), _("The client reads this. You are asked to follow up within {within}."),
    ),
    ("request_closure", "reason"): (
        _("Why is the case to be closed?"),
        _("It is posted in the conversation. The case is paused, and the partner owes you an answer within {within}. "
          "The fee for work already done stays owed."),
    ),
    ("reassign", "reason"): (
        _("Why does the case change hands?"),
        _("The client and the partner who gives it up read this; the new partner does not."),
    ),
    ("ask_for_information", "message"): (
        _("What do you need from the client?"),
        _("It is posted in the conversation. The client owes an answer within {within}."),
    ),
    ("confirm", "message"): (_("Welcome message"), _("Posted in the conversation: who works the case, and what happens next.")),
    ("reopen", "message"): (_("Why does the case go on?"), _("It is posted in the conversation.")),
    ("present_quote", "quote"): (_("The quote"), _("What the partner offers, in words the client can decide on.")),
    ("merge", "into"): (
        _("Reference of the other case"), _("This case stays to be read; work goes on in the other one. Both are the same client's."),
    ),
}  # fmt: skip
_PROMISED = {"pause": "follow_up", "request_closure": "reply", "ask_for_information": "supply"}
_ROWS = {"message": 6, "reason": 4, "comment": 4, "quote": 6}


def asks(move: Move, case: Case) -> list[Ask]:
    """The fields of a move's form, what it needs first."""
    return [_ask(move, case, name, required=name in move.needs) for name in (*move.needs, *move.takes)]


def _ask(move: Move, case: Case, name: str, *, required: bool) -> Ask:
    match name:
        case "partner":
            told = (
                "" if move.name == "present_quote" else _("They owe a confirmation within {within} on their calendar.")
            )
            partners = tuple(_partners(case, move))
            return Ask(
                name, _("Collection partner"), _hint(told, "confirm"), choices=partners, blank=_("Choose a partner")
            )
        case "code":
            codes = tuple((code.value, CloseCode(code).label) for code in close_codes(case.state, move.name))
            return Ask(name, _("How it ended"), choices=codes, blank=_("Choose a close code"))
        case "decline_reason":
            hint = _("The client reads it. The operator looks for another partner.")
            return Ask(
                name, _("Why do you decline?"), hint, choices=tuple(DeclineReason.choices), blank=_("Choose a reason")
            )
    label, said = _SAID.get((move.name, name)) or _SAID[name]
    return Ask(name, label, _hint(said, _PROMISED.get(move.name, "")), rows=_ROWS.get(name, 0), required=required)


def _hint(told: Any, promise: str) -> str:
    """With what is promised as it is now: the operator may change that."""
    return str(told).format(within=Policy.in_force(promise, timezone.now()).words) if "{within}" in str(told) else told


def _partners(case: Case, move: Move) -> Iterable[tuple[str, str]]:
    names = country_names()
    for partner in Organisation.objects.partners():
        if move.name != "reassign" or partner.pk != case.partner_id:
            yield partner.public_id, f"{partner.name} ({names.get(partner.country, partner.country)})"


def particulars(actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
    """What came with a move, as the verbs take it: who or what a form can only name is found here."""
    found: dict[str, Any] = {key: given.get(key, "") for key in (*WORDS, "code", "decline_reason")}
    if named := given.get("partner"):
        found["partner"] = next((p for p in Organisation.objects.partners() if p.public_id == named), None)
    if reference := given.get("into", "").strip().upper():
        known = Case.objects.visible_to(actor).filter(reference=reference) if _REFERENCE.fullmatch(reference) else None
        found["into"] = known and known.first()
        if found["into"] is None:
            raise ValidationError({"into": _("There is no case with this reference. Look it up in the list of cases.")})
    return found
