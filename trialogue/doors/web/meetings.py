"""Meetings: those of each side, a free time that is booked or asked for, and one with what may be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from trialogue.cases import timeline
from trialogue.clocks.models import Clock
from trialogue.clocks.proposing import owed_by_operator
from trialogue.conversations.models import Conversation
from trialogue.deliveries.carriers.meeting import invitation
from trialogue.deliveries.notices import look_at
from trialogue.doors.web.access import acting
from trialogue.doors.web.desk import told
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.escalations.standing import manager_of
from trialogue.events.models import Event
from trialogue.meetings import ics
from trialogue.meetings.given import LONGEST, LONGEST_SUBJECT, MOST_PROPOSALS
from trialogue.meetings.models import OPEN, WAITING, Host, Meeting, State, Taken, admission
from trialogue.people.models import Actor, Refused, Side
from trialogue.requests.models import Request

DAYS, PAST, MOST = 5, 20, 100


class AboutForm(forms.Form):
    subject = forms.CharField(label=pgettext_lazy("meeting", "What it is about"), max_length=LONGEST_SUBJECT)
    about = forms.CharField(
        label=gettext_lazy("What we should know before"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 4})
    )  # fmt: skip
    concerns = forms.CharField(label=gettext_lazy("Case or request"), max_length=40, required=False)


class WordsForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Reason"), max_length=LONGEST, widget=forms.Textarea({"rows": 3}))


class NotesForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Notes"), max_length=LONGEST, required=False, widget=forms.Textarea({"rows": 5})
    )


# --- free times -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slots:
    """The days that are shown, with their times; `kept` were chosen on other days; `later` and `again` are where to look on."""

    days: Sequence[tuple[date, Sequence[datetime]]]
    kept: Sequence[datetime]
    chosen: frozenset[datetime]
    later: str
    again: bool

    @classmethod
    def of(cls, free: Iterable[datetime], chosen: Iterable[datetime], since: str) -> Slots:
        days: dict[date, list[datetime]] = {}
        every = list(free)
        for moment in every:
            days.setdefault(timezone.localtime(moment).date(), []).append(moment)
        from_here = [day for day in days if day.isoformat() >= since] or list(days)
        shown, further = from_here[:DAYS], from_here[DAYS:]
        still = frozenset(chosen).intersection(every)
        kept = sorted(one for one in still if timezone.localtime(one).date() not in shown)
        later = further[0].isoformat() if further else ""
        return cls([(day, days[day]) for day in shown], kept, still, later, bool(shown) and shown[0] != min(days))


def moment_of(text: str) -> datetime:
    """A moment with its offset, or what the clocks of the reader show then. Raises `ValidationError`."""
    try:
        typed = datetime.fromisoformat(text.strip())
        zone = timezone.get_current_timezone()
        if typed.tzinfo:
            return typed.astimezone(UTC)
        first, second = (typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        raise ValidationError(_("“{text}” is no moment. Write 2026-12-01T08:00.").format(text=text[:40])) from None
    if first == second:
        return first
    if first > second:
        raise ValidationError(_("The clocks go forward that night, and this hour is left out. Choose another time."))
    raise ValidationError(
        _("The clocks go back that night, and this hour comes twice. Choose a time before or after it.")
    )


def _moments(request: HttpRequest, *names: str) -> list[datetime]:
    return [moment_of(text) for name in names for text in request.POST.getlist(name)[:20] if text.strip()]


# --- lists ------------------------------------------------------------------------------------------------------------


@acting
@require_GET
def meetings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is to come, what waits for a word, and what was."""
    now, visible = timezone.now(), Meeting.objects.visible_to(actor).shown()
    rows = list(visible.filter(state__in=OPEN).order_by("starts_at", "asked_at", "pk")[:MOST])
    asked = [row for row in rows if row.state != State.AGREED]
    asked.sort(key=lambda row: (row.asked_of != actor.person, row.asked_at))
    agreed = [row for row in rows if row.state == State.AGREED and row.ends_at]
    context = {
        "asked": asked, "to_come": [row for row in agreed if row.ends_at > now], "to_note": [row for row in agreed if row.ends_at <= now],  # type: ignore[operator]
        "past": list(visible.exclude(state__in=OPEN).order_by("-changed_at", "-pk")[:PAST]),
        "admission": None if actor.side == Side.OPERATOR else admission(actor),
    }  # fmt: skip
    return render(request, "web/meetings/list.html", context)


# --- a new one ----------------------------------------------------------------------------------------------------------


