"""The search page: everything one may see that holds the words, a few of each kind, or page by page of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from trialogue.cases.models import Case
from trialogue.conversations import search
from trialogue.conversations.models import Document, Reading
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find, place_of
from trialogue.doors.web.converters import page_of
from trialogue.people.models import Actor

FEW, PAGE = 5, 20


@dataclass(frozen=True)
class Kind:
    """One kind of thing that can be found: what it is called, and where it stands."""

    name: str
    label: Any
    address: Callable[[Any], str]


def _message(message: Any) -> str:
    if message.conversation.is_request:
        return f"{reverse('request', args=[message.conversation.reference])}#message-{message.number}"
    return f"{page_of(place_of(message.conversation))}?at={message.number}#message-{message.number}"


def _note(note: Any) -> str:
    if note.conversation.is_request:
        return reverse("request", args=[note.conversation.reference])
    return reverse("note-place", args=[place_of(note.conversation), note.public_id])


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "cases", _("Cases"),
            lambda case: page_of(case.reference),
        ),
        Kind(
            "messages", _("Messages"), _message,
        ),
        Kind(
            "notes", _("Private notes"), _note,
        ),
        Kind(
            "documents", _("Documents"),
            lambda document: reverse("document-page", args=[document.public_id]),
        ),
    )
}  # fmt: skip


@dataclass
class Hit:
    """One thing found."""

    thing: Any
    case: Case | None  # none of what stands elsewhere
    pieces: search.Pieces
    address: str


@dataclass
class Found:
    kind: Kind
    hits: list[Hit]
    further: int | None  # to ask before, on a page of this kind; None at the end


@acting
@require_GET
def results(request: HttpRequest, actor: Actor) -> HttpResponse:
    """`q`: words; `in`: one kind; `case`: within one case; `before`: where the page before ended."""
    typed, chosen = request.GET.get("q", "")[:200], KINDS.get(request.GET.get("in", ""))
    reference = request.GET.get("case", "").strip().upper()
    case = find(actor, reference) if reference.isascii() and reference.isalnum() else None
    wanted = search.words(typed)
    before = request.GET.get("before", "")
    if case and wanted:
        Reading.note(case, by=actor)
    kinds = [chosen] if chosen else [kind for kind in KINDS.values() if not (case and kind.name == "cases")]
    found = [_found(kind, actor, wanted, case, before, PAGE if chosen else FEW) for kind in kinds] if wanted else []
    context = {
        "q": typed, "typed": wanted, "case": case, "chosen": chosen, "found": [one for one in found if one.hits],
        "kinds": KINDS.values(), "before": before,
    }  # fmt: skip
    return render(request, "web/search.html", context)


def _found(kind: Kind, actor: Actor, wanted: list[str], case: Case | None, before: str, count: int) -> Found:
    place = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    things = search.found(kind.name, actor, wanted, count + 1, case=case.pk if case else None, before=place)
    hits = [
        Hit(thing, _case_of(thing), search.stretch(thing, wanted, actor, case), kind.address(thing)) for thing in things
    ]
    return Found(kind, hits[:count], things[count - 1].pk if len(things) > count else None)


def _case_of(thing: Any) -> Case | None:
    if isinstance(thing, Case):
        return thing
    if isinstance(thing, Document):
        return thing.case
    found: Case | None = thing.conversation.case
    return found
