"""What we have asked of the operator: the list, one request and what its sender does there; the same by a secret link."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from trialogue.cases import timeline
from trialogue.channels.models import Edition
from trialogue.channels.rules import Channel
from trialogue.clocks.models import Clock
from trialogue.conversations.models import KeyReused, Message
from trialogue.deliveries.wishes import Mute
from trialogue.doors.web.access import acting
from trialogue.doors.web.carrying import Files, carried
from trialogue.doors.web.helping import Field, once, page
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.escalations.models import Escalation, Way
from trialogue.events.models import Event
from trialogue.letters.models import Letter
from trialogue.lists.pages import MOVED
from trialogue.meetings.models import Meeting
from trialogue.people import typed
from trialogue.people.models import Actor, Refused, Side, Visitor
from trialogue.requests import inbox, include
from trialogue.requests.models import LONGEST_SUBJECT, Request, State, who_is_asking

PAGE = 50
TABS = {
    "": gettext_lazy("All"),
    State.OPEN: gettext_lazy("We are answering"),
    State.WAITING: gettext_lazy("Waiting for you"),
    State.ANSWERED: gettext_lazy("Answered"),
    State.SOLVED: gettext_lazy("Solved"),
    State.CLOSED: gettext_lazy("Closed"),
}


@acting
@require_GET
def requests(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What our organisation has asked, the last moved first."""
    if actor.side == Side.OPERATOR:
        return redirect("desk")
    state, q = request.GET.get("state", ""), " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    found = Request.objects.visible_to(actor).select_related("person", "asker")
    if state in State.values:
        found = found.filter(state=state)
    if q:
        talks = inbox.with_document(actor, q)
        found = found.filter(Q(number__icontains=q) | Q(subject__icontains=q) | Q(conversation__in=talks))
    if before := MOVED.place(request.GET.get("before")):
        found = found.filter(MOVED.beyond(before))
    rows = list(MOVED.along(found)[: PAGE + 1])
    shown = rows[:PAGE]
    due = Clock.objects.visible_to(actor).next_by_talk(row.conversation_id for row in shown)
    tabs = [
        (label, urlencode({"state": name, **({"q": q} if q else {})}), name == state) for name, label in TABS.items()
    ]
    further = {"state": state, "q": q, "before": MOVED.key(shown[-1])} if len(rows) > PAGE else {}
    context = {
        "rows": [(row, due.get(row.conversation_id)) for row in shown], "tabs": tabs, "q": q, "state": state,
        "further": urlencode({name: value for name, value in further.items() if value}),
        "filtered": bool(state or q), "first": not request.GET.get("before"), "channels": Edition.in_force().rules.channels,
    }  # fmt: skip
    return render(request, "web/requests/list.html", context)


