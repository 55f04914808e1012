"""Pages for one client, each beside its bar: `python -m bench.pages [--cases 2000] [--only sqlite|postgresql]`.

The whole request through the WSGI application, with session, rights, queries and template, after a few looks that warm it.
CPU is the processor time of this process, which others on the machine blur little (SQLite's work is within it, PostgreSQL's is
not); the wall has everything. The limit beside them is an empty page behind the same middleware, which finds out who asks.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from bench.machine import described, table
from tests.postgres import Server

REPEAT, WARM = 60, 8
BARS = {"list": 10, "search": 10, "case page, 20 messages": 12}
LONG, SHORT, LIVE = "case page, 10,000 messages", "case page, 20 messages", "its live fragments"
SAID = (
    "Has the debtor answered? We would like to know before **Friday**.",
    "Not yet. We called twice:\n\n- Monday, nobody there\n- Tuesday, an assistant\n\nNext is a letter.",
    "> Next is a letter.\n\nThank you. The contract is at <https://example.com/contract>, see § 4.",
    "Received. We go on with the `second` reminder and come back to you.",
)


def empty(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse(str(request.actor))


def measure(count: int) -> None:
    """In a process of its own, on the database of its environment; prints lines of name, milliseconds and queries."""
    import django

    django.setup()
    from django.urls import path

    from bench.many import make
    from trialogue import urls

    world = make(count)
    for talk in (world.short, world.long):
        _talk(world.cast, talk)
    urls.urlpatterns.append(path("bench-empty/", empty))
    case = f"/cases/{world.short}/"
    pages = {
        "an empty page": "/bench-empty/", "first page": "/", "list": "/cases/", "search": "/search/?q=debtor", SHORT: case,
        LONG: f"/cases/{world.long}/", LIVE: f"{case}live/?after=19&looking=1",
    }  # fmt: skip
    for who in (world.cast.clara, world.cast.paul):
        ask = _asker(who.person)
        for name, address in pages.items():
            _tell(f"{str(who.person).split()[0]}: {name}", ask, address)


def _talk(cast: Any, reference: str) -> None:
    """As people talk: by turns, in different words, the newest a few minutes ago."""
    from django.utils import timezone

    from trialogue.conversations.models import Message

    here = Message.objects.filter(conversation__case__reference=reference)
    for n, body in enumerate(SAID):
        who = (cast.clara, cast.paul, cast.carl, cast.petra)[n]
        numbers = [number for number in here.values_list("number", flat=True) if number % len(SAID) == n]
        for start in range(0, len(numbers), 500):
            here.filter(number__in=numbers[start : start + 500]).update(
                body=body, author=who.person, organisation=who.organisation, at=timezone.now()
            )


def _asker(person: Any) -> Callable[[str], bytes]:
    """What a server does with a request of someone who is signed in."""
    from django.conf import settings
    from django.test import Client

    from trialogue.wsgi import application

    client = Client()
    client.force_login(person)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def ask(address: str) -> bytes:
        path, _, query = address.partition("?")
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": cookie, "HTTP_USER_AGENT": "Firefox/140.0 Linux", "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        }  # fmt: skip
        answer = application(environ, lambda status, *_: told.append(status))  # type: ignore[arg-type, return-value]
        whole = b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        assert told[0].startswith("200"), (address, told)
        return whole

    return ask


def _tell(name: str, ask: Callable[[str], bytes], address: str) -> None:
    from django.db import connection

    cpu, wall, queries = [], [], []
    for _time in range(WARM):
        ask(address)
    for _time in range(REPEAT):
        begun, here = time.process_time(), time.perf_counter()
        ask(address)
        cpu.append((time.process_time() - begun) * 1000)
        wall.append((time.perf_counter() - here) * 1000)
    with connection.execute_wrapper(lambda execute, *asked: (queries.append(asked[0]), execute(*asked))[1]):
        ask(address)
    print(
        "page",
        name,
        f"{statistics.median(cpu):.1f}",
        f"{statistics.median(wall):.1f}",
        len(queries),
        sep="\t",
        flush=True,
    )


def _measured(count: int, environment: dict[str, str]) -> list[list[str]]:
    command = [sys.executable, "-m", "bench.pages", "--measure", "--cases", str(count)]
    told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [line.split("\t")[1:] for line in told if line.startswith("page")]


def _print(name: str, rows: list[list[str]]) -> None:
    cpu = {page: float(spent) for page, spent, *_ in rows}
    shown = []
    for page, spent, wall, queries in rows:
        who, _, kind = page.partition(": ")
        bar, held = "", ""
        if kind in BARS:
            bar, held = f"≤ {BARS[kind]}", "yes" if cpu[page] <= BARS[kind] else "NO"
        elif kind == LONG:
            share = cpu[page] / cpu[f"{who}: {SHORT}"]
            bar, held = f"20 messages ± 20 %: {share:.2f}", "yes" if 0.8 <= share <= 1.2 else "NO"
        shown.append([page, spent, wall, queries, bar, held])
    print(table([name, "CPU p50 ms", "wall p50 ms", "queries", "bar", "held"], shown))


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--measure", action="store_true", help="here and now, on the database of the environment")
    told = parser.parse_args()
    if told.measure:
        measure(told.cases)
        return
    base = {
        **os.environ,
        "TRIALOGUE_DATA": tempfile.mkdtemp(prefix="trialogue-bench-"),
        "DJANGO_SETTINGS_MODULE": "trialogue.settings",
    }
    print(described())
    if told.only != "postgresql":
        _print(f"SQLite, {told.cases:,} cases", _measured(told.cases, base))
    if told.only != "sqlite":
        server = Server(durable=True)
        try:
            rows = _measured(told.cases, {**base, "TRIALOGUE_DATABASE_URL": server.url})
        finally:
            server.stop()
        _print(f"PostgreSQL, {told.cases:,} cases", rows)


if __name__ == "__main__":
    main()
