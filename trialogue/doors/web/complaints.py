"""Complaints about the partner of a case: the list of each side, one with what may be done there, and the form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.clocks.models import RESPOND, Clock
from trialogue.complaints.models import (
    ACTIVE,
    LONGEST,
    LONGEST_OUTCOME,
    AlreadyActive,
    Category,
    Complaint,
    Severity,
    State,
    documents_of,
)
from trialogue.conversations.models import Document
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events.models import Event
from trialogue.lists.pages import NEWEST
from trialogue.people.models import Actor, Refused, Side

PAGE = 50
CHOICE = 100  # documents to choose from, the newest first
TABS = {
    "": (gettext_lazy("Open"), ACTIVE),
    "awaiting": (gettext_lazy("Awaiting the response"), (State.AWAITING,)),
    "decide": (gettext_lazy("To be decided"), (State.RESPONDED,)),
    "ended": (gettext_lazy("Ended"), (State.UPHELD, State.DECLINED, State.WITHDRAWN)),
}


def _words(label: Any, longest: int, rows: int, **also: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, widget=forms.Textarea({"rows": rows}), **also)


class _WithDocuments(forms.Form):
    documents = forms.ModelMultipleChoiceField(
        Document.objects.none(), to_field_name="public_id", label=gettext_lazy("Documents of the case"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, case: Case, actor: Actor, *arguments: Any) -> None:
        super().__init__(*arguments)
        here = documents_of(case, actor)
        self.fields["documents"].queryset = here  # type: ignore[attr-defined]
        self.offered = list(here[:CHOICE])


class FileForm(_WithDocuments):
    category = forms.ChoiceField(
        label=gettext_lazy("What it is about"), choices=[("", gettext_lazy("Choose what it is about")), *Category.choices]
    )  # fmt: skip
    description = _words(gettext_lazy("What happened"), LONGEST, 8)
    wanted = _words(gettext_lazy("What you want to come of it"), LONGEST_OUTCOME, 3, required=False)
    field_order = ("category", "description", "wanted", "documents")


class RespondForm(_WithDocuments):
    response = _words(gettext_lazy("Your response"), LONGEST, 8)
    field_order = ("response", "documents")


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"), widget=forms.RadioSelect,
        choices=[("upheld", gettext_lazy("Upheld")), ("declined", gettext_lazy("Not upheld"))],
    )  # fmt: skip
    severity = forms.ChoiceField(
        label=gettext_lazy("How grave it was"), required=False, choices=[("", gettext_lazy("Only if upheld")), *Severity.choices]
    )  # fmt: skip
    reasons = _words(gettext_lazy("Reasons"), LONGEST, 6)

    def told(self) -> dict[str, Any]:
        told = self.cleaned_data
        return {"upheld": told["outcome"] == "upheld", "reasons": told["reasons"], "severity": told["severity"]}


@acting
@require_GET
def complaints(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ours, about us, or all; the newest first."""
    if actor.side == Side.REFERRER:
        raise Http404
    visible, chosen = Complaint.objects.visible_to(actor), request.GET.get("tab", "")
    chosen = chosen if chosen in TABS else ""
    found = visible.filter(state__in=TABS[chosen][1])
    if before := NEWEST.place(request.GET.get("before")):
        found = found.filter(NEWEST.beyond(before))
    rows = list(NEWEST.along(found.shown())[: PAGE + 1])
    shown = rows[:PAGE]
    clocks = Clock.objects.visible_to(actor).open().filter(promise=RESPOND, case__in=[row.case_id for row in shown])
    due = {clock.case_id: clock for clock in clocks.shown()}
    counted = visible.aggregate(
        **{name or "open": Count("pk", Q(state__in=states)) for name, (_label, states) in TABS.items()}
    )
    context = {
        "rows": [(row, due.get(row.case_id) if row.state in (State.AWAITING, State.RESPONDED) else None) for row in shown],
        "tabs": [(label, f"?{urlencode({'tab': name})}" if name else "?", name == chosen, counted[name or "open"]) for name, (label, _states) in TABS.items()],
        "further": urlencode({"tab": chosen, "before": NEWEST.key(shown[-1])}) if len(rows) > PAGE else "",
        "first": not request.GET.get("before"), "any": sum(counted.values()),
    }  # fmt: skip
    return render(request, "web/complaints/list.html", context)


@acting
def new_complaint(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The form, on a case. While there is one about it already, that one."""
    case = find(actor, reference)
    try:
        Complaint.must_allow(case, actor)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("case", case.reference)
    if active := Complaint.objects.visible_to(actor).active().filter(case=case).first():
        return redirect("complaint", active.number)
    form = FileForm(case, actor, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            filed = Complaint.file(case, by=actor, **form.cleaned_data)
        except AlreadyActive as why:
            return redirect("complaint", why.complaint.number)
        except (ValidationError, Refused) as problem:
            form.add_error(None, problem if isinstance(problem, ValidationError) else str(problem))
        else:
            messages.success(request, _("Filed as {number}. The operator looks at it first.").format(number=filed))
            return redirect("complaint", filed.number)
    earlier = Complaint.objects.visible_to(actor).filter(case=case).order_by("-pk")[:5]
    context = {"case": case, "form": form, "earlier": earlier}
    return render(request, "web/complaints/new.html", context, status=422 if form.errors else 200)


@acting
def complaint(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """One, as far as the reader may know of it, and what they may do."""
    found = get_object_or_404(Complaint.objects.visible_to(actor).shown(), number=number)
    do = request.POST.get("do", "")
    respond = RespondForm(found.case, actor, request.POST if do == "respond" else None)
    decide = DecideForm(request.POST if do == "decide" else None)
    if request.method == "POST" and _do(request, actor, found, respond, decide):
        return redirect("complaint", found.number)
    seen = Document.objects.visible_to(actor).shown()
    happened = Event.objects.visible_to(actor).filter(subject=found.public_id).order_by("number")[:200]
    context = {
        "complaint": found, "respond": respond, "decide": decide,
        "may": {name: getattr(found, f"may_{name}")(actor) for name in ("respond", "withdraw", "pass_on", "decide", "review")},
        "documents": list(seen.filter(pk__in=found.documents.values("pk"))),
        "response_documents": list(seen.filter(pk__in=found.response_documents.values("pk"))) if found.responded_at else [],
        "clock": Clock.objects.visible_to(actor).filter(promise=RESPOND, case=found.case, started_at=found.passed_on_at).shown().first() if found.passed_on_at else None,
        "history": timeline.tell(list(happened), when),
    }  # fmt: skip
    return render(request, "web/complaints/one.html", context, status=422 if respond.errors or decide.errors else 200)


def _do(request: HttpRequest, actor: Actor, found: Complaint, respond: RespondForm, decide: DecideForm) -> bool:
    """Whether it is done, or refused in so many words; else what is wrong stands in the form."""
    do = request.POST.get("do")
    form = {"respond": respond, "decide": decide}.get(do or "")
    if form is not None and not form.is_valid():
        return False
    try:
        match do:
            case "respond":
                found.respond(by=actor, **respond.cleaned_data)
            case "decide":
                found.decide(by=actor, **decide.told())
            case "review" | "pass_on" | "withdraw":
                getattr(found, do)(by=actor)
            case _:
                raise Http404
    except (ValidationError, Refused) as problem:
        if form is None:
            messages.error(request, str(problem))
            return True
        form.add_error(None, problem if isinstance(problem, ValidationError) else str(problem))
        return False
    messages.success(request, _("Saved."))
    return True
