"""The operator in the conversation of a case: somebody joins, with a reason, and leaves."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from trialogue.conversations.models import Presence
from trialogue.doors.web import case_page
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find_conversation
from trialogue.events import tail
from trialogue.people.models import Actor, Refused


@acting
@require_POST
def join(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """What is wrong with the reason is said where it was typed."""
    conversation, reason = find_conversation(actor, reference), request.POST.get("reason", "")
    try:
        Presence.join(conversation, by=actor, reason=reason)
    except (ValidationError, Refused) as problem:
        said = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
        page = case_page.assemble(actor, conversation.case)
        context = {
            "page": page,
            "case": page.case,
            "where": page.where,
            "reason": reason,
            "problem": said,
            "head": tail.head(),
        }
        return render(request, "web/case/page.html", context, status=422)
    return redirect(f"{reverse('case', args=[reference])}#write")


@acting
@require_POST
def leave(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Whoever is there leaves; who is not has nothing to leave."""
    here = Presence.objects.open().filter(conversation=find_conversation(actor, reference), person=actor.person)
    for presence in here.shown():
        presence.leave(by=actor)
    return redirect("case", reference)
