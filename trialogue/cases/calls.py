"""The partner's log of telephone calls to the debtor: written once, read by the client, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import IN_WORK, CallOutcome, State
from trialogue.events.change import change
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.cases.models import Case


def _call_id() -> str:
    return publicid.new("cal")


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, actor: Actor) -> Self:
        """The client's cases', a partner's own, all for the operator."""
        here = self.filter(case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(organisation=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()


class Call(models.Model):
    """One telephone call of the partner to the debtor: when, which number, how it ended, what was said."""

    public_id = models.CharField(max_length=32, unique=True, default=_call_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="calls")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(_("When"))
    number = models.CharField(_("Telephone number"), max_length=40)
    outcome = models.CharField(_("How it ended"), max_length=40, choices=CallOutcome.choices)
    notes = models.TextField(_("What was said"), validators=[MaxLengthValidator(4000)])
    logged_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[CallQuerySet] = CallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [models.Index(fields=["case", "-called_at", "-id"], name="call_of_case")]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"

    @classmethod
    def log(
        cls,
        case: Case,
        *,
        by: Actor,
        number: str,
        outcome: str,
        notes: str,
        called_at: datetime,
        at: datetime | None = None,
    ) -> Call:
        """The partner notes a call to the debtor. Raises `ValidationError` by field, `Refused` for anyone else."""
        call = cls(
            case=case, organisation=by.organisation, author=by.person, called_at=called_at, number=typed.cleaned(number),
            outcome=outcome, notes=typed.cleaned(notes),
        )  # fmt: skip
        with change(case, by=by, at=at) as record:
            if not case.is_worked_by(by):
                raise Refused(_("Only the partner who works the case logs calls."))
            if case.state not in IN_WORK | {State.PENDING}:
                raise Refused(_("The case is over: no more calls can be logged."))
            call.engagement, call.logged_at = case.current_engagement(), record.at
            call.full_clean()
            if called_at > record.at:
                raise ValidationError({"called_at": _("A call cannot be logged before it was made.")})
            call.save()
            record("call.logged", call=call, call_outcome=outcome)
        return call
