"""Pages of cases: lists, a new one, its conversation, its moves, its timeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.lifecycle import MOVES, Move, MoveRefused
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation, Document, KeyReused
from trialogue.doors.web import case_page, listing
from trialogue.doors.web.access import acting
from trialogue.doors.web.forms import CaseForm
from trialogue.events import tail
from trialogue.people.models import Actor, Refused, Side


def find(actor: Actor, reference: str) -> Case:
    return get_object_or_404(Case.objects.visible_to(actor).with_parties(), reference=reference)


def find_conversation(actor: Actor, reference: str) -> Conversation:
    found = Conversation.objects.visible_to(actor).select_related("case__client", "case__partner", "case__referrer")
    return get_object_or_404(found, case__reference=reference)


@acting
@require_GET
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What needs me and what is owed to me; the operator's wall of promises; a referral partner's cases."""
    if actor.side == Side.REFERRER:
        return redirect("cases")
    head = tail.head()
    template, context = listing.wall(actor) if actor.side == Side.OPERATOR else listing.owed(actor)
    return render(request, template, {**context, "head": head})


@acting
@require_GET
def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    head = tail.head()
    shown = listing.cases(actor, request.GET)
    return render(request, "web/case/list.html", {**shown, "head": head})


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
            messages.success(request, _("Case {reference} is submitted.").format(reference=case))
            return redirect("case", case.reference)
    status = 422 if form.errors else 200
    return render(request, "web/case/new.html", {"form": form}, status=status)


