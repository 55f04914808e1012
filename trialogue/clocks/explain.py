"""Why a clock is due when it is: the time that was counted, the time that was not, and the reason for each stretch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from trialogue.lib.businesstime import Closure
from trialogue.lib.businesstime.countries import holiday_names
from trialogue.people import places

if TYPE_CHECKING:
    from trialogue.clocks.models import Calendar, Clock


@dataclass(frozen=True)
class Stretch:
    """From `start` to `end` time was counted, or it was not; `why` says it in the reader's language."""

    start: datetime
    end: datetime
    counted: bool
    why: str


def explain(clock: Clock) -> list[Stretch]:
    """From the start of a clock to its due moment, in order and without gaps; neighbours of one reason are one."""
    start, end = clock.started_at, clock.due_at
    if clock.policy.unit == "hours":
        return [Stretch(start, end, True, _("every hour counts"))] if start < end else []
    time = clock.working_time
    counted = [Stretch(since, until, True, _("working time")) for since, until in time.spans(start, end)]
    closed = [Stretch(shut.start, shut.end, False, _why(clock, shut)) for shut in time.closures(start, end)]
    return _merged(sorted(counted + closed, key=lambda stretch: stretch.start))


def _why(clock: Clock, shut: Closure) -> str:
    match shut.reason:
        case "weekday":
            return str(WEEKDAYS[shut.day.weekday()])
        case "hours":
            return _("outside working hours")
        case "shortened":
            return _("shortened day of {organisation}").format(organisation=clock.owner)
        case "holiday" if clock.calendar.country:
            return f"{_holiday(clock.calendar, shut)}, {_country(clock.calendar.country)}"
    # Days a calendar without a country closes are its owner's own, whatever the library calls them.
    return shut.name or _("closed day of {organisation}").format(organisation=clock.owner)


def _holiday(calendar: Calendar, shut: Closure) -> str:
    """As the reader would call it, where that is known; else in English."""
    names = holiday_names(calendar.country, calendar.subdivision or None, shut.day.year, places.language())
    return names.get(shut.day) or shut.name or ""


def _country(code: str) -> str:
    return places.country_names(places.language()).get(code, code)


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for stretch in stretches:
        last = merged[-1] if merged else None
        if last and (last.end, last.counted, last.why) == (stretch.start, stretch.counted, stretch.why):
            merged[-1] = replace(last, end=stretch.end)
        else:
            merged.append(stretch)
    return merged