@acting
def request_(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    if actor.side == Side.OPERATOR:
        return redirect(f"/desk/requests/{number}/")  # whatever was typed: the desk says if there is none
    visible = Request.objects.visible_to(actor)
    found = visible.shown().filter(number=number.upper()).first() if typed.can_be_kept(number) else None
    if found is None:
        context = {"number": number[:40], "near": inbox.nearest(actor, number)}
        return render(request, "web/requests/none.html", context, status=404)
    return _one(request, actor, found, reverse("request", args=[found.number]))


# --- without an account -----------------------------------------------------------------------------------------------


@login_not_required
def visited(request: HttpRequest, secret: str) -> HttpResponse:
    """The request of somebody without an account, for whoever has its link."""
    found = opened_by(secret)
    with timezone.override(found.spoken_in[1]):
        return unlisted(_one(request, Visitor(), found, reverse("visited", args=[secret]), secret))


@login_not_required
def visited_rate(request: HttpRequest, secret: str, verdict: str) -> HttpResponse:
    """The way from a mail: opening it says nothing yet, for programs open links, too."""
    found = opened_by(secret)
    if request.method == "POST":
        found.rate(verdict == "good", by=Visitor())
        messages.success(request, _("Thank you. You can say more below."))
        return unlisted(redirect(f"{reverse('visited', args=[secret])}#rate"))
    return unlisted(_framed(request, "web/requests/rate.html", {"asked": found, "good": verdict == "good"}))


def opened_by(secret: str) -> Request:
    if found := Request.objects.by_secret(secret):
        return found
    raise Http404


def unlisted(response: HttpResponse) -> HttpResponse:
    """In no search engine and no shared cache. Other sites are told no referrer anyway (see the settings)."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    return response


def _framed(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, template, {**context, "base": "web/requests/public.html", "actor": None}, status=status)


# --- one request ------------------------------------------------------------------------------------------------------


@dataclass
class Shown:
    """A request as its page shows it."""

    request: Request
    channel: Channel | None
    messages: list[Message]
    earlier: int | None
    clock: Clock | None
    missing: list[Field]
    given: list[tuple[str, str]]
    topics: list[Letter]
    may_hand_over: bool
    mute: Mute | None = None
    way: Way | None = None
    history: list[timeline.Line] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)


def _one(request: HttpRequest, by: Actor | Visitor, found: Request, here: str, secret: str = "") -> HttpResponse:
    problems: dict[str, list[str]] = {}
    files = carried(request, by)
    edits = request.POST.get("do") == "edit"
    if request.method == "POST" and not edits:
        review = None if files.wrong else _to_review(request, by, found)
        if review:
            return page(
                request, "web/requests/review.html", {**review, "asked": found, "here": here, "files": files.documents}
            )
        try:
            said = _act(request, by, found, files)
        except ValidationError as problem:
            problems = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
        except (Refused, KeyReused) as problem:
            problems = {"": [str(problem)]}
        else:
            return redirect(f"{here}#message-{said.number}" if said else here)
        found = Request.objects.shown().get(pk=found.pk)
    shown = _shown(by, found, request, problems)
    context = {
        "asked": found, "shown": shown, "here": here, "problems": problems, "key": secrets.token_urlsafe(12), "secret": secret,
        "draft": request.POST.get("body", "") if problems or edits else "", "climbing": request.POST.get("reason", "") if problems or edits else "", "State": State, "link": request.build_absolute_uri(here),
        "files": files.documents,
    }  # fmt: skip
    status = 422 if problems else 200
    if isinstance(by, Actor):
        return page(request, "web/requests/page.html", context, status=status)
    return _framed(request, "web/requests/page.html", context, status=status)


def _act(request: HttpRequest, by: Actor | Visitor, found: Request, files: Files) -> Message | None:
    """What the sender does, as the buttons of the page say it; answers what was said, if anything. Raises what the verbs raise."""
    post, keep = request.POST, request.POST.getlist("keep")[:500]
    match post.get("do"):
        case "write":
            asks = not post.get("no_answer_needed")
            told: dict[str, Any] = {"documents": files.to_send(), "keep": keep, "key": post.get("key", "")[:100]}
            return found.write(by=by, body=post.get("body", ""), expects_answer=asks, **told)
        case "supply":
            found.supply(_supplied(request, found), by=by, keep=keep)
            messages.success(request, _("Thank you. It stands with your request."))
        case "close":
            found.close(by=by)
            messages.success(request, _("The request is closed. Writing opens it again."))
        case "hand" if isinstance(by, Actor):
            found.hand_over(by=by)
            said = _(
                "It stands in the conversation of case {reference} now, and has lost no time. This request is closed."
            )
            messages.success(request, said.format(reference=found.case))
        case "split":
            letter = get_object_or_404(_topics(found), public_id=post.get("letter", "")[:40])
            assert letter.message is not None
            new = found.split(letter.message, by=by, subject=letter.topic[:LONGEST_SUBJECT])
            messages.success(
                request, _("It is request {number} now, counted from when you wrote it.").format(number=new)
            )
        case "climb" if isinstance(by, Actor):
            Escalation.climb(found, by=by, reason=post.get("reason", ""), keep=keep)
            messages.success(
                request, _("It is with whoever must answer now. They have been told, and owe you an answer.")
            )
        case "rate" if post.get("helped") in ("yes", "no"):
            found.rate(post["helped"] == "yes", by=by, words=post.get("words", ""))
            messages.success(request, _("Thank you for saying so."))
        case _:
            raise Http404
    return None


def _supplied(request: HttpRequest, found: Request) -> dict[str, str]:
    return {key: request.POST[key] for key in found.missing if request.POST.get(key, "").strip()}


def _to_review(request: HttpRequest, by: Actor | Visitor, found: Request) -> dict[str, Any] | None:
    """What would be masked of what is said or supplied, unless that was seen already."""
    post = request.POST
    carried_along = {"key": post.get("key", ""), "no_answer_needed": post.get("no_answer_needed", "")}
    match post.get("do"):
        case "write":
            given, along = {"body": post.get("body", "")}, carried_along
        case "supply":
            given, along = _supplied(request, found), {}
        case "climb":
            given, along = {"reason": post.get("reason", "")}, {}
        case _:
            return None
    found_in = include.findings(given)
    if not found_in or post.get("reviewed"):
        return None
    rules = Edition.in_force().rules
    channel = rules.channels.get(found.channel)
    labels = {item.key: item.says for item in rules.items_of(channel, who_is_asking(by))} if channel else {}
    return {"findings": once(found_in, given, labels), "hidden": [("do", post["do"]), *given.items(), *along.items()]}


def _shown(by: Actor | Visitor, found: Request, request: HttpRequest, problems: dict[str, list[str]]) -> Shown:
    rules, talk = Edition.in_force().rules, found.conversation
    channel = rules.channels.get(found.channel)
    said, earlier = _said(by, found, request.GET.get("before", ""))
    clocks = Clock.objects.filter(conversation=talk).shown().order_by("-pk")
    items = rules.items_of(channel, who_is_asking(by)) if channel else ()
    missing = [
        Field(item.key, item.says, item.kind, request.POST.get(item.key, ""), item.choices, True, wrong=problems.get(item.key, ()))
        for item in items if item.key in found.missing
    ]  # fmt: skip
    given = include.told(found.form, rules)
    topics = [] if found.merged_into_id else list(_topics(found))
    history = _history(by, found, rules.channels) if isinstance(by, Actor) else []
    mute = Mute.objects.on(found, by, timezone.now()) if isinstance(by, Actor) else None
    way = Way.of(found, timezone.now(), rules)
    meetings = list(Meeting.objects.hanging_on(found)) if isinstance(by, Actor) else []
    return Shown(
        found,
        channel,
        said,
        earlier,
        clocks.first(),
        missing,
        given,
        topics,
        found.may_hand_over(by),
        mute,
        way,
        history,
        meetings,
    )


def _topics(found: Request) -> QuerySet[Letter]:
    """What came by mail under another subject, and may be another matter; not what is a request of its own by now."""
    mine = Letter.objects.filter(
        conversation=found.conversation_id, state=Letter.State.FILED, message__withdrawn_at=None
    )
    theirs = mine.exclude(topic="").exclude(message__organisation=found.operator_id).exclude(message__body="")
    return theirs.exclude(topic__in=found.parted.values("subject")).select_related("message").order_by("pk")


def _said(by: Actor | Visitor, found: Request, before: str) -> tuple[list[Message], int | None]:
    """The newest messages, or those before a number; and the number to ask before, None at the beginning."""
    talk = found.conversation
    all_said = talk.messages_for(by) if isinstance(by, Actor) else talk.messages.all()
    if before.isascii() and before.isdecimal() and len(before) < 10:
        all_said = all_said.filter(number__lt=int(before))
    newest = list(all_said.shown().order_by("-number")[: PAGE + 1])
    return newest[:PAGE][::-1], newest[PAGE - 1].number if len(newest) > PAGE else None


def _history(by: Actor, found: Request, channels: Mapping[str, Channel]) -> list[timeline.Line]:
    told = Event.objects.visible_to(by).filter(subject=found.public_id).order_by("-number")[:200]
    return timeline.tell(named(list(told)[::-1], channels), when)


def named(told: list[Event], channels: Mapping[str, Channel]) -> list[Event]:
    """With names where the log has keys."""
    for event in told:
        if (key := event.facts.get("channel")) in channels:
            event.facts["channel"] = channels[key].name
        if event.kind.startswith("request.") and event.facts.get("state") in State.values:
            event.facts["state"] = State(event.facts["state"]).label
    return told
