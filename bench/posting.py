"""Posting a message through the API on PostgreSQL, beside pgbench running the same statements: `python -m bench.posting`.

Sixteen clients, two processes of `trialogue serve --only web`, every commit durable. The load generator, the application
and the database share the machine, for us and for pgbench alike. The statements are taken from the lane itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import random
import re
import runpy
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg

from bench.machine import described, table
from tests.postgres import Server, free_port

CLIENTS, CASES, TURNS = 16, 400, 3
WORDS = "We have looked at the invoice again and agree with your view. " * 2
SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))


LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def world(url: str, data: str) -> list[dict[str, str]]:
    """Cases with an open conversation, and the two keys to each: made in a process of its own, which has the settings."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.world", str(CASES)],
        env={**os.environ, "TRIALOGUE_DATABASE_URL": url, "TRIALOGUE_DATA": data}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: list[dict[str, str]] = json.loads(made.stdout.splitlines()[-1])
    # References that pgbench, which knows numbers only, can say as well.
    with psycopg.connect(url, autocommit=True) as line:
        line.execute("UPDATE cases_case SET reference = lpad(id::text, 8, '0')")
    return [case | {"reference": f"{number:08}"} for number, case in enumerate(found, 1)]


def load(port: int, cases: list[dict[str, str]], seconds: float) -> tuple[float, list[float]]:
    """Posts for so long from all clients at once, each waiting for its answer; answers posts a second and each post's milliseconds."""
    requests = [_request(case, key) for case in cases for key in ("client_key", "partner_key")]
    chance, ready, taken = random.Random(1), selectors.DefaultSelector(), []
    began = now = time.perf_counter()
    for _ in range(CLIENTS):
        line = socket.create_connection(("127.0.0.1", port), timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready.register(line, selectors.EVENT_READ, [time.perf_counter(), b""])
        line.sendall(chance.choice(requests))
    while ready.get_map():
        for known, _events in ready.select(30):
            line, post = known.fileobj, known.data
            post[1] += line.recv(65536)  # type: ignore[union-attr]
            if b"\r\n\r\n" not in post[1] or len(post[1]) < _length(post[1]):
                continue
            if b" 201 " not in post[1][:20]:
                raise SystemExit(repr(post[1][:300]))
            now = time.perf_counter()
            taken.append((now - post[0]) * 1000)
            if now - began > seconds:
                ready.unregister(line)
                line.close()  # type: ignore[union-attr]
                continue
            post[:] = now, b""
            line.sendall(chance.choice(requests))  # type: ignore[union-attr]
    return len(taken) / (now - began), taken


def _request(case: dict[str, str], key: str) -> bytes:
    """The bytes of one post, made beforehand: the generator shares the processor and must cost next to nothing."""
    body = json.dumps({"body": WORDS}).encode()
    head = (
        f"POST /api/v1/cases/{case['reference']}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {case[key]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(said: bytes) -> int:
    head, _, _ = said.partition(b"\r\n\r\n")
    found = LENGTH.search(head)
    return len(head) + 4 + int(found[1] if found else 0)


def spent(*roots: int) -> float:
    """Milliseconds of processor time of these processes and all they have started, ended ones too."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents[int(path.parent.name)] = int(fields[1])
            ticks[int(path.parent.name)] = sum(map(int, fields[11:15]))
    mine = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return sum(ticks.get(pid, 0) for pid in mine) * 1000 / os.sysconf("SC_CLK_TCK")


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


# What the lane would tell the two statements, as pgbench can say it. Its words, moments and digests cost pgbench nothing to make;
# of the events it writes the mean of what the lane writes: one when the same side goes on, three when the other answers.
_ID, _DIGEST = "left(md5(random()::text), 16)", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FACTS = (
    f'{{"message": "msg_0123456789abcdef", "number": 1, "body": "{_DIGEST}", "documents": []}}',
    '{"clock": "clk_0123456789abcdef", "promise": "reply", "owner": "org_0123456789abcdef", "due_at": "2026-11-24T12:00:00+00:00"}',
)
READ = {"reference": "lpad(:n, 8, '0')", "now": "now()", "digest": "CASE :side::int WHEN 0 THEN :d0 ELSE :d1 END"}
READ_AND_TOLD = (
    "acting_for", "calendar", "case", "client", "conversation", "engagement", "environment", "listener", "me", "partner", "policy", "state",
    "subject",
)  # fmt: skip
WRITE = {
    **{name: f":{name}" for name in READ_AND_TOLD},
    "at": "now()", "tell_at": "now() + interval '10 minutes'", "due_at": "now() + interval '48 hours'", "warn_at": "now() + interval '36 hours'",
    "number": ":message_count + 1", "before": ":log_length", "log_length": ":log_length + 2", "log_digest": f"'{_DIGEST}'",
    "message": f"'msg_' || {_ID}", "body": f"'{WORDS}'", "expects": "true", "sender_key": "NULL", "author": "NULL", "via": "'api'", "by": "''",
    "met": "(CASE WHEN :owed_by = :me THEN '{' || :opened || '}' ELSE '{}' END)",
    "clock": f"(CASE WHEN :owed_by IN ('', :me) THEN 'clk_' || {_ID} END)", "promise": "'reply'", "owner": "NULLIF(:owner, '')", "referrer": "NULLIF(:referrer, '')::bigint",
    "kinds": "E'message.posted\\nclock.started'", "facts": "E'" + "\\n".join(_FACTS) + "'",
    "previous": f"E'{_DIGEST}\\n{_DIGEST}'", "digests": f"E'{_DIGEST}\\n{_DIGEST}'",
}  # fmt: skip


def script() -> str:
    """The very statements of the hot lane, for pgbench."""
    said = runpy.run_path(str(Path(__file__).parents[1] / "trialogue" / "posting" / "statements.py"))
    return (
        f"\\set n random(1, {CASES})\n\\set side random(0, 1)\n"
        f"{said['READ_BY_KEY'].strip() % READ} \\gset\n{said['POSTGRESQL'].strip() % WRITE};\n"
    )


def pgbench(server: Server, cases: list[dict[str, str]], seconds: float) -> tuple[float, float]:
    """Transactions a second and their mean milliseconds, of the statements of the hot lane."""
    secrets = (cases[0]["client_key"], cases[0]["partner_key"])
    digests = [f"-Dd{n}={hashlib.sha256(secret.encode()).hexdigest()}" for n, secret in enumerate(secrets)]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script())
        file.flush()
        done = subprocess.run(
            [str(server.bin / "pgbench"), "-h", "127.0.0.1", "-p", str(server.port), "-U", "trialogue", "-n", "-M", "prepared",
             "-c", str(CLIENTS), "-j", "2", "-T", f"{seconds:.0f}", *digests, "-f", file.name, "trialogue"],
            capture_output=True, text=True,
        )  # fmt: skip
    rate, latency = re.search(r"tps = ([\d.]+)", done.stdout), re.search(r"latency average = ([\d.]+)", done.stdout)
    if not rate or not latency or done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    time.sleep(1)  # until its sessions are gone, or what they spent would be counted twice or not at all
    return float(rate[1]), float(latency[1])


def main() -> None:
    """In turns, so that what else the machine does meanwhile is the same for both."""
    server, data, port = Server(durable=True), tempfile.mkdtemp(prefix="trialogue-bench-"), free_port()
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    rates, limits, means, taken = [], [], [], []
    ours, theirs = Counter[str](), Counter[str]()
    try:
        cases = world(server.url, data)
        process = serve(server.url, data, port)
        try:
            load(port, cases, 3)
            for _turn in range(TURNS):
                before = _spent(process.pid, postmaster)
                rate, each = load(port, cases, SECONDS / TURNS)
                ours += _spent(process.pid, postmaster) - before
                rates.append(rate)
                taken += each
                if "--no-pgbench" not in sys.argv:
                    before = _spent(process.pid, postmaster)
                    limit, mean = pgbench(server, cases, SECONDS / TURNS)
                    theirs += _spent(process.pid, postmaster) - before
                    limits.append(limit)
                    means.append(mean)
        finally:
            process.terminate()
            process.wait(10)
    finally:
        server.stop()
    rate, p95 = statistics.mean(rates), statistics.quantiles(taken, n=20)[18]
    rows = [
        [
            "POST /cases/…/messages",
            f"{rate:,.0f}",
            f"{statistics.mean(taken):.1f}",
            f"{p95:.0f}",
            _each(ours, len(taken)),
            "p95 under 100 ms",
        ]
    ]
    if limits:
        limit, posts = statistics.mean(limits), sum(limits) * SECONDS / TURNS
        turns = ", ".join(f"{one / other:.0%}" for one, other in zip(rates, limits, strict=True))
        share = (theirs.total() / posts) / (ours.total() / len(taken))
        rows.append(
            [
                "pgbench, the same statements",
                f"{limit:,.0f}",
                f"{statistics.mean(means):.1f}",
                "",
                _each(theirs, posts),
                "",
            ]
        )
        rows.append(
            [f"ours / pgbench (by turn: {turns})", f"{rate / limit:.0%}", "", "", f"{share:.0%}", "at least 50 %"]
        )
    print(f"{described()}, load average {os.getloadavg()[0]:.1f}")
    print(table(["posting, 16 clients", "per second", "mean ms", "p95 ms", "processor ms a post", "bar"], rows))


def _spent(web: int, postmaster: int) -> Counter[str]:
    """Milliseconds of processor time so far; the generator is this process, or pgbench, which it has started."""
    spent_by_web = spent(web)
    return Counter(
        {"web": spent_by_web, "PostgreSQL": spent(postmaster), "generator": spent(os.getpid()) - spent_by_web}
    )


def _each(cost: Counter[str], posts: float) -> str:
    return ", ".join(f"{name} {cost[name] / posts:.2f}" for name in ("web", "PostgreSQL", "generator"))


if __name__ == "__main__":
    main()
