"""What a letter says, made of little letters; the corpus is in test_mailtext_letters.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trialogue.lib import mailtext
from trialogue.lib.mailtext import Address, Folded, Recipient, parse

ANSWER = """\
From: =?utf-8?Q?S=C3=B8ren_Holm?= <Soren@Client.example>
To: "Help, desk" <help@operator.example>, other@operator.example
Subject: SV: AW: [EXTERNAL] Case 7
Date: Mon, 2 Nov 2026 10:00:00 +0100
Message-ID: <a.b@client.example>
In-Reply-To: <c.d@operator.example>
References: <first@operator.example>
 <c.d@operator.example>
Content-Type: text/plain; charset=utf-8

Debitor har betalt.

Venlig hilsen
Søren

Den man. 2. nov. 2026 kl. 09.00 skrev Paul <paul@partner.example>:

> Har han betalt?
> Paul
""".encode()


def test_a_letter_says_who_wrote_to_whom_when_about_what() -> None:
    parsed = parse(ANSWER)
    assert parsed.sender == Address("soren@client.example", "Søren Holm")
    assert parsed.recipients == (
        Recipient(Address("help@operator.example", "Help, desk"), "to"),
        Recipient(Address("other@operator.example"), "to"),
    )
    assert (parsed.subject, parsed.topic) == ("SV: AW: [EXTERNAL] Case 7", "Case 7")
    assert parsed.at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert parsed.message_id == "a.b@client.example"
    assert parsed.in_reply_to == ("c.d@operator.example",)
    assert parsed.references == ("first@operator.example", "c.d@operator.example")
    assert (parsed.machine, parsed.problems) == (None, ())


def test_the_new_words_stand_apart_from_those_that_are_quoted() -> None:
    parsed = parse(ANSWER)
    assert parsed.text == "Debitor har betalt.\n\nVenlig hilsen\nSøren"
    quote = "Den man. 2. nov. 2026 kl. 09.00 skrev Paul <paul@partner.example>:\n\n> Har han betalt?\n> Paul"
    assert parsed.quoted == (Folded("quote", quote),)


def test_a_mistake_of_ours_stops_no_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(raw: bytes) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(mailtext, "_parsed", mistaken)
    parsed = parse(ANSWER)
    assert [problem.code for problem in parsed.problems] == ["unreadable"]
    assert "Debitor har betalt." in parsed.text
    assert parsed.sender is None
