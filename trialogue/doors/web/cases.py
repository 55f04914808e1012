"""Pages of cases: lists, a new one, its conversation, its moves, its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.lifecycle import MOVES, Move, MoveRefused
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Conversation, Document, KeyReused, Message, Note
from trialogue.deliveries.notices import look_at, noted
from trialogue.doors.web import case_list, case_page, listing, moving, relationship_page, thread
from trialogue.doors.web.access import acting
from trialogue.doors.web.beginning import beginning
from trialogue.doors.web.converters import page_of
from trialogue.doors.web.forms import CaseForm
from trialogue.doors.web.helping import for_the_operator
from trialogue.events import tail
from trialogue.lists.views import View
from trialogue.people.models import Actor, Refused, Side
from trialogue.people.prepared import planned, prepared


def place_of(conversation: Conversation) -> str:
    """What stands for it in addresses."""
    return conversation.case.reference if conversation.case else conversation.public_id


def asked_place(request: HttpRequest) -> thread.Place:
    """Which stretch of a conversation its page is asked for."""
    return thread.Place(*(number(request.GET.get(name)) for name in ("before", "later", "at")))


def find(actor: Actor, reference: str) -> Case:
    for found in _by_reference(actor, reference, timezone.now()):
        return found.as_seen_by(actor)
    raise Http404


@prepared
def _by_reference(actor: Actor, reference: str, now: datetime) -> QuerySet[Case]:
    return noted(Case.objects.visible_to(actor).with_parties(), actor, now).filter(reference=reference)


def find_conversation(actor: Actor, place: str) -> Conversation:
    """Of a case, by its reference; of a client and a partner, by its own id."""
    if place.startswith("con_"):
        two = Conversation.objects.relationships(actor).select_related("client", "partner")
        return get_object_or_404(two, public_id=place)
    found = Conversation.objects.visible_to(actor).select_related("case__client", "case__partner", "case__referrer")
    return get_object_or_404(found, case__reference=place)


@acting
@require_GET
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What needs me and what is owed to me; the operator's wall of promises; a referral partner's cases."""
    if actor.side == Side.REFERRER:
        return redirect("cases")
    head = tail.head()
    with planned("" if actor.side == Side.OPERATOR else "once"):
        template, context = listing.wall(actor) if actor.side == Side.OPERATOR else listing.owed(actor)
        return render(request, template, {**context, **beginning(request, actor), "head": head})


@acting
@require_GET
def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list as its address asks for it; one that asks for nothing opens with the reader's own default."""
    head = tail.head()
    views = _views(actor)
    default = next((view for view in views if view.is_default), None)
    if default and not request.GET:
        return redirect(f"{reverse('cases')}?{default.filter.query or 'state=open'}")
    first = beginning(request, actor) if actor.side == Side.REFERRER else {}
    chosen = case_list.read(request.GET)
    # Which clocks are broken, and whose, differs from reader to reader; a name is found the same way for all.
    by_clock = chosen.clock or chosen.column == "due"
    with planned("anew" if by_clock else "" if chosen.narrows else "once"):
        context = {**case_list.assemble(actor, chosen, request.GET, views), **first, "head": head}
        return render(request, "web/case/list.html", context)


@prepared
def _views(actor: Actor) -> QuerySet[View]:
    return View.objects.visible_to(actor).shown(actor)


@acting
def new_case(request: HttpRequest, actor: Actor) -> HttpResponse:
    if actor.side != Side.CLIENT:
        messages.error(request, _("Only a client hands in a case."))
        return redirect("cases")
    form = CaseForm(request.POST or None, request.FILES or None, initial={"currency": "EUR"})
    if request.method == "POST" and form.is_valid():
        try:
            case = _submit(actor, form)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(
                request,
                _(
                    "Case {reference} is handed in. You are told when the operator releases it to a collection partner."
                ).format(reference=case),
            )
            return redirect("case", case.reference)
    status = 422 if form.errors else 200
    return render(request, "web/case/new.html", {"form": form}, status=status)


