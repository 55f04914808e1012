"""Working hours and promises: what is in force, what a change would mean, what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from trialogue.clocks import proposing, written
from trialogue.clocks.models import PROMISES, Calendar, Clock, Feed, Policy, Unit
from trialogue.clocks.policies import may_make_promises, may_set_hours
from trialogue.doors.web.access import acting
from trialogue.doors.web.forms_rules import DAYS, FeedForm, HoursForm, PromiseForm, parts_of
from trialogue.doors.web.templatetags.trialogue import country
from trialogue.people.models import Actor, Organisation, Side

HISTORY = 50
FOUND = 20
# Who owes each promise to whom, for the table of promises.
OWED: dict[str, tuple[Any, Any]] = {
    "confirm": (Side.PARTNER.label, Side.CLIENT.label),
    "reply": (Side.PARTNER.label, Side.CLIENT.label),
    "supply": (Side.CLIENT.label, Side.PARTNER.label),
    "answer": (Side.OPERATOR.label, gettext_lazy("sender")),
    "acknowledge": (Side.OPERATOR.label, gettext_lazy("sender")),
    "escalation": (gettext_lazy("account manager, then operator"), gettext_lazy("who escalated")),
    "critical": (gettext_lazy("on-call of the operator"), Side.REFERRER.label),
}
NAMES: dict[str, Any] = {
    "zone": gettext_lazy("Time zone"),
    "country": gettext_lazy("Public holidays"),
    "subdivision": gettext_lazy("Region"),
    "closed": gettext_lazy("Own closed days"),
    "shortened": gettext_lazy("Shortened days"),
}


# --- working hours ----------------------------------------------------------------------------------------------------


@acting
def hours(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Of one's own organisation."""
    return _hours(request, actor, actor.organisation)


