"""What a mail says and carries: threaded, in its reader's zone and language, and never more headers than ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.cases.models import Case
from trialogue.clocks.models import break_due
from trialogue.deliveries.models import Delivery
from trialogue.deliveries.rounds import send_due
from trialogue.people.models import Actor, Organisation, Person


def mail_to(mails: type[Mails], actor: Actor) -> EmailMessage:
    """The last mail to someone, parsed as a mail program would."""
    assert actor.person
    (*_, last) = [mail for mail in mails.sent if actor.person.email in mail.to[0]]
    return message_from_bytes(last.message().as_bytes(), policy=policy.default)  # type: ignore[return-value]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def told(cast: Cast, mails: type[Mails], body: str = "Zebra", **claim: str) -> Case:
    """A case in which Clara has said something, of which the partner's side was mailed."""
    case = cast.confirmed(at=MONDAY - timedelta(days=3), **claim)
    case.conversation.post(by=cast.clara, body=body, at=MONDAY)
    send_due(MONDAY + timedelta(minutes=10))
    return case


def test_a_mail_is_dated_when_the_worker_sent_it(
    cast: Cast, mails: type[Mails], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialogue.deliveries.rounds.time", SimpleNamespace(monotonic=lambda: 0))  # it takes no time
    told(cast, mails)
    assert mail_to(mails, cast.paul)["Date"].datetime == MONDAY + timedelta(minutes=10)


def test_it_is_text_and_html_with_the_address_of_the_message(cast: Cast, mails: type[Mails], settings) -> None:  # type: ignore[no-untyped-def]
    settings.BASE_URL = "https://trialogue.example"
    case = told(cast, mails, body="**Zebra** & <b>okapi</b>")
    mail = mail_to(mails, cast.paul)
    link = f"https://trialogue.example/cases/{case.reference}/#message-1"
    assert link in text_of(mail)
    assert link in text_of(mail, "html")
    assert "Zebra & <b>okapi</b>" in text_of(mail)
    assert "<strong>Zebra</strong> &amp; &lt;b&gt;okapi&lt;/b&gt;" in text_of(mail, "html")
    assert "Clara Holm · Nordlys Energi A/S" in text_of(mail)


def test_it_begins_with_who_wrote_or_how_many_and_its_subject_stays_the_same(cast: Cast, mails: type[Mails]) -> None:
    case = told(cast, mails)
    seen = [mail_to(mails, cast.paul)]
    for body in "ab":
        case.conversation.post(by=cast.clara, body=body, at=MONDAY + timedelta(hours=1))
    send_due(MONDAY + timedelta(hours=2))
    seen.append(mail_to(mails, cast.paul))
    case.pause(by=cast.paul, reason="x", at=MONDAY + timedelta(hours=3))
    case.resume(by=cast.paul, at=MONDAY + timedelta(hours=4))
    case.conversation.mark_read(by=cast.clara, through=9, at=MONDAY + timedelta(hours=3, minutes=30))
    send_due(MONDAY + timedelta(hours=5))
    seen.append(mail_to(mails, cast.clara))
    assert {mail["Subject"] for mail in seen} == {f"Case {case}"}, "or Gmail would make three threads of it"
    lines = [f"Clara Holm wrote in case {case}", f"2 new messages in case {case}", f"News in case {case}"]
    for mail, line in zip(seen, lines, strict=True):
        for kind in ("plain", "html"):
            assert line in text_of(mail, kind)


def test_as_text_it_has_no_marks_of_emphasis(cast: Cast, mails: type[Mails]) -> None:
    case = told(cast, mails)
    case.report_progress(
        by=cast.paul, actions="Two *letters*.", recommendation="StayActive", at=MONDAY + timedelta(hours=1)
    )
    send_due(MONDAY + timedelta(hours=2))
    mail = mail_to(mails, cast.clara)
    assert "Monthly update\n\nTwo letters." in text_of(mail)
    assert "<strong>Monthly update</strong>" in text_of(mail, "html")


def test_it_is_from_us_by_the_name_of_whoever_wrote_all_of_it(cast: Cast, mails: type[Mails]) -> None:
    case = told(cast, mails)
    assert str(mail_to(mails, cast.paul)["From"]) == '"Clara Holm (Trialogue)" <notices@trialogue.example>'
    for actor in (cast.clara, cast.carl):
        case.conversation.post(by=actor, body="a", at=MONDAY + timedelta(hours=1))
    send_due(MONDAY + timedelta(hours=2))
    assert str(mail_to(mails, cast.paul)["From"]) == "Trialogue <notices@trialogue.example>"


def test_all_mails_of_a_case_hang_together_and_each_on_the_one_before(cast: Cast, mails: type[Mails], settings) -> None:  # type: ignore[no-untyped-def]
    settings.HOST = "trialogue.example"
    case = told(cast, mails)
    break_due(MONDAY + timedelta(days=5))
    send_due(MONDAY + timedelta(days=5))
    root = f"<case-{case.reference}@trialogue.example>"
    ids = [mail.extra_headers["Message-ID"] for mail in mails.sent]
    assert len(set(ids)) == len(ids) > 4
    assert root not in ids
    assert {mail.extra_headers["References"].split()[0] for mail in mails.sent} == {root}
    to_paul = [mail.extra_headers for mail in mails.sent if "paul@kanzlei.example" in mail.to[0]]
    assert [mail["In-Reply-To"] for mail in to_paul] == [root, *(mail["Message-ID"] for mail in to_paul[:-1])]
    assert to_paul[-1]["References"].split() == [root, *(mail["Message-ID"] for mail in to_paul[:-1])]


def test_the_id_is_the_same_at_every_try(cast: Cast, mails: type[Mails]) -> None:
    told(cast, mails)
    delivery = Delivery.objects.get(person=cast.paul.person, through=1)
    assert mail_to(mails, cast.paul)["Message-ID"].startswith(f"<{delivery.public_id}@")


def test_it_says_that_a_machine_wrote_it(cast: Cast, mails: type[Mails]) -> None:
    told(cast, mails)
    mail = mail_to(mails, cast.paul)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in mail["X-Auto-Response-Suppress"]
    assert "NDR" not in mail["X-Auto-Response-Suppress"].split(", "), "that it did not arrive, we want to know"
    assert mail["Precedence"] is None


def test_it_carries_our_mark(cast: Cast, mails: type[Mails], settings) -> None:  # type: ignore[no-untyped-def]
    settings.HOST = "trialogue.example"
    told(cast, mails)
    Delivery.write_letter(to="newt@b.example", subject="Come in", text="By this link")
    send_due(timezone.now())
    assert {mail.extra_headers["X-Trialogue"] for mail in mails.sent} == {"trialogue.example"}


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Tokyo", "Wed 11 Mar, 20:00"), ("America/New_York", "Wed 11 Mar, 07:00")]
)
def test_moments_are_in_the_readers_zone(cast: Cast, mails: type[Mails], zone: str, shown: str) -> None:
    Person.objects.filter(pk=cast.paul.person.pk).update(zone=zone)  # type: ignore[union-attr]
    case = cast.confirmed(at=MONDAY - timedelta(days=3))
    case.conversation.post(by=cast.clara, body="?", at=datetime(2026, 3, 9, 11, tzinfo=UTC))
    break_due(MONDAY + timedelta(days=5))
    send_due(MONDAY + timedelta(days=5))
    overdue = mail_to(mails, cast.paul)
    assert "overdue" in overdue["Subject"]
    for kind in ("plain", "html"):
        assert shown in text_of(overdue, kind)
    assert "12:00" in text_of(mail_to(mails, cast.clara))  # hers is Copenhagen


