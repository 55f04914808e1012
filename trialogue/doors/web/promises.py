"""How we keep our promises: the report as a page and as tables to take away."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from trialogue.clocks import keeping
from trialogue.clocks.keeping import BARS, Keeping, Period, Tally
from trialogue.clocks.models import Clock, ClockQuerySet
from trialogue.doors.web import plots
from trialogue.doors.web.access import acting
from trialogue.doors.web.converters import PublicId
from trialogue.doors.web.templatetags.rules import promise_label, short_day
from trialogue.doors.web.templatetags.trialogue import country
from trialogue.lib.spreadsheet import cell
from trialogue.people.models import Actor, Organisation, Side

WEEKS = (4, 13, 53)
SHOWN = 12


@dataclass
class Asked:
    """What a report is asked for: whose clocks, over which weeks. What cannot be read is said and left out."""

    actor: Actor
    clocks: ClockQuerySet
    period: Period
    by: str
    whose: str = ""
    of: Organisation | None = None
    weeks: int = 0
    first: str = ""
    last: str = ""
    problem: str = ""

    def link(self, **other: Any) -> str:
        """The query of this report, or of one that differs in something."""
        told = {"whose": self.whose, "of": self.of.public_id if self.of else "", "weeks": self.weeks or ""}
        told |= {"from": self.first, "to": self.last} if not self.weeks else {}
        return f"?{urlencode({name: value for name, value in (told | other).items() if value})}"


@acting
@require_GET
def promises(request: HttpRequest, actor: Actor) -> HttpResponse:
    now = timezone.now()
    asked = ask(actor, request.GET, now)
    report = keeping.report(asked.clocks, asked.period, now, asked.by)
    context = {
        "asked": asked,
        "report": report,
        "plots": _plots(report),
        "tables": _tables(report, asked),
        "weeks": WEEKS,
    }
    first, last = asked.period.days()
    context |= {"first": first, "last": last, "shown": SHOWN, "hatch": plots.hatch_for_shares(), **_links(asked)}
    context |= {"at_the_end": report.course[-1] if report.course else None}
    return render(request, "web/promises/page.html", context, status=422 if asked.problem else 200)


def _links(asked: Asked) -> dict[str, Any]:
    periods = [(count, asked.link(**{"weeks": count, "from": "", "to": ""})) for count in WEEKS]
    # Only the operator may look at one organisation; by whom it was owed is then told apart no further.
    kind = "owner" if asked.actor.side == Side.OPERATOR and not asked.of else "named"
    return {
        "periods": periods,
        "us": asked.link(whose="us"),
        "them": asked.link(whose="them"),
        "everyone": asked.link(of=""),
        "organisation_kind": kind,
    }


@acting
@require_GET
def table(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The numbers behind one plot, for a spreadsheet."""
    if name not in TABLES:
        raise Http404
    now = timezone.now()
    asked = ask(actor, request.GET, now)
    report = keeping.report(asked.clocks, asked.period, now, asked.by)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="promises-{name}.csv"'
    response.write("\ufeff")  # without it the best-known spreadsheet reads UTF-8 as something else
    lines = csv.writer(response)
    head, told = TABLES[name](report, asked)
    for line in (head, *told):
        lines.writerow([cell(value) if isinstance(value, str) else value for value in line])
    return response


# --- what is asked ----------------------------------------------------------------------------------------------------


def ask(actor: Actor, given: Mapping[str, str], now: datetime) -> Asked:
    """Reads the address of a report."""
    period, weeks, first, last, problem = _period(given, now, actor.organisation.zone)
    clocks = Clock.objects.visible_to(actor)
    if actor.side == Side.OPERATOR:
        of = _organisation(given["of"]) if given.get("of") else None
        clocks = clocks.owed_by(of) if of else clocks
        return Asked(actor, clocks, period, "owed_to" if of else "owner", "", of, weeks, first, last, problem)
    if given.get("whose") == "them":
        theirs = clocks.owed_to(actor.organisation)
        return Asked(actor, theirs, period, "owner", "them", None, weeks, first, last, problem)
    ours = clocks.owed_by(actor.organisation)
    return Asked(actor, ours, period, "owed_to", "us", None, weeks, first, last, problem)


def _organisation(public_id: str) -> Organisation:
    # What is no id of ours is not asked for: a database may refuse the text itself.
    if not re.fullmatch(PublicId.regex, public_id, re.ASCII):
        raise Http404
    return get_object_or_404(Organisation, public_id=public_id)


def _period(given: Mapping[str, str], now: datetime, zone: str) -> tuple[Period, int, str, str, str]:
    first, last = given.get("from", "")[:20], given.get("to", "")[:20]
    usual = keeping.weeks(13, now, zone)
    if first or last:
        try:
            return _between(first, last, now, zone), 0, first, last, ""
        except ValueError as why:
            return usual, 0, first, last, str(why)
    count = given.get("weeks", "")
    count = count if count.isascii() and count.isdecimal() and len(count) < 4 and 0 < int(count) <= 104 else "13"
    return keeping.weeks(int(count), now, zone), int(count), "", "", ""


