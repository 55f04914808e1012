"""The help portal from behind: writing, previewing, reviewing and publishing articles, and what readers say of them."""

from __future__ import annotations

import difflib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from trialogue.articles.models import (
    FALLBACK,
    LONGEST_BODY,
    Article,
    Audience,
    Collection,
    Kind,
    Overtaken,
    State,
    Translation,
    Version,
    Visible,
    as_read,
    checked_words,
    may_publish,
)
from trialogue.articles.pictures import MOST_BYTES, Picture
from trialogue.articles.reading import Lookup, Opinion
from trialogue.doors.web.desk import at_the_desk, told, whole
from trialogue.people.models import Actor, Refused

SHOWN, ON_A_PAGE = 25, 50
WORDS = ("title", "summary", "body")
# What waits for somebody first.
ORDER = (State.REVIEW, State.SCHEDULED, State.DRAFT, State.TAKEN_BACK, State.PUBLISHED)


# --- all of them --------------------------------------------------------------------------------------------------------


@at_the_desk
def desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every article in every language, the newest words first; by state and by words of its title or name."""
    newest = Version.objects.filter(translation=OuterRef("pk"), number=OuterRef("newest"))
    rows = (
        Translation.objects.visible_to(actor)
        .select_related("article__collection", "live")
        .defer("html", "text", "headings")
    )
    rows = rows.annotate(called=Subquery(newest.values("title")[:1]), at=Subquery(newest.values("at")[:1]))
    counts = dict(rows.values_list("state").annotate(Count("pk")).order_by())
    state, asked = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100].replace("\x00", "")
    if state in State.values:
        rows = rows.filter(state=state)
    if asked:
        rows = rows.filter(Q(called__icontains=asked) | Q(article__slug__icontains=asked))
    context = {
        "leaf": Paginator(rows.order_by(F("at").desc(), "-pk"), ON_A_PAGE).get_page(request.GET.get("page")), "state": state, "asked": asked,
        "tabs": [(one, one.label, counts.get(one, 0)) for one in ORDER], "all": sum(counts.values()), "collections": Collection.objects.all(),
    }  # fmt: skip
    return render(request, "web/articles/desk.html", context)


@at_the_desk
def shelf(request: HttpRequest, actor: Actor, slug: str = "") -> HttpResponse:
    """A collection: what it is called in each language, whom it is for, where it stands."""
    found = get_object_or_404(Collection, slug=slug) if slug else None
    given: dict[str, Any] = (
        {"slug": slug, "words": found.words, "audience": found.audience, "order": found.order} if found else {}
    )
    problems: dict[str, Any] = {}
    if request.method == "POST":
        words = {
            language: {name: " ".join(request.POST.get(f"{name}_{language}", "").split())[:300] for name in ("title", "summary")}
            for language, _label in settings.LANGUAGES
        }  # fmt: skip
        given = {
            "slug": slug or request.POST.get("slug", "").strip(), "words": {one: said for one, said in words.items() if said["title"]},
            "audience": request.POST.getlist("audience"), "order": min(whole(request.POST.get("order")) or 0, 9_999),
        }  # fmt: skip
        try:
            Collection.describe(
                given["slug"], by=actor, **{name: given[name] for name in ("words", "audience", "order")}
            )
        except ValidationError as why:
            problems = why.message_dict
        else:
            messages.success(request, _("Kept."))
            return redirect("articles-desk")
    languages = [(one, label, given.get("words", {}).get(one, {})) for one, label in settings.LANGUAGES]
    context = {
        "found": found,
        "given": given,
        "problems": problems,
        "languages": languages,
        "audiences": Audience.choices,
    }
    return render(request, "web/articles/shelf.html", context, status=422 if problems else 200)


# --- one article --------------------------------------------------------------------------------------------------------


@at_the_desk
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What it is, and its first words, which are a draft."""
    if request.method != "POST":
        return _form(
            request, actor, None, get_language() or FALLBACK, given={"audience": ["everyone"], "kind": Kind.HOW_TO}
        )
    given = _given(request) | {"slug": request.POST.get("slug", "").strip()}
    language = request.POST.get("language", FALLBACK)
    try:
        title, summary, body = checked_words(language, *(given[name] for name in WORDS))
        if request.POST.get("do") == "preview":
            return _form(request, actor, None, language, given=given, preview=as_read(body, None).html)
        article = Article.begin(given["slug"], by=actor, **_settings(given))
        article.write(language, by=actor, title=title, summary=summary, body=body)
    except ValidationError as why:
        return _form(request, actor, None, language, given=given, problems=_by_field(why), status=422)
    return redirect("article-desk", article.slug, language)


