"""Idle memory of the whole embedded house beside an empty Python: `python -m bench.memory`.

One process, SQLite, worker included, half a minute after its start and after twenty pages. PSS counts pages shared with
other processes by their share; RSS counts them whole, and so is what a machine with nothing else on it would see. The bar
is 200 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.serving import House, Listening, ask, running

WAIT = int(os.environ.get("BENCH_SECONDS", "30"))
BAR = 200  # MB
PAGES = ("/", "/cases/", "/cases/?q=Berg", "/cases/{case}/", "/cases/{case}/timeline/")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        house = House(f"sqlite:///{folder}/bench.sqlite3", Path(folder))
        rows = measured(house, world(house))
    print(f"{described()}\n{table(['what', 'PSS, MB', 'RSS, MB', 'threads'], rows)}")
    sys.exit(float(rows[-1][1]) > BAR)


def world(house: House) -> dict[str, str]:
    """A case and the cookie of someone who sees it, made in a process that is gone when we measure."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.memory", "world"], env=house.environment(), check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    found: dict[str, str] = json.loads(made.stdout.splitlines()[-1])
    return found


def make() -> dict[str, str]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from tests.cast import gather

    call_command("prepare", verbosity=0)
    cast, client = gather(), Client()
    talk = cast.conversation(at=None)
    for number in range(20):
        talk.post(by=(cast.clara, cast.paul)[number % 2], body=f"Number {number}")
    assert cast.clara.person is not None
    client.force_login(cast.clara.person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"case": talk.case.reference, "cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}


def measured(house: House, there: dict[str, str]) -> list[list[Any]]:
    empty = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)"])
    try:
        with running(house.serve()) as process:
            time.sleep(WAIT)
            rows = [["empty Python", *used(empty.pid)], [f"embedded, {WAIT} s after its start", *used(process.pid)]]
            for page in PAGES * 4:
                answer = ask(house.port, "GET", page.format(**there), None, Cookie=there["cookie"])
                assert answer.status == 200, (page, answer.status)
            with Listening(house.port, Cookie=there["cookie"]):
                time.sleep(2)
                rows.append(["… and after 20 pages, the last still open and listening", *used(process.pid)])
    finally:
        empty.kill()
        empty.wait()
    return rows


def used(pid: int) -> tuple[str, str, int]:
    """PSS and RSS in MB, and the number of threads."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    sizes = [int(told[name].split()[0]) / 1024 for name in ("Pss", "Rss")]
    return f"{sizes[0]:.0f}", f"{sizes[1]:.0f}", len(list(Path(f"/proc/{pid}/task").iterdir()))


if __name__ == "__main__":
    print(json.dumps(make())) if sys.argv[1:] == ["world"] else main()
