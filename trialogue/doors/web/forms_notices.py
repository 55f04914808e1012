"""The forms about notices: how one wants to be told, when to be left alone, who stands in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trialogue.deliveries.models import Absence
from trialogue.deliveries.wishes import NEVER_OFF, How, Notice, Wishes
from trialogue.lib.quiethours import QuietHours, Span
from trialogue.people.models import Membership

HOURS = ("weekdays_from", "weekdays_until", "weekends_from", "weekends_until")


def _hour(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))


class WishesForm(forms.Form):
    """A row of choices for each notice, named as the notice; hours in the reader's zone."""

    weekdays_from = _hour(_("On weekdays from"))
    weekdays_until = _hour(_("On weekdays until"))
    weekends_from = _hour(_("On Saturdays and Sundays from"))
    weekends_until = _hour(_("On Saturdays and Sundays until"))
    let_through = forms.BooleanField(label=_("Let overdue answers of ours through"), required=False)
    digest = forms.BooleanField(label=_("Send me a summary each morning at 08:00"), required=False)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        for notice in Notice:
            choices = [(how.value, how.label) for how in How if how != How.OFF or notice not in NEVER_OFF]
            self.fields[notice.value] = forms.ChoiceField(label=notice.label, choices=choices)

    @classmethod
    def showing(cls, wishes: Wishes) -> WishesForm:
        columns = (*Notice.values, *HOURS, "let_through", "digest")
        return cls(initial={name: getattr(wishes, name) for name in columns})

    @property
    def rows(self) -> Iterator[tuple[forms.BoundField, list[tuple[str, Any, bool]]]]:
        """Each notice with what can be chosen for it: value, words (None where it cannot be), whether it is."""
        for notice in Notice:
            field = self[notice.value]
            offered = dict(self.fields[notice.value].choices)  # type: ignore[attr-defined]
            yield field, [(how.value, offered.get(how.value), field.value() == how.value) for how in How]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        for days in ("weekdays", "weekends"):
            first, last = told.get(f"{days}_from"), told.get(f"{days}_until")
            if (first is None) != (last is None) and not self.errors.keys() & {f"{days}_from", f"{days}_until"}:
                missing = f"{days}_from" if first is None else f"{days}_until"
                self.add_error(missing, _("Give both times, or neither."))
        return told

    def wishes(self) -> dict[str, Any]:
        """As `Wishes.choose` takes them."""
        told = self.cleaned_data
        return {
            "how": {notice.value: told[notice.value] for notice in Notice},
            "quiet": QuietHours(
                _span(told["weekdays_from"], told["weekdays_until"]),
                _span(told["weekends_from"], told["weekends_until"]),
            ),
            "let_through": told["let_through"],
            "digest": told["digest"],
        }


def _span(first: time | None, last: time | None) -> Span | None:
    return (first, last) if first is not None and last is not None else None


class AbsenceForm(forms.Form):
    first = forms.DateField(label=_("First day away"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Last day away"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    colleague = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Who stands in"), required=False, empty_label=_("Nobody"),
        help_text=_("What one would be told in these days goes to them as well."),
    )  # fmt: skip

    def __init__(self, membership: Membership, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        others = Membership.objects.filter(organisation=membership.organisation, person__is_active=True)
        field: Any = self.fields["colleague"]
        field.queryset = others.exclude(pk=membership.pk).select_related("person").order_by("person__name", "pk")
        field.label_from_instance = lambda colleague: colleague.person.name

    @classmethod
    def showing(cls, membership: Membership, absence: Absence | None) -> AbsenceForm:
        if absence is None:
            return cls(membership)
        initial = {"first": absence.first_day, "last": absence.last_day, "colleague": absence.colleague_id}
        return cls(membership, initial=initial)
