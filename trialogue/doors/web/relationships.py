"""Pages of what a client and a partner say to each other outside their cases: with whom one can talk, and one conversation."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from trialogue.clocks.models import Clock
from trialogue.conversations import relationships as talking
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Conversation
from trialogue.deliveries.notices import look_at
from trialogue.deliveries.wishes import Mute
from trialogue.doors.web import relationship_page
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import asked_place, find_conversation, number
from trialogue.doors.web.converters import page_of
from trialogue.events import tail
from trialogue.people.models import Actor, Organisation, Refused, Side

PAGE = 50


@acting
def relationships(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A client's partners, a partner's clients, and what is said with each; all pairs that talk for the operator. Posted: begins."""
    if actor.side == Side.REFERRER:
        return redirect("clients")
    if request.method == "POST":
        return _begin(request, actor)
    head, q = tail.head(), " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    context = {"head": head, "q": q, **(_pairs if actor.side == Side.OPERATOR else _others)(request, actor, q)}
    return render(request, "web/relationships/list.html", context)


def _begin(request: HttpRequest, actor: Actor) -> HttpResponse:
    other = get_object_or_404(talking.acquainted(actor), public_id=request.POST.get("organisation", "")[:40])
    try:
        return redirect(page_of(talking.between(actor, other).public_id) + "#write")
    except Refused as problem:  # their last case went elsewhere meanwhile
        messages.error(request, str(problem))
        return redirect("relationships")


def _others(request: HttpRequest, actor: Actor, q: str) -> dict[str, object]:
    """Whom the actor's organisation knows by a case, by name."""
    known = talking.acquainted(actor).order_by("name", "pk")
    page = Paginator(known.filter(name__icontains=q) if q else known, PAGE).get_page(request.GET.get("page"))
    theirs = "partner" if actor.side == Side.CLIENT else "client"
    two = Conversation.objects.relationships(actor).filter(**{f"{theirs}__in": [one.pk for one in page.object_list]})
    if actor.person:
        two = two.with_unread(actor.person)
    talks = {getattr(talk, f"{theirs}_id"): talk for talk in two}
    clocks = Clock.objects.visible_to(actor).next_by_talk(talks.values())
    rows = [
        (one.name, one, talk, clocks.get(talk.pk) if talk else None)
        for one in page.object_list
        for talk in (talks.get(one.pk),)
    ]
    return {"page": page, "rows": rows}


def _pairs(request: HttpRequest, actor: Actor, q: str) -> dict[str, object]:
    """All that talk, the last to have spoken first."""
    talks = Conversation.objects.relationships(actor).order_by("-last_message_at", "-pk")
    page = Paginator(talks.filter(title__icontains=q) if q else talks, PAGE).get_page(request.GET.get("page"))
    clocks = Clock.objects.visible_to(actor).next_by_talk(page.object_list)
    nobody: Organisation | None = None
    return {"page": page, "rows": [(talk.title, nobody, talk, clocks.get(talk.pk)) for talk in page.object_list]}


@acting
@require_GET
def relationship(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    head, stretch = tail.head(), asked_place(request)
    talk = find_conversation(actor, place)
    page = relationship_page.assemble(actor, talk, stretch)
    context = {"page": page, "where": place, "place": stretch}
    if stretch.before is None:
        page.mark_read()
    look_at(actor, talk)
    if request.htmx and (stretch.before is not None or stretch.later is not None):  # type: ignore[attr-defined]
        return render(request, "web/case/further.html", context)
    page.quote(number(request.GET.get("answers")))
    mute = Mute.objects.on(talk, actor, timezone.now())
    context |= {"head": head, "mute": mute, "draft": request.GET.get("draft", "")[:LONGEST_MESSAGE]}
    return render(request, "web/relationships/page.html", context)
