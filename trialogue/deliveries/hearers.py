"""Who is told when something happens in a case, and how soon. The hot lane (posting) says the same in SQL."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from trialogue.cases.models import Case
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.wishes import How, Notice, Wishes
from trialogue.people.models import Membership, Organisation


def owner_of(case: Case, organisation: Organisation) -> int | None:
    """Who looks after the case on this side and still belongs to it: the id of a person."""
    owner = case.partner_owner_id if organisation.pk == case.partner_id else case.client_owner_id
    if owner is None:
        return None
    there = Membership.objects.filter(organisation=organisation, person=owner, person__is_active=True).exists()
    return owner if there else None


def hearers(
    case: Case, listener: Organisation, notice: Notice, *, at: datetime, but: str = "", only: list[int] | None = None
) -> dict[int, str]:
    """Ids of people and how each is told: the owner of the case or else every member, and who stands in for one of them.

    `but` names whom not to tell, `only` (ids of people) narrows it to those who are meant, owner or not.
    """
    owner = owner_of(case, listener) if only is None else None
    absent = Absence.objects.in_force(at).filter(colleague=OuterRef("pk"))
    meant = Q()
    if owner is not None:
        absent, meant = absent.filter(membership__person=owner), Q(person=owner)
    if only is not None:
        absent, meant = absent.filter(membership__person__in=only), Q(person__in=only)
    members = (
        Membership.objects.filter(organisation=listener, person__is_active=True)
        .exclude(person__public_id=but)
        .annotate(how=Coalesce(f"person__wishes__{notice}", Value(Wishes.default(notice))), stands_in=Exists(absent))
        .filter(meant & ~Q(how=How.OFF) | Q(stands_in=True))
    )
    # Whoever stands in hears of it, though it is off for themselves.
    return {
        person: How.BUNDLED if how == How.OFF else how
        for person, how in members.order_by("pk").values_list("person", "how")
    }
