"""What a person was told, how they want to be told, what they have muted, and when they are away. A key is no person."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time
from typing import Annotated, Any

from django.conf import settings
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.deliveries.models import REMEMBERED, Absence, Bounce, Browser, Delivery
from trialogue.deliveries.notices import SHOWN, look_at, tell
from trialogue.deliveries.wishes import Mute, Muted, Wishes
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, as_public_id, described, find, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.relationships import find_relationship
from trialogue.doors.api.requests import find_request
from trialogue.doors.api.shapes import (
    absence_shape,
    bounce_shape,
    browser_shape,
    member_shape,
    mute_shape,
    notice_shape,
    wishes_shape,
)
from trialogue.lib import webpush
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Actor, Membership, Person

router = Router(tags=["notices"])
NEWEST_FIRST = Order(("latest_at", "id"), falling=True)
ABSENT = ("person", "organisation", "absence__colleague__person", "absence__said_by")
NOT_A_KEY = ("forbidden", "unsupported-media-type", "invalid")


def _me(actor: Actor) -> Person:
    """Raises `Problem` for a key, which is told nothing and wishes nothing."""
    if actor.person is None:
        raise Problem("forbidden", _("Notices belong to people. Sign in instead of sending a key."))
    return Person.objects.select_related("wishes").get(pk=actor.person.pk)


@router.get(
    "/notices", response=schemas.NoticePage, operation_id="list_notices", summary="List notices",
    openapi_extra=described("forbidden", "invalid", example=examples.NOTICE_PAGE),
)  # fmt: skip
def list_notices(
    request: Asked,
    unseen: Annotated[bool, Query(False, description="true: only those that you have not seen.")],
    limit: Limit,
    after: After,
) -> HttpResponse:
    """What you were or would be told for the organisation you act for, the newest first; nothing of muted cases."""
    _me(request.auth)
    now = timezone.now()
    mine = Delivery.objects.notices_of(request.auth, now).select_related(*SHOWN)
    items, further = NEWEST_FIRST.page(mine.unseen(now - REMEMBERED) if unseen else mine, after=after, limit=limit)
    return answer({"items": [notice_shape(told) for told in tell(items, request.auth, _in_utc)], "next": further})


def _in_utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


@router.post(
    "/notices/seen", response=schemas.Seen, operation_id="see_notices", summary="Mark notices as seen",
    openapi_extra=described(*NOT_A_KEY, given=examples.NEW_SEEN, example=examples.SEEN),
)  # fmt: skip
def see_notices(request: Asked, told: schemas.NewSeen) -> HttpResponse:
    """All of them, or (with `through`) those up to a moment, so that what came meanwhile stays new."""
    now, actor = timezone.now(), request.auth
    mine = Delivery.objects.filter(person=_me(actor), organisation=actor.organisation, kind__in=Delivery.NOTICES)
    mine = mine.in_environment(actor.environment).filter(latest_at__lte=_moment(told.through) or now)
    return answer({"seen": mine.see(now)})


def _moment(told: str | None) -> datetime | None:
    if not told:
        return None
    at: datetime | None = None
    with suppress(ValueError):
        at = datetime.fromisoformat(told)
    if at is None or at.tzinfo is None or not 1971 < at.year < 9000:
        raise Problem.at_fields([("through", _("Give a moment with its zone, such as 2026-03-09T11:00:00Z."))])
    return at


@router.get(
    "/me/notices", response=schemas.Wishes, operation_id="get_wishes", summary="How I am told",
    openapi_extra=described("forbidden", example=examples.WISHES),
)  # fmt: skip
def get_wishes(request: Asked) -> HttpResponse:
    """How each kind of notice reaches you, your quiet hours, and whether you get a summary each morning."""
    return answer(wishes_shape(Wishes.of(_me(request.auth))))


@router.put(
    "/me/notices", response=schemas.Wishes, operation_id="put_wishes", summary="Choose how I am told",
    openapi_extra=described(*NOT_A_KEY, given=examples.NEW_WISHES, example=examples.WISHES),
)  # fmt: skip
def put_wishes(request: Asked, told: schemas.NewWishes) -> HttpResponse:
    """Replaces all of it; what is left out becomes the default. `overdue` cannot be `off`."""
    quiet = QuietHours(_span("weekdays", told.quiet.weekdays), _span("weekends", told.quiet.weekends))
    wishes = Wishes.choose(
        _me(request.auth), how=told.how, quiet=quiet, let_through=told.let_through, digest=told.digest
    )
    return answer(wishes_shape(wishes))


def _span(days: str, told: schemas.Span | None) -> tuple[time, time] | None:
    if told is None:
        return None
    try:
        return time.fromisoformat(f"{told.start}:00"), time.fromisoformat(f"{told.until}:00")
    except ValueError:
        raise Problem.at_fields([(f"quiet.{days}", _("Give times such as 20:00."))]) from None


# --- cases that are silent --------------------------------------------------------------------------------------------


@router.get(
    "/me/mutes", response=schemas.Mutes, operation_id="list_mutes", summary="List what is muted",
    openapi_extra=described("forbidden", example=examples.MUTES),
)  # fmt: skip
def list_mutes(request: Asked) -> HttpResponse:
    """The cases, requests and relationships of which you hear nothing now, the latest first; up to 200."""
    _me(request.auth)
    mutes = Mute.objects.of(request.auth).in_force(timezone.now()).select_related("case", "request", "conversation")
    mutes = mutes.order_by("-since", "-pk")
    return answer({"items": [mute_shape(mute.case or mute.request or mute.conversation, mute) for mute in mutes[:200]]})


@router.put(
    "/cases/{reference}/mute", response=schemas.Mute, operation_id="mute_case", summary="Mute a case",
    openapi_extra=described("not-found", *NOT_A_KEY, given=examples.NEW_MUTE, example=examples.MUTE),
)  # fmt: skip
def mute_case(request: Asked, reference: str, told: schemas.NewMute) -> HttpResponse:
    """You hear nothing of it, for a while or until further notice. Nobody else learns of that."""
    return _mute(request, find_case(request.auth, reference), told)


def _mute(request: Asked, about: Muted, told: schemas.NewMute) -> HttpResponse:
    _me(request.auth)
    until = None
    if told.until:
        try:
            until = _moment(told.until)
        except Problem as problem:
            raise Problem.at_fields([("until", problem.detail)]) from None
    return answer(mute_shape(about, Mute.lay(about, by=request.auth, until=until, overdue_too=told.overdue_too)))


@router.delete(
    "/cases/{reference}/mute", response=schemas.Mute, operation_id="unmute_case", summary="Unmute a case",
    openapi_extra=described("not-found", "forbidden", example=examples.UNMUTED),
)  # fmt: skip
def unmute_case(request: Asked, reference: str) -> HttpResponse:
    """You hear of it again."""
    return _unmute(request, find_case(request.auth, reference))


def _unmute(request: Asked, about: Muted) -> HttpResponse:
    _me(request.auth)
    Mute.lift(about, by=request.auth)
    return answer(mute_shape(about, None))


@router.put(
    "/requests/{number}/mute", response=schemas.Mute, operation_id="mute_request", summary="Mute a request",
    openapi_extra=described("not-found", *NOT_A_KEY, given=examples.NEW_MUTE, example=examples.MUTE_OF_REQUEST),
)  # fmt: skip
def mute_request(request: Asked, number: str, told: schemas.NewMute) -> HttpResponse:
    """As a case is muted."""
    return _mute(request, find_request(request.auth, number), told)


@router.delete(
    "/requests/{number}/mute", response=schemas.Mute, operation_id="unmute_request", summary="Unmute a request",
    openapi_extra=described("not-found", "forbidden", example=examples.UNMUTED_REQUEST),
)  # fmt: skip
def unmute_request(request: Asked, number: str) -> HttpResponse:
    """You hear of it again."""
    return _unmute(request, find_request(request.auth, number))


@router.put(
    "/relationships/{id}/mute", response=schemas.Mute, operation_id="mute_relationship", summary="Mute a relationship",
    openapi_extra=described("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_MUTE, example=examples.MUTE_OF_RELATIONSHIP),
)  # fmt: skip
def mute_relationship(request: Asked, id: str, told: schemas.NewMute) -> HttpResponse:
    """As a case is muted."""
    return _mute(request, find_relationship(request.auth, id), told)


@router.delete(
    "/relationships/{id}/mute", response=schemas.Mute, operation_id="unmute_relationship", summary="Unmute a relationship",
    openapi_extra=described("forbidden", "not-found", example=examples.UNMUTED_RELATIONSHIP),
)  # fmt: skip
def unmute_relationship(request: Asked, id: str) -> HttpResponse:
    """You hear of it again."""
    return _unmute(request, find_relationship(request.auth, id))


@router.post(
    "/cases/{reference}/seen", response=schemas.Seen, operation_id="see_case", summary="Mark a case's notices as seen",
    openapi_extra=described("not-found", "forbidden", example=examples.SEEN),
)  # fmt: skip
def see_case(request: Asked, reference: str) -> HttpResponse:
    """What you were told of one case was looked at, as when its page is opened."""
    case = find_case(request.auth, reference)
    _me(request.auth)
    return answer({"seen": look_at(request.auth, case)})


# --- addresses that mails come back from ------------------------------------------------------------------------------


@router.get(
    "/bounces", response=schemas.BouncePage, operation_id="list_bounces", summary="List addresses that mails come back from",
    openapi_extra=described("invalid", example=examples.BOUNCE_PAGE),
)  # fmt: skip
def list_bounces(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """Yours; with an admin's rights those of your people; for the operator all. No notices go there until they work again."""
    mine = Bounce.objects.visible_to(request.auth).in_force(timezone.now())
    items, further = NEWEST_FIRST.page(mine, after=after, limit=limit)
    return answer({"items": [bounce_shape(bounce) for bounce in items], "next": further})


