"""The worker's round: what is due is claimed, carried, settled."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivery, Later
from trialogue.deliveries.wishes import Wishes

log = logging.getLogger(__name__)


def send_due(now: datetime, limit: int = 50) -> int:
    """Sends what is due, oldest first; answers how many were claimed here. One that fails never stops the next."""
    begun = time.monotonic()
    return sum(
        # A lease counts from its own claim: a slow mail server makes a round longer than a lease.
        send(delivery, now + timedelta(seconds=time.monotonic() - begun))
        for delivery in Delivery.objects.due(now).select_related("case", "clock", "organisation", "person__wishes")[
            :limit
        ]
    )


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
        outcome = mail.carry(delivery, now)
    except Exception as trouble:  # a template, a broken row: kept, tried again, seen on the page
        log.exception("delivery %s", delivery.public_id)
        outcome = Later(f"{type(trouble).__name__}: {trouble}")
    delivery.settle(outcome, at=now)
    return True
