"""A client and a partner outside their cases: one conversation for the two of them, with the powers and the clocks of a case's."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast, gather
from tests.together import together
from trialogue.clocks.models import Clock
from trialogue.conversations import relationships, search
from trialogue.conversations.models import Conversation, Document, Message, Note, Pin, Writing
from trialogue.deliveries.models import Delivery
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Refused


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    cast.confirmed(at=MONDAY)
    return relationships.between(cast.clara, cast.paul.organisation)


def owed(talk: Conversation) -> list[tuple[str, str, str, int]]:
    clocks = Clock.objects.open().filter(conversation=talk).select_related("owner", "owed_to", "message").order_by("pk")
    return [(c.promise, c.owner.name, c.owed_to.name, c.message.number) for c in clocks]  # type: ignore[union-attr]


# --- who, and when ----------------------------------------------------------------------------------------------------


def test_it_begins_once_for_both_sides(cast: Cast, talk: Conversation) -> None:
    assert (talk.kind, talk.client, talk.partner) == ("relationship", cast.clara.organisation, cast.paul.organisation)
    assert relationships.between(cast.paul, cast.clara.organisation) == talk
    assert relationships.between(cast.carl, cast.paul.organisation) == talk
    assert Event.objects.filter(kind="conversation.opened", subject=talk.public_id).count() == 1
    assert first_broken_link(talk) is None


def test_whoever_has_had_no_case_together_does_not_begin(cast: Cast) -> None:
    cast.confirmed()
    for by, other in (
        (cast.otto, cast.paul),
        (cast.pia, cast.clara),
        (cast.rita, cast.clara),
        (cast.olga, cast.clara),
        (cast.clara, cast.rita),
        (replace(cast.clara, environment="test"), cast.paul),
    ):
        with pytest.raises(Refused, match="once they have had a case"):
            relationships.between(by, other.organisation)
    assert not Conversation.objects.filter(kind="relationship").exists()


def test_it_stays_when_the_last_case_went_elsewhere(cast: Cast, talk: Conversation) -> None:
    case = cast.clara.organisation.cases.get()
    case.reassign(by=cast.olga, partner=cast.pia.organisation, reason="Too slow")
    talk.post(by=cast.paul, body="Where do we send the file?")
    talk.post(by=cast.clara, body="Keep it.")
    assert set(relationships.acquainted(cast.clara)) == {cast.paul.organisation, cast.pia.organisation}


@pytest.mark.django_db(transaction=True)
def test_begun_by_both_at_once_it_is_one() -> None:
    cast = gather()
    cast.confirmed()
    talks = together(
        lambda: relationships.between(cast.clara, cast.paul.organisation),
        lambda: relationships.between(cast.paul, cast.clara.organisation),
    )
    assert talks[0] == talks[1] == Conversation.objects.get(kind="relationship")
    assert first_broken_link(talks[0]) is None


def test_both_sides_and_the_operator_find_it_and_nobody_else(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="Okapi")
    seen = {
        who
        for who in ("clara", "carl", "paul", "petra", "rita", "olga", "otto", "pia")
        if Conversation.objects.relationships(getattr(cast, who)).exists()
    }
    assert seen == {"clara", "carl", "paul", "petra", "olga"}
    read = {
        who
        for who in ("clara", "paul", "rita", "olga", "otto", "pia")
        if talk.messages_for(getattr(cast, who)).exists()
    }
    assert read == {"clara", "paul", "olga"}
    assert not Event.objects.visible_to(cast.rita).filter(subject=talk.public_id).exists()
    assert not talk.messages_for(replace(cast.clara, environment="test")).exists()


def test_the_operator_and_the_referral_partner_do_not_write(cast: Cast, talk: Conversation) -> None:
    for by in (cast.olga, cast.rita, cast.otto, cast.pia):
        with pytest.raises(Refused, match="Only the client and the partner"):
            talk.post(by=by, body="Mine")


def test_it_is_called_as_its_sides_are(cast: Cast, talk: Conversation) -> None:
    assert talk.title == "Nordlys Energi A/S – Kanzlei Brandt & Partner"
    told = {"country": "DK", "zone": "Europe/Copenhagen"}
    cast.clara.organisation.describe(by=cast.clara, name="Nordlys", **told)
    talk.refresh_from_db()
    assert talk.title == "Nordlys – Kanzlei Brandt & Partner"


# --- what is said, and what is owed -----------------------------------------------------------------------------------


def test_each_side_owes_what_it_owes_in_a_case(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="From January on we invoice elsewhere", at=MONDAY)
    talk.post(by=cast.clara, body="Please confirm", at=MONDAY)
    assert owed(talk) == [("reply", "Kanzlei Brandt & Partner", "Nordlys Energi A/S", 1)]
    talk.post(by=cast.paul, body="Noted. Where to?", at=MONDAY)
    assert owed(talk) == [("supply", "Nordlys Energi A/S", "Kanzlei Brandt & Partner", 3)]
    talk.post(by=cast.clara, body="Thanks, bye", expects_answer=False, at=MONDAY)
    assert owed(talk) == []
    states = Clock.objects.filter(conversation=talk).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["kept", "kept"]


def test_words_are_edited_excused_and_deleted(cast: Cast, talk: Conversation) -> None:
    said = talk.post(by=cast.clara, body="One")
    said.edit(by=cast.clara, body="Two")
    assert Message.objects.get(pk=said.pk).wordings[0]["body"] == "One"  # type: ignore[index]
    said.excuse(by=cast.paul)
    assert owed(talk) == []
    said.withdraw(by=cast.clara)
    assert Message.objects.get(pk=said.pk).body == ""
    assert first_broken_link(talk) is None


def test_a_fact_is_pinned_by_either_and_seen_by_both(cast: Cast, talk: Conversation) -> None:
    pin = Pin.add(talk, by=cast.paul, fact="We are closed on Fridays")
    assert [one.fact for one in Pin.objects.visible_to(cast.clara)] == ["We are closed on Fridays"]
    assert not Pin.objects.visible_to(cast.pia).exists()
    assert not Pin.objects.visible_to(cast.rita).exists()
    pin.remove(by=cast.clara)
    assert not Pin.objects.exists()


def test_a_note_stays_with_its_organisation(cast: Cast, talk: Conversation) -> None:
    Note.write(talk, by=cast.clara, body="Careful with @Carl")
    assert Note.objects.visible_to(cast.carl).count() == 1
    assert not Note.objects.visible_to(cast.paul).exists()
    assert not Note.objects.visible_to(cast.olga).exists()
    told = Delivery.objects.get(kind="note")
    assert (told.person, told.conversation, told.case) == (cast.carl.person, talk, None)
    with pytest.raises(Refused):
        Note.write(talk, by=cast.pia, body="Ours")


def test_documents_come_along_and_both_open_them(cast: Cast, talk: Conversation) -> None:
    said = talk.post(by=cast.clara, body="", documents=[received("terms.pdf")])
    document = said.documents.get()
    assert (document.case, document.conversation, document.kind) == (None, talk, "Miscellaneous")
    can = {who for who in ("clara", "paul", "olga", "rita", "pia") if _sees(getattr(cast, who), document)}
    assert can == {"clara", "paul", "olga"}
    document.replace(received("terms-2.pdf"), by=cast.carl)
    assert _sees(cast.paul, document.versions().last())  # type: ignore[arg-type]
    assert not document.may_change(cast.paul)
    document.versions().last().remove(by=cast.clara)  # type: ignore[union-attr]
    assert first_broken_link(talk) is None


def received(name: str) -> Document:
    return Document.receive(BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), name)


def _sees(actor: Actor, document: Document) -> bool:
    return Document.objects.visible_to(actor).filter(pk=document.pk).exists()


def test_its_words_and_files_are_found(cast: Cast, talk: Conversation) -> None:
    talk.post(by=cast.clara, body="The okapi terms", documents=[received("giraffe.pdf")])
    assert [one.conversation for one in search.found("messages", cast.paul, ["okapi"], 5)] == [talk]
    assert [one.name for one in search.found("documents", cast.paul, ["giraffe"], 5)] == ["giraffe.pdf"]
    for stranger in (cast.rita, cast.pia, cast.otto):
        assert search.found("messages", stranger, ["okapi"], 5) == []
        assert search.found("documents", stranger, ["giraffe"], 5) == []


def test_who_is_writing_is_shown_to_the_other_side(cast: Cast, talk: Conversation) -> None:
    Writing.tell(talk, by=cast.clara, now=MONDAY)
    assert Writing.names(talk, cast.paul, MONDAY) == ["Clara Holm"]
    assert Writing.names(talk, cast.olga, MONDAY) == []


def test_nothing_to_say_is_refused(cast: Cast, talk: Conversation) -> None:
    with pytest.raises(ValidationError):
        talk.post(by=cast.clara, body="  ")
