"""The help portal by program: read what one may read, and, for the operator, write and publish it."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.articles.models import (
    FALLBACK,
    Article,
    Collection,
    Translation,
    Version,
    checked_words,
    may_edit,
    must_edit,
)
from trialogue.articles.search import LONGEST_TYPED, find, in_one_language
from trialogue.doors.api import article_examples as examples
from trialogue.doors.api import article_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import Shape, moment
from trialogue.people.models import Actor

router = Router(tags=["articles"])
IN_ORDER = Order(("id",))
Language = Annotated[str, Query("", max_length=5, description="en, de or da; left out, as `Accept-Language` says.")]
_ON_ONE = ("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid")


@router.get(
    "/articles", response=schemas.ArticlePage, operation_id="list_articles", summary="List or search articles",
    openapi_extra=described("invalid", example=examples.PAGE),
)  # fmt: skip
def list_articles(
    request: Asked,
    limit: Limit,
    after: After,
    q: Annotated[str, Query("", max_length=LONGEST_TYPED, description="Words; then the best first, on one page.")],
    language: Language,
) -> HttpResponse:
    """What is live and you may read, each in your language or in English. A letter mistyped is forgiven."""
    language = language or get_language() or FALLBACK
    if q:
        hits = find(request.auth, q, language, limit)
        return answer({"items": [_line(one.translation) for one in hits], "next": None})
    live = Article.objects.visible_to(request.auth).filter(translations__live__isnull=False).distinct()
    items, further = IN_ORDER.page(live, after=after, limit=limit)
    rows = Translation.objects.visible_to(request.auth).live().filter(article__in=items)
    told = in_one_language(rows.select_related("article__collection").defer("html", "text"), language)
    return answer({"items": [_line(told[one.pk]) for one in items], "next": further})


@router.get(
    "/articles/{name}", response=schemas.Article, operation_id="get_article", summary="Read an article",
    openapi_extra=described("not-found", example=examples.ARTICLE),
)  # fmt: skip
def get_article(request: Asked, name: str, language: Language) -> HttpResponse:
    """In your language, else in English, else in any; for the operator with the newest words, live or not."""
    return answer(_whole(request.auth, name, language or get_language() or FALLBACK))


@router.put(
    "/articles/{name}/{language}", response=schemas.Article, operation_id="write_article", summary="Write an article",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_ARTICLE, example=examples.WRITTEN),
)  # fmt: skip
def write_article(request: Asked, name: str, language: str, told: schemas.NewArticle) -> HttpResponse:
    """For the operator. Another version, a draft; words that are there already make none. A new one needs its collection, kind and audience."""
    must_edit(request.auth)
    checked_words(language, told.title, told.summary, told.body)  # before anything begins
    article = Article.objects.filter(slug=name).first()
    words = {part: getattr(told, part) for part in ("title", "summary", "body")}
    if told.collection or article is None:
        about: dict[str, Any] = {part: getattr(told, part) for part in ("kind", "audience", "visible", "related")}
        about["collection"] = _collection(told.collection)
        if article is None:
            article = Article.begin(name, by=request.auth, **about)
        else:
            article.describe(by=request.auth, **about)
    article.write(language, by=request.auth, replaces=told.replaces, why=told.why, **words)
    return answer(_whole(request.auth, name, language))


@router.post(
    "/articles/{name}/{language}/moves", response=schemas.Article, operation_id="move_article", summary="Review, publish, schedule, take back, roll back",
    openapi_extra=described(*_ON_ONE, given=examples.MOVE, example=examples.ARTICLE),
)  # fmt: skip
def move_article(request: Asked, name: str, language: str, told: schemas.ArticleMove) -> HttpResponse:
    """For the operator: everyone there sends to review; an admin, or a production key, does the rest. `schedule` needs `publish_at`."""
    rows = Translation.objects.visible_to(request.auth).select_related("article", "live")
    translation = rows.filter(article__slug=name, language=language).first()
    if translation is None:
        raise Http404
    match told.move:
        case "review":
            translation.send_to_review(by=request.auth)
        case "publish":
            translation.publish(by=request.auth, version=told.version)
        case "schedule":
            if told.publish_at is None:
                raise Problem.at_fields([("publish_at", _("Say when it is to go live."))])
            translation.schedule(told.publish_at, by=request.auth, version=told.version)
        case "take_back":
            translation.take_back(by=request.auth)
        case "roll_back":
            translation.roll_back(told.version or 0, by=request.auth)
    return answer(_whole(request.auth, name, language))


@router.get(
    "/collections", response=schemas.CollectionList, operation_id="list_collections", summary="List collections of articles",
    openapi_extra=described(example=examples.COLLECTIONS),
)  # fmt: skip
def list_collections(request: Asked) -> HttpResponse:
    """Where articles stand that you may read; for the operator all."""
    rows = Collection.objects.all()
    if not may_edit(request.auth):
        rows = rows.filter(articles__in=Article.objects.visible_to(request.auth)).distinct()
    return answer({"items": [_shelf(one) for one in rows]})


@router.put(
    "/collections/{name}", response=schemas.ArticleCollection, operation_id="describe_collection", summary="Make or change a collection",
    openapi_extra=described(*_ON_ONE, given=examples.NEW_COLLECTION, example=examples.COLLECTION),
)  # fmt: skip
def describe_collection(request: Asked, name: str, told: schemas.NewCollection) -> HttpResponse:
    """For the operator: what it is called in each language, whom it is for, and its place in the list."""
    words = {language: said.model_dump() for language, said in told.words.items()}
    made = Collection.describe(name, by=request.auth, words=words, audience=told.audience, order=told.order)
    return answer(_shelf(made))


def _collection(name: str) -> Collection:
    found = Collection.objects.filter(slug=name).first()
    if found is None:
        raise ValidationError({"collection": _("There is no collection of this name. `GET /collections` lists them.")})
    return found


def _whole(actor: Actor, name: str, language: str) -> Shape:
    """Raises `Http404` for what there is none of, and for what they may not read."""
    rows = list(
        Translation.objects.visible_to(actor).filter(article__slug=name)
        .select_related("article__collection", "live").order_by("language")
    )  # fmt: skip
    told = next(iter(in_one_language(rows, language).values()), None)
    if told is None:
        raise Http404
    newest = told.newest_version() if may_edit(actor) else None
    shown = _line(told) | {
        "related": told.article.related, "languages": [one.language for one in rows if one.live],
        "body": told.live.body if told.live else None, "html": told.html if told.live else None, "draft": _draft(told, newest) if newest else None,
    }  # fmt: skip
    return shown | ({"title": newest.title, "summary": newest.summary} if newest and not told.live else {})


def _line(told: Translation) -> Shape:
    article = told.article
    return {
        "name": article.slug, "language": told.language, "title": told.title, "summary": told.summary, "collection": article.collection.slug,
        "kind": article.kind, "audience": article.audience, "visible": article.visible, "updated": told.updated.isoformat() if told.updated else None,
        "url": settings.BASE_URL + reverse("article", args=[article.slug]),
    }  # fmt: skip


def _draft(told: Translation, newest: Version) -> Shape:
    return {
        "version": newest.number, "state": told.state, "live_version": told.live.number if told.live else None,
        "publish_at": moment(told.publish_at) if told.publish_at else None, "title": newest.title, "summary": newest.summary, "body": newest.body,
    }  # fmt: skip


def _shelf(one: Collection) -> Shape:
    return {"name": one.slug, "title": str(one), "summary": one.summary, "audience": one.audience, "order": one.order}
