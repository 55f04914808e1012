"""What people type into the case pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.conversations.documents import DocumentKind
from trialogue.people import places

COMMON_CURRENCIES = ["EUR", "DKK", "GBP", "NOK", "SEK", "CHF", "PLN", "USD"]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what each may be is for `Document.receive` to say."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [file for file in (data if isinstance(data, list) else [data]) if file]


def _countries() -> list[tuple[str, str]]:
    names = places.country_names(places.language())
    return [("", _("Choose a country")), *sorted(names.items(), key=lambda pair: pair[1])]  # type: ignore[list-item]


def _currencies() -> list[tuple[str, str]]:
    names = places.currency_names()
    return [(code, code) for code in [*COMMON_CURRENCIES, *sorted(set(names) - set(COMMON_CURRENCIES))]]


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]
    documents = FilesField(required=False)
    document_kind = forms.ChoiceField(
        choices=DocumentKind.choices, initial=DocumentKind.INVOICE, required=False, label=_("What the documents are")
    )

    class Meta:
        model = Case
        fields = [
            "debtor_name",
            "debtor_type",
            "debtor_country",
            "amount",
            "currency",
            "client_reference",
            "description",
        ]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.fields["debtor_country"] = forms.ChoiceField(choices=_countries, label=_("Debtor's country"))
        self.fields["currency"] = forms.ChoiceField(choices=_currencies, label=_("Currency"))

    def _post_clean(self) -> None:
        """Everything about the claim itself is said by `Case.submit`; here only what a browser may have garbled."""

    def claim(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("document")}
