"""A million running clocks counted anew by other rules, and what storing the answers would cost: `python -m bench.recompute`.

On SQLite in a folder of its own, or on the database of TRIALOGUE_DATABASE_URL (`python -m tests.postgres python -m bench.recompute`).
Nothing of ours stores such answers, since a clock keeps the rules it began with; the second figure is the bar all the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
if "TRIALOGUE_DATABASE_URL" not in os.environ:
    os.environ["TRIALOGUE_DATA"] = tempfile.mkdtemp(prefix="trialogue-recompute-")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from bench.machine import described, table
from tests.cast import gather
from trialogue.clocks import proposing
from trialogue.clocks.models import Calendar, Clock, Policy, Unit

COUNT = int(os.environ.get("BENCH_CLOCKS", "1000000"))
OFFICE = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 50_000


# One promise each: an owner owes one answer of a kind in a case.
_MADE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO clocks_clock
    (public_id, promise, policy_id, calendar_id, case_id, environment, owner_id, owed_to_id, state, started_at, warn_at, due_at)
SELECT 'clk_' || i, 'p' || i, policy_id, calendar_id, case_id, environment, owner_id, owed_to_id, 'running', {begun}, {due}, {due}
FROM n, (SELECT * FROM clocks_clock ORDER BY id LIMIT 1) k
"""
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', '2026-03-09 11:00:00', '+' || (i * 24 / 10 + {seconds}) || ' seconds')",
    "postgresql": "timestamptz '2026-03-09 11:00:00+00' + (i * 24 / 10 + {seconds}) * interval '1 second'",
}


def world() -> Calendar:
    """So many running clocks, begun over four weeks, of a partner that changes to office hours; answers those."""
    call_command("prepare", verbosity=0)
    case = gather().released("BENCH")
    owner = Clock.objects.get(case=case).owner
    later = _LATER[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(_MADE.format(count=COUNT, begun=later.format(seconds=0), due=later.format(seconds=172_800)))
        cursor.execute("ANALYZE")
    return Calendar(
        organisation=owner, zone="Europe/Berlin", week=OFFICE, country="DE", closed={"2026-03-17": "Outing"}
    )


def _chunks(rows: Iterable[Any]) -> Iterable[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    yield chunk


def store(calendar: Calendar) -> None:
    """Counts every clock anew and writes what came out, in one transaction."""
    policy = Policy(promise="", within=16, unit=Unit.OFFICE_HOURS, warn_after=75)
    with transaction.atomic():
        rows = Clock.objects.order_by().values_list("pk", "started_at").iterator(_CHUNK)
        for chunk in _chunks(list(rows)):
            due = proposing.due_many(policy, calendar, proposing.as_micros(start for _pk, start in chunk))
            moments = (_EPOCH + timedelta(microseconds=micro) for micro in due.tolist())
            _write([(moment, pk) for moment, (pk, _start) in zip(moments, chunk, strict=True)])


def _write(rows: list[tuple[datetime, int]]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            dues, pks = zip(*rows, strict=True)
            cursor.execute(
                "UPDATE clocks_clock c SET due_at = n.due FROM unnest(%s::timestamptz[], %s::bigint[]) AS n(due, pk) WHERE c.id = n.pk",
                [list(dues), list(pks)],
            )
    else:
        adapted = [(connection.ops.adapt_datetimefield_value(due), pk) for due, pk in rows]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE clocks_clock SET due_at = %s WHERE id = %s", adapted)


def timed(what: Any, *arguments: Any) -> tuple[str, Any]:
    """How long it took, and how much of that this process worked: the rest is others, or the database's own process."""
    began, worked = time.perf_counter(), time.process_time()
    answer = what(*arguments)
    return f"{time.perf_counter() - began:.1f} s, {time.process_time() - worked:.1f} s of it ours", answer


def main() -> None:
    print(described(), connection.vendor)
    made, calendar = timed(world)
    print(f"{COUNT:,} clocks made in {made}", file=sys.stderr)
    looked, preview = timed(proposing.preview_of_hours, Clock.objects.all(), calendar)
    stored, _nothing = timed(store, calendar)
    rows = [
        (
            f"preview of {preview.running:,} running clocks by new hours",
            looked,
            f"{preview.moving:,} would move",
        ),
        ("counted anew and stored, one transaction", stored, "bar: 30 s for a million"),
    ]
    print(table(("what", "taken", ""), rows))


if __name__ == "__main__":
    main()
