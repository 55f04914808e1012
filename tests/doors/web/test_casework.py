"""Owner, calls and the monthly update, on their pages; and what stands on the page of a case that went another way."""

from __future__ import annotations

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from trialogue.cases.calls import Call
from trialogue.cases.models import Case
from trialogue.conversations.models import Message

CALL = {"called_at": "2026-03-09T10:00", "number": "+49 30 1", "outcome": "NoResponse", "notes": "Nobody there."}


def test_each_side_says_who_looks_after_the_case(cast: Cast, clara: Visitor) -> None:
    case = cast.confirmed()
    assert cast.carl.person
    clara.send("case-owner", case.reference, owner=cast.carl.person.public_id)
    assert Case.objects.get(pk=case.pk).client_owner == cast.carl.person
    assert "Owner at the client" in clara.open("case", case.reference).main
    clara.send("case-owner", case.reference, owner="")
    assert Case.objects.get(pk=case.pk).client_owner is None


@pytest.mark.parametrize("owner", ["per_0000000000000000", "x" * 500, "\0", "paul"])
def test_an_owner_from_elsewhere_is_refused(cast: Cast, clara: Visitor, owner: str) -> None:
    case = cast.confirmed()
    named = cast.paul.person.public_id if owner == "paul" and cast.paul.person else owner
    page = clara.send_and_follow("case-owner", case.reference, owner=named)
    assert "Choose someone who belongs to your organisation." in page.words
    assert Case.objects.get(pk=case.pk).client_owner is None


def test_a_call_is_logged_and_read_by_the_client(cast: Cast, paul: Visitor, clara: Visitor) -> None:
    case = cast.confirmed()
    paul.send("calls", case.reference, **CALL)
    assert "Nobody there." in clara.open("calls", case.reference).main
    assert "logged a call to the debtor: No response." in clara.open("timeline", case.reference).main


def test_a_call_that_is_refused_keeps_what_was_typed(cast: Cast, paul: Visitor) -> None:
    page = paul.send("calls", cast.confirmed().reference, **{**CALL, "outcome": ""})
    assert page.status == 422
    assert page.root.one("textarea", name="notes").words == "Nobody there."
    assert not Call.objects.exists()


def test_the_client_sees_no_form_for_calls_and_cannot_send_one(cast: Cast, clara: Visitor) -> None:
    case = cast.confirmed()
    assert "Log call" not in clara.open("calls", case.reference).main
    assert clara.send("calls", case.reference, **CALL).status == 422
    assert not Call.objects.exists()


def test_the_monthly_update_is_posted(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    assert paul.open("case", case.reference).has_link("Monthly update")
    paul.send("update", case.reference, actions="Two letters.", received="1.200,5", recommendation="StayActive")
    assert "Two letters." in Message.objects.get().body
    assert "Received since the last update: 1,200.50 EUR" in Message.objects.get().body


def test_an_update_that_is_refused_keeps_what_was_typed(cast: Cast, paul: Visitor) -> None:
    page = paul.send(
        "update", cast.confirmed().reference, actions="Two letters.", received="lots", recommendation="StayActive"
    )
    assert page.status == 422
    assert page.root.one("textarea", name="actions").words == "Two letters."


def test_who_brought_the_client_is_told_what_is_not_shown_to_them(cast: Cast, rita: Visitor, clara: Visitor) -> None:
    case = cast.confirmed()
    Call.log(case, by=cast.paul, **{**CALL, "called_at": MONDAY}, at=MONDAY)
    case.ask_for_information(by=cast.paul, message="Which invoice?", at=MONDAY)
    for page in ("calls", "information"):
        told = rita.open(page, case.reference).main
        assert "Not shown to you" in told
        assert not {"No calls yet", "nothing is missing", "Nothing was asked for"} & {
            words for words in ("No calls yet", "nothing is missing", "Nothing was asked for") if words in told
        }
    page = rita.open("case", case.reference).main
    assert "What client and partner owe each other is not shown to you." in page
    assert "Nobody owes an answer here." not in page
    assert "is not shown to you" not in clara.open("case", case.reference).main


@pytest.mark.parametrize("page", ["calls", "update", "case-owner"])
def test_strangers_find_no_such_page(cast: Cast, page: str) -> None:
    case = cast.confirmed()
    for stranger in (cast.otto, cast.pia):
        assert Visitor(stranger).send(page, case.reference).status == 404


def test_a_partner_that_lost_the_case_reads_how_its_part_ended_and_no_more(cast: Cast, paul: Visitor) -> None:
    case = cast.confirmed()
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Silent for weeks")
    case.confirm(by=cast.pia, message="Ours now")
    page = paul.open("case", case.reference)
    assert "Your part has ended" in page.main
    assert "Silent for weeks" in page.main
    assert "Ours now" not in page.html
    assert "Pinto" not in page.html


def test_the_client_reads_why_a_partner_let_go(cast: Cast, clara: Visitor) -> None:
    case = cast.released()
    case.decline(by=cast.paul, decline_reason="OutOfJurisdiction", comment="Germany only")
    page = clara.open("case", case.reference)
    assert "Kanzlei Brandt & Partner: declined" in page.main
    assert "Outside our jurisdiction" in page.main
    assert "Germany only" in page.main


def test_a_merged_case_leads_to_the_other_one(cast: Cast, olga: Visitor, clara: Visitor) -> None:
    case, other = cast.confirmed("A"), cast.confirmed("B")
    olga.send("move", case.reference, "merge", into=other.reference.lower())
    assert clara.open("case", case.reference).has_link(other.reference)


@pytest.mark.parametrize("into", ["", "NOSUCH99", "x" * 500, "\0"])
def test_a_case_to_merge_into_must_exist(cast: Cast, olga: Visitor, into: str) -> None:
    page = olga.send("move", cast.confirmed().reference, "merge", into=into)
    assert page.status == 422


def test_a_quote_is_read_before_it_is_accepted(cast: Cast, olga: Visitor, clara: Visitor) -> None:
    case = cast.submitted()
    olga.send("move", case.reference, "collect_quotes")
    olga.send(
        "move",
        case.reference,
        "present_quote",
        partner=cast.paul.organisation.public_id,
        quote="20 % of what we collect.",
    )
    assert "20 % of what we collect." in clara.open("move", case.reference, "accept_quote").main
    clara.send("move", case.reference, "accept_quote")
    assert Case.objects.get(pk=case.pk).partner == cast.paul.organisation


def test_closing_is_at_hand_when_the_client_has_asked_for_it(cast: Cast) -> None:
    case = cast.confirmed()
    case.request_closure(by=cast.clara, reason="They have paid us.")
    main = Visitor(cast.paul).open("case", case.reference).root.one("div", id="case-moves").all("a")[0]
    assert main.words == "Close case"
