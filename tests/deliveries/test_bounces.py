"""What comes back: an address rests, its person is told and can say that it works again; nobody else can silence it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.deliveries.models import Bounce, Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.events.change import change
from trialogue.events.models import Event
from trialogue.letters.models import POSTMAN, Letter
from trialogue.people.models import Actor, Refused, Visitor
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)
PAUL = "paul@kanzlei.example"


@dataclass(frozen=True)
class Returned:
    """As the parser of letters tells it."""

    email: str
    message_id: str | None
    permanent: bool = True
    words: str = "550 5.1.1 unknown user"
    status: str = "5.1.1"


@pytest.fixture
def delivery(cast: Cast, mails: type[Mails]) -> Delivery:
    """One mail to Paul, which went out."""
    talk = cast.conversation(at=MONDAY - timedelta(days=1))
    Delivery.objects.all().delete()
    talk.post(by=cast.clara, body="Zebra", at=MONDAY)
    Delivery.objects.filter(person=cast.petra.person).delete()
    send_due(LATER)
    return Delivery.objects.get()


def comes_back(*bounced: Returned, at: Any = LATER) -> None:
    letter = Letter.keep(f"{len(bounced)} {at}".encode(), door="lmtp", at=at)
    with change(letter, by=POSTMAN, at=at) as record:
        record("letter.bounced", letter=letter, addresses=len(bounced), bounced=bounced)


def say(cast: Cast, at: Any) -> Delivery:
    """Something more to tell Paul alone."""
    conversation = Delivery.objects.select_related("case__conversation").exclude(case=None)[0].case.conversation  # type: ignore[union-attr]
    conversation.post(by=cast.clara, body="Okapi", at=at)
    Delivery.objects.filter(person=cast.petra.person).delete()
    return Delivery.objects.get(state="waiting", kind="bundle")


# --- what is believed -------------------------------------------------------------------------------------------------


def test_what_came_back_for_good_says_so_where_it_was_sent_and_nothing_more_goes_there(
    cast: Cast, delivery: Delivery, mails: type[Mails]
) -> None:
    comes_back(Returned(PAUL.upper(), f"<{delivery.mail_id}>"))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.why) == ("bounced", "550 5.1.1 unknown user")
    assert Event.objects.filter(kind="delivery.settled").latest("pk").facts["outcome"] == "bounced"
    bounce = Bounce.objects.get()
    assert (bounce.address, bounce.permanent, bounce.rests_until) == (PAUL, True, None)
    again, mails.sent[:] = say(cast, LATER), []
    send_due(LATER + timedelta(days=30))
    again.refresh_from_db()
    assert (again.state, mails.sent) == ("failed", [])
    assert again.why == "mails to this address come back: 550 5.1.1 unknown user"


@pytest.mark.parametrize(
    "forged",
    [
        Returned(PAUL, None),
        Returned(PAUL, ""),
        Returned(PAUL, "dlv_0000000000000000@{host}"),
        Returned(PAUL, "{mine}@elsewhere.example"),
        Returned("petra@kanzlei.example", "{mine}@{host}"),
        Returned("", "{mine}@{host}"),
    ],
)
def test_who_does_not_know_what_went_to_an_address_silences_nobody(
    cast: Cast, delivery: Delivery, settings: Any, forged: Returned
) -> None:
    told = forged.message_id and forged.message_id.format(mine=delivery.public_id, host=settings.HOST)
    comes_back(Returned(forged.email, told))
    assert not Bounce.objects.exists()
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_what_was_never_sent_cannot_come_back(cast: Cast, delivery: Delivery) -> None:
    waiting = say(cast, LATER)
    comes_back(Returned(PAUL, waiting.mail_id))
    assert not Bounce.objects.exists()


def test_the_address_of_a_visitor_rests_as_well(cast: Cast, mails: type[Mails]) -> None:
    told = {"channel": "sales", "subject": "Prices", "body": "What does it cost?", "name": "Vera"}
    request = Request.open(by=Visitor(), email="vera@example.com", at=MONDAY, **told)
    send_due(MONDAY)
    receipt = Delivery.objects.get(kind="receipt")
    comes_back(Returned("vera@example.com", receipt.mail_id))
    request.answer(by=cast.olga, body="It depends.", at=LATER)
    send_due(LATER + timedelta(hours=1))
    assert [one.state for one in Delivery.objects.filter(request=request, person=None).order_by("pk")] == ["bounced", "failed"]  # fmt: skip


# --- for a while ------------------------------------------------------------------------------------------------------


def test_what_came_back_for_now_rests_longer_each_time_and_waits(
    cast: Cast, delivery: Delivery, mails: type[Mails]
) -> None:
    full, rests = Returned(PAUL, delivery.mail_id, permanent=False, words="mailbox full"), []
    for _n in range(6):
        comes_back(full)
        rests.append(Bounce.objects.get().rests_until - LATER)  # type: ignore[operator]
        full = Returned(PAUL, delivery.mail_id, permanent=False, words=f"{full.words}!")
    assert rests == sorted(rests)
    assert timedelta(minutes=30) < rests[0] < rests[2] < rests[5] == timedelta(hours=6)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    again, mails.sent[:] = say(cast, LATER), []
    send_due(LATER + timedelta(hours=1))
    again.refresh_from_db()
    assert (again.state, again.due_at, mails.sent) == ("sending", LATER + rests[5], [])
    send_due(again.due_at)
    assert len(mails.sent) == 1


def test_after_a_fortnight_it_begins_anew(cast: Cast, delivery: Delivery) -> None:
    full = Returned(PAUL, delivery.mail_id, permanent=False)
    comes_back(full)
    comes_back(full, at=LATER + timedelta(days=1))
    comes_back(full, at=LATER + timedelta(days=16))
    bounce = Bounce.objects.get()
    assert (bounce.count, bounce.since) == (1, LATER + timedelta(days=16))


def test_what_comes_back_for_now_does_not_wake_what_rests_for_good(cast: Cast, delivery: Delivery) -> None:
    comes_back(Returned(PAUL, delivery.mail_id))
    comes_back(Returned(PAUL, delivery.mail_id, permanent=False), at=LATER + timedelta(hours=1))
    assert Bounce.objects.get().rests_until is None


# --- at hand-over -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "rests"),
    [(b"5.1.1 unknown", True), (b"no such user", True), (b"5.7.1 relaying denied", False)],
)
def test_what_the_next_server_refuses_for_the_address_counts_the_same(
    cast: Cast, delivery: Delivery, mails: type[Mails], words: bytes, rests: bool
) -> None:
    again = say(cast, LATER)
    mails.troubles.append(smtplib.SMTPRecipientsRefused({PAUL: (550, words)}))
    send_due(LATER + timedelta(hours=1))
    again.refresh_from_db()
    assert again.state == "failed"
    assert Bounce.objects.filter(address=PAUL).exists() is rests


# --- the way back -----------------------------------------------------------------------------------------------------


def test_each_finds_their_own_an_admin_their_peoples_and_the_operator_all(cast: Cast) -> None:
    for address in (PAUL, "petra@kanzlei.example", "carl@nordlys.example", "vera@example.com"):
        Bounce.note(address, permanent=True, words="550", at=MONDAY)

    def seen(actor: Actor) -> list[str]:
        found = Bounce.objects.visible_to(actor).order_by("pk").values_list("address", flat=True)
        return [address.partition("@")[0] for address in found]

    assert seen(cast.petra) == ["petra"]
    assert seen(cast.paul) == ["paul", "petra"]
    assert seen(cast.carl) == seen(cast.clara) == ["carl"]
    assert seen(cast.olga) == ["paul", "petra", "carl", "vera"]
    assert seen(cast.otto) == seen(cast.rita) == []


def test_whoever_says_that_it_works_again_gets_a_mail_that_shows_it(
    cast: Cast, delivery: Delivery, mails: type[Mails]
) -> None:
    comes_back(Returned(PAUL, delivery.mail_id))
    bounce, mails.sent[:] = Bounce.objects.get(), []
    for stranger in (cast.petra, cast.clara, cast.otto):
        with pytest.raises(Refused):
            bounce.clear(by=stranger)
    bounce.clear(by=cast.paul)
    bounce.clear(by=cast.olga)  # who comes second changes nothing
    assert Event.objects.filter(kind="address.cleared").count() == 1
    say(cast, LATER)
    send_due(MONDAY + timedelta(days=300))
    assert [mail.subject for mail in mails.sent if PAUL in mail.to[0]].count("Mails reach you here again") == 1
    assert Delivery.objects.filter(state="sent", case__isnull=False, person=cast.paul.person).count() == 1


def test_it_is_told_again_when_it_comes_back_again(cast: Cast, delivery: Delivery) -> None:
    comes_back(Returned(PAUL, delivery.mail_id))
    Bounce.objects.get().clear(by=cast.paul, at=LATER)
    comes_back(Returned(PAUL, delivery.mail_id), at=LATER + timedelta(hours=1))
    bounce = Bounce.objects.get()
    assert (bounce.cleared_at, bounce.count) == (None, 1)


def test_a_letter_that_somebody_asked_for_goes_there_all_the_same(cast: Cast, mails: type[Mails]) -> None:
    Bounce.note(PAUL, permanent=True, words="550", at=MONDAY)
    Delivery.write_letter(to=PAUL, subject="Your link for a new password", text="Here")
    send_due(MONDAY + timedelta(days=300))
    assert len(mails.sent) == 1
