"""Meetings with somebody at the operator, and when hosts can be met."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.conversations.models import Conversation
from trialogue.doors.api import meeting_examples as examples
from trialogue.doors.api import meeting_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, as_public_id, described, find, must_be_states
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.messages import author_of
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.request_shapes import person_shape
from trialogue.doors.api.shapes import Shape, moment, moment_or_none, organisation_shape
from trialogue.meetings.models import Host, Meeting, State, admission
from trialogue.people.models import Actor, Membership, Side
from trialogue.requests.models import Request

router = Router(tags=["meetings"])
NEWEST_FIRST = Order(("id",), falling=True)
NUMBER = re.compile(r"M-\d{4}-\d{6,10}", re.IGNORECASE | re.ASCII)
_ON_ONE = ("not-found", "forbidden", "too-large", "unsupported-media-type", "invalid")


@router.get(
    "/hosts", response=schemas.Hosts, operation_id="list_hosts", summary="List hosts",
    openapi_extra=described(example=examples.HOSTS),
)  # fmt: skip
def list_hosts(request: Asked) -> HttpResponse:
    """Whom you may meet, and whether you book a free time or ask for one. All of them, for the operator."""
    actor = request.auth
    hosts = [_host_shape(host, actor) for host in Host.objects.visible_to(actor).shown()]
    if actor.side == Side.OPERATOR:
        return answer({"items": hosts, "you": "agree", "why": None, "elsewhere": None})
    allowed = admission(actor)
    you = "book" if allowed.books else "ask" if allowed.may_ask else "none"
    return answer({"items": hosts, "you": you, "why": allowed.why or None, "elsewhere": allowed.elsewhere or None})


@router.get(
    "/hosts/{id}/free", response=schemas.FreeTimes, operation_id="list_free_times", summary="Free times of a host",
    openapi_extra=described("not-found", "invalid", example=examples.FREE),
)  # fmt: skip
def list_free_times(
    request: Asked, id: str, minutes: Annotated[int, Query(30, description="One of the host's lengths.")]
) -> HttpResponse:
    """When a meeting of so many minutes may begin, for as far ahead as the host can be booked. Each is free as you ask, not later."""
    host = find(Host.objects.visible_to(request.auth).shown(), id)
    times = host.free(minutes, request.auth.environment, timezone.now())
    return answer({"minutes": minutes, "zone": host.zone, "times": [moment(each) for each in times]})


@router.put(
    "/members/{id}/host", response=schemas.Host, operation_id="put_host", summary="Say when somebody can be met",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_HOST, example=examples.HOST_AS_OPERATOR),
)  # fmt: skip
def put_host(request: Asked, id: str, told: schemas.NewHost) -> HttpResponse:
    """For the operator: by an admin, or by the person; `id` is theirs. All of it is said anew. What is agreed already stays."""
    actor = request.auth
    here = Membership.objects.filter(organisation=actor.organisation, person__is_active=True).select_related("person")
    person = get_object_or_404(here, person__public_id=as_public_id(id)).person
    host = Host.describe(person, by=actor, **told.model_dump())
    return answer(_host_shape(Host.objects.shown().get(pk=host.pk), actor))


@router.get(
    "/meetings", response=schemas.MeetingPage, operation_id="list_meetings", summary="List meetings",
    openapi_extra=described("invalid", example=examples.MEETING_PAGE),
)  # fmt: skip
def list_meetings(
    request: Asked,
    state: Annotated[list[str], Query([], description=f"May be repeated: {', '.join(State.values)}.")],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """Your organisation's; all for the operator. The newest first."""
    rows = Meeting.objects.visible_to(request.auth).shown()
    must_be_states(state, State.values)
    if state:
        rows = rows.filter(state__in=state)
    items, further = NEWEST_FIRST.page(rows, after=after, limit=limit)
    return answer({"items": [_shape(each) for each in items], "next": further})


