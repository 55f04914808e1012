"""Posting a message through the API on PostgreSQL, beside pgbench running the same statements: `python -m bench.posting`.

Sixteen clients, two processes of `trialogue serve --only web`, every commit durable. The load generator, the application
and the database share the machine, for us and for pgbench alike.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.postgres import Server, free_port

CLIENTS, CASES = 16, 400
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))


def world(url: str, data: str) -> list[dict[str, str]]:
    """Cases with an open conversation, and the two keys to each: made in a process of its own, which has the settings."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.world", str(CASES)],
        env={**os.environ, "TRIALOGUE_DATABASE_URL": url, "TRIALOGUE_DATA": data}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: list[dict[str, str]] = json.loads(made.stdout.splitlines()[-1])
    return found


def load(port: int, cases: list[dict[str, str]], seconds: float) -> tuple[float, list[float]]:
    """Posts for so long from all clients at once; answers posts a second and each post's milliseconds."""
    requests = [_request(case, key) for case in cases for key in ("client_key", "partner_key")]
    until, lock = time.monotonic() + seconds, threading.Lock()
    taken: list[float] = []

    def client(seed: int) -> None:
        chance, mine = random.Random(seed), []
        line = socket.create_connection(("127.0.0.1", port), timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.monotonic() < until:
            asked = chance.choice(requests)
            began = time.perf_counter()
            line.sendall(asked)
            said = b""
            while b"\r\n\r\n" not in said or len(said) < _length(said):
                said += line.recv(65536)
            mine.append((time.perf_counter() - began) * 1000)
            if b" 201 " not in said[:20]:
                raise SystemExit(repr(said[:300]))
        with lock:
            taken.extend(mine)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(taken) / (time.monotonic() - began), taken


def _request(case: dict[str, str], key: str) -> bytes:
    """The bytes of one post, made beforehand: the generator shares the processor and must cost next to nothing."""
    body = json.dumps({"body": "We have looked at the invoice again and agree with your view. " * 2}).encode()
    head = (
        f"POST /api/v1/cases/{case['reference']}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {case[key]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(said: bytes) -> int:
    head, _, _ = said.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return len(head) + 4 + int(found[1] if found else 0)


def serve(url: str, data: str, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-m", "trialogue", "serve", "--only", "web", "--processes", "2", "--port", str(port)],
        env={**os.environ, "TRIALOGUE_DATABASE_URL": url, "TRIALOGUE_DATA": data, "TRIALOGUE_API_PER_MINUTE": "1000000"},
        start_new_session=True,
    )  # fmt: skip
    for _ in range(200):
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            line.request("GET", "/api/v1/openapi.json")
            if line.getresponse().status == 200:
                return process
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def pgbench(server: Server, cases: list[dict[str, str]]) -> tuple[float, float]:
    """Transactions a second and their mean milliseconds, of the statements in posting.sql."""
    script = Path(__file__).with_name("posting.sql")
    secrets = (cases[0]["client_key"], cases[0]["partner_key"])
    digests = [f"-Dd{n}={hashlib.sha256(secret.encode()).hexdigest()}" for n, secret in enumerate(secrets)]
    done = subprocess.run(
        [str(server.bin / "pgbench"), "-h", "127.0.0.1", "-p", str(server.port), "-U", "trialogue", "-n", "-M", "prepared",
         "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-D", f"cases={CASES}", *digests, "-f", str(script), "trialogue"],
        capture_output=True, text=True,
    )  # fmt: skip
    rate, latency = re.search(r"tps = ([\d.]+)", done.stdout), re.search(r"latency average = ([\d.]+)", done.stdout)
    if not rate or not latency or done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return float(rate[1]), float(latency[1])


def main() -> None:
    server, data, port = Server(durable=True), tempfile.mkdtemp(prefix="trialogue-bench-"), free_port()
    rows: list[list[Any]] = []
    try:
        cases = world(server.url, data)
        process = serve(server.url, data, port)
        try:
            load(port, cases, 3)
            rate, taken = load(port, cases, SECONDS)
        finally:
            process.terminate()
            process.wait(10)
        if "--no-pgbench" not in sys.argv:
            limit, mean = pgbench(server, cases)
            rows.append(["pgbench, the same statements", f"{limit:,.0f}", f"{mean:.1f}", "", ""])
            rows.append(["ours / pgbench", f"{rate / limit:.0%}", "", "", "bar: at least 50 %"])
        p95 = statistics.quantiles(taken, n=20)[18]
        rows.insert(
            0,
            [
                "POST /cases/…/messages",
                f"{rate:,.0f}",
                f"{statistics.mean(taken):.1f}",
                f"{p95:.0f}",
                "bar: p95 under 100 ms",
            ],
        )
    finally:
        server.stop()
    print(described())
    print(table(["posting, 16 clients", "per second", "mean ms", "p95 ms", ""], rows))


if __name__ == "__main__":
    main()
