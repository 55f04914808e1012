"""Somebody without an account looks for an answer; who is about to ask finds it before asking; two editors write at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.articles.written import Writer
from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import without_reload
from trialogue.articles.reading import Opinion


def test_an_answer_is_found_while_typing_and_judged_without_leaving_the_page(cast: Cast, sit: Sit) -> None:
    Writer(cast)("confirm", "Confirm a case", "Press **[Confirm case]** within a day.")
    page = sit()
    page.goto("/articles/")
    with without_reload(page):
        page.get_by_label("Search the help portal").press_sequentially("confrim")
        expect(page.locator("#found").get_by_role("link", name="Confirm a case")).to_be_visible()
    page.get_by_role("link", name="Confirm a case").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm a case")
    with without_reload(page):
        page.get_by_role("button", name="No", exact=True).click()
        page.get_by_text("The steps do not work").click()
        page.get_by_role("button", name="Send this").click()
        expect(page.get_by_text("Whoever writes this article will read it.")).to_be_visible()
    assert Opinion.objects.get().reason == "steps"


def test_whoever_writes_a_request_is_offered_what_answers_it_and_keeps_their_words(cast: Cast, sit: Sit) -> None:
    Writer(cast)("sign-in", "You cannot sign in", "What to do about a forgotten password.")
    page = sit(cast.clara)
    page.goto("/help/platform/")
    page.get_by_label("Subject").fill("My password")
    page.get_by_label("What it is about").press_sequentially("It is forgotten")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="You cannot sign in").click()
    opened.value.get_by_role("button", name="Yes").click()
    expect(opened.value.get_by_text("Good. Thank you for telling us.")).to_be_visible()
    expect(page.get_by_label("What it is about")).to_have_value("It is forgotten")
    told = Opinion.objects.get()
    assert (told.helped, told.asking) == (True, True)


def test_the_second_of_two_editors_sees_what_the_first_has_changed(cast: Cast, sit: Sit) -> None:
    Writer(cast)("confirm", "Confirm a case", "One line.", live=False)
    first, second = sit(cast.olga), sit(cast.olga)
    for page, line in ((first, "Another line."), (second, "My line.")):
        page.goto("/desk/articles/confirm/en/")
        page.get_by_label("Words, in Markdown").fill(f"One line.\n\n{line}")
    first.get_by_role("button", name="Save as a draft").click()
    expect(first.get_by_text("Saved as version 2.")).to_be_visible()
    second.get_by_role("button", name="Save as a draft").click()
    expect(second.get_by_role("alert")).to_contain_text("Olga Lind saved version 2 while you wrote")
    expect(second.locator("del", has_text="Another line.")).to_be_visible()
    second.get_by_role("button", name="Save as a draft").click()
    expect(second.get_by_text("Saved as version 3.")).to_be_visible()
