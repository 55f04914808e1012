"""What every page knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.deliveries.models import REMEMBERED, Bounce
from trialogue.deliveries.notices import counted
from trialogue.doors.web import assets, listing
from trialogue.doors.web.brands import at_the_door
from trialogue.events.kinds import KINDS
from trialogue.lists import pages
from trialogue.people.brands import brand_of
from trialogue.people.models import Actor, Membership, Side
from trialogue.people.plain import CountOf
from trialogue.people.prepared import prepared


def everywhere(request: HttpRequest) -> dict[str, Any]:
    actor: Actor | None = getattr(request, "actor", None)
    counts: Any = SimpleLazyObject(lambda: _counted(actor))
    return {
        "actor": actor,
        "brand": SimpleLazyObject(lambda: brand_of(actor.organisation) if actor else at_the_door(request)),
        "demo": settings.DEMO,
        "kinds": " ".join(KINDS),
        "css": assets.address("css"),
        "js": assets.address("js"),
        # The person's other hats, for the switch; found along with who acts.
        "memberships": SimpleLazyObject(lambda: getattr(request, "memberships", ()) if actor else ()),
        "needing": SimpleLazyObject(lambda: counts.get("needing", "")),
        "unread": SimpleLazyObject(lambda: counts.get("unread", 0)),
        "bell": SimpleLazyObject(lambda: counts.get("bell", 0)),
        "comes_back": SimpleLazyObject(lambda: counts.get("comes_back", False)),
    }


def _counted(actor: Actor | None) -> Mapping[str, Any]:
    """What the head of each page counts, in one query.

    `needing`: how many answers the actor's organisation owes; for the operator, how many promises are broken anywhere. `unread`: among
    the newest messages; the page says so. `bell`: how many notices of the organisation acted for were not seen yet. `comes_back`:
    whether mails to the person do.
    """
    now = timezone.now()
    found = _counts(actor, actor.person.pk, now, now - REMEMBERED, most=pages.COUNTED) if actor and actor.person else []
    for bell, needing, unread, comes_back in found:
        words = listing.in_words(needing if needing <= pages.COUNTED else None)
        return {"bell": bell, "needing": words if needing else "", "unread": unread, "comes_back": comes_back}
    return {}


@prepared
def _counts(
    actor: Actor, person: int, now: datetime, since: datetime, *, most: int
) -> QuerySet[Membership, tuple[int, int, int, bool]]:
    if actor.side == Side.OPERATOR:
        owed = Clock.objects.visible_to(actor).open().broken(now)
    else:
        owed = Clock.objects.mine(actor).open()
    acting = Membership.objects.filter(person=person, organisation=actor.organisation)
    needing = CountOf(owed.values("pk")[: most + 1])
    unread = CountOf(Message.objects.unread_keys(actor), of="unread")
    comes_back = Exists(Bounce.objects.in_force(now).filter(address=OuterRef("person__email")))
    acting = counted(acting, now, actor.environment, since=since)
    acting = acting.annotate(needing=needing, unread=unread, comes_back=comes_back)
    return acting.values_list("notices", "needing", "unread", "comes_back")
