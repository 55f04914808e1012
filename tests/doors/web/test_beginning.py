"""The first page of each side leads whoever is new through what matters, and lets them leave it."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.beginning.steps import first_steps
from trialogue.deliveries.wishes import Wishes

pytestmark = pytest.mark.django_db
STEPS = {
    "clara": "Hand in your first case", "paul": "Confirm your first case", "rita": "Put on your brand", "olga": "Let mail come in",
}  # fmt: skip


def steps(page: Page) -> list[str]:
    found = page.root.all("section", aria_labelledby="first-steps")
    return [link.words for link in found[0].all("a")] if found else []


@pytest.mark.parametrize("who", STEPS)
def test_each_side_is_led_and_every_step_leads_to_where_it_is_made(request: pytest.FixtureRequest, who: str) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    page = visitor.open("cases" if who == "rita" else "home")
    assert STEPS[who] in steps(page)
    for link in page.root.one("section", aria_labelledby="first-steps").all("a"):
        assert visitor.open(link["href"].partition("#")[0]).status == 200, link["href"]


def test_what_is_done_is_ticked_and_counted(clara: Visitor, cast: Cast) -> None:
    assert "1 of 5 done" in clara.open("home").main  # Carl is there
    cast.submitted()
    page = clara.open("home")
    assert "2 of 5 done" in page.main
    ticked = [line.words for line in page.root.all("li", class_="is-done")]
    assert ticked == ["Hand in your first case done", "Invite a colleague done"]
    assert steps(page)[-2:] == ["Hand in your first case", "Invite a colleague"]  # what is to be done stands first


def test_they_are_put_away_and_found_again(clara: Visitor, carl: Visitor) -> None:
    page = clara.send_and_follow("first-steps", do="leave")
    assert steps(page) == []
    assert "Under Settings, My profile, you find them again." in page.words
    assert steps(carl.open("home"))
    assert clara.open("settings").root.all("button", value="resume")
    assert steps(clara.send_and_follow("first-steps", do="resume"))
    assert not clara.open("settings").root.all("button", value="resume")


def test_who_has_made_them_all_sees_no_list(petra: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    only = [step for step in first_steps(cast.petra) if step.key == "notices"]
    monkeypatch.setattr("trialogue.beginning.steps.STEPS", {cast.petra.side: tuple(only)})
    assert steps(petra.open("home")) == ["Say how you want to be told"]
    assert cast.petra.person
    Wishes.choose(cast.petra.person, how={})
    assert steps(petra.open("home")) == []
