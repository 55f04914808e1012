"""Where a client and a collection partner talk about all that is no case's: one conversation for each two of them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Engagement
from trialogue.conversations.models import Conversation
from trialogue.events.change import Happening, change
from trialogue.people.models import Actor, Organisation, Refused, Side


def acquainted(actor: Actor) -> QuerySet[Organisation]:
    """With whom the actor's organisation works or has worked a case here: a client's partners, a partner's clients."""
    worked = Engagement.objects.filter(case__environment=actor.environment)
    match actor.side:
        case Side.CLIENT:
            worked = worked.filter(case__client=actor.organisation, partner=OuterRef("pk"))
        case Side.PARTNER:
            worked = worked.filter(partner=actor.organisation, case__client=OuterRef("pk"))
        case _:
            return Organisation.objects.none()
    return Organisation.objects.filter(Exists(worked))


def between(actor: Actor, other: Organisation, *, at: datetime | None = None) -> Conversation:
    """The conversation of the actor's organisation with the other; opened if there is none yet. Raises `Refused`."""
    if not acquainted(actor).filter(pk=other.pk).exists():
        raise Refused(_("A client and a partner write to each other once they have had a case together."))
    mine = actor.side == Side.CLIENT
    client, partner = (actor.organisation, other) if mine else (other, actor.organisation)
    two = {"client": client, "partner": partner, "environment": actor.environment}
    # Its row comes from the two at once just once: whoever finds it there already has opened nothing.
    opened = Conversation(
        kind=Conversation.Kind.RELATIONSHIP, title=_title(client, partner), opened_at=at or timezone.now(), **two
    )
    with change(opened, by=actor, at=at) as record:
        Conversation.objects.bulk_create([opened], ignore_conflicts=True)
        found = Conversation.objects.get(kind=Conversation.Kind.RELATIONSHIP, **two)
        if found.public_id == opened.public_id:
            opened.pk = found.pk
            record("conversation.opened", conversation=opened)
    begun: Conversation = Conversation.for_change().get(pk=found.pk)
    return begun


def _title(client: Organisation | None, partner: Organisation | None) -> str:
    return f"{client} – {partner}"[:200]


# --- reactions --------------------------------------------------------------------------------------------------------


def rename(happening: Happening) -> None:
    """They are called as their two sides are."""
    organisation = happening.subject
    assert isinstance(organisation, Organisation)
    theirs = Conversation.objects.filter(Q(client=organisation) | Q(partner=organisation), kind="relationship")
    for talk in theirs.select_related("client", "partner"):
        Conversation.objects.filter(pk=talk.pk).update(title=_title(talk.client, talk.partner))
