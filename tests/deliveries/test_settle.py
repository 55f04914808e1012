"""How tries end: sent, later, never; by whom, how often, and what is kept of it."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast, gather
from tests.mails import Mails
from tests.together import together
from trialogue.deliveries import rounds
from trialogue.deliveries.carriers import mail as mail_carrier
from trialogue.deliveries.models import LEASE, Delivered, Delivery, Later
from trialogue.deliveries.rounds import send_due
from trialogue.events.models import Event, first_broken_link
from trialogue.lib import backoff

NOW = MONDAY + timedelta(minutes=10)


@pytest.fixture
def delivery(cast: Cast, mails: type[Mails]) -> Delivery:
    """One mail to Paul, due now."""
    talk = cast.conversation(at=MONDAY - timedelta(days=1))
    Delivery.objects.all().delete()
    talk.post(by=cast.clara, body="Zebra", at=MONDAY)
    Delivery.objects.filter(person=cast.petra.person).delete()
    return Delivery.objects.get()


def refused(*codes: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({f"{n}@b.de": (code, b"no") for n, code in enumerate(codes)})


LATER = {
    "greylisted": refused(451),
    "mailbox full for now": refused(452),
    "one of two only for now": refused(550, 450),
    "no connection": ConnectionRefusedError(111, "refused"),
    "timeout": TimeoutError("timed out"),
    "name unknown": OSError(-2, "Name or service not known"),
    "cut off": smtplib.SMTPServerDisconnected("gone"),
    "too busy": smtplib.SMTPConnectError(421, b"busy"),
    "we are not welcome": smtplib.SMTPConnectError(554, b"no service"),
    "our greeting refused": smtplib.SMTPHeloError(550, b"who?"),
    "our sign-in refused": smtplib.SMTPAuthenticationError(535, b"wrong password"),
    "our sender refused": smtplib.SMTPSenderRefused(553, b"not you", "notices@trialogue.example"),
    "try the words again": smtplib.SMTPDataError(451, b"later"),
    "no TLS": smtplib.SMTPNotSupportedError("STARTTLS"),
    "anything else": RuntimeError("a broken template"),
}
NEVER = {
    "no such mailbox": refused(550),
    "none of two": refused(550, 554),
    "the words refused": smtplib.SMTPDataError(554, b"spam"),
}


@pytest.mark.parametrize("trouble", LATER.values(), ids=LATER)
def test_worth_another_try(delivery: Delivery, mails: type[Mails], trouble: Exception) -> None:
    mails.troubles.append(trouble)
    assert send_due(NOW) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.settled_at) == ("sending", 1, None)
    assert type(trouble).__name__ in delivery.why
    assert timedelta(seconds=9) <= delivery.due_at - NOW <= timedelta(minutes=1), (
        "which is soon, and not the end of the lease"
    )
    assert send_due(delivery.due_at - timedelta(seconds=1)) == 0
    assert send_due(delivery.due_at) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, delivery.why) == ("sent", 2, "")


@pytest.mark.parametrize("trouble", NEVER.values(), ids=NEVER)
def test_not_worth_another_try(delivery: Delivery, mails: type[Mails], trouble: Exception) -> None:
    mails.troubles.append(trouble)
    send_due(NOW)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert delivery.settled_at and delivery.settled_at - NOW < timedelta(minutes=1)  # noqa: PT018
    assert type(trouble).__name__ in delivery.why
    assert send_due(NOW + timedelta(days=1)) == 0
    assert Event.objects.get(kind="delivery.settled").facts["outcome"] == "failed"


def test_pauses_grow_and_after_three_days_it_is_given_up(delivery: Delivery, mails: type[Mails]) -> None:
    mails.troubles.extend([ConnectionRefusedError()] * 100)
    now, pauses = NOW, []
    while delivery.state != "failed":
        assert send_due(now) == 1
        delivery.refresh_from_db()
        pauses.append((delivery.due_at - now).total_seconds())
        now = delivery.due_at
    del pauses[-1]  # after the last try there is none
    assert len(pauses) == backoff.MOST_TRIES - 1
    assert pauses[0] < pauses[3] < pauses[8] < 6.7 * 3600
    assert timedelta(days=2.6) < now - NOW < timedelta(days=3.4)
    assert Event.objects.filter(kind="delivery.settled").count() == 1


def test_one_that_fails_never_stops_the_next(cast: Cast, mails: type[Mails]) -> None:
    cast.released(at=MONDAY)
    mails.troubles.extend([RuntimeError(), refused(550), TimeoutError()])
    assert send_due(NOW) == 4
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "sending", "sending", "sent"]


# --- leases -----------------------------------------------------------------------------------------------------------


def test_what_a_dead_worker_took_comes_due_again(delivery: Delivery, mails: type[Mails]) -> None:
    assert delivery.claim(NOW)
    assert send_due(NOW + LEASE - timedelta(seconds=1)) == 0
    assert send_due(NOW + LEASE) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, len(mails.sent)) == ("sent", 2, 1)


def test_a_worker_that_died_after_sending_sends_once_more_and_no_more(
    delivery: Delivery, mails: type[Mails], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Delivery, "settle", die)
        with pytest.raises(Killed):
            send_due(NOW)
    assert len(mails.sent) == 1
    for later in range(1, 20):
        send_due(NOW + later * LEASE)
    assert len(mails.sent) == 2
    assert mails.sent[0].extra_headers["Message-ID"] == mails.sent[1].extra_headers["Message-ID"]


def test_a_stale_copy_cannot_claim(delivery: Delivery) -> None:
    stale = Delivery.objects.get(pk=delivery.pk)
    assert delivery.claim(NOW)
    assert not stale.claim(NOW)


def test_what_is_settled_cannot_be_claimed(delivery: Delivery, mails: type[Mails]) -> None:
    send_due(NOW)
    assert not Delivery.objects.get(pk=delivery.pk).claim(NOW + timedelta(days=1))


def test_whoever_comes_after_their_lease_changes_nothing(delivery: Delivery) -> None:
    """A slow worker's try ends while another one, to whom it came due again, is sending or done."""
    slow = Delivery.objects.get(pk=delivery.pk)
    assert slow.claim(NOW)
    quick = Delivery.objects.get(pk=delivery.pk)
    assert quick.claim(NOW + LEASE)
    slow.settle(Later("timeout"), at=NOW + LEASE)
    assert Delivery.objects.get().due_at == NOW + 2 * LEASE  # the quick one's lease is not shortened
    quick.settle(Delivered(), at=NOW + LEASE)
    slow.settle(Delivered(), at=NOW + LEASE)
    assert Event.objects.filter(kind="delivery.settled").count() == 1


def test_a_lease_counts_from_its_own_claim(cast: Cast, mails: type[Mails], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a slow mail server a round of many takes longer than a lease."""
    cast.released(at=MONDAY)
    passed, leases = [0.0], []

    def slow(delivery: Delivery, now: datetime) -> Delivered:
        leases.append(delivery.due_at)
        passed[0] += 60
        return Delivered()

    monkeypatch.setattr(rounds.time, "monotonic", lambda: passed[0])
    monkeypatch.setattr(mail_carrier, "carry", slow)
    assert send_due(NOW) == 4
    assert leases == [NOW + LEASE + timedelta(minutes=n) for n in range(4)]


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_mail_once(mails: type[Mails]) -> None:
    cast = gather()
    cases = [cast.released(f"C-{n}", at=MONDAY) for n in range(3)]
    workers = 6 if connection.vendor == "postgresql" else 3
    ends = together(*[lambda: send_due(NOW)] * workers)
    assert sum(ends) == 12
    ids = [mail.extra_headers["Message-ID"] for mail in mails.sent]
    assert len(ids) == len(set(ids)) == 12
    assert Event.objects.filter(kind="delivery.settled").count() == 12
    assert [first_broken_link(case) for case in cases] == [None] * 3
