"""Formal complaints of a client about the partner of a case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.cases.models import Case
from trialogue.clocks.models import RESPOND, Clock
from trialogue.complaints.models import Complaint, State, documents_of
from trialogue.conversations.models import Document
from trialogue.doors.api import complaint_examples as examples
from trialogue.doors.api import complaint_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find_case, must_be_states
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.messages import author_of
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.request_shapes import person_shape
from trialogue.doors.api.shapes import Shape, clock_shape, moment, organisation_shape
from trialogue.people.models import Actor

router = Router(tags=["complaints"])
NEWEST_FIRST = Order(("id",), falling=True)
NUMBER = re.compile(r"C-\d{4}-\d{6,10}", re.IGNORECASE | re.ASCII)
_ON_ONE = ("not-found", "forbidden", "too-large", "unsupported-media-type", "invalid")


@router.get(
    "/complaints", response=schemas.ComplaintPage, operation_id="list_complaints", summary="List complaints",
    openapi_extra=described("invalid", example=examples.COMPLAINT_PAGE),
)  # fmt: skip
def list_complaints(
    request: Asked,
    state: Annotated[list[str], Query([], description=f"May be repeated: {', '.join(State.values)}.")],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """Yours as a client; as a partner those you were asked to respond to; all for the operator. The newest first."""
    rows = Complaint.objects.visible_to(request.auth)
    must_be_states(state, State.values)
    if state:
        rows = rows.filter(state__in=state)
    items, further = NEWEST_FIRST.page(_whole(rows), after=after, limit=limit)
    return answer({"items": _shapes(items, request.auth), "next": further})


@router.post(
    "/cases/{reference}/complaints", response={201: schemas.Complaint}, operation_id="file_complaint", summary="File a complaint",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_COMPLAINT, example=examples.COMPLAINT, gives=201),
)  # fmt: skip
def file_complaint(request: Asked, reference: str, told: schemas.NewComplaint) -> HttpResponse:
    """By the client, about the partner who works the case; of each case one at a time. The operator looks at it first."""
    case, by = find_case(request.auth, reference), author_of(request.auth, told.author_email)
    about: dict[str, Any] = {"category": told.category, "description": told.description, "wanted": told.wanted}
    filed = Complaint.file(case, by=by, documents=_chosen(case, request.auth, told.documents), **about)
    return _answer(filed, request.auth, 201)


@router.get(
    "/complaints/{number}", response=schemas.Complaint, operation_id="get_complaint", summary="Read a complaint",
    openapi_extra=described("not-found", example=examples.COMPLAINT),
)  # fmt: skip
def get_complaint(request: Asked, number: str) -> HttpResponse:
    """With its response, its decision, and its clock."""
    return _answer(_find(request.auth, number), request.auth)


@router.post(
    "/complaints/{number}/review", response=schemas.Complaint, operation_id="review_complaint", summary="Take a complaint up",
    openapi_extra=described(*_ON_ONE, given={}, example=examples.REVIEWED),
)  # fmt: skip
def review_complaint(request: Asked, number: str, told: schemas.OnComplaint) -> HttpResponse:
    """For the operator: whoever takes it up looks after it, and is told what becomes of it."""
    return _done(request, number, told, Complaint.review)


@router.post(
    "/complaints/{number}/pass-on", response=schemas.Complaint, operation_id="pass_complaint_on", summary="Ask the partner to respond",
    openapi_extra=described(*_ON_ONE, given={}, example=examples.PASSED_ON),
)  # fmt: skip
def pass_complaint_on(request: Asked, number: str, told: schemas.OnComplaint) -> HttpResponse:
    """For the operator. The partner knows of it from now on, and its clock runs."""
    return _done(request, number, told, Complaint.pass_on)


@router.post(
    "/complaints/{number}/response", response=schemas.Complaint, operation_id="respond_to_complaint", summary="Respond to a complaint",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_RESPONSE, example=examples.RESPONDED),
)  # fmt: skip
def respond_to_complaint(request: Asked, number: str, told: schemas.NewResponse) -> HttpResponse:
    """For the partner it is about: once, in full. Late, it still counts until the decision."""
    found = _find(request.auth, number)
    chosen = _chosen(found.case, request.auth, told.documents)
    found.respond(by=author_of(request.auth, told.author_email), response=told.response, documents=chosen)
    return _answer(found, request.auth)


@router.post(
    "/complaints/{number}/decision", response=schemas.Complaint, operation_id="decide_complaint", summary="Decide on a complaint",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_DECISION, example=examples.DECIDED),
)  # fmt: skip
def decide_complaint(request: Asked, number: str, told: schemas.NewDecision) -> HttpResponse:
    """For the operator, once the partner has responded or its time is over. Before it was passed on: `declined` only."""
    found = _find(request.auth, number)
    decision = {"upheld": told.outcome == "upheld", "reasons": told.reasons, "severity": told.severity}
    found.decide(by=author_of(request.auth, told.author_email), **decision)  # type: ignore[arg-type]
    return _answer(found, request.auth)


@router.post(
    "/complaints/{number}/withdraw", response=schemas.Complaint, operation_id="withdraw_complaint", summary="Withdraw a complaint",
    openapi_extra=described(*_ON_ONE, given={}, example=examples.WITHDRAWN),
)  # fmt: skip
def withdraw_complaint(request: Asked, number: str, told: schemas.OnComplaint) -> HttpResponse:
    """For the client who has filed it, at any time before the decision."""
    return _done(request, number, told, Complaint.withdraw)


def _whole(rows: Any) -> Any:
    return rows.shown().select_related("responded_by").prefetch_related("documents", "response_documents")


def _find(actor: Actor, number: str) -> Complaint:
    if NUMBER.fullmatch(number):
        for found in _whole(Complaint.objects.visible_to(actor)).filter(number=number.upper()):
            return found  # type: ignore[no-any-return]
    raise Http404


def _chosen(case: Case, actor: Actor, ids: list[str]) -> list[Document]:
    found = {one.public_id: one for one in documents_of(case, actor).filter(public_id__in=ids)} if ids else {}
    if unknown := next((each for each in ids if each not in found), None):
        said = _("“{id}” is no document of this case that can be opened. Add it to the case first.")
        raise Problem.at_fields([("documents", said.format(id=unknown[:40]))])
    return list(found.values())


def _done(request: Asked, number: str, told: schemas.OnComplaint, verb: Callable[..., None]) -> HttpResponse:
    """Finds it, does it, answers with how it stands then."""
    found = _find(request.auth, number)
    verb(found, by=author_of(request.auth, told.author_email))
    return _answer(found, request.auth)


def _answer(complaint: Complaint, actor: Actor, status: int = 200) -> HttpResponse:
    return answer(_shapes([_find(actor, complaint.number)], actor)[0], status)


def _shapes(complaints: list[Complaint], actor: Actor) -> list[Shape]:
    """With as many queries for a hundred as for one."""
    laid = [
        one.pk
        for each in complaints
        for kind in ("documents", "response_documents")
        for one in getattr(each, kind).all()
    ]
    seen = set(Document.objects.visible_to(actor).filter(pk__in=laid).values_list("pk", flat=True)) if laid else set()
    asked = [each.case_id for each in complaints if each.passed_on_at and each.is_active]
    clocks = Clock.objects.visible_to(actor).open().filter(promise=RESPOND, case__in=asked).shown() if asked else ()
    open_now, now = {clock.case_id: clock for clock in clocks}, timezone.now()

    def ids(documents: Iterable[Document]) -> list[str]:
        return [one.public_id for one in documents if one.pk in seen]

    def shape(of: Complaint) -> Shape:
        clock = open_now.get(of.case_id) if of.is_active else None
        return {
            "number": of.number,
            "case": of.case.reference,
            "client": organisation_shape(of.client),
            "partner": organisation_shape(of.partner),
            "category": of.category,
            "category_label": str(of.get_category_display()),
            "description": of.description,
            "wanted": of.wanted or None,
            "documents": ids(of.documents.all()),
            "state": of.state,
            "state_label": str(of.get_state_display()),
            "filed_at": moment(of.filed_at),
            "filed_by": person_shape(of.filed_by) if of.filed_by else None,
            "reviewer": person_shape(of.reviewer) if of.reviewer else None,
            "passed_on_at": moment(of.passed_on_at) if of.passed_on_at else None,
            "response": of.response or None,
            "responded_at": moment(of.responded_at) if of.responded_at else None,
            "responded_by": person_shape(of.responded_by) if of.responded_by else None,
            "response_documents": ids(of.response_documents.all()),
            "reasons": of.reasons or None,
            "severity": of.severity or None,
            "ended_at": moment(of.ended_at) if of.ended_at else None,
            "clock": clock_shape(clock, now) if clock else None,
        }

    return [shape(each) for each in complaints]