def test_html_says_its_language(cast: Cast, mails: type[Mails]) -> None:
    Person.objects.filter(pk=cast.paul.person.pk).update(language="de")  # type: ignore[union-attr]
    told(cast, mails)
    assert '<html lang="de"' in text_of(mail_to(mails, cast.paul), "html")


EVIL = [
    "Clara\r\nBcc: all@example.test",
    "Clara\nSubject: other",
    "Clara, all@example.test",
    'Clara" <all@example.test>, "',
    "Clara <all@example.test>",
    "Clara\x00Holm",
    "Clara\u2028Holm",
    "Søren Ærø",
    "=?utf-8?q?Clara?=",
    "Clara\\",
    "名前",
    "C" * 120,
]


def headers(mail: EmailMessage) -> set[str]:
    return {name.lower() for name in mail}


OURS = {
    "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
    "in-reply-to", "references", "x-trialogue", "list-unsubscribe",
}  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_no_name_of_a_writer_adds_a_header_or_another_sender(cast: Cast, mails: type[Mails], name: str) -> None:
    kept = name.replace("\x00", "")  # PostgreSQL takes none
    Person.objects.filter(pk=cast.clara.person.pk).update(name=kept)  # type: ignore[union-attr]
    case = told(cast, mails)
    mail = mail_to(mails, cast.paul)
    assert headers(mail) == OURS
    assert mail["Subject"] == f"Case {case}"
    assert [a.addr_spec for a in mail["From"].addresses] == ["notices@trialogue.example"]
    assert "Trialogue" in mail["From"].addresses[0].display_name
    assert [a.addr_spec for a in mail["To"].addresses] == ["paul@kanzlei.example"]


@pytest.mark.parametrize("name", EVIL)
def test_no_name_of_a_reader_adds_a_receiver(cast: Cast, mails: type[Mails], name: str) -> None:
    kept = name.replace("\x00", "")
    Person.objects.filter(pk=cast.paul.person.pk).update(name=kept)  # type: ignore[union-attr]
    told(cast, mails)
    mail = mail_to(mails, cast.paul)
    assert headers(mail) == OURS
    assert [a.addr_spec for a in mail["To"].addresses] == ["paul@kanzlei.example"]


def test_debtor_and_organisation_stay_in_the_body(cast: Cast, mails: type[Mails]) -> None:
    Organisation.objects.filter(pk=cast.clara.organisation.pk).update(name="Nord\r\nBcc: all@example.test")
    case = cast.confirmed(at=MONDAY - timedelta(days=3))
    Case.objects.filter(pk=case.pk).update(debtor_name="Berg\r\nBcc: all@example.test <script>")
    from dataclasses import replace

    case.conversation.post(by=replace(cast.clara, person=None), body="Zebra", at=MONDAY)
    send_due(MONDAY + timedelta(minutes=10))
    mail = mail_to(mails, cast.paul)
    assert headers(mail) == OURS
    assert "<script>" not in text_of(mail, "html")


def test_a_body_of_any_text_arrives_as_it_was_typed(cast: Cast, mails: type[Mails]) -> None:
    body = "\n.\nFrom me\n-- \n%s {{ x }} {% y %} 🙂 " + "long " * 400
    told(cast, mails, body=body)
    assert body.strip() in text_of(mail_to(mails, cast.paul)).replace("\r\n", "\n")
