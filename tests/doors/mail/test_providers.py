"""Mail providers post letters: what is theirs is kept once, what is not is refused, and what is large arrives."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from tests.doors.mail.conftest import HELP, letter
from trialogue.doors.mail.providers import PROVIDERS
from trialogue.letters.models import Letter

pytestmark = pytest.mark.django_db
KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SECRETS = {name: "user:word" if provider.takes_password else "secret" for name, provider in PROVIDERS.items()}
SECRETS["postal"] = "".join(PUBLIC.splitlines()[1:-1])
BASIC = {"Authorization": f"Basic {base64.b64encode(b'user:word').decode()}"}
LATIN = letter(1, "Grüße\r\n".encode("latin-1"))


@pytest.fixture(autouse=True)
def known(settings: Any) -> None:
    settings.MAIL_PROVIDERS = dict(SECRETS)


def post(name: str, told: Any, **headers: str) -> HttpResponse:
    body = told if isinstance(told, str) else json.dumps(told)
    return Client().post(f"/mail/in/{name}/", body, "application/json", headers=headers)  # type: ignore[return-value]


def postmark(raw: bytes) -> HttpResponse:
    headers = [{"Name": "Return-Path", "Value": "<clara@nordlys.example>"}]
    return post("postmark", {"RawEmail": raw.decode(), "OriginalRecipient": HELP, "Headers": headers}, **BASIC)


def sparkpost(raw: bytes) -> HttpResponse:
    content = {"email_rfc822": base64.b64encode(raw).decode(), "email_rfc822_is_base64": True}
    told = {"content": content, "msg_from": "clara@nordlys.example", "rcpt_to": HELP, "protocol": "smtp"}
    return post("sparkpost", [{"msys": {"relay_message": told}}], **BASIC)


def mailersend(raw: bytes) -> HttpResponse:
    told = {
        "raw": raw.decode(),
        "sender": {"email": "clara@nordlys.example"},
        "recipients": {"rcptTo": [{"email": HELP}]},
    }
    body = json.dumps({"type": "inbound.message", "data": told})
    return post("mailersend", body, Signature=hmac.new(b"secret", body.encode(), hashlib.sha256).hexdigest())


def mandrill(raw: bytes) -> HttpResponse:
    events = json.dumps(
        [{"event": "inbound", "ts": 1, "msg": {"raw_msg": raw.decode(), "email": HELP}}, {"event": "open"}]
    )
    signed = f"http://127.0.0.1:8000/mail/in/mandrill/mandrill_events{events}".encode()
    signature = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha1).digest()).decode()
    told, kind = f"mandrill_events={quote(events, safe='')}", "application/x-www-form-urlencoded"
    return Client().post("/mail/in/mandrill/", told, kind, headers={"X-Mandrill-Signature": signature})  # type: ignore[return-value]


def postal(raw: bytes) -> HttpResponse:
    told = {"id": 1, "message": base64.b64encode(raw).decode(), "base64": True, "mail_from": "clara@nordlys.example", "rcpt_to": HELP}  # fmt: skip
    signature = KEY.sign(json.dumps(told).encode(), padding.PKCS1v15(), SHA1())
    return post("postal", told, **{"X-Postal-Signature": base64.b64encode(signature).decode()})


def mailgun(raw: bytes | None, *, key: bytes = b"secret", **more: Any) -> HttpResponse:
    signature = hmac.new(key, b"1764000000token", hashlib.sha256).hexdigest()
    told = {"timestamp": "1764000000", "token": "token", "signature": signature, "sender": "clara@nordlys.example", "recipient": HELP}  # fmt: skip
    return Client().post("/mail/in/mailgun/", told | ({"body-mime": raw.decode()} if raw else {}) | more)  # type: ignore[return-value]


WHOLE = {"mailersend": mailersend, "mailgun": mailgun, "mandrill": mandrill, "postal": postal, "postmark": postmark, "sparkpost": sparkpost}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_letter_that_a_provider_has_whole_is_kept_to_the_byte_and_once(name: str) -> None:
    raw = letter(1, "Grüße\r\n".encode())
    for _time in range(2):
        assert WHOLE[name](raw).status_code == 200
    one = Letter.objects.get()
    assert (one.raw, one.door, one.envelope_to) == (raw, name, [HELP])
    assert one.envelope_from == ("" if name == "mandrill" else "clara@nordlys.example")


@pytest.mark.parametrize("name", ["postal", "sparkpost"])
def test_a_letter_in_another_charset_comes_through(name: str) -> None:
    assert WHOLE[name](LATIN).status_code == 200
    assert Letter.objects.get().raw == LATIN


def test_every_provider_is_tried_here() -> None:
    assert set(WHOLE) | {"mailjet"} == set(PROVIDERS)


def taken_apart(name: str) -> HttpResponse:
    """A letter of which its provider gives only the parts."""
    said = {
        "Message-ID": "<1@nordlys.example>",
        "From": "Clara <clara@nordlys.example>",
        "To": HELP,
        "Subject": "Grüße",
    }
    if name == "mailgun":
        file = SimpleUploadedFile("a.pdf", b"%PDF\r\n\0\xff--", "application/pdf")
        told = {"message-headers": json.dumps([*said.items()]), "body-plain": "Hällo", "body-html": "<p>Hällo", "attachment-count": "1"}  # fmt: skip
        return mailgun(None, **told, **{"attachment-1": file})
    if name == "mailjet":
        told = {"Headers": said, "Text-part": "Hällo", "Html-part": "<p>Hällo", "Recipient": HELP, "Sender": "clara@nordlys.example"}  # fmt: skip
        return post("mailjet", told, **BASIC)
    told = {
        "Headers": [{"Name": "Message-ID", "Value": said["Message-ID"]}], "FromFull": {"Email": "clara@nordlys.example"}, "Subject": said["Subject"],
        "TextBody": "Hällo", "HtmlBody": "<p>Hällo", "OriginalRecipient": HELP,
    }  # fmt: skip
    return post("postmark", told, **BASIC)


@pytest.mark.parametrize("name", ["mailgun", "mailjet", "postmark"])
def test_a_letter_that_a_provider_has_taken_apart_is_written_anew_and_once(name: str) -> None:
    for _time in range(2):
        assert taken_apart(name).status_code == 200
    one = Letter.objects.get()
    read = message_from_bytes(one.raw, policy=policy.default)
    assert read["Message-ID"] == "<1@nordlys.example>"
    assert read["Subject"] == "Grüße"
    assert read.get_body(("plain",)).get_content().strip() == "Hällo"  # type: ignore[union-attr]
    assert one.envelope_to == [HELP]
    files = [(file.get_filename(), file.get_content()) for file in read.iter_attachments()]
    assert files == ([("a.pdf", b"%PDF\r\n\0\xff--")] if name == "mailgun" else [])


def test_a_letter_larger_than_any_form_of_a_page_is_kept() -> None:
    raw = letter(1, b"0123456789abcdef\r\n" * 200_000)
    assert mailgun(raw).status_code == 200
    assert postmark(letter(2, raw)).status_code == 200
    assert [one.raw for one in Letter.objects.order_by("pk")] == [raw, letter(2, raw)]


def test_of_a_letter_that_is_too_large_the_header_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.doors.mail.providers.LARGEST", 1000)
    assert postmark(letter(1, b"x" * 1000)).status_code == 200
    one = Letter.objects.get()
    assert (one.state, one.reason) == ("failed", "too_large")
    assert one.raw == letter(1).removesuffix(b"Hello\r\n")
    monkeypatch.setattr("trialogue.doors.mail.providers.MOST_BYTES", 1000)
    assert postmark(letter(2, b"x" * 1000)).status_code == 413


@pytest.mark.parametrize("name", PROVIDERS)
def test_who_does_not_prove_to_be_the_provider_is_refused(name: str, caplog: pytest.LogCaptureFixture) -> None:
    assert post(name, {"RawEmail": "x"}).status_code == 403
    assert post(name, {"RawEmail": "x"}, Authorization="Basic eDp5").status_code == 403
    assert mailgun(letter(1), key=b"another").status_code == 403
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '{"RecordType": "Open"}', '{"RawEmail": 7}', '{"RawEmail": "x", "Headers": 1}']
)
def test_what_cannot_be_read_as_a_letter_is_refused(body: str) -> None:
    answer = post("postmark", body, **BASIC)
    assert answer.status_code == 400, answer.content
    assert not Letter.objects.exists()


def test_a_provider_without_a_secret_does_not_exist_here(settings: Any) -> None:
    settings.MAIL_PROVIDERS = {"postmark": "", "elsewhere": "x"}
    assert [postmark(letter(1)).status_code, post("elsewhere", {}).status_code, mailgun(letter(1)).status_code] == [
        404
    ] * 3
    assert Client().head("/mail/in/postmark/").status_code == 404


def test_a_provider_may_look_whether_anybody_is_there() -> None:
    assert Client().head("/mail/in/mandrill/").status_code == 200
    assert Client().get("/mail/in/mandrill/").status_code == 405


def test_while_the_database_is_away_the_provider_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_told: Any) -> Letter:
        raise OperationalError("away")

    monkeypatch.setattr(Letter, "keep", away)
    assert postmark(letter(1)).status_code == 503
