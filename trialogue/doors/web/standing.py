"""Account managers: who at the operator stands for whom, since when, and who is their deputy."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from trialogue.doors.web.desk import at_the_desk, colleagues, told
from trialogue.doors.web.rules import others
from trialogue.escalations.standing import AccountManager, may_have_manager
from trialogue.people.models import Actor, Organisation, Person, Plan, Refused, Side

MOST = 200
HISTORY = 20


class AssignForm(forms.Form):
    person = forms.ModelChoiceField(
        Person.objects.none(), to_field_name="public_id", label=gettext_lazy("Account manager"),
        empty_label=gettext_lazy("Choose somebody"),
    )  # fmt: skip
    deputy = forms.ModelChoiceField(
        Person.objects.none(), to_field_name="public_id", label=gettext_lazy("Deputy"), required=False,
        empty_label=gettext_lazy("Nobody"), help_text=gettext_lazy("Stands in when the account manager is away, and takes over when they leave."),
    )  # fmt: skip
    since = forms.DateField(
        label=pgettext_lazy("since a day", "From"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The day of the launch. Empty, or a day that has passed: from now on."),
    )  # fmt: skip

    def __init__(self, actor: Actor, *arguments: Any) -> None:
        super().__init__(*arguments)
        here = Person.objects.filter(pk__in=[person.pk for person in colleagues(actor)]).order_by("name")
        for name in ("person", "deputy"):
            self.fields[name].queryset = here  # type: ignore[attr-defined]

    def told(self, zone: str) -> dict[str, Any]:
        return {**self.cleaned_data, "since": midnight(self.cleaned_data["since"], zone)}


def midnight(day: date | None, zone: str) -> datetime | None:
    """When a day begins on the clocks of a zone."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC) if day else None


@at_the_desk
@require_GET
def managers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everyone who stands for somebody, now or from a day to come; and a way to any other organisation."""
    listed = AccountManager.objects.visible_to(actor).standing(timezone.now()).shown()[:MOST]
    q, found = others(request, actor)
    context = {"managers": listed, "q": q, "found": [one for one in found if one.kind in (Side.CLIENT, Side.REFERRER)]}
    return render(request, "web/desk/managers.html", context)


@at_the_desk
def manager(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Of one organisation: who it is, who it was, and for admins the verbs."""
    whose = get_object_or_404(Organisation, public_id=public_id, kind__in=(Side.CLIENT, Side.REFERRER))
    form = AssignForm(actor, request.POST if request.POST.get("do") == "assign" else None)
    if request.method == "POST" and _do(request, actor, whose, form):
        return redirect("manager-of", whose.public_id)
    every = AccountManager.objects.visible_to(actor).filter(organisation=whose)
    now = timezone.now()
    context = {
        "whose": whose, "form": form, "may": actor.may_administer, "may_have": may_have_manager(whose), "plans": Plan.choices,
        "standing": every.standing(now).shown(), "before": every.filter(ended_at__lte=now).shown().order_by("-since", "-pk")[:HISTORY],
    }  # fmt: skip
    return render(request, "web/desk/manager.html", context, status=422 if form.errors else 200)


def _do(request: HttpRequest, actor: Actor, whose: Organisation, form: AssignForm) -> bool:
    """Whether the page is to be shown anew; else what is wrong stands in the form."""
    do = request.POST.get("do")
    if do == "assign" and not form.is_valid():
        return False
    try:
        if do == "assign":
            AccountManager.assign(whose, by=actor, **form.told(actor.organisation.zone))
        elif do == "end":
            theirs = AccountManager.objects.visible_to(actor).filter(organisation=whose)
            get_object_or_404(theirs, public_id=request.POST.get("manager", "")).end(by=actor)
        else:
            whose.set_plan(request.POST.get("plan", ""), by=actor)
    except (ValidationError, Refused) as problem:
        if do == "assign":
            form.add_error(None, told(problem))
            return False
        messages.error(request, told(problem))
    else:
        messages.success(request, _("Saved."))
    return True