@router.post(
    "/bounces/{id}/clear", response=schemas.Bounce, operation_id="clear_bounce", summary="Say that an address works again",
    openapi_extra=described("not-found", example=examples.CLEARED_BOUNCE),
)  # fmt: skip
def clear_bounce(request: Asked, id: str) -> HttpResponse:
    """Notices go there again, beginning with a mail that shows it."""
    bounce = find(Bounce.objects.visible_to(request.auth), id)
    bounce.clear(by=request.auth)
    return answer(bounce_shape(bounce))


# --- browsers ---------------------------------------------------------------------------------------------------------


@router.get(
    "/me/browsers", response=schemas.Browsers, operation_id="list_browsers", summary="List the browsers that ring",
    openapi_extra=described("forbidden", example=examples.BROWSERS),
)  # fmt: skip
def list_browsers(request: Asked) -> HttpResponse:
    """Where your notices ring, the latest turned on first; and the key for a `PushSubscription` of yours."""
    items = [browser_shape(browser) for browser in _me(request.auth).browsers.order_by("-since", "-pk")]
    return answer({"key": webpush.public(settings.PUSH_KEY) if settings.PUSH else None, "items": items})


@router.post(
    "/me/browsers", response={201: schemas.Browser}, operation_id="turn_browser_on", summary="Ring in a browser",
    openapi_extra=described(*NOT_A_KEY, given=examples.NEW_BROWSER, example=examples.BROWSER, gives=201),
)  # fmt: skip
def turn_browser_on(request: Asked, told: schemas.NewBrowser) -> HttpResponse:
    """Notices that are told at once or bundled ring there, until you sign out of this session or change your password."""
    person, session = _me(request.auth), request.session.session_key or ""
    browser = Browser.turn_on(person, session=session, **told.model_dump())
    return answer(browser_shape(browser), status=201)


