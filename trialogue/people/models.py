"""Who is who, and on which side: organisations, persons, memberships, invitations, API keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import SYSTEM, Doer, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import publicid
from trialogue.people import places, typed


class Side(models.TextChoices):
    CLIENT = "client", _("Client")
    PARTNER = "collection_partner", _("Collection Partner")
    REFERRER = "referral_partner", _("Referral Partner")
    OPERATOR = "operator", _("Operator")


class Role(models.TextChoices):
    ADMIN = "admin", _("admin")
    MEMBER = "member", _("member")


class Environment(models.TextChoices):
    PRODUCTION = "production", _("production")
    TEST = "test", _("test")


class Plan(models.TextChoices):
    """What a client has agreed on: enterprise clients have an account manager."""

    STANDARD = "standard", _("standard")
    ENTERPRISE = "enterprise", _("enterprise")


NAME_TAKEN = _("Another organisation has this name. Add a place or a legal form to tell them apart.")
LOG_COLUMNS = {Side.CLIENT: "client_id", Side.PARTNER: "partner_id", Side.REFERRER: "referrer_id", Side.OPERATOR: None}


def _organisation_id() -> str:
    return publicid.new("org")


def _person_id() -> str:
    return publicid.new("per")


def _invitation_id() -> str:
    return publicid.new("inv")


# Short, so that what is kept to tell keys apart holds some of their random part.
_KEY_WORDS = {Environment.PRODUCTION: "live", Environment.TEST: "test"}


def _key_id() -> str:
    return publicid.new("key")


class Refused(Exception):
    """Someone may not do this. `str()` says why and what to do."""


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of(self, person: Person) -> Self:
        return self.filter(memberships__person=person)

    def partners(self) -> Self:
        return self.filter(kind=Side.PARTNER).order_by(Lower("name"))

    def operator(self) -> Organisation | None:
        """Who runs the platform; none, in a house that has just been built."""
        return self.filter(kind=Side.OPERATOR).order_by("pk").first()


class Organisation(Subject):
    """A client, a collection partner, a referral partner or the operator, in a country and a time zone."""

    public_id = models.CharField(max_length=32, unique=True, default=_organisation_id, editable=False)
    kind = models.CharField(max_length=20, choices=Side.choices)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=3, blank=True)
    zone = models.CharField(max_length=64)
    plan = models.CharField(max_length=10, choices=Plan.choices, default=Plan.STANDARD)
    referrer = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="referred")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganisationQuerySet] = OrganisationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="organisation_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def log_column(self) -> str | None:
        """The column of the log that says an event concerned this organisation; None for the operator, who sees all."""
        return LOG_COLUMNS[Side(self.kind)]

    def concerns(self) -> Concerned:
        mine = {side: self.pk if self.kind == side else None for side in (Side.CLIENT, Side.PARTNER, Side.REFERRER)}
        return Concerned(client=mine[Side.CLIENT], partner=mine[Side.PARTNER], referrer=mine[Side.REFERRER])

    def clean(self) -> None:
        self.country, self.subdivision = self.country.upper(), self.subdivision.upper()
        if wrong := typed.problems(self, lines=("name",)):
            raise ValidationError(wrong)
        places.check_country("country", self.country)
        places.check_zone("zone", self.zone)
        if Organisation.objects.exclude(pk=self.pk).filter(name__iexact=self.name).exists():
            raise ValidationError({"name": NAME_TAKEN})

    @classmethod
    def found(
        cls,
        *,
        name: str,
        kind: str,
        country: str,
        zone: str,
        by: Doer = SYSTEM,
        at: datetime | None = None,
        **more: Any,
    ) -> Organisation:
        """A new organisation. Raises `ValidationError` by field."""
        organisation = cls(name=name, kind=kind, country=country, zone=zone, **more)
        with change(organisation, by=by, at=at) as record:
            organisation._save_described()
            record("organisation.founded", kind=kind)
        return organisation

    def describe(self, *, by: Actor, name: str, country: str, zone: str) -> None:
        """Other details; its calendar stays as it is. Raises `ValidationError` by field."""
        by.must_administer(self)
        with change(self, by=by) as record:
            if country.upper() != self.country:
                self.subdivision = ""
            self.name, self.country, self.zone = name.strip(), country, zone
            self._save_described(update_fields=["name", "country", "subdivision", "zone"])
            record("organisation.described", name=self.name, country=self.country, zone=self.zone)

    def set_plan(self, plan: str, *, by: Actor) -> None:
        """Of a client; by an admin of the operator. Raises `ValidationError`, `Refused`."""
        must_run_the_house(by)
        plan = _chosen(Plan, "plan", plan)
        if self.kind != Side.CLIENT:
            raise ValidationError({"plan": _("Only clients have a plan.")})
        with change(self, by=by) as record:
            if plan != self.plan:
                self.plan = plan
                self.save(update_fields=["plan"])
                record("organisation.plan_set", plan=plan)

    def _save_described(self, **how: Any) -> None:
        # The constraint is the database's to ask: Django's own asking of it, after `clean()`, names no field, and that is
        # where a name goes which somebody takes between the two.
        self.full_clean(validate_constraints=False)
        try:
            self.save(**how)
        except IntegrityError as error:  # two at once: neither saw the other
            raise ValidationError({"name": NAME_TAKEN}) from error

    def admit(
        self, person: Person, role: str = Role.MEMBER, *, by: Doer = SYSTEM, at: datetime | None = None
    ) -> Membership:
        """Makes someone a member; whoever is one already gets the role."""
        role = _chosen(Role, "role", role)
        with change(self, by=by, at=at) as record:
            membership = self.memberships.filter(person=person).first() or Membership(
                organisation=self, person=person, since=record.at
            )
            if membership.pk and role != Role.ADMIN:
                membership._must_not_be_last_admin()
            membership.role = role
            membership.save()
            record("member.admitted", person=person, role=role)
        return membership

    def invite(self, email: str, role: str, *, by: Actor) -> tuple[Invitation, str]:
        """An invitation and the secret that its mail carries. An earlier open one for the same address is replaced."""
        by.must_administer(self)
        role = _chosen(Role, "role", role)
        email = Person.objects.normalize_email(email.strip().lower())
        _check_email(email)
        if self.memberships.filter(person__email=email).exists():
            raise ValidationError({"email": _("This person is already a member.")})
        secret = publicid.secret("inv")
        with change(self, by=by) as record:
            self.invitations.filter(email=email, accepted_at=None).delete()
            invitation = self.invitations.create(email=email, role=role, digest=_digest(secret), invited_by=by.person)
            record("invitation.sent", invitation=invitation, role=role)
        return invitation, secret

    def issue_key(self, environment: str, *, name: str = "", by: Actor | None = None) -> tuple[ApiKey, str]:
        """A key and its secret, which is shown this once and kept only as a digest. Without `by`: from the console."""
        if by:
            by.must_administer(self)
        environment = _chosen(Environment, "environment", environment)
        typed.check_text("name", name)
        secret = publicid.secret(f"tri_{_KEY_WORDS[Environment(environment)]}")
        with change(self, by=by or SYSTEM) as record:
            key = self.keys.create(
                environment=environment, name=name.strip()[:80], digest=_digest(secret), shown=secret[:13]
            )
            record("key.issued", key=key, environment=environment)
        return key, secret


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **more: Any) -> Person:
        person = self.model(email=self.normalize_email(email.strip().lower()), **more)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        try:
            person.save()
        except IntegrityError as error:  # two at once: the check above saw neither
            raise ValidationError({"email": person.unique_error_message(self.model, ("email",))}) from error
        return person

    def named(self, public_ids: Iterable[str]) -> dict[str, str]:
        """Names by public id, for the sentences of the log."""
        return dict(self.filter(public_id__in=set(public_ids)).values_list("public_id", "name"))


class Person(AbstractBaseUser):
    """Someone who signs in. Belongs to organisations by memberships; sees times in their own zone and language."""

    public_id = models.CharField(max_length=32, unique=True, default=_person_id, editable=False)
    email = models.EmailField(_("E-mail"), max_length=254, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    zone = models.CharField(_("Time zone"), max_length=64, default="UTC")
    language = models.CharField(_("Language"), max_length=5, default="en")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        wrong = typed.problems(self, lines=("name",))
        if self.language not in dict(settings.LANGUAGES):
            wrong["language"] = [_("Choose a language from the list.")]
        if wrong:
            raise ValidationError(wrong)
        places.check_zone("zone", self.zone)

    def describe(self, *, name: str, zone: str, language: str) -> None:
        """How the person is called and where they read. Raises `ValidationError` by field."""
        self.name, self.zone, self.language = name.strip(), zone, language
        self.full_clean(exclude=["password"])
        self.save(update_fields=["name", "zone", "language"])

    def get_full_name(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        words = self.name.split() or [self.email]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def is_staff(self) -> bool:
        return False


class Membership(models.Model):
    """A person in an organisation."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    since = models.DateTimeField(default=timezone.now, editable=False)
    steps_left_at = models.DateTimeField(null=True, editable=False)  # since when the first steps are not shown

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"

    def become(self, role: str, *, by: Actor) -> None:
        """Gives the member another role. The last admin stays one."""
        by.must_administer(self.organisation)
        role = _chosen(Role, "role", role)
        with change(self.organisation, by=by) as record:
            if role != Role.ADMIN:
                self._must_not_be_last_admin()
            self.role = role
            self.save(update_fields=["role"])
            record("member.role_changed", person=self.person, role=self.role)

    def _must_not_be_last_admin(self) -> None:
        admins = set(self.organisation.memberships.filter(role=Role.ADMIN).values_list("pk", flat=True))
        if admins == {self.pk}:
            raise Refused(_("An organisation keeps at least one admin. Make someone else admin first."))

    def end(self, *, by: Actor) -> None:
        """Ends at once. The last admin stays, or nobody could let anyone in again."""
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            self._must_not_be_last_admin()
            gone, _rows = self.delete()
            if gone:
                record("member.left", person=self.person)

    def leave_steps(self, *, by: Actor) -> None:
        """Whoever knows their way is led no further."""
        self._turn_steps(by, left=True)

    def resume_steps(self, *, by: Actor) -> None:
        self._turn_steps(by, left=False)

    def _turn_steps(self, by: Actor, *, left: bool) -> None:
        if by.person != self.person or by.organisation != self.organisation:
            raise Refused(_("Only they themselves do this."))
        with change(self.organisation, by=by) as record:
            still = Membership.objects.filter(pk=self.pk, steps_left_at__isnull=left)
            if still.update(steps_left_at=record.at if left else None):
                record("member.steps_left" if left else "member.steps_resumed", person=self.person)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())

    def by_secret(self, secret: str) -> Invitation | None:
        return self.open().known(secret)

    def known(self, secret: str) -> Invitation | None:
        """Whether it still opens or not."""
        return self.filter(digest=_digest(secret)).select_related("organisation", "invited_by").first()


