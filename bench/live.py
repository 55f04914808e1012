"""From posting to another person's open page: `python -m bench.live`.

Fifty posts a second by HTTP, fifty open streams that may all see every one of them. Each figure is the time from the first
byte of the post to the line of the stream that tells of it, over all pairs of a post and a listener. Generator, listeners,
server and database share the machine. The bars: p95 of 50 ms on one node, 250 ms when the stream is another process.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.postgres import Server, free_port
from tests.serving import House, running

LISTENERS, RATE, CASES, LINES = 50, 50, 20, 16
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
WARM = 2.0  # seconds at the start that do not count
_BODY = re.compile(rb'"kind":"message\.posted".*?"body":"([0-9a-f]{64})"')


def main() -> None:
    rows = [measured("one process, SQLite", "", 50)]
    database = Server(durable=True)
    try:
        rows.append(measured("one process, PostgreSQL", database.url, 50))
        rows.append(measured("stream in another process, PostgreSQL", database.url + "2", 250, apart=True))
    finally:
        database.stop()
    print(f"{RATE} posts a second, {LISTENERS} listeners. {described()}")
    print(table(["where", "posts", "p50, ms", "p95, ms", "worst, ms", "never told", "bar for p95"], rows))
    sys.exit(
        any(
            float(row[3]) > row.pop() or row[5]
            for row in [[*row, bar] for row, bar in zip(rows, (50, 50, 250), strict=True)]
        )
    )


def measured(name: str, url: str, bar: int, *, apart: bool = False) -> list[Any]:
    """A row of the table, on a fresh database."""
    with (
        tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder,
        ExitStack() as all_,
    ):
        more = {"API_PER_MINUTE": "1000000"}
        house = House(url or f"sqlite:///{folder}/bench.sqlite3", Path(folder), more)
        if apart:
            _make_database(url)
        cases = world(house)
        listen_at = House(house.database, house.data, more, port=free_port()) if apart else house
        all_.enter_context(running(house.serve(*(["--only", "web"] if apart else []))))
        if apart:
            all_.enter_context(running(listen_at.serve("--only", "stream")))
        taken, lost = asyncio.run(run(house.port, listen_at.port, cases))
    worst = statistics.quantiles(taken, n=20)[18]
    figures = f"{statistics.median(taken):.1f}", f"{worst:.1f}", f"{max(taken):.1f}"
    return [name, f"{len(taken) // LISTENERS:,}", *figures, lost, f"{bar} ms"]


def _make_database(url: str) -> None:
    import psycopg

    address, _slash, name = url.rpartition("/")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]


def world(house: House) -> list[dict[str, str]]:
    made = subprocess.run(
        [sys.executable, "-m", "bench.world", str(CASES)], env=house.environment(), check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    found: list[dict[str, str]] = json.loads(made.stdout.splitlines()[-1])
    return found


async def run(port: int, stream_port: int, cases: Sequence[dict[str, str]]) -> tuple[list[float], int]:
    """Milliseconds of each pair that counts, and how many pairs never came to an end."""
    keys = [cases[0]["client_key"], cases[0]["partner_key"]]
    heard: list[dict[bytes, float]] = [{} for _ in range(LISTENERS)]
    listening = [asyncio.create_task(listen(stream_port, keys[n % 2], heard[n])) for n in range(LISTENERS)]
    await asyncio.sleep(1)
    posted = await post(port, cases)
    end = time.perf_counter() + 5
    while any(len(one) < len(posted) for one in heard) and time.perf_counter() < end:
        await asyncio.sleep(0.05)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    first = min(posted.values()) + WARM
    pairs = [(at, one.get(body)) for body, at in posted.items() if at >= first for one in heard]
    return [(told - at) * 1000 for at, told in pairs if told], sum(told is None for _at, told in pairs)


async def listen(port: int, key: str, heard: dict[bytes, float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if found := line.startswith(b"data: ") and _BODY.search(line):
                heard.setdefault(found[1], time.perf_counter())
    finally:
        writer.close()


async def post(port: int, cases: Sequence[dict[str, str]]) -> dict[bytes, float]:
    """When each body was posted, by its digest. One post each 20 ms, whatever became of those before."""
    lines: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(LINES):
        lines.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    posted: dict[bytes, float] = {}
    begun, going = time.perf_counter(), []
    for number in range(int((SECONDS + WARM) * RATE)):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        case = cases[number % len(cases)]
        key = case[("client_key", "partner_key")[number // len(cases) % 2]]
        going.append(asyncio.create_task(_post(lines, case["reference"], key, f"Number {number}", posted)))
    await asyncio.gather(*going)
    for _ in range(LINES):
        (await lines.get())[1].close()
    return posted


async def _post(lines: asyncio.Queue[Any], reference: str, key: str, words: str, posted: dict[bytes, float]) -> None:
    body = json.dumps({"body": words}).encode()
    head = (
        f"POST /api/v1/cases/{reference}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    posted[hashlib.sha256(words.encode()).hexdigest().encode()] = time.perf_counter()
    reader, writer = line = await lines.get()
    writer.write(head.encode() + body)
    said = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", said, re.IGNORECASE)
    await reader.readexactly(int(length[1]) if length else 0)
    if b" 201 " not in said[:20]:
        raise SystemExit(said.decode())
    lines.put_nowait(line)


if __name__ == "__main__":
    main()
