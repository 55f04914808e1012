"""Pages about notices: the list behind the bell, how one wants to be told, what one has muted, and absence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from trialogue.conversations.models import Conversation
from trialogue.deliveries import unsubscribing
from trialogue.deliveries.models import Absence, Bounce, Browser, Delivery
from trialogue.deliveries.notices import SHOWN, tell
from trialogue.deliveries.wishes import DIGEST, How, Mute, Muted, Wishes
from trialogue.doors.web.access import acting
from trialogue.doors.web.accounts import browser
from trialogue.doors.web.cases import find, find_conversation
from trialogue.doors.web.converters import page_of
from trialogue.doors.web.forms_notices import AbsenceForm, WishesForm
from trialogue.doors.web.people import for_admins
from trialogue.doors.web.requests import unlisted
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events import tail
from trialogue.lib import webpush
from trialogue.people.models import Actor, Membership, Person, Refused
from trialogue.requests.models import Request

PAGE = 30


@acting
@require_GET
def notices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the reader was or would be told, the newest first."""
    head, mine = tail.head(), Delivery.objects.notices_of(actor, timezone.now())
    before = _place(request.GET.get("before", ""))
    here = mine.filter(Q(latest_at__lt=before[0]) | Q(latest_at=before[0], pk__lt=before[1])) if before else mine
    found = list(here.select_related(*SHOWN).order_by("-latest_at", "-pk")[: PAGE + 1])
    context = {
        "told": tell(found[:PAGE], actor, when),
        "older": _key(found[PAGE - 1]) if len(found) > PAGE else "",
        "newest": found[0].latest_at.isoformat() if found else "",
        "is_first": before is None,
        "head": head,
    }
    return render(request, "web/notices/list.html", context)


def _key(delivery: Delivery) -> str:
    return f"{delivery.latest_at.astimezone(UTC).isoformat()}~{delivery.pk}"


def _place(key: str) -> tuple[datetime, int] | None:
    told, _tilde, number = key.partition("~")
    moment = _moment(told)
    return (moment, int(number)) if moment and number.isascii() and number.isdecimal() and len(number) < 19 else None


def _moment(told: str) -> datetime | None:
    try:
        moment = parse_datetime(told)
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


