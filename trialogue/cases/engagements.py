"""The engagements of the partners who worked a case, and what each of them sees of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.cases.lifecycle import DeclineReason, State
from trialogue.lib import publicid
from trialogue.people.models import Actor, Organisation, Side

if TYPE_CHECKING:
    from trialogue.cases.models import Case


def _engagement_id() -> str:
    return publicid.new("eng")


class Engagement(models.Model):
    """One partner working one case, from release to the end. What is said belongs to the engagement it was said in."""

    class Why(models.TextChoices):
        DECLINED = "declined", _("declined")
        REASSIGNED = "reassigned", _("given to another partner")
        MERGED = "merged", _("merged into another case")
        RECALLED = "recalled", _("taken back by the operator")

    public_id = models.CharField(max_length=32, unique=True, default=_engagement_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="engagements")
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="engagements")
    started_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, choices=Why.choices, blank=True)
    ended_state = models.CharField(max_length=30, choices=State.choices, blank=True)  # how the case stood
    ended_comment = models.TextField(max_length=4000, blank=True)
    decline_reason = models.CharField(max_length=20, choices=DeclineReason.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="engagement_one_at_a_time")
        ]
        indexes = [
            models.Index(fields=["partner", "case"], name="engagement_of_partner"),
            models.Index(fields=["partner", "case"], condition=Q(ended_at__isnull=False), name="engagement_former"),
        ]

    def __str__(self) -> str:
        return f"{self.partner} · {self.case}"


def as_seen_by(cases: Iterable[Case], actor: Actor) -> list[Case]:
    """Cases for the actor's eyes. Never saved like that: every verb reads its row anew."""
    cases = list(cases)
    former = {
        case.pk: case for case in cases if actor.side == Side.PARTNER and case.partner_id != actor.organisation.pk
    }
    if former:
        ended = Engagement.objects.filter(partner=actor.organisation, case__in=former).order_by("ended_at")
        for engagement in ended:  # the last one of several wins
            former[engagement.case_id].former = engagement
    for case in former.values():
        if case.former and case.former.ended_at:
            case.state, case.state_since, case.moved_at = (
                case.former.ended_state,
                case.former.ended_at,
                case.former.ended_at,
            )
            case.partner, case.close_code, case.close_comment = actor.organisation, "", ""
            case.client_owner = case.partner_owner = case.merged_into = case.quoted_partner = None
            case.quote, case.closure_requested_at, case.next_update_at = "", None, None
    return cases
