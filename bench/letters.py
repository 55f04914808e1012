"""How fast letters are read, routed and filed, and how long the worst of them takes.

`python -m bench.letters`. Processor time on one core, the best of five rounds, over the corpus of `tests/letters` and over ordinary letters: an
answer of 5 to 20 kB with its HTML beside it. The limit beside it is the standard library's parser alone, which only finds the parts.

Routed: `parse`, what the database (SQLite) knows of it, `route`, for letters that open a request and for answers to mails of ours.
Filed: kept, read, routed and said, with all that follows from it, each in a durable change of its own.
"""

from __future__ import annotations

import email
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

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
To: Trialogue <{to}>
Subject: =?utf-8?Q?{subject}?=
Date: Mon, 2 Nov 2026 10:15:00 +0100
Message-ID: <{number}@northwind.example>
In-Reply-To: <n.1@mail.trialogue.example>
References: <n.1@mail.trialogue.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_b"

"""
_WORDS = "The debtor called this morning, paid a first part and asks for a plan over six months; please tell us what you think."


TRUST, REPLY = "mx.trialogue.example", "reply@mail.trialogue.example"
BAR, SLOWEST = 200, 5.0  # letters a second through parse and route; seconds


def ordinary(
    number: int,
    to: str = "reply+q7m2xk9c4t8w@mail.trialogue.example",
    subject: str = "Re:_Case_Q8XAXF3W:_a_message_from_Paul",
) -> bytes:
    """An answer of a few lines above a long history, as Outlook writes it."""
    own = [_WORDS] * (3 + number % 5)
    history = [_WORDS] * (10 + number * 3 % 30)
    block = ["From: Paul <paul@harbour.example>", "Sent: 2 November 2026 09:58", "To: Clara", "Subject: Case Q8XAXF3W"]
    plain = "\n\n".join(own) + "\n\n" + "\n".join(block) + "\n\n" + "\n\n".join(history)
    span = '<p class="MsoNormal"><span style="font-size:11.0pt;font-family:Aptos">{}</span></p>\n'
    marked = "".join(span.format(line) for line in own) + '<div id="divRplyFwdMsg">' + "<br>".join(block) + "</div>"
    marked += "".join(span.format(line) for line in history)
    return (
        _HEAD.format(number=number, to=to, subject=subject)
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


def routed_and_filed() -> tuple[list[tuple[str, str, str]], float]:
    """In a world of its own: rows of what was done, and the letters a second that were routed, of the slower kind."""
    os.environ |= {"TRIALOGUE_MAIL_TRUST": TRUST, "TRIALOGUE_REPLY_ADDRESS": REPLY}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tests.cast import MONDAY, gather
    from trialogue.channels.models import Edition
    from trialogue.letters import filing, knowing
    from trialogue.letters.models import Letter, ReplyAddress, State
    from trialogue.letters.route import Append, Open, route

    call_command("prepare", verbosity=0)
    cast, rules = gather(), Edition.in_force().rules
    clara = cast.clara.person
    assert clara is not None
    clara.email = "clara@northwind.example"
    clara.save(update_fields=["email"])
    places = [cast.conversation(f"INV-{number}") for number in range(60)]
    answers = [
        ordinary(number, ReplyAddress.objects.of(place, clara), f"Re:_Case_{place.case.reference}")
        for number, place in enumerate(places)
    ]
    requests = [ordinary(number + 100, "support@trialogue.example", f"Question_{number}") for number in range(60)]

    def where(raw: bytes) -> Append | Open:
        parsed = parse(raw)
        facts = knowing.gather(Letter(envelope_to=[]), parsed, rules, timezone.now(), vouched=False)
        found = route(parsed, facts.known, rules)
        assert isinstance(found, Append | Open), found
        return found

    rows, rates = [], []
    for name, raws in (("answers to our mails", answers), ("new requests", requests)):
        where(raws[0])  # what is learned at first use
        took = each(where, raws)
        rates.append(1000 / took)
        rows.append((f"{name}, parsed and routed", f"{took:.2f} ms", f"{1000 / took:,.0f}"))
    at = MONDAY + timedelta(days=1)
    for name, raws in (("answers to our mails", answers), ("new requests", requests)):
        begun, worked = time.perf_counter(), time.process_time()
        for raw in raws:
            at += timedelta(hours=1)  # between them, or they are a flood
            filing.file(Letter.keep(raw, door="lmtp", at=at), at=at)
        worked, spent = time.process_time() - worked, time.perf_counter() - begun
        rows.append((f"{name}, kept and filed", f"{worked / len(raws) * 1000:.1f} ms", f"{len(raws) / spent:,.0f} by the wall"))  # fmt: skip
    assert Letter.objects.filter(state=State.FILED).count() == len(answers) + len(requests)
    return rows, min(rates)


def main() -> None:
    print(f"{described()}\n\n### Letters through parse, one core; load {os.getloadavg()[0]:.1f}\n")
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
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-") as folder:
        os.environ["TRIALOGUE_DATA"] = folder
        done, rate = routed_and_filed()
    print(f"### Routed and filed, SQLite; load {os.getloadavg()[0]:.1f}\n")
    print(table(("", "processor time a letter", "letters a second"), done))
    sys.exit(rate < BAR or slow[0][0] > SLOWEST)


if __name__ == "__main__":
    main()
