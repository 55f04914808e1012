"""Cases: the list, a new one, one by reference, its moves, its timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.cases import timeline
from trialogue.cases.engagements import as_seen_by
from trialogue.cases.lifecycle import MOVES
from trialogue.cases.models import Case
from trialogue.doors.api import examples, lists, schemas
from trialogue.doors.api.asking import After, Limit, answer, as_reference, described, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import address, case_shape, line_shape
from trialogue.events.models import Event
from trialogue.lists import pages
from trialogue.people.models import Actor, Organisation

router = Router(tags=["cases"])
AS_IT_HAPPENED = Order(("id",))


@router.get(
    "/cases", response=schemas.CasePage, operation_id="list_cases", summary="List cases",
    openapi_extra=described("invalid", example=examples.CASE_PAGE),
)  # fmt: skip
def list_cases(request: Asked, asked: Query[lists.Asking], limit: Limit, after: After) -> HttpResponse:
    """The cases your organisation may see, those that moved last first unless `sort` says otherwise."""
    chosen, key = lists.filter_of(asked), lists.key_of(after)
    found = pages.page(request.auth, chosen, before=key, size=limit, only=asked.only(), whole=True)
    if key and not pages.order_of(chosen).place(key):
        raise lists.no_page()
    items = [case_shape(case, request.auth) for case in as_seen_by(found.cases, request.auth)]
    return answer({"items": items, "next": lists.cursor_of(found.further)})


@router.post(
    "/cases", response={201: schemas.Case}, operation_id="submit_case", summary="Submit a case",
    openapi_extra=described(
        "forbidden", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_CASE, example=examples.CASE, gives=201
    ),
)  # fmt: skip
def submit_case(request: Asked, told: schemas.NewCase) -> HttpResponse:
    """A client hands in a claim. `client_reference` can be used once per environment, so a repeat is refused, not doubled."""
    case = Case.submit(by=request.auth, **told.model_dump())
    return answer(case_shape(case, request.auth), 201, Location=address(f"cases/{case.reference}"))


@router.get(
    "/cases/{reference}", response=schemas.Case, operation_id="get_case", summary="Get a case",
    openapi_extra=described("not-found", example=examples.CASE),
)  # fmt: skip
def get_case(request: Asked, reference: str) -> HttpResponse:
    """One case by its reference, with what your side may do now."""
    return answer(case_shape(find_case(request.auth, reference), request.auth))


@router.post(
    "/cases/{reference}/moves", response=schemas.Case, operation_id="move_case", summary="Make a move",
    openapi_extra=described(
        "wrong-side", "not-found", "move-refused", "too-large", "unsupported-media-type", "invalid",
        given=examples.NEW_MOVE, example=examples.CONFIRMED,
    ),
)  # fmt: skip
def move_case(request: Asked, reference: str, told: schemas.NewMove) -> HttpResponse:
    """Moves a case through its life. What each move needs stands in `moves` of the case.

    A move that the state does not allow is answered with 409 and `allowed`; one of another side with 403 and `allowed`.
    """
    case = find_case(request.auth, reference)
    case.move(told.move, by=request.auth, **_particulars(request.auth, told))
    return answer(case_shape(case, request.auth))


def _particulars(actor: Actor, told: schemas.NewMove) -> dict[str, Any]:
    """What comes along with a move. Raises `Problem` for what does not belong to it, rather than lose it."""
    move = MOVES[told.move]
    given = told.model_dump(exclude={"move"}, exclude_none=True)
    if strange := given.keys() - {*move.needs, *move.takes}:
        said = _("“{move}” takes no such field.").format(move=told.move)
        raise Problem.at_fields((field, said) for field in sorted(strange))
    if actor.side not in move.sides:
        return {}  # it will be refused, and nobody learns on the way which partners there are
    if "partner" in given:
        given["partner"] = _partner(given["partner"])
    if "into" in given:
        given["into"] = _other(actor, given["into"])
    return given


def _partner(public_id: str) -> Organisation:
    partner = Organisation.objects.partners().filter(public_id=public_id).first()
    if partner is None:
        raise Problem.at_fields([("partner", _("There is no collection partner with this id."))])
    return partner


def _other(actor: Actor, reference: str) -> Case:
    found = Case.objects.visible_to(actor).filter(reference=as_reference(reference)).first()
    if found is None:
        raise Problem.at_fields([("into", _("There is no case with this reference."))])
    return found


@router.get(
    "/cases/{reference}/timeline", response=schemas.LinePage, operation_id="timeline", summary="Read the timeline",
    openapi_extra=described("not-found", "invalid", example=examples.LINE_PAGE),
)  # fmt: skip
def read_timeline(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """What happened to the case and concerned your organisation, oldest first, in sentences."""
    case = find_case(request.auth, reference)
    events = Event.objects.visible_to(request.auth).filter(case_id=case.pk)
    items, further = AS_IT_HAPPENED.page(events, after=after, limit=limit)
    return answer({"items": [line_shape(line) for line in timeline.tell(items, _in_utc)], "next": further})


def _in_utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
