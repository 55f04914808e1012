"""Answers that are owed, and why they are due when they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.clocks.explain import explain
from trialogue.clocks.models import Clock, ClockQuerySet
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import clock_shape, stretch_shape
from trialogue.people.models import Actor

router = Router(tags=["clocks"])
DUE_SOONEST = Order(("due_at", "id"))
Wanted = Literal["running", "at_risk", "broken", "kept", "late", "cancelled", "open"]


@router.get(
    "/clocks", response=schemas.ClockPage, operation_id="list_clocks", summary="List clocks",
    openapi_extra=described("invalid", example=examples.CLOCK_PAGE),
)  # fmt: skip
def list_clocks(
    request: Asked,
    state: Annotated[list[Wanted], Query([], description="May be repeated. `open`: running, at_risk or broken.")],
    owner: Annotated[
        schemas.Text, Query("", description="Who owes: `me`, `them` (anyone else) or the id of an organisation.")
    ],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """The answers your organisation owes or is owed, the one due first on top."""
    clocks = _owed(Clock.objects.visible_to(request.auth).shown(), request.auth, owner)
    now = timezone.now()
    items, further = DUE_SOONEST.page(clocks.filter(_looking(state, now)), after=after, limit=limit)
    return answer({"items": [clock_shape(clock, now) for clock in items], "next": further})


def _owed(clocks: ClockQuerySet, actor: Actor, owner: str) -> ClockQuerySet:
    if owner == "me":
        return clocks.owed_by(actor.organisation)
    if owner == "them":
        return clocks.exclude(owner=actor.organisation)
    if owner and not owner.startswith("org_"):
        raise Problem.at_fields([("owner", _("Give me, them, or the id of an organisation (org_…)."))])
    return clocks.filter(owner__public_id=owner) if owner else clocks


def _looking(states: list[Wanted], now: datetime) -> Q:
    """Clocks that look like this at that moment: past due is broken, even before the worker has noticed."""
    running = Q(state=Clock.State.RUNNING)
    looks = {
        "running": running & Q(warn_at__gt=now),
        "at_risk": running & Q(warn_at__lte=now, due_at__gt=now),
        "broken": Q(state=Clock.State.BROKEN) | running & Q(due_at__lte=now),
        "open": Q(state__in=(Clock.State.RUNNING, Clock.State.BROKEN)),
    }
    wanted = Q()
    for state in states:
        wanted |= looks.get(state, Q(state=state))
    return wanted


@router.post(
    "/clocks/{id}/remind", response=schemas.Clock, operation_id="remind_of_clock", summary="Remind whoever is late",
    openapi_extra=described("forbidden", "not-found", example=examples.CLOCK),
)  # fmt: skip
def remind_of_clock(request: Asked, id: str) -> HttpResponse:
    """For the operator: of an answer that is overdue, once a day at most. Those who owe it are told at once; both sides see it."""
    clock = find(Clock.objects.visible_to(request.auth).shown(), id)
    clock.remind(by=request.auth)
    return answer(clock_shape(clock, timezone.now()))


@router.get(
    "/clocks/{id}/explanation", response=schemas.Explanation, operation_id="explain_clock", summary="Explain a due time",
    openapi_extra=described("not-found", example=examples.EXPLANATION),
)  # fmt: skip
def explain_clock(request: Asked, id: str) -> HttpResponse:
    """Which time was counted from the start of the clock to its due moment, which was not, and why."""
    clock = find(Clock.objects.visible_to(request.auth).shown(), id)
    stretches = [stretch_shape(stretch) for stretch in explain(clock)]
    counted = sum(stretch["seconds"] for stretch in stretches if stretch["counted"])
    return answer({"clock": clock_shape(clock, timezone.now()), "stretches": stretches, "counted_seconds": counted})
