"""The worker's round: what is due is claimed, carried, settled."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import repeat

from trialogue.deliveries.carriers import mail, push, webhook
from trialogue.deliveries.models import REMEMBERED, Delivery, Later, Outcome
from trialogue.deliveries.wishes import Wishes

log = logging.getLogger(__name__)
Carrier = Callable[[Delivery, datetime], Outcome]
# What does not go by mail; carriers/README.md says what makes another.
CARRIERS: Mapping[str, Carrier] = {Delivery.Kind.PUSH: push.carry, Delivery.Kind.WEBHOOK: webhook.carry}


def send_due(now: datetime, limit: int = 50) -> int:
    """Mails what is due, oldest first; answers how many were claimed here. One that fails never stops the next."""
    due = Delivery.objects.due(now).by_mail().select_related("clock", "person__wishes")
    return _send_each(due[:limit], now)


def ring_due(now: datetime, limit: int = 50) -> int:
    """The same for browsers, in a lane of its own: their push services are whatever someone's browser says they are."""
    due = Delivery.objects.due(now).by_push(now).select_related("about__clock", "person__wishes")
    return _send_each(due[:limit], now)


def post_due(now: datetime, limit: int = 50) -> int:
    """Posts what is due to endpoints."""
    return _post_each(Delivery.objects.due(now).by_webhook(now).order_by("due_at", "pk")[:limit], now)


def page_due(now: datetime, limit: int = 50) -> int:
    """The same of what is critical, in a lane where nothing is before it."""
    return _post_each(Delivery.objects.due(now).by_webhook_to_duty()[:limit], now)


def _post_each(deliveries: Iterable[Delivery], now: datetime) -> int:
    """All at once: whoever takes their time to answer must not have the others wait for it."""
    begun = time.monotonic()
    claimed = [delivery for delivery in deliveries if delivery.claim(now)]
    with ThreadPoolExecutor(max(len(claimed), 1)) as threads:
        for delivery, outcome in zip(claimed, threads.map(_carried, claimed, repeat(now)), strict=True):
            at = now + timedelta(seconds=time.monotonic() - begun)
            delivery.settle(outcome, at=at)
            if delivery.endpoint and outcome.state != Delivery.State.MOOT:
                delivery.endpoint.note(outcome, at)
    return len(claimed)


def forget_posted(now: datetime) -> None:
    """What was posted long ago is kept no longer: the log has it."""
    old = Delivery.objects.filter(endpoint__isnull=False, settled_at__lt=now - REMEMBERED).values_list("pk", flat=True)
    while some := list(old[:1000]):
        Delivery.objects.filter(pk__in=some).delete()


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
    delivery.settle(_carried(delivery, now), at=now)
    return True


def _carried(delivery: Delivery, now: datetime) -> Outcome:
    try:
        return CARRIERS.get(Delivery.Kind(delivery.kind), mail.carry)(delivery, now)
    except Exception as trouble:  # a template, a broken row: kept, tried again, seen on the page
        log.exception("delivery %s", delivery.public_id)
        return Later(f"{type(trouble).__name__}: {trouble}")
