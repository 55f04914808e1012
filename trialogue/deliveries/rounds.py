"""The worker's round: what is due is claimed, carried, settled."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivery, Later

log = logging.getLogger(__name__)


def send_due(now: datetime, limit: int = 50) -> int:
    """Sends what is due, oldest first; answers how many were claimed here. One that fails never stops the next."""
    begun = time.monotonic()
    return sum(
        # A lease counts from its own claim: a slow mail server makes a round longer than a lease.
        send(delivery, now + timedelta(seconds=time.monotonic() - begun))
        for delivery in Delivery.objects.due(now).select_related("case", "person", "organisation")[:limit]
    )


def send(delivery: Delivery, now: datetime) -> bool:
    if not delivery.claim(now):
        return False
    try:
        outcome = mail.carry(delivery, now)
    except Exception as trouble:  # a template, a broken row: kept, tried again, seen on the page
        log.exception("delivery %s", delivery.public_id)
        outcome = Later(f"{type(trouble).__name__}: {trouble}")
    delivery.settle(outcome, at=now)
    return True