@at_the_desk
def edit(request: HttpRequest, actor: Actor, slug: str, language: str) -> HttpResponse:
    """Its words in a language, and what can be done with them."""
    article = get_object_or_404(Article.objects.visible_to(actor).select_related("collection"), slug=slug)
    if language not in dict(settings.LANGUAGES):
        raise Http404
    if request.method != "POST":
        return _form(request, actor, article, language)
    do, _space, name = request.POST.get("do", "").partition(" ")
    given = _given(request) if do in ("preview", "save", "describe", "picture", "remove") else {}
    try:
        if do == "preview":
            title, summary, body = (given[name] for name in WORDS)
            checked_words(language, title, summary, body, map(str, article.pictures_in(body)))
            preview = as_read(body, article).html
            return _form(request, actor, article, language, given=given, preview=preview)
        if do in ("picture", "remove"):
            return _pictures(request, actor, article, language, given, remove=name)
        said = _act(actor, article, language, do, given, request)
    except Overtaken as late:
        return _form(request, actor, article, language, given=given, late=late, status=409)
    except ValidationError as why:
        return _form(request, actor, article, language, given=given, problems=_by_field(why), status=422)
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)
    return redirect("article-desk", slug, language)


@at_the_desk
def version(request: HttpRequest, actor: Actor, slug: str, language: str, number: int) -> HttpResponse:
    """What one version changed against the one before it, and against the newest; and going back to it."""
    translations = Translation.objects.visible_to(actor).select_related("article", "live")
    translation = get_object_or_404(translations, article__slug=slug, language=language)
    found = get_object_or_404(translation.versions.select_related("person", "organisation"), number=number)
    if request.method == "POST":
        try:
            made = translation.roll_back(number, by=actor)
        except (ValidationError, Refused) as why:
            messages.error(request, told(why))
        else:
            messages.success(
                request, _("Version {number} reads as version {old} did.").format(number=made.number, old=number)
            )
        return redirect("article-desk", slug, language)
    around = {one.number: one for one in translation.versions.filter(number__in=(number - 1, translation.newest))}
    before, newest = around.get(number - 1), around[translation.newest]
    context = {
        "translation": translation, "article": translation.article, "version": found, "may": may_publish(actor) and found.number != newest.number,
        "changed": difference(before, found) if before else None, "since": difference(found, newest) if found.number != newest.number else None, "newest": newest,
    }  # fmt: skip
    return render(request, "web/articles/version.html", context)


@at_the_desk
def readers(request: HttpRequest, actor: Actor) -> HttpResponse:
    yes, no = Q(opinions__helped=True), Q(opinions__helped=False)
    rows = Translation.objects.visible_to(actor).annotate(
        yes=Count("opinions", filter=yes), no=Count("opinions", filter=no), prevented=Count("opinions", filter=yes & Q(opinions__asking=True))
    )  # fmt: skip
    rows = rows.filter(Q(yes__gt=0) | Q(no__gt=0)).select_related("article").defer("html", "text", "headings")
    said = Opinion.objects.filter(helped=False).exclude(reason="", words="").select_related("translation__article")
    context = {
        "missed": Lookup.objects.missed()[:SHOWN], "looked_for_most": Lookup.objects.most()[:SHOWN],
        "told": rows.order_by("-prevented", "-no", "-yes", "pk")[:SHOWN], "said": said[:SHOWN],
        "prevented": Opinion.objects.filter(helped=True, asking=True).count(),
    }  # fmt: skip
    return render(request, "web/articles/readers.html", context)


# --- within -------------------------------------------------------------------------------------------------------------------


def _act(actor: Actor, article: Article, language: str, do: str, given: dict[str, Any], request: HttpRequest) -> str:
    """Does what was pressed; answers what to say of it."""
    seen = whole(request.POST.get("replaces"))
    if do == "save":
        made = article.write(
            language, by=actor, replaces=seen, why=request.POST.get("why", ""), **{name: given[name] for name in WORDS}
        )
        return _("Saved as version {number}. Nobody but the operator sees it before it is published.").format(
            number=made.number
        )
    if do == "describe":
        article.describe(by=actor, **_settings(given))
        return _("Kept.")
    translation = get_object_or_404(Translation, article=article, language=language)
    match do:
        case "review":
            translation.send_to_review(by=actor)
            return _("An admin finds it under “in review”.")
        case "publish":
            translation.publish(by=actor, version=seen)
            return _("Published.")
        case "schedule":
            translation.schedule(_moment(request.POST.get("publish_at", "")), by=actor, version=seen)
            return _("It goes live by itself.")
        case "take_back":
            translation.take_back(by=actor)
            return _("Taken back. Nobody but the operator reads it any more.")
    raise Http404


