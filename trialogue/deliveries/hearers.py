"""Who is told when something happens in a case or a request, and how soon. The hot lane (posting) says the same in SQL."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from trialogue.cases.models import Case
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.wishes import How, Notice, Wishes
from trialogue.escalations.models import AccountManager, Escalation
from trialogue.events.change import Happening
from trialogue.people.models import Membership, Organisation, Person
from trialogue.requests.models import Duty, Request


def owner_of(case: Case, organisation: Organisation) -> int | None:
    """Who looks after the case on this side and still belongs to it: the id of a person."""
    owners = {case.partner_id: case.partner_owner_id, case.client_id: case.client_owner_id}
    owner = owners.get(organisation.pk)
    if owner is None:
        return None
    there = Membership.objects.filter(organisation=organisation, person=owner, person__is_active=True).exists()
    return owner if there else None


def hearers(
    case: Case | None, listener: Organisation, notice: Notice, *, at: datetime, but: str = "", only: list[int] | None = None
) -> dict[int, str]:  # fmt: skip
    """Ids of people and how each is told: the owner of the case or else every member, and who stands in for one of them.
    Outside cases (None) nobody is the owner.

    `but` names whom not to tell, `only` (ids of people) narrows it to those who are meant, owner or not.
    """
    owner = owner_of(case, listener) if case and only is None else None
    return _heard(listener, notice, [owner] if owner is not None else only, at=at, but=but)


def meant_in(request: Request, organisation: Organisation) -> list[int] | None:
    """Whose request it is on this side: of the operator, the one it was given to or else the team of its channel; of the sender,
    whoever asked or wrote in it. Ids of people who still belong there; None where there is nobody, and everybody is meant."""  # fmt: skip
    if organisation.pk == request.operator_id:
        taken = request.assignee_id
        meant: set[int | None] = {taken} if taken else {*Duty.team(organisation, request.channel)}
    else:
        wrote = request.conversation.messages.filter(organisation=organisation).values_list("author", flat=True)
        meant = {request.person_id, *wrote}
    there = Membership.objects.filter(organisation=organisation, person__in=meant - {None}, person__is_active=True)
    return list(there.order_by("pk").values_list("person", flat=True)) or None


def hearers_in(
    request: Request, listener: Organisation, notice: Notice, *, at: datetime, but: str = "", only: list[int] | None = None
) -> dict[int, str]:  # fmt: skip
    """The same of a request."""
    return _heard(listener, notice, meant_in(request, listener) if only is None else only, at=at, but=but)


def _heard(
    listener: Organisation, notice: Notice, meant: list[int] | None, *, at: datetime, but: str
) -> dict[int, str]:
    absent, these = Absence.objects.in_force(at).filter(colleague=OuterRef("pk")), Q()
    if meant is not None:
        absent, these = absent.filter(membership__person__in=meant), Q(person__in=meant)
    members = (
        Membership.objects.filter(organisation=listener, person__is_active=True)
        .exclude(person__public_id=but)
        .annotate(how=Coalesce(f"person__wishes__{notice}", Value(Wishes.default(notice))), stands_in=Exists(absent))
        .filter(these & ~Q(how=How.OFF) | Q(stands_in=True))
    )
    # Whoever stands in hears of it, though it is off for themselves.
    return {
        person: How.BUNDLED if how == How.OFF else how
        for person, how in members.order_by("pk").values_list("person", "how")
    }


def on_duty(request: Request, at: datetime) -> list[Person]:
    """Who is called: the team of its channel, or else everybody; whoever stands in for somebody of them, and nobody who is away."""
    team = Duty.team(request.operator, request.channel)
    here = Membership.objects.filter(organisation=request.operator, person__is_active=True)
    called = here.filter(person__in=team) if team else here
    away = Absence.objects.in_force(at).filter(membership__in=called)
    there = here.filter(Q(pk__in=called) & ~Q(pk__in=away.values("membership")) | Q(pk__in=away.values("colleague")))
    return [one.person for one in (there if there.exists() else called).select_related("person").order_by("pk")]


# --- reactions --------------------------------------------------------------------------------------------------------


def let_deputy_answer(happening: Happening) -> None:
    """While an account manager is away, the deputy answers; while both are, the team."""
    step = happening.subject
    assert isinstance(step, Escalation)
    if step.manager and step.request and _is_away(step.manager, step.request.operator, happening.at):
        standing = AccountManager.of(step.climber, happening.at)
        deputy = standing.deputy if standing else None
        if deputy and _is_away(deputy, step.request.operator, happening.at):
            deputy = None
        step.pass_to(deputy, by=happening.by, at=happening.at)


def _is_away(person: Person, organisation: Organisation, at: datetime) -> bool:
    return (
        Absence.objects.in_force(at).filter(membership__person=person, membership__organisation=organisation).exists()
    )
