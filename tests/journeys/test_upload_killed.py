"""`kill -9` of the worker while it makes cases out of a file: it goes on where it was, and makes nothing twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from tests.cast import gather
from tests.journeys.test_kill import ground
from tests.serving import PATIENCE, end, looking_at
from tests.uploads.files import claim, csv
from trialogue.cases.models import Case
from trialogue.events.models import Event, first_broken_link
from trialogue.uploads.models import Upload

ROWS = 1200


def test_a_worker_killed_while_it_makes_cases_makes_each_of_them_once(
    tmp_path: Path,
    django_db_setup: None,
    django_db_blocker: pytest.FixtureRequest,
) -> None:
    with ground(tmp_path) as (house, _database), django_db_blocker.unblock(), looking_at(house.database):  # type: ignore[attr-defined]
        assert house.start("work", "--once").wait(PATIENCE) == 0
        clara = gather().clara
        upload = Upload.receive(csv(*(claim(n) for n in range(ROWS))), "cases.csv", by=clara)
        upload.match(upload.columns, by=clara)
        killed = 0
        while upload.state != "done":
            if upload.state == "checked":
                upload.start(by=clara)
            Upload.objects.filter(pk=upload.pk).update(due_at=timezone.now())  # the dead one's lease
            worker, before = house.start("work"), upload.done
            # From the first batch that this one has kept, three times; the fourth comes to the end.
            until(upload, lambda u, b=before, k=killed: u.state in ("checked", "done") or (k < 3 and u.done > b))
            killed += upload.is_at_work
            end(worker, signal.SIGKILL)
            upload.refresh_from_db()
        assert killed >= 2
        assert (upload.created, upload.wrong, upload.known) == (ROWS, 0, 0)
        assert Case.objects.count() == Case.objects.values("client_reference").distinct().count() == ROWS
        assert Event.objects.filter(kind="case.submitted").count() == ROWS
        assert upload.outcomes.filter(outcome="created").count() == ROWS
        assert first_broken_link(upload) is None


def until(upload: Upload, done: Callable[[Upload], bool]) -> None:
    last = time.monotonic() + PATIENCE
    while not done(upload):
        assert time.monotonic() < last, upload.state
        time.sleep(0.02)
        upload.refresh_from_db()
