"""The ladder of a case whose partner is silent; and the operator's page of all ladders: every step that is open, the oldest first."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from trialogue.cases.models import Case
from trialogue.channels.models import Edition
from trialogue.clocks.models import Clock
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find
from trialogue.doors.web.desk import at_the_desk, told
from trialogue.doors.web.helping import once, page
from trialogue.escalations.models import Escalation, Way
from trialogue.events import tail
from trialogue.lists import pages
from trialogue.people.models import Actor, Refused
from trialogue.requests import include

PAGE = 50
WHOSE = {"": gettext_lazy("Everyone's"), "mine": gettext_lazy("Mine"), "team": gettext_lazy("The team's")}


@acting
def ladder(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """What its client, and who brought them, may do while the partner is silent. There is no such page for others."""
    case = find(actor, reference)
    way = Way.in_case(case, actor, timezone.now())
    if way is None:
        raise Http404
    problem, reason = "", request.POST.get("reason", "")
    if request.method == "POST" and request.POST.get("do") != "edit":
        findings = include.findings({"reason": reason})
        if findings and not request.POST.get("reviewed"):
            review = {
                "findings": once(findings, {"reason": reason}, {}),
                "hidden": [("do", "climb"), ("reason", reason)],
                "here": request.path,
            }
            return page(request, "web/requests/review.html", review)
        try:
            return _go_on(
                request, Escalation.press(case, by=actor, reason=reason, keep=request.POST.getlist("keep")[:500]), case
            )
        except (ValidationError, Refused) as refused:
            problem, way = told(refused), Way.in_case(case, actor, timezone.now())
    context = {"case": case, "way": way, "problem": problem, "climbing": reason}
    return render(request, "web/case/ladder.html", context, status=422 if problem else 200)


def _go_on(request: HttpRequest, made: Escalation, case: Case) -> HttpResponse:
    if made.request:
        messages.success(request, _("It is with whoever must answer now. They have been told, and owe you an answer."))
        return redirect("request", made.request.number)
    messages.success(request, _("The reminder stands in the conversation. The partner has been told."))
    return redirect("case-ladder", case.reference)


@at_the_desk
@require_GET
def ladders(request: HttpRequest, actor: Actor) -> HttpResponse:
    head, whose = tail.head(), request.GET.get("whose", "")
    steps = Escalation.objects.visible_to(actor).open().filter(_of(whose, actor)).shown()
    where = {name: request.GET.get(name, "") for name in ("before", "after")}
    found, further, back = pages.cut(steps, pages.BEGUN, size=PAGE, **where)
    due = Clock.objects.visible_to(actor).next_by_talk(step.conversation for step in found)
    rules, link = Edition.in_force().rules, f"&whose={whose}" if whose in WHOSE and whose else ""
    context = {
        "rows": [(step, rules.step_name(step.ladder, step.step), due.get(step.conversation)) for step in found],
        "whose": [(label, f"?whose={name}", name == whose) for name, label in WHOSE.items()], "head": head,
        "older": f"?before={further}{link}" if further else "", "newer": f"?after={back}{link}" if back else "",
    }  # fmt: skip
    return render(request, "web/desk/ladders.html", context)


def _of(whose: str, actor: Actor) -> Q:
    return {"mine": Q(manager=actor.person), "team": Q(manager=None, request__isnull=False)}.get(whose, Q())
