"""`article.write`: another version, a draft; of two editors, the second is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from tests.articles.written import Writer
from tests.cast import Cast
from trialogue.articles.models import Article, Collection, Overtaken, Translation, Version, may_edit
from trialogue.events.models import Event
from trialogue.people.models import Environment, Refused

pytestmark = pytest.mark.django_db
WORDS = {"title": "Confirm a case", "summary": "Within a day", "body": "Press it."}


def test_the_words_are_a_draft_that_only_the_operator_sees(cast: Cast, written: Writer) -> None:
    draft = written("confirm", live=False)
    assert draft.state == "draft"
    assert list(Translation.objects.visible_to(cast.olga)) == [draft]
    for reader in (None, cast.clara, cast.paul, cast.rita):
        assert not Translation.objects.visible_to(reader).exists()
        assert not Article.objects.visible_to(reader).exists()


def test_each_saving_is_a_version_by_whoever_saved(cast: Cast, written: Writer) -> None:
    told = written("confirm")
    version = told.article.write("en", by=cast.olga, why="  Said  better ", **WORDS)
    assert (version.number, version.editor, version.why) == (2, "Olga Lind", "Said better")
    event = Event.objects.get(kind="article.written", facts__version=2)
    assert (event.facts["language"], event.client_id, event.partner_id) == ("en", None, None)


def test_words_that_are_there_already_make_no_version(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    first = told.article.write("en", by=cast.olga, **WORDS)
    assert told.article.write("en", by=cast.olga, **WORDS | {"body": "Press it.\r\n"}) == first
    assert told.versions.count() == 2


def test_what_readers_see_stays_until_the_other_words_are_published(cast: Cast, written: Writer) -> None:
    told = written("confirm", body="Old words.")
    told.article.write("en", by=cast.olga, **WORDS)
    told.refresh_from_db()
    assert (told.state, told.html, told.live.number) == ("draft", "<p>Old words.</p>", 1)
    assert Translation.objects.visible_to(None).get() == told


def test_the_second_of_two_editors_is_told_who_was_faster(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    told.article.write("en", by=cast.olga, replaces=1, **WORDS)
    with pytest.raises(Overtaken) as caught:
        told.article.write("en", by=cast.olga, replaces=1, **WORDS | {"body": "Mine."})
    assert caught.value.newest.number == 2
    assert "Olga Lind saved version 2 while you wrote" in caught.value.messages[0]
    assert Version.objects.count() == 2


def test_a_test_key_and_every_other_side_write_nothing(cast: Cast, collection: Collection, written: Writer) -> None:
    article = written("confirm").article
    key = replace(cast.olga, person=None, via="api")
    assert may_edit(key)
    for other in (cast.clara, cast.paul, cast.rita, cast.otto, replace(key, environment=Environment.TEST)):
        with pytest.raises(Refused):
            article.write("en", by=other, **WORDS)
        with pytest.raises(Refused):
            Article.begin("other", by=other, collection=collection, kind="how-to", audience=["client"])
        with pytest.raises(Refused):
            Collection.describe("other", by=other, words={"en": {"title": "x"}}, audience=["client"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("summary", {"summary": "a\x00b"}),
        ("body", {"body": ""}),
        ("body", {"body": "x" * 100_001}),
        ("body", {"body": "[run](javascript:alert(1))"}),
        ("language", {"language": "xx"}),
    ],
)
def test_what_cannot_be_kept_is_said_by_field(cast: Cast, written: Writer, field: str, words: dict[str, str]) -> None:
    article = written("confirm").article
    with pytest.raises(ValidationError) as caught:
        article.write(**{"language": "en", "by": cast.olga, **WORDS, **words})
    assert set(caught.value.message_dict) == {field}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("slug", {"slug": "Not A Slug"}),
        ("slug", {"slug": "taken"}),
        ("kind", {"kind": "essay"}),
        ("audience", {"audience": ["aliens"]}),
        ("audience", {"audience": []}),
        ("visible", {"visible": "nobody"}),
        ("related", {"related": ["fresh"]}),
    ],
)
def test_what_an_article_cannot_be_is_said_by_field(
    cast: Cast, collection: Collection, written: Writer, field: str, told: dict[str, object]
) -> None:
    written("taken")
    right = {"slug": "fresh", "collection": collection, "kind": "how-to", "audience": ["client"]}
    with pytest.raises(ValidationError) as caught:
        Article.begin(**{**right, **told}, by=cast.olga)
    assert set(caught.value.message_dict) == {field}


def test_who_may_read_what_is_live_is_said_by_an_admin(cast: Cast, collection: Collection, written: Writer) -> None:
    article = written("confirm").article
    told = {"collection": collection, "kind": "how-to", "audience": ["client"], "visible": "client"}
    with pytest.raises(Refused):
        article.describe(by=replace(cast.olga, role="member"), **told)
    article.describe(by=cast.olga, **told)
    article.describe(by=cast.olga, **told)
    assert Event.objects.filter(kind="article.described").count() == 1
    assert not Translation.objects.visible_to(cast.paul).exists()


def test_a_collection_is_called_in_the_readers_language_or_in_english(cast: Cast, collection: Collection) -> None:
    from django.utils.translation import override

    assert str(collection) == "Cases"
    with override("de"):
        assert (str(collection), collection.summary) == ("Fälle", "")
    with override("da"):
        assert str(collection) == "Cases"
    with pytest.raises(ValidationError):
        Collection.describe("odd", by=cast.olga, words={"de": {"title": "Nur"}}, audience=["client"])
