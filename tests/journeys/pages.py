"""What people do on pages, by the words they read there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from trialogue.cases.models import Case

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def a_file(name: str, content: bytes = PDF) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def open_case(page: Page, case: Case) -> None:
    page.goto(f"/cases/{case.reference}/")


def write(page: Page, words: str) -> None:
    page.get_by_label("What you want to say").fill(words)


def say(page: Page, words: str) -> None:
    write(page, words)
    page.get_by_role("button", name="Send").click()


def message(page: Page, words: str) -> Locator:
    """The message with these words, sent and known to the house."""
    return page.locator("article.message[id]").filter(has_text=words)


def state(page: Page) -> Locator:
    return page.locator("#case-state")


def clocks(page: Page) -> Locator:
    return page.locator("#case-clocks")


def counter(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Main").locator("data")


@contextmanager
def without_reload(*pages: Page) -> Iterator[None]:
    """What happens meanwhile happens on the very pages that are open now."""
    for page in pages:
        page.evaluate("window.same = true")
    yield
    for page in pages:
        assert page.evaluate("window.same") is True, "the page was loaded anew"


def fill_in(page: Page, reference: str = "INV-2001", **other: str) -> None:
    """The form of a new case."""
    page.get_by_label("Debtor's name").fill(other.get("debtor", "Bergmann Logistik GmbH"))
    page.get_by_label("Debtor's country").select_option(label="Germany")
    page.get_by_label("Amount").fill("12480.50")
    page.get_by_label("Currency").select_option("DKK")
    page.get_by_label("Your reference").fill(reference)
    page.get_by_label("What the claim is about").fill("Unpaid invoice for power deliveries.")


def arrives_at_case(page: Page) -> str:
    """The reference of the case one has arrived at."""
    page.wait_for_url(re.compile(r"/cases/[0-9A-Z]{8}/"))
    expect(page.locator("h1")).to_be_visible()
    found = re.search(r"/cases/([0-9A-Z]{8})/", page.url)
    assert found
    return found[1]
