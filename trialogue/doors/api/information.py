"""More information required: the items a partner asks for, and their answers."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.conversations.information import InformationRequest, InformationTemplate, Item
from trialogue.conversations.models import Document, Reading
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import asked_shape
from trialogue.people.models import Actor

router = Router(tags=["information"])
AS_ASKED = Order(("id",))
BY_NAME = Order(("name", "id"))
_REFUSALS = ("forbidden", "not-found", "unsupported-media-type", "invalid")


@router.get(
    "/cases/{reference}/information", response=schemas.ItemPage, operation_id="list_items", summary="What was asked for",
    openapi_extra=described("not-found", "invalid", example=examples.ITEM_PAGE),
)  # fmt: skip
def list_items(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """Every item of the case, in the order in which it was asked for. A partner sees those of its own engagements."""
    case = find_case(request.auth, reference)
    Reading.note(case, by=request.auth)
    items = Item.objects.visible_to(request.auth).filter(request__case=case)
    found, further = AS_ASKED.page(items.select_related("request", "document", "answered_by"), after=after, limit=limit)
    return answer({"items": [asked_shape(item) for item in found], "next": further})


@router.post(
    "/cases/{reference}/information", response={201: schemas.ItemPage}, operation_id="ask_for_items", summary="Ask for a list",
    openapi_extra=described(*_REFUSALS, given=examples.NEW_ITEMS, example=examples.ITEM_PAGE, gives=201),
)  # fmt: skip
def ask_for_items(request: Asked, reference: str, told: schemas.NewItems) -> HttpResponse:
    """Only the partner who works the case. It waits for the client (“More Info Required”), who owes an answer."""
    items = [item.model_dump() for item in told.items]
    asked = InformationRequest.ask(
        find_case(request.auth, reference), by=request.auth, items=items, message=told.message
    )
    shown = asked.items.order_by("position").select_related("request")
    return answer({"items": [asked_shape(item) for item in shown], "next": None}, 201)


@router.post(
    "/items/{id}/answer", response=schemas.Item, operation_id="answer_item", summary="Answer an item",
    openapi_extra=described(*_REFUSALS, given=examples.NEW_ANSWER, example=examples.ITEM),
)  # fmt: skip
def answer_item(request: Asked, id: str, told: schemas.NewAnswer) -> HttpResponse:
    """Only the client: words, one of the choices, a date, or the id of a document of the case. The last one that was missing
    is followed by a message with all answers, and the partner owes the next word."""
    item = _find(request.auth, id)
    item.fill(_value(request.auth, told), by=request.auth)
    return answer(asked_shape(item))


def _value(actor: Actor, told: schemas.NewAnswer) -> str | Document:
    if told.document is None:
        return told.value or ""
    found = Document.objects.visible_to(actor).filter(public_id=told.document).first()
    if found is None:
        raise Problem.at_fields([("document", _("There is no document with this id."))])
    return found


@router.post(
    "/items/{id}/accept", response=schemas.Item, operation_id="accept_item", summary="Accept an answer",
    openapi_extra=described("forbidden", "not-found", example=examples.ITEM),
)  # fmt: skip
def accept_item(request: Asked, id: str) -> HttpResponse:
    """Only the partner. When nothing is left to accept, the case goes on."""
    item = _find(request.auth, id)
    item.accept(by=request.auth)
    return answer(asked_shape(item))


@router.post(
    "/items/{id}/drop", response=schemas.Item, operation_id="drop_item", summary="Need an item no longer",
    openapi_extra=described("forbidden", "not-found", example=examples.ITEM),
)  # fmt: skip
def drop_item(request: Asked, id: str) -> HttpResponse:
    """Only the partner. When nothing else is left to accept, the case goes on."""
    item = _find(request.auth, id)
    item.drop(by=request.auth)
    return answer(asked_shape(item))


@router.post(
    "/items/{id}/again", response=schemas.Item, operation_id="ask_again", summary="Ask again",
    openapi_extra=described(*_REFUSALS, given=examples.AGAIN, example=examples.ITEM),
)  # fmt: skip
def ask_again(request: Asked, id: str, told: schemas.Again) -> HttpResponse:
    """Only the partner. The reason stands in the conversation, and the client owes another answer."""
    item = _find(request.auth, id)
    item.ask_again(by=request.auth, reason=told.reason)
    return answer(asked_shape(item))


@router.get(
    "/information-lists", response=schemas.ListPage, operation_id="list_lists", summary="Lists your partner keeps",
    openapi_extra=described("invalid", example=examples.LIST_PAGE),
)  # fmt: skip
def list_lists(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """What is often asked for, by name."""
    kept = InformationTemplate.objects.filter(organisation=request.auth.organisation)
    found, further = BY_NAME.page(kept, after=after, limit=limit)
    return answer({"items": [_list_shape(one) for one in found], "next": further})


@router.put(
    "/information-lists", response=schemas.KeptList, operation_id="keep_list", summary="Keep a list",
    openapi_extra=described("forbidden", "unsupported-media-type", "invalid", given=examples.NEW_LIST, example=examples.LIST),
)  # fmt: skip
def keep_list(request: Asked, told: schemas.NewList) -> HttpResponse:
    """Only a partner. Under a name that is taken, the items are the new ones from now on."""
    kept = InformationTemplate.keep(told.name, [item.model_dump() for item in told.items], by=request.auth)
    return answer(_list_shape(kept))


def _list_shape(kept: InformationTemplate) -> dict[str, object]:
    return {"id": kept.public_id, "name": kept.name, "items": kept.items}


def _find(actor: Actor, public_id: str) -> Item:
    found = Item.objects.visible_to(actor).select_related(
        "request__case__client", "request__case__partner", "document", "answered_by"
    )
    return find(found, public_id)
