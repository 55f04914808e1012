"""Who I am, for whom I act, who else belongs here, and which keys there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from trialogue.deliveries.carriers import plain
from trialogue.deliveries.models import Browser, Delivery
from trialogue.doors.web import forms_people
from trialogue.doors.web.access import acting as acting_for
from trialogue.doors.web.beginning import membership_of
from trialogue.doors.web.consents import settled
from trialogue.escalations.standing import manager_of
from trialogue.events.change import change
from trialogue.lists.filters import OPEN, OWNERS, Filter
from trialogue.people.brands import brand_of
from trialogue.people.models import (
    Actor,
    Environment,
    Invitation,
    Membership,
    Organisation,
    Person,
    Refused,
    Role,
    Side,
)

P = ParamSpec("P")


def for_admins(
    view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Asks for an admin; others are told who is one."""

    def found(request: HttpRequest, actor: Actor, /, *arguments: P.args, **keywords: P.kwargs) -> HttpResponse:
        if actor.may_administer:
            return view(request, actor, *arguments, **keywords)
        admins = actor.organisation.memberships.filter(role=Role.ADMIN).select_related("person")
        return render(request, "web/people/admins_only.html", {"admins": admins}, status=403)

    update_wrapper(found, view)
    return acting_for(found)


def _me(request: HttpRequest) -> Person:
    return cast(Person, request.user)


def _done(request: HttpRequest, form: forms.Form, verb: Callable[[dict[str, Any]], Any], said: str) -> bool:
    """Calls the verb with what a valid form holds. What the verb refuses stands at the form's fields."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    messages.success(request, said)
    return True


def _told(request: HttpRequest, verb: Callable[[], Any], said: str) -> None:
    """Calls a verb that asks for nothing more. A refusal is said on the next page."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)


# --- me ---------------------------------------------------------------------------------------------------------------


def profile(request: HttpRequest) -> HttpResponse:
    person = Person.objects.get(pk=_me(request).pk)
    told = {"name": person.name, "zone": person.zone, "language": person.language}
    form = forms_people.Profile(request.POST or None, initial=told)
    if _done(request, form, lambda data: person.describe(**data), _("Your profile is saved.")):
        return redirect("settings")
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    left = membership_of(request, actor).steps_left_at if actor else None
    return render(request, "web/people/profile.html", {"form": form, "left_steps": left})


@require_GET
def security(request: HttpRequest) -> HttpResponse:
    mine = list(Authenticator.objects.filter(user=_me(request)).order_by("created_at"))
    of_type = {auth.type: auth for auth in mine}
    context = {
        "totp": of_type.get(Authenticator.Type.TOTP),
        "codes": of_type.get(Authenticator.Type.RECOVERY_CODES),
        "passkeys": [auth for auth in mine if auth.type == Authenticator.Type.WEBAUTHN],
        "sessions": _sessions(request),
    }
    return render(request, "web/people/security.html", context)


def _sessions(request: HttpRequest) -> list[UserSession]:
    return list(UserSession.objects.filter(user=_me(request)).order_by("-last_seen_at")[:50])


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, user=_me(request), pk=pk)
    Browser.objects.of_session(session.session_key).delete()
    session.end()
    messages.success(request, _("That session is signed out."))
    return redirect("security")


# --- for whom I act ---------------------------------------------------------------------------------------------------


def acting(request: HttpRequest) -> HttpResponse:
    """Chooses the organisation and the environment; what is not given stays as it is."""
    if request.method == "POST":
        return _act(request)
    invitations = Invitation.objects.open().filter(email=_me(request).email).select_related("organisation")
    context = {"invitations": invitations, "environments": Environment.choices}
    return render(request, "web/people/acting.html", context)


def _act(request: HttpRequest) -> HttpResponse:
    if wanted := request.POST.get("organisation"):
        if wanted not in {ours.public_id for ours in Organisation.objects.of(_me(request))}:
            raise Http404
        request.session["organisation"] = wanted
    if (environment := request.POST.get("environment")) in Environment.values:
        request.session["environment"] = environment
    return redirect(_still_there(request) or settings.LOGIN_REDIRECT_URL)


def _still_there(request: HttpRequest) -> str | None:
    """The page one came from, unless it shows one thing that the other organisation or environment may not have."""
    page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts=None):
        return None
    try:
        return None if resolve(page.partition("?")[0]).kwargs else page
    except Resolver404:
        return None


# --- my organisation --------------------------------------------------------------------------------------------------


