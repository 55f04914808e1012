"""The operator's desk: who looks after what arrives by which channel, and answers that are kept for saying again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from trialogue.channels.models import Edition
from trialogue.events.change import change
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side

if TYPE_CHECKING:
    from trialogue.requests.models import Request

LONGEST_ANSWER = 10_000
# What a saved answer may leave open, filled in for the request it answers.
PLACEHOLDERS = {
    "name": _("whoever asked"),
    "number": _("the number of the request"),
    "subject": _("what it is about"),
    "case": _("the case it is about"),
    "me": _("your own name"),
}
_OPEN = re.compile(r"\{\s*(\w+)\s*\}")


def _answer_id() -> str:
    return publicid.new("ans")


def must_be_operator(actor: Actor) -> None:
    if actor.side != Side.OPERATOR:
        raise Refused(_("Only the operator does this."))


class Duty(models.Model):
    """Somebody of the operator looks after what arrives by a channel, and hears of it first."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=20)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "channel", "person"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.channel}"

    @classmethod
    def team(cls, organisation: Organisation, channel: str) -> list[int]:
        """Ids of the people who look after a channel and still belong here; none: everybody does."""
        here = cls.objects.filter(organisation=organisation, channel=channel, person__is_active=True)
        return list(here.filter(person__memberships__organisation=organisation).values_list("person", flat=True))

    @classmethod
    def give(cls, channel: str, people: Iterable[Person], *, by: Actor) -> None:
        """These people look after it, and no others. By an admin. Raises `Refused`, `ValidationError`."""
        must_be_operator(by)
        by.must_administer(by.organisation)
        if Edition.in_force().rules.taking_requests(channel) is None:
            raise ValidationError({"channel": _("Choose a channel that takes requests.")})
        people = list(people)
        ours = set(by.organisation.memberships.values_list("person", flat=True))
        if any(person.pk not in ours for person in people):
            raise ValidationError({"people": _("Only people of the operator look after a channel.")})
        with change(by.organisation, by=by) as record:
            cls.objects.filter(organisation=by.organisation, channel=channel).delete()
            Duty.objects.bulk_create(
                Duty(organisation=by.organisation, channel=channel, person=person) for person in people
            )
            record("team.set", channel=channel, people=people)


class SavedAnswerQuerySet(models.QuerySet["SavedAnswer"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(organisation=actor.organisation) if actor.side == Side.OPERATOR else self.none()


class SavedAnswer(models.Model):
    """Words that the operator says often, with what is open in them: “Dear {name}, …”."""

    public_id = models.CharField(max_length=32, unique=True, default=_answer_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=100)
    body = models.TextField()
    channel = models.CharField(max_length=20, blank=True)  # offered there first; empty: everywhere

    objects: ClassVar[SavedAnswerQuerySet] = SavedAnswerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("title",)
        constraints = [models.UniqueConstraint(fields=["organisation", "title"], name="saved_answer_title")]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def keep(cls, *, by: Actor, title: str, body: str, channel: str = "", of: SavedAnswer | None = None) -> SavedAnswer:
        """A new one, or other words for `of`. Raises `Refused`, `ValidationError` by field."""
        must_be_operator(by)
        answer = of or cls(organisation=by.organisation)
        answer.title, answer.body, answer.channel = " ".join(title.split()), typed.cleaned(body), channel
        answer._check()
        with change(by.organisation, by=by) as record:
            if cls.objects.filter(organisation=by.organisation, title=answer.title).exclude(pk=answer.pk).exists():
                raise ValidationError({"title": _("Another answer has this title. Give this one its own.")})
            answer.save()
            record("saved_answer.kept", answer=answer, title=answer.title, body=answer.body)
        return answer

    def remove(self, *, by: Actor) -> None:
        must_be_operator(by)
        with change(by.organisation, by=by) as record:
            record("saved_answer.removed", answer=self, title=self.title)
            SavedAnswer.objects.filter(pk=self.pk).delete()

    def filled(self, request: Request, by: Actor) -> str:
        """Its words for this request."""
        known = {
            "name": request.sender,
            "number": request.number,
            "subject": request.subject,
            "case": str(request.case or ""),
            "me": by.person.name if by.person else by.organisation.name,
        }
        return _OPEN.sub(lambda match: known.get(match[1], match[0]), self.body)

    def _check(self) -> None:
        wrong: dict[str, object] = {}
        if not 1 <= len(self.title) <= 100 or not typed.can_be_kept(self.title):
            wrong["title"] = _("Give a title of up to 100 characters.")
        if not 1 <= len(self.body) <= LONGEST_ANSWER:
            wrong["body"] = _("An answer has 1 to 10,000 characters.")
        elif strange := next((word for word in _OPEN.findall(self.body) if word not in PLACEHOLDERS), None):
            said = _("“{%(word)s}” is nothing that can be filled in. There are: %(known)s.")
            known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
            wrong["body"] = ValidationError(said, params={"word": strange, "known": known})
        if self.channel and self.channel not in Edition.in_force().rules.channels:
            wrong["channel"] = _("There is no such channel.")
        if wrong:
            raise ValidationError(wrong)
