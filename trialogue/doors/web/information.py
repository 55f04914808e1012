"""More information required: what the partner asks for, item by item, and what the client answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.models import Case
from trialogue.clocks import proposing
from trialogue.clocks.models import Clock
from trialogue.conversations.information import (
    ASKING,
    MOST_ITEMS,
    InformationRequest,
    InformationTemplate,
    Item,
    ItemKind,
)
from trialogue.conversations.models import Document, Reading
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find, received
from trialogue.people.models import Actor, Refused, Side

ROWS, MORE = 6, 4  # lines in the form of a new request, and how many come when more are asked for


@acting
@require_GET
def information(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    return _page(request, actor, find(actor, reference))


@acting
@require_POST
def answer(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Whatever of the form was filled is taken, item by item; the rest stays missing."""
    case, problems, taken = find(actor, reference), dict[str, list[str]](), 0
    for item in _items(actor, case):
        if not _given(request, item):
            continue
        try:
            _fill(request, actor, case, item)
            taken += 1
        except ValidationError as problem:
            problems[item.public_id] = problem.messages
        except Refused as problem:
            problems[item.public_id] = [str(problem)]
    if not problems and not taken:
        problems[""] = [_("Answer at least one item first.")]
    if problems:
        return _page(request, actor, case, problems=problems, status=422)
    left = _items(actor, case).missing().count()
    messages.success(
        request,
        _("Thank you. Nothing is missing any more.")
        if not left
        else _("Kept. Still missing: {count}.").format(count=left),
    )
    return redirect("information", case.reference)


def _typed(request: HttpRequest, item: Item) -> str:
    """What stands in its field: after a refusal, what was typed."""
    return request.POST.get(item.public_id, item.answer)


def _given(request: HttpRequest, item: Item) -> bool:
    if item.kind == ItemKind.DOCUMENT:
        return item.public_id in request.FILES or bool(request.POST.get(f"{item.public_id}-document"))
    said = request.POST.get(item.public_id, "").strip()
    return bool(said) and said != item.answer


def _fill(request: HttpRequest, actor: Actor, case: Case, item: Item) -> None:
    seen = request.POST.get(f"{item.public_id}-seen")
    if item.kind != ItemKind.DOCUMENT:
        return item.fill(request.POST.get(item.public_id, ""), by=actor, seen=seen)
    if item.public_id not in request.FILES:
        chosen = _own(actor, case).filter(public_id=request.POST[f"{item.public_id}-document"]).first()
        return item.fill(chosen or "", by=actor, seen=seen)
    with received(request.FILES.getlist(item.public_id)[:1]) as documents:
        Document.add(case, documents, by=actor)
        item.fill(documents[0], by=actor, seen=seen)
    return None


def _own(actor: Actor, case: Case) -> QuerySet[Document]:
    """What one's own side has laid into the case already."""
    ours = Document.objects.of_cases(actor).filter(case=case, organisation=actor.organisation)
    return ours.current().openable().order_by("-pk")


@acting
@require_POST
def judge(request: HttpRequest, actor: Actor, reference: str, public_id: str, verdict: str) -> HttpResponse:
    """The partner accepts an answer, asks again, or needs it no longer."""
    case = find(actor, reference)
    item = get_object_or_404(_items(actor, case).select_related("request__case"), public_id=public_id)
    try:
        match verdict:
            case "accept":
                item.accept(by=actor)
            case "again":
                item.ask_again(by=actor, reason=request.POST.get("reason", ""))
            case "drop":
                item.drop(by=actor)
            case _other:
                raise Http404
    except ValidationError as problem:
        return _page(request, actor, case, problems={public_id: problem.messages}, status=422)
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("information", case.reference)


@acting
def ask(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """A new list of items; perhaps begun from one that is kept, perhaps kept for the next time."""
    case = find(actor, reference)
    if actor.side != Side.PARTNER:
        raise Http404
    rows, problems = list(_rows(request.POST)), list[str]()
    if request.method == "POST" and "load" not in request.POST:
        try:
            if name := request.POST.get("keep", "").strip():
                InformationTemplate.keep(name, rows, by=actor)
            InformationRequest.ask(case, by=actor, items=rows, message=request.POST.get("message", ""))
        except ValidationError as problem:
            problems = problem.messages
        except Refused as problem:
            problems = [str(problem)]
        else:
            return redirect("information", case.reference)
    kept = InformationTemplate.objects.filter(organisation=actor.organisation).order_by("name")
    chosen = request.POST.get("list") if "load" in request.POST else None
    rows += next((template.items for template in kept if template.public_id == chosen), [])
    lines = max(ROWS, len(rows) + 2, len(request.POST.getlist("label")) + MORE * (request.POST.get("load") == "more"))
    context = {
        "case": case, "kinds": ItemKind.choices, "problems": problems, "templates": kept, "chosen": chosen,
        "rows": [*_shown(rows), *({"kind": "text"} for _row in range(min(lines, MOST_ITEMS) - len(rows)))],
        "due_at": _due_at(actor, case),
        "message": request.POST.get("message", ""), "keep": request.POST.get("keep", ""),
    }  # fmt: skip
    return render(request, "web/information/ask.html", context, status=422 if problems else 200)


def _due_at(actor: Actor, case: Case) -> datetime:
    """By when the client owes an answer to what is asked for now."""
    waiting = Clock.objects.visible_to(actor).open().filter(case=case, owner=case.client, owed_to=actor.organisation)
    promise = proposing.promised_between(case.client)
    due = waiting.values_list("due_at", flat=True).first()
    return due or proposing.as_if_begun(promise, case.client, timezone.now()).due_at


def _rows(given: Any) -> Iterator[dict[str, Any]]:
    """The lines of the form that say something."""
    if not hasattr(given, "getlist"):
        return
    for label, kind, choices in zip(*(given.getlist(name) for name in ("label", "kind", "choices")), strict=False):
        if label.strip():
            yield {
                "label": label,
                "kind": kind,
                "choices": choices.splitlines() if "\n" in choices else choices.split(","),
            }


def _shown(rows: list[Any]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        yield {**row, "choices": ", ".join(row["choices"])}


@acting
@require_POST
def remove_template(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = get_object_or_404(InformationTemplate, organisation=actor.organisation, public_id=public_id)
    found.remove(by=actor)
    messages.success(request, _("The list “{name}” is removed.").format(name=found.name))
    back = request.POST.get("next") or ""
    return redirect(back if back.startswith("/cases/") else "cases")


def _items(actor: Actor, case: Case) -> Any:
    return Item.objects.visible_to(actor).filter(request__case=case).shown()


def _page(
    request: HttpRequest,
    actor: Actor,
    case: Case,
    *,
    problems: Mapping[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    Reading.note(case, by=actor)
    items = list(_items(actor, case))
    answers = actor.organisation.pk == case.client_id and not case.is_over
    context = {
        "documents": _own(actor, case) if answers and any(item.kind == ItemKind.DOCUMENT for item in items) else (),
        "case": case, "problems": problems,
        "items": [(item, (problems or {}).get(item.public_id), _typed(request, item)) for item in items],
        "missing": sum(item.state == Item.State.OPEN for item in items),
        "answers": answers,
        "clock": Clock.objects.visible_to(actor).open().filter(case=case, owner=case.client).shown().first(),
        "judges": case.is_worked_by(actor) and case.state in ASKING,
    }  # fmt: skip
    return render(request, "web/information/page.html", context, status=status)
