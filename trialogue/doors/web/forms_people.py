"""The forms of sign-in and settings. What may be, the verbs decide; a form only reads what was typed."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from trialogue.people import places
from trialogue.people.models import Environment, Person, Role


def zone_choices() -> list[tuple[str, Any]]:
    """All time zones, by continent; UTC first."""
    named = [(zone, zone.partition("/")[2].replace("_", " ")) for zone in sorted(places.zones() - {"UTC"})]
    return [
        ("UTC", "UTC"),
        *((area, list(group)) for area, group in groupby(named, lambda zone: zone[0].split("/")[0])),
    ]


def country_choices() -> list[tuple[str, str]]:
    names = places.country_names(places.language())
    return sorted(names.items(), key=lambda pair: pair[1])


class Profile(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("All times are shown to you in this zone.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class Details(forms.Form):
    """Of an organisation."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"autocomplete": "organization"}))
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)


class Invite(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)


class NewKey(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What will use it, such as “Bookkeeping”. Only admins see this.")
    )
    environment = forms.ChoiceField(
        label=_("Environment"), choices=Environment.choices, widget=forms.RadioSelect, initial=Environment.TEST
    )


class Join(forms.Form):
    """Someone new sets what an invitation leaves open."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Three or four words nobody would guess are better than one with signs."),
    )

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if "password" in told:
            person = Person(email=self.email, name=told.get("name", ""))
            try:
                validate_password(told["password"], person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return told
