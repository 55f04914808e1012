"""The worker: rounds that do what is due, gone through again and again. The only place that lists them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from trialogue.articles.models import publish_due
from trialogue.articles.reading import Lookup
from trialogue.cases.models import ask_for_updates
from trialogue.clocks.feeds import read_feeds
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.looking import look_into
from trialogue.deliveries.following import tell_endpoints
from trialogue.deliveries.rounds import begin_digests, forget_posted, page_due, post_due, ring_due, send_due
from trialogue.doors.console.management.commands.prepare import take_stock
from trialogue.doors.mail import fetching, lmtp
from trialogue.escalations.rounds import climb_due
from trialogue.letters.rounds import file_due
from trialogue.lists.batches import carry_on
from trialogue.meetings.models import Gone
from trialogue.meetings.rounds import read_busy
from trialogue.requests.models import FailedCall
from trialogue.uploads.rounds import forget_files, work_due

log = logging.getLogger(__name__)
_last_stock: list[datetime] = []  # of this process, which began by taking one


def _take_stock(now: datetime) -> int:
    """Once a day what has grown is measured again; a connection learns of it when it is made. And what nobody asked about, or looked for in a while, is forgotten.

    Nothing waits for this, so nothing is counted.
    """
    _last_stock.append(now)
    if now - _last_stock[0] >= STOCK_EVERY:
        take_stock()
        FailedCall.forget(now)
        forget_posted(now)
        Lookup.forget(now)
        Gone.forget(now)
        _last_stock.clear()
    del _last_stock[1:]
    return 0


# Each does a few small things that are due and answers how many; it may be cut off anywhere.
Round = Callable[[datetime], int]
# Each lane has a thread: a mail server or a malware scanner that takes its time must not hold up a clock.
LANES: tuple[tuple[Round, ...], ...] = (
    (break_due, warn_due, climb_due, ask_for_updates, publish_due),
    (begin_digests, send_due),
    (ring_due,),
    (tell_endpoints, post_due),
    (page_due,),
    (file_due,),
    (look_into,),
    (carry_on,),
    (read_busy, read_feeds),
    (work_due, forget_files, _take_stock),
)
# Doors that letters come in by stand open as long as the worker works, each in a thread.
DOORS: tuple[Callable[[threading.Event], None], ...] = (fetching.tend, lmtp.listen)
STOCK_EVERY = timedelta(days=1)
ROUNDS: tuple[Round, ...] = tuple(each for lane in LANES for each in lane)
IDLE, AWAY = 1.0, 3.0  # seconds to wait when nothing was due, and when the database did not answer


def round(now: datetime) -> int:
    """Goes once through all rounds; answers how much was done."""
    return sum(_one(each, now) for each in ROUNDS)


def _one(each: Round, now: datetime) -> int:
    """How much it did; one that fails is logged and does not stop the next."""
    try:
        return each(now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("round %s", each.__name__)
        return 0


def work(stop: threading.Event) -> None:
    """Rounds until told to stop, each lane and each door in a thread of its own."""
    threads = [threading.Thread(target=follow, args=(lane, stop), name=lane[0].__name__) for lane in LANES]
    threads += [threading.Thread(target=stand, args=(door, stop), name=door.__name__) for door in DOORS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def stand(door: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Keeps a door open; one that falls shut is opened again."""
    while not stop.is_set():
        try:
            door(stop)
            return
        except Exception:
            log.exception("door %s", door.__name__)
            stop.wait(AWAY)


def follow(lane: Sequence[Round], stop: threading.Event) -> None:
    """Rounds until told to stop: at once while anything is due, else after a second; the database may go away and come back."""
    away = False
    while not stop.is_set():
        try:
            close_old_connections()
            done = sum(_one(each, timezone.now()) for each in lane)
            if away:
                log.warning("the database is back")
            away = False
        except (OperationalError, InterfaceError) as trouble:
            if not away:
                log.error("the database is away, waiting for it: %s", " ".join(str(trouble).split()))
            away = True
            connection.close()
        if away or not done:
            stop.wait(AWAY if away else IDLE)
    connection.close()
