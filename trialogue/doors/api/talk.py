"""What is done with a message after it was said; pinned facts; private notes; search."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.cases.models import Case
from trialogue.conversations import search
from trialogue.conversations.models import Conversation, Message, Note, Pin, Reading
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, created, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.messages import IdempotencyKey, author_of, checked_key
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import hit_shape, message_shape, note_shape, pin_shape
from trialogue.people.models import Actor

router = Router(tags=["messages"])
pins = Router(tags=["pins"])
notes = Router(tags=["notes"])
searching = Router(tags=["search"])
AS_WRITTEN, NEWEST_FIRST = Order(("id",)), Order(("id",), falling=True)
AuthorEmail = Annotated[str | None, Query(None, description="Who does it: a member of the key's organisation.")]


def _message(actor: Actor, public_id: str) -> Message:
    shown = Message.objects.visible_to(actor).shown().select_related("conversation__case", "author", "organisation")
    return find(shown.select_related("answers", "conversation__case", "author", "organisation"), public_id)


def conversation_of(actor: Actor, case: Case) -> Conversation:
    found = Conversation.objects.visible_to(actor).filter(case=case).select_related("case").first()
    if found is None:
        raise Problem("not-open", _("There is no conversation here for you. It opens when the case is released."))
    return found


# --- a message ---------------------------------------------------------------------------------------------------------


@router.patch(
    "/messages/{id}", response=schemas.Message, operation_id="edit_message", summary="Edit a message",
    openapi_extra=described(
        "forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_WORDS, example=examples.EDITED_MESSAGE
    ),
)  # fmt: skip
def edit_message(request: Asked, id: str, told: schemas.NewWords) -> HttpResponse:
    """Other words, by its author within 10 minutes. The earlier wording stays in `wordings`; no clock moves."""
    message = _message(request.auth, id)
    message.edit(by=author_of(request.auth, told.author_email), body=told.body)
    return answer(message_shape(message, message.documents.all()))


@router.delete(
    "/messages/{id}", response=schemas.Message, operation_id="delete_message", summary="Delete a message",
    openapi_extra=described("forbidden", "not-found", "invalid", example=examples.DELETED_MESSAGE),
)  # fmt: skip
def delete_message(request: Asked, id: str, author_email: AuthorEmail) -> HttpResponse:
    """By its author within 10 minutes. Its number and its moment stay, its words go. Deleting the only unanswered
    question cancels the clock it started; the only answer to one cannot be deleted."""
    message = _message(request.auth, id)
    message.withdraw(by=author_of(request.auth, author_email))
    return answer(message_shape(message, message.documents.all()))


@router.post(
    "/messages/{id}/excuse", response=schemas.Message, operation_id="excuse_message", summary="Say that no answer is needed",
    openapi_extra=described("forbidden", "not-found", example=examples.MESSAGE),
)  # fmt: skip
def excuse_message(request: Asked, id: str) -> HttpResponse:
    """By the side that wrote it, or the one that would owe the answer. The clock is cancelled, and both sides see who said so."""
    message = _message(request.auth, id)
    message.excuse(by=request.auth)
    return answer(message_shape(message, message.documents.all()))


# --- pinned facts ------------------------------------------------------------------------------------------------------


@pins.get(
    "/cases/{reference}/pins", response=schemas.Pins, operation_id="list_pins", summary="List pinned facts",
    openapi_extra=described("not-found", example=examples.PINS),
)  # fmt: skip
def list_pins(request: Asked, reference: str) -> HttpResponse:
    """Messages and short facts that either side has pinned, at most twenty. A partner sees those of its own engagements."""
    case = find_case(request.auth, reference)
    Reading.note(case, by=request.auth)
    here = Pin.objects.visible_to(request.auth).filter(conversation__case=case).shown()
    return answer({"items": [pin_shape(pin) for pin in here]})


@pins.post(
    "/cases/{reference}/pins", response={201: schemas.Pin}, operation_id="add_pin", summary="Pin a message or a fact",
    openapi_extra=described(
        "forbidden", "not-found", "not-open", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_PIN, example=examples.PIN, gives=201
    ),
)  # fmt: skip
def add_pin(request: Asked, reference: str, told: schemas.NewPin) -> HttpResponse:
    """Either side pins. What is pinned already is answered as it is."""
    return add_pin_to(conversation_of(request.auth, find_case(request.auth, reference)), request.auth, told)


def add_pin_to(conversation: Conversation, actor: Actor, told: schemas.NewPin) -> HttpResponse:
    if bool(told.message) == bool(told.fact):
        raise Problem.at_fields([("", _("Give a message or a fact."))])
    message = conversation.messages_for(actor).filter(public_id=told.message).first() if told.message else None
    if told.message and message is None:
        raise Problem.at_fields([("message", _("There is no message with this id here."))])
    pin = Pin.add(conversation, by=actor, message=message, fact=told.fact or "")
    return answer(pin_shape(pin), 201)


@pins.delete(
    "/pins/{id}", response=schemas.Pin, operation_id="remove_pin", summary="Take a pinned fact off",
    openapi_extra=described("forbidden", "not-found", example=examples.PIN),
)  # fmt: skip
def remove_pin(request: Asked, id: str) -> HttpResponse:
    """Either side takes it off, whoever has pinned it."""
    pin = find(Pin.objects.visible_to(request.auth).shown().select_related("conversation__case"), id)
    shape = pin_shape(pin)
    pin.remove(by=request.auth)
    return answer(shape)


# --- private notes -----------------------------------------------------------------------------------------------------


@notes.get(
    "/cases/{reference}/notes", response=schemas.NotePage, operation_id="list_notes", summary="Read private notes",
    openapi_extra=described("not-found", "invalid", example=examples.NOTE_PAGE),
)  # fmt: skip
def list_notes(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """The notes of your own organisation beside the conversation, oldest first. Nobody else can read them."""
    case = find_case(request.auth, reference)
    here = Note.objects.visible_to(request.auth).filter(conversation__case=case).shown()
    items, further = AS_WRITTEN.page(here, after=after, limit=limit)
    return answer({"items": [note_shape(note) for note in items], "next": further})


@notes.post(
    "/cases/{reference}/notes", response={201: schemas.Note}, operation_id="write_note", summary="Write a private note",
    openapi_extra=described(
        "forbidden", "not-found", "not-open", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_NOTE, example=examples.NOTE, gives=201
    ),
)  # fmt: skip
def write_note(request: Asked, reference: str, told: schemas.NewNote, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Only your organisation sees it. It moves no clock and is told to nobody. A repeat with the same key is the same note."""
    conversation = conversation_of(request.auth, find_case(request.auth, reference))
    return write_note_in(conversation, request.auth, told, idempotency_key)


