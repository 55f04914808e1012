"""How fast pasted text is searched for personal data and secrets, and how much of it is found.

`python -m bench.redact`. The limit beside it is one bare regular expression that only looks at each run of digits. Both are measured
in processor time on one core, the best of five rounds.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable

from bench.machine import described, table
from tests.lib import redact_samples
from tests.lib.redact_samples import HOSTILE
from trialogue.lib.redact import redact

SIZE = 2_000_000
_SCAN = re.compile(r"[0-9]+")
_NAMES = ["Anna Schmidt", "Lars Holm", "Moira Kelly", "Jürgen Weiß", "Mette Østergaard", "John Smith"]


def _reference(chance: random.Random) -> str:
    return "".join(chance.choices("23456789ABCDEFGHJKMNPQRSTVWXYZ", k=8))


def _id(chance: random.Random, kind: str) -> str:
    return f"{kind}_{''.join(chance.choices('0123456789abcdefghjkmnpqrstvwxyz', k=16))}"


def _time(chance: random.Random) -> str:
    return f"2026-11-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.random() * 60:06.3f}Z"


def log_line(chance: random.Random) -> str:
    """One in twelve lines holds something of someone."""
    head = f"{_time(chance)} INFO api.cases request_id={chance.randbytes(16).hex()} org={_id(chance, 'org')}"
    tail = f"GET /api/v1/cases/{_reference(chance)}?page={chance.randint(1, 99)} {chance.choice([200, 201, 404, 422, 503])} {chance.randint(1, 900)}ms"
    who = chance.choice(_NAMES)
    mail = who.lower().replace(" ", ".") + "@mail.example"
    said = chance.choice(
        [
            f' msg="mail to {mail} bounced"',
            f" phone=+45{chance.randint(20_000_000, 99_999_999)}",
            f' debtorName="{who}"',
        ]
    )
    trace = chance.random() < 0.05
    frame = '\n  File "/srv/trialogue/doors/api/cases.py", line 118, in create\n    return claim.submit(by=actor, at=moment)'
    return f"{head} {tail}{said if chance.random() < 1 / 12 else ''}{frame if trace else ''}\n"


def case(chance: random.Random) -> dict[str, object]:
    """As the API gives it: one object of ten holds its debtor in clear."""
    clear = chance.random() < 0.1
    who = chance.choice(_NAMES)
    debtor = (
        {"name": who, "email": f"{who[0].lower()}@mail.example", "city": "Odense"}
        if clear
        else {"id": _id(chance, "per")}
    )
    return {
        "id": _id(chance, "cas"), "reference": _reference(chance), "clientReference": f"INV-2026-{chance.randint(1, 99999):05}",
        "externalTenantId": f"tenant-{chance.randint(1, 9999)}", "amount": {"value": f"{chance.random() * 9999:.2f}", "currency": "EUR"},
        "state": chance.choice(["new", "active", "paused", "closed"]), "createdAt": _time(chance), "dueAt": _time(chance),
        "partner": {"id": _id(chance, "org"), "name": "Harbour Collections Ltd"}, "debtor": debtor, "disputed": False, "tags": ["b2b", "eu"],
    }  # fmt: skip


def texts() -> dict[str, str]:
    chance = random.Random(4)
    lines = "".join(log_line(chance) for _ in range(SIZE // 150))
    cases = [case(chance) for _ in range(SIZE // 520)]
    words = (
        "The debtor answered on the phone and promised to pay the rest before the end of the month, see the letter.\n"
    )
    return {
        "logs of a service": lines[:SIZE],
        "JSON, indented": json.dumps(cases, indent=2)[:SIZE],
        "JSON in one line": json.dumps(cases, separators=(",", ":"))[:SIZE],
        "plain words": (words * (SIZE // len(words)))[:SIZE],
    }


def rate(ask: Callable[[str], object], text: str) -> float:
    """Megabytes of UTF-8 a second of processor time: the best of five."""

    def once() -> float:
        begun = time.process_time()
        ask(text)
        return time.process_time() - begun

    return len(text.encode()) / 1e6 / min(once() for _ in range(5))


def scan(text: str) -> int:
    return sum(1 for _ in _SCAN.finditer(text))


def seconds(shape: str) -> float:
    text = (shape * (SIZE // len(shape)))[:SIZE]
    begun = time.process_time()
    redact(text)
    return time.process_time() - begun


def main() -> None:
    print(f"{described()}\n\n### MB a second on one core\n")
    rows = [
        (name, f"{rate(redact, text):.1f}", f"{rate(scan, text):.1f}", f"{len(redact(text).findings):,}")
        for name, text in texts().items()
    ]
    print(table(("2 MB of", "redact", "limit: one bare scan for digits", "found"), rows))
    print("### The slowest of hostile shapes, each 2 MB\n")
    slow = sorted(((seconds(shape), shape) for shape in HOSTILE), reverse=True)
    print(table(("over and over", "seconds"), [(repr(shape), f"{one:.2f}") for one, shape in slow[:5]]))
    print("### What is found, on the labelled samples\n")
    rows = []
    for name in ("redact_samples.txt", "redact_samples_held.txt", "redact_samples_fresh.txt"):
        samples = redact_samples.read(name)
        got = redact_samples.score(samples)
        rows.append(
            (name, f"{len(samples)}", f"{got.labels}", f"{got.precision:.3f}", f"{got.recall:.3f}", f"{got.kind:.3f}")
        )
    print(table(("samples", "texts", "labels", "precision", "recall", "of the right kind"), rows))


if __name__ == "__main__":
    main()
