"""The operator in the conversation of a case: who has joined, and why."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from trialogue.conversations.models import Presence
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.messages import author_of
from trialogue.doors.api.pages import Order
from trialogue.doors.api.shapes import presence_shape
from trialogue.doors.api.talk import AuthorEmail, conversation_of

router = Router(tags=["presences"])
NEWEST_FIRST = Order(("id",), falling=True)


@router.get(
    "/cases/{reference}/presences", response=schemas.PresencePage, operation_id="list_presences", summary="Who of the operator is there",
    openapi_extra=described("not-found", "invalid", example=examples.PRESENCE_PAGE),
)  # fmt: skip
def list_presences(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """Who of the operator has joined the conversation of the case, the newest first; who has left, too. A partner sees those of its own
    engagements."""
    theirs = Presence.objects.visible_to(request.auth).filter(conversation__case=find_case(request.auth, reference))
    items, further = NEWEST_FIRST.page(theirs.shown(), after=after, limit=limit)
    return answer({"items": [presence_shape(each) for each in items], "next": further})


@router.post(
    "/cases/{reference}/presences", response={201: schemas.Presence}, operation_id="join_conversation", summary="Join a conversation",
    openapi_extra=described(
        "forbidden", "not-found", "not-open", "too-large", "unsupported-media-type", "invalid",
        given=examples.NEW_PRESENCE, example=examples.PRESENCE, gives=201,
    ),
)  # fmt: skip
def join_conversation(request: Asked, reference: str, told: schemas.NewPresence) -> HttpResponse:
    """By a person of the operator, with a reason that both sides read; from then on they may write. Who is there already for the same
    reason is answered as they are."""
    conversation = conversation_of(request.auth, find_case(request.auth, reference))
    joined = Presence.join(conversation, by=author_of(request.auth, told.author_email), reason=told.reason)
    return answer(presence_shape(joined), 201)


@router.post(
    "/presences/{id}/leave", response=schemas.Presence, operation_id="leave_conversation", summary="Leave a conversation",
    openapi_extra=described("forbidden", "not-found", "invalid", example=examples.LEFT_PRESENCE),
)  # fmt: skip
def leave_conversation(request: Asked, id: str, author_email: AuthorEmail) -> HttpResponse:
    """By whoever has joined. What they said stays."""
    presence = find(Presence.objects.visible_to(request.auth).shown(), id)
    presence.leave(by=author_of(request.auth, author_email))
    return answer(presence_shape(presence))
