"""Pages of documents: all of a case, one with its pages and versions, the files themselves, all in one ZIP; for a visitor, those of
their request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.models import Case
from trialogue.conversations.documents import Document, DocumentKind, DocumentQuerySet, Shut
from trialogue.conversations.overseeing import Reading
from trialogue.conversations.parcel import packed
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find, received, wants_json
from trialogue.doors.web.converters import page_of
from trialogue.doors.web.requests import opened_by, unlisted
from trialogue.events import tail
from trialogue.people.models import Actor, Refused, Visitor

PAGE = 50
TWICE = timedelta(minutes=2)


def find_document(actor: Actor, public_id: str) -> Document:
    return get_object_or_404(_whole(Document.objects.visible_to(actor)), public_id=public_id)


def _whole(found: DocumentQuerySet) -> DocumentQuerySet:
    return found.shown().select_related(
        "case", "conversation__request__person", "conversation__request__asker", "message"
    )


# --- of a case --------------------------------------------------------------------------------------------------------


@acting
def documents(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """All documents of a case, the newest first; or, posted, more of them."""
    found = find(actor, reference)
    if request.method == "POST":
        return _add(request, actor, found)
    head = tail.head()
    return render(
        request, "web/document/list.html", {"case": found, "head": head, **_listed(actor, found, request.GET)}
    )


def _listed(actor: Actor, case: Case, asked: Mapping[str, str]) -> dict[str, Any]:
    here = Document.objects.visible_to(actor).filter(case=case)
    rows = here.current()
    kind, by = asked.get("kind", ""), asked.get("by", "")
    if kind in DocumentKind.values:
        rows = rows.filter(kind=kind)
    if by:
        rows = rows.filter(Q(uploader__public_id=by) | Q(organisation__public_id=by))
    if before := asked.get("before"):
        rows = rows.filter(pk__lt=get_object_or_404(here, public_id=before[:32]).pk)
    shown = list(rows.shown().order_by("-pk")[: PAGE + 1])
    older = shown[PAGE - 1].public_id if len(shown) > PAGE else ""
    return {
        "documents": shown[:PAGE], "older": older, "kind": kind, "by": by, "kinds": DocumentKind.choices,
        "uploaders": _uploaders(here), "may_add": Document.may_add(case, actor), "is_filtered": bool(kind or by or before),
    }  # fmt: skip


def _uploaders(here: DocumentQuerySet) -> list[tuple[str, str]]:
    """The organisations and people that documents here come from, as the filter offers them."""
    names = ("organisation__public_id", "organisation__name", "uploader__public_id", "uploader__name")
    rows = sorted(here.order_by().values_list(*names).distinct(), key=lambda row: (row[1], row[3] or ""))
    told: dict[str, str] = {}
    for organisation, name, person, person_name in rows:
        told[organisation] = name
        if person:
            told[person] = f"{person_name} ({name})"
    return list(told.items())


def _add(request: HttpRequest, actor: Actor, case: Case) -> HttpResponse:
    """A script gets JSON and sends one file at a time; a plain form gets the page again."""
    files, about = request.FILES.getlist("documents"), _about(request.POST)
    try:
        with received(files, **about) as added:
            if not added:
                raise ValidationError({"documents": _("Choose a file first.")})
            fresh = [document for document in added if not _came_just_now(document, actor, case)]
            if fresh:
                Document.add(case, fresh, by=actor)
    except (ValidationError, Refused) as problem:
        if wants_json(request):
            return JsonResponse({"error": _words(problem)}, status=422)
        messages.error(request, _words(problem))
    else:
        if wants_json(request):
            return JsonResponse({"documents": [document.public_id for document in fresh]}, status=201)
    back = "documents" if request.POST.get("from") == "list" else "case"
    return redirect(f"{reverse(back, args=[case.reference])}#documents")


def _came_just_now(document: Document, actor: Actor, case: Case) -> bool:
    """Whether this is a second try of what arrived at the first, without its sender having heard of it."""
    same = case.documents.filter(organisation=actor.organisation, uploader=actor.person, removed_at=None)
    return same.filter(name=document.name, sha256=document.sha256, at__gt=timezone.now() - TWICE).exists()


def _about(given: Mapping[str, str]) -> dict[str, str]:
    return {"kind": given.get("kind", ""), "description": given.get("description", "")}


@acting
@require_GET
def archive(request: HttpRequest, actor: Actor, reference: str) -> HttpResponseBase:
    """All that the actor may see and open, in one ZIP, written while it is sent."""
    found = find(actor, reference)
    here = Document.objects.visible_to(actor).filter(case=found)
    if not here.current().openable().exists():
        messages.error(request, _("There is no document here that can be opened."))
        return redirect("case", found.reference)
    Reading.note(found, by=actor)
    response = StreamingHttpResponse(packed(here), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{found.reference}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


# --- one --------------------------------------------------------------------------------------------------------------


@acting
@require_GET
def document(request: HttpRequest, actor: Actor, public_id: str, pass_word: str) -> HttpResponseBase:
    """The file itself."""
    found = get_object_or_404(Document.objects.visible_to(actor), public_id=public_id)
    response = _file(request, found, pass_word)
    if response.status_code == 200:
        Reading.note(found, by=actor)
    return response


def _file(request: HttpRequest, found: Document, pass_word: str, secret: str = "") -> HttpResponseBase:
    if not found.admits(pass_word):
        raise Http404(_("This download address has run out. Open the page it stood on, and choose the document again."))
    try:
        content = found.open()
    except Shut as why:
        context = {"document": found, "why": why, "details": _details(found, secret)}
        return render(request, "web/document/shut.html", context, status=410 if why.gone else 409)
    response = FileResponse(content, as_attachment=not found.inline, filename=found.name, content_type=found.mime)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@acting
@require_GET
def picture(request: HttpRequest, actor: Actor, public_id: str, number: int) -> FileResponse:
    """A page of it as we have drawn it; 0 is the small picture on its card."""
    found = get_object_or_404(Document.objects.visible_to(actor), public_id=public_id)
    response = _picture(found, number)
    Reading.note(found, by=actor)
    return response


def _picture(found: Document, number: int) -> FileResponse:
    if found.shut or not found.pages or number > found.pages:
        raise Http404
    response = FileResponse(default_storage.open(found.picture(number)), content_type="image/webp")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@acting
@require_GET
def card(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """The card alone: a page asks for it again while the document is being checked or drawn."""
    return render(request, "web/case/document.html", {"document": find_document(actor, public_id)})


@acting
@require_GET
def document_page(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    return _page(request, actor, find_document(actor, public_id))


def _page(
    request: HttpRequest, actor: Actor | None, document: Document, problem: Exception | None = None, secret: str = ""
) -> HttpResponse:
    head, talk = tail.head(), document.conversation
    asked = talk.request if talk and talk.is_request else None
    versions = list(document.versions().shown())
    changes = actor is not None and document.may_change(actor) and not document.replaced_at
    removes = changes if actor else document.may_remove(Visitor())
    given = {"kind": document.kind, "description": document.description, **request.POST.dict()}
    context = {
        "base": "web/base.html" if actor else "web/requests/public.html", "document": document, "given": given, "head": head,
        "versions": [(version, _details(version, secret)) for version in versions], "newest": versions[-1],
        "details": _details(document, secret), "back": _home(document, secret), "sender": asked.sender if asked else "",
        "title": talk.title if talk else document.case.debtor_name, "reference": asked or document.case,
        "may_change": changes and (talk or document.case.state != "Merged"), "may_remove": removes, "kinds": DocumentKind.choices,
        "problem": problem and _words(problem), "secret": secret, "pages": range(1, document.pages + 1),
    }  # fmt: skip
    return render(request, "web/document/page.html", context, status=422 if problem else 200)


def _details(document: Document, secret: str) -> str:
    """Where its page is: for a visitor, with the secret that opens it."""
    if secret:
        return reverse("visited-document-page", args=[secret, document.public_id])
    return reverse("document-page", args=[document.public_id])


def _home(document: Document, secret: str = "") -> str:
    """Where the case, the relationship or the request is that it is in."""
    if document.conversation is None or document.conversation.is_relationship:
        return page_of(document.conversation.public_id if document.conversation else document.case.reference)
    return reverse("visited", args=[secret]) if secret else reverse("request", args=[document.conversation.reference])


@acting
@require_POST
def describe(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find_document(actor, public_id)
    try:
        about = _about(request.POST)
        found.describe(by=actor, kind=about["kind"], description=about["description"])
    except (ValidationError, Refused) as problem:
        return _page(request, actor, find_document(actor, public_id), problem)
    return redirect("document-page", public_id)


@acting
@require_POST
def replace(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find_document(actor, public_id)
    try:
        with received(request.FILES.getlist("documents")[:1]) as added:
            if not added:
                raise ValidationError({"documents": _("Choose a file first.")})
            found.replace(added[0], by=actor)
    except (ValidationError, Refused) as problem:
        return _page(request, actor, find_document(actor, public_id), problem)
    messages.success(request, _("Version {number} is here.").format(number=added[0].version))
    return redirect("document-page", added[0].public_id)


@acting
@require_POST
def remove(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find_document(actor, public_id)
    try:
        found.remove(by=actor)
    except Refused as problem:
        return _page(request, actor, find_document(actor, public_id), problem)
    messages.success(request, _("“{name}” is removed.").format(name=found.name))
    return redirect(f"{_home(found)}#documents")


# --- without an account -----------------------------------------------------------------------------------------------


def _of(secret: str, public_id: str) -> Document:
    """A document of the request that this secret opens."""
    return get_object_or_404(_whole(opened_by(secret).conversation.documents.all()), public_id=public_id)


@login_not_required
@require_GET
def visited_page(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    return unlisted(_page(request, None, _of(secret, public_id), secret=secret))


@login_not_required
@require_POST
def visited_remove(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    found = _of(secret, public_id)
    try:
        found.remove(by=Visitor())
    except Refused as problem:
        return unlisted(_page(request, None, _of(secret, public_id), problem, secret))
    messages.success(request, _("“{name}” is removed.").format(name=found.name))
    return unlisted(redirect(_home(found, secret)))


@login_not_required
@require_GET
def visited_card(request: HttpRequest, secret: str, public_id: str) -> HttpResponse:
    return unlisted(render(request, "web/case/document.html", {"document": _of(secret, public_id), "secret": secret}))


@login_not_required
@require_GET
def visited_picture(request: HttpRequest, secret: str, public_id: str, number: int) -> FileResponse:
    return _picture(_of(secret, public_id), number)


@login_not_required
@require_GET
def visited_document(request: HttpRequest, secret: str, public_id: str, pass_word: str) -> HttpResponseBase:
    return _file(request, _of(secret, public_id), pass_word, secret)


def _words(problem: Exception) -> str:
    said: Sequence[Any] = problem.messages if isinstance(problem, ValidationError) else [problem]
    return " ".join(map(str, said))
