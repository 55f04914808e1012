"""Someone is away, and a colleague hears of what they would have heard of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import change
from trialogue.people.models import Actor, Membership, Person, Refused

_DAY = timedelta(days=1)
LONGEST = timedelta(days=400)


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def in_force(self, at: datetime) -> Self:
        return self.filter(begins_at__lte=at, ends_at__gt=at)


class Absence(models.Model):
    """A member of an organisation is away for some days. Ends by itself."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="absence")
    colleague = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="standing_in")
    said_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[AbsenceQuerySet] = AbsenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["colleague", "ends_at"], name="absence_of_colleague")]

    def __str__(self) -> str:
        return f"{self.membership.person} is away until {self.last_day}"

    @classmethod
    def plan(
        cls,
        membership: Membership,
        *,
        by: Actor,
        first: date,
        last: date,
        colleague: Membership | None = None,
        at: datetime | None = None,
    ) -> Absence:
        """Away from the first day to the last, in the person's own zone; an earlier plan is replaced.

        Said by the person or an admin. Raises `ValidationError` by field, `Refused`.
        """  # fmt: skip
        _must_allow(membership, by)
        zone = ZoneInfo(membership.person.zone)
        begins_at, ends_at = _midnight(first, zone), _midnight(last + _DAY, zone)
        _check(membership, colleague, begins_at, ends_at, at or timezone.now())
        with change(membership.organisation, by=by, at=at) as record:
            told = {"colleague": colleague, "begins_at": begins_at, "ends_at": ends_at, "said_by": by.person}
            absence, _made = cls.objects.update_or_create(membership=membership, defaults=told)
            record("member.away", person=membership.person, begins_at=begins_at, ends_at=ends_at)
        return absence

    def end(self, *, by: Actor) -> None:
        """Back earlier than planned, or not going at all."""
        _must_allow(self.membership, by)
        with change(self.membership.organisation, by=by) as record:
            gone, _rows = Absence.objects.filter(pk=self.pk).delete()
            if gone:
                record("member.back", person=self.membership.person)

    @property
    def admin(self) -> Person | None:
        """Who said it in the person's stead."""
        return self.said_by if self.said_by_id != self.membership.person_id else None

    @property
    def is_now(self) -> bool:
        return self.begins_at <= timezone.now() < self.ends_at

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def first_day(self) -> date:
        return self.begins_at.astimezone(ZoneInfo(self.membership.person.zone)).date()

    @property
    def last_day(self) -> date:
        return (self.ends_at - _DAY / 2).astimezone(ZoneInfo(self.membership.person.zone)).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _must_allow(membership: Membership, by: Actor) -> None:
    mine = by.person is not None and (by.person.pk, by.organisation.pk) == (
        membership.person_id,
        membership.organisation_id,
    )
    if not mine and not (by.may_administer and by.organisation.pk == membership.organisation_id):
        raise Refused(_("Only the person or an admin of the organisation says this."))


def _check(
    membership: Membership, colleague: Membership | None, begins_at: datetime, ends_at: datetime, now: datetime
) -> None:
    if ends_at <= begins_at:
        raise ValidationError({"last": _("The last day is before the first. Choose a later one.")})
    if ends_at <= now:
        raise ValidationError({"last": _("This day has passed. Choose a later one.")})
    if ends_at - begins_at > LONGEST:
        raise ValidationError({"last": _("An absence lasts up to a year. Choose an earlier day.")})
    if colleague is None:
        return
    if (
        colleague.pk == membership.pk
        or colleague.organisation_id != membership.organisation_id
        or not colleague.person.is_active
    ):
        raise ValidationError({"colleague": _("Choose a colleague of the same organisation.")})
    away = Absence.objects.filter(membership=colleague, begins_at__lt=ends_at, ends_at__gt=begins_at).first()
    if away:
        said = _("%(name)s is away then, too. Choose someone else.") % {"name": colleague.person}
        raise ValidationError({"colleague": said})
