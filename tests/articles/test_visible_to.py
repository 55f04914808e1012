"""Who reads which article: by its visibility; drafts are the operator's."""

from __future__ import annotations

import pytest

from tests.articles.written import Writer
from tests.cast import Cast
from trialogue.articles.models import Article, Translation
from trialogue.articles.search import find

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("visible", "readers"),
    [
        ("public", {"nobody", "clara", "paul", "rita", "olga", "otto"}),
        ("signed-in", {"clara", "paul", "rita", "olga", "otto"}),
        ("client", {"clara", "olga", "otto"}),
        ("partner", {"paul", "olga"}),
        ("referrer", {"rita", "olga"}),
        ("operator", {"olga"}),
    ],
)
def test_whoever_it_is_visible_to_finds_it_and_nobody_else(
    cast: Cast, written: Writer, visible: str, readers: set[str]
) -> None:
    told = written("okapi", "The okapi", visible=visible)
    everyone = {"nobody": None} | {name: getattr(cast, name) for name in ("clara", "paul", "rita", "olga", "otto")}
    for name, actor in everyone.items():
        seen = name in readers
        assert Translation.objects.visible_to(actor).filter(pk=told.pk).exists() is seen, name
        assert Article.objects.visible_to(actor).filter(pk=told.article_id).exists() is seen, name
        assert [one.translation for one in find(actor, "okapi", "en")] == ([told] if seen else []), name


def test_what_is_for_the_operator_alone_is_seen_by_it_alone(cast: Cast, written: Writer) -> None:
    assert written("inner", audience=["operator"]).article.visible == "operator"
    assert written("outer", audience=["operator", "client"]).article.visible == "public"
