"""Who is at the door."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from trialogue.doors.web.middleware import actor_of
from trialogue.people.models import Actor

P = ParamSpec("P")


def acting(
    view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hands the view who acts; someone who belongs to no organisation (any more) is told so."""

    def found(request: HttpRequest, /, *arguments: P.args, **keywords: P.kwargs) -> HttpResponseBase:
        # From here on the actor itself: what waits to be asked costs at each look, and a page looks at it hundreds of times.
        actor = request.actor = actor_of(request)  # type: ignore[attr-defined]
        if not actor:
            return _nowhere(request)
        return view(request, actor, *arguments, **keywords)

    update_wrapper(found, view)
    return found


def _nowhere(request: HttpRequest) -> HttpResponse:
    return render(request, "web/nowhere.html", status=403)
