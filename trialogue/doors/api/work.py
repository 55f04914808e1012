"""What a partner does in a case besides talking: the owner, the log of calls, the monthly update."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.cases.calls import Call
from trialogue.conversations.models import Reading
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import call_shape, case_shape
from trialogue.people.models import Person

router = Router(tags=["cases"])
NEWEST_FIRST = Order(("called_at", "id"), falling=True)


@router.put(
    "/cases/{reference}/owner", response=schemas.Case, operation_id="assign_owner", summary="Say who looks after the case",
    openapi_extra=described("forbidden", "not-found", "unsupported-media-type", "invalid", given=examples.NEW_OWNER, example=examples.CASE),
)  # fmt: skip
def assign_owner(request: Asked, reference: str, told: schemas.NewOwner) -> HttpResponse:
    """Someone of your own organisation. Notices of the case go to them alone; with null to all of your side again."""
    case, person = find_case(request.auth, reference), None
    if told.email is not None:
        members = Person.objects.filter(is_active=True, memberships__organisation=request.auth.organisation)
        person = members.filter(email=told.email.strip().lower()).first()
        if person is None:
            raise Problem.at_fields([("email", _("This is not the address of an active member of your organisation."))])
    case.assign_owner(person, by=request.auth)
    return answer(case_shape(find_case(request.auth, reference), request.auth))


@router.get(
    "/cases/{reference}/calls", response=schemas.CallPage, operation_id="list_calls", summary="Read the log of calls",
    openapi_extra=described("not-found", "invalid", example=examples.CALL_PAGE),
)  # fmt: skip
def list_calls(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """The partner's telephone calls to the debtor, the latest first. A partner reads those of its own engagements."""
    case = find_case(request.auth, reference)
    Reading.note(case, by=request.auth)
    calls = Call.objects.visible_to(request.auth).filter(case=case)
    items, further = NEWEST_FIRST.page(calls.select_related("author", "organisation"), after=after, limit=limit)
    return answer({"items": [call_shape(call) for call in items], "next": further})


@router.post(
    "/cases/{reference}/calls", response={201: schemas.Call}, operation_id="log_call", summary="Log a call",
    openapi_extra=described(
        "forbidden", "not-found", "unsupported-media-type", "invalid", given=examples.NEW_CALL, example=examples.CALL, gives=201
    ),
)  # fmt: skip
def log_call(request: Asked, reference: str, told: schemas.NewCall) -> HttpResponse:
    """Only the partner who works the case. The client reads it; it is never changed."""
    call = Call.log(find_case(request.auth, reference), by=request.auth, **told.model_dump())
    return answer(call_shape(call), 201)


@router.post(
    "/cases/{reference}/updates", response=schemas.Case, operation_id="report_progress", summary="Send the monthly update",
    openapi_extra=described(
        "forbidden", "not-found", "unsupported-media-type", "invalid", given=examples.NEW_UPDATE, example=examples.CONFIRMED
    ),
)  # fmt: skip
def report_progress(request: Asked, reference: str, told: schemas.NewUpdate) -> HttpResponse:
    """Only the partner who works the case. Its summary stands in the conversation, and asks nothing."""
    case = find_case(request.auth, reference)
    case.report_progress(by=request.auth, **told.model_dump())
    return answer(case_shape(case, request.auth))