@acting
def hours_of(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Of any organisation, for the operator; one's own has a page of its own."""
    if actor.organisation.public_id == public_id:
        return redirect("working-hours")
    if actor.side != Side.OPERATOR:
        raise Http404
    return _hours(request, actor, get_object_or_404(Organisation, public_id=public_id))


def _hours(request: HttpRequest, actor: Actor, whose: Organisation) -> HttpResponse:
    may = may_set_hours(actor, whose)
    if request.method == "POST" and not may:
        return render(request, "web/rules/not_yours.html", {"whose": whose}, status=403)
    versions = list(whose.calendars.order_by("-version")[: HISTORY + 1])
    now, feed = timezone.now(), Feed.objects.filter(organisation=whose).first()
    if request.POST.get("do") == "follow":
        return _follow(request, actor, whose)
    news = feed.news(versions[0], now) if feed and may else {}
    form = _hours_form(request, whose, versions[0], now, news if "days" in request.GET else {}) if may else None
    context: dict[str, Any] = {
        "feed": feed,
        "news": news,
        "feed_form": FeedForm(initial={"address": feed.address if feed else ""}),
    }
    if request.method == "POST" and form is not None:
        context |= _propose_hours(request, actor, whose, form, now)
        if context.get("done"):
            return redirect(_address(actor, whose))
    context |= _shown_hours(actor, whose, versions, now) | {"form": form, "may": may}
    if form is not None:
        context["parts"] = parts_of(str(form["country"].value() or ""))
        context["days"] = [form[name] for name in DAYS]
    if actor.side == Side.OPERATOR and whose == actor.organisation:
        context["q"], context["found"] = others(request, actor)
    return render(request, "web/rules/hours.html", context, status=422 if form and form.errors else 200)


def _address(actor: Actor, whose: Organisation) -> str:
    return (
        reverse("working-hours") if whose == actor.organisation else reverse("working-hours-of", args=[whose.public_id])
    )


def _follow(request: HttpRequest, actor: Actor, whose: Organisation) -> HttpResponse:
    """From now on its closed days are read from an address, or from none."""
    form = FeedForm(request.POST)
    if form.is_valid():
        try:
            Feed.follow(whose, form.cleaned_data["address"], by=actor)
        except ValidationError as why:
            form.add_error(None, why)
    if form.errors:
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    elif form.cleaned_data["address"]:
        messages.success(request, _("It is read within a minute, and then each day."))
    else:
        messages.success(request, _("It is read no longer."))
    return redirect(f"{_address(actor, whose)}#feed")


def _hours_form(
    request: HttpRequest, whose: Organisation, latest: Calendar, now: datetime, news: dict[str, str]
) -> HoursForm:
    """`news`: closed days of the calendar that is followed, which stand among the others then."""
    today = latest.today(now)
    initial = HoursForm.says(latest) | {"replaces": latest.version}
    if news:
        initial["closed"] = written.write_days(latest.closed_days | news)
    if request.method == "POST":
        return HoursForm(request.POST, request.FILES, initial=initial, today=today)
    return HoursForm(initial=initial, today=today)


def _propose_hours(
    request: HttpRequest, actor: Actor, whose: Organisation, form: HoursForm, now: datetime
) -> dict[str, Any]:
    """Reads the form; then either introduces what was previewed, or shows the preview."""
    valid = form.is_valid()
    effective_from = form.moment(form.cleaned_data.get("zone") or whose.zone) if valid else None
    proposal = None
    if not form.errors:
        try:
            proposal = proposing.proposed_hours(whose, effective_from, now, **form.told())
        except ValidationError as why:
            form.refused(why)
    saving = request.POST.get("do") == "save" and form.was_seen and not form.read_in
    if proposal and saving and _introduce_hours(request, actor, whose, form, effective_from):
        return {"done": True}
    form.show_anew()
    if proposal is None or form.errors:
        return {"read_in": form.read_in}
    return _preview_hours(actor, whose, proposal, form) | {"again": request.POST.get("do") == "save"}


def _introduce_hours(
    request: HttpRequest, actor: Actor, whose: Organisation, form: HoursForm, effective_from: datetime | None
) -> bool:
    replaces = form.cleaned_data.get("replaces")
    try:
        made = Calendar.introduce(whose, by=actor, effective_from=effective_from, replaces=replaces, **form.told())
    except ValidationError as why:
        _see_the_latest(form, whose.calendars.count())
        form.refused(why)
        return False
    messages.success(request, _("Version {version} of the working hours is saved.").format(version=made.version))
    return True


def _see_the_latest(form: HoursForm | PromiseForm, version: int) -> None:
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["replaces"] = str(version)  # type: ignore[index]


def _preview_hours(actor: Actor, whose: Organisation, proposal: Calendar, form: HoursForm) -> dict[str, Any]:
    _keep_seen(form)
    clocks = Clock.objects.visible_to(actor).owed_by(whose)
    latest = whose.calendars.order_by("-version").first()
    return {
        "proposal": proposal,
        "preview": proposing.preview_of_hours(clocks, proposal),
        "changes": _said(proposing.differences(latest, proposal)),
        "read_in": form.read_in,
    }


def _keep_seen(form: HoursForm | PromiseForm) -> None:
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["seen"] = form.digest  # type: ignore[index]


def _shown_hours(actor: Actor, whose: Organisation, versions: list[Calendar], now: datetime) -> dict[str, Any]:
    in_force = Calendar.in_force(whose, now)
    start = proposing.example_start(in_force, now)
    return {
        "whose": whose,
        "ours": whose == actor.organisation,
        "in_force": in_force,
        "week": [(WEEKDAYS[day], written.write_spans(in_force.week.get(str(day), []))) for day in range(7)],
        "upcoming": [version for version in versions if version.effective_from > now],
        "history": _history_of_hours(whose, versions),
        "example": start,
        "readings": proposing.readings(48, start, in_force),
        "office_is_assumed": in_force.is_around_the_clock,
    }


@dataclass
class Version:
    """A line of a history: what came, by whom, what it changed."""

    what: Any
    told: proposing.Told | None
    changes: list[tuple[str, str, str]]


def _history_of_hours(whose: Organisation, versions: list[Calendar]) -> list[Version]:
    told, older = proposing.told_of_hours(whose), [*versions[1:], None]
    return [
        Version(one, told.get(one.public_id), _said(proposing.differences(before, one)))
        for one, before in list(zip(versions, older, strict=True))[:HISTORY]
    ]


def _said(changes: dict[str, tuple[Any, Any]]) -> list[tuple[str, str, str]]:
    """What changed, in words: name, before, after."""
    return [(_name(field), _value(field, old), _value(field, new)) for field, (old, new) in changes.items()]


def _name(field: str) -> str:
    return str(WEEKDAYS[int(field[5:])] if field.startswith("week.") else NAMES[field])


def _value(field: str, value: Any) -> str:
    if field.startswith("week."):
        return written.write_spans(value) or _("closed")
    match field:
        case "country":
            return country(value) if value else _("none")
        case "closed":
            return written.write_days(value).replace("\n", "; ") or _("none")
        case "shortened":
            return written.write_shortened(value).replace("\n", "; ") or _("none")
    return value or _("none")


def others(request: HttpRequest, actor: Actor) -> tuple[str, list[Organisation]]:
    q = request.GET.get("find", "").strip()[:100].replace("\x00", "")
    if not q:
        return "", []
    return q, list(
        Organisation.objects.filter(name__icontains=q).exclude(pk=actor.organisation.pk).order_by("name")[:FOUND]
    )


# --- promises ---------------------------------------------------------------------------------------------------------


@acting
@require_GET
def policies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All promises as they are in force, and what is to come."""
    now = timezone.now()
    by_promise: dict[str, list[Policy]] = {}
    for policy in Policy.objects.order_by("promise", "-version"):
        by_promise.setdefault(policy.promise, []).append(policy)
    rows = [_row(promise, by_promise[promise], now) for promise in _in_order(by_promise)]
    return render(request, "web/rules/policies.html", {"rows": rows, "may": may_make_promises(actor)})


def _in_order(known: dict[str, Any]) -> list[str]:
    return [name for name in PROMISES if name in known] + sorted(known.keys() - PROMISES.keys())


def _row(promise: str, versions: list[Policy], now: datetime) -> dict[str, Any]:
    begun = [version for version in versions if version.effective_from <= now]
    return {
        "promise": promise,
        "label": PROMISES.get(promise, promise),
        "owed": OWED.get(promise, (Side.PARTNER.label, Side.CLIENT.label)),
        "in_force": max(begun, key=lambda policy: (policy.effective_from, policy.version)),
        "upcoming": [version for version in versions if version.effective_from > now],
    }


@acting
def policy(request: HttpRequest, actor: Actor, promise: str) -> HttpResponse:
    """One promise: its three readings, its history; for the operator's admins the form and the preview."""
    versions = list(Policy.objects.filter(promise=promise).order_by("-version"))
    if not versions:
        raise Http404
    may, now = may_make_promises(actor), timezone.now()
    if request.method == "POST" and not may:
        return render(request, "web/rules/not_yours.html", {"whose": None}, status=403)
    initial = PromiseForm.says(versions[0]) | {"replaces": versions[0].version}
    form = PromiseForm(request.POST or None, initial=initial) if may else None
    context: dict[str, Any] = {}
    if request.method == "POST" and form is not None:
        context = _propose_promise(request, actor, promise, form, now)
        if context.get("done"):
            return redirect("policy", promise)
    row = _row(promise, versions, now)
    context |= row | {"form": form, "may": may, "history": _history_of_promise(promise, versions)}
    context |= _readings_of(context.get("proposal") or row["in_force"], actor, now)
    return render(request, "web/rules/policy.html", context, status=422 if form and form.errors else 200)


def _propose_promise(
    request: HttpRequest, actor: Actor, promise: str, form: PromiseForm, now: datetime
) -> dict[str, Any]:
    effective_from = form.moment(actor.organisation.zone) if form.is_valid() else None
    if form.errors:
        return {}
    try:
        proposal = proposing.proposed_promise(promise, effective_from, now, **form.told())
        if request.POST.get("do") == "save" and form.was_seen:
            replaces = form.cleaned_data.get("replaces")
            made = Policy.introduce(promise, by=actor, effective_from=effective_from, replaces=replaces, **form.told())
            messages.success(request, _("Version {version} of this promise is saved.").format(version=made.version))
            return {"done": True}
    except ValidationError as why:
        _see_the_latest(form, Policy.objects.filter(promise=promise).count())
        form.refused(why)
        return {}
    _keep_seen(form)
    preview = proposing.preview_of_promise(Clock.objects.visible_to(actor).filter(promise=promise), proposal)
    return {"proposal": proposal, "preview": preview, "again": request.POST.get("do") == "save"}


def _readings_of(policy: Policy, actor: Actor, now: datetime) -> dict[str, Any]:
    """The three readings of as many hours as this promise has, on the reader's own calendar."""
    calendar = Calendar.in_force(actor.organisation, now)
    start = proposing.example_start(calendar, now)
    length = policy.within * 24 if policy.unit == Unit.BUSINESS_DAYS else policy.within
    return {
        "example": start,
        "readings": proposing.readings(min(length, 1000), start, calendar),
        "calendar": calendar,
        "office_is_assumed": calendar.is_around_the_clock,
    }


def _history_of_promise(promise: str, versions: list[Policy]) -> list[Version]:
    told, older = proposing.told_of_promises(), [*versions[1:], None]
    return [
        Version(one, told.get(f"{promise} {one.version}"), _changed(before, one))
        for one, before in zip(versions, older, strict=True)
    ]


def _changed(old: Policy | None, new: Policy) -> list[tuple[str, str, str]]:
    if old is None:
        return []
    told = [
        (_("Within"), old.words, new.words),
        (_("Warn after"), f"{old.warn_after} %", f"{new.warn_after} %"),
    ]
    return [(name, before, after) for name, before, after in told if before != after]