@acting_for
def organisation(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    if request.method == "POST":
        return _describe(request)
    return _organisation(request, actor)


@for_admins
def _describe(request: HttpRequest, actor: Actor) -> HttpResponse:
    ours = Organisation.objects.get(pk=actor.organisation.pk)
    form = forms_people.Details(request.POST)
    if _done(request, form, lambda data: ours.describe(by=actor, **data), _("The details are saved.")):
        return redirect("organisation")
    return _organisation(request, actor, details=form)


def _organisation(request: HttpRequest, actor: Actor, **bound: forms.Form) -> HttpResponse:
    ours = actor.organisation
    told = {"name": ours.name, "country": ours.country, "zone": ours.zone}
    members = ours.memberships.select_related("person").order_by(Lower("person__name"), "pk")
    context: dict[str, Any] = {"ours": ours, "members": members, "details": forms_people.Details(initial=told)}
    if ours.kind in (Side.CLIENT, Side.REFERRER):
        context["manager"] = manager_of(actor)
    context |= settled(actor)
    if actor.may_administer:
        context["invite"] = forms_people.Invite()
        waiting = ours.invitations.filter(accepted_at=None).select_related("invited_by").order_by("-created_at")
        context["invitations"] = waiting
        context["now"] = timezone.now()
    return render(request, "web/people/organisation.html", context | bound)


def _member(actor: Actor, person: str) -> Membership:
    ours = actor.organisation.memberships.select_related("person", "organisation")
    return get_object_or_404(ours, person__public_id=person)


@require_POST
@for_admins
def member_role(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    membership, role = _member(actor, person), request.POST.get("role", "")
    if role in Role.values:
        said = _("{name} is now {role}.").format(name=membership.person, role=Role(role).label)
        _told(request, lambda: membership.become(role, by=actor), said)
    return redirect("organisation")


@for_admins
def member_remove(request: HttpRequest, actor: Actor, person: str) -> HttpResponse:
    membership = _member(actor, person)
    if request.method != "POST":
        theirs = Filter(state=(OPEN,), owner=person)
        owned = theirs.cases(actor).count() if actor.side in OWNERS else 0
        context = {"membership": membership, "owned": owned, "theirs": theirs.query}
        return render(request, "web/people/member_remove.html", context)
    said = _("{name} no longer belongs to {organisation}.")
    said = said.format(name=membership.person, organisation=membership.organisation)
    _told(request, lambda: membership.end(by=actor), said)
    return redirect("organisation")


# --- invitations we send ----------------------------------------------------------------------------------------------


@require_POST
@for_admins
def invite(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = forms_people.Invite(request.POST)
    said = _("An invitation is on its way to {email}.").format(email=request.POST.get("email", "").strip())
    if _done(request, form, lambda data: _invite(actor, **data), said):
        return redirect("organisation")
    return _organisation(request, actor, invite=form)


def _invite(actor: Actor, email: str, role: str) -> None:
    """The invitation and its letter, or neither."""
    organisation = actor.organisation
    with change(organisation, by=actor):
        invitation, secret = organisation.invite(email, role, by=actor)
        reader = Person.objects.filter(email=invitation.email).first()
        zone = reader.zone if reader else organisation.zone
        language = reader.language if reader else translation.get_language()
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            Delivery.write_letter(to=invitation.email, person=reader, **_letter(invitation, secret))


def _letter(invitation: Invitation, secret: str) -> dict[str, Any]:
    subject = _("{person} invites you to {organisation} on Trialogue")
    subject = subject.format(person=invitation.invited_by, organisation=invitation.organisation)
    link = settings.BASE_URL + reverse("invitation", args=[secret])
    brand = brand_of(invitation.organisation)
    context = {
        "invitation": invitation,
        "link": link,
        "subject": subject,
        "brand": brand,
        "base_url": settings.BASE_URL,
    }
    text, html = plain.both(render_to_string("web/people/invitation_letter.html", context))
    return {"subject": subject, "text": text, "html": html}


def _invitation_of(actor: Actor, public_id: str) -> Invitation:
    return get_object_or_404(actor.organisation.invitations.filter(accepted_at=None), public_id=public_id)


@require_POST
@for_admins
def invitation_resend(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """A new link; the old one stops working."""
    invitation = _invitation_of(actor, public_id)
    try:
        _invite(actor, invitation.email, invitation.role)
        messages.success(request, _("A new link is on its way to {email}.").format(email=invitation.email))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("organisation")


@require_POST
@for_admins
def invitation_withdraw(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    invitation = _invitation_of(actor, public_id)
    said = _("The invitation of {email} is withdrawn.").format(email=invitation.email)
    _told(request, lambda: invitation.withdraw(by=actor), said)
    return redirect("organisation")


# --- API keys ---------------------------------------------------------------------------------------------------------


@for_admins
@never_cache
@sensitive_post_parameters()
def keys(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list; after making a key, this answer is the only one that ever shows its secret."""
    ours, made = actor.organisation, None
    form = forms_people.NewKey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = ours.issue_key(form.cleaned_data["environment"], name=form.cleaned_data["name"], by=actor)
        form = forms_people.NewKey()
    listed = ours.keys.order_by("-created_at", "-pk")
    context = {"form": form, "keys": listed, "made": made[0] if made else None, "secret": made[1] if made else ""}
    return render(request, "web/people/keys.html", context)


@for_admins
def key_revoke(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    key = get_object_or_404(actor.organisation.keys.filter(revoked_at=None), public_id=public_id)
    if request.method != "POST":
        return render(request, "web/people/key_revoke.html", {"key": key})
    _told(request, lambda: key.revoke(by=actor), _("The key no longer works."))
    return redirect("keys")
