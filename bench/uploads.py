"""Bulk upload: rows a second through checking and through creating, and the peak memory: `python -m bench.uploads`.

A CSV and an XLSX of as many rows as BENCH_ROWS says (50,000), all columns filled, gone through by the worker's own round.
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
from tests.postgres import Server

ROWS = int(os.environ.get("BENCH_ROWS", "50000"))
BAR = 500  # rows a second


def write_csv(path: Path) -> None:
    from trialogue.uploads.columns import COLUMNS

    with path.open("w", encoding="cp1252") as out:
        out.write(";".join(column.title for column in COLUMNS if column.name != "documents") + "\n")
        out.writelines(";".join(map(str, _cells(number))) + "\n" for number in range(ROWS))


def write_xlsx(path: Path) -> None:
    from openpyxl import Workbook

    from trialogue.uploads.columns import COLUMNS

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([column.title for column in COLUMNS if column.name != "documents"])
    for number in range(ROWS):
        sheet.append(_cells(number))
    book.save(path)


def _cells(number: int) -> list[Any]:
    return [
        f"INV-{number}", f"Schuldner {number} GmbH", "Company", f"Hafenstraße {number % 200}", "20457", "Hamburg", "", "DE",
        f"buchhaltung@{number}.example", "+49 40 123456", "2026-01-15", "14.02.2026", f"{number % 9000 + 100},50", "EUR",
        "Frau Bergmann", "Unpaid invoice for power deliveries.",
    ]  # fmt: skip


def upload(path: str) -> None:
    """In a process of its own, which has the settings: the phases of one upload in seconds, as JSON on the last line."""
    import resource

    from django.core.management import call_command
    from django.utils import timezone

    call_command("prepare", verbosity=0)
    from tests.cast import gather
    from trialogue.uploads import rounds
    from trialogue.uploads.models import Upload

    clara, taken = gather().clara, {}

    def phase(name: str, work: Any) -> Any:
        began = time.perf_counter()
        end = work()
        taken[name] = time.perf_counter() - began
        return end

    def drain() -> None:
        while rounds.work_due(timezone.now()):
            pass

    with open(path, "rb") as content:
        found = phase("receive", lambda: Upload.receive(content, path, by=clara))
    found.match(found.columns, by=clara)
    phase("check", drain)
    found.refresh_from_db()
    found.start(by=clara)
    phase("create", drain)
    found.refresh_from_db()
    if found.created != ROWS:
        raise SystemExit(f"{found.created} of {ROWS} were created: {found.trouble}")
    print(json.dumps({**taken, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def measured(name: str, path: Path, environment: dict[str, str]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.uploads", str(path)], env=environment, check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    rates = [f"{ROWS / told[phase]:,.0f}" for phase in ("check", "create")]
    return [name, f"{told['receive']:.1f}", *rates, f"{told['peak']} MB", f"bar: {BAR} rows/s created"]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="trialogue-bench-"))
    files = {"CSV": folder / "cases.csv", "XLSX": folder / "cases.xlsx"}
    write_csv(files["CSV"])
    write_xlsx(files["XLSX"])
    rows: list[list[Any]] = []
    for kind, path in files.items():
        base = {**os.environ, "TRIALOGUE_DATA": tempfile.mkdtemp(prefix="trialogue-bench-")}
        rows.append(measured(f"{kind}, SQLite", path, base))
        server = Server(durable=True)
        try:
            rows.append(measured(f"{kind}, PostgreSQL", path, {**base, "TRIALOGUE_DATABASE_URL": server.url}))
        finally:
            server.stop()
    print(described())
    print(table([f"upload of {ROWS:,} rows", "receive s", "checked rows/s", "created rows/s", "peak memory", ""], rows))


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
import django

django.setup()

if __name__ == "__main__":
    if len(sys.argv) > 1:
        upload(sys.argv[1])
    else:
        main()
