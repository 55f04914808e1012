"""Carries a notice into a browser by Web Push: who and which case, as the subject of the mail says it, and never what was said.

The address was given by a browser, so it may lead anywhere: `lib/safehttp` goes there. What is sent only that browser can read.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from trialogue.deliveries.browsers import Browser
from trialogue.deliveries.carriers import mail
from trialogue.deliveries.models import Delivered, Delivery, Later, Moot, Never, Outcome
from trialogue.lib import safehttp, webpush

REACH = safehttp.OUTSIDE
STALE = timedelta(hours=12)  # what could not ring until then is no news any more
GONE = (404, 410)
MOST_MOVES = 3


def carry(delivery: Delivery, now: datetime) -> Outcome:
    """Rings once. Call outside any transaction: this speaks to the network."""
    browser = delivery.browser
    if not settings.PUSH:
        return Moot("switched off")
    if browser is None:
        return Moot("the browser was taken away")
    if not browser.is_still_theirs:
        browser.delete()
        return Moot("the password was changed since")
    if not browser.person.is_active:
        return Moot("no longer a member")
    if now - delivery.latest_at > STALE:
        return Moot("too late to ring")
    with translation.override(browser.person.language), timezone.override(ZoneInfo(browser.person.zone)):
        told = _notice(delivery.about, now) if delivery.about else _greeting()
    if isinstance(told, Outcome):
        return told
    urgent = delivery.about is not None and delivery.about.kind in (Delivery.Kind.CLOCK, Delivery.Kind.PAGE)
    outcome = _post(browser, told | {"lang": browser.person.language}, urgent, now)
    if browser.pk:  # not gone
        browser.note(outcome.why, now)
    return outcome


def _greeting() -> dict[str, Any]:
    return {
        "title": translation.gettext("Trialogue notifies you here from now on"),
        "body": translation.gettext("Take this browser away under “My notices” when you no longer want them."),
        "url": reverse("notice-wishes") + "#browsers",
        "tag": "greeting",
    }


def _notice(about: Delivery, now: datetime) -> dict[str, Any] | Outcome:
    """The same notice that goes by mail, as far as it is worth telling now."""
    content = mail.worth_telling(about, now)
    if isinstance(content, Outcome):
        return content
    first, subject = content.context.get("first"), about.about_what or about.meeting
    assert subject is not None
    return {
        "title": " ".join(content.subject.split()),
        "body": "\n".join(line.sentence for line in content.context.get("moves", ())[:MOST_MOVES]),
        "url": about.page(first.number if first else 0),
        "tag": subject.public_id,  # the next one about this takes its place
    }


def _post(browser: Browser, told: dict[str, Any], urgent: bool, now: datetime) -> Outcome:
    sealed = webpush.encrypt(_packed(told), browser.receiver)
    subject = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    headers = {
        "Authorization": webpush.authorization(browser.endpoint, settings.PUSH_KEY, subject=subject, now=now.timestamp()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(STALE.total_seconds())),
        "Urgency": "high" if urgent else "normal",
    }  # fmt: skip
    try:
        answer = safehttp.post(browser.endpoint, sealed, headers, reach=REACH)
    except safehttp.Forbidden as refusal:
        return Never(f"its address {refusal}")
    except safehttp.Unreachable as trouble:
        return Later(trouble)
    return _judged(browser, answer.status)


def _judged(browser: Browser, status: int) -> Outcome:
    if 200 <= status < 300:
        return Delivered()
    if status in GONE:
        browser.delete()
        return Never(f"{status}: the browser wants no notices any more")
    said = f"the push service answered {status}"
    return Later(said) if status == 429 or status >= 500 else Never(said)


def _packed(told: dict[str, Any]) -> bytes:
    """As JSON, with fewer words where they are too many for one push."""
    told["title"], told["body"] = told["title"][:300], told["body"][:900]
    return json.dumps(told, ensure_ascii=False).encode()
