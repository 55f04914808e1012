"""Who is asking."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.beginning.steps import first_steps
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import answer, described
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import Shape, me_shape, moment
from trialogue.people.models import Actor, Membership

router = Router(tags=["me"])


@router.get(
    "/me", response=schemas.Me, operation_id="me", summary="Who am I", openapi_extra=described(example=examples.ME)
)
def me(request: Asked) -> HttpResponse:
    """The organisation and environment this key or session acts for. Good for trying a new key."""
    return answer(me_shape(request.auth, request.key))


@router.get(
    "/me/first-steps", response=schemas.FirstSteps, operation_id="get_first_steps", summary="My first steps",
    openapi_extra=described("forbidden", example=examples.FIRST_STEPS),
)  # fmt: skip
def get_first_steps(request: Asked) -> HttpResponse:
    """What matters at the beginning on your side; each is done by what is there, and by nothing else."""
    return answer(_steps(request.auth))


@router.put(
    "/me/first-steps", response=schemas.FirstSteps, operation_id="resume_first_steps", summary="Take up the first steps again",
    openapi_extra=described("forbidden", example=examples.FIRST_STEPS),
)  # fmt: skip
def resume_first_steps(request: Asked) -> HttpResponse:
    """Your first page shows them again, as far as they are not done."""
    _mine(request.auth).resume_steps(by=request.auth)
    return answer(_steps(request.auth))


@router.delete(
    "/me/first-steps", response=schemas.FirstSteps, operation_id="leave_first_steps", summary="Put away the first steps",
    openapi_extra=described("forbidden", example=examples.FIRST_STEPS),
)  # fmt: skip
def leave_first_steps(request: Asked) -> HttpResponse:
    """Your first page shows them no more."""
    _mine(request.auth).leave_steps(by=request.auth)
    return answer(_steps(request.auth))


def _mine(actor: Actor) -> Membership:
    if actor.person is None:
        raise Problem("forbidden", _("First steps belong to people. Sign in instead of sending a key."))
    return Membership.objects.get(person=actor.person, organisation=actor.organisation)


def _steps(actor: Actor) -> Shape:
    left_at = _mine(actor).steps_left_at
    return {
        "left_at": moment(left_at) if left_at else None,
        "items": [
            {
                "step": step.key, "title": str(step.title), "why": str(step.why), "done": step.done,
                "url": f"{settings.BASE_URL}{reverse(step.page)}{step.place}",
            }
            for step in first_steps(actor)
        ],
    }  # fmt: skip
