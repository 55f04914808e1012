"""Clara asks and Olga answers, each before a browser of their own: files, the keyboard, and what moves on an open page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import a_file, message, without_reload, write
from trialogue.requests.models import Request


def test_both_sides_send_files_by_the_keyboard_and_the_desk_follows(cast: Cast, sit: Sit) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="White page", body="It stays white.")
    clara, olga = sit(cast.clara), sit(cast.olga)
    clara.goto(f"/requests/{asked.number}/")
    olga.goto(f"/desk/requests/{asked.number}/")
    with without_reload(olga):
        clara.locator("#id_documents").set_input_files(a_file("screen.pdf"))
        clara.get_by_label("Write again").fill("See for yourself")
        clara.keyboard.press("Control+Enter")
        expect(message(clara, "screen.pdf")).to_have_count(1)
        expect(clara.get_by_label("Write again")).to_have_value("")
        expect(message(olga, "screen.pdf")).to_have_count(1)
        tags = olga.get_by_label("Tags, with commas between them")
        tags.fill("half typ")
        clara.get_by_role("button", name="Close the request").click()
        expect(olga.locator("#stands")).to_contain_text("Closed")
        expect(tags).to_have_value("half typ")
        tags.fill("")
        olga.get_by_label("What you want to say").focus()
        clara.get_by_label("Write again").fill("White again")
        clara.keyboard.press("Control+Enter")
        expect(olga.locator("#facts")).to_contain_text("Clara Holm opened it again.")
        olga.locator("input[type=file]").set_input_files(a_file("answer.pdf"))
        expect(olga.get_by_text("answer.pdf · 1 KB")).to_be_visible()
    write(olga, "Try this")
    olga.keyboard.press("Control+Enter")
    expect(message(olga, "answer.pdf")).to_have_count(1)
    expect(olga.get_by_label("What you want to say")).to_have_value("")
