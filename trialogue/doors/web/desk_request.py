"""One request on the desk: what was said, who owes what, and everything the operator does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from trialogue.cases import timeline
from trialogue.cases.models import Case
from trialogue.channels.models import Edition
from trialogue.channels.rules import Rules
from trialogue.clocks.models import Clock
from trialogue.conversations.models import KeyReused, Note, Writing
from trialogue.deliveries.wishes import Mute
from trialogue.doors.web import desk, thread
from trialogue.doors.web.carrying import carried
from trialogue.doors.web.desk import at_the_desk, told, whole
from trialogue.doors.web.requests import named
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.escalations.models import Way
from trialogue.events import tail
from trialogue.events.models import Event
from trialogue.lib import publicid
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Refused
from trialogue.requests import inbox, include
from trialogue.requests.models import Request, SavedAnswer

HISTORY = 30
REFUSALS = (ValidationError, Refused, KeyReused)
# What is told in the history besides the request's own: when the answer was owed, and how that ended.
QUIET = ("message.posted", "conversation.opened", "conversation.read", "delivery.settled", "clock.kept")
Given = Mapping[str, str]


def find(actor: Actor, number: str) -> Request:
    return get_object_or_404(Request.objects.visible_to(actor).shown(), number=number.upper())


@at_the_desk
def page(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Reads it; who has the number nearly right is offered what it may have been."""
    if not Request.objects.visible_to(actor).filter(number=number.upper()).exists():
        context = {"number": number, "nearest": inbox.nearest(actor, number)}
        return render(request, "web/desk/missing.html", context, status=404)
    return _page(request, actor, find(actor, number))


def _page(request: HttpRequest, actor: Actor, found: Request, status: int = 200, **more: Any) -> HttpResponse:
    head = tail.head()
    place = thread.Place(before=whole(request.GET.get("before")))
    talk = thread.read(found.conversation, actor, place)
    rules = Edition.in_force().rules
    answers = list(SavedAnswer.objects.visible_to(actor))
    saying = _say(found, actor, rules, answers, request.GET.get("say", ""))
    clocks = Clock.objects.visible_to(actor).filter(conversation=found.conversation).shown()
    meetings = list(Meeting.objects.hanging_on(found))
    context = {
        "it": found, "thread": talk, "is_past": place.before is not None, "head": head, "key": publicid.new("web"),
        "channel": rules.channels.get(found.channel), "channels": [one for one in rules.channel if one.takes_requests],
        "came_by": [rules.channels[key].name for key in found.intents if key in rules.channels],
        "clocks": sorted(clocks.open(), key=lambda one: one.due_at) or list(clocks.order_by("-pk")[:1]),
        "included": include.told(found.form, rules), "missing": _missing(found, rules), "answers": _first(answers, found.channel),
        "beside": desk.beside(actor), "colleagues": desk.colleagues(actor), "tags": list(found.tags.order_by("name")),
        "history": _history(actor, found, rules), "writing": Writing.names(found.conversation, actor, timezone.now()),
        "draft": saying, "said": bool(saying), "asks": request.GET.get("say") == "missing", "may": found.merged_into_id is None,
        "muted": Mute.objects.on(found, actor, timezone.now()), "way": Way.of(found, timezone.now(), rules),
        "meetings": meetings, "questions": [one.question_id for one in meetings],
        "parts": list(found.parted.order_by("pk")), "merged": list(found.merged.order_by("pk")),
    } | more  # fmt: skip
    return render(request, "web/desk/request.html", context, status=status)


def _say(found: Request, actor: Actor, rules: Rules, answers: list[SavedAnswer], chosen: str) -> str:
    """What the composer begins with: a saved answer with its gaps filled, or the question for what is missing."""
    if chosen == "missing" and found.missing:
        lines = "\n".join(f"- {says}" for says in _missing(found, rules))
        return _("To answer this, we still need:") + f"\n\n{lines}"
    answer = next((one for one in answers if one.public_id == chosen), None)
    return answer.filled(found, actor) if answer else ""


def _first(answers: list[SavedAnswer], channel: str) -> list[SavedAnswer]:
    """Those for this channel first, then those for all; those for other channels are of no use here."""
    return sorted((one for one in answers if one.channel in (channel, "")), key=lambda one: one.channel == "")


def _missing(found: Request, rules: Rules) -> list[str]:
    return [rules.items[key].says if key in rules.items else key for key in found.missing]


def _history(actor: Actor, found: Request, rules: Rules) -> list[timeline.Line]:
    about = Event.objects.visible_to(actor).filter(subject__in=[found.public_id, found.conversation.public_id])
    told = list(about.exclude(kind__in=QUIET).order_by("-pk")[:HISTORY])
    return timeline.tell(named(told, rules.channels), when)


# --- saying something -------------------------------------------------------------------------------------------------


