"""Working hours, promises and how they are kept: the same verbs, previews and numbers as on the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.clocks import keeping, proposing
from trialogue.clocks.keeping import BARS, Keeping, Tally
from trialogue.clocks.models import PROMISES, Calendar, Clock, Feed, Policy
from trialogue.clocks.policies import may_make_promises, may_set_hours
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import Shape, address, clock_shape, moment, moment_or_none, organisation_shape
from trialogue.doors.web import promises as report_page
from trialogue.people.models import Actor, Organisation, Refused, Side

router = Router(tags=["promises"])
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HISTORY = 50
_WRITING = ("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid")


# --- working hours ----------------------------------------------------------------------------------------------------


@router.get(
    "/organisations/{id}/calendar", response=schemas.CalendarHistory, operation_id="get_calendar", summary="Get working hours",
    openapi_extra=described("not-found", example=examples.CALENDAR_HISTORY),
)  # fmt: skip
def get_calendar(request: Asked, id: str) -> HttpResponse:
    """The working hours of an organisation, and every version there was, the newest first. `me` is your own; the operator may name any."""
    return answer(_history(request.auth, organisation_called(request.auth, id)))


@router.put(
    "/organisations/{id}/calendar/feed", response=schemas.CalendarHistory, operation_id="follow_calendar", summary="Read closed days from a calendar",
    openapi_extra=described(*_WRITING, given=examples.FOLLOWED_FEED, example=examples.CALENDAR_HISTORY),
)  # fmt: skip
def follow_calendar(request: Asked, id: str, told: schemas.FollowedFeed) -> HttpResponse:
    """From now on the organisation's closed days are read from this address, each day. They move no promise by themselves: give
    them in a new version of the working hours.

    By an admin of the organisation or of the operator, or with a production key of either.
    """
    whose = organisation_called(request.auth, id)
    Feed.follow(whose, told.address, by=request.auth)
    return answer(_history(request.auth, whose))


def _history(actor: Actor, whose: Organisation) -> Shape:
    seen = may_set_hours(actor, whose)  # the address may be a secret
    told, feed = proposing.told_of_hours(whose), Feed.objects.filter(organisation=whose).first()
    versions = [calendar_shape(one, told.get(one.public_id)) for one in whose.calendars.order_by("-version")[:HISTORY]]
    return {
        "organisation": organisation_shape(whose),
        "in_force": Calendar.in_force(whose, timezone.now()).version,
        "versions": versions,
        "feed": feed and {
            "address": feed.address if seen else "", "read_at": moment_or_none(feed.read_at), "trouble": feed.trouble, "new_days": feed.new_days,
            "closed": [{"date": day, "name": name} for day, name in feed.days.items()],
        },
    }  # fmt: skip


@router.post(
    "/organisations/{id}/calendar", response={201: schemas.Calendar}, operation_id="introduce_calendar", summary="Set working hours",
    openapi_extra=described(*_WRITING, given=examples.NEW_CALENDAR, example=examples.CALENDAR, gives=201),
)  # fmt: skip
def introduce_calendar(request: Asked, id: str, told: schemas.NewCalendar) -> HttpResponse:
    """A new version, in force now or later. Clocks that run keep the one they began with.

    By an admin of the organisation or of the operator, or with a production key of either.
    """
    whose = organisation_called(request.auth, id)
    _must_set_hours(request.auth, whose)
    proposal = _proposed_hours(whose, told)
    at = proposal.effective_from if told.effective_from else None
    made = Calendar.introduce(whose, by=request.auth, effective_from=at, replaces=told.replaces, **_time(told))
    shape = calendar_shape(made, proposing.told_of_hours(whose).get(made.public_id))
    return answer(shape, 201, Location=address(f"organisations/{whose.public_id}/calendar"))


@router.post(
    "/organisations/{id}/calendar/preview", response=schemas.Preview, operation_id="preview_calendar", summary="Preview working hours",
    openapi_extra=described(*_WRITING, given=examples.NEW_CALENDAR, example=examples.PREVIEW),
)  # fmt: skip
def preview_calendar(request: Asked, id: str, told: schemas.NewCalendar) -> HttpResponse:
    """How the clocks that run would stand by these hours. Nothing is stored, and nothing that runs is ever moved."""
    whose = organisation_called(request.auth, id)
    _must_set_hours(request.auth, whose)
    clocks = Clock.objects.visible_to(request.auth).owed_by(whose)
    return answer(preview_shape(proposing.preview_of_hours(clocks, _proposed_hours(whose, told))))


def organisation_called(actor: Actor, public_id: str) -> Organisation:
    """One's own; any other for the operator alone. Raises `Http404`."""
    if public_id in ("me", actor.organisation.public_id):
        return actor.organisation
    if actor.side != Side.OPERATOR:
        raise Http404
    return find(Organisation.objects.all(), public_id)


