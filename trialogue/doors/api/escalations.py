"""Ladders: the steps that may be taken when nobody answers, and those that were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.channels.models import Edition
from trialogue.clocks.models import Clock
from trialogue.doors.api import request_examples as examples
from trialogue.doors.api import request_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.messages import author_of
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.request_shapes import escalation_shape, ladder_shape
from trialogue.doors.api.requests import find_request
from trialogue.doors.api.schemas import Text
from trialogue.doors.api.shapes import Shape, address
from trialogue.escalations.models import Escalation, Way

router = Router(tags=["escalations"])
NEWEST_FIRST = Order(("id",), falling=True)
_WRITING = ("forbidden", "not-found", "step-refused", "too-large", "unsupported-media-type", "invalid")


@router.get(
    "/escalations", response=schemas.EscalationPage, operation_id="list_escalations", summary="List escalations",
    openapi_extra=described("invalid", example=examples.ESCALATION_PAGE),
)  # fmt: skip
def list_escalations(
    request: Asked,
    state: Annotated[Text, Query("", max_length=10, description="One of: open, answered, solved, climbed.")],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """Your organisation's, or for the operator everybody's; the last begun on top."""
    rows = Escalation.objects.visible_to(request.auth).shown()
    if state and state not in Escalation.State.values:
        raise Problem.at_fields(
            [("state", _("Give one of: {values}.").format(values=", ".join(Escalation.State.values)))]
        )
    items, further = NEWEST_FIRST.page(rows.standing(state) if state else rows, after=after, limit=limit)
    return answer({"items": _shapes(items), "next": further})


@router.get(
    "/escalations/{id}", response=schemas.Escalation, operation_id="get_escalation", summary="Get an escalation",
    openapi_extra=described("not-found", example=examples.ESCALATION),
)  # fmt: skip
def get_escalation(request: Asked, id: str) -> HttpResponse:
    """Who must answer now, and by when."""
    return answer(_shapes([find(Escalation.objects.visible_to(request.auth).shown(), id)])[0])


@router.post(
    "/escalations/{id}/acknowledge", response=schemas.Escalation, operation_id="acknowledge", summary="Acknowledge a critical one",
    openapi_extra=described("forbidden", "not-found", "step-refused", example=examples.ESCALATION),
)  # fmt: skip
def acknowledge(request: Asked, id: str) -> HttpResponse:
    """By the operator: somebody is on it, which meets the clock. The first one wins; the answer is owed from then on."""
    found = find(Escalation.objects.visible_to(request.auth).shown(), id)
    found.acknowledge(by=request.auth)
    return answer(_shapes([Escalation.objects.shown().get(pk=found.pk)])[0])


@router.get(
    "/requests/{number}/ladder", response=schemas.WholeLadder, operation_id="get_ladder", summary="The ladder of a request",
    openapi_extra=described("not-found", example=examples.LADDER),
)  # fmt: skip
def get_ladder(request: Asked, number: str) -> HttpResponse:
    """The steps so far, what is open, and when the next one opens: the same for whoever climbs and whoever must answer."""
    return answer(ladder_shape(Way.of(find_request(request.auth, number), timezone.now())))


@router.post(
    "/requests/{number}/escalations", response={201: schemas.Escalation}, operation_id="climb", summary="Take the next step",
    openapi_extra=described(*_WRITING, given=examples.NEW_STEP, example=examples.ESCALATION, gives=201),
)  # fmt: skip
def climb(request: Asked, number: str, told: schemas.NewStep) -> HttpResponse:
    """By who asked. A step that is too early is refused with `opens_at`. Personal data in the reason is masked."""
    author = author_of(request.auth, told.author_email)
    return _taken(
        Escalation.climb(
            find_request(request.auth, number), by=author, step=told.step, reason=told.reason, keep=told.keep
        )
    )


@router.get(
    "/cases/{reference}/ladder", response=schemas.WholeLadder, operation_id="get_case_ladder", summary="The ladder of a case",
    openapi_extra=described("not-found", example=examples.LADDER),
)  # fmt: skip
def get_case_ladder(request: Asked, reference: str) -> HttpResponse:
    """What its client, and who brought them, may do while its partner is silent."""
    return answer(ladder_shape(Way.in_case(find_case(request.auth, reference), request.auth, timezone.now())))


@router.post(
    "/cases/{reference}/escalations", response={201: schemas.Escalation}, operation_id="press", summary="Take the next step in a case",
    openapi_extra=described(*_WRITING, given=examples.NEW_STEP, example=examples.ESCALATION, gives=201),
)  # fmt: skip
def press(request: Asked, reference: str, told: schemas.NewStep) -> HttpResponse:
    """A reminder in its conversation, once the partner's answer is late; then, with a reason, a request to the account manager."""
    author, case = author_of(request.auth, told.author_email), find_case(request.auth, reference)
    return _taken(Escalation.press(case, by=author, step=told.step, reason=told.reason, keep=told.keep))


def _taken(made: Escalation) -> HttpResponse:
    whole = Escalation.objects.shown().get(pk=made.pk)
    return answer(_shapes([whole])[0], 201, Location=address(f"escalations/{made.public_id}"))


def _shapes(steps: Sequence[Escalation]) -> list[Shape]:
    rules, now = Edition.in_force().rules, timezone.now()
    owed = Clock.objects.next_by_talk(step.conversation for step in steps if step.is_open)
    return [escalation_shape(step, rules, owed.get(step.conversation) if step.is_open else None, now) for step in steps]
