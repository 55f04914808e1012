"""Which channel? The one right place appears as somebody types, for whoever they say they are; the same while they write a request."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import without_reload
from trialogue.requests.models import Request


def test_a_visitor_is_shown_the_place_while_typing_and_keeps_their_words(cast: Cast, sit: Sit) -> None:
    page = sit()
    page.goto("/help/")
    place, words = page.locator("#place"), page.get_by_label("What is it about?")
    with without_reload(page):
        words.press_sequentially("The page shows an error after the login")
        expect(place).to_have_text("Sales")
        page.get_by_label("A client", exact=True).check()
        expect(place).to_have_text("Platform support")
        expect(page.locator("#all")).to_contain_text("support@trialogue.example")
        page.get_by_role("button", name="Legal questions").click()
        expect(place).to_have_text("Legal")
        expect(page.get_by_role("button", name="Legal questions")).to_have_attribute("aria-current", "true")
        expect(page.get_by_role("button", name="Legal questions")).to_be_focused()
    page.get_by_role("button", name="Write to Legal").click()
    expect(page.get_by_label("What it is about")).to_have_value("The page shows an error after the login")


def test_a_better_place_appears_under_the_form_and_takes_the_words_there(cast: Cast, sit: Sit) -> None:
    page = sit(cast.clara)
    page.goto("/help/platform/")
    page.get_by_label("Subject").fill("Data")
    page.get_by_label("What it is about").press_sequentially(
        "We make a formal legal complaint about how our data is used"
    )
    page.get_by_role("button", name="Go on with Legal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Write to Legal")
    expect(page.get_by_label("Subject")).to_have_value("Data")
    page.get_by_label("Subject").press("Enter")  # sends, whatever is offered under the form
    expect(page.get_by_text("Your request has the number")).to_be_visible()
    assert Request.objects.get().channel == "legal"