def _must_set_hours(actor: Actor, whose: Organisation) -> None:
    if not may_set_hours(actor, whose):
        raise Refused(_("Working hours are set by an admin, or with a production key."))


def _proposed_hours(whose: Organisation, told: schemas.NewCalendar) -> Calendar:
    return proposing.proposed_hours(whose, _moment(told.effective_from), timezone.now(), **_time(told))


def _time(told: schemas.NewCalendar) -> dict[str, Any]:
    if strange := told.week.keys() - set(WEEKDAYS):
        said = _("“{day}” is no weekday. They are: {days}.").format(day=sorted(strange)[0], days=", ".join(WEEKDAYS))
        raise Problem.at_fields([("week", said)])
    return {
        "zone": told.zone, "country": told.country.upper(), "subdivision": told.subdivision.upper(),
        "week": {str(WEEKDAYS.index(day)): spans for day, spans in told.week.items() if spans},
        "closed": {day.date: day.name for day in told.closed}, "shortened": told.shortened,
    }  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Problem.at_fields([("effective_from", _("Give a moment with its zone, such as 2026-12-01T08:00:00Z."))])
    return at


def calendar_shape(calendar: Calendar, told: proposing.Told | None) -> Shape:
    return {
        "id": calendar.public_id,
        "version": calendar.version,
        "effective_from": moment(calendar.effective_from),
        "zone": calendar.zone,
        "country": calendar.country or None,
        "subdivision": calendar.subdivision or None,
        "week": {WEEKDAYS[int(day)]: spans for day, spans in sorted(calendar.week.items()) if spans},
        "closed": [{"date": day, "name": name} for day, name in sorted(calendar.closed_days.items())],
        "shortened": calendar.shortened,
        **_told_shape(told),
    }


def _told_shape(told: proposing.Told | None) -> Shape:
    return {
        "introduced_at": moment(told.at) if told else None,
        "introduced_by": (told.by or told.organisation or None) if told else None,
    }


def preview_shape(preview: proposing.Preview) -> Shape:
    now = timezone.now()
    return {
        "running": preview.running,
        "same": preview.same,
        "later": preview.later,
        "earlier": preview.earlier,
        "furthest": [
            {"clock": clock_shape(moved.clock, now), "would_be_due_at": moment(moved.would), "moved_seconds": int(moved.by.total_seconds())}
            for moved in preview.furthest
        ],
    }  # fmt: skip


# --- promises ---------------------------------------------------------------------------------------------------------


@router.get(
    "/policies", response=schemas.Policies, operation_id="list_policies", summary="List promises",
    openapi_extra=described(example=examples.POLICIES),
)  # fmt: skip
def list_policies(request: Asked) -> HttpResponse:
    """How long everyone may take to answer: each promise with all its versions, the newest first."""
    now, told = timezone.now(), proposing.told_of_promises()
    found: dict[str, list[Policy]] = {}
    for policy in Policy.objects.order_by("promise", "-version"):
        found.setdefault(policy.promise, []).append(policy)
    return answer({"items": [_promise_shape(name, versions, told, now) for name, versions in found.items()]})


@router.post(
    "/policies/{promise}", response={201: schemas.Policy}, operation_id="introduce_policy", summary="Change a promise",
    openapi_extra=described(*_WRITING, given=examples.NEW_POLICY, example=examples.POLICY, gives=201),
)  # fmt: skip
def introduce_policy(request: Asked, promise: str, told: schemas.NewPolicy) -> HttpResponse:
    """A new version, by the operator, in force now or later. Clocks that run keep the one they began with."""
    _must_make_promises(request.auth)
    proposal = _proposed_promise(promise, told)
    at = proposal.effective_from if told.effective_from else None
    given = told.model_dump(include={"within", "unit", "warn_after", "replaces"})
    made = Policy.introduce(promise, by=request.auth, effective_from=at, **given)
    shape = policy_shape(made, proposing.told_of_promises().get(f"{promise} {made.version}"))
    return answer(shape, 201, Location=address("policies"))


@router.post(
    "/policies/{promise}/preview", response=schemas.Preview, operation_id="preview_policy", summary="Preview a promise",
    openapi_extra=described(*_WRITING, given=examples.NEW_POLICY, example=examples.PREVIEW),
)  # fmt: skip
def preview_policy(request: Asked, promise: str, told: schemas.NewPolicy) -> HttpResponse:
    """How the clocks that run would stand by this promise. Nothing is stored, and nothing that runs is ever moved."""
    _must_make_promises(request.auth)
    clocks = Clock.objects.visible_to(request.auth).filter(promise=promise)
    return answer(preview_shape(proposing.preview_of_promise(clocks, _proposed_promise(promise, told))))


