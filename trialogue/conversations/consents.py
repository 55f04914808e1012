"""Consent: the client lets the referral partner who brought it write along, in one case or in all of them, and takes it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.events.change import Record, change
from trialogue.events.models import Concerned
from trialogue.lib import publicid
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation


class Scope(models.TextChoices):
    CASE = "case", _("in this case")
    ALL = "all", _("in all cases")


def _consent_id() -> str:
    return publicid.new("cns")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those a client has given, those a referral partner was given, and all for the operator."""
        here = self.filter(environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(client=actor.organisation)
            case Side.REFERRER:
                return here.filter(referrer=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def in_force(self) -> Self:
        return self.filter(withdrawn_at=None)

    def about(self, case: Case) -> Self:
        """Those that say who writes in this case."""
        said = Q(case=case.pk) | Q(case=None)
        return self.filter(said, client=case.client_id, referrer=case.referrer_id, environment=case.environment)

    def shown(self) -> Self:
        """The newest first."""
        parties = ("client", "referrer", "case", "given_by", "withdrawn_by")
        return self.select_related(*parties).order_by("-given_at", "-pk")


class Consent(models.Model):
    """The referral partner writes in one case of the client, or (`case` is null) in all that it brought: from `given_at` on, until
    `withdrawn_at` if that is set. Given again, it is another one: what was stays to be read."""

    public_id = models.CharField(max_length=32, unique=True, default=_consent_id, editable=False)
    client = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    referrer = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="consents")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[ConsentQuerySet] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "referrer", "case"], condition=Q(withdrawn_at=None), name="consent_one_for_case"
            ),
            models.UniqueConstraint(
                fields=["client", "referrer", "environment"],
                condition=Q(withdrawn_at=None, case=None),
                name="consent_one_for_all",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "environment", "-given_at"], name="consent_of_client"),
            models.Index(fields=["referrer", "environment", "-given_at"], name="consent_of_referrer"),
        ]

    def __str__(self) -> str:
        return f"{self.referrer} · {self.case or self.client}"

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def give(cls, case: Case | None = None, *, by: Actor, at: datetime | None = None) -> Consent:
        """Lets the referral partner write in a case, or (None) in all of the client's; what is in force already stays.

        By the client; for all cases, by an admin. Raises `Refused`.
        """
        _must_be_the_client(by, case)
        with change(case or by.organisation, by=by, at=at) as record:
            referrer = (case or by.organisation).referrer
            if referrer is None:
                raise Refused(_("No referral partner has brought you, so there is nobody to allow this to."))
            told = {"client": by.organisation, "referrer": referrer, "environment": by.environment, "case": case}
            there = cls.objects.in_force().filter(**told).first()
            if there:
                return there
            consent = cls.objects.create(**told, given_at=record.at, given_by=by.person)
            consent._tell(record, "consent.given")
        return consent

    def withdraw(self, *, by: Actor, at: datetime | None = None) -> None:
        """At once: what is being written at this moment is not said any more. By the client; of all cases, by an admin."""
        _must_be_the_client(by, self.case, self.client)
        with change(self.case or self.client, by=by, at=at) as record:
            ended = {"withdrawn_at": record.at, "withdrawn_by": by.person}
            won = Consent.objects.in_force().filter(pk=self.pk).update(**ended)
            self.refresh_from_db(fields=list(ended))
            if won:
                self._tell(record, "consent.withdrawn")

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def scope(self) -> Scope:
        return Scope.CASE if self.case_id else Scope.ALL

    def may_withdraw(self, actor: Actor) -> bool:
        mine = self.withdrawn_at is None and self.client_id == actor.organisation.pk
        return mine and (self.case_id is not None or actor.may_administer)

    # --- within a change ----------------------------------------------------------------------------------------------

    def _tell(self, record: Record, kind: str) -> None:
        if self.case is None:  # an organisation's own affair is nobody else's; this one is between two
            both = Concerned(client=self.client_id, referrer=self.referrer_id, environment=self.environment)
            record = replace(record, concerned=both)
        record(kind, consent=self, referrer=self.referrer, scope=self.scope)


def lets_write(conversation: Conversation) -> bool:
    """Whether the referral partner of a case writes in its conversation now."""
    case = conversation.case
    return case.referrer_id is not None and Consent.objects.about(case).in_force().exists()


def _must_be_the_client(by: Actor, case: Case | None, client: Organisation | None = None) -> None:
    whose = case.client if case else client or by.organisation
    if by.side != Side.CLIENT or by.organisation != whose:
        raise Refused(_("Only the client says whether its referral partner writes along."))
    if case is None:
        by.must_administer(whose)
