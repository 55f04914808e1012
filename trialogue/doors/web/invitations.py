"""An invitation seen by the one who got it: the way in for people who know us and for people who do not."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from trialogue.doors.web import forms_people
from trialogue.doors.web.brands import remember
from trialogue.events.change import SYSTEM, change
from trialogue.people.brands import brand_of
from trialogue.people.models import Invitation, Person, Refused


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    found = Invitation.objects.known(secret)
    if found is None or found.accepted_at or not Invitation.objects.open().filter(pk=found.pk).exists():
        return render(request, "web/people/invitation_closed.html", {"invitation": found}, status=410)
    if request.user.is_authenticated:
        return _join(request, found, request.user)
    with timezone.override(ZoneInfo(found.organisation.zone)):  # theirs is not known yet
        known = Person.objects.filter(email=found.email).first()
        if known and known.has_usable_password():
            return _show(request, found, "sign_in")
        return _join_new(request, found, known)


def _show(request: HttpRequest, invitation: Invitation, how: str, **more: Any) -> HttpResponse:
    brand = brand_of(invitation.organisation)
    told = {"invitation": invitation, "how": how, "brand": brand}
    answer = render(request, "web/people/invitation.html", told | more)
    remember(answer, brand)
    return answer


def _join(request: HttpRequest, invitation: Invitation, person: Person) -> HttpResponse:
    """By one button, for the invited address alone."""
    if person.email != invitation.email:
        return _show(request, invitation, "other_address")
    if request.method != "POST":
        return _show(request, invitation, "join")
    return _accept(request, invitation, person)


def _join_new(request: HttpRequest, invitation: Invitation, known: Person | None) -> HttpResponse:
    """For someone who has never signed in; the console may have noted their name."""
    initial = {"name": known.name if known else ""}
    form = forms_people.Join(invitation.email, request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _show(request, invitation, "new", form=form)
    try:
        with change(invitation.organisation, by=SYSTEM):  # the person and the membership, or neither
            person = _person(request, invitation, known, form.cleaned_data)
            invitation.accept(person)
    except (Refused, ValidationError):  # used or withdrawn while the form was being filled in
        return redirect(request.path)
    get_adapter().login(request, person)
    return _welcome(request, invitation)


def _person(request: HttpRequest, invitation: Invitation, known: Person | None, told: dict[str, str]) -> Person:
    if known is None:
        more = {"name": told["name"], "zone": invitation.organisation.zone, "language": _language(request)}
        return Person.objects.create_user(invitation.email, told["password"], **more)
    known.describe(name=told["name"], zone=known.zone, language=known.language)
    get_adapter().set_password(known, told["password"])
    return known


def _language(request: HttpRequest) -> str:
    spoken = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return spoken if spoken in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _accept(request: HttpRequest, invitation: Invitation, person: Person) -> HttpResponse:
    try:
        invitation.accept(person)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(request.path)
    return _welcome(request, invitation)


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    request.session["organisation"] = invitation.organisation.public_id
    messages.success(request, _("Welcome to {organisation}.").format(organisation=invitation.organisation))
    return redirect(settings.LOGIN_REDIRECT_URL)
