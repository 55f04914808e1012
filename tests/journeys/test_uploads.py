"""Clara sends a file of cases in a browser: every step on a desk and on a phone, the progress live, and nothing in anyone's way."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import without_reload
from tests.journeys.test_pages import LONG, NARROW, NARROWEST, WIDE, barriers, too_wide
from tests.serving import House
from tests.uploads.files import PDF, claim, csv, packed
from trialogue.uploads import rounds

HEADINGS = ["Rechnungsnummer", "Kunde", "Land", "Betrag", "Währung"]


def looked_at(page: Page) -> None:
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert barriers(page) == []
    page.set_viewport_size(NARROWEST)
    assert too_wide(page) == []
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def work() -> None:
    while rounds.work_due(timezone.now()):
        pass


def test_from_a_file_to_its_cases(cast: Cast, sit: Sit, house: House, settings: Any) -> None:
    # The worker is in this process, and finds the file where the server's has laid it.
    store = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(house.data / "documents")},
    }
    settings.STORAGES = settings.STORAGES | {"default": store}
    page = sit(cast.clara, quiet=True)
    page.goto("/cases/")
    page.get_by_role("link", name="Upload many").click()
    looked_at(page)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file first.")
    looked_at(page)
    rows = [claim(n, amount="much" if n == 2 else "1.200,50", name=f"{LONG} {n}") for n in range(1, 5)]
    content = csv(*rows, headings=HEADINGS, sign=";", encoding="cp1252").getvalue()
    page.get_by_label("File of cases").set_input_files(
        {"name": f"{LONG}.csv", "mimeType": "text/csv", "buffer": content}
    )
    archive = packed(("INV-1.pdf", PDF), (f"{LONG}.pdf", PDF)).getvalue()
    page.locator("#id_documents").set_input_files(
        {"name": "belege.zip", "mimeType": "application/zip", "buffer": archive}
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("3")
    looked_at(page)
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    looked_at(page)
    with without_reload(page):
        work()
        expect(page.get_by_role("button", name="Create 3 cases")).to_be_visible()
    expect(page.get_by_text("1 document fits no row")).to_be_visible()
    looked_at(page)
    page.get_by_role("button", name="Create 3 cases").click()
    expect(page.get_by_text("Cases are being created")).to_be_visible()
    with without_reload(page):
        work()
        expect(page.get_by_text("Done. 3 cases are submitted.")).to_be_visible()
    looked_at(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Report (CSV)").click()
    assert "INV-1,Created" in download.value.path().read_text()
    page.get_by_role("link", name="Show cases").click()
    expect(page.get_by_role("link", name=f"{LONG} 4")).to_be_visible()
