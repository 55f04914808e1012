"""A brand: how its pages look, its picture and its colours; and the page where a referral partner tries one on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings as conf
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from trialogue.doors.web.access import acting
from trialogue.doors.web.people import for_admins
from trialogue.people.brands import DARK, LIGHT, Brand, Logo, brand_called, brand_of
from trialogue.people.models import Actor, Organisation, Side, must_run_the_house

_KEPT = "public, max-age=31536000, immutable"


# Of a browser: whose look the pages to sign in have. It names a brand, which anybody may see, and goes to those pages alone.
COOKIE, AT_THE_DOOR, REMEMBERED = "brand", "/accounts/", 365 * 24 * 3600


def at_the_door(request: HttpRequest) -> Brand | None:
    """For whoever has not signed in: the brand that the address names, else the one by which this browser came."""
    named = request.GET.get("brand") or request.COOKIES.get(COOKIE, "")
    return brand_called(named) if named and request.path.startswith(AT_THE_DOOR) else None


def remember(answer: HttpResponseBase, brand: Brand | None) -> None:
    """The next time this browser comes to sign in, the page has the same look."""
    if brand:
        answer.set_cookie(
            COOKIE, brand.organisation.public_id, max_age=REMEMBERED, path=AT_THE_DOOR, secure=conf.SESSION_COOKIE_SECURE, httponly=True,
            samesite="Lax",
        )  # fmt: skip


class BrandForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=40, help_text=gettext_lazy("Stands in the head of each page and mail.")
    )
    sender = forms.CharField(
        label=gettext_lazy("Sender of mails"), max_length=60, required=False,
        help_text=gettext_lazy("May be left out: the name above. The name of this house follows in brackets."),
    )  # fmt: skip
    light = forms.CharField(
        label=gettext_lazy("Colour on light pages"), max_length=20,
        help_text=gettext_lazy("Of buttons and marks, such as #105e83."),
    )  # fmt: skip
    dark = forms.CharField(
        label=gettext_lazy("Colour on dark pages"), max_length=20, required=False,
        help_text=gettext_lazy("May be left out: then it follows from the other."),
    )  # fmt: skip
    picture = forms.FileField(
        label=gettext_lazy("Logo"), required=False,
        help_text=gettext_lazy("PNG, JPEG or WebP, at most 1 MB; best on a see-through ground, at least 60 pixels high."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp"}),
    )  # fmt: skip
    without_logo = forms.BooleanField(label=gettext_lazy("Without the logo"), required=False)
    logo = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def proposed(self, actor: Actor) -> Brand | None:
        """How it would be; None where that cannot be, and why stands in the form."""
        if not self.is_valid():
            return None
        told: dict[str, Any] = dict(self.cleaned_data)
        picture, without = told.pop("picture"), told.pop("without_logo")
        try:
            if without:
                told["logo"] = ""
            elif picture:
                told["logo"] = Logo.keep(picture.read(), by=actor).digest
            return Brand.proposed(actor.organisation, **told)
        except ValidationError as error:
            wrong = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
            for field, said in wrong.items():
                self.add_error({"__all__": None, "logo": "picture"}.get(field, field), said)
            return None


@for_admins
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Tried on first: the whole page wears it. What was tried and is right can be put on."""
    _must_be_a_referrer(actor)
    worn = brand_of(actor.organisation)
    if request.method == "POST":
        form = BrandForm(request.POST, request.FILES)
        brand = form.proposed(actor)
        if brand and request.POST.get("do") == "put-on":
            brand.put_on(by=actor)
            messages.success(request, _("Your clients see it from now on."))
            return redirect("brand")
        if brand:
            form = BrandForm(initial=_told(brand))
    else:
        form, brand = BrandForm(initial=_told(worn) if worn else {"name": actor.organisation.name[:40]}), None
    shown = brand or worn
    context = {
        "form": form,
        "worn": worn,
        "tried": brand,
        "shown": shown,
        "measured": _measured(shown) if shown else (),
        "sign_in": f"{conf.BASE_URL}{reverse('account_login')}?brand={actor.organisation.public_id}",
    }
    # The page in the clothes that are tried on.
    return render(request, "web/people/brand.html", context | {"brand": shown}, status=422 if form.errors else 200)


@require_POST
@for_admins
def off(request: HttpRequest, actor: Actor) -> HttpResponse:
    _must_be_a_referrer(actor)
    get_object_or_404(Brand, organisation=actor.organisation).take_off(by=actor)
    messages.success(request, _("Your clients see the house's own look again."))
    return redirect("brand")


@acting
def of(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """For the operator: what the clients of a referral partner see, and taking it off."""
    if actor.side != Side.OPERATOR:
        raise Http404
    whose = get_object_or_404(Organisation.objects.filter(kind=Side.REFERRER), public_id=public_id)
    shown = get_object_or_404(Brand, organisation=whose)
    if request.method == "POST":
        must_run_the_house(actor)
        shown.take_off(by=actor)
        messages.success(request, _("The brand of {organisation} is off.").format(organisation=whose))
        return redirect("manager-of", whose.public_id)
    context = {"whose": whose, "shown": shown, "brand": shown, "measured": _measured(shown)}
    return render(request, "web/people/brand_of.html", context)


@require_GET
@login_not_required
def style(request: HttpRequest, colours: tuple[str, str]) -> HttpResponse:
    """Two colours, and the words on them that they were checked with. Named by what it says, so it is kept for ever."""
    light, dark = colours
    told = f"--accent:light-dark({light},{dark});--on-accent:light-dark({LIGHT.words},{DARK.words})"
    sheet = f"@layer tokens{{:root[data-brand]{{{told}}}}}\n"
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers={"Cache-Control": _KEPT})


@require_GET
@login_not_required
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """For whoever has its address, as mail programs do: it stands in no list, and is drawn by ourselves."""
    found = Logo.objects.filter(digest=digest).order_by("pk").first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.content), content_type="image/png", headers={"Cache-Control": _KEPT})


def _must_be_a_referrer(actor: Actor) -> None:
    if actor.side != Side.REFERRER:
        raise Http404


def _told(brand: Brand) -> dict[str, str]:
    return {name: getattr(brand, name) for name in ("name", "sender", "light", "dark", "logo")}


def _measured(brand: Brand) -> list[tuple[str, str, str]]:
    """Of each scheme: its name, its colour, and the least contrast that has."""
    schemes = (("light", brand.light, LIGHT), ("dark", brand.dark, DARK))
    return [(name, colour, f"{scheme.measure(colour):.1f}") for name, colour, scheme in schemes]
