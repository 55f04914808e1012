"""Where it is stuck: who does not answer, who breaks promises often, what waits for a decision; each line with the act that helps."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from trialogue.cases.models import Case
from trialogue.channels.models import Edition
from trialogue.clocks import keeping
from trialogue.clocks.models import REMIND_EVERY, Clock
from trialogue.complaints.models import Complaint, State
from trialogue.doors.web.desk import at_the_desk
from trialogue.escalations.models import Escalation
from trialogue.people import typed
from trialogue.people.models import Actor, Refused, Side

SHOWN, LATELY = 20, timedelta(weeks=4)


@at_the_desk
def stuck(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method == "POST":
        return _remind(request, actor)
    now = timezone.now()
    clocks = Clock.objects.visible_to(actor)
    late = clocks.open().broken(now).order_by("due_at", "pk").shown()
    complaints = Complaint.objects.visible_to(actor).filter(state__in=(State.SUBMITTED, State.REVIEW, State.RESPONDED))
    steps, rules = Escalation.objects.visible_to(actor).open().shown(), Edition.in_force().rules
    context = {
        "partners": _with_moves(actor, list(late.filter(owner__kind=Side.PARTNER)[: SHOWN + 1])),
        "clients": _with_moves(actor, list(late.filter(owner__kind=Side.CLIENT)[: SHOWN + 1])),
        "breakers": keeping.breakers(clocks.filter(owner__kind=Side.PARTNER), now - LATELY, now, SHOWN),
        "escalations": [(step, rules.step_name(step.ladder, step.step)) for step in steps.order_by("begun_at", "pk")[:SHOWN]],
        "complaints": complaints.shown().order_by("pk")[:SHOWN],
        "remind_before": now - REMIND_EVERY, "most": SHOWN, "weeks": LATELY.days // 7,
    }  # fmt: skip
    return render(request, "web/desk/stuck.html", context)


def _with_moves(actor: Actor, clocks: list[Clock]) -> list[tuple[Clock, bool]]:
    """Each with whether its case may be given to another partner."""
    cases = Case.objects.with_parties().in_bulk({clock.case_id for clock in clocks if clock.case_id})
    may = {pk: any(move.name == "reassign" for move in case.may_move(actor)) for pk, case in cases.items()}
    return [(clock, may.get(clock.case_id, False)) for clock in clocks]


def _remind(request: HttpRequest, actor: Actor) -> HttpResponse:
    public_id = request.POST.get("clock", "")[:40]
    clocks = Clock.objects.visible_to(actor).shown()
    clock = get_object_or_404(clocks, public_id=public_id if typed.can_be_kept(public_id) else "")
    try:
        clock.remind(by=actor)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, _("{name} is reminded, and both sides see it.").format(name=clock.owner))
    return redirect("stuck")
