"""What people type into the case pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.conversations.documents import DocumentKind
from trialogue.people import places
from trialogue.uploads import cells

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


class AmountField(forms.DecimalField):
    """An amount as people write it, in any country: 12480.50, 12.480,50 or 12 480,5."""

    widget = forms.TextInput({"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return cells.amount(value, str(formats.get_format("DECIMAL_SEPARATOR")))
        except cells.Unclear as unclear:
            raise ValidationError(str(unclear)) from unclear


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
        self.fields["amount"] = AmountField(label=self.fields["amount"].label, max_digits=14, decimal_places=2)
        self.fields["debtor_country"] = forms.ChoiceField(choices=_countries, label=_("Debtor's country"))
        self.fields["currency"] = forms.ChoiceField(choices=_currencies, label=_("Currency"))

    def _post_clean(self) -> None:
        """Everything about the claim itself is said by `Case.submit`; here only what a browser may have garbled."""

    def claim(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("document")}
