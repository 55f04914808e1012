"""What clocks go by: the working time of an organisation, and how long a promise gives. In versions that are never edited."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from trialogue.channels import rules
from trialogue.events.change import SYSTEM, Doer, change
from trialogue.lib import publicid
from trialogue.lib.businesstime import BusinessTimeError, UnknownCountry, UnknownSubdivision, UnknownZone, WorkingTime
from trialogue.people.models import Actor, Environment, Organisation, Refused, Side
from trialogue.people.prepared import prepared

# Monday 00:00 to Friday 24:00: what "48 business hours" means until an organisation says otherwise.
WEEKDAYS_AROUND_THE_CLOCK: dict[str, list[list[str]]] = {str(day): [["00:00", "24:00"]] for day in range(5)}


def _calendar_id() -> str:
    return publicid.new("cal")


class Calendar(models.Model):
    """One version of an organisation's working time, in force from `effective_from` until the next one. Never edited."""

    public_id = models.CharField(max_length=32, unique=True, default=_calendar_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="calendars")
    version = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    zone = models.CharField(max_length=64)
    week = models.JSONField(default=dict)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=3, blank=True)
    closed = models.JSONField(default=list, blank=True)
    shortened = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "version"], name="calendar_version")]
        indexes = [models.Index(fields=["organisation", "-effective_from"], name="calendar_in_force")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.version}"

    @classmethod
    def introduce(
        cls,
        organisation: Organisation,
        *,
        by: Doer = SYSTEM,
        effective_from: datetime | None = None,
        at: datetime | None = None,
        replaces: int | None = None,
        **time: Any,
    ) -> Calendar:
        """A new version: zone, week, country, subdivision, closed, shortened. Raises `Refused`, `ValidationError` by field.

        `replaces` is the version its author has seen; when another came between, nothing is introduced.
        """
        with change(organisation, by=by, at=at) as record:
            version = organisation.calendars.count() + 1
            if version > 1 and isinstance(by, Actor):  # the first comes with the organisation, whoever founds it
                must_set_hours(by, organisation)
            _must_follow(replaces, version)
            calendar = cls(
                organisation=organisation, version=version, effective_from=effective_from or record.at, **time
            )
            calendar.full_clean()
            calendar.save()
            record("calendar.introduced", calendar=calendar, version=version)
        return calendar

    @classmethod
    def in_force(cls, organisation: Organisation, at: datetime) -> Calendar:
        for calendar in _calendar_at(organisation.pk, at):
            calendar.organisation = organisation
            return calendar
        # A case may have begun before its organisation first said when it works (demo and imports look back).
        return organisation.calendars.order_by("version")[0]

    @classmethod
    def otherwise(cls, organisation: Organisation, told: rules.Hours, at: datetime) -> dict[str, Any] | None:
        """The hours that the channel policy gives an organisation, when it gives some that are not in force already."""
        hours, now = told.calendar(), cls.in_force(organisation, at)
        return hours if hours and any((getattr(now, name) or {}) != (of or {}) for name, of in hours.items()) else None

    def clean(self) -> None:
        for field, days in (("closed", self.closed), ("shortened", self.shortened)):
            given = days if isinstance(days, list | dict) else [days]
            if impossible := [day for day in given if not _is_date(day)]:
                problem = _("“%(day)s” is no date. Write it as 2026-12-24.")
                raise ValidationError({field: ValidationError(problem, params={"day": impossible[0]})})
        try:
            _built = self.working_time
        except BusinessTimeError as why:
            fields = {UnknownZone: "zone", UnknownCountry: "country", UnknownSubdivision: "subdivision"}
            raise ValidationError({fields.get(type(why), "week"): str(why)}) from why
        except (ValueError, TypeError, KeyError, AttributeError) as why:
            problem = _("These hours cannot be read. Give for each weekday, 0 to 6, pairs such as 08:00 and 16:00.")
            raise ValidationError({"week": problem}) from why

    @property
    def closed_days(self) -> dict[str, str]:
        """Names by date; what was given as dates alone has none."""
        return dict(self.closed) if isinstance(self.closed, dict) else dict.fromkeys(self.closed, "")

    def today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()

    @cached_property
    def working_time(self) -> WorkingTime:
        """Raises `ValueError` when this is no working time; built once for all rows that say the same."""
        told = [self.zone, self.week, self.country, self.subdivision, self.closed_days, self.shortened]
        return _working_time(json.dumps(told, sort_keys=True))

    @cached_property
    def business_time(self) -> WorkingTime:
        """The same working days around the clock, Monday 00:00 to Friday 24:00: what "48 business hours" are counted in."""
        if self.is_around_the_clock:
            return self.working_time
        week = {day: [["00:00", "24:00"]] for day, spans in self.week.items() if spans}
        shut: dict[str, list[str]] = {day: [] for day, spans in self.shortened.items() if not spans}
        told = [self.zone, week, self.country, self.subdivision, self.closed_days, shut]
        return _working_time(json.dumps(told, sort_keys=True))

    @property
    def is_around_the_clock(self) -> bool:
        return all([list(span) for span in spans] == [["00:00", "24:00"]] for spans in self.week.values() if spans)


