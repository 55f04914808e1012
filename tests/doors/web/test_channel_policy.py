"""The channel policy on a page: what is in force, what another one would change, adopting it, going back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PASSWORD, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.people.models import Actor, Person, Role
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LONGER = shipped().replace(
    '[promise.answer]\nsays = "answer a request"\nowed_by = "operator"\nwithin = 2',
    '[promise.answer]\nsays = "answer a request"\nowed_by = "operator"\nwithin = 3',
)


def preview(visitor: Visitor, text: str, **told: Any) -> Page:
    return visitor.send("channel-policy", do="preview", text=text, replaces="1", **told)


def adopt(visitor: Visitor, page: Page, text: str, **told: str) -> Page:
    names = ("replaces", "seen")
    form = page.root.one("form", id="policy-form")
    hidden = {name: form.one("input", name=name)["value"] for name in names}
    return visitor.send("channel-policy", do="adopt", text=text, **hidden | told)


def test_it_stands_there_as_it_is_in_force(olga: Visitor) -> None:
    page = olga.open("channel-policy")
    for words in (
        "Edition 1, in force since", "Platform support support@trialogue.example", "client, client of a referral partner, collection partner 2 business days",
        "nobody: not offered", "our own default", "No response, or unresolved: your account manager.", "As shipped",
    ):  # fmt: skip
        assert words in page.main
    assert olga.open("policies").has_link("The channel policy")


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "otto"])
def test_the_page_is_the_operators(cast: Cast, monday: Any, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert (visitor.open("channel-policy").status, visitor.open("edition", "1").status) == (404, 404)
    assert preview(visitor, LONGER).status == 404


def test_a_member_looks_and_changes_nothing(cast: Cast, monday: Any) -> None:
    person = Person.objects.create_user("otis@trialogue.example", PASSWORD, name="Otis", zone="Europe/Copenhagen")
    otis = Visitor(Actor.of(cast.olga.organisation.admit(person, Role.MEMBER)))
    assert not otis.open("channel-policy").root.all("form", id="policy-form")
    assert preview(otis, LONGER).status == 403
    assert "Only an admin" in otis.send_and_follow("edition", "1").words
    assert Edition.objects.count() == 1


def test_a_preview_says_line_by_line_what_changes_and_what_that_does_to_clocks(cast: Cast, olga: Visitor) -> None:
    Request.open(by=cast.clara, channel="platform", subject="White", body="White page")
    page = preview(olga, LONGER)
    assert "promise answer within : 2 becomes → 3" in page.main
    assert "1 of 1 running clock would be due at another time" in page.main
    assert Edition.objects.count() == 1


def test_what_was_previewed_is_adopted(cast: Cast, olga: Visitor) -> None:
    page = preview(olga, LONGER)
    assert adopt(olga, page, LONGER, why="More time in autumn").status == 302
    page = olga.open("channel-policy")
    for words in ("Edition 2, in force since", "More time in autumn", "Olga Lind · Trialogue Operations"):
        assert words in page.main
    assert Edition.in_force().rules.promise["answer"].within == 3


def test_nothing_is_adopted_unseen(olga: Visitor) -> None:
    page = preview(olga, LONGER)
    other = adopt(olga, page, shipped().replace("within = 48", "within = 47"))
    assert "Nothing is adopted yet." in other.main
    assert "48 becomes → 47" in other.main
    assert Edition.objects.count() == 1


def test_when_another_edition_came_between_nothing_is_adopted(cast: Cast, olga: Visitor) -> None:
    page = preview(olga, LONGER)
    Edition.adopt(shipped() + "\n# Seen", by=cast.olga)
    again = adopt(olga, page, LONGER)
    assert again.status == 422
    assert "Someone else adopted edition 2 meanwhile" in again.main


def test_a_policy_that_cannot_be_is_refused_with_its_lines(olga: Visitor) -> None:
    twice = shipped().replace("sales@trialogue.example", "support@trialogue.example")
    line = twice[: twice.rindex("support@trialogue.example")].count("\n") + 1
    page = preview(olga, twice)
    assert page.status == 422
    assert f"Line {line}: “support@trialogue.example” is the address of platform already." in page.main
    assert "support@trialogue.example" in page.root.one("textarea", id="text").words
    assert "Line 1: This is no TOML" in preview(olga, "what is this").main
    assert preview(olga, "").status == 422


def test_a_file_counts_instead_of_the_text(olga: Visitor) -> None:
    page = preview(olga, shipped(), file=SimpleUploadedFile("policy.toml", LONGER.encode()))
    assert "promise answer within : 2 becomes → 3" in page.main
    assert "within = 3" in page.root.one("textarea", id="text").words


def test_an_earlier_edition_is_adopted_again_after_a_look(olga: Visitor) -> None:
    adopt(olga, preview(olga, LONGER), LONGER)
    page = olga.open("edition", "1")
    assert "promise answer within : 3 becomes → 2" in page.main
    replaces = page.root.one("input", name="replaces")["value"]
    assert "Edition 3 is in force." in olga.send_and_follow("edition", "1", replaces=replaces).words
    assert "As edition 1" in olga.open("channel-policy").main
    assert "Someone else adopted edition 3" in olga.send_and_follow("edition", "2", replaces="2").words
    assert "This edition is in force." in olga.open("edition", "3").main
    assert olga.open("edition", "99").status == 404
