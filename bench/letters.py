"""How fast letters are read, and how long the worst of them takes.

`python -m bench.letters`. Processor time on one core, the best of five rounds, over the corpus of `tests/letters` and over ordinary letters: an
answer of 5 to 20 kB with its HTML beside it. The limit beside it is the standard library's parser alone, which only finds the parts.
"""

from __future__ import annotations

import email
import time
from collections.abc import Callable, Sequence

from bench.machine import described, table
from tests.lib import letters
from tests.lib.test_mailtext_hostile import HOSTILE
from trialogue.lib.mailtext import parse

_HEAD = """\
Return-Path: <clara@northwind.example>
Delivered-To: support@trialogue.example
Received: from mail.northwind.example (mail.northwind.example [192.0.2.25]) by mx.trialogue.example; Mon, 02 Nov 2026 09:15:03 +0000
Authentication-Results: mx.trialogue.example; dkim=pass header.d=northwind.example; spf=pass smtp.mailfrom=clara@northwind.example;
 dmarc=pass header.from=northwind.example
From: =?utf-8?Q?Clara_Cli=C3=A9nt?= <clara@northwind.example>
To: Trialogue <reply+q7m2xk9c4t8w@mail.trialogue.example>
Subject: =?utf-8?Q?Re:_Case_Q8XAXF3W:_a_message_from_Paul?=
Date: Mon, 2 Nov 2026 10:15:00 +0100
Message-ID: <{number}@northwind.example>
In-Reply-To: <n.1@mail.trialogue.example>
References: <n.1@mail.trialogue.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"

"""
_WORDS = "The debtor called this morning, paid a first part and asks for a plan over six months; please tell us what you think."


def ordinary(number: int) -> bytes:
    """An answer of a few lines above a long history, as Outlook writes it."""
    own = [_WORDS] * (3 + number % 5)
    history = [_WORDS] * (10 + number * 3 % 30)
    block = ["From: Paul <paul@harbour.example>", "Sent: 2 November 2026 09:58", "To: Clara", "Subject: Case Q8XAXF3W"]
    plain = "\n\n".join(own) + "\n\n" + "\n".join(block) + "\n\n" + "\n\n".join(history)
    span = '<p class="MsoNormal"><span style="font-size:11.0pt;font-family:Aptos">{}</span></p>\n'
    marked = "".join(span.format(line) for line in own) + '<div id="divRplyFwdMsg">' + "<br>".join(block) + "</div>"
    marked += "".join(span.format(line) for line in history)
    return (
        _HEAD.format(number=number)
        + f"--=_b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        + f"--=_b\nContent-Type: text/html; charset=utf-8\n\n<html><body>{marked}</body></html>\n--=_b--\n"
    ).replace("\n", "\r\n").encode()  # fmt: skip


def only_html(raw: bytes) -> bytes:
    head, _, rest = raw.partition(b"--=_b\r\n")
    return head + b"--=_b\r\n" + rest.partition(b"--=_b\r\n")[2]


def each(ask: Callable[[bytes], object], raws: Sequence[bytes]) -> float:
    """Milliseconds of processor time a letter: the best of five."""

    def once() -> float:
        begun = time.process_time()
        for raw in raws:
            ask(raw)
        return time.process_time() - begun

    return min(once() for _ in range(5)) / len(raws) * 1000


def seconds(raw: bytes) -> float:
    begun = time.process_time()
    parse(raw)
    return time.process_time() - begun


def main() -> None:
    print(f"{described()}\n\n### Letters through parse, one core\n")
    usual = [ordinary(number) for number in range(60)]
    sets = {
        "ordinary letters": usual,
        "ordinary letters, HTML only": [only_html(raw) for raw in usual],
        "the corpus": [sample.raw for sample in letters.read()],
    }
    rows = []
    for name, raws in sets.items():
        size = sum(map(len, raws)) / len(raws) / 1000
        took, limit = each(parse, raws), each(email.message_from_bytes, raws)
        rows.append((name, f"{size:.1f} kB", f"{took:.2f} ms", f"{1000 / took:,.0f}", f"{limit:.2f} ms"))
    print(table(("", "size", "a letter", "letters a second", "limit: the parts alone, by the standard library"), rows))
    print("### The slowest of hostile letters\n")
    slow = sorted(((seconds(build()), name) for name, (build, _) in HOSTILE.items()), reverse=True)
    print(table(("letter", "seconds"), [(name, f"{took:.2f}") for took, name in slow[:6]]))


if __name__ == "__main__":
    main()