def _is_date(day: Any) -> bool:
    try:
        return isinstance(day, str) and date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def _working_time(told: str) -> WorkingTime:
    zone, week, country, subdivision, closed, shortened = json.loads(told)
    days = {int(day): [tuple(span) for span in spans] for day, spans in week.items()}
    short = {date.fromisoformat(day): [tuple(span) for span in spans] for day, spans in shortened.items()}
    shut = {date.fromisoformat(day): name for day, name in closed.items()}
    if country:
        # "open": a country whose holidays are known only so far ahead must stop nobody from writing.
        return WorkingTime.for_country(
            country, subdivision or None, zone, days, closed=shut, shortened=short, beyond="open"
        )
    return WorkingTime(zone, days, holidays=shut, shortened=short)


class Unit(models.TextChoices):
    """What a promise counts: the owner's working days around the clock, only its office hours, its days, or every hour."""

    BUSINESS_HOURS = "business_hours", _("business hours")
    OFFICE_HOURS = "office_hours", _("office hours")
    BUSINESS_DAYS = "business_days", _("business days")
    HOURS = "hours", _("hours")


def in_words(count: int, unit: str) -> str:
    """“48 business hours”, “1 business day”."""
    if unit == Unit.HOURS and count > 48 and not count % 24:
        count //= 24
        return ngettext("{count} calendar day", "{count} calendar days", count).format(count=count)
    said = {
        Unit.BUSINESS_HOURS: ngettext("{count} business hour", "{count} business hours", count),
        Unit.OFFICE_HOURS: ngettext("{count} office hour", "{count} office hours", count),
        Unit.BUSINESS_DAYS: ngettext("{count} business day", "{count} business days", count),
        Unit.HOURS: ngettext("{count} hour", "{count} hours", count),
    }
    return said[Unit(unit)].format(count=count)


LONGEST = rules.MOST


def may_set_hours(actor: Actor, organisation: Organisation) -> bool:
    """Its admins and the operator's; by program with a production key, since there is one calendar for both environments."""
    return (actor.organisation == organisation or actor.side == Side.OPERATOR) and _speaks_for_it(actor)


def may_make_promises(actor: Actor) -> bool:
    return actor.side == Side.OPERATOR and _speaks_for_it(actor)


def _speaks_for_it(actor: Actor) -> bool:
    if actor.person is None and actor.via == "api":
        return actor.environment == Environment.PRODUCTION
    return actor.may_administer


def must_set_hours(actor: Actor, organisation: Organisation) -> None:
    if not may_set_hours(actor, organisation):
        raise Refused(_("Only an admin of {organisation} may set its working hours.").format(organisation=organisation))


def _must_follow(replaces: int | None, version: int) -> None:
    if replaces is not None and replaces != version - 1:
        raise _came_between(version - 1)


def _came_between(version: int) -> ValidationError:
    said = _("Someone else introduced version %(last)s meanwhile. Look at it, then save yours.")
    return ValidationError(said, params={"last": version})


def _must_make_promises(actor: Actor) -> None:
    if not may_make_promises(actor):
        raise Refused(_("Only an admin of the operator may change a promise."))


