"""What a client and a partner say to each other outside their cases."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.conversations import relationships as talking
from trialogue.conversations.models import Conversation, Message, Note, Pin, Reading
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, created, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.documents import received
from trialogue.doors.api.messages import AS_SAID, IdempotencyKey, author_of, checked_key, quoted
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.requests import DOCUMENTS
from trialogue.doors.api.shapes import message_shape, note_shape, pin_shape, relationship_shape
from trialogue.doors.api.talk import AS_WRITTEN, add_pin_to, write_note_in
from trialogue.people.models import Actor

router = Router(tags=["relationships"])
NEWEST_FIRST = Order(("id",), falling=True)
_WRITING = ("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid")


def find_relationship(actor: Actor, id: str) -> Conversation:
    return find(Conversation.objects.relationships(actor).select_related("client", "partner"), id)


@router.get(
    "/relationships", response=schemas.RelationshipPage, operation_id="list_relationships", summary="List relationships",
    openapi_extra=described("invalid", example=examples.RELATIONSHIP_PAGE),
)  # fmt: skip
def list_relationships(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """The conversations of a client with its partners, or of a partner with its clients; all of them for the operator."""
    mine = Conversation.objects.relationships(request.auth).select_related("client", "partner")
    items, further = NEWEST_FIRST.page(mine, after=after, limit=limit)
    return answer({"items": [relationship_shape(talk) for talk in items], "next": further})


@router.post(
    "/relationships", response={201: schemas.Relationship}, operation_id="begin_relationship", summary="Begin a conversation outside cases",
    openapi_extra=described(
        "forbidden", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_RELATIONSHIP, example=examples.RELATIONSHIP, gives=201
    ),
)  # fmt: skip
def begin_relationship(request: Asked, told: schemas.NewRelationship) -> HttpResponse:
    """By a client or a partner, with the other side of a case they have or had. What has begun already is answered as it is."""
    other = talking.acquainted(request.auth).filter(public_id=told.organisation).first()
    if other is None:
        said = _(
            "You have no case with an organisation of this id. A client and a partner write once they have had one."
        )
        raise Problem.at_fields([("organisation", said)])
    return answer(relationship_shape(talking.between(request.auth, other)), 201)


@router.get(
    "/relationships/{id}", response=schemas.Relationship, operation_id="get_relationship", summary="Get a relationship",
    openapi_extra=described("not-found", example=examples.RELATIONSHIP),
)  # fmt: skip
def get_relationship(request: Asked, id: str) -> HttpResponse:
    """One of them."""
    return answer(relationship_shape(find_relationship(request.auth, id)))


@router.get(
    "/relationships/{id}/messages", response=schemas.MessagePage, operation_id="list_relationship_messages", summary="Read what was said",
    openapi_extra=described("not-found", "invalid", example=examples.MESSAGE_PAGE),
)  # fmt: skip
def list_relationship_messages(request: Asked, id: str, limit: Limit, after: After) -> HttpResponse:
    """Oldest first. What is done with a message afterwards is done as with one of a case, by its id."""
    talk = find_relationship(request.auth, id)
    Reading.note(talk, by=request.auth)
    here = Message.objects.visible_to(request.auth).filter(conversation=talk).shown()
    items, further = AS_SAID.page(here, after=after, limit=limit)
    return answer({"items": [message_shape(message, message.documents.all()) for message in items], "next": further})


@router.post(
    "/relationships/{id}/messages", response={201: schemas.Message}, operation_id="post_relationship_message", summary="Say something outside cases",
    openapi_extra=described(*_WRITING, "key-reused", given=examples.NEW_MESSAGE, example=examples.MESSAGE, gives=201),
)  # fmt: skip
def post_relationship_message(
    request: Asked, id: str, told: schemas.NewMessage, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """By either side. As in a case it meets what your side owed, and the other side owes an answer from now on."""
    talk, key = find_relationship(request.auth, id), checked_key(idempotency_key)
    answers = quoted(talk.messages_for(request.auth), told.answers) if told.answers else None
    author = author_of(request.auth, told.author_email)
    said = talk.post(by=author, body=told.body, expects_answer=told.expects_answer, answers=answers, key=key)
    return _said(said)


@router.post(
    "/relationships/{id}/documents", response={201: schemas.Message}, operation_id="send_relationship_documents", summary="Send documents outside cases",
    openapi_extra=described(*_WRITING, "key-reused", example=examples.MESSAGE, gives=201, body=DOCUMENTS),
)  # fmt: skip
def send_relationship_documents(request: Asked, id: str, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Says something with files, or files alone: up to 20 at once, up to 25 MB each; all of them, or, if one is refused, none."""
    talk, key = find_relationship(request.auth, id), checked_key(idempotency_key)
    author = author_of(request.auth, request.POST.get("author_email"))
    with received(request, besides=("body", "author_email")) as documents:
        said = talk.post(by=author, body=request.POST.get("body", ""), documents=documents, key=key)
    return _said(said)


def _said(message: Message) -> HttpResponse:
    return created(message_shape(message, message.documents.all()), message.replayed)


@router.get(
    "/relationships/{id}/pins", response=schemas.Pins, operation_id="list_relationship_pins", summary="List pinned facts of a relationship",
    openapi_extra=described("not-found", example=examples.PINS),
)  # fmt: skip
def list_relationship_pins(request: Asked, id: str) -> HttpResponse:
    """Messages and short facts that either side has pinned, at most twenty."""
    talk = find_relationship(request.auth, id)
    Reading.note(talk, by=request.auth)
    here = Pin.objects.visible_to(request.auth).filter(conversation=talk).shown()
    return answer({"items": [pin_shape(pin) for pin in here]})


@router.post(
    "/relationships/{id}/pins", response={201: schemas.Pin}, operation_id="add_relationship_pin", summary="Pin in a relationship",
    openapi_extra=described(*_WRITING, given=examples.NEW_PIN, example=examples.PIN, gives=201),
)  # fmt: skip
def add_relationship_pin(request: Asked, id: str, told: schemas.NewPin) -> HttpResponse:
    """Either side pins. What is pinned already is answered as it is."""
    return add_pin_to(find_relationship(request.auth, id), request.auth, told)


@router.get(
    "/relationships/{id}/notes", response=schemas.NotePage, operation_id="list_relationship_notes", summary="Read private notes of a relationship",
    openapi_extra=described("not-found", "invalid", example=examples.NOTE_PAGE),
)  # fmt: skip
def list_relationship_notes(request: Asked, id: str, limit: Limit, after: After) -> HttpResponse:
    """The notes of your own organisation beside it, oldest first. Nobody else can read them."""
    here = Note.objects.visible_to(request.auth).filter(conversation=find_relationship(request.auth, id)).shown()
    items, further = AS_WRITTEN.page(here, after=after, limit=limit)
    return answer({"items": [note_shape(note) for note in items], "next": further})


@router.post(
    "/relationships/{id}/notes", response={201: schemas.Note}, operation_id="write_relationship_note", summary="Write a private note beside a relationship",
    openapi_extra=described(*_WRITING, given=examples.NEW_NOTE, example=examples.NOTE, gives=201),
)  # fmt: skip
def write_relationship_note(
    request: Asked, id: str, told: schemas.NewNote, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """Only your organisation sees it. It moves no clock and is told to nobody. A repeat with the same key is the same note."""
    return write_note_in(find_relationship(request.auth, id), request.auth, told, idempotency_key)
