"""What admins type about working hours and promises. A form reads kindly; whether it makes sense, the rooms say."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trialogue.clocks import written
from trialogue.clocks.feeds import days_to_come
from trialogue.clocks.models import Calendar, Policy, Unit
from trialogue.clocks.policies import LONGEST
from trialogue.doors.web.forms_people import country_choices, zone_choices
from trialogue.lib import icsdays
from trialogue.lib.safehttp import LONGEST_URL

DAYS = tuple(f"day_{day}" for day in range(7))
_AREA = {"rows": 4, "spellcheck": "false"}
_MOMENT = {"type": "datetime-local"}


def _holiday_countries() -> list[tuple[str, Any]]:
    known = holidays.list_supported_countries(include_aliases=False)
    return [("", _("No public holidays")), *(pair for pair in country_choices() if pair[0] in known)]


def parts_of(country: str) -> list[tuple[str, str]]:
    """Codes and names of the parts of a country that have holidays of their own."""
    known = holidays.list_supported_countries()
    if country not in known:
        return []
    names = {
        code: name for name, code in getattr(holidays.country_holidays(country), "subdivisions_aliases", {}).items()
    }
    return [(code, names.get(code, code)) for code in known[country]]


class _Effective(forms.Form):
    """`effective_from` is typed on the clocks of a zone; empty is now. `seen` is what a preview was shown for."""

    effective_from = forms.CharField(label=gettext_lazy("In force from"), required=False, max_length=40, widget=forms.TextInput(_MOMENT))  # fmt: skip
    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def moment(self, zone: str) -> datetime | None:
        text = self.cleaned_data.get("effective_from", "").strip()
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        except (ValueError, KeyError, OSError):
            self.add_error("effective_from", _("“{text}” is no moment. Write 2026-12-01T08:00.").format(text=text))
            return None

    def told(self) -> dict[str, Any]:
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """Tells whether what is saved is what was previewed."""
        told = [self.told(), self.cleaned_data.get("effective_from"), self.cleaned_data.get("replaces")]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def was_seen(self) -> bool:
        return bool(self.cleaned_data.get("seen") == self.digest)


class FeedForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Address of the calendar (.ics)"), required=False, max_length=LONGEST_URL,
        widget=forms.URLInput({"placeholder": "https://", "autocomplete": "off"}),
    )  # fmt: skip


class HoursForm(_Effective):
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zone_choices)
    country = forms.ChoiceField(label=gettext_lazy("Public holidays of"), choices=_holiday_countries, required=False)
    subdivision = forms.CharField(label=gettext_lazy("Region"), required=False, max_length=60)
    closed = forms.CharField(label=gettext_lazy("Own closed days"), required=False, max_length=60_000, strip=False, widget=forms.Textarea(_AREA))  # fmt: skip
    shortened = forms.CharField(label=gettext_lazy("Shortened days"), required=False, max_length=60_000, strip=False, widget=forms.Textarea(_AREA))  # fmt: skip
    feed = forms.FileField(label=gettext_lazy("Closed days from a calendar file"), required=False, allow_empty_file=True, widget=forms.FileInput({"accept": ".ics,text/calendar"}))  # fmt: skip
    pasted = forms.CharField(label=gettext_lazy("Or paste its text"), required=False, max_length=icsdays.LARGEST, strip=False, widget=forms.Textarea({"rows": 3, "spellcheck": "false"}))  # fmt: skip

    field_order = ("zone", *DAYS, "country", "subdivision", "closed", "shortened", "feed", "pasted", "effective_from")

    def __init__(self, *arguments: Any, today: date, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.today = today
        self.read_in: icsdays.Feed | None = None
        self.fields |= {
            name: forms.CharField(
                label=WEEKDAYS[day], required=False, max_length=200, widget=forms.TextInput({"placeholder": _("closed")})
            )
            for day, name in enumerate(DAYS)
        }  # fmt: skip
        self.order_fields(self.field_order)

    @staticmethod
    def says(calendar: Calendar) -> dict[str, Any]:
        """What the form shows for a calendar."""
        week = {f"day_{day}": written.write_spans(calendar.week.get(str(day), [])) for day in range(7)}
        return week | {
            "zone": calendar.zone, "country": calendar.country, "subdivision": calendar.subdivision,
            "closed": written.write_days(calendar.closed), "shortened": written.write_shortened(calendar.shortened),
        }  # fmt: skip

    def clean_subdivision(self) -> str:
        """By its code, or by its name."""
        given, parts = self.cleaned_data["subdivision"].strip(), parts_of(self.cleaned_data.get("country", ""))
        found = next((code for code, name in parts if given.lower() in (code.lower(), name.lower())), None)
        if given and not parts:
            raise ValidationError(_("This country has no regions of its own here. Leave it empty."))
        if given and found is None:
            codes = ", ".join(code for code, _name in parts)
            raise ValidationError(
                _("“{given}” is no region of it. There are: {codes}.").format(given=given, codes=codes)
            )
        return found or ""

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        for name in DAYS:
            self._read(name, written.spans)
        self._read("closed", written.days)
        self._read("shortened", written.shortened)
        self._take_feed()
        if not any(self.cleaned_data.get(name) for name in DAYS) and not any(name in self.errors for name in DAYS):
            self.add_error("day_0", _("A week needs an opening, or nothing would ever be due. Give the hours of one day at least."))  # fmt: skip
        return told

    def _read(self, name: str, read: Any) -> None:
        try:
            self.cleaned_data[name] = read(self.cleaned_data.get(name, ""))
        except ValidationError as why:
            self.add_error(name, why)

    def _take_feed(self) -> None:
        """The days of a calendar file join those typed, so that the next page holds all of them."""
        name, text = self._feed_text()
        if not text.strip():
            return
        try:
            feed = days_to_come(text, self.today)
        except icsdays.NotACalendar:
            self.add_error(name, _("This is no calendar file (.ics) of at most 1 MB. Nothing of it was taken."))
            return
        if not feed.days:
            self.add_error(name, _("There are no whole days to come in this calendar file. Nothing of it was taken."))
            return
        if "closed" not in self.errors:
            typed = self.cleaned_data["closed"]
            merged = {day.isoformat(): said for day, said in feed.days.items()} | typed
            self.cleaned_data["closed"] = dict(sorted(merged.items()))
            self.read_in = feed
        if len(self.cleaned_data.get("closed", ())) > written.MOST_DAYS:
            self.add_error("closed", _("These are more than {most} days. Keep the ones to come.").format(most=written.MOST_DAYS))  # fmt: skip

    def _feed_text(self) -> tuple[str, str]:
        file = self.cleaned_data.get("feed")
        if file and file.size > icsdays.LARGEST:
            return "feed", "x" * (icsdays.LARGEST + 1)
        if file:
            return "feed", file.read().decode("utf-8-sig", "replace")
        return "pasted", self.cleaned_data.get("pasted", "")

    def told(self) -> dict[str, Any]:
        given = self.cleaned_data
        week = {str(day): given[name] for day, name in enumerate(DAYS) if given.get(name)}
        return {"week": week} | {name: given.get(name, "") for name in ("zone", "country", "subdivision", "closed", "shortened")}  # fmt: skip

    def show_anew(self) -> None:
        """Puts what was understood into the fields: hours written one way, the days of a file among those typed."""
        data = self.data.copy()  # type: ignore[attr-defined]
        for name in DAYS:
            if name not in self.errors:
                data[name] = written.write_spans(self.cleaned_data.get(name, []))
        if "closed" not in self.errors:
            data["closed"] = written.write_days(self.cleaned_data.get("closed", {}))
            data["pasted"] = "" if self.read_in else data.get("pasted", "")
        if "shortened" not in self.errors:
            data["shortened"] = written.write_shortened(self.cleaned_data.get("shortened", {}))
        if "subdivision" not in self.errors:
            data["subdivision"] = self.cleaned_data.get("subdivision", "")
        self.data = data

    def refused(self, why: ValidationError) -> None:
        """What the room refused, at the field that says it."""
        for name, problems in (why.error_dict if hasattr(why, "error_dict") else {"": why.error_list}).items():
            self.add_error(name if name in self.fields else "day_0" if name == "week" else None, problems)


READINGS = (
    (Unit.BUSINESS_HOURS, gettext_lazy("Business hours: working days around the clock")),
    (Unit.OFFICE_HOURS, gettext_lazy("Office hours: only the hours somebody is at work")),
    (Unit.BUSINESS_DAYS, gettext_lazy("Business days: the same time of day, working days later")),
    (Unit.HOURS, gettext_lazy("Hours: every hour of every day")),
)


class PromiseForm(_Effective):
    within = forms.IntegerField(label=gettext_lazy("Within"), min_value=1, max_value=max(LONGEST.values()))
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=READINGS, widget=forms.RadioSelect)
    warn_after = forms.IntegerField(label=gettext_lazy("Warn after"), min_value=1, max_value=99)

    @staticmethod
    def says(policy: Policy) -> dict[str, Any]:
        return {"within": policy.within, "unit": policy.unit, "warn_after": policy.warn_after}

    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("within", "unit", "warn_after")}

    def refused(self, why: ValidationError) -> None:
        for name, problems in (why.error_dict if hasattr(why, "error_dict") else {"": why.error_list}).items():
            self.add_error(name if name in self.fields else None, problems)