@router.post(
    "/meetings", response={201: schemas.Meeting}, operation_id="make_meeting", summary="Book or ask for a meeting",
    openapi_extra=described("forbidden", "time-taken", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_MEETING, example=examples.MEETING, gives=201),
)  # fmt: skip
def make_meeting(request: Asked, told: schemas.NewMeeting) -> HttpResponse:
    """Who books gives a `host` and one of its free times as `starts_at`: it is agreed at once, or taken already. Who asks gives
    `wishes`, or none; a host answers. `GET /hosts` says which you do."""  # fmt: skip
    actor = author_of(request.auth, told.author_email)
    host = _host(actor, told.host, "host")
    about: dict[str, Any] = {
        "minutes": told.minutes, "subject": told.subject, "about": told.about, "conversation": _talk(actor, told.case, told.request),
    }  # fmt: skip
    if told.starts_at is None:
        return _answer(Meeting.ask(by=actor, host=host, wishes=told.wishes, **about), request.auth, 201)
    if host is None:
        raise Problem.at_fields([("host", _("Say whose time it is."))])
    return _answer(Meeting.book(host, told.starts_at, by=actor, **about), request.auth, 201)


@router.get(
    "/meetings/{number}", response=schemas.Meeting, operation_id="get_meeting", summary="Read a meeting",
    openapi_extra=described("not-found", example=examples.MEETING),
)  # fmt: skip
def get_meeting(request: Asked, number: str) -> HttpResponse:
    """When, with whom, where, and what became of it."""
    return _answer(_find(request.auth, number), request.auth)


@router.post(
    "/meetings/{number}/agree", response=schemas.Meeting, operation_id="agree_to_meeting", summary="Agree to a time",
    openapi_extra=described(*_ON_ONE, "time-taken", given=examples.NEW_AGREEMENT, example=examples.MEETING),
)  # fmt: skip
def agree_to_meeting(request: Asked, number: str, told: schemas.NewAgreement) -> HttpResponse:
    """For the operator, to what was asked for or to another time; for who asked, to a time that was offered."""
    actor = author_of(request.auth, told.author_email)
    found = _find(request.auth, number)
    found.agree(told.starts_at, by=actor, host=_host(actor, told.host, "host") if actor.side == Side.OPERATOR else None)
    return _answer(found, request.auth)


@router.post(
    "/meetings/{number}/offer", response=schemas.Meeting, operation_id="offer_times", summary="Offer other times",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_OFFER, example=examples.OFFERED),
)  # fmt: skip
def offer_times(request: Asked, number: str, told: schemas.NewOffer) -> HttpResponse:
    """For the operator. The other side takes one; nothing is kept free meanwhile."""
    actor = author_of(request.auth, told.author_email)
    found = _find(request.auth, number)
    found.offer(told.times, by=actor, host=_host(actor, told.host, "host"))
    return _answer(found, request.auth)


@router.post(
    "/meetings/{number}/decline", response=schemas.Meeting, operation_id="decline_meeting", summary="Decline a meeting",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_END, example=examples.DECLINED),
)  # fmt: skip
def decline_meeting(request: Asked, number: str, told: schemas.NewEnd) -> HttpResponse:
    """For the operator, of what was asked for, with a reason that says what to do instead."""
    return _done(request, number, Meeting.decline, told.author_email, reason=told.reason)


@router.post(
    "/meetings/{number}/move", response=schemas.Meeting, operation_id="move_meeting", summary="Move a meeting",
    openapi_extra=described(*_ON_ONE, "time-taken", given=examples.NEW_TIME, example=examples.MOVED),
)  # fmt: skip
def move_meeting(request: Asked, number: str, told: schemas.NewTime) -> HttpResponse:
    """By either side, before it begins: to a free time of the host; by the operator to any that does not collide."""
    return _done(request, number, Meeting.move, told.author_email, starts_at=told.starts_at)


