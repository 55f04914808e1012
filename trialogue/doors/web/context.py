"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from trialogue.clocks.models import Clock
from trialogue.conversations.models import Message
from trialogue.deliveries.notices import counted
from trialogue.doors.web import assets, listing
from trialogue.events.kinds import KINDS
from trialogue.lists import pages
from trialogue.people.models import Actor, Membership, Side


def everywhere(request: HttpRequest) -> dict[str, Any]:
    actor: Actor | None = getattr(request, "actor", None)
    memberships: Any = SimpleLazyObject(lambda: _memberships(actor))
    return {
        "actor": actor,
        "demo": settings.DEMO,
        "kinds": " ".join(KINDS),
        "css": assets.address("css"),
        "js": assets.address("js"),
        "needing": SimpleLazyObject(lambda: _needing(actor)),
        "unread": SimpleLazyObject(lambda: _unread(actor)),
        "memberships": memberships,
        "bell": SimpleLazyObject(lambda: _bell(actor, memberships)),
    }


def _needing(actor: Actor | None) -> str:
    """How many answers the actor's organisation owes; for the operator, how many promises are broken anywhere."""
    if not actor:
        return ""
    clocks = Clock.objects.visible_to(actor).open()
    owed = clocks.broken(timezone.now()) if actor.side == Side.OPERATOR else clocks.owed_by(actor.organisation)
    count = pages.up_to(actor, {"needing": owed})["needing"]
    return "" if count == 0 else listing.in_words(count)


def _unread(actor: Actor | None) -> int:
    """Among the newest messages; the page says so."""
    return Message.objects.unread_by(actor).count() if actor else 0


def _memberships(actor: Actor | None) -> list[Membership]:
    """The person's other hats, for the switch, each with its notices for the bell."""
    if not actor or actor.person is None:
        return []
    found = actor.person.memberships.select_related("organisation").order_by("since", "pk")
    return list(counted(found, timezone.now(), actor.environment))


def _bell(actor: Actor | None, memberships: list[Membership]) -> int:
    """How many notices of the organisation acted for were not seen yet."""
    mine = (m.notices for m in memberships if actor and m.organisation_id == actor.organisation.pk)  # type: ignore[attr-defined]
    return next(mine, None) or 0
