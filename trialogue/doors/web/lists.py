"""Pages for many cases: the list as CSV, saved views, batches; and the page of shortcuts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.lifecycle import CloseCode, DeclineReason, Move, close_codes
from trialogue.cases.models import Case
from trialogue.doors.web import case_list, export
from trialogue.doors.web.access import acting
from trialogue.lists.batches import MESSAGE, MOST, OWNER, Batch, BatchItem
from trialogue.lists.filters import OWNERS, Filter
from trialogue.lists.views import View
from trialogue.people.models import Actor, Organisation, Refused

SHOWN = 500  # items of a batch on its page; the API tells all


@acting
@require_GET
def csv(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    return export.answer(actor, case_list.read(request.GET))


def keyboard(request: HttpRequest) -> HttpResponse:
    """What the dialog shows on `?`, for whoever has no script or wants to print it."""
    return render(request, "web/keyboard.html")


# --- views ------------------------------------------------------------------------------------------------------------


@acting
def views(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All the views one has, to put in order; or, posted, a new one: the filter of the list under a name."""
    if request.method != "POST":
        found = View.objects.visible_to(actor).shown(actor)
        return render(request, "web/lists/views.html", {"views": [(view, view.may_change(actor)) for view in found]})
    chosen, name = Filter.read(request.POST.get("query", "")[:2000]), request.POST.get("name", "")
    try:
        _keep(actor, name, chosen, shared=bool(request.POST.get("shared")))
    except (ValidationError, Refused) as problem:
        _say(request, problem)
    else:
        messages.success(request, _("The view “{name}” is saved.").format(name=" ".join(name.split())))
    return redirect(f"{reverse('cases')}?{chosen.query or 'state=open'}")


def _keep(actor: Actor, name: str, chosen: Filter, *, shared: bool) -> None:
    """A name that one has already means that view."""
    earlier = (
        actor.person and View.objects.visible_to(actor).filter(name=" ".join(name.split()), person=actor.person).first()
    )
    if earlier:
        earlier.describe(by=actor, filter=chosen, shared=shared)
    else:
        View.keep(by=actor, name=name, filter=chosen, shared=shared)


