"""The first steps: on the first page of each side until they are made, or until somebody leaves them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from trialogue.beginning.steps import first_steps
from trialogue.doors.web.access import acting
from trialogue.people.models import Actor, Membership


def beginning(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What is still to be done; nothing for whoever has left it or done it all."""
    if membership_of(request, actor).steps_left_at:
        return {}
    steps = sorted(first_steps(actor), key=lambda step: step.done is True)
    to_do = [step for step in steps if step.done is False]
    if not to_do:
        return {}
    made = [step for step in steps if step.done]
    return {"steps": steps, "steps_made": len(made), "steps_in_all": len(made) + len(to_do)}


def membership_of(request: HttpRequest, actor: Actor) -> Membership:
    """The one that the actor acts by; found along with them."""
    mine: list[Membership] = request.memberships  # type: ignore[attr-defined]
    return next(one for one in mine if one.organisation_id == actor.organisation.pk)


@acting
@require_POST
def first_steps_turn(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Leaves them, or takes them up again."""
    membership = membership_of(request, actor)
    if request.POST.get("do") == "resume":
        membership.resume_steps(by=actor)
    else:
        membership.leave_steps(by=actor)
        messages.info(request, _("The first steps are put away. Under Settings, My profile, you find them again."))
    return redirect("home")
