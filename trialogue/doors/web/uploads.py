"""Pages for many cases at once: choose a file, say which column is which, see what is wrong, have the cases made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.doors.web.access import acting
from trialogue.people.models import Actor, Refused, Side
from trialogue.uploads import reports
from trialogue.uploads.claims import Line
from trialogue.uploads.columns import COLUMNS, REQUIRED
from trialogue.uploads.models import Row, Upload, told_problems
from trialogue.uploads.tables import letter

PAGE = 50


def find(actor: Actor, public_id: str) -> Upload:
    return get_object_or_404(
        Upload.objects.visible_to(actor).shown().select_related("client", "person"), public_id=public_id
    )


@acting
def uploads(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a file, and the uploads before; posted, receives the file."""
    if actor.side != Side.CLIENT:
        messages.error(request, _("Only a client hands in cases."))
        return redirect("cases")
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            return redirect("upload", _receive(request, actor).public_id)
        except ValidationError as problem:
            problems = problem.message_dict
    context = {"problems": problems, "columns": COLUMNS, **_listed(request, actor)}
    return render(request, "web/upload/list.html", context, status=422 if problems else 200)


def _receive(request: HttpRequest, actor: Actor) -> Upload:
    file, archive = request.FILES.get("file"), request.FILES.get("documents")
    if file is None:
        raise ValidationError({"file": _("Choose a file first.")})
    return Upload.receive(
        file, file.name or "", archive=archive, archive_name=archive.name or "" if archive else "", by=actor
    )


def _listed(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    found = Upload.objects.visible_to(actor).select_related("person").order_by("-pk")
    if before := _number(request.GET.get("before")):
        found = found.filter(pk__lt=before)
    shown = list(found[: PAGE + 1])
    return {"uploads": shown[:PAGE], "older": shown[PAGE - 1].pk if len(shown) > PAGE else None}


@acting
@require_GET
def upload(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """Where the upload stands. While the worker is at it the page asks again each second, or is loaded anew without script."""
    found = find(actor, public_id)
    again = request.GET.get("columns") is not None and found.may_match
    template = "web/upload/part.html" if request.htmx else "web/upload/page.html"  # type: ignore[attr-defined]
    return render(request, template, _shown(request, found, again=again))


def _shown(request: HttpRequest, upload: Upload, *, again: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = {"upload": upload, "matching": again or upload.state == Upload.State.MATCHING}
    if shown["matching"]:
        return shown | {
            "fields": _fields(upload, upload.columns),
            "earlier": _earlier(upload),
            "letters": _letters(upload),
        }
    if upload.state in (Upload.State.CHECKED, Upload.State.DONE, Upload.State.WITHDRAWN):
        shown |= _outcomes(request, upload)
    if upload.state == Upload.State.CHECKED:
        shown |= {"earlier": _earlier(upload), "lines": _lines(upload)}
    return shown


def _earlier(upload: Upload) -> Upload | None:
    earlier = getattr(upload, "earlier_id", None)
    return Upload.objects.filter(client=upload.client, public_id=earlier).first() if earlier else None


def _lines(upload: Upload) -> list[tuple[Line, list[tuple[str, str]]]]:
    """The first rows as they were read, each with what is wrong beside it.

    Two rows of one reference and documents that are not there were found by the check alone.
    """
    reader = upload.reader(None)
    lines = [reader.line(numbered) for numbered in enumerate(upload.first_rows, 2)]
    found = {(row.number, row.client_reference): row for row in upload.outcomes.filter(number__lt=len(lines) + 2)}
    beside = [(line, found.get((line.number, line.reference[:100]))) for line in lines]
    return [(line, row.said() if row else told_problems(line.problems)) for line, row in beside]


def _outcomes(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    """A page of the rows that are not simply created."""
    rows = upload.outcomes.exclude(outcome=Row.Outcome.CREATED).select_related("case").order_by("number")
    if after := _number(request.GET.get("after")):
        rows = rows.filter(number__gt=after)
    found = list(rows[: PAGE + 1])
    return {"outcomes": found[:PAGE], "more": found[PAGE - 1].number if len(found) > PAGE else None, "after": after}


def _letters(upload: Upload) -> list[tuple[str, str]]:
    return [(letter(place), heading) for place, heading in enumerate(upload.headings)]


def _fields(upload: Upload, matched: dict[str, int]) -> list[dict[str, Any]]:
    """Each column of a claim, with those of the file to choose from and what stands in the first row there."""
    first = upload.first_rows[0] if upload.first_rows else []
    choices = [
        (place, heading or letter(place), first[place][:30] if place < len(first) else "")
        for place, heading in enumerate(upload.headings)
    ]
    return [
        {"column": column, "chosen": matched.get(column.name), "choices": choices, "required": column.name in REQUIRED}
        for column in sorted(COLUMNS, key=lambda column: not column.required)
    ]


@acting
@require_POST
def match(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find(actor, public_id)
    told = {column.name: _number(request.POST.get(column.name)) for column in COLUMNS}
    matched = {name: place for name, place in told.items() if place is not None}
    decimal = request.POST.get("decimal", "")
    try:
        found.match(matched, by=actor, decimal=decimal if decimal in (",", ".") else "")
    except ValidationError as problem:
        context = {
            "upload": found, "matching": True, "fields": _fields(found, matched), "letters": _letters(found), "problems": problem.messages
        }  # fmt: skip
        return render(request, "web/upload/page.html", context, status=422)
    except Refused as why:
        messages.error(request, str(why))
    return redirect("upload", public_id)


@acting
@require_POST
def start(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find(actor, public_id)
    try:
        found.start(by=actor)
    except Refused as why:
        messages.error(request, str(why))
    return redirect("upload", public_id)


@acting
@require_POST
def withdraw(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = find(actor, public_id)
    try:
        found.withdraw(by=actor)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("upload", public_id)
    messages.success(request, _("“{name}” is withdrawn.").format(name=found.name))
    return redirect("uploads")


@acting
@require_GET
def report(request: HttpRequest, actor: Actor, public_id: str) -> StreamingHttpResponse:
    found = find(actor, public_id)
    return sheet(reports.report(found), f"report-{found.public_id}.csv")


@acting
@require_GET
def left_out(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse | StreamingHttpResponse:
    """The rows with errors, to be corrected and sent again as a file of their own."""
    found = find(actor, public_id)
    if not found.has_file:
        messages.error(request, _("The file of this upload is no longer kept."))
        return redirect("upload", public_id)
    return sheet(reports.left_out(found), f"left-out-{found.public_id}.csv")


@acting
@require_GET
def template(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    return sheet(reports.template(), "cases.csv")


def sheet(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _number(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 10 else None