@router.delete(
    "/me/browsers/{id}", response=schemas.Browser, operation_id="take_browser_away", summary="Take a browser away",
    openapi_extra=described("not-found", "forbidden", example=examples.BROWSER),
)  # fmt: skip
def take_browser_away(request: Asked, id: str) -> HttpResponse:
    """Notices ring there no more. Answers with what it was."""
    browser = find(_me(request.auth).browsers.all(), id)
    browser.delete()
    return answer(browser_shape(browser))


# --- absence ----------------------------------------------------------------------------------------------------------


def _member(actor: Actor, person: str) -> Membership:
    """A member of the actor's own organisation. Raises `Http404`."""
    found = actor.organisation.memberships.select_related(*ABSENT).filter(person__public_id=person).first()
    if found is None:
        raise Http404
    return found


def _mine(actor: Actor) -> Membership:
    return _member(actor, _me(actor).public_id)


def _absence(membership: Membership) -> dict[str, Any]:
    planned: Absence | None = getattr(membership, "absence", None)
    return {"absence": absence_shape(planned) if planned and not planned.is_over else None}


def _plan(actor: Actor, membership: Membership, told: schemas.NewAbsence) -> HttpResponse:
    first, last = _day("first", told.first), _day("last", told.last)
    Absence.plan(membership, by=actor, first=first, last=last, colleague=_colleague(membership, told.colleague))
    return answer(_absence(_member(actor, membership.person.public_id)))


