"""Saved views: a filter with a name, one's own or shared with one's organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.events.change import Happening, change
from trialogue.lib import publicid
from trialogue.lists.filters import Filter
from trialogue.people import typed
from trialogue.people.models import Actor, Membership, Organisation, Person, Refused

MOST = 60  # of one's own, and shared ones of an organisation


def _view_id() -> str:
    return publicid.new("vie")


class ViewQuerySet(models.QuerySet["View"]):
    def visible_to(self, actor: Actor) -> Self:
        """The shared ones of the organisation and the person's own there."""
        return self.filter(organisation=actor.organisation).filter(Q(shared=True) | _own(actor))

    def shown(self, actor: Actor) -> Self:
        """In their order, one's own first; with whether it is the default and whether who made it is still here."""
        here = Membership.objects.filter(organisation=OuterRef("organisation"), person=OuterRef("person"))
        default = DefaultView.objects.filter(view=OuterRef("pk"), person=actor.person)
        annotated = self.annotate(is_here=Exists(here), is_default=Exists(default))
        return annotated.select_related("person").order_by("shared", "place", "pk")


def _own(actor: Actor) -> Q:
    return Q(person=actor.person) if actor.person else Q(pk=None)


class View(models.Model):
    """A filter with a name. `query` is what stands in an address; `place` orders one's own, and those that are shared."""

    public_id = models.CharField(max_length=32, unique=True, default=_view_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="views")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="views")
    name = models.CharField(_("Name"), max_length=80)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)
    place = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ViewQuerySet] = ViewQuerySet.as_manager()  # type: ignore[assignment]
    is_here = is_default = True  # as `shown` finds them

    class Meta:
        indexes = [models.Index(fields=["organisation", "shared", "place"], name="view_of_organisation")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if problems := typed.problems(self, lines=("name",)):
            raise ValidationError(problems)

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def keep(cls, *, by: Actor, name: str, filter: Filter, shared: bool = False, at: datetime | None = None) -> View:
        """Saves a filter under a name. Raises `ValidationError` by field."""
        view = cls(organisation=by.organisation, person=by.person, name=name, query=filter.query, shared=shared)
        if by.person is None and not shared:
            raise ValidationError({"shared": _("A key has no views of its own. Share this one with the organisation.")})
        with change(by.organisation, by=by, at=at) as record:
            siblings = view._siblings()
            if siblings.count() >= MOST:
                raise ValidationError(
                    {"name": _("There are %(most)s views already. Remove one first.") % {"most": MOST}}
                )
            view.place = (siblings.aggregate(last=Max("place"))["last"] or 0) + 1
            view.full_clean(exclude=["organisation", "person"])
            view.save()
            if shared:
                record("view.shared", view=view, name=view.name)
        return view

    def describe(
        self, *, by: Actor, name: str | None = None, shared: bool | None = None, filter: Filter | None = None
    ) -> None:
        """Another name, another filter, shared or not. What is left out stays. Raises `ValidationError`, `Refused`."""
        with self._changing(by) as record:
            self._must_be_there()
            was = self.shared
            self.name = self.name if name is None else name
            self.query = self.query if filter is None else filter.query
            self.shared = was if shared is None else shared
            if not self.shared and (by.person is None or self.person_id != by.person.pk):
                raise Refused(_("This view is someone else's. Remove it, or leave it shared."))
            self.full_clean(exclude=["organisation", "person"])
            self.save(update_fields=["name", "query", "shared"])
            self._tell(record, was)

    def remove(self, *, by: Actor) -> None:
        with self._changing(by) as record:
            if self.delete()[0] and self.shared:
                record("view.removed", view=self.public_id, name=self.name)

    def move_to(self, place: int, *, by: Actor) -> None:
        """Before the view that stands at this place (from 1) among its own kind; beyond the last: to the end."""
        with self._changing(by):
            others = list(self._siblings().exclude(pk=self.pk).order_by("place", "pk"))
            others.insert(max(0, min(place - 1, len(others))), self)
            for number, view in enumerate(others, 1):
                view.place = number
            View.objects.bulk_update(others, ["place"])

    def make_default(self, *, by: Actor, default: bool = True) -> None:
        """What the person's list opens with. Concerns nobody else, so nothing is recorded."""
        if by.person is None:
            raise Refused(_("A key opens no pages, so it has no default view."))
        with change(by.organisation, by=by):
            DefaultView.objects.filter(person=by.person, organisation=by.organisation).delete()
            if default:
                self._must_be_there()
                DefaultView.objects.create(person=by.person, organisation=by.organisation, view=self)

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def filter(self) -> Filter:
        return Filter.read(self.query)

    def may_change(self, actor: Actor) -> bool:
        """Who made it; an admin may change what is shared, so that it does not outlive its use."""
        if self.organisation_id != actor.organisation.pk:
            return False
        if actor.person is not None and self.person_id == actor.person.pk:
            return True
        return self.shared and (actor.may_administer or (actor.person is None and self.person_id is None))

    def _siblings(self) -> models.QuerySet[View]:
        kin = View.objects.filter(organisation=self.organisation, shared=self.shared)
        return kin if self.shared else kin.filter(person=self.person)

    def _changing(self, by: Actor) -> Any:
        if not self.may_change(by):
            raise Refused(_("Only who shared this view, or an admin, may change it. Save one of your own."))
        return change(by.organisation, by=by)

    def _must_be_there(self) -> None:
        """Within the change: whoever held the organisation before us may have removed it."""
        if not View.objects.filter(pk=self.pk).exists():
            raise Refused(_("This view was removed meanwhile."))

    def _tell(self, record: Any, was_shared: bool) -> None:
        """Others hear of what they have, had or get."""
        if self.shared:
            record("view.changed" if was_shared else "view.shared", view=self, name=self.name)
        elif was_shared:
            record("view.removed", view=self.public_id, name=self.name)
            DefaultView.objects.filter(view=self).exclude(person=self.person).delete()


class DefaultView(models.Model):
    """The view that a person's list of cases opens with, in one organisation."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    view = models.ForeignKey(View, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organisation"], name="default_view_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.view_id}"

    @classmethod
    def of(cls, actor: Actor) -> View | None:
        """None for who has chosen none, or one that is theirs no more."""
        if actor.person is None:
            return None
        chosen = cls.objects.filter(person=actor.person, organisation=actor.organisation).values("view")
        return View.objects.visible_to(actor).filter(pk__in=chosen).first()


def forget_person(happening: Happening) -> None:
    """Who has left takes their own views along; what they shared stays, and says that it is from someone who left."""
    gone = {"organisation": happening.subject, "person": happening.things["person"]}
    View.objects.filter(**gone, shared=False).delete()
    DefaultView.objects.filter(**gone).delete()
