"""Events lost or doubled over ten thousand forced disconnects, while others write: `python -m bench.disconnects`.

Listeners break off after up to 150 ms, half of them by a reset, at any byte, and come again with `Last-Event-ID`. The bar is 0.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.postgres import Server

VISITS = int(os.environ.get("BENCH_VISITS", "10000"))
LISTENERS, WRITERS = 10, 4


def measure() -> dict[str, Any]:
    """One run on the database of the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "trialogue.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.breaking import Restless, break_off, judge, poster
    from tests.cast import gather
    from tests.serving import House, running
    from trialogue.events import tail
    from trialogue.events.models import Event

    call_command("prepare", verbosity=0)
    cast, data = gather(), Path(os.environ["TRIALOGUE_DATA"])
    talks = [cast.conversation(f"B-{number}", at=None) for number in range(WRITERS)]
    house = House(os.environ["TRIALOGUE_DATABASE_URL"], data, {"SECRET_KEY": settings.SECRET_KEY})
    actors = [(cast.clara, cast.paul, cast.olga, cast.carl)[number % 4] for number in range(LISTENERS)]
    keys = [_bearer(actor) for actor in actors]
    authors = [_bearer((cast.clara, cast.paul)[number % 2]) for number in range(WRITERS)]
    start = tail.head()

    def of(number: int) -> list[str]:
        return [tail.position_of(e) for e in tail.after(start, Event.objects.visible_to(actors[number]), 10**6)]

    with running(house.serve()):
        writers = [poster(house.port, key, talk.case.reference, 0.03) for key, talk in zip(authors, talks, strict=True)]
        listeners = [Restless(house.port, key, start, VISITS // LISTENERS) for key in keys]
        begun = time.monotonic()
        last: Callable[[int], str] = lambda number: of(number)[-1]  # noqa: E731
        heard = break_off(listeners, writers, last)
        took = time.monotonic() - begun
    told = judge(VISITS, [of(number) for number in range(LISTENERS)], heard)
    return {**vars(told), "seconds": took}


def _bearer(actor: Any) -> str:
    return f"Bearer {actor.organisation.issue_key('production')[1]}"


def in_a_process_of_its_own(url: str, module: str = "bench.disconnects") -> Any:
    """What `python -m MODULE measure` prints on its last line: settings are read only once in a process."""
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        told = {"TRIALOGUE_DATABASE_URL": url or f"sqlite:///{folder}/bench.sqlite3", "TRIALOGUE_DATA": folder}
        done = subprocess.run(
            [sys.executable, "-m", module, "measure"],
            env={**os.environ, **told},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    runs = [("SQLite", in_a_process_of_its_own(""))]
    database = Server(durable=True)
    try:
        runs.append(("PostgreSQL", in_a_process_of_its_own(database.url)))
    finally:
        database.stop()
    head = ["database", "disconnects", "events told", "lost", "doubled", "listeners out of order", "seconds"]
    rows = [
        [
            name,
            f"{run['visits']:,}",
            f"{run['events']:,}",
            run["lost"],
            run["doubled"],
            run["disordered"],
            f"{run['seconds']:.0f}",
        ]
        for name, run in runs
    ]
    print(f"{LISTENERS} listeners, {WRITERS} writers. {described()}\n{table(head, rows)}")
    sys.exit(any(run["lost"] or run["doubled"] or run["disordered"] for _name, run in runs))


if __name__ == "__main__":
    print(json.dumps(measure())) if sys.argv[1:] == ["measure"] else main()