def _submit(actor: Actor, form: CaseForm) -> Case:
    with received(form.cleaned_data["documents"], kind=form.cleaned_data["document_kind"]) as documents:
        try:
            case = Case.submit(by=actor, **form.claim())
        except ValidationError:
            # A button pressed twice: the very same claim has just been handed in.
            just_now = timezone.now() - timedelta(minutes=2)
            again = Case.objects.visible_to(actor).filter(**form.claim(), created_at__gt=just_now).first()
            if again is None:
                raise
            return again
        if documents:
            Document.add(case, documents, by=actor)
    return case


@acting
@require_GET
@planned()
def case(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    head = tail.head()
    place = asked_place(request)
    page = case_page.assemble(actor, find(actor, reference), place)
    if place.before is None:
        page.mark_read()
    look_at(actor, page.case)
    if request.htmx and (place.before is not None or place.later is not None):  # type: ignore[attr-defined]
        return render(
            request, "web/case/further.html", {"page": page, "case": page.case, "where": page.where, "place": place}
        )
    page.quote(number(request.GET.get("answers")))
    context = {
        "page": page,
        "case": page.case,
        "where": page.where,
        "head": head,
        "draft": request.GET.get("draft", "")[:LONGEST_MESSAGE],
    }
    if page.conversation and page.may_post and (said := number(request.GET.get("said"))):
        context |= _hint(actor, page.conversation, said)
    return render(request, "web/case/page.html", context)


def _hint(actor: Actor, conversation: Conversation, said_as: int) -> dict[str, Any]:
    """Where no script could say so before it was sent: one's own words look like a question to the operator."""
    said = conversation.messages_for(actor).filter(number=said_as, author=actor.person, withdrawn_at=None).first()
    return {"hint": for_the_operator(actor, said.body), "text": said.body, "sent": True} if said else {}


@acting
@require_GET
@planned()
def live(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """What changed on the open page of a conversation since the message and the position it shows."""
    head = tail.head()
    after, since = number(request.GET.get("after")) or 0, request.GET.get("head", head)
    try:
        folder, shown = _page_at(actor, place, after=after, since=since)
    except tail.UnknownPosition:
        return HttpResponse(status=205)  # the page is older than our log: load it anew
    page = shown["page"]
    if request.GET.get("looking"):
        page.mark_read()
        look_at(actor, shown.get("case", page.conversation))
    response = render(request, f"{folder}/live.html", shown)
    response["X-Head"], response["X-Last"] = head, str(page.thread.last or after)
    return response


def _page_at(actor: Actor, place: str, **asked: Any) -> tuple[str, dict[str, Any]]:
    """Of a case, or of what two say outside their cases: where its templates lie, and what they show."""
    if place.startswith("con_"):
        talk = relationship_page.assemble(actor, find_conversation(actor, place), **asked)
        return "web/relationships", {"page": talk, "where": place}
    page = case_page.assemble(actor, find(actor, place), **asked)
    return "web/case", {"page": page, "case": page.case, "where": place}


@acting
@require_POST
def post_message(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """Says something. A script gets JSON; a plain form gets the page again, with its words kept if they were refused."""
    conversation = find_conversation(actor, place)
    body = request.POST.get("body", "")
    if request.POST.get("to") == "own":
        return _write_note(request, actor, conversation, body)
    try:
        about = {name: request.POST.get(f"document_{name}", "") for name in ("kind", "description")}
        with received(request.FILES.getlist("documents"), **about) as documents:
            message = conversation.post(
                by=actor,
                body=body,
                documents=documents,
                expects_answer=not request.POST.get("no_answer_needed"),
                answers=_answered(conversation, actor, request.POST.get("answers")),
                key=request.POST.get("key", "")[:100],
            )
    except (ValidationError, Refused, KeyReused) as problem:
        return _refuse_message(request, actor, conversation, body, problem)
    if wants_json(request):
        return JsonResponse({"number": message.number}, status=201)
    said = f"?said={message.number}" if conversation.case and for_the_operator(actor, body) else ""
    return redirect(f"{page_of(place)}{said}#message-{message.number}")


def _answered(conversation: Conversation, actor: Actor, quoted: str | None) -> Message | None:
    """The message that is quoted, among those that the actor sees."""
    wanted = number(quoted)
    return conversation.messages_for(actor).filter(number=wanted).first() if wanted else None


def _write_note(request: HttpRequest, actor: Actor, conversation: Conversation, body: str) -> HttpResponse:
    """What only one's own organisation sees. A file is no part of it, so one that came along is said to be left out."""
    try:
        if request.FILES.getlist("documents"):
            raise ValidationError(
                {"documents": _("A note holds words only. Take the files out, or send them to both sides.")}
            )
        note = Note.write(conversation, by=actor, body=body, key=request.POST.get("key", "")[:100])
    except (ValidationError, Refused) as problem:
        return _refuse_message(request, actor, conversation, body, problem)
    if wants_json(request):
        return JsonResponse({"note": note.public_id}, status=201)
    return redirect(f"{page_of(place_of(conversation))}#note-{note.public_id}")


def _refuse_message(
    request: HttpRequest, actor: Actor, conversation: Conversation, body: str, problem: Exception
) -> HttpResponse:
    said = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
    if isinstance(problem, KeyReused):  # someone went back to a page that had sent something else
        said = _("Something else was sent from this page before. Your words are kept: send them once more.")
    if wants_json(request):
        return JsonResponse({"error": said}, status=422)
    private = request.POST.get("to") == "own"
    context = {"draft": body, "problem": said, "private": private, "head": tail.head()}
    folder, shown = _page_at(actor, place_of(conversation))
    return render(request, f"{folder}/page.html", context | shown, status=422)


@acting
@require_POST
def mark_read(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    conversation = find_conversation(actor, place)
    conversation.mark_read(by=actor, through=number(request.POST.get("through")) or 0)
    look_at(actor, conversation.home)
    return HttpResponse(status=204)


@acting
def move(request: HttpRequest, actor: Actor, reference: str, name: str) -> HttpResponse:
    """A page that asks what the move needs, and makes it."""
    found = find(actor, reference)
    chosen = MOVES.get(name)
    if chosen is None or actor.side not in chosen.sides:
        raise Http404
    if request.method != "POST":
        allowed = found.may_move(actor)
        refusal = None if chosen in allowed else MoveRefused(name, found.state, allowed)
        return _cannot(request, found, refusal) if refusal else _ask(request, found, chosen, {})
    try:
        found.move(name, by=actor, **moving.particulars(actor, request.POST))
    except MoveRefused as refusal:
        if not any(request.POST.get(word) for word in moving.WORDS):
            return _cannot(request, found, refusal)
        return _ask(request, found, chosen, {"": [str(refusal)]}, status=409)
    except ValidationError as problem:
        return _ask(request, find(actor, reference), chosen, problem.message_dict, status=422)
    return redirect("case", found.reference)


def _cannot(request: HttpRequest, case: Case, refusal: MoveRefused) -> HttpResponse:
    """Someone else was faster, or the page was old: back to the case, which shows what can be done now."""
    messages.error(request, str(refusal))
    return redirect("case", case.reference)


def _ask(
    request: HttpRequest, case: Case, move: Move, problems: Mapping[str, list[str]], *, status: int = 200
) -> HttpResponse:
    given = {key: request.POST.get(key, "") for key in (*move.needs, *move.takes)}
    asks = [(ask, given[ask.name], problems.get(ask.name)) for ask in moving.asks(move, case)]
    context = {"case": case, "move": move, "problems": problems, "asks": asks}
    return render(request, "web/case/move.html", context, status=status)


@acting
@require_GET
def timeline(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    found = find(actor, reference)
    return render(request, "web/case/timeline.html", {"case": found, **listing.timeline(actor, found, request.GET)})


@acting
@require_GET
def clock(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Why this clock is due when it is."""
    found = get_object_or_404(Clock.objects.visible_to(actor).shown(), public_id=public_id)
    template = "web/parts/spans.html" if request.htmx else "web/clock.html"  # type: ignore[attr-defined]
    return render(request, template, {"clock": found})


@contextmanager
def received(files: Sequence[Any], **about: str) -> Iterator[list[Document]]:
    """The files as documents. What is refused, or comes into no case because it is there already, is not kept."""
    documents: list[Document] = []
    try:
        for file in files:
            documents.append(Document.receive(file, file.name or "", **about))
        yield documents
    except (ValidationError, Refused, KeyReused):
        discard(documents)
        raise
    discard([document for document in documents if document.pk is None])


def discard(documents: Sequence[Document]) -> None:
    for document in documents:
        document.discard()


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def number(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 10 else None