def _in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


class Invitation(models.Model):
    """A way into an organisation for one address, which expires."""

    public_id = models.CharField(max_length=32, unique=True, default=_invitation_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=_in_a_week)
    accepted_at = models.DateTimeField(null=True)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.email} · {self.organisation}"

    def accept(self, person: Person) -> Membership:
        """Makes the invited person a member. Raises `Refused` for anyone else, or when it has run out or been used."""
        if person.email.lower() != self.email.lower():
            raise Refused(_("This invitation was sent to another address. Sign in with that one."))
        taken = Invitation.objects.open().filter(pk=self.pk)
        doer = Actor(organisation=self.organisation, person=person)
        with change(self.organisation, by=doer):
            if not taken.update(accepted_at=timezone.now()):
                raise Refused(_("This invitation has run out or was used. Ask for a new one."))
            # Whoever was made admin meanwhile is not made less by an older invitation.
            admin = self.organisation.memberships.filter(person=person, role=Role.ADMIN).exists()
            return self.organisation.admit(person, Role.ADMIN if admin else self.role, by=doer)

    def withdraw(self, *, by: Actor) -> None:
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            # Who was faster may have accepted or withdrawn it.
            if Invitation.objects.filter(pk=self.pk, accepted_at=None).delete()[0]:
                record("invitation.withdrawn", invitation=self)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def by_secret(self, secret: str) -> ApiKey | None:
        """Asked at every request of the API, so in SQL: building this query costs more than answering it."""
        with connection.cursor() as cursor:
            cursor.execute(_KEY_AND_ORGANISATION, [ApiKey.digest_of(secret)])
            row = cursor.fetchone()
        if row is None:
            return None
        width = len(_columns(ApiKey))
        key = ApiKey.from_db(self.db, _columns(ApiKey), row[:width])
        key.organisation = Organisation.from_db(self.db, _columns(Organisation), row[width:])
        return key