class Policy(models.Model):
    """One version of a promise: how long someone may take to answer. Never edited; a clock keeps the one it began with."""

    promise = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    effective_from = models.DateTimeField()
    within = models.PositiveIntegerField()
    unit = models.CharField(max_length=16, choices=Unit.choices)
    warn_after = models.PositiveSmallIntegerField(default=75)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["promise", "version"], name="policy_version")]

    def __str__(self) -> str:
        return f"{self.promise} {self.version}: {self.within} {self.unit}"

    @classmethod
    def ship(cls) -> None:
        """The first version of every promise of the shipped channel policy, where there is none yet."""
        long_ago = datetime(2000, 1, 1, tzinfo=timezone.get_default_timezone())
        shipped = [
            Policy(promise=promise, version=1, effective_from=long_ago, **cls.particulars(told))
            for promise, told in rules.shipped_rules().promise.items()
        ]
        Policy.objects.bulk_create(shipped, ignore_conflicts=True)

    @staticmethod
    def particulars(told: rules.Promise) -> dict[str, Any]:
        return {"within": told.within, "unit": told.unit, "warn_after": told.warn_after}

    @classmethod
    def in_force(cls, promise: str, at: datetime) -> Policy:
        found = _policy_at(promise, at)
        assert found, f"no policy for {promise}: run trialogue migrate"
        return found[0]

    @classmethod
    def introduce(
        cls,
        promise: str,
        *,
        by: Actor,
        within: int,
        unit: str,
        warn_after: int,
        effective_from: datetime | None = None,
        at: datetime | None = None,
        replaces: int | None = None,
    ) -> Policy:
        """A new version, told in the log of the operator. Raises `Refused`, `ValidationError` by field."""
        _must_make_promises(by)
        with change(by.organisation, by=by, at=at) as record:
            version = cls.objects.filter(promise=promise).count() + 1
            _must_follow(replaces, version)
            policy = cls(
                promise=promise, version=version, within=within, unit=unit, warn_after=warn_after,
                effective_from=effective_from or record.at,
            )  # fmt: skip
            policy.full_clean(validate_constraints=False)
            try:
                policy.save()
            except IntegrityError as error:  # admins of two operators at once: each holds only its own row
                raise _came_between(version) from error
            record("policy.introduced", promise=promise, version=version, within=within, unit=unit)
        return policy

    @classmethod
    def adopt(cls, promise: str, told: rules.Promise, *, by: Actor, at: datetime) -> None:
        """What the channel policy says of a promise: nothing new, another version of it, or a promise nobody has made yet."""
        wanted = cls.otherwise(promise, told)
        if wanted and cls.objects.filter(promise=promise).exists():
            cls.introduce(promise, by=by, at=at, **wanted)
        elif wanted:
            with change(by.organisation, by=by, at=at) as record:
                cls.objects.create(promise=promise, version=1, effective_from=record.at, **wanted)
                record("policy.introduced", promise=promise, version=1, within=told.within, unit=told.unit)

    @classmethod
    def otherwise(cls, promise: str, told: rules.Promise) -> dict[str, Any] | None:
        """The particulars that the channel policy gives a promise, when its latest version has others, or there is none."""
        wanted = cls.particulars(told)
        latest = cls.objects.filter(promise=promise).order_by("-version").values(*wanted).first()
        return wanted if latest != wanted else None

    def clean(self) -> None:
        longest = LONGEST.get(self.unit, 0)
        wrong: dict[str, Any] = {}
        if not 1 <= (self.within or 0) <= longest:
            problem = _("Give a whole number from 1 to %(longest)s.")
            wrong["within"] = ValidationError(problem, params={"longest": longest or 1})
        if not 1 <= (self.warn_after or 0) <= 99:
            wrong["warn_after"] = _("Give a whole number from 1 to 99.")
        if not Policy.objects.filter(promise=self.promise).exists():
            wrong["promise"] = _("There is no such promise.")
        if wrong:
            raise ValidationError(wrong)

    @property
    def words(self) -> str:
        """“48 business hours”."""
        return in_words(self.within, self.unit)

    def time(self, calendar: Calendar) -> WorkingTime:
        """The time of this calendar that this promise counts."""
        return calendar.business_time if self.unit == Unit.BUSINESS_HOURS else calendar.working_time

    def due(self, start: datetime, time: WorkingTime) -> datetime:
        """When an answer is due that is owed from `start` on by someone whose time, as this promise counts it, is `time`."""
        match self.unit:
            case Unit.BUSINESS_DAYS:
                return time.add_days(start, self.within)
            case Unit.BUSINESS_HOURS | Unit.OFFICE_HOURS:
                return time.add(start, timedelta(hours=self.within))
        return start + timedelta(hours=self.within)

    def warn(self, start: datetime, due: datetime, time: WorkingTime) -> datetime:
        """When most of the promised time has passed."""
        share = self.warn_after / 100
        if self.unit == Unit.HOURS:
            return start + (due - start) * share
        return time.add(start, time.between(start, due) * share)


@prepared
def _calendar_at(organisation: int, at: datetime) -> models.QuerySet[Calendar]:
    begun = Calendar.objects.filter(organisation=organisation, effective_from__lte=at)
    return begun.order_by("-effective_from", "-version")[:1]


@prepared
def _policy_at(promise: str, at: datetime) -> models.QuerySet[Policy]:
    begun = Policy.objects.filter(promise=promise, effective_from__lte=at)
    return begun.order_by("-effective_from", "-version")[:1]