def _between(first: str, last: str, now: datetime, zone: str) -> Period:
    """Raises `ValueError` in words for the reader."""
    try:
        until = date.fromisoformat(last) if last else now.astimezone(ZoneInfo(zone)).date()
        since = date.fromisoformat(first) if first else until - timedelta(days=90)
    except ValueError:
        raise ValueError(_("Give both days as 2026-12-24.")) from None
    if since > until:
        raise ValueError(_("The first day lies after the last one."))
    if until - since > keeping.LONGEST or not 2000 <= since.year <= until.year <= 2100:
        raise ValueError(_("Give a period of at most two years."))
    return keeping.between(since, until, zone)


# --- tables -----------------------------------------------------------------------------------------------------------

Table = tuple[list[str], list[list[Any]]]


def _wall(moment: datetime, report: Keeping) -> datetime:
    """On the clocks by which its weeks begin, whoever reads."""
    return moment.astimezone(ZoneInfo(report.period.zone))


def _percent(tally: Tally) -> float | str:
    return "" if tally.share is None else round(100 * tally.share, 1)


def _tallied(tally: Tally) -> list[Any]:
    return [tally.kept, tally.broken, _percent(tally)]


def _heads(*first: str) -> list[str]:
    return [*first, _("Kept"), _("Broken"), _("Kept, %")]


def _weeks(report: Keeping, asked: Asked) -> Table:
    told = [[_wall(start, report).date().isoformat(), *_tallied(tally)] for start, tally in report.weeks]
    return _heads(_("Week from")), told


def _countries(report: Keeping, asked: Asked) -> Table:
    return _heads(_("Country of the debtor")), [[country(code), *_tallied(tally)] for code, tally in report.countries]


def _organisations(report: Keeping, asked: Asked) -> Table:
    head = _("Owed by") if asked.by == "owner" else _("Owed to")
    return _heads(head), [[one.name, *_tallied(tally)] for one, tally in report.organisations]


def _promises(report: Keeping, asked: Asked) -> Table:
    return _heads(_("Promise")), [[promise_label(name), *_tallied(tally)] for name, tally in report.promises]


def _times(report: Keeping, asked: Asked) -> Table:
    told = [[label, count] for label, count in zip(bar_labels(), report.times.bars, strict=True)]
    return [_("Working time until the answer"), _("Answers")], told


def _course(report: Keeping, asked: Asked) -> Table:
    told = [[_wall(look.at, report).isoformat(" ", "minutes")[:16], look.open, look.overdue] for look in report.course]  # fmt: skip
    return [_("At"), _("Open"), _("Of these past due")], told


TABLES: dict[str, Callable[[Keeping, Asked], Table]] = {
    "weeks": _weeks, "times": _times, "course": _course, "countries": _countries, "organisations": _organisations, "promises": _promises,
}  # fmt: skip


def _tables(report: Keeping, asked: Asked) -> dict[str, dict[str, Any]]:
    made = {name: make(report, asked) for name, make in TABLES.items()}
    return {name: {"name": name, "title": head[0], "head": head, "rows": rows} for name, (head, rows) in made.items()}


def bar_labels() -> list[str]:
    ends = [_("{count} h").format(count=bar) for bar in BARS]
    return [*(_("to {time}").format(time=end) for end in ends), _("over {time}").format(time=ends[-1])]


# --- plots ------------------------------------------------------------------------------------------------------------


def _plots(report: Keeping) -> dict[str, Any]:
    return {"weeks": _weeks_plot(report), "times": _times_plot(report), "course": _course_plot(report)}


def _weeks_plot(report: Keeping) -> Any:
    bars = [(short_day(_wall(start, report)), tally.kept, tally.broken) for start, tally in report.weeks]
    about = _("Promises decided by week: {kept} kept and {broken} broken in all.")
    said = about.format(kept=report.total.kept, broken=report.total.broken)
    return plots.columns("weeks", said, bars, _("kept"), _("broken"))


def _times_plot(report: Keeping) -> Any:
    times = report.times
    about = ngettext("How long {count} answer took, in working time.", "How long {count} answers took, in working time.", times.count)  # fmt: skip
    bars = [(label, count, str(count)) for label, count in zip(bar_labels(), times.bars, strict=True)]
    return plots.rows("times", about.format(count=times.count), bars)


def _course_plot(report: Keeping) -> Any:
    looks = [(short_day(_wall(look.at, report)), look.open, look.overdue) for look in report.course]
    last = report.course[-1] if report.course else None
    about = _("Open promises over time; at the end {open}, of these {overdue} past due.")
    said = about.format(open=last.open if last else 0, overdue=last.overdue if last else 0)
    return plots.course("course", said, looks, pgettext("several", "open"), _("past due"))
