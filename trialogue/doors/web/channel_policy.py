"""The channel policy on a page: what is in force, what another one would change, every edition that was."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from trialogue.channels import planning, rules
from trialogue.channels.models import Edition, may_set_policy
from trialogue.channels.rules import Unreadable
from trialogue.clocks import proposing
from trialogue.clocks.models import Clock
from trialogue.doors.web.desk import at_the_desk, told, whole
from trialogue.people.models import Actor, Refused

HISTORY = 50


@at_the_desk
def channels(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The policy in force; for an admin also another one: previewed first, then adopted."""
    if request.method != "POST":
        return _page(request, actor)
    if not may_set_policy(actor):
        return render(request, "web/rules/not_yours.html", {"whose": None}, status=403)
    text = _text(request)
    why, replaces = request.POST.get("why", "")[:200], whole(request.POST.get("replaces"))
    try:
        if request.POST.get("do") == "adopt" and request.POST.get("seen") == _seen(text):
            made = Edition.adopt(text, by=actor, why=why, replaces=replaces)
            messages.success(request, _("Edition {number} is in force.").format(number=made.number))
            return redirect("channel-policy")
        return _page(request, actor, text=text, why=why, **_preview(actor, text))
    except Unreadable as wrong:
        return _page(request, actor, 422, text=text, why=why, problems=wrong.problems)
    except (ValidationError, Refused) as problem:
        return _page(request, actor, 422, text=text, why=why, problems=[(0, told(problem))])


@at_the_desk
def edition(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One edition: its text, and what going back to it would change, before it is done."""
    found, now = get_object_or_404(Edition, number=number), Edition.in_force()
    if request.method == "POST":
        try:
            made = Edition.roll_back(number, by=actor, replaces=whole(request.POST.get("replaces")))
        except (ValidationError, Refused) as problem:
            messages.error(request, told(problem))
            return redirect("edition", number)
        messages.success(request, _("Edition {number} is in force.").format(number=made.number))
        return redirect("channel-policy")
    context: dict[str, Any] = {"edition": found, "now": now, "may": may_set_policy(actor)}
    if found.number != now.number:
        context |= _preview(actor, found.text)
    return render(request, "web/rules/edition.html", context)


def _page(request: HttpRequest, actor: Actor, status: int = 200, **more: Any) -> HttpResponse:
    now = Edition.in_force()
    editions = list(Edition.objects.select_related("person", "organisation")[:HISTORY])
    context = {
        "now": now, "rules": now.rules, "editions": editions, "may": may_set_policy(actor), "text": now.text, "why": "",
    } | more  # fmt: skip
    return render(request, "web/rules/channels.html", context, status=status)


def _text(request: HttpRequest) -> str:
    """What was pasted, or the file that was chosen. Raises nothing: what is no text is no policy either."""
    file = request.FILES.get("file")
    typed = file.read(4 * rules.LONGEST).decode(errors="replace") if file else request.POST.get("text", "")
    return typed.replace("\r\n", "\n").strip() + "\n"


def _seen(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _preview(actor: Actor, text: str) -> dict[str, Any]:
    """What it would change, and which clocks that would touch. Raises `Unreadable`, `ValidationError`."""
    wanted, now = rules.read(text), timezone.now()
    touched = proposing.preview_of_rules(Clock.objects.visible_to(actor), wanted, actor.organisation, now)
    changes = planning.differences(Edition.in_force().rules_as_written, wanted)
    return {"changes": changes, "touched": touched, "seen": _seen(text), "previewed": True}