@router.post(
    "/meetings/{number}/call-off", response=schemas.Meeting, operation_id="call_meeting_off", summary="Call a meeting off",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_END, example=examples.CALLED_OFF),
)  # fmt: skip
def call_meeting_off(request: Asked, number: str, told: schemas.NewEnd) -> HttpResponse:
    """By either side, before it begins; what was only asked for, at any time."""
    return _done(request, number, Meeting.call_off, told.author_email, reason=told.reason)


@router.post(
    "/meetings/{number}/notes", response=schemas.Meeting, operation_id="note_meeting", summary="Note how it was",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_NOTES, example=examples.HELD),
)  # fmt: skip
def note_meeting(request: Asked, number: str, told: schemas.NewNotes) -> HttpResponse:
    """For the operator, once it has begun: that it was held, or that nobody came, and what there is to remember."""
    return _done(request, number, Meeting.hold, told.author_email, notes=told.notes, missed=told.missed)


def _find(actor: Actor, number: str) -> Meeting:
    if NUMBER.fullmatch(number):
        for found in Meeting.objects.visible_to(actor).shown().filter(number=number.upper()):
            return found
    raise Http404


def _host(actor: Actor, public_id: str | None, field: str) -> Host | None:
    if public_id is None:
        return None
    for found in Host.objects.visible_to(actor).shown().filter(public_id=public_id[:32]):
        return found
    raise Problem.at_fields([(field, _("There is no host of this id whom you may meet."))])


def _talk(actor: Actor, case: str | None, request: str | None) -> Conversation | None:
    if case:
        talk = Conversation.objects.visible_to(actor).filter(case__reference=case[:20].upper()).first()
    elif request:
        found = Request.objects.visible_to(actor).filter(number=request[:20].upper()).select_related("conversation")
        talk = next((one.conversation for one in found), None)
    else:
        return None
    if talk is None:
        raise Problem.at_fields([("case" if case else "request", _("You have none of this name."))])
    return talk


def _done(request: Asked, number: str, verb: Callable[..., None], email: str | None, **told: Any) -> HttpResponse:
    """Finds it, does it, answers with how it stands then."""
    found = _find(request.auth, number)
    verb(found, by=author_of(request.auth, email), **told)
    return _answer(found, request.auth)


def _answer(meeting: Meeting, actor: Actor, status: int = 200) -> HttpResponse:
    return answer(_shape(_find(actor, meeting.number)), status)


def _host_shape(host: Host, actor: Actor) -> Shape:
    ours = actor.side == Side.OPERATOR
    busy = getattr(host, "busy", None) if ours else None
    plain = ("is_open", "zone", "lengths", "before", "after", "notice", "ahead", "most_a_day", "meets")
    return {name: getattr(host, name) for name in plain} | {
        "id": host.public_id,
        "person": person_shape(host.person),
        "week": host.week if ours else None,
        "link": host.link or None if ours else None,
        "calendar_read_at": moment_or_none(busy.read_at) if busy else None,
        "calendar_trouble": str(busy.get_trouble_display()) if busy and busy.trouble else None,
    }


def _shape(of: Meeting) -> Shape:
    talk = of.conversation
    return {
        "number": of.number,
        "state": of.state,
        "state_label": str(of.get_state_display()),
        "subject": of.subject,
        "about": of.about or None,
        "organisation": organisation_shape(of.organisation) if of.organisation else None,
        "person": person_shape(of.person) if of.person else None,
        "guest": of.guest,
        "host": person_shape(of.host.person) if of.host else None,
        "minutes": of.minutes,
        "starts_at": moment_or_none(of.starts_at),
        "ends_at": moment_or_none(of.ends_at),
        "proposals": [moment(each) for each in of.times],
        "link": of.link or None,
        "sequence": of.sequence,
        "case": talk.case.reference if talk and talk.case else None,
        "request": of.request.number if of.request else None,
        "reason": of.reason or None,
        "notes": of.notes or None,
        "asked_at": moment(of.asked_at),
        "external": of.is_external,
    }