class ApiKey(models.Model):
    """An organisation's key for one environment. Only its digest is kept; `shown` is the beginning, to tell keys apart."""

    public_id = models.CharField(max_length=32, unique=True, default=_key_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="keys")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    name = models.CharField(max_length=80, blank=True)
    shown = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.shown}… ({self.environment})"

    @staticmethod
    def digest_of(secret: str) -> str:
        return _digest(secret)

    def revoke(self, *, by: Actor) -> None:
        by.must_administer(self.organisation)
        with change(self.organisation, by=by) as record:
            if ApiKey.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=record.at):
                record("key.revoked", key=self)
            self.refresh_from_db(fields=["revoked_at"])


def _digest(secret: str) -> str:
    # The secrets are 256 random bits, so a plain digest is enough; slow hashes are for what people choose.
    return hashlib.sha256(secret.encode()).hexdigest()


def _chosen(choices: type[models.TextChoices], field: str, value: str) -> str:
    if value not in choices.values:
        raise ValidationError({field: _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices.values)}})
    return value


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from error


@dataclass(frozen=True)
class Actor:
    """Who acts: a person (or an API key) for one organisation in one environment, through one door."""

    organisation: Organisation
    person: Person | None = None
    environment: str = Environment.PRODUCTION
    role: str = Role.MEMBER
    via: str = "web"

    @property
    def by(self) -> str:
        return self.person.public_id if self.person else ""

    @property
    def person_id(self) -> int | None:
        return self.person.pk if self.person else None

    @property
    def acting_for(self) -> str:
        return self.organisation.public_id

    @property
    def side(self) -> str:
        return self.organisation.kind

    @property
    def may_administer(self) -> bool:
        return self.role == Role.ADMIN

    def must_administer(self, organisation: Organisation) -> None:
        if not (self.may_administer and self.organisation == organisation):
            raise Refused(_("Only an admin of {organisation} may do this.").format(organisation=organisation))

    @classmethod
    def of(cls, membership: Membership, environment: str = Environment.PRODUCTION, via: str = "web") -> Actor:
        return cls(membership.organisation, membership.person, environment, membership.role, via)


def must_run_the_house(by: Actor) -> None:
    if by.side != Side.OPERATOR or not by.may_administer:
        raise Refused(_("Only an admin of the operator does this."))


@dataclass(frozen=True)
class Visitor:
    """Somebody who has not signed in, and has come by the secret link of their own request.

    `language` and `zone`: in which they asked, where that is known; what is none of ours counts as not known.
    """

    environment: str = Environment.PRODUCTION
    via: str = "web"
    language: str = ""
    zone: str = ""
    organisation: None = None
    person: None = None
    person_id: None = None
    by: str = ""
    acting_for: str = ""


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


_KEY = ", ".join(f"k.{name}" for name in _columns(ApiKey))
_ORGANISATION = ", ".join(f"o.{name}" for name in _columns(Organisation))
_KEY_AND_ORGANISATION = (
    f"SELECT {_KEY}, {_ORGANISATION} FROM people_apikey k JOIN people_organisation o ON o.id = k.organisation_id "  # noqa: S608
    "WHERE k.digest = %s AND k.revoked_at IS NULL"  # - made of the names of columns alone
)

# Last, for it stands on what is above: its tables belong to this room.
from trialogue.people import brands  # noqa: E402, F401
