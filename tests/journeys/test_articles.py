"""Somebody without an account looks for an answer; who is about to ask finds it before asking; two editors write at once."""

from __future__ import annotations

import re
from base64 import b64encode

from playwright.sync_api import Locator, expect

from tests.articles.written import Writer
from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import without_reload
from tests.lib.test_drawing import picture
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


def test_whoever_reads_what_is_taken_back_keeps_it_before_them_and_is_told(cast: Cast, sit: Sit) -> None:
    told = Writer(cast)("confirm", "Confirm a case", "Press the button.")
    page = sit()
    page.goto("/articles/confirm/")
    told.take_back(by=cast.olga)
    with without_reload(page):
        page.get_by_role("button", name="Yes").click()
        expect(page.get_by_role("status")).to_contain_text("taken back while you read it")
    expect(page.get_by_text("Press the button.")).to_be_visible()
    assert not Opinion.objects.exists()
    assert page.request.get(page.url).status == 404


def test_a_picture_is_dropped_or_pasted_where_it_belongs_and_the_words_stay(cast: Cast, sit: Sit) -> None:
    told = Writer(cast)("confirm", "Confirm a case", "One line.")
    page = sit(cast.olga)
    page.goto("/desk/articles/confirm/en/")
    words = page.get_by_label("Words, in Markdown")
    words.fill("Look at this:\n\nAnd go on.")
    with without_reload(page):
        words.evaluate("field => field.setSelectionRange(4, 4)")
        give(words, "drop", "The Button.PNG", picture())
        expect(words).to_have_value("Look at this:\n\n![](the-button.png)\n\nAnd go on.")
        page.keyboard.type("The button")
        page.get_by_label("Add a picture").set_input_files(
            {"name": "x.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
        )
        expect(page.locator("#pictures")).to_contain_text("save an SVG as PNG first")
        words.evaluate("field => field.setSelectionRange(field.value.length, field.value.length)")
        give(words, "paste", "image.png", picture(size=(300, 200)))
        expect(page.locator("#pictures li")).to_have_count(2)
        page.keyboard.type("The rest")
        expect(words).to_have_value(re.compile(r"And go on\.\n\n!\[The rest\]\(picture-\d{14}\.png\)\n\n$"))
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Publish now").click()
    reader = sit()
    reader.goto("/articles/confirm/")
    for name in ("The button", "The rest"):
        expect(reader.get_by_role("img", name=name)).to_have_js_property("complete", True)
    assert reader.get_by_role("img", name="The rest").evaluate("seen => seen.naturalWidth") > 0
    told.refresh_from_db()
    assert told.live.pictures.count() == 2  # type: ignore[union-attr]


def test_what_would_act_in_an_article_is_shown_as_it_was_typed(cast: Cast, sit: Sit) -> None:
    hostile = """<script>document.title = 'gone'</script> and <img src=x onerror="document.title = 'gone'">

> [!NOTE]
> <svg onload="document.title = 'gone'">

**[<b onclick="document.title = 'gone'">Press</b>]**"""
    Writer(cast)("hostile", "What <b>acts</b>", hostile)
    reader, editor = sit(), sit(cast.olga)
    reader.goto("/articles/hostile/")
    expect(reader.get_by_role("heading", level=1)).to_have_text("What <b>acts</b>")
    editor.goto("/desk/articles/hostile/en/")
    editor.get_by_role("button", name="Preview").click()
    for page in (reader, editor):
        expect(page.locator(".prose--article")).to_contain_text(
            "<script>document.title = 'gone'</script> and <img src=x"
        )
        page.locator(".named").click()
        assert page.locator(".prose--article :is(script, img, svg, b)").count() == 0
        assert "gone" not in page.title()


def give(field: Locator, how: str, name: str, content: bytes) -> None:
    """As a browser does when somebody drops or pastes a file there."""
    field.evaluate(
        """(field, [how, name, content]) => {
          const carried = new DataTransfer()
          carried.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt())], name, { type: 'image/png' }))
          const told = { bubbles: true, cancelable: true }
          field.focus()
          field.dispatchEvent(how === 'drop' ? new DragEvent('drop', { ...told, dataTransfer: carried }) : new ClipboardEvent('paste', { ...told, clipboardData: carried }))
        }""",
        [how, name, b64encode(content).decode()],
    )


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
