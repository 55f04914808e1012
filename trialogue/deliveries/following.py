"""What happens becomes a delivery for each endpoint that hears of it. A tail of the log: whoever writes to it waits for nobody here.

Endpoints that have come equally far are told together, so that usually one look is enough for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from trialogue.cases.feed import encode, event_shape, with_references
from trialogue.deliveries.endpoints import MOST_WAITING, Endpoint, EndpointQuerySet
from trialogue.deliveries.models import Delivery
from trialogue.events import tail
from trialogue.events.models import Event

PAGE = 200


def tell_endpoints(now: datetime) -> int:
    """Goes on in the log from where each endpoint is; answers how many events were gone through."""
    listening = sorted(ready(now), key=attrgetter("position"))
    return sum(
        _tell(position, {one.pk: one for one in those}, now)
        for position, those in groupby(listening, attrgetter("position"))
    )


def ready(now: datetime) -> EndpointQuerySet:
    """Neither resting, nor with so much waiting that more would be of no use."""
    theirs = Delivery.objects.filter(endpoint=OuterRef("pk"), settled_at=None).order_by().values("endpoint")
    waiting = Coalesce(Subquery(theirs.annotate(n=Count("pk")).values("n")), 0)
    awake = Endpoint.objects.on().exclude(rests_until__gt=now).alias(waiting=waiting)
    return awake.filter(waiting__lt=MOST_WAITING).select_related("organisation")


def _tell(position: str, endpoints: dict[int, Endpoint], now: datetime) -> int:
    events = tail.after(position, with_references(Event.objects.all()), PAGE)
    if not events:
        return 0
    with transaction.atomic():
        # Of several workers that have seen the same, the first moves on; the others find nobody here any more.
        still = Endpoint.objects.on().filter(pk__in=endpoints, position=position).select_for_update(no_key=True)
        held = [endpoints[pk] for pk in still.order_by("pk").values_list("pk", flat=True)]
        Endpoint.objects.filter(pk__in=[one.pk for one in held]).update(position=tail.position_of(events[-1]))
        Delivery.objects.bulk_create(_deliveries(events, held, now))
    return len(events)


def _deliveries(events: list[Event], endpoints: list[Endpoint], now: datetime) -> Iterable[Delivery]:
    for event in events:
        if hearing := [endpoint for endpoint in endpoints if endpoint.hears(event)]:
            body = encode(event_shape(event))
            yield from (endpoint.sending(event.kind, body, now) for endpoint in hearing)
