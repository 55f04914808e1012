"""What somebody asks of the operator, and what the operator does with it; answers that are kept; who looks after what."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.channels.advice import redirect
from trialogue.channels.models import Edition
from trialogue.clocks.models import Clock
from trialogue.clocks.proposing import if_asked
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Message
from trialogue.doors.api import request_examples as examples
from trialogue.doors.api import request_schemas as schemas
from trialogue.doors.api import schemas as common
from trialogue.doors.api.asking import After, Limit, answer, created, described, find, must_be_states
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.channels import case_at_field
from trialogue.doors.api.documents import multipart, received
from trialogue.doors.api.messages import AS_SAID, IdempotencyKey, author_of, checked_key
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import NOT_FOUND, Problem
from trialogue.doors.api.request_shapes import (
    advice_shape,
    failed_call_shape,
    item_shape,
    masked_shapes,
    request_shape,
    saved_answer_shape,
    team_shape,
)
from trialogue.doors.api.schemas import Text
from trialogue.doors.api.shapes import Shape, address, message_shape, moment
from trialogue.people.models import Actor, Person, Side
from trialogue.requests import inbox, include
from trialogue.requests.desk import must_be_operator
from trialogue.requests.inbox import tagged
from trialogue.requests.models import (
    Duty,
    FailedCall,
    Request,
    RequestQuerySet,
    SavedAnswer,
    State,
    Turned,
    who_is_asking,
)

router = Router(tags=["requests"])
desk = Router(tags=["desk"])
LAST_MOVED = Order(("moved_at", "id"), falling=True)
AS_KEPT, LAST_FAILED = Order(("id",)), Order(("id",), falling=True)
NUMBER = re.compile(r"R-\d{4}-\d{6,10}", re.IGNORECASE | re.ASCII)
_WRITING = ("forbidden", "too-large", "unsupported-media-type", "invalid")
_ON_ONE = ("not-found", *_WRITING)
DOCUMENTS = multipart(
    body={"type": "string", "maxLength": LONGEST_MESSAGE, "description": "What is said with them, in light Markdown."},
    author_email={"type": "string", "description": "Who does it: a member of the key's organisation."},
)


# --- for whoever asks -------------------------------------------------------------------------------------------------


@router.get(
    "/requests", response=schemas.RequestPage, operation_id="list_requests", summary="List requests",
    openapi_extra=described("invalid", example=examples.REQUEST_PAGE),
)  # fmt: skip
def list_requests(
    request: Asked,
    state: Annotated[list[str], Query([], description=f"May be repeated: {', '.join(State.values)}.")],
    channel: Annotated[Text, Query("", max_length=20, description="Key of a channel.")],
    assignee: Annotated[Text, Query("", max_length=40, description="Who takes care of it: `none`, or the id of a person.")],
    tag: Annotated[Text, Query("", max_length=40, description="For the operator.")],
    limit: Limit,
    after: After,
) -> HttpResponse:  # fmt: skip
    """What your organisation has asked, or for the operator what everybody has; the one last moved on top."""
    rows = Request.objects.visible_to(request.auth)
    must_be_states(state, State.values)
    if state:
        rows = rows.filter(state__in=state)
    if channel:
        rows = rows.filter(channel=channel)
    if assignee:
        rows = rows.filter(assignee=None) if assignee == "none" else rows.filter(assignee__public_id=assignee)
    if tag:
        must_be_operator(request.auth)
        rows = tagged(rows, tag.lower())
    items, further = LAST_MOVED.page(_whole(rows), after=after, limit=limit)
    return answer({"items": _shapes(items, request.auth), "next": further})


@router.post(
    "/requests", response={201: schemas.MaskedRequest}, operation_id="open_request", summary="Ask the operator",
    openapi_extra=described(*_WRITING, "turned", "key-reused", given=examples.NEW_REQUEST, example=examples.MASKED_REQUEST, gives=201),
)  # fmt: skip
def open_request(request: Asked, told: schemas.NewRequest, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Opens a request, whose clock runs from now on. What is to be included and is not stands in `missing`.

    Personal data and secrets are masked before anything is kept; `masked` says what, and `keep` leaves some of it as it is.
    A channel that is not for you is refused with `turned`, which says where it belongs.
    """
    key, author = checked_key(idempotency_key), author_of(request.auth, told.author_email)
    case = case_at_field(request.auth, told.case)
    with _turning():
        opened = Request.open(
            by=author, channel=told.channel, subject=told.subject, body=told.body, situation=told.situation,
            form=told.form, case=case, keep=told.keep, key=key,
        )  # fmt: skip
    found = _masked(author, opened.channel, {"subject": told.subject, "body": told.body}, told.form, told.keep)
    shape = {**_fresh(request.auth, opened), "masked": [*found]}
    return created(shape, opened.replayed, Location=address(f"requests/{opened.number}"))


