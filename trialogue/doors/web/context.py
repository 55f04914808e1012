"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from trialogue.clocks.models import Clock
from trialogue.conversations.models import Conversation
from trialogue.doors.web import assets
from trialogue.events.kinds import KINDS
from trialogue.people.models import Actor, Membership, Side


def everywhere(request: HttpRequest) -> dict[str, Any]:
    actor: Actor | None = getattr(request, "actor", None)
    return {
        "actor": actor,
        "demo": settings.DEMO,
        "kinds": " ".join(KINDS),
        "css": assets.address("css"),
        "js": assets.address("js"),
        "needing": SimpleLazyObject(lambda: _needing(actor)),
        "unread": SimpleLazyObject(lambda: _unread(actor)),
        "memberships": SimpleLazyObject(lambda: _memberships(actor)),
    }


def _needing(actor: Actor | None) -> int:
    """How many answers the actor's organisation owes; for the operator, how many promises are broken anywhere."""
    if not actor:
        return 0
    clocks = Clock.objects.visible_to(actor).open()
    if actor.side == Side.OPERATOR:
        return clocks.filter(state=Clock.State.BROKEN).count()
    return clocks.owed_by(actor.organisation).count()


def _unread(actor: Actor | None) -> int:
    if not actor or actor.person is None or actor.side == Side.OPERATOR:
        return 0
    return Conversation.objects.visible_to(actor).unread_by(actor.person)


def _memberships(actor: Actor | None) -> list[Membership]:
    """The person's other hats, for the switch."""
    if not actor or actor.person is None:
        return []
    return list(actor.person.memberships.select_related("organisation").order_by("since", "pk"))
