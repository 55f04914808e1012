"""Account managers: who at the operator stands for whom."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.doors.api import request_examples as examples
from trialogue.doors.api import request_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.request_shapes import manager_shape
from trialogue.doors.api.rules import organisation_called
from trialogue.doors.api.shapes import organisation_shape
from trialogue.doors.web.standing import midnight
from trialogue.escalations.models import AccountManager
from trialogue.people.models import Actor, Person, must_run_the_house

router = Router(tags=["managers"])
NEWEST_FIRST = Order(("id",), falling=True)
_WRITING = ("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid")


@router.get(
    "/managers", response=schemas.ManagerPage, operation_id="list_managers", summary="List account managers",
    openapi_extra=described("invalid", example=examples.MANAGER_PAGE),
)  # fmt: skip
def list_managers(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """Yours, now and from a day to come; for the operator everyone's."""
    theirs = AccountManager.objects.visible_to(request.auth).standing(timezone.now()).shown()
    items, further = NEWEST_FIRST.page(theirs, after=after, limit=limit)
    return answer({"items": [manager_shape(each) for each in items], "next": further})


@router.put(
    "/organisations/{id}/manager", response=schemas.Manager, operation_id="assign_manager", summary="Assign an account manager",
    openapi_extra=described(*_WRITING, given=examples.NEW_MANAGER, example=examples.MANAGER),
)  # fmt: skip
def assign_manager(request: Asked, id: str, told: schemas.NewManager) -> HttpResponse:
    """From a day on, or from now on; whoever stood for the organisation ends there. By an admin of the operator who has signed in."""
    whose = organisation_called(request.auth, id)
    must_run_the_house(request.auth)
    since = midnight(_day(told.since), request.auth.organisation.zone) if told.since else None
    person = _colleague(request.auth, "person", told.person)
    deputy = _colleague(request.auth, "deputy", told.deputy) if told.deputy else None
    return answer(manager_shape(AccountManager.assign(whose, person, deputy=deputy, since=since, by=request.auth)))


@router.delete(
    "/managers/{id}", response=schemas.Manager, operation_id="end_manager", summary="End with an account manager",
    openapi_extra=described("forbidden", "not-found", example=examples.ENDED_MANAGER),
)  # fmt: skip
def end_manager(request: Asked, id: str) -> HttpResponse:
    """Now, or before it began: the operator's team answers from then on. By an admin of the operator who has signed in."""
    found = find(AccountManager.objects.visible_to(request.auth).shown(), id)
    found.end(by=request.auth)
    return answer(manager_shape(found))


@router.put(
    "/organisations/{id}/plan", response=schemas.AgreedPlan, operation_id="set_plan", summary="Set the plan of a client",
    openapi_extra=described(*_WRITING, given=examples.NEW_PLAN, example=examples.PLAN),
)  # fmt: skip
def set_plan(request: Asked, id: str, told: schemas.NewPlan) -> HttpResponse:
    """Enterprise clients have an account manager. By an admin of the operator who has signed in."""
    whose = organisation_called(request.auth, id)
    whose.set_plan(told.plan, by=request.auth)
    return answer({"organisation": organisation_shape(whose), "plan": whose.plan})


def _day(told: str) -> date:
    try:
        day = parse_date(told)
    except ValueError:
        day = None
    if day is None:
        raise Problem.at_fields([("since", _("Give a day, such as 2026-12-01."))])
    return day


def _colleague(actor: Actor, field: str, public_id: str) -> Person:
    """Whom a body names. Whether they may be named, the verb says."""
    found = Person.objects.filter(memberships__organisation=actor.organisation, public_id=public_id).first()
    if found is None:
        raise Problem.at_fields([(field, _("Choose someone who belongs to your organisation."))])
    return found
