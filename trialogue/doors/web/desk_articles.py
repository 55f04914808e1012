"""The help portal from behind: what readers looked for and did not find, and what they say of the articles."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from trialogue.articles.models import Translation
from trialogue.articles.reading import Lookup, Opinion
from trialogue.doors.web.desk import at_the_desk
from trialogue.people.models import Actor

SHOWN = 25


@at_the_desk
def readers(request: HttpRequest, actor: Actor) -> HttpResponse:
    yes, no = Q(opinions__helped=True), Q(opinions__helped=False)
    told = Translation.objects.visible_to(actor).annotate(
        yes=Count("opinions", filter=yes), no=Count("opinions", filter=no), prevented=Count("opinions", filter=yes & Q(opinions__asking=True))
    )  # fmt: skip
    told = told.filter(Q(yes__gt=0) | Q(no__gt=0)).select_related("article").defer("html", "text", "headings")
    said = Opinion.objects.filter(helped=False).exclude(reason="", words="").select_related("translation__article")
    context = {
        "missed": Lookup.objects.missed()[:SHOWN], "looked_for_most": Lookup.objects.most()[:SHOWN],
        "told": told.order_by("-prevented", "-no", "-yes", "pk")[:SHOWN], "said": said[:SHOWN],
        "prevented": Opinion.objects.filter(helped=True, asking=True).count(),
    }  # fmt: skip
    return render(request, "web/articles/readers.html", context)
