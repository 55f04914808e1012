"""Whether a referral partner writes along: the client's say, and the referral partner's page of its clients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases.lifecycle import OVER
from trialogue.cases.models import Case
from trialogue.channels import advice as advising
from trialogue.channels.advice import Advice
from trialogue.channels.models import Edition
from trialogue.conversations.models import Consent
from trialogue.doors.web.access import acting
from trialogue.doors.web.cases import find
from trialogue.people.models import Actor, Organisation, Refused, Side

PAGE = 50
HISTORY = 20
# What a client of a referral partner turns to somebody for; where it belongs, the channel policy says.
SITUATIONS = ("case", "platform", "bulk_upload", "compliance_documents", "legal", "how_to")


@dataclass
class Client:
    """One of the organisations that a referral partner brought: its open cases, and those in which it lets it write (None: all)."""

    organisation: Organisation
    open: int = 0
    writing: int | None = 0


# --- the client's say -------------------------------------------------------------------------------------------------


@acting
@require_POST
def of_case(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Gives consent for one case, or withdraws the one that is named."""
    _say(request, actor, find(actor, reference))
    return redirect(f"{reverse('case', args=[reference])}#f-third")


@acting
@require_POST
def of_all(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The same for all cases; here those of single cases are withdrawn as well."""
    _say(request, actor, None)
    return redirect(f"{reverse('organisation')}#third")


def _say(request: HttpRequest, actor: Actor, case: Case | None) -> None:
    try:
        if named := request.POST.get("withdraw", ""):
            given = Consent.objects.visible_to(actor).shown()
            get_object_or_404(given, public_id=named[:32]).withdraw(by=actor)
            messages.success(request, _("Withdrawn, as of now. What was said stays."))
        else:
            consent = Consent.give(case, by=actor)
            messages.success(request, _("{name} may write along now.").format(name=consent.referrer))
    except Refused as problem:
        messages.error(request, str(problem))


def settled(actor: Actor) -> dict[str, Any]:
    """For the client's settings: what is in force, what has been, and whether all cases are among it."""
    if actor.side != Side.CLIENT or actor.organisation.referrer is None:
        return {}
    given = Consent.objects.visible_to(actor).shown()
    in_force = list(given.in_force()[:PAGE])
    return {
        "referrer": actor.organisation.referrer, "in_force": in_force, "for_all": any(one.case_id is None for one in in_force),
        "withdrawn": list(given.exclude(withdrawn_at=None)[:HISTORY]),
    }  # fmt: skip


# --- the referral partner's page --------------------------------------------------------------------------------------


@acting
@require_GET
def clients(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who was brought, how many of their cases are open, where one may write; and where to send them with a question."""
    q = request.GET.get("q", "").strip()[:100]
    found = (
        _theirs(actor).filter(name__icontains=q).order_by("name", "pk") if q else _theirs(actor).order_by("name", "pk")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "clients": _counted(actor, page.object_list), "q": q, "ways": list(ways())}
    return render(request, "web/clients/list.html", context)


@acting
@require_GET
def client(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """One client: its cases, whether one may write in each, and how that came to be."""
    whose = get_object_or_404(_theirs(actor), public_id=public_id)
    allowed = Consent.objects.visible_to(actor).in_force()
    theirs = Case.objects.visible_to(actor).filter(client=whose).with_parties().order_by("-moved_at", "-id")
    theirs = theirs.annotate(lets_write=Exists(allowed.filter(case=OuterRef("pk"))))
    context = {
        "whose": whose, "page": Paginator(theirs, PAGE).get_page(request.GET.get("page")),
        "for_all": allowed.filter(client=whose, case=None).first(),
        "history": Consent.objects.visible_to(actor).filter(client=whose).shown()[:HISTORY],
    }  # fmt: skip
    return render(request, "web/clients/one.html", context)


def _theirs(actor: Actor) -> QuerySet[Organisation]:
    """Those whom the actor brought. Nobody else has such a page."""
    if actor.side != Side.REFERRER:
        raise Http404
    return Organisation.objects.filter(referrer=actor.organisation)


def _counted(actor: Actor, organisations: Iterable[Organisation]) -> list[Client]:
    """With two queries, however many they are."""
    shown = {one.pk: Client(one) for one in organisations}
    cases = Case.objects.visible_to(actor).filter(client__in=shown).exclude(state__in=OVER)
    for pk, count in cases.values_list("client").annotate(Count("pk")).order_by():
        shown[pk].open = count
    given = Consent.objects.visible_to(actor).in_force().filter(client__in=shown)
    for pk, every, single in given.values_list("client").annotate(Count("pk"), Count("case")).order_by():
        shown[pk].writing = single if every == single else None
    return list(shown.values())


def ways() -> Iterable[tuple[Advice, str]]:
    """Where a client of a referral partner belongs, by the policy in force, with the address to hand over."""
    rules = Edition.in_force().rules
    for situation in SITUATIONS:
        told = advising.advise(rules, "referred_client", situation)
        if told is None:
            continue
        page = reverse("cases") if told.channel.way == "case" else f"{reverse('help')}?situation={situation}"
        yield told, settings.BASE_URL + page
