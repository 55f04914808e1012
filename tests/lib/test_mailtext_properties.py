"""Whatever the bytes are: `parse` answers, answers the same again, and what it answers holds together."""

from __future__ import annotations

import re
from datetime import UTC
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lib import letters
from trialogue.lib.mailtext import Parsed, parse

RAW = [sample.raw for sample in letters.read()]
FIELDS = [
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"References", b"Return-Path", b"Content-Type", b"Content-Disposition",
    b"Content-Transfer-Encoding", b"Authentication-Results", b"Auto-Submitted", b"X-Failed-Recipients", b"Precedence",
]  # fmt: skip
PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b"--b", b"--b--", b"--b\r\n", b"> ", b":", b";", b"<", b">", b"=?utf-8?Q?=C3?=", b"=?x?b?", b"?=", b'"', b"(",
    b"text/html", b"text/plain; format=flowed", b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"multipart/report; boundary=b",
    b"message/rfc822", b"message/delivery-status", b"application/ms-tnef", b"application/pkcs7-mime", b"base64", b"quoted-printable", b"charset=utf-16",
    b"charset=utf-7", b"<div class=gmail_quote>", b"<blockquote type=cite>", b"</div>", b"<pre>", b"<img src=cid:x>", b"<!--", b"&#0;", b"&#xD800;",
    b"On 1 Nov 2026 10:00 a@b.example wrote:", b"Von: a\nGesendet: b\nAn: c\n", b"-----Original Message-----", b"-- \n", b"Sent from my iPhone",
    b"filename*0*=utf-8''%F0", b"\xff\xfe", b"\xed\xa0\x80", b"begin 644 a\n", b"-----BEGIN PGP SIGNED MESSAGE-----", b"\x1e", b"\x1c",
]  # fmt: skip
SCRAPS = st.one_of(
    st.sampled_from(PIECES), st.binary(max_size=20), st.sampled_from(FIELDS).map(lambda name: b"\n" + name + b": ")
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def holds(parsed: Parsed) -> None:
    assert "unreadable" not in {problem.code for problem in parsed.problems}
    for said in (parsed.text, parsed.subject, parsed.topic, *(fold.text for fold in parsed.quoted)):
        assert not CONTROLS.search(said)
        assert said == said.strip("\n")
    assert "\n" not in parsed.subject
    assert parsed.subject.endswith(parsed.topic)
    assert (parsed.sender in parsed.senders) or not parsed.senders
    assert parsed.at is None or parsed.at.tzinfo is UTC
    assert parsed.text or not parsed.quoted
    assert (parsed.machine is None) == (parsed.machine_why == "")
    assert not parsed.bounced or parsed.machine == "bounce"
    assert all(document.name and document.kind for document in parsed.documents)
    assert all(one.address.email.count("@") == 1 for one in parsed.recipients)
    Shown().feed(parsed.html or "")


class Shown(HTMLParser):
    """HTML that runs nothing and fetches nothing."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "iframe", "object", "form", "input", "svg", "style", "link", "base", "meta"}
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "background", "poster") or str(value).startswith("data:image/")
            assert name != "href" or str(value).lower().startswith(("http:", "https:", "mailto:", "tel:"))
            assert name != "style" or "url(" not in str(value).lower()


def again(raw: bytes) -> None:
    parsed = parse(raw)
    holds(parsed)
    assert parse(raw) == parsed


@given(st.binary(max_size=400))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    again(raw)


@given(st.lists(SCRAPS, max_size=40).map(b"".join))
def test_any_scraps_of_letters_are_a_letter(raw: bytes) -> None:
    again(raw)


@settings(max_examples=300)
@given(st.sampled_from(RAW), st.data())
def test_a_letter_that_was_damaged_is_a_letter(raw: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 200)))
        raw = raw[:start] + data.draw(SCRAPS) + raw[end:]
    again(raw)


@given(st.sampled_from(RAW), st.sampled_from(RAW))
def test_two_letters_in_one_are_a_letter(one: bytes, other: bytes) -> None:
    again(
        b'Content-Type: multipart/mixed; boundary="="\r\n\r\n--=\r\n'
        + one
        + b"\r\n--=\r\nContent-Type: message/rfc822\r\n\r\n"
        + other
    )


@given(st.text(min_size=1).filter(lambda said: re.search(r"\w", said)))
def test_words_are_never_lost(said: str) -> None:
    """All that was written is in the new words or in what was folded."""
    parsed = parse(b"Content-Type: text/plain; charset=utf-8\n\n" + said.encode("utf-8", "replace"))
    kept = "".join(re.findall(r"\w", parsed.text + "".join(fold.text for fold in parsed.quoted)))
    assert sorted(kept) == sorted("".join(re.findall(r"\w", said.encode("utf-8", "replace").decode())))