@acting
@require_POST
def read(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All that the page showed is read; what came since is not."""
    now = timezone.now()
    through = _moment(request.POST.get("through", "")) or now
    mine = Delivery.objects.filter(person=actor.person, organisation=actor.organisation, kind__in=Delivery.NOTICES)
    mine.in_environment(actor.environment).filter(latest_at__lte=through).see(now)
    return redirect("notices")


# --- settings ---------------------------------------------------------------------------------------------------------


@acting
def wishes(request: HttpRequest, actor: Actor) -> HttpResponse:
    person = _me(actor)
    form = WishesForm(request.POST) if request.method == "POST" else WishesForm.showing(Wishes.of(person))
    if request.method == "POST" and form.is_valid():
        try:
            Wishes.choose(person, **form.wishes())
        except ValidationError as problem:
            _at_fields(form, problem)
        else:
            messages.success(request, _("Saved. You are told as you chose from now on."))
            return redirect("notice-wishes")
    mutes = (
        Mute.objects.of(actor)
        .in_force(timezone.now())
        .select_related("case", "request", "conversation")
        .order_by("-since", "-pk")[:200]
    )
    bounces = Bounce.objects.visible_to(actor).in_force(timezone.now()).order_by("-latest_at", "-pk")[:200]
    context = {"form": form, "hows": How.choices, "mutes": mutes, "bounces": bounces}
    if settings.PUSH:
        context |= {
            "push_key": webpush.public(settings.PUSH_KEY),
            "browsers": person.browsers.order_by("-since", "-pk"),
        }
    return render(request, "web/notices/wishes.html", context, status=422 if form.errors else 200)


def _at_fields(form: WishesForm, problem: ValidationError) -> None:
    for name, said in problem.message_dict.items():
        form.add_error(name if name in form.fields else "weekdays_until", said)


@csrf_exempt  # a mail program posts it; what may be done stands in the token alone
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail turns off what that mail told of: when it is posted, for programs open links, too."""
    found = unsubscribing.meant(token)
    if found is None:
        raise Http404
    person, what = found
    with translation.override(person.language):
        # Not the whole of it: whoever opens a link that was handed on has nobody's address from us.
        address = re.sub("(?<=^.)[^@]*", "…", person.email)
        context = {"address": address, "ending": Wishes.of(person).ending(what), "summary": DIGEST in what}
        if done := request.method == "POST":
            Wishes.turn_off(person, what)
        return unlisted(render(request, "web/notices/unsubscribe.html", context | {"done": done}))


@acting
@require_POST
def address_clear(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """One's own address, or that of somebody one looks after, works again."""
    bounce = get_object_or_404(Bounce.objects.visible_to(actor), public_id=public_id)
    bounce.clear(by=actor)
    messages.success(
        request, _("Notices go to {address} again. A first mail is on its way.").format(address=bounce.address)
    )
    return redirect("notice-wishes")


@acting
@require_POST
def turn_on(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the browser itself has told of how to reach it."""
    told: dict[str, Any] = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    told |= {"name": browser(request.headers.get("User-Agent", "")), "session": request.session.session_key or ""}
    try:
        Browser.turn_on(_me(actor), **told)
    except (ValidationError, Refused) as problem:
        for words in problem.messages if isinstance(problem, ValidationError) else [str(problem)]:
            messages.error(request, words)
    else:
        messages.success(request, _("This browser notifies you from now on. A first notice is on its way."))
    return redirect(reverse("notice-wishes") + "#browsers")


@acting
@require_POST
def take_away(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    get_object_or_404(Browser, person=actor.person, public_id=public_id).delete()
    messages.success(request, _("That browser notifies you no more."))
    return redirect(reverse("notice-wishes") + "#browsers")


def _me(actor: Actor) -> Person:
    assert actor.person is not None
    return Person.objects.select_related("wishes").get(pk=actor.person.pk)


def _member(actor: Actor, person: str) -> Membership:
    ours = actor.organisation.memberships.select_related("person", "organisation", "absence__colleague__person")
    return get_object_or_404(ours.select_related("absence__said_by"), person__public_id=person)


@acting
def absence(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _absence(request, actor, _member(actor, actor.by), "absence")


@for_admins
def absence_of(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    """Of a colleague who cannot say it any more."""
    return _absence(request, actor, _member(actor, person), "absence-of", person)


def _absence(request: HttpRequest, actor: Actor, membership: Membership, page: str, *of: str) -> HttpResponse:
    planned: Absence | None = getattr(membership, "absence", None)
    planned = planned if planned and not planned.is_over else None
    form = (
        AbsenceForm(membership, request.POST) if request.method == "POST" else AbsenceForm.showing(membership, planned)
    )
    if request.method == "POST" and form.is_valid():
        try:
            Absence.plan(membership, by=actor, **form.cleaned_data)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved. It ends by itself."))
            return redirect(page, *of)
    context = {"form": form, "planned": planned, "membership": membership, "mine": not of}
    return render(request, "web/notices/absence.html", context, status=422 if form.errors else 200)


@acting
@require_POST
def absence_end(request: HttpRequest, actor: Actor) -> HttpResponse:
    if _end_absence(actor, _member(actor, actor.by)):
        messages.success(request, _("You are back."))
    return redirect("absence")


@require_POST
@for_admins
def absence_of_end(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    membership = _member(actor, person)
    if _end_absence(actor, membership):
        messages.success(request, _("{name} is back.").format(name=membership.person))
    return redirect("absence-of", person)


def _end_absence(actor: Actor, membership: Membership) -> bool:
    planned: Absence | None = getattr(membership, "absence", None)
    if planned is not None:
        planned.end(by=actor)
    return planned is not None


# --- one case, request or relationship -----------------------------------------------------------------------------------------------------------


@acting
@require_POST
def mute(request: HttpRequest, actor: Actor, place: str) -> HttpResponse:
    """Mutes a case or a relationship, for a while or until further notice; with `lift`, no more."""
    about = find_conversation(actor, place) if place.startswith("con_") else find(actor, place)
    return _mute(request, actor, about, page_of(place))


@acting
@require_POST
def mute_request(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """The same of a request; the operator is led on to its desk."""
    found = get_object_or_404(Request.objects.visible_to(actor), number=number.upper())
    return _mute(request, actor, found, reverse("request", args=[found.number]))


def _mute(request: HttpRequest, actor: Actor, about: Muted, here: str) -> HttpResponse:
    if request.POST.get("lift"):
        Mute.lift(about, by=actor)
        messages.success(request, _("You hear of {reference} again.").format(reference=_called(about)))
    else:
        try:
            Mute.lay(about, by=actor, until=_until(request, actor), overdue_too=bool(request.POST.get("overdue_too")))
            messages.success(request, _("{reference} is muted for you.").format(reference=_called(about)))
        except ValidationError as problem:
            for words in problem.messages:
                messages.error(request, words)
    return redirect("notice-wishes" if request.POST.get("back") == "settings" else here)


def _called(about: Muted) -> str:
    return about.title if isinstance(about, Conversation) else str(about)


def _until(request: HttpRequest, actor: Actor) -> datetime | None:
    """The end of a day in the reader's zone, None for ever. Raises `ValidationError` for what is no day."""
    told = request.POST.get("until", "").strip()
    if not told:
        return None
    try:
        day: date | None = parse_date(told)
    except ValueError:
        day = None
    if day is None or not 1970 < day.year < 9000:
        raise ValidationError({"until": _("This is no date. Give one such as 2026-12-31.")})
    assert actor.person is not None
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo(actor.person.zone))
    return midnight.astimezone(UTC)
