"""The worker's round: what is due is claimed, carried, settled."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from trialogue.deliveries.carriers import mail, push
from trialogue.deliveries.models import Delivery, Later
from trialogue.deliveries.wishes import Wishes

log = logging.getLogger(__name__)


def send_due(now: datetime, limit: int = 50) -> int:
    """Mails what is due, oldest first; answers how many were claimed here. One that fails never stops the next."""
    due = Delivery.objects.due(now).by_mail().select_related("clock", "person__wishes")
    return _send_each(due[:limit], now)


def ring_due(now: datetime, limit: int = 50) -> int:
    """The same for browsers, in a lane of its own: their push services are whatever someone's browser says they are."""
    due = Delivery.objects.due(now).by_push(now).select_related("about__clock", "person__wishes")
    return _send_each(due[:limit], now)


def _send_each(deliveries: Iterable[Delivery], now: datetime) -> int:
    begun = time.monotonic()
    # A lease counts from its own claim: a slow mail server makes a round longer than a lease.
    return sum(send(delivery, now + timedelta(seconds=time.monotonic() - begun)) for delivery in deliveries)


def begin_digests(now: datetime, limit: int = 100) -> int:
    """Begins the morning summaries that are due; answers how many were ours."""
    due = Wishes.objects.filter(digest_due_at__lte=now).select_related("person").order_by("digest_due_at")
    return sum(Delivery.begin_digest(wishes, now) for wishes in due[:limit])


def send(delivery: Delivery, now: datetime) -> bool:
    if delivery.postpone(now):
        return True
    if not delivery.claim(now):
        return False
    try:
        carrier = push if delivery.kind == Delivery.Kind.PUSH else mail
        outcome = carrier.carry(delivery, now)
    except Exception as trouble:  # a template, a broken row: kept, tried again, seen on the page
        log.exception("delivery %s", delivery.public_id)
        outcome = Later(f"{type(trouble).__name__}: {trouble}")
    delivery.settle(outcome, at=now)
    return True
