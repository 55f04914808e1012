"""Account managers: who at the operator stands for a referral partner or an enterprise client."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import Happening, Record, change
from trialogue.lib import publicid
from trialogue.people.models import Actor, Organisation, Person, Plan, Side, must_run_the_house


def _manager_id() -> str:
    return publicid.new("mgr")


def may_have_manager(organisation: Organisation) -> bool:
    """Referral partners and enterprise clients."""
    return organisation.kind == Side.REFERRER or (
        organisation.kind == Side.CLIENT and organisation.plan == Plan.ENTERPRISE
    )


class AccountManagerQuerySet(models.QuerySet["AccountManager"]):
    def visible_to(self, actor: Actor) -> Self:
        """One's own; all for the operator."""
        return self if actor.side == Side.OPERATOR else self.filter(organisation=actor.organisation)

    def in_force(self, at: datetime) -> Self:
        return self.filter(since__lte=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))

    def standing(self, at: datetime) -> Self:
        """In force, or to come."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at) & Q(ended_at__gt=F("since")))

    def shown(self) -> Self:
        return self.select_related("organisation", "person", "deputy").order_by("organisation__name", "since", "pk")


class AccountManager(models.Model):
    """One person of the operator, with a deputy, for one organisation: from `since` on, until `ended_at` if that is set."""

    public_id = models.CharField(max_length=32, unique=True, default=_manager_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="account_managers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[AccountManagerQuerySet] = AccountManagerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(ended_at=None), name="account_manager_one_after_all"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"

    @property
    def is_to_come(self) -> bool:
        return self.since > timezone.now()

    @classmethod
    def of(cls, organisation: Organisation, at: datetime) -> AccountManager | None:
        """Who stands for it at this moment."""
        return cls.objects.in_force(at).filter(organisation=organisation).shown().first()

    @classmethod
    def answering(cls, organisation: Organisation, at: datetime) -> Person | None:
        """Who answers what is escalated to them at this moment; None: the operator's team."""
        found = cls.of(organisation, at)
        both = (found.person, found.deputy) if found else ()
        return next((one for one in both if one and one.is_active), None)

    @classmethod
    def assign(
        cls,
        organisation: Organisation,
        person: Person,
        *,
        by: Actor,
        deputy: Person | None = None,
        since: datetime | None = None,
        at: datetime | None = None,
    ) -> AccountManager:
        """From `since` on, or from now on: whoever stands for it until then ends there, whoever was to follow does not.

        By an admin of the operator. Raises `Refused`, `ValidationError` by field.
        """
        must_run_the_house(by)
        # The operator's row first, as when somebody leaves it: nobody is assigned who is going at the same moment.
        with change(by.organisation, by=by, at=at), change(organisation, by=by, at=at) as record:
            _check(organisation, person, deputy, by.organisation)
            return cls._put(record, organisation, person, deputy, max(since or record.at, record.at))

    def end(self, *, by: Actor, at: datetime | None = None) -> None:
        """Now, or before it began: the operator's team answers from then on. By an admin of the operator."""
        must_run_the_house(by)
        with change(self.organisation, by=by, at=at) as record:
            self._end(record)

    @classmethod
    def _put(
        cls, record: Record, organisation: Organisation, person: Person, deputy: Person | None, since: datetime
    ) -> AccountManager:
        theirs = cls.objects.filter(organisation=organisation)
        theirs.standing(record.at).filter(since__gte=since).update(ended_at=F("since"))  # was to come, and never will
        theirs.filter(since__lt=since).filter(Q(ended_at=None) | Q(ended_at__gt=since)).update(ended_at=since)
        made: AccountManager = theirs.create(organisation=organisation, person=person, deputy=deputy, since=since)
        record("manager.assigned", manager=made, person=person, deputy=deputy, since=since)
        return made

    def _end(self, record: Record) -> None:
        self.ended_at = max(self.since, record.at)
        if AccountManager.objects.standing(record.at).filter(pk=self.pk).update(ended_at=self.ended_at):
            record("manager.ended", manager=self, person=self.person)
        else:
            self.refresh_from_db(fields=["ended_at"])

    def _lose(self, gone: Person, record: Record) -> None:
        heir, until, since = self.deputy, self.ended_at, max(self.since, record.at)
        if self.person_id == gone.pk:
            self._end(record)
            if heir is None:
                return
            self.pk, self.public_id, self.person, self.since, self.ended_at = None, _manager_id(), heir, since, until
        self.deputy = None
        self.save()
        record("manager.assigned", manager=self, person=self.person, deputy=None, since=self.since)


def manager_of(actor: Actor) -> AccountManager | None:
    """Who stands for whoever asks, by now."""
    return AccountManager.of(actor.organisation, timezone.now())


def hand_over(happening: Happening) -> None:
    """An account manager who leaves the operator: the deputy takes over, or else nobody in particular, which is the team."""
    gone, home = happening.things["person"], happening.subject
    if not isinstance(home, Organisation) or home.kind != Side.OPERATOR:
        return
    theirs = AccountManager.objects.standing(happening.at).filter(Q(person=gone) | Q(deputy=gone)).shown()
    for found in theirs:
        with change(found.organisation, by=happening.by, at=happening.at) as record:
            # Once more, after the lock: it may have been ended while we waited.
            for manager in theirs.filter(pk=found.pk):
                manager._lose(gone, record)


def end_with_plan(happening: Happening) -> None:
    """A client that is no enterprise client any more has no account manager."""
    organisation = happening.subject
    assert isinstance(organisation, Organisation)
    if may_have_manager(organisation):
        return
    with change(organisation, by=happening.by, at=happening.at) as record:
        for manager in AccountManager.objects.standing(record.at).filter(organisation=organisation).shown():
            manager._end(record)


def _check(organisation: Organisation, person: Person, deputy: Person | None, home: Organisation) -> None:
    wrong: dict[str, object] = {}
    if not may_have_manager(organisation):
        wrong["organisation"] = _(
            "Account managers belong to referral partners and enterprise clients. Set its plan first."
        )
    ours = set(home.memberships.filter(person__is_active=True).values_list("person", flat=True))
    if person.pk not in ours:
        wrong["person"] = _("Choose someone who belongs to your organisation.")
    if deputy and deputy.pk not in ours:
        wrong["deputy"] = _("Choose someone who belongs to your organisation.")
    if deputy and deputy.pk == person.pk:
        wrong["deputy"] = _("The deputy stands in when the account manager is away: choose somebody else.")
    if wrong:
        raise ValidationError(wrong)


# --- climbing -----------------------------------------------------------------------------------------------------------
