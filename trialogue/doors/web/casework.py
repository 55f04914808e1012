"""What a partner does in a case besides talking: the owner, the log of calls, the monthly update."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from trialogue.cases.calls import Call
from trialogue.cases.lifecycle import IN_WORK, CallOutcome, Recommendation
from trialogue.cases.models import Case
from trialogue.conversations.overseeing import Reading
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find
from trialogue.doors.web.forms import AmountField
from trialogue.people.models import Actor, Person, Refused


class CallForm(forms.Form):
    called_at = forms.DateTimeField(
        label=gettext_lazy("When"), widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    number = forms.CharField(
        label=gettext_lazy("Telephone number"), max_length=40, widget=forms.TextInput({"type": "tel"})
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it ended"), choices=[("", gettext_lazy("Choose how it ended")), *CallOutcome.choices]
    )
    notes = forms.CharField(label=gettext_lazy("What was said"), max_length=4000, widget=forms.Textarea({"rows": 4}))


class UpdateForm(forms.Form):
    actions = forms.CharField(label=gettext_lazy("What was done"), max_length=4000, widget=forms.Textarea({"rows": 6}))
    received = AmountField(
        label=gettext_lazy("Received since the last update"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
    )
    recommendation = forms.ChoiceField(
        label=gettext_lazy("What you recommend"),
        choices=Recommendation.choices,
        widget=forms.RadioSelect,
        initial=Recommendation.STAY,
    )


@acting
@require_POST
def owner(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Who looks after the case on one's own side."""
    case = find(actor, reference)
    named = request.POST.get("owner", "")
    members = Person.objects.filter(memberships__organisation=actor.organisation)
    person = next((member for member in members if member.public_id == named), None) if named else None
    try:
        if named and person is None:
            raise ValidationError({"owner": _("Choose someone who belongs to your organisation.")})
        case.assign_owner(person, by=actor)
    except (ValidationError, Refused) as problem:
        messages.error(request, " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem))
    return redirect("case", case.reference)


@acting
def calls(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The log of calls to the debtor; the partner who works the case adds to it."""
    case = find(actor, reference)
    form = CallForm(_told(request), initial={"called_at": timezone.localtime()})
    if request.method == "POST" and form.is_valid() and _done(form, lambda told: Call.log(case, by=actor, **told)):
        messages.success(request, _("The call is logged."))
        return redirect("calls", case.reference)
    Reading.note(case, by=actor)
    shown = (
        Call.objects.visible_to(actor)
        .filter(case=case)
        .select_related("author", "organisation")
        .order_by("-called_at", "-pk")
    )
    context = {"case": case, "calls": shown[:200], "form": form, "may_log": may_report(actor, case, pending=True)}
    return render(request, "web/case/calls.html", context, status=422 if form.errors else 200)


@acting
def update(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The monthly update, as a short form."""
    case = find(actor, reference)
    if not may_report(actor, case):
        messages.error(request, _("Only the partner who works the case sends updates, while it is in work."))
        return redirect("case", case.reference)
    form = UpdateForm(_told(request))
    if (
        request.method == "POST"
        and form.is_valid()
        and _done(form, lambda told: case.report_progress(by=actor, **told))
    ):
        messages.success(request, _("The update is posted in the conversation."))
        return redirect("case", case.reference)
    return render(request, "web/case/update.html", {"case": case, "form": form}, status=422 if form.errors else 200)


def may_report(actor: Actor, case: Case, *, pending: bool = False) -> bool:
    return case.is_worked_by(actor) and (case.state in IN_WORK or (pending and not case.is_over))


def _told(request: HttpRequest) -> Any:
    """What was sent; an empty form that was sent is one, too."""
    return request.POST if request.method == "POST" else None


def _done(form: forms.Form, act: Any) -> bool:
    """Does it with what the form holds; whatever is refused is said at its field."""
    try:
        act(form.cleaned_data)
    except ValidationError as problem:
        form.add_error(None, problem)
    except Refused as problem:
        form.add_error(None, str(problem))
    return not form.errors
