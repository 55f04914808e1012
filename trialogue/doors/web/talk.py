"""What one does with a single message, a pinned fact or a private note; jumping within a conversation; who is writing, and where to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Conversation, Message, Note, Pin, Reading, Writing
from trialogue.doors.web import thread
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find_conversation, place_of
from trialogue.doors.web.converters import page_of
from trialogue.doors.web.helping import for_the_operator
from trialogue.people.models import Actor, Refused

# How a button of a message is said to its noun.
ACTS: dict[str, Callable[[Message, Actor, str], object]] = {
    "edit": lambda message, actor, body: message.edit(by=actor, body=body),
    "delete": lambda message, actor, _body: message.withdraw(by=actor),
    "excuse": lambda message, actor, _body: message.excuse(by=actor),
    "pin": lambda message, actor, _body: Pin.add(message.conversation, by=actor, message=message),
    "unpin": lambda message, actor, _body: message.unpin(by=actor),
}


@acting
def message(request: HttpRequest, actor: Actor, place: str, number: int) -> HttpResponse:
    """One message and what can be done with it now; a script gets only the choices, to show them in place."""
    conversation = find_conversation(actor, place)
    shown = conversation.messages_for(actor).shown().select_related("conversation__case", "author", "organisation")
    found = get_object_or_404(shown, number=number)
    found.conversation = conversation
    Reading.note(conversation, by=actor)
    if request.method == "POST":
        return _act(request, actor, found)
    template = "web/case/acts.html" if request.htmx else "web/case/one.html"  # type: ignore[attr-defined]
    return render(request, template, _context(actor, found))


def _act(request: HttpRequest, actor: Actor, found: Message) -> HttpResponse:
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise Http404
    body = request.POST.get("body", "")
    try:
        act(found, actor, body)
    except (ValidationError, Refused) as problem:
        said = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
        context = {**_context(actor, found), "problem": said, "draft": body}
        return render(request, "web/case/one.html", context, status=422)
    return redirect(_place(found.conversation, found.number))


def _context(actor: Actor, found: Message) -> dict[str, object]:
    conversation = found.conversation
    may_write = conversation.may_post(actor) and not found.withdrawn_at
    return {
        "talk": conversation, "where": place_of(conversation), "message": found, "draft": found.body, "may_write": may_write,
        "may_change": may_write and found.may_change(actor, timezone.now()),
        "may_excuse": may_write and found.is_between(actor) and found.expects_answer and found.engagement_id == conversation.engagement_id,
        "pinned": found.pins.exists(),
    }  # fmt: skip


def _place(conversation: Conversation, number: int) -> str:
    return f"{page_of(place_of(conversation))}?at={number}#message-{number}"


@acting
@require_GET
def jump(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """To the first message of a day; without one, to the newest."""
    conversation = find_conversation(actor, place)
    day = _day(request.GET.get("date", ""))
    number = thread.on_day(conversation, actor, day) if day else None
    if number:
        return redirect(_place(conversation, number))
    messages.info(request, _("Nothing was said on or after that day: these are the newest messages."))
    return redirect(page_of(place))


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if 1970 <= day.year < 9000 else None


@acting
@require_POST
def pins(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """Pins a fact, or takes one off."""
    conversation = find_conversation(actor, place)
    try:
        if off := request.POST.get("off", ""):
            pinned = Pin.objects.visible_to(actor).filter(conversation=conversation)
            get_object_or_404(pinned.select_related("conversation__case", "message"), public_id=off[:32]).remove(
                by=actor
            )
        else:
            Pin.add(conversation, by=actor, fact=request.POST.get("fact", ""))
    except (ValidationError, Refused) as problem:
        said = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
        messages.error(request, said)
    return redirect(f"{page_of(place)}#facts")


@acting
def note(request: HttpRequest, actor: Actor, place: str, public_id: str) -> HttpResponse:
    """Asks whether to remove a note, and does it."""
    conversation = find_conversation(actor, place)
    shown = Note.objects.visible_to(actor).filter(conversation=conversation).shown()
    found = get_object_or_404(shown.select_related("conversation__case"), public_id=public_id)
    if request.method == "POST":
        try:
            found.remove(by=actor)
        except Refused as problem:
            messages.error(request, str(problem))
        return redirect(page_of(place))
    context = {"talk": conversation, "where": place, "note": found}
    return render(request, "web/case/note_remove.html", context)


@acting
@require_GET
def note_place(request: HttpRequest, actor: Actor, place: str, public_id: str) -> HttpResponse:
    """To where a note stands in its conversation."""
    conversation = find_conversation(actor, place)
    found = get_object_or_404(Note.objects.visible_to(actor).filter(conversation=conversation), public_id=public_id)
    number = thread.at_moment(conversation, actor, found.at)
    return redirect(f"{page_of(place)}{f'?at={number}' if number else ''}#note-{public_id}")


@acting
def writing(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """POST: I am writing. GET: who else is, in a few words or none."""
    conversation = find_conversation(actor, place)
    if request.method == "POST":
        Writing.tell(conversation, by=actor, now=timezone.now())
        return HttpResponse(status=204)
    names = Writing.names(conversation, actor, timezone.now())
    return render(request, "web/case/writing.html", {"names": names})


@acting
@require_POST
def elsewhere(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """While one writes: whether the words look like a question to the operator. Nothing for all that may belong here."""
    conversation = find_conversation(actor, reference)
    text = request.POST.get("text", "").strip()[:LONGEST_MESSAGE]
    hint = for_the_operator(actor, text) if conversation.may_post(actor) else None
    if hint is None:
        return HttpResponse(status=204)
    return render(request, "web/case/elsewhere.html", {"case": conversation.case, "hint": hint, "text": text})