def write_note_in(conversation: Conversation, actor: Actor, told: schemas.NewNote, key: str | None) -> HttpResponse:
    author = author_of(actor, told.author_email)
    note = Note.write(conversation, by=author, body=told.body, key=checked_key(key))
    return created(note_shape(note), note.replayed)


@notes.delete(
    "/notes/{id}", response=schemas.Note, operation_id="remove_note", summary="Remove a private note",
    openapi_extra=described("forbidden", "not-found", "invalid", example=examples.NOTE),
)  # fmt: skip
def remove_note(request: Asked, id: str, author_email: AuthorEmail) -> HttpResponse:
    """By who wrote it."""
    note = find(
        Note.objects.visible_to(request.auth).select_related("author", "organisation", "conversation__case"), id
    )
    shape = note_shape(note)
    note.remove(by=author_of(request.auth, author_email))
    return answer(shape)


# --- search ------------------------------------------------------------------------------------------------------------


@searching.get(
    "/search", response=schemas.HitPage, operation_id="search", summary="Search in all you may see",
    openapi_extra=described("invalid", example=examples.HIT_PAGE),
)  # fmt: skip
def search_all(
    request: Asked,
    q: Annotated[
        schemas.Text, Query("", max_length=200, description="Words; each must be there, or begin a word that is.")
    ],
    kind: Annotated[
        Literal["messages", "notes", "documents", "cases"], Query("messages", description="What to search in.")
    ],
    case: Annotated[schemas.Text, Query("", max_length=20, description="Only within the case with this reference.")],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """Messages, your own notes, names of documents, or cases by debtor and references; the newest first.

    Accents and capitals do not matter. Without a word nothing is found. The operator gets no words of what others say in a case,
    unless it searches within that case, which is a reading of it.
    """
    wanted = search.words(q)
    within = _within(request.auth, case) if case else None
    if within and wanted:
        Reading.note(within, by=request.auth)
    before = NEWEST_FIRST.place(after)[0] if after else None
    found = search.found(kind, request.auth, wanted, limit + 1, case=within.pk if within else None, before=before)
    items, further = NEWEST_FIRST.cut(found, limit)
    told = [hit_shape(kind, thing, search.stretch(thing, wanted, request.auth, within)) for thing in items]
    return answer({"items": told, "next": further})


def _within(actor: Actor, reference: str) -> Case:
    try:
        return find_case(actor, reference)
    except Http404:
        raise Problem.at_fields([("case", _("There is no case with this reference."))]) from None
