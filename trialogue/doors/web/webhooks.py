"""Webhooks of an organisation: which there are, what each hears, its secret once, and what became of all that was sent there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from trialogue.deliveries.endpoints import ALL, LONGEST_NAME, PAGES, kinds_for
from trialogue.deliveries.models import Endpoint
from trialogue.doors.web.people import for_admins
from trialogue.lib.safehttp import LONGEST_URL
from trialogue.lists import pages
from trialogue.people.models import Actor, Refused, Side

PAGE = 50
# What one click does, and what is said of it.
ACTS: dict[str, tuple[Callable[..., Any], Any]] = {
    "test": (Endpoint.test, gettext_lazy("A test is on its way. What comes of it stands below in a moment.")),
    "on": (Endpoint.turn_on, gettext_lazy("The webhook is on.")),
    "off": (Endpoint.turn_off, gettext_lazy("The webhook is off: nothing is sent there any more.")),
}


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"), max_length=LONGEST_URL,
        help_text=gettext_lazy("Where we post to, such as https://hooks.example.com/trialogue."),
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST_NAME, required=False,
        help_text=gettext_lazy("What listens there, such as “Bookkeeping”."),
    )  # fmt: skip
    wants = forms.Field(label=gettext_lazy("What it hears"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, actor: Actor, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.actor = actor

    @property
    def chosen(self) -> Iterable[str]:
        return self["wants"].value() or ()

    @property
    def words(self) -> list[tuple[str, Any, bool]]:
        """What is said in a word: the word, what it means, whether it is chosen."""
        said = {ALL: _("Everything that happens")}
        if self.actor.side == Side.OPERATOR:
            said[PAGES] = _("Calls to whoever is on duty, when something critical is reported")
        return [(word, means, word in self.chosen) for word, means in said.items()]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Kinds of event by their noun, each with whether it is chosen: all of them in a word, and one by one."""
        found = {
            noun: [(kind, kind in self.chosen) for kind in kinds] for noun, kinds in kinds_for(self.actor.side).items()
        }
        return [
            {"noun": noun, "all": f"{noun}.*" in self.chosen, "single": single, "open": any(chosen for _kind, chosen in single)}
            for noun, single in found.items()
        ]  # fmt: skip

    @property
    def chooses_kinds(self) -> bool:
        return not {ALL, PAGES}.issuperset(self.chosen)


def _find(actor: Actor, public_id: str) -> Endpoint:
    visible = Endpoint.objects.visible_to(actor).select_related("organisation")
    return get_object_or_404(visible, public_id=public_id)


def _done(form: EndpointForm, verb: Callable[..., Endpoint]) -> Endpoint | None:
    """What a valid form makes of it; None when there is something to say at its fields."""
    if not form.is_valid():
        return None
    try:
        return verb(by=form.actor, **form.cleaned_data)
    except (ValidationError, Refused) as why:
        form.add_error(None, why if isinstance(why, ValidationError) else str(why))
    return None


@for_admins
@never_cache
def endpoints(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = EndpointForm(actor, request.POST or None, initial={"wants": [ALL]})
    if request.method == "POST" and (made := _done(form, Endpoint.add)):
        return _page(request, actor, made, made.secret)
    listed = Endpoint.objects.visible_to(actor).order_by("-pk")
    status = 422 if form.errors else 200
    return render(request, "web/webhooks/list.html", {"form": form, "endpoints": listed}, status=status)


@for_admins
@never_cache
def endpoint(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """One, to be changed, with what was sent there."""
    found = _find(actor, public_id)
    form = _form(actor, found, request.POST or None)
    if request.method == "POST":
        if _done(form, found.describe):
            messages.success(request, _("The webhook is changed."))
            return redirect("endpoint", public_id)
        return _page(request, actor, found, form=form)
    return _page(request, actor, found)


def _form(actor: Actor, found: Endpoint, given: Any = None) -> EndpointForm:
    return EndpointForm(actor, given, initial={"url": found.url, "name": found.name, "wants": found.wants})


def _page(
    request: HttpRequest, actor: Actor, found: Endpoint, secret: str = "", form: EndpointForm | None = None
) -> HttpResponse:
    """`secret`: this answer is the only one that ever shows it."""
    where = {"before": request.GET.get("before", ""), "after": request.GET.get("after", ""), "size": PAGE}
    rows, older, newer = pages.cut(found.deliveries.defer("text"), pages.NEWEST, **where)  # type: ignore[arg-type]
    context = {
        "endpoint": found, "secret": secret, "form": form or _form(actor, found), "rows": rows, "older": older, "newer": newer,
    }  # fmt: skip
    return render(request, "web/webhooks/one.html", context, status=422 if form and form.errors else 200)


@require_POST
@for_admins
@never_cache
def endpoint_rotate(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = _find(actor, public_id)
    found.rotate(by=actor)
    return _page(request, actor, found, found.secret)


@for_admins
def endpoint_remove(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found = _find(actor, public_id)
    if request.method != "POST":
        return render(request, "web/webhooks/remove.html", {"endpoint": found})
    found.remove(by=actor)
    messages.success(request, _("The webhook is removed."))
    return redirect("endpoints")


@require_POST
@for_admins
def endpoint_act(request: HttpRequest, actor: Actor, public_id: str, what: str) -> HttpResponse:
    found = _find(actor, public_id)
    if what not in ACTS:
        raise Http404
    verb, said = ACTS[what]
    return _tried(request, found, lambda: verb(found, by=actor), said)


@require_POST
@for_admins
def send_again(request: HttpRequest, actor: Actor, public_id: str, delivery: str) -> HttpResponse:
    found = _find(actor, public_id)
    again = get_object_or_404(found.deliveries, public_id=delivery)
    said = _("It is sent again, under the same id.")
    return _tried(request, found, lambda: found.send_again(again, by=actor), said)


def _tried(request: HttpRequest, found: Endpoint, verb: Callable[[], Any], said: Any) -> HttpResponse:
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("endpoint", found.public_id)
