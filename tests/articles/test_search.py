"""`search.find`: as one types, with a letter mistyped, whatever the accents, alike on both databases."""

from __future__ import annotations

import pytest

from tests.articles.written import Writer
from tests.cast import Cast
from trialogue.articles import search
from trialogue.articles.index import distance, keys_of
from trialogue.articles.models import Translation
from trialogue.articles.search import find

pytestmark = pytest.mark.django_db


def slugs(typed: str, actor: object = None, language: str = "en") -> list[str]:
    return [one.translation.article.slug for one in find(actor, typed, language)]


@pytest.fixture
def library(written: Writer) -> None:
    written("confirm", "Confirm a case", "Press the button within a day. A claim is only worked then.")
    written("escalate", "Escalate a silent partner", "When nobody answers in a case, climb to the account manager.")
    written("invoice", "Überfällige Rechnungen", "Die Forderung ist überfällig.")
    written("smorrebrod", "Føroyar", "Ærø og Ålborg i en sag.")


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("confirm", "confirm"),
        ("conf", "confirm"),
        ("CONFIRM A CASE", "confirm"),
        ("confrim", "confirm"),  # two letters turned round
        ("cofirm", "confirm"),  # one too few
        ("connfirm", "confirm"),  # one too many
        ("cinfirm", "confirm"),  # a wrong one
        ("cinf", "confirm"),  # still typing
        ("esclaate", "escalate"),
        ("escalat", "escalate"),
        ("uberfallig", "invoice"),
        ("überfällige", "invoice"),
        ("uberfalige", "invoice"),
        ("alborg", "smorrebrod"),
        ("silent parnter", "escalate"),
        ("how do I escalate when nobody answers?", "escalate"),
        ("account manager", "escalate"),
    ],
)
def test_what_is_meant_comes_first(typed: str, first: str) -> None:
    assert slugs(typed)[:1] == [first]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "typed", ["", " ", "?!", "x", "giraffe", "giraffe zebra case", "'; DROP TABLE", "\x00", "%", "_"]
)
def test_what_stands_nowhere_is_not_found(typed: str) -> None:
    assert slugs(typed) == []


def test_the_title_is_worth_more_than_the_words(written: Writer) -> None:
    written("aside", "Other things", "A consent is mentioned.")
    written("consent", "Give consent", "How to.")
    assert slugs("consent") == ["consent", "aside"]


def test_whoever_is_written_to_comes_first(cast: Cast, written: Writer) -> None:
    written("for-clients", "Withdraw a case", audience=["client"])
    written("for-partners", "Withdraw a case", audience=["partner"])
    assert slugs("withdraw", cast.clara)[0] == "for-clients"
    assert slugs("withdraw", cast.paul)[0] == "for-partners"


def test_hits_are_marked_in_title_and_words_as_they_stand_there(written: Writer) -> None:
    written("invoice", "Überfällige Rechnungen", "Die Forderung ist seit langem überfällig, und zwar sehr.")
    (found,) = find(None, "uberfallig", "en")
    assert found.title == [("Überfällige", True), (" Rechnungen", False)]
    assert ("überfällig", True) in found.snippet


def test_a_mistyped_word_is_marked_where_the_right_one_stands(written: Writer) -> None:
    written("confirm", "Confirm a case")
    (found,) = find(None, "confrim", "en")
    assert ("Confirm", True) in found.title


def test_of_one_article_the_readers_language_is_shown_else_english(written: Writer) -> None:
    written("confirm", "Confirm a case")
    written("confirm", "Fall bestätigen", language="de")
    written("okapi", "An okapi")
    assert [one.translation.title for one in find(None, "confirm", "de")] == ["Fall bestätigen"]
    assert [one.translation.title for one in find(None, "okapi", "de")] == ["An okapi"]
    assert find(None, "bestätigen", "da") == []


def test_what_is_in_the_readers_language_comes_before_what_is_not(written: Writer) -> None:
    written("english", "Partner", "Partner, partner and partner.")
    written("german", "Der Partner antwortet nicht", language="de")
    assert slugs("partner", language="de") == ["german", "english"]
    assert slugs("partner") == ["english"]


def test_other_words_are_found_once_they_are_published(cast: Cast, written: Writer) -> None:
    told = written("animals", "Zebra")
    told.article.write("en", by=cast.olga, title="Quagga", summary="S", body="Words.")
    assert (slugs("zebra"), slugs("quagga")) == (["animals"], [])
    Translation.objects.get().publish(by=cast.olga)
    assert (slugs("zebra"), slugs("quagga")) == ([], ["animals"])


def test_a_search_asks_a_few_questions_however_many_articles_there_are(
    written: Writer, django_assert_num_queries: object
) -> None:
    for number in range(12):
        written(f"confirm-{number}", f"Confirm case {number}", "Partner and client agree.")
    with django_assert_num_queries(5):  # type: ignore[operator]  # spellings, the most about each word, whether one may read them, weights, articles
        assert len(find(None, "confirm partner", "en")) == 10


def test_what_one_may_not_read_never_takes_the_place_of_what_one_may(
    written: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_OF_A_WORD", 2)
    for number in range(3):
        written(f"inner-{number}", "Confirm, confirm", "Confirm.", visible="operator")
    written("outer", "Another thing", "You confirm it.")
    assert slugs("confirm") == ["outer"]


@pytest.mark.parametrize(
    ("typed", "word", "slips"),
    [("confirm", "confirm", 0), ("conf", "confirm", 0), ("cofirm", "confirm", 1), ("confrim", "confirmed", 1), ("abc", "xyz", 3), ("", "word", 0)],
)  # fmt: skip
def test_slips_are_counted_to_the_nearest_beginning(typed: str, word: str, slips: int) -> None:
    assert distance(typed, word) == slips


def test_keys_are_few() -> None:
    assert keys_of("a") == {"a"}
    assert keys_of("cat") == {"ca", "cat"}
    assert {"case", "cas", "ase", "cse", "cae"} <= keys_of("case")
    assert len(keys_of("confirmation" * 3)) <= 28