def _end(actor: Actor, membership: Membership) -> HttpResponse:
    planned: Absence | None = getattr(membership, "absence", None)
    if planned is not None:
        planned.end(by=actor)
    return answer({"absence": None})


@router.get(
    "/me/absence", response=schemas.MyAbsence, operation_id="get_absence", summary="When I am away",
    openapi_extra=described("forbidden", example=examples.MY_ABSENCE),
)  # fmt: skip
def get_absence(request: Asked) -> HttpResponse:
    """Your absence from the organisation you act for, now or to come; null when there is none."""
    return answer(_absence(_mine(request.auth)))


@router.put(
    "/me/absence", response=schemas.MyAbsence, operation_id="put_absence", summary="Plan an absence",
    openapi_extra=described(*NOT_A_KEY, given=examples.NEW_ABSENCE, example=examples.MY_ABSENCE),
)  # fmt: skip
def put_absence(request: Asked, told: schemas.NewAbsence) -> HttpResponse:
    """Replaces the one before. What you would be told in these days goes to the colleague as well."""
    return _plan(request.auth, _mine(request.auth), told)


def _day(field: str, told: str) -> date:
    try:
        day = date.fromisoformat(told)
    except ValueError:
        day = date.min
    if not 1971 < day.year < 9000:
        raise Problem.at_fields([(field, _("Give a day such as 2026-12-31."))])
    return day


def _colleague(membership: Membership, told: str | None) -> Membership | None:
    if told is None:
        return None
    ours = Membership.objects.filter(organisation=membership.organisation).select_related("person")
    found = ours.filter(person__public_id=told).first()
    if found is None:
        raise Problem.at_fields([("colleague", _("Choose a colleague of the same organisation."))])
    return found


@router.delete(
    "/me/absence", response=schemas.MyAbsence, operation_id="end_absence", summary="End an absence",
    openapi_extra=described("forbidden", example=examples.NO_ABSENCE),
)  # fmt: skip
def end_absence(request: Asked) -> HttpResponse:
    """Back, or not going."""
    return _end(request.auth, _mine(request.auth))


# --- absence of a colleague -------------------------------------------------------------------------------------------


@router.get(
    "/members", response=schemas.Members, operation_id="list_members", summary="List members",
    openapi_extra=described(example=examples.MEMBERS),
)  # fmt: skip
def list_members(request: Asked) -> HttpResponse:
    """Who belongs to your organisation, by name, and when they are away."""
    members = request.auth.organisation.memberships.select_related(*ABSENT).order_by(Lower("person__name"), "pk")
    return answer({"items": [member_shape(membership) | _absence(membership) for membership in members]})


@router.get(
    "/members/{id}/absence", response=schemas.MyAbsence, operation_id="get_absence_of", summary="When a colleague is away",
    openapi_extra=described("not-found", example=examples.MY_ABSENCE),
)  # fmt: skip
def get_absence_of(request: Asked, id: str) -> HttpResponse:
    """As for yourself, of a member of your organisation; `id` is the person's."""
    return answer(_absence(_member(request.auth, as_public_id(id))))


@router.put(
    "/members/{id}/absence", response=schemas.MyAbsence, operation_id="put_absence_of", summary="Plan an absence of a colleague",
    openapi_extra=described("not-found", *NOT_A_KEY, given=examples.NEW_ABSENCE, example=examples.ABSENCE_OF),
)  # fmt: skip
def put_absence_of(request: Asked, id: str, told: schemas.NewAbsence) -> HttpResponse:
    """By an admin, for who cannot say it any more. It is recorded, and shown to them, who said it."""
    return _plan(request.auth, _member(request.auth, as_public_id(id)), told)


@router.delete(
    "/members/{id}/absence", response=schemas.MyAbsence, operation_id="end_absence_of", summary="End an absence of a colleague",
    openapi_extra=described("not-found", "forbidden", example=examples.NO_ABSENCE),
)  # fmt: skip
def end_absence_of(request: Asked, id: str) -> HttpResponse:
    """By an admin: they are back, or not going."""
    return _end(request.auth, _member(request.auth, as_public_id(id)))
