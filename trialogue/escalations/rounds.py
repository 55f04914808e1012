"""What climbs by itself, where the channel policy says so: asked, and not answered in time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from trialogue.channels.models import Edition
from trialogue.channels.rules import Ladder, Who
from trialogue.clocks.models import Clock
from trialogue.escalations.models import Escalation
from trialogue.events.change import SYSTEM
from trialogue.people.models import Refused, Side
from trialogue.requests.models import Request, State

_ASKERS: dict[Who, Q] = {
    "client": Q(asker__kind=Side.CLIENT, asker__referrer=None),
    "referred_client": Q(asker__kind=Side.CLIENT, asker__referrer__isnull=False),
    "collection_partner": Q(asker__kind=Side.PARTNER),
    "referral_partner": Q(asker__kind=Side.REFERRER),
}


def climb_due(now: datetime, limit: int = 100) -> int:
    """Each takes one step and once, however many workers there are: the request's lock decides. Answers how many were ours."""
    rules = Edition.in_force().rules
    climbing = {channel.key for channel in rules.channel if channel.climbs}
    of_those = [_of(ladder, climbing) for ladder in rules.ladder if climbing.intersection(ladder.first.channels)]
    done = 0
    for request in _broken(of_those, limit) if of_those else ():
        try:
            Escalation.climb(request, by=SYSTEM, at=now)
        except Refused:  # somebody was faster, or it was answered meanwhile
            continue
        done += 1
    return done


def _of(ladder: Ladder, climbing: set[str]) -> Q:
    whose = Q()
    for who in ladder.open_to:
        whose |= _ASKERS.get(who, Q(pk=None))
    return Q(channel__in=climbing.intersection(ladder.first.channels)) & whose


def _broken(of_those: list[Q], limit: int) -> list[Request]:
    wanted = Q()
    for one in of_those:
        wanted |= one
    here = Request.objects.filter(wanted, state=State.OPEN, escalations=None, merged_into=None)
    broken = Clock.objects.filter(state=Clock.State.BROKEN, case=None).values("conversation")
    return list(here.filter(conversation__in=broken).order_by("pk")[:limit])