@router.post(
    "/requests/preview", response=schemas.RequestPreview, operation_id="preview_request", summary="Preview a request",
    openapi_extra=described(*_WRITING, "turned", given=examples.NEW_REQUEST, example=examples.REQUEST_PREVIEW),
)  # fmt: skip
def preview_request(request: Asked, told: schemas.NewRequest) -> HttpResponse:
    """What would be masked, what is missing and by when an answer would be due. Nothing is opened, and nothing is stored."""
    author = author_of(request.auth, told.author_email)
    case = case_at_field(request.auth, told.case)
    with _turning():
        channel, missing = Request.plan(by=author, channel=told.channel, situation=told.situation, form=told.form)
    who = who_is_asking(author)
    advised = redirect(Edition.in_force().rules, who, channel.key) if who else None
    clock = if_asked(advised, case, timezone.now()) if advised else None
    return answer({
        "channel": channel.key,
        "masked": [*_masked(author, channel.key, {"subject": told.subject, "body": told.body}, told.form, told.keep)],
        "missing": [item_shape(item) for item in missing],
        "due_at": moment(clock.due_at) if clock else None,
    })  # fmt: skip


@router.get(
    "/requests/{number}", response=schemas.Request, operation_id="get_request", summary="Get a request",
    openapi_extra=described("not-found", example=examples.REQUEST),
)  # fmt: skip
def get_request(request: Asked, number: str) -> HttpResponse:
    """By its number, such as R-2026-004711."""
    return answer(_shape(request.auth, find_request(request.auth, number)))


@router.get(
    "/requests/{number}/messages", response=common.MessagePage, operation_id="list_request_messages", summary="Read a request",
    openapi_extra=described("not-found", "invalid", example=examples.MESSAGE_PAGE),
)  # fmt: skip
def list_request_messages(request: Asked, number: str, limit: Limit, after: After) -> HttpResponse:
    """What was said in it, oldest first. `organisation` is null for somebody without an account."""
    here = Message.objects.visible_to(request.auth).filter(conversation=find_request(request.auth, number).conversation)
    items, further = AS_SAID.page(here.shown(), after=after, limit=limit)
    return answer({"items": [message_shape(message, message.documents.all()) for message in items], "next": further})


