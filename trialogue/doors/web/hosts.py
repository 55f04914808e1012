"""Hosts: who at the operator can be met, and when; each says it for themself, admins for anybody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views.decorators.http import require_GET

from trialogue.clocks import written
from trialogue.doors.web.desk import at_the_desk, colleagues
from trialogue.doors.web.forms_people import zone_choices
from trialogue.doors.web.forms_rules import DAYS
from trialogue.lib.safehttp import LONGEST_URL
from trialogue.meetings.hosts import (
    FARTHEST,
    LENGTHS,
    LONGEST_BUFFER,
    LONGEST_LINK,
    LONGEST_NOTICE,
    MEETS,
    MOST_A_DAY,
    Host,
)
from trialogue.people.models import Actor, Organisation, Person, Refused

_USUAL = "09:00–12:00, 13:00–16:00"
_NUMBERS = ("before", "after", "notice", "ahead", "most_a_day")


def _number(label: Any, most: int, hint: Any, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=hint)


class HostForm(forms.Form):
    is_open = forms.BooleanField(label=gettext_lazy("Can be met"), required=False)
    meets = forms.MultipleChoiceField(
        label=gettext_lazy("By whom"), required=False, widget=forms.CheckboxSelectMultiple, choices=[(side, side.label) for side in MEETS]
    )  # fmt: skip
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices)
    lengths = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Lengths to choose from"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(each, format_lazy("{said}", said=ngettext_lazy("%d minute", "%d minutes", each) % each)) for each in LENGTHS],
    )  # fmt: skip
    before = _number(
        gettext_lazy("Free before"), LONGEST_BUFFER, gettext_lazy("Minutes between what was before and a meeting.")
    )
    after = _number(
        gettext_lazy("Free after"), LONGEST_BUFFER, gettext_lazy("Minutes between a meeting and what follows.")
    )
    notice = _number(
        gettext_lazy("Minimum notice"), LONGEST_NOTICE, gettext_lazy("Hours from booking to the meeting, at least.")
    )
    ahead = _number(gettext_lazy("How far ahead"), FARTHEST, gettext_lazy("Days from today, at most."), 1)
    most_a_day = _number(gettext_lazy("Meetings a day"), MOST_A_DAY, gettext_lazy("At most; 0 is any number."))
    link = forms.CharField(
        label=gettext_lazy("Video link"), max_length=LONGEST_LINK, required=False, widget=forms.TextInput({"spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Of any provider. {number} and {token} stand for what each meeting has of its own: https://meet.example.org/{number}-{token}"),
    )  # fmt: skip
    busy_address = forms.CharField(
        label=gettext_lazy("Your own calendar"), max_length=LONGEST_URL, required=False, widget=forms.TextInput({"spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Its secret address in iCal format (.ics). When you are busy there, nobody can book; what you do there, nobody sees."),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields |= {
            name: forms.CharField(label=WEEKDAYS[day], required=False, max_length=200, widget=forms.TextInput({"placeholder": _("closed")}))
            for day, name in enumerate(DAYS)
        }  # fmt: skip

    @staticmethod
    def says(host: Host | None, person: Person, home: Organisation) -> dict[str, Any]:
        """What the form shows: as it is, or what is usual."""
        if host is None:
            usual: dict[str, Any] = dict.fromkeys(DAYS[:5], _USUAL)
            usual |= {name: getattr(Host(), name) for name in _NUMBERS}
            zone = person.zone if person.zone != "UTC" else home.zone
            return usual | {"is_open": True, "zone": zone, "lengths": [30], "meets": MEETS, "busy_address": ""}
        told = {name: getattr(host, name) for name in ("is_open", "zone", "lengths", "link", "meets", *_NUMBERS)}
        told |= {name: written.write_spans(host.week.get(str(day), [])) for day, name in enumerate(DAYS)}
        return told | {"busy_address": host.busy.address if hasattr(host, "busy") else ""}

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        for name in DAYS:
            try:
                told[name] = written.spans(told.get(name, ""))
            except ValidationError as why:
                self.add_error(name, why)
        return told

    def told(self) -> dict[str, Any]:
        given = self.cleaned_data
        week = {str(day): given[name] for day, name in enumerate(DAYS) if given[name]}
        plain = {
            name: given[name] for name in ("is_open", "zone", "lengths", "link", "meets", "busy_address", *_NUMBERS)
        }
        return plain | {"week": week}


@at_the_desk
@require_GET
def hosts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everyone here, with when they can be met."""
    known = {host.person_id: host for host in Host.objects.visible_to(actor).shown()}
    rows = [(person, known.get(person.pk), Host.may_set(person, actor)) for person in colleagues(actor)]
    return render(request, "web/meetings/hosts.html", {"rows": rows})


@at_the_desk
def host(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """When one person can be met."""
    person = get_object_or_404(
        Person, public_id=public_id, memberships__organisation=actor.organisation, is_active=True
    )
    found, may = Host.objects.visible_to(actor).filter(person=person).shown().first(), Host.may_set(person, actor)
    form = HostForm(
        request.POST if request.method == "POST" else None, initial=HostForm.says(found, person, actor.organisation)
    )
    if request.method == "POST" and form.is_valid():
        try:
            Host.describe(person, by=actor, **form.told())
        except Refused as why:
            form.add_error(None, str(why))
        except ValidationError as problem:
            for name, said in problem.message_dict.items():
                form.add_error({"week": "day_0"}.get(name, name), said)
        else:
            messages.success(request, _("Saved. What is agreed already stays as it is."))
            return redirect("host", person.public_id)
    context = {"form": form, "host": found, "person": person, "may": may, "days": [form[name] for name in DAYS]}
    return render(request, "web/meetings/host.html", context, status=422 if form.errors else 200)