@acting
@require_POST
def view(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Another name, up, down, shared or not, the default, away with it: whichever button was pressed."""
    found = get_object_or_404(View.objects.visible_to(actor), public_id=public_id)
    try:
        _change(found, actor, request.POST)
    except (ValidationError, Refused) as problem:
        _say(request, problem)
    return redirect("views")


def _change(view: View, actor: Actor, told: QueryDict) -> None:
    match told.get("do"):
        case "rename":
            view.describe(by=actor, name=told.get("name", ""))
        case "share" | "keep" as word:
            view.describe(by=actor, shared=word == "share")
        case "up" | "down" as way:
            view.move_to(_place(view) + (-1 if way == "up" else 1), by=actor)
        case "default" | "no-default" as word:
            view.make_default(by=actor, default=word == "default")
        case "remove":
            view.remove(by=actor)


def _place(view: View) -> int:
    return [kin.pk for kin in view._siblings().order_by("place", "pk")].index(view.pk) + 1


# --- batches ----------------------------------------------------------------------------------------------------------


@acting
@require_GET
def batches(request: HttpRequest, actor: Actor) -> HttpResponse:
    found = Batch.objects.visible_to(actor).shown().order_by("-pk")[:100]
    counted = Batch.counted(found)
    return render(request, "web/lists/batches.html", {"batches": [(each, counted[each.pk]) for each in found]})


@acting
def new_batch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Asks for what the move or the message needs, for the cases chosen; posted, judges each of them."""
    told = request.POST if request.method == "POST" else request.GET
    what = told.get("what", "")
    move = next((move for move in case_list.offered_moves(actor) if move.name == what), None)
    if move is None and not (what in (MESSAGE, OWNER) and actor.side in OWNERS):
        messages.error(request, _("Choose what to do with the cases first."))
        return redirect("cases")
    chosen = _chosen(actor, told)
    if not chosen:
        messages.error(request, _("Choose at least one case: tick its box, or all that match."))
        return redirect(f"{reverse('cases')}?{Filter.read(told).query or 'state=open'}")
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            batch = Batch.prepare(
                chosen, what, by=actor, expects_answer=not told.get("no_answer_needed"), **_particulars(told)
            )
            return redirect("batch", batch.public_id)
        except ValidationError as problem:
            problems = problem.message_dict
    context = {
        "what": what, "label": Batch(what=what).label, "move": move, "problems": problems, "given": {name: told.get(name, "") for name in FIELDS},
        "chosen": len(chosen), "too_many": len(chosen) > MOST, "most": MOST, "references": told.getlist("cases"), "all": told.get("all"),
        "filter": Filter.read(told), **_choices(move), "members": case_list.colleagues(actor) if what == OWNER else [],
    }  # fmt: skip
    return render(request, "web/lists/new_batch.html", context, status=422 if problems else 200)


FIELDS = ("message", "reason", "code", "comment", "partner", "decline_reason", "body", "colleague")


def _chosen(actor: Actor, told: QueryDict) -> list[Case]:
    """The cases that were ticked, or all that the filter finds; one more than may be is enough to know."""
    if told.get("all"):
        found: QuerySet[Case] = case_list.read(told).cases(actor)
    else:
        found = Case.objects.visible_to(actor).filter(reference__in=told.getlist("cases")[:MOST])
    return Batch.gathered(found)


def _particulars(told: QueryDict) -> dict[str, Any]:
    """What came along, as it is kept. A partner is found here, since a form can only name it. `owner` narrows the list."""
    named = told.get("partner", "")
    partner = (
        next((each for each in Organisation.objects.partners() if each.public_id == named), None) if named else None
    )
    return {name: told.get(name, "") for name in FIELDS} | {"partner": partner, "owner": told.get("colleague", "")}


def _choices(move: Move | None) -> dict[str, Any]:
    """What the form offers: the codes that fit any of the states that the move leaves."""
    if move is None:
        return {}
    told: dict[str, Any] = {}
    if "partner" in move.needs:
        told["partners"] = Organisation.objects.partners()
    if "code" in move.needs:
        codes = dict.fromkeys(code for state in sorted(move.sources) for code in close_codes(state, move.name))
        told["codes"] = [(code.value, CloseCode(code).label) for code in codes]
    if "decline_reason" in move.needs:
        told["decline_reasons"] = DeclineReason.choices
    return told


@acting
@require_GET
def batch(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Before: who may and who may not. Then how far it is. After: what was done, and what was not and why."""
    found = get_object_or_404(Batch.objects.visible_to(actor).shown(), public_id=public_id)
    refused = found.items.filter(state=BatchItem.State.REFUSED).select_related("case").order_by("number")
    counts = found.counts()
    context = {
        "batch": found, "counts": counts, "refused": refused[:SHOWN], "more": max(0, counts["refused"] - SHOWN),
        "past": counts["done"] + counts["refused"], "mine": found.is_of(actor), "may_stop": found.is_of(actor) or actor.may_administer,
    }  # fmt: skip
    template = "web/lists/batch_part.html" if request.htmx else "web/lists/batch.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@acting
@require_POST
def confirm_batch(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = get_object_or_404(Batch.objects.visible_to(actor), public_id=public_id)
    try:
        found.confirm(by=actor)
    except Refused as problem:
        _say(request, problem)
    return redirect("batch", found.public_id)


@acting
@require_POST
def stop_batch(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Stops what runs; throws away what was not confirmed."""
    found = get_object_or_404(Batch.objects.visible_to(actor), public_id=public_id)
    try:
        found.stop(by=actor)
    except Refused as problem:
        _say(request, problem)
        return redirect("batch", public_id)
    return redirect("batch", public_id) if found.pk else redirect("cases")


def _say(request: HttpRequest, problem: Exception) -> None:
    said: list[Any] = problem.messages if isinstance(problem, ValidationError) else [problem]
    for words in said:
        messages.error(request, str(words))