@router.post(
    "/requests/{number}/messages", response={201: schemas.MaskedMessage}, operation_id="post_request_message", summary="Say something in a request",
    openapi_extra=described(*_ON_ONE, "key-reused", given=examples.NEW_REQUEST_MESSAGE, example=examples.MASKED_MESSAGE, gives=201),
)  # fmt: skip
def post_request_message(
    request: Asked, number: str, told: schemas.NewRequestMessage, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """By who asked: the operator owes an answer again, and what was solved or closed is open again; masked as when it was
    opened. By the operator: the answer, which meets the clock; with `asks` it waits for the sender, with `solves` it is solved.
    """
    found = find_request(request.auth, number)
    key, author = checked_key(idempotency_key), author_of(request.auth, told.author_email)
    if author.side == Side.OPERATOR:
        given = told.model_dump(include={"body", "asks", "solves", "seen"})
        message = found.answer(by=author, key=key, **given)
    else:
        _must_be_left_out(told, "asks", "solves", "seen")
        given = told.model_dump(include={"body", "expects_answer", "keep"})
        message = found.write(by=author, key=key, **given)
    return _said(message, author, told.body, told.keep)


@router.post(
    "/requests/{number}/documents", response={201: schemas.MaskedMessage}, operation_id="send_request_documents", summary="Send documents in a request",
    openapi_extra=described(*_ON_ONE, "key-reused", example=examples.REQUEST_DOCUMENTS, gives=201, body=DOCUMENTS),
)  # fmt: skip
def send_request_documents(request: Asked, number: str, idempotency_key: IdempotencyKey) -> HttpResponse:
    """Says something with files, or files alone: up to 20 at once, up to 25 MB each; all of them, or, if one is refused, none.

    As what is said without files, by who asked or by the operator. Files themselves are not masked.
    """
    found = find_request(request.auth, number)
    key, author = checked_key(idempotency_key), author_of(request.auth, request.POST.get("author_email"))
    body = request.POST.get("body", "")
    with received(request, besides=("body", "author_email")) as documents:
        says = found.answer if author.side == Side.OPERATOR else found.write
        message = says(by=author, body=body, documents=documents, key=key)
    return _said(message, author, body, ())


def _said(message: Message, author: Actor, body: str, keep: Collection[str]) -> HttpResponse:
    found = {} if author.side == Side.OPERATOR else include.findings({"body": body}, keep)
    shape = {**message_shape(message, message.documents.all()), "masked": [*masked_shapes(found)]}
    return created(shape, message.replayed)


def _must_be_left_out(told: schemas.NewRequestMessage, *fields: str) -> None:
    if given := [field for field in fields if field in told.model_fields_set]:
        raise Problem.at_fields([(field, _("Only the operator says this. Leave it out.")) for field in given])


@router.post(
    "/requests/{number}/supply", response=schemas.MaskedRequest, operation_id="supply_request", summary="Say what was missing",
    openapi_extra=described(*_ON_ONE, given=examples.SUPPLIED, example=examples.MASKED_REQUEST),
)  # fmt: skip
def supply_request(request: Asked, number: str, told: schemas.Supplied) -> HttpResponse:
    """By who asked: what was missing, or some of it. It is masked as when the request was opened."""
    found = find_request(request.auth, number)
    found.supply(told.form, by=request.auth, keep=told.keep)
    masked = _masked(request.auth, found.channel, {}, told.form, told.keep)
    return answer({**_fresh(request.auth, found), "masked": [*masked]})


@router.post(
    "/requests/{number}/close", response=schemas.Request, operation_id="close_request", summary="Close a request",
    openapi_extra=described("forbidden", "not-found", example=examples.REQUEST),
)  # fmt: skip
def close_request(request: Asked, number: str) -> HttpResponse:
    """By either side: nothing more is to be done. An answer opens it again all the same."""
    return _done(request, number, lambda found: found.close(by=request.auth))


@router.post(
    "/requests/{number}/rate", response=schemas.Request, operation_id="rate_request", summary="Say whether it helped",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_VERDICT, example=examples.REQUEST),
)  # fmt: skip
def rate_request(request: Asked, number: str, told: schemas.NewVerdict) -> HttpResponse:
    """By who asked. The last say counts."""
    return _done(request, number, lambda found: found.rate(told.helped, by=request.auth, words=told.words))