def _submit(actor: Actor, form: CaseForm) -> Case:
    with received(form.cleaned_data["documents"]) as documents:
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
def case(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    head = tail.head()
    page = case_page.assemble(actor, find(actor, reference), before=_number(request.GET.get("before")))
    if page.conversation and page.thread.last and not request.GET.get("before"):
        page.conversation.mark_read(by=actor, through=page.thread.last)
    if request.htmx and request.GET.get("before"):  # type: ignore[attr-defined]
        return render(request, "web/case/earlier.html", {"page": page, "case": page.case})
    return render(request, "web/case/page.html", {"page": page, "case": page.case, "head": head})


@acting
@require_GET
def live(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """What changed on an open case page since the message and the position it shows."""
    head = tail.head()
    found = find(actor, reference)
    after, since = _number(request.GET.get("after")) or 0, request.GET.get("head", head)
    try:
        page = case_page.assemble(actor, found, after=after, since=since)
    except tail.UnknownPosition:
        return HttpResponse(status=205)  # the page is older than our log: load it anew
    if page.conversation and page.thread.last and request.GET.get("looking"):
        page.conversation.mark_read(by=actor, through=page.thread.last)
    response = render(request, "web/case/live.html", {"page": page, "case": found})
    response["X-Head"], response["X-Last"] = head, str(page.thread.last or after)
    return response


@acting
@require_POST
def post_message(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Says something. A script gets JSON; a plain form gets the page again, with its words kept if they were refused."""
    conversation = find_conversation(actor, reference)
    body = request.POST.get("body", "")
    try:
        with received(request.FILES.getlist("documents")) as documents:
            message = conversation.post(
                by=actor,
                body=body,
                documents=documents,
                expects_answer=not request.POST.get("no_answer_needed"),
                key=request.POST.get("key", "")[:100],
            )
    except (ValidationError, Refused, KeyReused) as problem:
        return _refuse_message(request, actor, conversation.case, body, problem)
    if wants_json(request):
        return JsonResponse({"number": message.number}, status=201)
    return redirect(f"{reverse('case', args=[reference])}#message-{message.number}")


def _refuse_message(request: HttpRequest, actor: Actor, case: Case, body: str, problem: Exception) -> HttpResponse:
    said = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
    if isinstance(problem, KeyReused):  # someone went back to a page that had sent something else
        said = _("Something else was sent from this page before. Your words are kept: send them once more.")
    if wants_json(request):
        return JsonResponse({"error": said}, status=422)
    page = case_page.assemble(actor, case)
    context = {"page": page, "case": page.case, "draft": body, "problem": said, "head": tail.head()}
    return render(request, "web/case/page.html", context, status=422)


@acting
@require_POST
def mark_read(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    find_conversation(actor, reference).mark_read(by=actor, through=_number(request.POST.get("through")) or 0)
    return HttpResponse(status=204)


@acting
@require_POST
def add_documents(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    found = find(actor, reference)
    try:
        with received(request.FILES.getlist("documents")) as documents:
            if not documents:
                raise ValidationError({"documents": _("Choose a file first.")})
            Document.add(found, documents, by=actor)
    except (ValidationError, Refused) as problem:
        _say(request, problem)
    return redirect(f"{reverse('case', args=[found.reference])}#documents")


@acting
def move(request: HttpRequest, actor: Actor, reference: str, name: str) -> HttpResponse:
    """A page that asks what the move needs, and makes it."""
    found = find(actor, reference)
    chosen = MOVES.get(name)
    if chosen is None or chosen.side != actor.side:
        raise Http404
    if request.method != "POST":
        allowed = found.may_move(actor)
        refusal = None if chosen in allowed else MoveRefused(name, found.state, allowed)
        return _cannot(request, found, refusal) if refusal else _ask(request, found, chosen, {})
    try:
        found.move(name, by=actor, **case_page.particulars(request.POST))
    except MoveRefused as refusal:
        if not any(request.POST.get(word) for word in WORDS):
            return _cannot(request, found, refusal)
        return _ask(request, found, chosen, {"": [str(refusal)]}, status=409)
    except ValidationError as problem:
        return _ask(request, find(actor, reference), chosen, problem.message_dict, status=422)
    return redirect("case", found.reference)


WORDS = ("message", "reason", "comment")


def _cannot(request: HttpRequest, case: Case, refusal: MoveRefused) -> HttpResponse:
    """Someone else was faster, or the page was old: back to the case, which shows what can be done now."""
    messages.error(request, str(refusal))
    return redirect("case", case.reference)


def _ask(
    request: HttpRequest, case: Case, move: Move, problems: Mapping[str, list[str]], *, status: int = 200
) -> HttpResponse:
    given = {key: request.POST.get(key, "") for key in (*move.needs, *move.takes)}
    context = {"case": case, "move": move, "problems": problems, "given": given, **case_page.choices(case, move)}
    return render(request, "web/case/move.html", context, status=status)


@acting
@require_GET
def timeline(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    found = find(actor, reference)
    return render(request, "web/case/timeline.html", {"case": found, **listing.timeline(actor, found, request.GET)})


@acting
@require_GET
def document(request: HttpRequest, actor: Actor, public_id: str, pass_word: str) -> FileResponse:
    found = get_object_or_404(Document.objects.visible_to(actor), public_id=public_id)
    if not found.admits(pass_word):
        raise Http404(_("This download address has run out. Open the case and choose the document again."))
    response = FileResponse(found.open(), as_attachment=not found.inline, filename=found.name, content_type=found.mime)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@acting
@require_GET
def clock(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Why this clock is due when it is."""
    found = get_object_or_404(Clock.objects.visible_to(actor).shown(), public_id=public_id)
    template = "web/parts/spans.html" if request.htmx else "web/clock.html"  # type: ignore[attr-defined]
    return render(request, template, {"clock": found})


@contextmanager
def received(files: Sequence[Any]) -> Iterator[list[Document]]:
    """The files as documents. What is refused, or comes into no case because it is there already, is not kept."""
    documents: list[Document] = []
    try:
        for file in files:
            documents.append(Document.receive(file, file.name or ""))
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


def _number(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 10 else None


def _say(request: HttpRequest, problem: Exception) -> None:
    said: list[Any] = problem.messages if isinstance(problem, ValidationError) else [problem]
    for words in said:
        messages.error(request, str(words))
