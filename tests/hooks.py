"""Somebody's own systems, which hear by webhook and verify what they hear as the libraries of Standard Webhooks do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime
from typing import Any

from tests.cast import MONDAY
from tests.pushes import Rung, Service
from trialogue.deliveries.following import tell_endpoints
from trialogue.deliveries.models import Endpoint
from trialogue.deliveries.rounds import page_due, post_due
from trialogue.events import tail
from trialogue.events.models import Event
from trialogue.people.models import Actor


def verified(rung: Rung, secret: str) -> Any:
    """What was sent, once one of its signatures fits. Raises `AssertionError`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = {name.lower(): value for name, value in rung.headers.items()}
    signed = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + rung.body
    fits = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert fits in told["webhook-signature"].split(" ")
    return json.loads(rung.body)


def local(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}/in"


def endpoint(by: Actor, service: Service, *wants: str, at: datetime = MONDAY, where: str = "") -> Endpoint:
    return Endpoint.add(by=by, url=local(service) + where, wants=wants or ("all",), at=at)


def catch_up() -> None:
    """The tail waits for every open transaction of the server, also other tests'."""
    newest = Event.objects.filter(pk=Event.objects.order_by("-pk").values("pk")[:1])
    for _patience in range(1200):
        if tail.after(tail.START, newest):
            return
        time.sleep(0.05)


def hear(now: datetime = MONDAY) -> int:
    """The log is followed as far as it goes; answers how many events were gone through."""
    catch_up()
    return tell_endpoints(now)


def post_all(now: datetime = MONDAY) -> int:
    """Everything that is due; answers how often something was posted."""
    done = 0
    while more := page_due(now) + post_due(now):
        done += more
    return done


def kinds(service: Service) -> list[str]:
    return [json.loads(rung.body)["kind"] for rung in service.rung]
