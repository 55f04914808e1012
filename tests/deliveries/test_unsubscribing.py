"""Which mails can be turned off by one click, what that turns off, and what it leaves as it was (RFC 8058)."""

from __future__ import annotations

from datetime import time, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.deliveries.test_answering import TOLD, sent
from tests.mails import Mails
from trialogue.clocks.models import break_due
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import begin_digests
from trialogue.deliveries.unsubscribing import meant
from trialogue.deliveries.wishes import DIGEST, How, Notice, Wishes
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Person, Visitor
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture(autouse=True)
def behind_tls(settings: Any) -> None:
    settings.BASE_URL = "https://trialogue.example"


def turns_off(mail: EmailMessage) -> list[str] | None:
    """What the click turns off, for whom the mail is; None where there is none."""
    link = mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == (ONE_CLICK if link else None)
    if link is None:
        return None
    found = meant(link.strip().removeprefix("<https://trialogue.example/unsubscribe/").removesuffix("/>"))
    assert found
    assert found[0].email == mail["To"].addresses[0].addr_spec
    return found[1]


def test_a_mail_is_turned_off_by_what_it_tells_of(cast: Cast, mails: type[Mails]) -> None:
    case = cast.confirmed()
    told = sent(mails)
    assert turns_off(told["clara"][0]) == ["move"]
    case.conversation.post(by=cast.clara, body=f"Zebra @[Paul Brandt]({cast.paul.by})", at=MONDAY)
    told = sent(mails)
    assert turns_off(told["petra"][0]) == ["message"]


def test_what_is_owed_in_time_can_be_turned_off_and_what_is_overdue_cannot(cast: Cast, mails: type[Mails]) -> None:
    cast.conversation().post(by=cast.clara, body="Zebra", at=MONDAY)
    sent(mails)
    late = MONDAY + timedelta(days=5)
    break_due(late)
    told = sent(mails, late)
    assert turns_off(told["paul"][-1]) is None
    assert turns_off(told["clara"][-1]) == ["awaited"]


def test_receipts_letters_and_mails_to_visitors_are_not_turned_off(cast: Cast, mails: type[Mails]) -> None:
    Request.open(by=cast.clara, at=MONDAY, **TOLD)
    Request.open(by=Visitor(), name="Vera", email="vera@example.com", at=MONDAY, **TOLD | {"channel": "sales"})
    Delivery.write_letter(to="paul@kanzlei.example", subject="A", text="B", person=cast.paul.person)
    told = sent(mails, MONDAY + timedelta(days=300))
    assert [turns_off(told[name][0]) for name in ("clara", "vera", "paul")] == [None] * 3
    assert turns_off(told["olga"][0]) == ["message"]


def test_the_morning_summary_is_turned_off_unless_what_is_overdue_comes_by_it(cast: Cast, mails: type[Mails]) -> None:
    for actor, how in ((cast.paul, {}), (cast.petra, {"overdue": How.DAILY})):
        assert actor.person
        Wishes.choose(actor.person, how=how, digest=True, at=MONDAY)
    cast.conversation().post(by=cast.clara, body="Zebra", at=MONDAY)
    sent(mails)
    morning = MONDAY + timedelta(days=1)
    begin_digests(morning)
    told = sent(mails, morning)
    assert turns_off(told["paul"][0]) == [DIGEST]
    assert turns_off(told["petra"][0]) is None


def test_whoever_stands_in_hears_it_whatever_they_wish_and_is_offered_nothing(cast: Cast, mails: type[Mails]) -> None:
    talk = cast.conversation()
    sent(mails)
    away, stands_in = (actor.person.memberships.get() for actor in (cast.petra, cast.paul) if actor.person)
    today = MONDAY.date()
    Absence.plan(away, by=cast.petra, first=today, last=today + timedelta(days=3), colleague=stands_in, at=MONDAY)
    talk.post(by=cast.clara, body="Zebra", at=MONDAY + timedelta(minutes=1))
    assert turns_off(sent(mails)["paul"][0]) is None


def test_without_tls_there_is_a_page_and_no_click(cast: Cast, mails: type[Mails], settings: Any) -> None:
    settings.BASE_URL = "http://trialogue.example"
    cast.confirmed()
    mail = sent(mails)["clara"][0]
    assert mail["List-Unsubscribe"].strip().startswith("<http://trialogue.example/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] is None


def test_what_is_turned_off_leaves_all_else_as_it_was(cast: Cast) -> None:
    person = cast.paul.person
    assert person
    quiet = QuietHours((time(20), time(7)), None)
    chosen = {"message": How.AT_ONCE, "move": How.DAILY, "overdue": How.BUNDLED}
    Wishes.choose(person, how=chosen, quiet=quiet, let_through=False, digest=True, at=MONDAY)
    Wishes.turn_off(Person.objects.get(pk=person.pk), ["message", "overdue"])
    after = Wishes.objects.get(person=person)
    assert [after.how(notice) for notice in ("message", "move", "overdue")] == ["off", "daily", "bundled"]
    assert (after.quiet, after.let_through, after.digest) == (quiet, False, True)
    Wishes.turn_off(Person.objects.get(pk=person.pk), [DIGEST])
    after = Wishes.objects.get(person=person)
    assert (after.how("move"), after.how(Notice.MENTION), after.digest) == ("off", "bundled", False)


def test_a_link_that_is_not_ours_means_nobody(cast: Cast) -> None:
    person = cast.paul.person
    assert person
    assert meant("W10:1vQ:x") is None
    assert meant("") is None
