"""The client's say beside a case and under its settings; the referral partner's pages of its clients; words that are never lost."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.doors.web.visitor import Visitor
from trialogue.conversations.models import Consent, Conversation


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    talk = cast.conversation()
    talk.post(by=cast.clara, body="Any news?")
    return talk


def test_beside_the_case_the_client_allows_it_and_takes_it_back(cast: Cast, talk: Conversation) -> None:
    carl, reference = Visitor(cast.carl), talk.case.reference
    assert "Fintegra reads this conversation and does not write in it" in carl.open("case", reference).main
    carl.send("consent", reference)
    given = Consent.objects.get()
    assert (given.case, given.given_by) == (talk.case, cast.carl.person)
    page = carl.open("case", reference)
    assert "Fintegra reads this conversation and may write in it. Allowed by Carl Dahl" in page.main
    assert "Carl Dahl allowed Fintegra to write along, in this case." in page.main
    carl.send("consent", reference, withdraw=given.public_id)
    assert "does not write in it" in carl.open("case", reference).main


@pytest.mark.parametrize("who", ["paul", "rita", "olga"])
def test_nobody_else_is_offered_it_and_who_tries_is_told(cast: Cast, talk: Conversation, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    assert "Allow writing in this case" not in visitor.open("case", talk.case.reference).main
    answer = visitor.send_and_follow("consent", talk.case.reference)
    assert "Only the client says whether its referral partner writes along" in answer.words
    assert not Consent.objects.exists()


def test_under_its_settings_an_admin_allows_it_for_all_and_each_consent_is_withdrawn_there(
    cast: Cast, talk: Conversation
) -> None:
    clara, carl = Visitor(cast.clara), Visitor(cast.carl)
    assert "Allow writing in all cases" not in carl.open("organisation").main
    clara.send("consent-of-all")
    carl.send("consent", talk.case.reference)
    every, single = Consent.objects.get(case=None), Consent.objects.get(case=talk.case)
    assert "as in all cases of Nordlys" in carl.open("case", talk.case.reference).main
    assert "Only an admin" in carl.send_and_follow("consent-of-all", withdraw=every.public_id).words
    clara.send("consent-of-all", withdraw=every.public_id)
    clara.send("consent-of-all", withdraw=single.public_id)
    page = clara.open("organisation").main
    assert "It reads along and writes nowhere." in page
    assert page.count("withdrawn by Clara Holm") == 2


def test_a_client_whom_nobody_brought_reads_nothing_of_it(cast: Cast) -> None:
    assert "Referral partner" not in Visitor(cast.otto).open("organisation").main
    assert "No referral partner" in Visitor(cast.otto).send_and_follow("consent-of-all").words


def test_a_consent_of_others_is_not_found(cast: Cast, talk: Conversation) -> None:
    given = Consent.give(talk.case, by=cast.clara)
    assert Visitor(cast.otto).send("consent-of-all", withdraw=given.public_id).status == 404
    assert Visitor(cast.otto).send("consent", talk.case.reference, withdraw=given.public_id).status == 404
    assert Consent.objects.in_force().exists()


def test_where_it_may_the_referral_partner_writes_and_hears_who_owes_it_an_answer(
    cast: Cast, talk: Conversation
) -> None:
    rita, reference = Visitor(cast.rita), talk.case.reference
    page = rita.open("case", reference)
    assert page.messages == ["Any news?"]
    assert "You read along. To write here, ask Nordlys Energi A/S to allow it." in page.main
    Consent.give(talk.case, by=cast.clara)
    assert "Kanzlei Brandt & Partner owes an answer by" in rita.open("case", reference).main
    rita.send("post-message", reference, body="From us as well")
    page = Visitor(cast.paul).open("case", reference)
    assert page.messages == ["Any news?", "From us as well"]
    assert "Rita de Vries · Fintegra Referral Partner" in page.main


def test_what_was_being_written_when_consent_was_withdrawn_comes_back(cast: Cast, talk: Conversation) -> None:
    consent, rita = Consent.give(talk.case, by=cast.clara), Visitor(cast.rita)
    rita.open("case", talk.case.reference)
    consent.withdraw(by=cast.clara)
    page = rita.send("post-message", talk.case.reference, body="A long and careful text")
    assert page.status == 422
    assert "or not any more" in page.main
    assert page.root.one("textarea", aria_label="What you wrote").words == "A long and careful text"
    answer = rita.send("post-message", talk.case.reference, body="Once more", headers={"Accept": "application/json"})
    assert (answer.status, "or not any more" in answer.html) == (422, True)
    assert talk.messages.count() == 1


def test_the_page_of_clients_says_where_one_writes(cast: Cast, talk: Conversation) -> None:
    rita = Visitor(cast.rita)
    assert "Nordlys Energi A/S Denmark 1 open nowhere" in rita.open("clients").main
    Consent.give(talk.case, by=cast.clara)
    assert "in 1 case" in rita.open("clients").main
    Consent.give(by=cast.clara)
    assert "in all cases" in rita.open("clients").main
    assert "None of your clients has “Elsewhere” in its name." in rita.open("clients", q="Elsewhere").main


def test_the_page_of_a_client_says_it_of_each_case_and_how_it_came_to_be(cast: Cast, talk: Conversation) -> None:
    cast.confirmed("INV-2", debtor_name="Anderssen")
    rita, whose = Visitor(cast.rita), cast.clara.acting_for
    Consent.give(talk.case, by=cast.clara).withdraw(by=cast.carl)
    Consent.give(talk.case, by=cast.carl)
    page = rita.open("client", whose).main
    assert page.count("withdrawn by Carl Dahl") == 1
    assert (page.count(" yes"), page.count(" no ")) == (1, 1)
    assert rita.open("client", cast.otto.acting_for).status == 404


def test_when_a_client_needs_us_each_way_is_told_with_the_address_to_hand_over(cast: Cast) -> None:
    page = Visitor(cast.rita).open("clients")
    assert "Help with" not in page.main
    for told in (
        "Case chat",
        "Platform support",
        "Legal",
        "/help/?situation=legal",
        "/help/?situation=compliance_documents",
    ):
        assert told in page.main
    for own in ("integrations@", "partners@"):  # those of referral partners
        assert own not in page.main


def test_pages_of_clients_go_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.doors.web.consents.PAGE", 1)
    cast.confirmed("INV-1", debtor_name="First")
    cast.confirmed("INV-2", debtor_name="Second")
    rita = Visitor(cast.rita)
    assert "Second" in rita.open("client", cast.clara.acting_for).main
    assert "First" in rita.open(f"/clients/{cast.clara.acting_for}/?page=2").main
