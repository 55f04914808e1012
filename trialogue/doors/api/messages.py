"""The conversation of a case."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Router

from trialogue import posting
from trialogue.conversations.messages import MessageQuerySet
from trialogue.conversations.models import Conversation, Message, Reading
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, as_reference, created, described, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import message_shape
from trialogue.people.models import Actor, Person

router = Router(tags=["messages"])
AS_SAID = Order(("number",))
IdempotencyKey = Annotated[
    str | None,
    Header(
        None, alias="Idempotency-Key",
        description="1 to 255 printable ASCII characters. The same key with the same body is the same message, however often it is sent.",
    ),
]  # fmt: skip
KEY = re.compile(r"[\x20-\x7e]{1,255}")


@router.get(
    "/cases/{reference}/messages", response=schemas.MessagePage, operation_id="list_messages", summary="Read the conversation",
    openapi_extra=described("not-found", "invalid", example=examples.MESSAGE_PAGE),
)  # fmt: skip
def list_messages(request: Asked, reference: str, limit: Limit, after: After) -> HttpResponse:
    """The messages of the case's conversation, oldest first. A partner sees those of its own engagements.

    Empty until the case is released to a partner.
    """
    case = find_case(request.auth, reference)
    Reading.note(case, by=request.auth)
    messages = Message.objects.visible_to(request.auth).filter(conversation__case=case).shown()
    items, further = AS_SAID.page(messages, after=after, limit=limit)
    return answer({"items": [message_shape(message, message.documents.all()) for message in items], "next": further})


@router.post(
    "/cases/{reference}/messages", response={201: schemas.Message}, operation_id="post_message", summary="Say something",
    openapi_extra=described(
        "forbidden", "not-found", "not-open", "too-large", "unsupported-media-type", "invalid", "key-reused",
        given=examples.NEW_MESSAGE, example=examples.MESSAGE, gives=201,
    ),
)  # fmt: skip
def post_message(
    request: Asked, reference: str, told: schemas.NewMessage, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """Posts into the conversation of the case. It meets what your side owed; the other side owes an answer from now on.

    A repeat with the same `Idempotency-Key` is answered as the first time, with the header `Idempotent-Replayed: true`.
    """
    key, author = checked_key(idempotency_key), author_of(request.auth, told.author_email)
    try:
        message = posting.post(
            by=author,
            reference=as_reference(reference),
            body=told.body,
            expects_answer=told.expects_answer,
            answers=quoted(_of_case(request.auth, reference), told.answers) if told.answers else None,
            key=key,
        )
    except Conversation.DoesNotExist:
        find_case(request.auth, reference)
        said = _("There is no conversation here for you to write in. It opens when the case is released to a partner.")
        raise Problem("not-open", said) from None
    return created(message_shape(message, ()), message.replayed)


def _of_case(actor: Actor, reference: str) -> MessageQuerySet:
    return Message.objects.visible_to(actor).filter(conversation__case__reference=as_reference(reference))


def quoted(here: MessageQuerySet, public_id: str) -> Message:
    """The message that is quoted, among those of the same conversation."""
    found = here.filter(public_id=public_id).first()
    if found is None:
        raise Problem.at_fields([("answers", _("There is no message with this id here."))])
    return found


def checked_key(given: str | None) -> str:
    if given is not None and not KEY.fullmatch(given):
        said = _("An Idempotency-Key is 1 to 255 printable ASCII characters.")
        raise Problem.at_fields([("Idempotency-Key", said)])
    return given or ""


def author_of(actor: Actor, email: str | None) -> Actor:
    """Whoever a key names must belong to its organisation; whoever is signed in speaks for no one else."""
    if email is None:
        return actor
    members = Person.objects.filter(is_active=True, memberships__organisation=actor.organisation)
    person = members.filter(email=email.strip().lower()).first()
    if person is None or actor.person not in (None, person):
        said = _(
            "This is not the address of an active member of {organisation}. Leave it out to speak as the organisation."
        )
        raise Problem.at_fields([("author_email", said.format(organisation=actor.organisation))])
    return replace(actor, person=person)
