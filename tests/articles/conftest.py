from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from trialogue.articles.models import Article, Collection, Translation

Written = Callable[..., Translation]


@pytest.fixture
def collection(cast: Cast) -> Collection:
    words = {"en": {"title": "Cases", "summary": "From hand-over to the end"}, "de": {"title": "Fälle", "summary": ""}}
    return Collection.describe("cases", by=cast.olga, words=words, audience=["everyone"])


@pytest.fixture
def written(cast: Cast, collection: Collection) -> Written:
    """An article that is live, unless told otherwise."""

    def write(
        slug: str, title: str = "", body: str = "Some words.", *, live: bool = True, language: str = "en", **told: Any
    ) -> Translation:
        settings = {"collection": collection, "kind": "how-to", "audience": ["everyone"]} | told
        summary = settings.pop("summary", f"About {slug}")
        article = Article.objects.filter(slug=slug).first() or Article.begin(slug, by=cast.olga, at=MONDAY, **settings)
        article.write(language, by=cast.olga, title=title or slug, summary=summary, body=body, at=MONDAY)
        translation = article.translations.get(language=language)
        if live:
            translation.publish(by=cast.olga, at=MONDAY)
        return translation

    return write