@router.get(
    "/failed-calls", response=schemas.FailedCallPage, operation_id="list_failed_calls", summary="List failed calls",
    openapi_extra=described("invalid", example=examples.FAILED_CALL_PAGE),
)  # fmt: skip
def list_failed_calls(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """The last calls by your organisation's keys that failed, the newest on top: at most 20 of each environment, of the last seven days.

    What was answered is masked; what was sent is never kept. Of a program that fails all the time, some a minute are kept.
    """
    items, further = LAST_FAILED.page(FailedCall.objects.visible_to(request.auth), after=after, limit=limit)
    return answer({"items": [failed_call_shape(each) for each in items], "next": further})


# --- for the operator -------------------------------------------------------------------------------------------------


@router.post(
    "/requests/{number}/assign", response=schemas.Request, operation_id="assign_request", summary="Give a request to somebody",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_ASSIGNEE, example=examples.REQUEST),
)  # fmt: skip
def assign_request(request: Asked, number: str, told: schemas.NewAssignee) -> HttpResponse:
    """By the operator: to one of its people, or (null) back on the desk."""
    return _done(request, number, lambda found: found.assign(_colleague(request.auth, told.email), by=request.auth))


def _colleague(actor: Actor, email: str | None) -> Person | None:
    must_be_operator(actor)
    if email is None:
        return None
    members = Person.objects.filter(is_active=True, memberships__organisation=actor.organisation)
    person = members.filter(email=email.strip().lower()).first()
    if person is None:
        raise Problem.at_fields([("email", _("This is not the address of an active member of the operator."))])
    return person


@router.post(
    "/requests/{number}/move", response=schemas.Request, operation_id="move_request", summary="Put a request on another channel",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_CHANNEL, example=examples.REQUEST),
)  # fmt: skip
def move_request(request: Asked, number: str, told: schemas.NewChannel) -> HttpResponse:
    """By the operator. What is owed is counted from the first arrival all the same."""
    return _done(request, number, lambda found: found.move_to(told.channel, by=request.auth))


@router.post(
    "/requests/{number}/solve", response=schemas.Request, operation_id="solve_request", summary="Solve a request",
    openapi_extra=described("forbidden", "not-found", example=examples.REQUEST),
)  # fmt: skip
def solve_request(request: Asked, number: str) -> HttpResponse:
    """By the operator: it is done. The sender is asked whether it helped, and a reply opens it again."""
    return _done(request, number, lambda found: found.solve(by=request.auth))


@router.post(
    "/requests/{number}/link", response=schemas.Request, operation_id="link_request", summary="Say which case a request is about",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_LINK, example=examples.REQUEST),
)  # fmt: skip
def link_request(request: Asked, number: str, told: schemas.NewLink) -> HttpResponse:
    """By the operator; the sender must see the case."""
    return _done(request, number, lambda found: found.link(case_at_field(request.auth, told.case), by=request.auth))


@router.post(
    "/requests/{number}/tags", response=schemas.Request, operation_id="tag_request", summary="Tag a request",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_TAGS, example=examples.REQUEST),
)  # fmt: skip
def tag_request(request: Asked, number: str, told: schemas.NewTags) -> HttpResponse:
    """By the operator, who alone sees them: these tags and no others."""
    return _done(request, number, lambda found: found.tag(told.tags, by=request.auth))


@router.post(
    "/requests/{number}/merge", response=schemas.Request, operation_id="merge_request", summary="Merge a request into another",
    openapi_extra=described(*_ON_ONE, given=examples.MERGE, example=examples.REQUEST),
)  # fmt: skip
def merge_request(request: Asked, number: str, told: schemas.Merge) -> HttpResponse:
    """By the operator: the same sender asked the same twice. This one ends and points to the other; traces stay on both sides."""
    return _done(
        request, number, lambda found: found.merge_into(_at_field(request.auth, "into", told.into), by=request.auth)
    )


@router.post(
    "/requests/{number}/split", response={201: schemas.Request}, operation_id="split_request", summary="Split a request",
    openapi_extra=described(*_ON_ONE, given=examples.SPLIT, example=examples.REQUEST, gives=201),
)  # fmt: skip
def split_request(request: Asked, number: str, told: schemas.Split) -> HttpResponse:
    """A second question becomes a request of its own, from the moment it was asked: by the operator, or by who asked, on the same
    channel. Answers the new one."""
    found = find_request(request.auth, number)
    message = found.conversation.messages.filter(public_id=told.message).first()
    if message is None:
        raise Problem.at_fields([("message", _("There is no message with this id here."))])
    author = author_of(request.auth, told.author_email)
    new = found.split(message, by=author, subject=told.subject, channel=told.channel)
    return answer(_fresh(request.auth, new), 201, Location=address(f"requests/{new.number}"))