@acting
def new_meeting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Free times of a host: one is booked, or up to three are asked for. Whoever may not is told what to do instead."""
    allowed = admission(actor)
    if not allowed.is_open or allowed.elsewhere:
        if actor.side == Side.OPERATOR:
            return redirect("meetings")
        return render(request, "web/meetings/shut.html", {"admission": allowed})
    hosts = _hosts(actor)
    host = next((one for one in hosts if one.public_id == request.GET.get("host")), hosts[0] if hosts else None)
    minutes = _minutes(request.GET.get("minutes"), host)
    sent = request.method == "POST"
    initial = {"concerns": request.GET.get("about", ""), "subject": request.GET.get("subject", "")}
    form = AboutForm(request.POST if sent else None, initial=initial)
    chosen, status = _chosen(request, form), 200
    if sent and request.POST.get("do") == "send":
        made = _make(actor, form, host, minutes, chosen, allowed.books)
        if isinstance(made, Meeting):
            said = _("Agreed. The mail with it for your calendar is on its way.")
            messages.success(request, said if allowed.books else _("Sent. You are told as soon as a host answers."))
            return redirect("meeting", made.number)
        status = made
    elif sent:  # a look at other days: what is not there yet is no mistake
        form = AboutForm(initial={name: request.POST.get(name, "") for name in form.fields})
    free = host.free(minutes, actor.environment, timezone.now()) if host else ()
    context = {
        "form": form, "admission": allowed, "hosts": hosts, "host": host, "minutes": minutes, "most": MOST_PROPOSALS,
        "slots": Slots.of(free, chosen, request.POST.get("from", "") if sent else ""),
        "clock": owed_by_operator(allowed.asked_in.promise, timezone.now()) if allowed.asked_in else None,
    }  # fmt: skip
    return render(request, "web/meetings/new.html", context, status=status)


def _hosts(actor: Actor) -> list[Host]:
    """Whom one may meet. A referral partner meets its account manager; one who is no host is asked without a time."""
    hosts = Host.objects.visible_to(actor).shown()
    manager = manager_of(actor)
    theirs = [host for host in hosts if manager and host.person_id in (manager.person_id, manager.deputy_id)]
    if actor.side == Side.REFERRER and manager:
        return theirs
    return [*theirs, *(host for host in hosts if host not in theirs)]


def _minutes(chosen: str | None, host: Host | None) -> int:
    lengths = host.lengths if host else [30]
    return next((length for length in lengths if str(length) == chosen), lengths[0])


def _chosen(request: HttpRequest, form: AboutForm) -> list[datetime]:
    try:
        return _moments(request, "starts_at")
    except ValidationError as problem:
        form.add_error(None, problem)
        return []


def _make(
    actor: Actor, form: AboutForm, host: Host | None, minutes: int, chosen: list[datetime], books: bool
) -> Meeting | int:
    """The meeting; or with which status what is wrong is answered, which stands in the form."""
    talk = _talk(actor, form) if form.is_valid() else None
    if books and not chosen:
        form.add_error(None, _("Choose a time."))
    if form.errors:
        return 422
    about = {name: form.cleaned_data[name] for name in ("subject", "about")} | {
        "minutes": minutes,
        "conversation": talk,
    }
    try:
        if not books:
            return Meeting.ask(by=actor, host=host, wishes=chosen, **about)
        assert host is not None  # or there would be nothing to choose
        return Meeting.book(host, chosen[0], by=actor, **about)
    except Taken as why:
        form.add_error(None, str(why))
        return 409
    except (ValidationError, Refused) as problem:
        form.add_error(None, told(problem))
        return 422


def _talk(actor: Actor, form: AboutForm) -> Conversation | None:
    """The conversation of the case or request that it is about."""
    named = form.cleaned_data["concerns"].strip().upper()
    if not named:
        return None
    if found := Request.objects.visible_to(actor).filter(number=named).select_related("conversation").first():
        return found.conversation
    if talk := Conversation.objects.visible_to(actor).filter(case__reference=named).first():
        return talk
    form.add_error(
        "concerns", _("You have no case or request of this reference or number. Check it, or leave it empty.")
    )
    return None


# --- one --------------------------------------------------------------------------------------------------------------


@acting
def meeting(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """When, with whom and where; what was said of it; and what may be done."""
    found, now = _find(actor, number), timezone.now()
    do = request.POST.get("do", "")
    reason = WordsForm(request.POST if do in ("decline", "call_off") else None)
    notes = NotesForm(request.POST if do in ("held", "missed") else None)
    times = forms.Form(request.POST if do in ("agree", "offer") else None)
    if request.method == "POST" and _do(request, actor, found, {"reason": reason, "notes": notes, "times": times}):
        return redirect("meeting", found.number)
    look_at(actor, found)
    mine = _own_host(actor, found) if found.may_agree(actor) else None
    free = mine.free(found.minutes, actor.environment, now) if mine else ()
    asked = found.request if found.state in WAITING else None
    happened = Event.objects.visible_to(actor).filter(subject=found.public_id).order_by("number")[:200]
    context = {
        "meeting": found, "reason": reason, "notes": notes, "times": times, "do": do, "host": mine, "most": MOST_PROPOSALS,
        "may": {
            "agree": found.may_agree(actor), "choose": found.may_choose(actor), "move": found.may_move(actor, now),
            "call_off": found.may_call_off(actor, now), "hold": found.may_hold(actor, now),
        },
        "clock": Clock.objects.visible_to(actor).next_in(asked.conversation_id) if asked else None,
        "slots": Slots.of(free, (), ""), "history": timeline.tell(list(happened), when),
    }  # fmt: skip
    wrong = reason.errors or notes.errors or times.errors
    return render(request, "web/meetings/one.html", context, status=422 if wrong else 200)


def _find(actor: Actor, number: str) -> Meeting:
    return get_object_or_404(Meeting.objects.visible_to(actor).shown(), number=number.upper())


def _own_host(actor: Actor, found: Meeting) -> Host | None:
    """Whose free times are offered: of the host who was asked, or else the reader's own."""
    return found.host or Host.objects.filter(organisation=actor.organisation, person=actor.person).shown().first()