def _must_make_promises(actor: Actor) -> None:
    if not may_make_promises(actor):
        raise Refused(_("Promises are changed by an admin of the operator, or with its production key."))


def _proposed_promise(promise: str, told: schemas.NewPolicy) -> Policy:
    if not promise.isidentifier() or not Policy.objects.filter(promise=promise).exists():
        raise Http404
    given = told.model_dump(include={"within", "unit", "warn_after"})
    return proposing.proposed_promise(promise, _moment(told.effective_from), timezone.now(), **given)


def _promise_shape(promise: str, versions: list[Policy], told: dict[str, proposing.Told], now: datetime) -> Shape:
    begun = [one for one in versions if one.effective_from <= now]
    return {
        "promise": promise,
        "label": str(PROMISES.get(promise, promise)),
        "in_force": max(begun, key=lambda one: (one.effective_from, one.version)).version,
        "versions": [policy_shape(one, told.get(f"{promise} {one.version}")) for one in versions],
    }


def policy_shape(policy: Policy, told: proposing.Told | None) -> Shape:
    return {
        "promise": policy.promise,
        "version": policy.version,
        "effective_from": moment(policy.effective_from),
        "within": policy.within,
        "unit": policy.unit,
        "words": policy.words,
        "warn_after": policy.warn_after,
        **_told_shape(told),
    }


# --- how they are kept ------------------------------------------------------------------------------------------------


@router.get(
    "/promises", response=schemas.Keeping, operation_id="get_promises", summary="How promises are kept",
    openapi_extra=described("invalid", example=examples.KEEPING),
)  # fmt: skip
def get_promises(
    request: Asked,
    whose: Annotated[schemas.Text, Query("", description="`us` (what you owe; usual) or `them` (what you are owed). Not for the operator.")],
    of: Annotated[schemas.Text, Query("", description="For the operator: the id of the organisation that owes.")],
    weeks: Annotated[int, Query(13, ge=1, le=104, description="This week and those before it, in all.")],
    since: Annotated[schemas.Text, Query("", alias="from", description="The first day, such as 2026-03-01. Wins over `weeks`.")],
    until: Annotated[schemas.Text, Query("", alias="to", description="The last day, in it.")],
) -> HttpResponse:  # fmt: skip
    """What was kept and broken, how long answers took in working time, and what was open. The numbers are those of the page."""
    now = timezone.now()
    if whose not in ("", "us", "them"):
        raise Problem.at_fields([("whose", _("Give one of: {values}.").format(values="us, them"))])
    if of and (request.auth.side != Side.OPERATOR or not Organisation.objects.filter(public_id=of[:40]).exists()):
        raise Problem.at_fields([("of", _("Only the operator names an organisation, by its id (org_…)."))])
    asked = report_page.ask(
        request.auth, {"whose": whose, "of": of, "weeks": str(weeks), "from": since, "to": until}, now
    )
    if asked.problem:
        raise Problem.at_fields([("from" if since else "to", asked.problem)])
    return answer(keeping_shape(keeping.report(asked.clocks, asked.period, now, asked.by)))


def keeping_shape(report: Keeping) -> Shape:
    edges = report.period.edges
    return {
        "start": moment(report.period.start),
        "end": moment(report.period.end),
        "zone": report.period.zone,
        **_tally_shape(report.total),
        "weeks": [
            {"start": moment(start), "end": moment(end), **_tally_shape(tally)}
            for (start, tally), end in zip(report.weeks, edges[1:], strict=True)
        ],
        "promises": [{"promise": name, **_tally_shape(tally)} for name, tally in report.promises],
        "organisations": [
            {"organisation": organisation_shape(one), **_tally_shape(tally)} for one, tally in report.organisations
        ],
        "countries": [{"country": code, **_tally_shape(tally)} for code, tally in report.countries],
        "answer_times": _times_shape(report.times),
        "open": [{"at": moment(look.at), "open": look.open, "overdue": look.overdue} for look in report.course],
    }


def _tally_shape(tally: Tally) -> Shape:
    return {"kept": tally.kept, "broken": tally.broken}


def _times_shape(times: keeping.Times) -> Shape:
    return {
        "median_seconds": _seconds(times.median),
        "ninth_tenth_seconds": _seconds(times.slowest_tenth),
        "bars": [
            {"up_to_hours": hours, "answers": count} for hours, count in zip([*BARS, None], times.bars, strict=True)
        ],
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())
