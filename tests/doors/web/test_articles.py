"""The help portal: looking around, looking for, reading, and saying whether it helped."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.articles.written import Writer
from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.articles.reading import Lookup, Opinion

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


@pytest.fixture
def nobody(db: None) -> Visitor:
    return Visitor()


def titles(page: Page) -> list[str]:
    return [
        link.words
        for link in page.root.one("main").all("a")
        if link["href"].startswith("/articles/") and link.parent.tag == "li"
    ]  # type: ignore[union-attr]


# --- looking around -----------------------------------------------------------------------------------------------------


def test_the_first_page_asks_who_one_is_and_shows_what_is_ones_own(
    written: Writer, clara: Visitor, nobody: Visitor
) -> None:
    written("hand-in", "Hand in a case", audience=["client"])
    written("confirm", "Confirm a case", audience=["partner"])
    written("clocks", "How clocks run", audience=["everyone"])
    assert titles(nobody.open("articles")) == ["How clocks run"]
    assert titles(clara.open("articles")) == ["Hand in a case"]
    assert titles(nobody.open("articles-for", "partner")) == ["Confirm a case"]
    assert nobody.open("articles").link("Collection Partners Confirm, work and close cases, ask for what is missing, keep your promises.") == "/articles/for/partner/"  # fmt: skip


def test_what_is_for_the_operator_is_a_side_of_its_own_for_it_alone(
    written: Writer, olga: Visitor, clara: Visitor
) -> None:
    written("inner", "How we work", audience=["operator"])
    assert titles(olga.open("articles-for", "operator")) == ["How we work"]
    assert clara.open("articles-for", "operator").status == 404
    assert clara.open("articles-for", "aliens").status == 404


def test_an_empty_portal_says_so(nobody: Visitor) -> None:
    page = nobody.open("articles")
    assert "Nothing is written here yet" in page.main


def test_a_collection_lists_what_one_may_read_page_by_page(written: Writer, nobody: Visitor, clara: Visitor) -> None:
    written("secret", "For clients", visible="client")
    for number in range(51):
        written(f"open-{number:02}", f"Open {number:02}")
    page = nobody.open("collection", "cases")
    assert titles(page) == [f"Open {number:02}" for number in range(50)]
    assert titles(nobody.open("/articles/in/cases/?page=2")) == ["Open 50"]
    assert titles(clara.open("collection", "cases"))[0] == "For clients"
    assert nobody.open("collection", "nothing").status == 404


# --- looking for --------------------------------------------------------------------------------------------------------


def test_what_is_found_stands_there_with_the_words_marked(written: Writer, nobody: Visitor) -> None:
    written("confirm", "Confirm a case", "Press the button.")
    page = nobody.open("articles", q="confrim")
    assert page.link("Confirm a case") == "/articles/confirm/"
    assert [mark.words for mark in page.root.all("mark")] == ["Confirm", "confirm"]
    assert page.root.one("input", id="looked-for")["value"] == "confrim"
    assert page.root.one("link", rel="canonical")["href"].endswith("/articles/")
    assert page.root.one("meta", name="robots")["content"] == "index"
    assert nobody.open("articles", q="casino").root.one("meta", name="robots")["content"] == "noindex"


def test_while_one_types_only_the_hits_come(written: Writer, nobody: Visitor) -> None:
    written("confirm", "Confirm a case")
    page = nobody.open("articles-found", q="conf")
    assert page.link("Confirm a case") == "/articles/confirm/"
    assert not page.root.all("main")
    assert "1 article found" in page.words
    assert nobody.open("articles-found", q="").words == ""
    assert not Lookup.objects.exists()  # nobody has ended yet


def test_what_is_found_nowhere_leads_to_asking_with_the_words(nobody: Visitor, olga: Visitor) -> None:
    page = nobody.open("articles", q="giraffes")
    assert "Nothing found for “giraffes”" in page.main
    form = page.root.one("form", action="/help/")
    assert form.one("input", name="text")["value"] == "giraffes"
    assert not olga.open("articles", q="giraffes").root.all("form", action="/help/")


def test_what_somebody_ends_with_is_counted(written: Writer, nobody: Visitor, clara: Visitor, olga: Visitor) -> None:
    written("confirm", "Confirm a case")
    clara.open("articles-found", q="giraffe", settled="")
    nobody.open("articles", q="Giraffe")
    nobody.open("articles", q="confirm")
    assert {(one.words, one.side, one.found) for one in Lookup.objects.all()} == {
        ("giraffe", "client", 0), ("giraffe", "", 0), ("confirm", "", 1),
    }  # fmt: skip
    page = olga.open("articles-readers")
    assert "giraffe English · Client" in page.main
    assert "giraffe English · not signed in" in page.main


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "\x00", "%", "x" * 5_000, "' OR 1=1 --"])
def test_whatever_is_typed_is_only_words(nobody: Visitor, typed: str) -> None:
    page = nobody.open("articles", q=typed)
    assert page.status == 200
    assert "<script>alert" not in page.html


# --- reading --------------------------------------------------------------------------------------------------------------


def test_an_article_says_what_it_is_for_whom_and_how_old(written: Writer, nobody: Visitor) -> None:
    written("other", "Another one")
    written("secret", "A secret one", visible="partner")
    written(
        "confirm",
        "Confirm a case",
        "Press **[Confirm case]**.\n\n## One\n\n## Two\n\n## Three",
        related=["secret", "other"],
        audience=["partner"],
    )
    page = nobody.open("article", "confirm")
    assert "How-to Collection Partners Updated Monday, 9 March 2026" in page.main
    assert page.root.one("span", class_="named").words == "Confirm case"
    assert [link["href"] for link in page.root.one("nav", aria_labelledby="on-this-page").all("a")] == [
        "#s-one",
        "#s-two",
        "#s-three",
    ]
    assert [link.words for link in page.root.one("nav", aria_labelledby="related").all("a")] == ["Another one"]
    assert page.root.one("link", rel="canonical")["href"].endswith("/articles/confirm/")
    assert page.root.one("meta", name="description")["content"] == "About confirm"


def test_what_one_may_not_read_and_what_is_none_look_the_same(
    written: Writer, cast: Cast, nobody: Visitor, clara: Visitor
) -> None:
    told = written("secret", "A secret one", visible="client")
    assert clara.open("article", "secret").status == 200
    pages = [nobody.open("article", slug) for slug in ("secret", "nothing")]
    assert [page.status for page in pages] == [404, 404]
    assert pages[0].main == pages[1].main
    told.take_back(by=cast.olga)
    assert clara.open("article", "secret").status == 404
    assert clara.send("article-answered", "secret", helped="yes").status == 404


def test_in_a_language_it_is_not_in_it_is_read_in_english_and_says_so(written: Writer) -> None:
    written("confirm", "Confirm a case")
    written("confirm", "Fall bestätigen", language="de")
    german, danish = Visitor(**{"Accept-Language": "de"}), Visitor(**{"Accept-Language": "da"})
    assert german.open("article", "confirm").root.one("h1").words == "Fall bestätigen"
    page = danish.open("article", "confirm")
    assert page.root.one("article")["lang"] == "en"
    assert page.root.one("p", class_="notice").words
    assert not german.open("article", "confirm").root.all("p", class_="notice")
    written("accept", "Accept a case")
    shelf = german.open("collection", "cases").main
    assert shelf.index("Fall bestätigen") < shelf.index("Accept a case")
    chosen = danish.open("article", "confirm", **{"in": "de"})
    assert chosen.root.one("h1").words == "Fall bestätigen"
    assert not chosen.root.all("p", class_="notice")  # they asked for it
    assert chosen.root.one("link", rel="canonical")["href"].endswith("/articles/confirm/?in=de")
    assert {link["hreflang"] for link in chosen.root.all("link", rel="alternate") if "hreflang" in link.given} == {
        "en",
        "de",
        "x-default",
    }


def test_what_machines_read_of_it_cannot_end_the_script(written: Writer, nobody: Visitor) -> None:
    written("odd", "</script><script>alert(1)</script> & “more”")
    page = nobody.open("article", "odd")
    (script,) = page.root.all("script", type="application/ld+json")
    told = json.loads("".join(child for child in script.children if isinstance(child, str)))
    assert told["@graph"][0]["headline"] == "</script><script>alert(1)</script> & “more”"
    assert [step["name"] for step in told["@graph"][1]["itemListElement"]][:2] == ["Help portal", "Cases"]
    assert "<script>alert" not in page.html


# --- saying whether it helped -----------------------------------------------------------------------------------------------


def test_yes_is_thanked_and_counted(written: Writer, clara: Visitor, olga: Visitor) -> None:
    written("confirm", "Confirm a case")
    form = clara.open("article", "confirm", asking="").root.one("section", id="answered").one("form")
    carried = {
        field["name"]: field["value"]
        for field in form.all("input", type="hidden")
        if field["name"] != "csrfmiddlewaretoken"
    }
    assert carried == {"in": "en", "asking": "1"}
    assert "Good. Thank you" in clara.send("article-answered", "confirm", helped="yes", **carried).main
    clara.send("article-answered", "confirm", helped="yes", **{"in": "en"})
    assert list(Opinion.objects.values_list("helped", "asking", "side").order_by("pk")) == [
        (True, True, "client"),
        (True, False, "client"),
    ]
    page = olga.open("articles-readers")
    assert "1 reader who was about to ask did not need to." in page.main
    assert "Confirm a case English 2 0 1" in page.main


def test_no_asks_why_and_shows_where_to_ask(written: Writer, nobody: Visitor, olga: Visitor) -> None:
    written("confirm", "Confirm a case")
    page = nobody.send("article-answered", "confirm", helped="no")
    assert page.link("Ask for help") == "/help/"
    given = page.root.one("input", name="given")["value"]
    said = nobody.send("article-answered", "confirm", given=given, reason="steps", words="There is no such button")
    assert "Whoever writes this article will read it" in said.main
    assert Opinion.objects.get().words == "There is no such button"
    assert "There is no such button The steps do not work · Confirm a case" in olga.open("articles-readers").main


def test_an_answer_comes_as_a_part_of_the_page_where_there_is_script(written: Writer, nobody: Visitor) -> None:
    written("confirm")
    page = nobody.send("article-answered", "confirm", helped="yes", headers={"HX-Request": "true"})
    assert not page.root.all("main")
    assert "Thank you" in page.words


def test_nobody_explains_what_another_has_said(written: Writer, nobody: Visitor) -> None:
    one, other = written("one"), written("other")
    opinion = Opinion.give(one, False, by=None)
    for given in (str(opinion.pk), f"{opinion.pk}:forged", ""):
        nobody.send("article-answered", "one", given=given, words="Mine")
    opinion.refresh_from_db()
    assert opinion.words == ""
    assert other.opinions.count() == 0


def test_whoever_says_so_without_end_is_thanked_and_no_longer_counted(
    written: Writer, nobody: Visitor, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"articles": "2/h/ip"}
    written("confirm")
    assert {nobody.send("article-answered", "confirm", helped=word).status for word in ("yes", "no", "yes", "no")} == {
        200
    }
    assert Opinion.objects.count() == 2


# --- before somebody asks ---------------------------------------------------------------------------------------------------


def test_beside_where_it_belongs_stands_what_may_answer_it_now(written: Writer, clara: Visitor) -> None:
    written("sign-in", "You cannot sign in", "Forgotten passwords, the second step, an expired invitation.")
    written("secret", "Passwords of partners", "Forgotten passwords.", visible="partner")
    page = clara.send("help", text="I have forgotten my password and cannot get in any more since yesterday morning")
    (link,) = page.root.one("section", class_="suggested").all("a")
    assert (link.words, link["href"]) == ("You cannot sign in", "/articles/sign-in/?asking")
    assert not clara.send("help", text="qwertz qwertz").root.all("section", class_="suggested")


def test_while_somebody_writes_a_request_the_same_is_offered(written: Writer, nobody: Visitor, clara: Visitor) -> None:
    written("sign-in", "You cannot sign in", "Forgotten passwords.")
    page = nobody.send("ask-hints", "sales", subject="Password", body="It is forgotten")
    assert [link.words for link in page.root.all("a")] == ["You cannot sign in"]
    assert nobody.send("ask-hints", "sales", subject=" ", body="").words == ""
    form = clara.send("ask", "platform", do="begin", text="A forgotten password")
    assert [link["target"] for link in form.root.one("section", class_="suggested").all("a")] == ["_blank"]
    assert not Lookup.objects.exists()  # what somebody writes to us is nobody's search


def test_what_answered_it_while_somebody_wrote_is_counted_as_a_request_prevented(
    written: Writer, clara: Visitor, olga: Visitor
) -> None:
    written("sign-in", "You cannot sign in", "Forgotten passwords.")
    told = {"subject": "Password", "body": "A forgotten password"}
    hints = clara.send("ask-hints", "platform", **told)
    button, asking = hints.root.one("button"), hints.root.one("input", type="hidden")
    assert button.words == "That answered it"
    said = {button["name"]: button["value"], asking["name"]: asking["value"]}
    page = clara.send(button["formaction"], **told | said)
    assert "Thank you for telling us" in page.main
    assert Opinion.objects.get().asking
    assert "1 reader who was about to ask did not need to" in olga.open("articles-readers").main


# --- to machines that read along --------------------------------------------------------------------------------------------


def test_the_feed_tells_what_anybody_may_read_the_newest_first(written: Writer, nobody: Visitor) -> None:
    written("first", "First & best")
    written("secret", "Secret", visible="signed-in")
    written("second", "Second").publish(by=written.by)
    feed = ElementTree.fromstring(nobody.open("articles-feed").content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [one.findtext(f"{atom}title") for one in feed.iter(f"{atom}entry")] == ["Second", "First & best"]
    # What RFC 4287 asks of a feed and of each entry.
    for whole in (feed, *feed.iter(f"{atom}entry")):
        assert all(whole.findtext(f"{atom}{name}") for name in ("id", "title", "updated"))
        assert "T" in (whole.findtext(f"{atom}updated") or "")
    assert feed.findtext(f"{atom}author/{atom}name") == "Trialogue"
    assert {one.get("rel") for one in feed.findall(f"{atom}link")} == {"alternate", "self"}


def test_the_map_names_each_article_in_each_language_and_nothing_secret(written: Writer, nobody: Visitor) -> None:
    written("confirm")
    written("confirm", "Bestätigen", language="de")
    written("secret", visible="client")
    answer = nobody.open("sitemap")
    tree = ElementTree.fromstring(answer.content)
    places = [one.text or "" for one in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(place.partition("/articles/")[2] for place in places if "confirm" in place) == [
        "confirm/",
        "confirm/?in=de",
    ]
    assert any(place.endswith("/articles/for/client/") for place in places)
    other = "{http://www.w3.org/1999/xhtml}link"
    for one in tree:  # each language names all of them, itself among them
        named = {link.get("hreflang"): link.get("href", "") for link in one.iter(other)}
        assert not named or (set(named) == {"de", "en", "x-default"} and one[0].text in named.values())
        assert all(address.startswith("http") for address in named.values())
    assert answer.html.count('hreflang="de"') == 2
    assert "secret" not in answer.html


def test_robots_may_read_the_portal_and_nothing_else(nobody: Visitor) -> None:
    lines = nobody.open("robots").html.splitlines()
    assert "Allow: /articles/" in lines
    assert "Disallow: /" in lines
    assert lines[-1].endswith("/sitemap.xml")


# --- what it costs ------------------------------------------------------------------------------------------------------------


def test_each_page_asks_as_much_for_fifty_articles_as_for_five(
    written: Writer, clara: Visitor, nobody: Visitor
) -> None:
    def cost(who: Visitor, page: str, *args: str, **query: Any) -> int:
        who.open(page, *args, **query)
        with CaptureQueriesContext(connection) as asked:
            assert who.open(page, *args, **query).status == 200
        return len(asked)

    def measured() -> dict[str, int]:
        return {
            "start": cost(nobody, "articles"), "start, signed in": cost(clara, "articles"), "side": cost(nobody, "articles-for", "client"),
            "collection": cost(nobody, "collection", "cases"), "article": cost(nobody, "article", "a-0"), "found": cost(nobody, "articles-found", q="words"),
            "feed": cost(nobody, "articles-feed"), "sitemap": cost(nobody, "sitemap"),
        }  # fmt: skip

    for number in range(5):
        written(f"a-{number}", related=[f"a-{number - 1}"] if number else [])
    first = measured()
    for number in range(5, 50):
        written(f"a-{number}")
    assert measured() == first == {
        "start": 1, "start, signed in": 5, "side": 1, "collection": 2, "article": 1, "found": 5, "feed": 1, "sitemap": 1,
    }  # fmt: skip
