"""Lists, counters and case pages among very many cases: `python -m bench.lists [--cases 100000] [--only sqlite|postgresql]`.

The time of the whole request inside one process, with session, rights and template, after one look that warms it; beside it the
processor time of that process and of PostgreSQL's, which others at work on the machine change less.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.postgres import server

REPEAT, LIMIT = int(os.environ.get("BENCH_REPEAT", "40")), 100
# Words of all messages, of a tenth, a hundredth, a thousandth and a few of them (see many.WORDS), of all cases, of nothing.
SEARCHES = tuple(
    f"/search/?q={words}"
    for words in ("friday", "court", "bailiff", "bailiff+friday", "insolvency", "zebra", "debtor", "nosuchword")
)
PAGES = {
    "Clara, of 5,000": ("/cases/", "/cases/?state=Active&sort=amount", "/cases/?sort=due", "/cases/?unread=1", "/cases/?clock=mine&clock=broken",
                        "/cases/?country=DE&amount_from=5000", "/cases/?q=Debtor+00012", "/", *SEARCHES),
    "Paul, of 20,000": ("/cases/", "/cases/?sort=due", "/cases/?unread=1", "/cases/?sort=amount&currency=DKK", "/", *SEARCHES),
    "Olga, of all": ("/cases/", "/cases/?state=Closed", "/cases/?sort=amount", "/cases/?sort=-age", "/cases/?sort=due", "/cases/?clock=broken",
                     "/cases/?country=IS", "/cases/?q=Debtor+0000012", "/cases/?clock=at-risk&sort=due", "/cases/?country=DE&amount_from=90000", "/", *SEARCHES),
}  # fmt: skip


def measure(count: int) -> None:
    """In a process of its own, on the database of its environment; prints lines of name and milliseconds."""
    import django

    django.setup()
    from django.test import Client

    from bench.many import make

    begun = time.perf_counter()
    world = make(count)
    print("made", round(time.perf_counter() - begun), flush=True)
    people = {"Clara": world.cast.clara, "Paul": world.cast.paul, "Olga": world.cast.olga}
    for who, addresses in PAGES.items():
        client = Client(headers={"host": "localhost"})
        client.force_login(people[who.partition(",")[0]].person)  # type: ignore[arg-type]
        for address in addresses:
            timed(client, f"{who}: `{address}`", address)
        if who.startswith("Clara"):
            deep = _deep(client, "/cases/?state=open")
            timed(client, f"{who}: twenty pages on", deep)
            timed(client, "case page, 20 messages", f"/cases/{world.short}/")
            timed(client, "case page, 10,000 messages", f"/cases/{world.long}/")


def _deep(client: Any, address: str) -> str:
    """Where twenty clicks on Older lead."""
    for _click in range(20):
        found = client.get(address).content.decode()
        link = next(part for part in found.split("<a ") if 'rel="next"' in part.partition(">")[0])
        address = "/cases/" + link.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    return address


def timed(client: Any, name: str, address: str) -> None:
    import_module("trialogue.wsgi")  # how garbage is collected is settled where a server begins
    assert client.get(address).status_code == 200, address
    spent, worked = [], []
    for _time in range(REPEAT):
        begun, before = time.perf_counter(), _worked()
        client.get(address)
        spent.append((time.perf_counter() - begun) * 1000)
        worked.append((_worked() - before) * 1000)
    print(
        "page",
        f"{statistics.median(spent):.1f}",
        f"{statistics.quantiles(spent, n=20)[18]:.1f}",
        f"{statistics.median(worked):.1f}",
        f"{statistics.quantiles(worked, n=20)[18]:.1f}",
        name,
        sep="\t",
        flush=True,
    )


def _worked() -> float:
    """Seconds of processor time so far, of this process and of PostgreSQL's that serves it."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return time.process_time()
    served = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(served) / 1e9


def _measured(module: str, count: int, environment: dict[str, str]) -> tuple[str, list[list[str]]]:
    command = [sys.executable, "-m", module, "--measure", "--count", str(count)]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    made = next(line.split()[1] for line in told if line.startswith("made"))
    return made, [line.split("\t")[1:] for line in told if line.startswith("page")]


def main() -> None:
    run("bench.lists", measure, lambda count: f"{count:,} cases, {count * 5:,} messages")


def run(
    module: str,
    measure: Callable[[int], None],
    words: Callable[[int], str],
    *,
    count: int = 100_000,
    limit: int = LIMIT,
) -> None:
    """Measures on both databases, each in a process of its own, and prints what each page took."""
    parser = ArgumentParser()
    parser.add_argument("--count", "--cases", type=int, default=count)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--measure", action="store_true", help="here and now, on the database of the environment")
    told = parser.parse_args()
    if told.measure:
        measure(told.count)
        return
    print(described(), "load", *os.getloadavg())
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-") as folder:
        base = {**os.environ, "TRIALOGUE_DATA": folder, "DJANGO_SETTINGS_MODULE": "trialogue.settings"}
        if told.only != "postgresql":
            _print(limit, f"SQLite, {words(told.count)}", *_measured(module, told.count, base))
        if told.only != "sqlite":
            with server(durable=True, buffers="2GB") as running:
                base |= {"TRIALOGUE_DATABASE_URL": running.url}
                _print(limit, f"PostgreSQL, {words(told.count)}", *_measured(module, told.count, base))
    print("load", *os.getloadavg())


def _print(limit: int, name: str, made: str, rows: list[list[str]]) -> None:
    shown = [[*told, "yes" if float(told[2]) <= limit else "NO"] for told in ([row[-1], *row[:-1]] for row in rows)]
    head = [
        f"{name} (made in {made} s)",
        "p50 ms",
        "p95 ms",
        "processor p50",
        "p95",
        f"p95 ≤ {limit} ms",
    ]
    print(table(head, shown))


if __name__ == "__main__":
    main()
