"""The operator joins a conversation in sight of both sides, speaks, and leaves; open pages learn of it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import message, open_case, say, without_reload


def test_the_operator_joins_speaks_and_leaves_before_the_eyes_of_both_sides(cast: Cast, sit: Sit) -> None:
    case = cast.confirmed(at=None)
    clara, paul, olga = sit(cast.clara), sit(cast.paul), sit(cast.olga)
    for page in (clara, paul, olga):
        open_case(page, case)
    with without_reload(clara, paul):
        olga.get_by_label("To write in it, join, with a reason").fill("Both sides asked what happens next.")
        olga.get_by_role("button", name="Join").click()
        for page in (clara, paul):
            expect(page.locator("#case-present").get_by_text("Both sides asked what happens next.")).to_be_visible()
        say(olga, "Hello both")
        say(olga, "And once more")
        for page in (clara, paul, olga):
            expect(message(page, "And once more").filter(has_text="Operator")).to_have_count(1)
        olga.get_by_role("button", name="Leave").click()
        for page in (clara, paul):
            expect(page.locator("#case-present .notice")).to_have_count(0)
            expect(
                page.locator("#thread").get_by_text("Olga Lind, of the operator, left the conversation.")
            ).to_be_visible()
    expect(olga.get_by_role("button", name="Join")).to_be_visible()