@router.post(
    "/requests/{number}/hand", response=schemas.Request, operation_id="hand_request", summary="Put a request into its case",
    openapi_extra=described("forbidden", "not-found", example=examples.REQUEST),
)  # fmt: skip
def hand_request(request: Asked, number: str) -> HttpResponse:
    """By who asked, when it is about a case in whose conversation they write: what they said stands there, with its documents, and an
    answer is owed from the moment it arrived here. This request is closed."""
    return _done(request, number, lambda found: found.hand_over(by=request.auth))


# --- answers that are kept, and who looks after what ------------------------------------------------------------------


@desk.get(
    "/saved-answers", response=schemas.SavedAnswerPage, operation_id="list_saved_answers", summary="List saved answers",
    openapi_extra=described("invalid", example=examples.SAVED_ANSWER_PAGE),
)  # fmt: skip
def list_saved_answers(
    request: Asked,
    filled_for: Annotated[Text, Query("", max_length=20, alias="for", description="Number of a request, to have them filled in for it.")],
    limit: Limit,
    after: After,
) -> HttpResponse:  # fmt: skip
    """What the operator says often. For everyone else there are none."""
    about = _at_field(request.auth, "for", filled_for) if filled_for else None
    items, further = AS_KEPT.page(SavedAnswer.objects.visible_to(request.auth), after=after, limit=limit)
    told = [saved_answer_shape(each, each.filled(about, request.auth) if about else None) for each in items]
    return answer({"items": told, "next": further})


@desk.post(
    "/saved-answers", response={201: schemas.SavedAnswer}, operation_id="keep_answer", summary="Keep an answer",
    openapi_extra=described(*_WRITING, given=examples.NEW_SAVED_ANSWER, example=examples.SAVED_ANSWER, gives=201),
)  # fmt: skip
def keep_answer(request: Asked, told: schemas.NewSavedAnswer) -> HttpResponse:
    """By the operator. `{name}`, `{number}`, `{subject}`, `{case}` and `{me}` are filled in for each request."""
    kept = SavedAnswer.keep(by=request.auth, title=told.title, body=told.body, channel=told.channel)
    return answer(saved_answer_shape(kept), 201)


@desk.patch(
    "/saved-answers/{id}", response=schemas.SavedAnswer, operation_id="change_answer", summary="Change a saved answer",
    openapi_extra=described(*_ON_ONE, given=examples.SAVED_ANSWER_CHANGE, example=examples.SAVED_ANSWER),
)  # fmt: skip
def change_answer(request: Asked, id: str, told: schemas.SavedAnswerChange) -> HttpResponse:
    """What is left out stays as it is."""
    found = find(SavedAnswer.objects.visible_to(request.auth), id)
    now = {"title": found.title, "body": found.body, "channel": found.channel}
    kept = SavedAnswer.keep(by=request.auth, of=found, **now | told.model_dump(exclude_none=True))
    return answer(saved_answer_shape(kept))


@desk.delete(
    "/saved-answers/{id}", response=schemas.SavedAnswer, operation_id="remove_answer", summary="Remove a saved answer",
    openapi_extra=described("forbidden", "not-found", example=examples.SAVED_ANSWER),
)  # fmt: skip
def remove_answer(request: Asked, id: str) -> HttpResponse:
    """What was said with it stays said."""
    found = find(SavedAnswer.objects.visible_to(request.auth), id)
    found.remove(by=request.auth)
    return answer(saved_answer_shape(found))


@desk.get(
    "/teams/{channel}", response=schemas.Team, operation_id="get_team", summary="Who looks after a channel",
    openapi_extra=described("forbidden", "not-found", example=examples.TEAM),
)  # fmt: skip
def get_team(request: Asked, channel: str) -> HttpResponse:
    """For the operator: who hears first of what arrives by it. Nobody in particular: everybody does."""
    must_be_operator(request.auth)
    _must_take_requests(channel)
    people = Person.objects.filter(pk__in=Duty.team(request.auth.organisation, channel)).order_by("name", "pk")
    return answer(team_shape(channel, people))


