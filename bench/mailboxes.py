"""How soon a letter is kept that comes into one of 300 mailboxes, beside 30 more whose server never answers: `python -m bench.mailboxes`.

A real IMAP server (pymap) in a process of its own, letters put in at random; then the same with a worker that is killed by
`kill -9` at random, which may lose and double nothing. The lag is from the server's yes to the letter's row; the bar is 60 s.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.machine import described, table
from tests.serving import House, answers, end

MAILBOXES, DEAD, LETTERS = 300, 30, 600
SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))  # over which the letters come
BAR = 60.0
KILLS = 8


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        house = House(f"sqlite:///{folder}/bench.sqlite3", Path(folder))
        lags = _lags(house)
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        house = House(f"sqlite:///{folder}/bench.sqlite3", Path(folder))
        lost, doubled = _killed(house)
    print(described())
    spread = statistics.median(lags), statistics.quantiles(lags, n=20)[18], max(lags)
    rows = [[f"{MAILBOXES} mailboxes, {DEAD} dead ones beside them", *(f"{each:.2f}" for each in spread), f"≤ {BAR:g}"]]
    print(table(["lag of a letter, SQLite", "p50 s", "p95 s", "worst s", "bar"], rows))
    print(table([f"{KILLS} × kill -9 at random", "lost", "doubled"], [[f"{LETTERS} letters", lost, doubled]]))
    sys.exit(max(lags) > BAR or lost or doubled)


def _lags(house: House) -> list[float]:
    """Seconds from each letter's arrival there to its being kept here."""
    from tests.serving import looking_at
    from trialogue.doors.mail.models import Mailbox
    from trialogue.letters.models import Letter

    with _server(house) as (server, users), looking_at(house.database):
        worker = house.start("work")
        try:
            _until(lambda: Mailbox.objects.filter(last_ok_at__isnull=False).count() == MAILBOXES)
            put = _put(server, users, LETTERS, SECONDS)
            _until(lambda: Letter.objects.count() == LETTERS)
        finally:
            end(worker)
        kept = {bytes(one.raw): one.arrived_at.timestamp() for one in Letter.objects.all()}
        return [max(0.0, kept[raw] - at) for raw, at in put.items()]


def _killed(house: House) -> tuple[int, int]:
    """How many letters were lost, and how many were there twice."""
    from threading import Thread

    from tests.serving import looking_at
    from trialogue.doors.mail.models import Mailbox
    from trialogue.letters.models import Letter

    house.quick = {"trialogue.doors.mail.models.LEASE_SECONDS": 1.0, "trialogue.doors.mail.fetching.HOLD_EVERY": 0.3}
    sent: dict[bytes, float] = {}
    with _server(house) as (server, users), looking_at(house.database):
        worker = house.start("work")
        _until(lambda: Mailbox.objects.filter(last_ok_at__isnull=False).count() == MAILBOXES)
        putting = Thread(target=lambda: sent.update(_put(server, users, LETTERS, SECONDS)))
        putting.start()
        for _kill in range(KILLS):
            time.sleep(random.uniform(0.2, 2 * SECONDS / KILLS))
            end(worker, signal.SIGKILL)
            worker = house.start("work")
        putting.join()
        _until(lambda: Letter.objects.count() >= LETTERS)
        end(worker)
        kept = Counter(bytes(one.raw) for one in Letter.objects.all())
        return len(sent.keys() - kept.keys()), sum(number - 1 for number in kept.values())


@contextmanager
def _server(house: House) -> Iterator[tuple[int, list[str]]]:
    """Its port and its users; the house knows a mailbox of each."""
    from tests.doors.mail.conftest import as_toml, box
    from tests.postgres import free_port

    assert house.start("prepare").wait(120) == 0
    users, port = [f"user{number}" for number in range(MAILBOXES)], free_port()
    server = subprocess.Popen([sys.executable, "-m", "tests.imapd", str(port), *users], stderr=subprocess.DEVNULL)
    with socket.create_server(("127.0.0.1", 0), backlog=DEAD) as silent:  # takes connections, and says nothing
        dead = [box(f"dead{number}", silent.getsockname()[1]) for number in range(DEAD)]
        file = house.data / "mailboxes.toml"
        file.write_text(as_toml([*dead, *(box(user, port) for user in users)]))
        house.more = {**house.more, "MAILBOXES": str(file)}
        try:
            _until(lambda: answers(port))
            yield port, users
        finally:
            server.terminate()
            server.wait(30)


def _put(port: int, users: list[str], number: int, seconds: float) -> dict[bytes, float]:
    """Puts letters into mailboxes at random; answers when the server had each."""
    from imapclient import IMAPClient

    from tests.doors.mail.conftest import letter
    from tests.imapd import PASSWORD

    start, put = time.monotonic(), dict[bytes, float]()
    for at, moment in enumerate(sorted(random.uniform(0, seconds) for _letter in range(number))):
        time.sleep(max(0.0, start + moment - time.monotonic()))
        client = IMAPClient("127.0.0.1", port, ssl=False, timeout=60)
        client.plain_login(random.choice(users), PASSWORD)
        client.append("INBOX", raw := letter(f"{seconds}-{at}"))
        put[raw] = time.time()
        client.shutdown()
    return put


def _until(done: Callable[[], bool]) -> None:
    last = time.monotonic() + 300
    while not done():
        assert time.monotonic() < last
        time.sleep(0.2)


if __name__ == "__main__":
    main()
