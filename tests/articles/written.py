"""Articles for tests: live, unless told otherwise."""

from __future__ import annotations

from typing import Any

from tests.cast import MONDAY, Cast
from trialogue.articles.models import Article, Collection, Translation

WORDS = {"en": {"title": "Cases", "summary": "From hand-over to the end"}, "de": {"title": "Fälle", "summary": ""}}


class Writer:
    """Writes as Olga does."""

    def __init__(self, cast: Cast) -> None:
        self.by = cast.olga
        self.collection = Collection.describe("cases", by=self.by, words=WORDS, audience=["everyone"])

    def __call__(
        self,
        slug: str,
        title: str = "",
        body: str = "Some words.",
        *,
        live: bool = True,
        language: str = "en",
        **told: Any,
    ) -> Translation:
        settings = {"collection": self.collection, "kind": "how-to", "audience": ["everyone"]} | told
        summary = settings.pop("summary", f"About {slug}")
        article = Article.objects.filter(slug=slug).first() or Article.begin(slug, by=self.by, at=MONDAY, **settings)
        article.write(language, by=self.by, title=title or slug, summary=summary, body=body, at=MONDAY)
        translation = article.translations.get(language=language)
        if live:
            translation.publish(by=self.by, at=MONDAY)
        return translation
