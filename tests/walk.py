"""One walk through everything that can happen, so that each kind of event is in the log at least once."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from tests.cast import MONDAY, Cast
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Document
from trialogue.deliveries.rounds import send_due
from trialogue.people.models import Person, Role

# What people typed or are called on this walk; none of it may be found in the log.
WORDS = (
    "Welcome zebra", "Which quagga?", "The okapi one", "Resting ibex", "Done gnu", "late yak", "eland.txt", "Newt Neuling",
    "newt@nordlys.example", "axolotl key", "Bergmann", "INV-ZOO", "Unpaid invoice",
)  # fmt: skip


def walk(cast: Cast) -> Case:
    """Every kind happens. Answers the case it is about, which ends closed."""
    _people(cast)
    case = cast.released("INV-ZOO")
    hours = timedelta(hours=1)
    case.confirm(by=cast.paul, message="Welcome zebra", at=MONDAY + hours)
    talk = case.conversation
    talk.mark_read(by=cast.clara, through=1, at=MONDAY + 2 * hours)
    case.ask_for_information(by=cast.paul, message="Which quagga?", at=MONDAY + 2 * hours)
    talk.post(by=cast.clara, body="The okapi one", at=MONDAY + 3 * hours)
    case.resume(by=cast.paul, at=MONDAY + 4 * hours)
    Document.add(case, [document("eland.txt")], by=cast.clara, at=MONDAY + 4 * hours)
    case.pause(by=cast.petra, reason="Resting ibex", at=MONDAY + 5 * hours)
    # Whoever paused with a word has answered: Clara asks again, and this time nobody answers in time.
    talk.post(by=cast.clara, body="The okapi one, again", at=MONDAY + 6 * hours)
    assert warn_due(MONDAY + 46 * hours) == 1
    assert break_due(MONDAY + 72 * hours) == 1
    talk.post(by=cast.paul, body="late yak", at=MONDAY + 73 * hours)
    case.close(by=cast.paul, code="Paid", comment="Done gnu", at=MONDAY + 74 * hours)
    assert send_due(MONDAY + 80 * hours)
    return case


def _people(cast: Cast) -> None:
    home = cast.clara.organisation
    home.describe(by=cast.clara, name="Nordlys Energi A/S", country="DK", zone="Europe/Copenhagen")
    invitation, _secret = home.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    newt = Person.objects.create_user("newt@nordlys.example", "newt newt newt", name="Newt Neuling")
    membership = invitation.accept(newt)
    membership.become(Role.ADMIN, by=cast.clara)
    membership.end(by=cast.clara)
    home.invite("nobody@nordlys.example", Role.ADMIN, by=cast.clara)[0].withdraw(by=cast.clara)
    home.issue_key("test", name="axolotl key", by=cast.clara)[0].revoke(by=cast.clara)


def document(name: str = "evidence.txt", content: bytes = b"So it was said.") -> Document:
    return Document.receive(BytesIO(content), name)