@desk.put(
    "/teams/{channel}", response=schemas.Team, operation_id="set_team", summary="Say who looks after a channel",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_TEAM, example=examples.TEAM),
)  # fmt: skip
def set_team(request: Asked, channel: str, told: schemas.NewTeam) -> HttpResponse:
    """By an admin of the operator who has signed in: these people and no others."""
    must_be_operator(request.auth)
    _must_take_requests(channel)
    ours = Person.objects.filter(is_active=True, memberships__organisation=request.auth.organisation)
    people = list(ours.filter(public_id__in=told.people).order_by("name", "pk"))
    if len(people) < len(set(told.people)):
        raise Problem.at_fields([("people", _("Only people of the operator look after a channel."))])
    Duty.give(channel, people, by=request.auth)
    return answer(team_shape(channel, people))


def _must_take_requests(channel: str) -> None:
    if Edition.in_force().rules.taking_requests(channel) is None:
        raise Http404


# --- in common --------------------------------------------------------------------------------------------------------


def _whole(rows: RequestQuerySet) -> RequestQuerySet:
    return rows.shown().select_related("split_from").prefetch_related("tags")


def _shown(actor: Actor) -> RequestQuerySet:
    return _whole(Request.objects.visible_to(actor))


def find_request(actor: Actor, number: str) -> Request:
    """Raises a problem that names those it may have meant."""
    if found := _called(actor, number):
        return found
    near = [{"number": one.number, "subject": one.subject} for one in inbox.nearest(actor, number)]
    more: dict[str, Any] = {"near": near} if near else {}
    raise Problem("not-found", NOT_FOUND, **more)


def _called(actor: Actor, number: str) -> Request | None:
    return _shown(actor).filter(number=number.upper()).first() if NUMBER.fullmatch(number) else None


def _at_field(actor: Actor, field: str, number: str) -> Request:
    """The request that something beside the address names."""
    found = _called(actor, number)
    if found is None:
        raise Problem.at_fields([(field, _("There is no request with this number."))])
    return found


def _shapes(requests: list[Request], actor: Actor) -> list[Shape]:
    """With their open clocks, in one query for all."""
    now, clocks = timezone.now(), Clock.objects.next_by_talk(one.conversation_id for one in requests)
    return [request_shape(one, actor, clocks.get(one.conversation_id), now) for one in requests]


def _shape(actor: Actor, request: Request) -> Shape:
    return _shapes([request], actor)[0]


def _fresh(actor: Actor, request: Request) -> Shape:
    """As it stands after a verb."""
    return _shape(actor, _shown(actor).get(pk=request.pk))


def _done(request: Asked, number: str, do: Callable[[Request], object]) -> HttpResponse:
    """Finds it, does it, answers with how it stands then."""
    found = find_request(request.auth, number)
    do(found)
    return answer(_fresh(request.auth, found))


@contextmanager
def _turning() -> Iterator[None]:
    try:
        yield
    except Turned as why:
        advised, policy = why.advice, Edition.in_force().rules
        clock = if_asked(advised, None, timezone.now())
        raise Problem("turned", why, advice=advice_shape(policy, advised.who, advised, None, clock)) from why


def _masked(
    author: Actor, channel: str, texts: Mapping[str, str], form: Mapping[str, str], keep: list[str]
) -> Iterator[Shape]:
    """What is masked in a subject, in a body and in what was typed into a form."""
    policy = Edition.in_force().rules
    wanted: dict[str, Any] = {
        item.key: item for item in policy.items_of(policy.channels[channel], who_is_asking(author))
    }
    typed = {key: text for key, text in form.items() if key in wanted and wanted[key].kind in include.WRITTEN}
    return masked_shapes(include.findings({**texts, **typed}, keep))
