"""Calls of the API that failed, kept for a while: whoever asks about one picks it, and its facts stand in the form."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Environment, Organisation
from trialogue.requests import include

MOST = 20  # of an organisation in an environment
KEPT = timedelta(days=7)
LONGEST_BODY, LONGEST_LINE = 2_000, 200


def _call_id() -> str:
    return publicid.new("fcl")


class FailedCallQuerySet(models.QuerySet["FailedCall"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of one's own organisation; a program, of its own environment, since test and production never meet there."""
        ours = self.filter(organisation=actor.organisation, at__gt=timezone.now() - KEPT)
        return ours if actor.person else ours.filter(environment=actor.environment)


class FailedCall(models.Model):
    """What was called and what was answered; never what was sent, nor by which key."""

    public_id = models.CharField(max_length=32, unique=True, default=_call_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+", db_index=False)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=LONGEST_LINE)
    status = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=LONGEST_LINE, blank=True)
    body = models.CharField(max_length=LONGEST_BODY, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[FailedCallQuerySet] = FailedCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["organisation", "environment", "-id"], name="failed_call_of")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"

    @classmethod
    def keep(
        cls, by: Actor, *, method: str, path: str, status: int, title: str, body: str, at: datetime | None = None
    ) -> None:
        """Masked, and in the place of the oldest. It has nothing to tell, so this is no change."""
        cls.objects.create(
            organisation=by.organisation, environment=by.environment, method=method[:10], status=status, at=at or timezone.now(),
            path=_kept(path, LONGEST_LINE), title=_kept(title, LONGEST_LINE), body=_kept(body, LONGEST_BODY),
        )  # fmt: skip
        here = cls.objects.filter(organisation=by.organisation, environment=by.environment)
        here.exclude(pk__in=list(here.values_list("pk", flat=True)[:MOST])).delete()

    @classmethod
    def forget(cls, now: datetime) -> None:
        """Those of long ago, of organisations that call no more."""
        cls.objects.filter(at__lte=now - KEPT).delete()

    @property
    def facts(self) -> dict[str, str]:
        """By the keys of what to include."""
        return {
            "endpoint": f"{self.method} {self.path}",
            "http_status": str(self.status),
            "error_message": self.title,
            "response_body": self.body,
            "happened_at": f"{self.at:%Y-%m-%d %H:%M}",
            "environment": self.environment,
        }


def _kept(text: str, longest: int) -> str:
    # More than is kept is masked, so that nothing is cut before it is known for what it is.
    return include.masked(typed.cleaned(text[: 10 * longest]))[:longest]
