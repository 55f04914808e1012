"""A client lets its referral partner write along, in one case or in all, and takes it back: at once, by whichever way it writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test import override_settings

from tests.cast import MONDAY, Cast, gather
from tests.letters import post as letters
from tests.together import together
from tests.walk import document
from trialogue import posting
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Consent, Conversation, Message
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event, first_broken_link
from trialogue.letters.models import ReplyAddress
from trialogue.people.models import Actor, Organisation, Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


def may(cast: Cast, talk: Conversation) -> bool:
    return Conversation.objects.visible_to(cast.rita).get(pk=talk.pk).may_post(cast.rita)


def owed(talk: Conversation) -> list[tuple[str, str | None, int]]:
    """Who owes whom an answer to which message."""
    clocks = Clock.objects.open().filter(conversation=talk).select_related("owner", "owed_to", "message").order_by("pk")
    return [(c.owner.name, c.owed_to and c.owed_to.name, c.message.number if c.message else 0) for c in clocks]


# --- giving and withdrawing -------------------------------------------------------------------------------------------


def test_without_consent_it_reads_and_does_not_write(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Hello")
    assert [m.body for m in talk.messages_for(cast.rita)] == ["Hello"]
    assert not may(cast, talk)
    with pytest.raises(Refused, match="ask the client to allow it"):
        talk.post(by=cast.rita, body="Mine")
    assert talk.messages.count() == 1


def test_consent_for_a_case_counts_there_and_nowhere_else(cast: Cast, talk: Conversation) -> None:
    other = cast.conversation("INV-2")
    consent = Consent.give(talk.case, by=cast.carl, at=MONDAY)
    assert (consent.referrer, consent.given_by, consent.given_at) == (cast.rita.organisation, cast.carl.person, MONDAY)
    assert (may(cast, talk), may(cast, other)) == (True, False)


def test_consent_for_all_counts_in_cases_to_come_as_well_and_only_in_its_environment(
    cast: Cast, talk: Conversation
) -> None:
    Consent.give(by=replace(cast.clara, environment="test"))
    assert not may(cast, talk)
    Consent.give(by=cast.clara)
    assert may(cast, talk)
    assert may(cast, cast.conversation("INV-2"))


def test_withdrawn_it_counts_no_more_and_what_was_said_stays(cast: Cast, talk: Conversation) -> None:
    consent = Consent.give(talk.case, by=cast.clara, at=MONDAY)
    said = talk.post(by=cast.rita, body="Our view", at=MONDAY)
    consent.withdraw(by=cast.carl, at=MONDAY)
    assert (consent.withdrawn_by, consent.withdrawn_at) == (cast.carl.person, MONDAY)
    assert not may(cast, talk)
    for act in (
        lambda: talk.post(by=cast.rita, body="More"),
        lambda: said.edit(by=cast.rita, body="Other"),
        lambda: said.withdraw(by=cast.rita),
    ):
        with pytest.raises(Refused):
            act()
    assert [m.body for m in talk.messages.all()] == ["Our view"]


def test_each_consent_is_withdrawn_by_itself(cast: Cast, talk: Conversation) -> None:
    single, every = Consent.give(talk.case, by=cast.clara), Consent.give(by=cast.clara)
    every.withdraw(by=cast.clara)
    assert may(cast, talk)
    single.withdraw(by=cast.clara)
    assert not may(cast, talk)


def test_given_twice_it_is_one_and_withdrawn_twice_it_is_told_once(cast: Cast, talk: Conversation) -> None:
    first, again = Consent.give(talk.case, by=cast.clara), Consent.give(talk.case, by=cast.carl)
    assert first.pk == again.pk
    first.withdraw(by=cast.clara)
    again.withdraw(by=cast.carl)
    assert again.withdrawn_by == cast.clara.person
    kinds = Event.objects.about(talk.case).filter(kind__startswith="consent.").values_list("kind", flat=True)
    assert list(kinds) == ["consent.given", "consent.withdrawn"]
    later = Consent.give(talk.case, by=cast.clara)
    assert later.pk != first.pk
    assert Consent.objects.visible_to(cast.rita).count() == 2


@pytest.mark.parametrize("who", ["paul", "rita", "olga", "otto"])
def test_only_the_client_says_so(cast: Cast, talk: Conversation, who: str) -> None:
    given = Consent.give(talk.case, by=cast.clara)
    with pytest.raises(Refused, match="Only the client"):
        Consent.give(talk.case, by=getattr(cast, who))
    with pytest.raises(Refused, match="Only the client"):
        given.withdraw(by=getattr(cast, who))
    assert may(cast, talk)


def test_for_all_cases_it_takes_an_admin(cast: Cast) -> None:
    with pytest.raises(Refused, match="admin"):
        Consent.give(by=cast.carl)
    given = Consent.give(by=cast.clara)
    with pytest.raises(Refused, match="admin"):
        given.withdraw(by=cast.carl)
    assert (given.may_withdraw(cast.clara), given.may_withdraw(cast.carl), given.may_withdraw(cast.rita)) == (
        True,
        False,
        False,
    )


def test_whom_nobody_brought_has_nobody_to_allow_it_to(cast: Cast) -> None:
    with pytest.raises(Refused, match="No referral partner"):
        Consent.give(by=cast.otto)


def test_both_see_the_consents_and_nobody_beside_the_operator(cast: Cast, talk: Conversation) -> None:
    Consent.give(talk.case, by=cast.clara)
    Consent.give(by=cast.clara)
    seen = {
        who: Consent.objects.visible_to(getattr(cast, who)).count()
        for who in ("clara", "rita", "olga", "paul", "otto", "pia")
    }
    assert seen == {"clara": 2, "rita": 2, "olga": 2, "paul": 0, "otto": 0, "pia": 0}
    assert not Consent.objects.visible_to(replace(cast.rita, environment="test")).exists()


def test_what_is_allowed_for_all_is_between_the_client_and_its_referral_partner(cast: Cast, talk: Conversation) -> None:
    Consent.give(by=cast.clara)
    told = Event.objects.filter(kind="consent.given")
    assert {who: told.visible_to(getattr(cast, who)).count() for who in ("clara", "rita", "paul", "otto")} == {
        "clara": 1, "rita": 1, "paul": 0, "otto": 0,
    }  # fmt: skip


def test_a_referral_partner_of_another_client_writes_nowhere_here(cast: Cast, talk: Conversation) -> None:
    Consent.give(by=cast.clara)
    cast.rita.organisation.refresh_from_db()
    other = Organisation.found(
        name="Otherwise", kind="referral_partner", country="NL", zone="Europe/Amsterdam", at=MONDAY
    )
    assert not talk.may_post(Actor(other))
    assert not Conversation.objects.visible_to(Actor(other)).exists()
    assert not Message.objects.visible_to(Actor(other)).exists()


# --- what it writes, and what follows ---------------------------------------------------------------------------------


def test_its_words_stand_under_its_own_name_with_their_documents(cast: Cast, talk: Conversation) -> None:
    Consent.give(talk.case, by=cast.clara)
    said = talk.post(by=cast.rita, body="The contract", documents=[document("contract.txt")])
    assert (said.organisation, said.author) == (cast.rita.organisation, cast.rita.person)
    for reader in (cast.clara, cast.paul, cast.rita, cast.olga):
        assert [d.name for d in Message.objects.visible_to(reader).shown().get().documents.all()] == ["contract.txt"]
    said.withdraw(by=cast.rita)
    assert said.documents.get().removed_by == cast.rita.person


def test_its_question_is_owed_an_answer_by_the_partner_alone(cast: Cast, talk: Conversation) -> None:
    Consent.give(talk.case, by=cast.clara)
    talk.post(by=cast.rita, body="How does it stand?")
    assert owed(talk) == [("Kanzlei Brandt & Partner", "Fintegra", 1)]
    assert [c.promise for c in Clock.objects.open().visible_to(cast.rita)] == ["reply"]


def test_it_answers_nobodys_clock_but_leaves_the_clients_question_waiting(cast: Cast, talk: Conversation) -> None:
    Consent.give(talk.case, by=cast.clara)
    talk.post(by=cast.paul, body="We need the contract")
    talk.post(by=cast.clara, body="Which one?")
    talk.post(by=cast.paul, body="The first", expects_answer=True)
    assert owed(talk) == [("Nordlys Energi A/S", "Kanzlei Brandt & Partner", 3)]
    talk.post(by=cast.rita, body="I think it is in the mail", expects_answer=False)
    assert owed(talk) == [("Nordlys Energi A/S", "Kanzlei Brandt & Partner", 3)]


def test_client_and_referral_partner_are_each_owed_an_answer_and_one_answers_both(
    cast: Cast, talk: Conversation
) -> None:
    Consent.give(talk.case, by=cast.clara)
    talk.post(by=cast.rita, body="News?")
    question = talk.post(by=cast.clara, body="Any news?")
    assert owed(talk) == [
        ("Kanzlei Brandt & Partner", "Fintegra", 1),
        ("Kanzlei Brandt & Partner", "Nordlys Energi A/S", 2),
    ]
    question.excuse(by=cast.clara)
    assert owed(talk) == [("Kanzlei Brandt & Partner", "Fintegra", 1)]
    talk.post(by=cast.clara, body="Still, please")
    talk.post(by=cast.paul, body="Here", expects_answer=False)
    assert owed(talk) == []
    heard = Event.objects.visible_to(cast.rita).filter(kind__startswith="clock.").values_list("kind", flat=True)
    assert list(heard) == ["clock.started", "clock.kept"]


def test_words_of_the_referral_partner_do_not_hide_the_clients_question(cast: Cast, talk: Conversation) -> None:
    """The client deletes its second question: the first one, before what the referral partner said, still waits."""
    Consent.give(talk.case, by=cast.clara)
    talk.post(by=cast.clara, body="First?")
    talk.post(by=cast.rita, body="Hm", expects_answer=False)
    talk.post(by=cast.clara, body="Second?").withdraw(by=cast.clara)
    assert owed(talk) == [("Kanzlei Brandt & Partner", "Nordlys Energi A/S", 1)]


def test_after_the_withdrawal_its_question_is_still_answered(cast: Cast, talk: Conversation) -> None:
    consent = Consent.give(talk.case, by=cast.clara)
    talk.post(by=cast.rita, body="How does it stand?")
    consent.withdraw(by=cast.clara)
    assert owed(talk) == [("Kanzlei Brandt & Partner", "Fintegra", 1)]
    posting.post(by=cast.paul, reference=talk.case.reference, body="Well", expects_answer=False)
    assert owed(talk) == []


def told_of(talk: Conversation, number: int) -> set[str]:
    found = Delivery.objects.filter(case=talk.case, kind="bundle", first__lte=number, through__gte=number, first__gt=0)
    return set(found.values_list("organisation__name", flat=True))


def test_both_sides_are_told_of_its_words_and_it_of_theirs_once_it_has_spoken(cast: Cast, talk: Conversation) -> None:
    Consent.give(talk.case, by=cast.clara)
    Delivery.objects.all().delete()
    talk.post(by=cast.clara, body="Hello")
    assert told_of(talk, 1) == {"Kanzlei Brandt & Partner"}
    talk.post(by=cast.rita, body="Hello from us")
    assert told_of(talk, 2) == {"Kanzlei Brandt & Partner", "Nordlys Energi A/S"}
    talk.post(by=cast.paul, body="Hello both")
    assert told_of(talk, 3) == {"Nordlys Energi A/S", "Fintegra"}


def test_it_is_told_what_its_client_allows_and_that_it_does_no_longer(cast: Cast, talk: Conversation) -> None:
    Delivery.objects.all().delete()
    consent = Consent.give(talk.case, by=cast.clara)
    assert Delivery.objects.get().person == cast.rita.person
    consent.withdraw(by=cast.clara)
    assert Delivery.objects.get().event_kind == "consent.withdrawn"


def test_its_people_are_named_where_it_writes_and_nowhere_else(cast: Cast, talk: Conversation) -> None:
    assert talk.post(by=cast.clara, body="@Rita, look").mentions is None
    Consent.give(talk.case, by=cast.clara)
    assert talk.post(by=cast.clara, body="@Rita, look").mentions == [{"name": "Rita", "person": cast.rita.by}]


def test_it_does_not_say_for_its_client_that_no_answer_is_needed_nor_the_client_for_it(
    cast: Cast, talk: Conversation
) -> None:
    Consent.give(talk.case, by=cast.clara)
    asked = talk.post(by=cast.clara, body="Any news?")
    also = talk.post(by=cast.rita, body="And for us?")
    for message, by in ((asked, cast.rita), (also, cast.clara)):
        with pytest.raises(Refused, match="would owe the answer"):
            message.excuse(by=by)
    assert len(owed(talk)) == 2
    also.excuse(by=cast.paul)
    asked.excuse(by=cast.clara)
    assert owed(talk) == []


# --- by every way, at once --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("allowed", [True, False])
def test_the_hot_lane_leaves_to_the_plain_path_where_it_talks_along(
    monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    cast = gather()
    talk = cast.conversation()
    consent = Consent.give(by=cast.clara)
    if not allowed:
        consent.withdraw(by=cast.clara)
    written = []
    fast = posting._fast
    monkeypatch.setattr(posting, "_fast", lambda asked: written.append(fast(asked)) or written[-1])
    posting.post(by=cast.clara, reference=talk.case.reference, body="Hello")
    assert [one is None for one in written] == [allowed]
    said = Message.objects.visible_to(cast.rita).get()
    assert said.referrer_id == cast.rita.organisation.pk
    assert [e.kind for e in Event.objects.visible_to(cast.rita).filter(kind="message.posted")] == ["message.posted"]


@pytest.mark.django_db(transaction=True)
def test_the_hot_lane_asks_for_consent_each_time() -> None:
    cast = gather()
    talk = cast.conversation()
    said = {"by": cast.rita, "reference": talk.case.reference, "body": "Along"}
    with pytest.raises(Refused):
        posting.post(**said)  # type: ignore[arg-type]
    consent = Consent.give(by=cast.clara)
    assert posting.post(**said).organisation == cast.rita.organisation  # type: ignore[arg-type]
    consent.withdraw(by=cast.clara)
    with pytest.raises(Refused):
        posting.post(**said)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_an_answer_to_one_who_may_write_no_more_is_met_by_the_plain_path_and_heard_of() -> None:
    cast = gather()
    talk = cast.conversation()
    consent = Consent.give(by=cast.clara)
    talk.post(by=cast.rita, body="How does it stand?")
    consent.withdraw(by=cast.clara)
    posting.post(by=cast.paul, reference=talk.case.reference, body="Well")
    assert "clock.kept" in Event.objects.visible_to(cast.rita).values_list("kind", flat=True)
    assert first_broken_link(talk) is None


@override_settings(**letters.SETTINGS)
def test_a_reply_by_mail_is_taken_while_it_may_write_and_refused_from_then_on(cast: Cast, talk: Conversation) -> None:
    consent = Consent.give(talk.case, by=cast.clara)
    address = ReplyAddress.objects.of(talk, cast.rita.person)
    subject = f"Re: Case {talk.case.reference}"
    filed = letters.post(letters.written(cast.rita, address, "By mail", subject=subject))
    assert (filed.state, filed.message and filed.message.organisation) == ("filed", cast.rita.organisation)
    consent.withdraw(by=cast.clara)
    late = letters.post(letters.written(cast.rita, address, "Too late", subject=subject))
    assert (late.state, late.reason) == ("refused", "no_longer")
    assert [m.body for m in talk.messages.all()] == ["By mail"]


@pytest.mark.django_db(transaction=True)
def test_withdrawn_while_it_writes_there_is_one_outcome_for_everyone() -> None:
    cast = gather()
    talk = cast.conversation()
    consent = Consent.give(talk.case, by=cast.clara)
    outcomes = together(
        lambda: Conversation.objects.get(pk=talk.pk).post(by=cast.rita, body="Along"),
        lambda: Consent.objects.get(pk=consent.pk).withdraw(by=cast.clara),
    )
    connection.close()
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, Refused) for one in refused)
    talk.refresh_from_db()
    assert talk.message_count == talk.messages.count() == 1 - len(refused)
    assert not may(cast, talk)
    assert first_broken_link(talk) is None
