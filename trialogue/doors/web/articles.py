"""The help portal as its readers see it: with or without an account, in their language, on paper and to machines that read along."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from trialogue.articles.models import FALLBACK, SIDES, Audience, Collection, Translation
from trialogue.articles.pictures import Picture
from trialogue.articles.reading import Lookup, Opinion, Reason
from trialogue.articles.search import LONGEST_TYPED, find, in_one_language
from trialogue.doors.web.helping import page
from trialogue.people.models import Actor, Side

SHOWN, ON_A_PAGE, NEWEST = 6, 50, 30
_OPINIONS = Signer(salt="trialogue.opinion")
# What would end a script, wherever it stands in JSON.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
# Who somebody is, and the collections that are theirs; what concerns everyone stands on its own.
WHO = {
    Audience.CLIENT: gettext_lazy("Hand in claims, follow your cases, and answer what is asked."),
    Audience.PARTNER: gettext_lazy("Confirm, work and close cases, ask for what is missing, keep your promises."),
    Audience.REFERRER: gettext_lazy("Look after the clients you brought, connect your systems, and climb when something is stuck."),
    Audience.EVERYONE: gettext_lazy("How conversations, clocks and channels work, whoever you are."),
    Audience.OPERATOR: gettext_lazy("Run the house: requests, letters, promises, articles."),
}  # fmt: skip
CALLED = {Audience.EVERYONE: gettext_lazy("Core concepts")}


@dataclass
class Shelf:
    """A collection, and those of its articles that somebody may read."""

    collection: Collection
    articles: list[Translation]

    @property
    def first(self) -> list[Translation]:
        return self.articles if len(self.articles) <= SHOWN + 1 else self.articles[:SHOWN]


# --- looking around -----------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """Who are you, and what do you look for."""
    actor = _actor(request)
    looked_for = request.GET.get("q", "").strip()[:LONGEST_TYPED]
    own = SIDES.get(Side(actor.side)) if actor else None
    found = _found(actor, looked_for) if looked_for else {}
    about = own or Audience.EVERYONE
    shelves = [] if looked_for else _shelves(actor, about)
    context = {"who": _who(actor), "chosen": about, "shelves": shelves, "looked_for": looked_for, **found}
    return _page(request, "web/articles/start.html", context, to=reverse("articles"))


@login_not_required
@require_safe
def for_side(request: HttpRequest, audience: str) -> HttpResponse:
    actor = _actor(request)
    told = {name: (label, says) for name, label, says in _who(actor)}
    if audience not in told:
        raise Http404
    label, says = told[audience]
    context = {
        "who": _who(actor),
        "chosen": audience,
        "title": label,
        "says": says,
        "shelves": _shelves(actor, audience),
    }
    return _page(request, "web/articles/start.html", context, to=reverse("articles-for", args=[audience]))


@login_not_required
@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """What fits, while somebody types. What they end with is counted, not each letter on the way."""
    looked_for = request.GET.get("q", "").strip()[:LONGEST_TYPED]
    told = _found(_actor(request), looked_for, settled="settled" in request.GET) if looked_for else {}
    return render(request, "web/articles/found.html", {"looked_for": looked_for, **told})


@login_not_required
@require_safe
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    actor = _actor(request)
    told = get_object_or_404(Collection, slug=slug)
    shelf = sorted(_readable(actor, article__collection=told), key=_place)
    if not shelf:
        raise Http404
    leaf = Paginator(shelf, ON_A_PAGE).get_page(request.GET.get("page"))
    to = reverse("collection", args=[slug])
    context = {"collection": told, "leaf": leaf, "structured": _structured(_trail(told))}
    return _page(request, "web/articles/collection.html", context, to=to)


# --- one article ----------------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    actor, language = _actor(request), get_language() or FALLBACK
    told, others = _read(actor, slug, request.GET.get("in") or language)
    if told is None:
        return page(request, "web/articles/gone.html", {}, status=404)
    to = _address(told, others)
    context = {
        "told": told, "article": told.article, "others": others, "audience": [Audience(name).label for name in told.article.audience], "wanted": _not_there(told, language, request),
        "related": _related(actor, told), "reasons": Reason.choices, "asking": "asking" in request.GET,
        "alternates": _alternates((told, *others)),
        "structured": _structured(_about(told, to), _trail(told.article.collection, told)),
    }  # fmt: skip
    return _page(request, "web/articles/article.html", context, to=to)


@login_not_required
@require_POST
def answered(request: HttpRequest, slug: str) -> HttpResponse:
    """Did it answer the question? If not, why; and where to ask."""
    actor = _actor(request)
    told, _others = _read(actor, slug, request.POST.get("in") or request.GET.get("in", ""))
    if told is None:
        if request.htmx:  # type: ignore[attr-defined]  # what they read stays before them
            return page(request, "web/articles/answered.html", {"step": "gone"})
        return page(request, "web/articles/gone.html", {}, status=404)
    opinion = _given(request, told)
    if opinion:
        opinion.explain(request.POST.get("reason", ""), request.POST.get("words", ""))
        step = "said"
    else:
        helped = request.POST.get("helped") == "yes"
        if ratelimit.consume(request, action="articles"):
            opinion = Opinion.give(told, helped, by=actor, asking="asking" in request.POST)
        step = "helped" if helped else "why"
    context = {
        "told": told, "article": told.article, "step": step, "reasons": Reason.choices,
        "given": _OPINIONS.sign(str(opinion.pk)) if opinion else "",
    }  # fmt: skip
    template = "web/articles/answered.html" if request.htmx else "web/articles/answered_page.html"  # type: ignore[attr-defined]
    return page(request, template, context)


@login_not_required
@require_safe
def picture(request: HttpRequest, slug: str, digest: str, width: int) -> FileResponse:
    """For whoever may read the article. What anybody may is kept for a month: it is named by its content."""
    asked = Picture.objects.filter(article__slug=slug, sha256=digest)
    public = asked.visible_to(None).first()
    found = public or asked.visible_to(_actor(request)).first()  # the same may be there under another name
    if found is None or width not in found.widths:
        raise Http404
    response = FileResponse(found.open(width), content_type="image/webp")
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "public, max-age=2592000, immutable" if public else "private, max-age=3600"
    return response


# --- to machines that read along --------------------------------------------------------------------------------------------


@login_not_required
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest articles that anybody may read, in the reader's language or in English."""
    language = get_language() or FALLBACK
    rows = Translation.objects.visible_to(None).filter(language__in=(language, FALLBACK)).select_related("article")
    newest = list(in_one_language(rows.order_by("-published_at")[: 2 * NEWEST], language).values())
    newest.sort(key=lambda one: (one.published_at, one.pk), reverse=True)
    home = settings.BASE_URL + reverse("articles")
    told = Atom1Feed(
        title=_("Help portal"), link=home, description=_("New and changed articles"), language=language,
        feed_url=settings.BASE_URL + reverse("articles-feed"), author_name="Trialogue",
    )  # fmt: skip
    for one in newest[:NEWEST]:
        link = settings.BASE_URL + reverse("article", args=[one.article.slug])
        told.add_item(
            one.title, link, one.summary, unique_id=link, pubdate=one.published_at, updateddate=one.published_at,
            categories=[str(one.article.get_kind_display())],
        )  # fmt: skip
    return HttpResponse(told.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Everything that anybody may read, with its languages."""
    public = Translation.objects.visible_to(None).select_related("article__collection")
    rows = list(public.defer("html", "text", "headings").order_by("article", "language"))
    by_article: dict[int, list[Translation]] = {}
    for one in rows:
        by_article.setdefault(one.article_id, []).append(one)
    places = [(reverse(name), None, ()) for name in ("articles", "help")]
    places += [(reverse("articles-for", args=[name]), None, ()) for name, *_more in _who(None)]
    places += [
        (reverse("collection", args=[slug]), None, ()) for slug in sorted({one.article.collection.slug for one in rows})
    ]
    for group in by_article.values():
        places += [(_address(one, group), one.updated, _alternates(group)) for one in group]  # type: ignore[misc]
    return render(
        request,
        "web/articles/sitemap.xml",
        {"places": places, "base": settings.BASE_URL},
        content_type="application/xml",
    )


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What anybody may read, machines may as well. A search that finds something says itself that the portal is its one address."""
    lines = (
        "User-agent: *", "Disallow: /articles/found.html", "Allow: /articles/", "Allow: /help/", "Allow: /developers/",
        "Allow: /assets/", "Allow: /icon.svg", "Disallow: /", "", f"Sitemap: {settings.BASE_URL}{reverse('sitemap')}", "",
    )  # fmt: skip
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


# --- within -------------------------------------------------------------------------------------------------------------------


def _actor(request: HttpRequest) -> Actor | None:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    return actor or None


def _page(request: HttpRequest, template: str, context: Mapping[str, Any], *, to: str) -> HttpResponse:
    """`to`: the one address of what it shows, whatever else stands in the one that was asked for."""
    return page(request, template, {"canonical": settings.BASE_URL + to, **context})


def _who(actor: Actor | None) -> list[tuple[str, Any, Any]]:
    """Whom there is something written for."""
    return [
        (name, CALLED.get(name, name.label), says)
        for name, says in WHO.items() if name != Audience.OPERATOR or (actor and actor.side == Side.OPERATOR)
    ]  # fmt: skip


def _readable(actor: Actor | None, *, audience: str = "", **narrowed: Any) -> Iterable[Translation]:
    """Of each article its best language, without its words."""
    language = get_language() or FALLBACK
    rows = Translation.objects.visible_to(actor).live().filter(**narrowed)
    rows = rows.written_for(audience) if audience else rows
    rows = rows.select_related("article__collection").only(
        "title", "summary", "language", "article__slug", "article__kind", "article__collection"
    )
    return in_one_language(rows, language).values()


def _place(one: Translation) -> tuple[bool, str]:
    """Among others: what is in the reader's language first, then by title."""
    return one.language != get_language(), one.title.casefold()


def _shelves(actor: Actor | None, audience: str) -> list[Shelf]:
    shelves: dict[int, Shelf] = {}
    for one in _readable(actor, audience=audience):
        shelves.setdefault(one.article.collection_id, Shelf(one.article.collection, [])).articles.append(one)
    for shelf in shelves.values():
        shelf.articles.sort(key=_place)
    return sorted(shelves.values(), key=lambda shelf: (shelf.collection.order, shelf.collection.slug))


def _found(actor: Actor | None, looked_for: str, *, settled: bool = True) -> dict[str, Any]:
    language = get_language() or FALLBACK
    hits = find(actor, looked_for, language)
    if settled:
        Lookup.note(looked_for, language, len(hits), by=actor)
    return {"hits": hits, "searched": True}


def _read(actor: Actor | None, slug: str, language: str) -> tuple[Translation | None, list[Translation]]:
    """The article in this language if there is one, else in English, else in any; and in which others there is one."""
    rows = list(
        Translation.objects.visible_to(actor).live().filter(article__slug=slug)
        .select_related("article__collection", "live").order_by("language")
    )  # fmt: skip
    told = next(iter(in_one_language(rows, language).values()), None)
    return told, [one for one in rows if one is not told]


def _not_there(told: Translation, language: str, request: HttpRequest) -> str:
    """The reader's language, when it is not in it that they read, though they asked for no other."""
    return language if told.language != language and "in" not in request.GET else ""


def _related(actor: Actor | None, told: Translation) -> list[Translation]:
    named = told.article.related
    if not named:
        return []
    found = {one.article.slug: one for one in _readable(actor, article__slug__in=named)}
    return [found[slug] for slug in named if slug in found]


def _address(told: Translation, others: Iterable[Translation]) -> str:
    """The one in English, or the only one there is, stands at the bare address."""
    to = reverse("article", args=[told.article.slug])
    alone = told.language == FALLBACK or all(one.language == told.language for one in others)
    return to if alone else f"{to}?in={told.language}"


def _alternates(group: Sequence[Translation]) -> list[tuple[str, str]]:
    """The whole address in each of its languages; at the bare one everybody gets theirs."""
    if len(group) == 1:
        return []
    told = [(one.language, _address(one, group)) for one in group]
    told.append(("x-default", reverse("article", args=[group[0].article.slug])))
    return [(language, settings.BASE_URL + to) for language, to in told]


def _about(told: Translation, to: str) -> dict[str, Any]:
    return {
        "@type": "TechArticle", "headline": told.title, "description": told.summary, "inLanguage": told.language,
        "dateModified": told.updated.isoformat() if told.updated else "", "datePublished": told.published_at.date().isoformat() if told.published_at else "",
        "url": settings.BASE_URL + to, "isPartOf": {"@type": "WebSite", "name": "Trialogue", "url": settings.BASE_URL + reverse("articles")},
    }  # fmt: skip


def _trail(collection: Collection, told: Translation | None = None) -> dict[str, Any]:
    """Where it stands, as a search engine shows it."""
    steps = [(_("Help portal"), reverse("articles")), (str(collection), reverse("collection", args=[collection.slug]))]
    steps += [(told.title, reverse("article", args=[told.article.slug]))] if told else []
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": settings.BASE_URL + to}
        for place, (name, to) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _structured(*things: dict[str, Any]) -> SafeString:
    """As JSON-LD, which is data and no script: nothing in it can end the element it stands in."""
    told = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    return mark_safe(told.translate(_ESCAPES))  # noqa: S308 - what could act is escaped above


def _given(request: HttpRequest, told: Translation) -> Opinion | None:
    """What was said of this article a moment ago on this page, if the form says so and we said so to the form."""
    try:
        pk = int(_OPINIONS.unsign(request.POST.get("given", "")))
    except (BadSignature, ValueError):
        return None
    return Opinion.objects.filter(pk=pk, translation=told).first()