@at_the_desk
def answer(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """An answer, a question back, an answer that solves it, or a private note."""
    found, body = find(actor, number), request.POST.get("body", "")
    if request.method != "POST":
        return redirect("desk-request", found.number)
    private, do, key = request.POST.get("to") == "own", request.POST.get("do", ""), request.POST.get("key", "")[:100]
    files = carried(request, actor)
    try:
        documents = files.to_send()
        if private and documents:
            said = _("A note holds words only. Take the files out, or send them to the sender.")
            raise ValidationError({"documents": said})
        if private:
            note = Note.write(found.conversation, by=actor, body=body, key=key)
            return redirect(f"{reverse('desk-request', args=[found.number])}#note-{note.public_id}")
        seen = whole(request.POST.get("seen"))
        told_how: dict[str, Any] = {"asks": do == "ask", "solves": do == "solve", "key": key, "seen": seen}
        message = found.answer(by=actor, body=body, documents=documents, **told_how)
    except REFUSALS as problem:
        again = find(actor, number)
        return _page(
            request, actor, again, 422, draft=body, problem=told(problem), private=private, files=files.documents
        )
    return redirect(f"{reverse('desk-request', args=[found.number])}#message-{message.number}")


@at_the_desk
def writing(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """POST: I am writing. GET: who else is, in a few words or none."""
    found = find(actor, number)
    if request.method == "POST":
        Writing.tell(found.conversation, by=actor, now=timezone.now())
        return HttpResponse(status=204)
    names = Writing.names(found.conversation, actor, timezone.now())
    return render(request, "web/case/writing.html", {"names": names})


# --- everything else --------------------------------------------------------------------------------------------------


@at_the_desk
def act(request: HttpRequest, actor: Actor, number: str, what: str) -> HttpResponse:
    """One of the acts below; what is refused is said on the page, and nothing was changed."""
    found, chosen = find(actor, number), ACTS.get(what)
    if chosen is None:
        raise Http404
    if request.method != "POST":
        return redirect("desk-request", found.number)
    try:
        there = chosen(found, actor, request.POST) or found
    except REFUSALS as problem:
        messages.error(request, told(problem))
        there = found
    return redirect("desk-request", there.number)


def _take(found: Request, actor: Actor, _given: Given) -> None:
    found.assign(actor.person, by=actor)


def _assign(found: Request, actor: Actor, given: Given) -> None:
    found.assign(desk.person_called(actor, given.get("assignee", "")), by=actor)


def _move(found: Request, actor: Actor, given: Given) -> None:
    found.move_to(given.get("channel", ""), by=actor)


def _tag(found: Request, actor: Actor, given: Given) -> None:
    found.tag(given.get("tags", "").split(","), by=actor)


def _link(found: Request, actor: Actor, given: Given) -> None:
    reference = given.get("case", "").strip().upper()
    case = Case.objects.visible_to(actor).filter(reference=reference[:20]).first() if _plain(reference) else None
    if reference and case is None:
        raise ValidationError({"case": _("There is no case of this reference. It has eight capitals and digits.")})
    found.link(case, by=actor)


def _merge(found: Request, actor: Actor, given: Given) -> Request:
    number = given.get("into", "").strip().upper()[:20]
    other = Request.objects.visible_to(actor).filter(number=number).first() if _plain(number) else None
    if other is None:
        near = ", ".join(one.number for one in inbox.nearest(actor, number))
        said = _("There is no request of this number.") + (" " + _("Did you mean {near}?").format(near=near) if near else "")  # fmt: skip
        raise ValidationError({"into": said})
    found.merge_into(other, by=actor)
    return other


def _split(found: Request, actor: Actor, given: Given) -> Request:
    message = found.conversation.messages_for(actor).filter(number=whole(given.get("message")) or 0).first()
    if message is None:
        raise ValidationError({"message": _("Choose a message of the sender.")})
    return found.split(message, by=actor, subject=given.get("subject", ""), channel=given.get("channel", ""))


def _solve(found: Request, actor: Actor, _given: Given) -> None:
    found.solve(by=actor)


def _close(found: Request, actor: Actor, _given: Given) -> None:
    found.close(by=actor)


def _acknowledge(found: Request, actor: Actor, _given: Given) -> None:
    step = found.escalations.order_by("pk").last()
    if step is None:
        raise Http404
    step.acknowledge(by=actor)


def _unnote(found: Request, actor: Actor, given: Given) -> None:
    ours = Note.objects.visible_to(actor).filter(conversation=found.conversation)
    get_object_or_404(ours.shown(), public_id=given.get("note", "")[:32]).remove(by=actor)


ACTS: dict[str, Callable[[Request, Actor, Given], Request | None]] = {
    "take": _take, "assign": _assign, "move": _move, "tag": _tag, "link": _link, "merge": _merge, "split": _split, "solve": _solve,
    "close": _close, "unnote": _unnote, "acknowledge": _acknowledge,
}  # fmt: skip


def _plain(word: str) -> bool:
    return word.isascii() and word.isprintable()
