"""Idle memory of the whole embedded house beside an empty Python: `python -m bench.memory`.

One process, SQLite, worker included, half a minute after its start and after twenty pages. PSS: pages shared with other
processes count by their share. The bar is 200 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.machine import described, table

WAIT = int(os.environ.get("BENCH_SECONDS", "30"))
BAR = 200  # MB
PAGES = ("/", "/cases/", "/cases/?q=Berg", "/cases/{case}/", "/cases/{case}/timeline/")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        os.environ |= {"TRIALOGUE_DATA": folder, "TRIALOGUE_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        rows = measure(Path(folder))
    print(f"{described()}\n{table(['what', 'PSS, MB', 'RSS, MB', 'threads'], rows)}")
    sys.exit(float(rows[-1][1]) > BAR)


def measure(folder: Path) -> list[list[Any]]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "trialogue.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.cast import gather
    from tests.serving import House, Listening, running

    call_command("prepare", verbosity=0)
    cast = gather()
    talk = cast.conversation(at=None)
    for number in range(20):
        talk.post(by=(cast.clara, cast.paul)[number % 2], body=f"Number {number}")
    cookie = _signed_in(cast.clara.person)
    house = House(os.environ["TRIALOGUE_DATABASE_URL"], folder, {"SECRET_KEY": settings.SECRET_KEY})
    empty = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(999)"])
    try:
        with running(house.serve()) as process:
            time.sleep(WAIT)
            rows = [["empty Python", *used(empty.pid)], [f"embedded, {WAIT} s after its start", *used(process.pid)]]
            _look(house.port, [page.format(case=talk.case.reference) for page in PAGES] * 4, cookie)
            with Listening(house.port, Cookie=cookie):
                time.sleep(2)
                rows.append(["… and after 20 pages, one of them open and listening", *used(process.pid)])
    finally:
        empty.kill()
        empty.wait()
    return rows


def _look(port: int, pages: list[str], cookie: str) -> None:
    from tests.serving import ask

    for page in pages:
        answer = ask(port, "GET", page, None, Cookie=cookie)
        if answer.status != 200:
            raise SystemExit(f"{page}: {answer.status}")


def _signed_in(person: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def used(pid: int) -> tuple[str, str, int]:
    """PSS and RSS in MB, and the number of threads."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    sizes = [int(told[name].split()[0]) / 1024 for name in ("Pss", "Rss")]
    return f"{sizes[0]:.0f}", f"{sizes[1]:.0f}", len(list(Path(f"/proc/{pid}/task").iterdir()))


if __name__ == "__main__":
    main()