_FORM = {
    "agree": "times",
    "offer": "times",
    "decline": "reason",
    "call_off": "reason",
    "held": "notes",
    "missed": "notes",
}


def _do(request: HttpRequest, actor: Actor, found: Meeting, given: dict[str, forms.Form]) -> bool:
    """Whether it is done; else what is wrong stands in its form."""
    do = request.POST.get("do", "")
    if do not in _FORM:
        raise Http404
    form = given[_FORM[do]]
    if not form.is_valid():
        return False
    words = form.cleaned_data.get("words", "")
    try:
        match do:
            case "agree" | "offer":
                _agree(request, actor, found, do)
            case "decline":
                found.decline(by=actor, reason=words)
            case "call_off":
                found.call_off(by=actor, reason=words)
            case _:
                found.hold(by=actor, notes=words, missed=do == "missed")
    except (ValidationError, Refused) as problem:
        form.add_error(None, told(problem))
        return False
    messages.success(request, _("Saved."))
    return True


def _agree(request: HttpRequest, actor: Actor, found: Meeting, do: str) -> None:
    times = (
        _moments(request, "other") or _moments(request, "starts_at")
        if do == "agree"
        else _moments(request, "starts_at", "other")
    )
    if do == "offer":
        found.offer(times, by=actor)
    elif times:
        found.agree(times[0], by=actor)
    else:
        raise ValidationError(_("Choose a time."))


@acting
def move_meeting(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Another time: one that is free; for the operator any that does not collide."""
    found, now = _find(actor, number), timezone.now()
    if not found.may_move(actor, now) or found.host is None:
        messages.error(request, _("This meeting cannot be moved any more."))
        return redirect("meeting", found.number)
    form, status = forms.Form(request.POST or None), 200
    if request.method == "POST" and request.POST.get("do") == "send":
        try:
            names = ("other", "starts_at") if actor.side == Side.OPERATOR else ("starts_at",)
            if not (times := _moments(request, *names)):
                raise ValidationError(_("Choose a time."))
            found.move(times[0], by=actor)
        except (ValidationError, Refused) as problem:
            form.add_error(None, told(problem))
            status = 409 if isinstance(problem, Taken) else 422
        else:
            messages.success(request, _("Moved. The mail with it for the calendars is on its way."))
            return redirect("meeting", found.number)
    free = found.host.free(found.minutes, actor.environment, now, but=found)
    context = {
        "meeting": found,
        "form": form,
        "slots": Slots.of(free, (), request.POST.get("from", "")),
        "host": found.host,
    }
    return render(request, "web/meetings/move.html", context, status=status)


@acting
@require_GET
def meeting_file(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """For a calendar that did not take it from the mail."""
    found = _find(actor, number)
    if found.starts_at is None or found.host is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.ics"'}
    return HttpResponse(ics.write(invitation(found)), content_type="text/calendar; charset=utf-8", headers=headers)
