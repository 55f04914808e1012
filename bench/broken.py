"""How soon a broken clock is noticed, with two workers racing for each: `python -m bench.broken`.

Clocks come due at moments spread over twenty seconds; the log says when each was due and when that was noticed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench.machine import described, table
from tests.postgres import Server

CLOCKS, SPREAD, WORKERS = 600, 20, 2


def measured(name: str, environment: dict[str, str]) -> list[Any]:
    """A row of the table: p50, p95 and the worst delay in seconds, and how many clocks broke how often."""
    subprocess.run([sys.executable, "-m", "bench.broken", "make"], env=environment, check=True)
    workers = [subprocess.Popen([sys.executable, "-m", "trialogue", "work"], env=environment) for _ in range(WORKERS)]
    try:
        time.sleep(SPREAD + 8)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(20)
    counted = subprocess.run(
        [sys.executable, "-m", "bench.broken", "count"], env=environment, check=True, capture_output=True, text=True
    )
    numbers = [float(word) for word in counted.stdout.split()]
    broken, twice, delays = int(numbers[0]), int(numbers[1]), numbers[2:]
    spread = f"{statistics.median(delays):.2f}", f"{statistics.quantiles(delays, n=20)[18]:.2f}", f"{max(delays):.2f}"
    return [name, *spread, f"{broken} of {CLOCKS}", twice]


def make() -> None:
    """Clocks that come due one after the other from five seconds on, once the workers are up."""
    from datetime import timedelta

    from django.core.management import call_command
    from django.utils import timezone

    call_command("prepare", verbosity=0)
    from tests.cast import gather
    from trialogue.clocks.models import Clock

    cast, now = gather(), timezone.now()
    for number in range(CLOCKS):
        case = cast.released(f"INV-{number}", at=now)
        due = now + timedelta(days=1)
        Clock.objects.filter(case=case).update(due_at=due, warn_at=due, warned_at=due)
    start = timezone.now() + timedelta(seconds=6)
    for number, clock in enumerate(Clock.objects.order_by("pk")):
        Clock.objects.filter(pk=clock.pk).update(due_at=start + timedelta(seconds=SPREAD * number / CLOCKS))


def count() -> None:
    from collections import Counter

    from trialogue.events.models import Event

    events = list(Event.objects.filter(kind="clock.broken"))
    times = Counter(event.facts["clock"] for event in events)
    delays = [(event.recorded_at - event.at).total_seconds() for event in events]
    print(len(times), sum(1 for n in times.values() if n > 1), *delays)


def main() -> None:
    base = {
        **os.environ,
        "TRIALOGUE_DATA": tempfile.mkdtemp(prefix="trialogue-bench-"),
        "TRIALOGUE_QUIET_SECONDS": "3600",
    }
    rows = [measured("SQLite", base)]
    server = Server(durable=True)
    try:
        rows.append(measured("PostgreSQL", {**base, "TRIALOGUE_DATABASE_URL": server.url}))
    finally:
        server.stop()
    rows.append(["limit: a worker with nothing to do looks once a second", "0.50", "0.95", "1.00", "", ""])
    print(described())
    print(table(["broken clocks, two workers", "p50 s", "p95 s", "worst s", "noticed", "broken twice"], rows))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
        import django

        django.setup()
        {"make": make, "count": count}[sys.argv[1]]()
    else:
        main()