def _pictures(
    request: HttpRequest, actor: Actor, article: Article, language: str, given: dict[str, Any], *, remove: str
) -> HttpResponse:
    """Another picture, or one fewer. The form comes back with the words as they are; a script asks for the list alone."""
    added, problems = "", {}
    try:
        if remove:
            get_object_or_404(article.pictures, name=remove).remove(by=actor)
        elif file := request.FILES.get("file"):
            added = Picture.add(article, file, file.name or "", by=actor).name
        else:
            problems = {"picture": [_("Choose a picture first.")]}
    except (ValidationError, Refused) as why:
        problems = {"picture": why.messages if isinstance(why, ValidationError) else [str(why)]}
    status = 422 if problems else 200
    if not request.htmx:  # type: ignore[attr-defined]
        return _form(request, actor, article, language, given=given, problems=problems, added=added, status=status)
    context = {
        "pictures": article.pictures.with_use(),
        "most_bytes": MOST_BYTES,
        "problems": problems,
        "added": added,
    }
    return render(request, "web/articles/pictures.html", context, status=status)


def _form(
    request: HttpRequest, actor: Actor, article: Article | None, language: str, *, given: dict[str, Any] | None = None,
    problems: dict[str, Any] | None = None, late: Overtaken | None = None, preview: Any = "", added: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    translation = (
        article.translations.select_related("article", "live").filter(language=language).first() if article else None
    )
    newest = late.newest if late else translation.newest_version() if translation else None
    kept = {name: getattr(newest, name, "") for name in WORDS}
    if article:
        kept |= {name: getattr(article, name) for name in ("kind", "audience", "visible", "collection_id")}
        kept["related"] = " ".join(article.related)
    written = {name: (given or {}).get(name, "") for name in WORDS}
    context = {
        "article": article, "translation": translation, "newest": newest, "language_code": language, "given": kept | (given or {}), "problems": problems or {},
        "late": late, "against": difference(late.newest, Version(**written)) if late else None, "preview": preview,
        "others": [(code, label) for code, label in settings.LANGUAGES if code != language], "languages": settings.LANGUAGES,
        "versions": translation.versions.select_related("person", "organisation")[:SHOWN] if translation else (),
        "may": may_publish(actor), "kinds": Kind.choices, "audiences": Audience.choices, "visibles": Visible.choices,
        "collections": Collection.objects.all(), "longest": LONGEST_BODY,
        "pictures": article.pictures.with_use() if article else (), "most_bytes": MOST_BYTES, "added": added,
    }  # fmt: skip
    return render(request, "web/articles/edit.html", context, status=status)


def _given(request: HttpRequest) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: request.POST[name] for name in (*WORDS, "kind", "visible", "related", "why") if name in request.POST
    }
    told |= {name: "" for name in WORDS if name not in told}
    if "collection" in request.POST:
        told |= {"collection_id": whole(request.POST["collection"]), "audience": request.POST.getlist("audience")}
    return told


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    collection = Collection.objects.filter(pk=given.get("collection_id") or 0).first()
    if collection is None:
        raise ValidationError({"collection": _("Choose a collection from the list.")})
    related = given.get("related", "").replace(",", " ").split()
    if unknown := sorted(set(related) - set(Article.objects.filter(slug__in=related).values_list("slug", flat=True))):
        raise ValidationError({"related": _("There is no article called “{name}”.").format(name=unknown[0])})
    return {
        "collection": collection,
        "related": related,
        **{name: given.get(name, "") for name in ("kind", "audience", "visible")},
    }


def _moment(given: str) -> datetime:
    try:
        return timezone.make_aware(datetime.fromisoformat(given))
    except ValueError as why:
        raise ValidationError({"publish_at": _("Give a day and a time, such as 2026-11-30 08:15.")}) from why


def _by_field(why: ValidationError) -> dict[str, list[str]]:
    return why.message_dict if hasattr(why, "error_dict") else {"": why.messages}


def difference(old: Version, new: Version) -> list[tuple[str, str]]:
    """Lines as (+, - or blank, words), a few around each change; a line of dots where some are left out."""
    before, after = ([one.title, one.summary, "", *one.body.strip().splitlines()] for one in (old, new))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
    return [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in lines]
