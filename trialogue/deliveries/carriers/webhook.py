"""Carries frozen words to an endpoint by POST, signed as Standard Webhooks are.

The address was given by an organisation, so it may lead anywhere: `lib/safehttp` goes there. Speaks to the network and asks the
database nothing, so that many can be carried at once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import trialogue
from trialogue.deliveries.endpoints import admits
from trialogue.deliveries.models import Delivered, Delivery, Later, Moot, Never, Outcome
from trialogue.lib import safehttp, webhooksign

REACH = safehttp.Reach(most_read=256)
LONGEST_WAIT = timedelta(hours=6)  # however long they ask us to wait
GONE = 410


class Gone(Never):
    is_gone = True


def carry(delivery: Delivery, now: datetime) -> Outcome:
    """Posts once. Call outside any transaction."""
    endpoint, clock = delivery.endpoint, delivery.clock
    if endpoint is None or not endpoint.is_on:
        return Moot("turned off")
    if clock and not clock.is_open:
        return Moot("somebody is on it")
    body = delivery.text.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Trialogue/{trialogue.__version__}",
        **webhooksign.headers(delivery.public_id, int(now.timestamp()), body, endpoint.keys(now)),
    }
    reach = replace(REACH, admits=admits(endpoint.url), plain=True)
    try:
        answer = safehttp.post(endpoint.url, body, headers, reach=reach)
    except safehttp.Forbidden as refusal:
        return Later(f"its address {refusal}")
    except safehttp.Unreachable as trouble:
        return Later(trouble)
    return _judged(answer, now)


def _judged(answer: safehttp.Answer, now: datetime) -> Outcome:
    outcome: Outcome
    if 200 <= answer.status < 300:
        outcome = Delivered()
    elif answer.status == GONE:
        outcome = Gone("it answered 410: gone")
    else:
        said = f"it answered {answer.status}"
        if 300 <= answer.status < 400:
            said += ", and we follow nobody elsewhere"
        outcome = Later(said, _until(answer.retry_after, now))
    outcome.answered = answer.status
    return outcome


def _until(retry_after: str, now: datetime) -> datetime | None:
    """When they ask us to come again: in so many seconds, or at a moment. None for what cannot be read."""
    try:
        if retry_after.isdecimal():
            return now + min(timedelta(seconds=int(retry_after[:9])), LONGEST_WAIT)
        return min(parsedate_to_datetime(retry_after), now + LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):
        return None
