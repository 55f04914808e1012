"""How pages of working hours, promises and reports say their values."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_skeleton
from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from trialogue.clocks.keeping import Tally
from trialogue.clocks.models import PROMISES, Clock
from trialogue.doors.web import plots
from trialogue.doors.web.templatetags.trialogue import duration
from trialogue.people import places

register = template.Library()


@register.filter
def promise_words(clock: Clock) -> str:
    return str(PROMISES.get(clock.promise, clock.promise))


@register.filter
def promise_label(promise: str) -> str:
    said = str(PROMISES.get(promise, promise))
    return said[:1].upper() + said[1:]


@register.filter
def shifted(by: timedelta) -> str:
    """“2 h later”: real time, by its largest parts."""
    said = _length(abs(by))
    return _("{time} later").format(time=said) if by > timedelta(0) else _("{time} earlier").format(time=said)


def _length(span: timedelta) -> str:
    days, rest = span.days, timedelta(seconds=span.seconds)
    said = [_("{count} d").format(count=days)] if days else []
    if rest >= timedelta(minutes=1) or not days:
        said.append(duration(rest, days=False))
    return " ".join(said)


@register.filter
def short_day(wall: datetime) -> str:
    """“9 Mar”, as it stands on the clocks it was read from."""
    return _in_the_order_of_the_language("MMMd", wall)


@register.filter
def day_and_year(day: date) -> str:
    """“9 Mar 2026”, in German “9. März 2026”."""
    return _in_the_order_of_the_language("yMMMd", datetime(day.year, day.month, day.day))  # noqa: DTZ001 - the same day in any zone


def _in_the_order_of_the_language(parts: str, wall: datetime) -> str:
    language = places.language()
    return str(format_skeleton(parts, wall, locale={"en": "en_GB"}.get(language, language)))


@register.filter
def percent(tally: Tally) -> str:
    """“96 %”; never 100 while one was broken, never 0 while one was kept."""
    if tally.share is None:
        return "–"
    rounded = round(100 * tally.share)
    if rounded == 100 and tally.broken:
        rounded = 99
    return f"{1 if rounded == 0 and tally.kept else rounded} %"


@register.filter
def share_bar(tally: Tally) -> SafeString:
    return plots.share(tally.kept, tally.broken)


@register.filter
def answered_within(span: timedelta | None) -> str:
    return duration(span, days=False) if span is not None else "–"
