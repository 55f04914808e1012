"""Moves on their own page: what each asks for, who may make it, and what becomes of words when it cannot be made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.web.visitor import Visitor
from trialogue.cases.models import Case
from trialogue.conversations.models import Message
from trialogue.people.models import Organisation


def state(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


def test_the_operator_releases_to_a_partner(cast: Cast, olga: Visitor) -> None:
    case = cast.submitted()
    page = olga.open("move", case.reference, "release")
    assert "Kanzlei Brandt & Partner (Germany)" in page.main
    olga.send("move", case.reference, "release", partner=cast.paul.organisation.public_id)
    assert Case.objects.get().partner == cast.paul.organisation


@pytest.mark.parametrize("partner", ["", "org_0000000000000000", "\0", "1", "x" * 3000])
def test_a_partner_must_be_chosen_from_the_list(cast: Cast, olga: Visitor, partner: str) -> None:
    case = cast.submitted()
    page = olga.send("move", case.reference, "release", partner=partner)
    assert page.status == 422
    assert "needed for “Release to partner”" in page.root.one("p", id="id_partner-error").words
    assert Case.objects.get().partner is None


def test_a_case_is_not_released_to_a_client(cast: Cast, olga: Visitor) -> None:
    case = cast.submitted()
    assert olga.send("move", case.reference, "release", partner=cast.otto.organisation.public_id).status == 422


def test_a_partner_confirms_with_a_welcome(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    answer = paul.send("move", case.reference, "confirm", message="Petra will call them today.").answer
    assert answer["Location"] == f"/cases/{case.reference}/"
    assert (state(case), Message.objects.get().body) == ("Active", "Petra will call them today.")


def test_asking_for_information_posts_the_question(cast: Cast, paul: Visitor, clara: Visitor) -> None:
    case = cast.confirmed()
    paul.send("move", case.reference, "ask_for_information", message="Which invoice?")
    assert state(case) == "NeedsAdditionalDetails"
    page = clara.open("case", case.reference)
    assert page.messages == ["Which invoice?"]
    assert "You owe Kanzlei Brandt & Partner an answer" in page.main


@pytest.mark.parametrize(
    ("name", "field", "told"),
    [("ask_for_information", "message", "needed"), ("pause", "reason", "needed"), ("close", "code", "needed")],
)
@pytest.mark.parametrize("empty", ["", "   "])
def test_what_a_move_needs_is_told_at_its_field(
    cast: Cast, paul: Visitor, name: str, field: str, told: str, empty: str
) -> None:
    case = cast.confirmed()
    page = paul.send("move", case.reference, name, **{field: empty})
    assert page.status == 422
    assert page.root.one("p", id=f"id_{field}-error").words
    control = page.root.one(id=f"id_{field}")
    assert (control["aria-invalid"], control["aria-describedby"]) == ("true", f"id_{field}-error")
    assert state(case) == "Active"


def test_words_too_long_are_told_at_their_field_and_kept(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    page = paul.send("move", case.reference, "confirm", message="a" * 10_001)
    assert page.status == 422
    assert "10,000 characters" in page.root.one("p", id="id_message-error").words
    assert page.root.one("textarea").words == "a" * 10_001
    assert state(case) == "PendingVerification"


def test_a_comment_too_long_keeps_the_code_as_well(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    page = paul.send("move", case.reference, "close", code="Paid", comment="a" * 4_001)
    assert "4,000 characters" in page.root.one("p", id="id_comment-error").words
    assert page.root.one("option", selected="")["value"] == "Paid"


def test_a_code_that_does_not_belong_to_the_state_is_refused(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    assert paul.send("move", case.reference, "close", code="InvalidCaseData").status == 422
    assert state(case) == "Active"


def test_codes_are_those_of_the_state(cast: Cast, paul: Visitor) -> None:
    new, started = cast.released("NEW"), cast.confirmed("STARTED")
    assert "Case never started" in paul.open("move", new.reference, "close").main
    assert "Case never started" not in paul.open("move", started.reference, "close").main
    assert "Untraceable" in paul.open("move", started.reference, "close").main


# --- not any more -----------------------------------------------------------------------------------------------------


def test_words_stay_in_the_form_when_the_move_is_not_possible_any_more(
    cast: Cast, paul: Visitor, petra: Visitor
) -> None:
    case = cast.confirmed()
    petra.send("move", case.reference, "close", code="Paid")
    page = paul.send("move", case.reference, "ask_for_information", message="A long question, typed with care")
    assert page.status == 409
    assert "This cannot be done while the case is “Closed”" in page.root.one("div", class_="wrong").words
    assert page.root.one("textarea").words == "A long question, typed with care"
    assert (state(case), Message.objects.count()) == ("Closed", 0)


def test_what_is_possible_instead_is_named(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    page = paul.send("move", case.reference, "confirm", message="Welcome")
    assert page.status == 409
    assert "Possible now: Ask for information, Pause case, Close case." in page.words


def test_a_button_pressed_twice_leads_back_to_the_case_with_a_word(cast: Cast, paul: Visitor) -> None:
    case = cast.released()
    paul.send("move", case.reference, "confirm")
    page = paul.send_and_follow("move", case.reference, "confirm")
    assert "This cannot be done while the case is “Active”" in page.main
    assert page.root.one("h1").words == "Bergmann Logistik GmbH"


def test_the_page_of_a_move_not_possible_leads_back_to_the_case(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    assert paul.open("move", case.reference, "confirm").answer["Location"] == f"/cases/{case.reference}/"


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["otto", "pia", "clara", "rita"])
@pytest.mark.parametrize("name", ["confirm", "close", "release"])
def test_whoever_may_not_make_a_move_does_not_find_it(cast: Cast, monday: Any, who: str, name: str) -> None:
    case, visitor = cast.released(), Visitor(getattr(cast, who))
    partner = Organisation.objects.partners()[0].public_id
    assert visitor.open("move", case.reference, name).status == 404
    page = visitor.send(
        "move", case.reference, name, partner=partner, code="CaseNeverStarted", message="x", comment="x"
    )
    assert page.status == 404
    assert "Pinto" not in page.html, "nobody learns here which partners there are"
    assert state(case) == "PendingVerification"


@pytest.mark.parametrize("name", ["nothing", "delete", "save", "refresh_from_db", "submit", "_arrive", "objects"])
def test_only_moves_are_moves(cast: Cast, paul: Visitor, name: str) -> None:
    case = cast.confirmed()
    assert paul.open("move", case.reference, name).status == 404
    assert paul.send("move", case.reference, name, message="x").status == 404
    assert Case.objects.filter(pk=case.pk, state="Active").exists()


def test_a_member_may_move_as_well_as_an_admin(cast: Cast, petra: Visitor) -> None:
    case = cast.released()
    petra.send("move", case.reference, "confirm")
    assert state(case) == "Active"


def test_looking_at_a_move_makes_none(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    assert paul.open("move", case.reference, "pause", reason="by a link").status == 200
    assert state(case) == "Active"
