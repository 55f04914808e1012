"""How values are said to a reader: moments in their zone, money and sizes by their locale, clocks and states in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_currency
from django import forms, template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from lucide.templatetags.lucide import lucide

from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.clocks.explain import Stretch, explain
from trialogue.clocks.models import Clock, Policy, Unit
from trialogue.conversations.documents import DocumentKind
from trialogue.conversations.models import Bookmark
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.models import Delivery
from trialogue.doors.web.converters import page_of
from trialogue.meetings.models import Meeting
from trialogue.people import places
from trialogue.people.models import Actor, Membership, Side

register = template.Library()


def _locale() -> str:
    # English as Europe writes it: the day before the month, 24 hours.
    return {"en": "en_GB"}.get(places.language(), places.language())


# --- moments ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=10_000)
def _date(date: datetime, style: str, locale: str) -> str:
    """A date in words. A page says few dates many times, and CLDR patterns cost more than all else on it."""
    if style == "full":
        return str(format_date(date, "full", locale=locale))
    return str(format_skeleton(style, date, locale=locale))


@lru_cache(maxsize=10_000)
def _clock_face(time: datetime, style: str, locale: str) -> str:
    return str(format_skeleton(style, time, locale=locale))


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _wall(local: datetime) -> datetime:
    """The time of day alone, so that one answer serves every day."""
    return datetime(2000, 1, 1, local.hour, local.minute, local.second)  # noqa: DTZ001 - no moment, only a clock face


@register.filter
def when(moment: datetime | None) -> str:
    """“Wed 25 Nov, 14:32”, with the year when it is another one; in the reader's zone."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    skeleton = "MMMEd" if local.year == timezone.localtime().year else "yMMMEd"
    return f"{_date(_midnight(local), skeleton, _locale())}, {hour(moment)}"


@register.filter
def slot(moment: datetime) -> str:
    """The time of day; with its offset in the hour that comes twice, or it would be said of two moments."""
    local = timezone.localtime(moment)
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{hour(moment)} (UTC{local.isoformat()[-6:]})" if twice else hour(moment)


@register.filter
def when_exact(moment: datetime) -> str:
    """As `when`, of a moment that somebody chooses."""
    return when(moment).removesuffix(hour(moment)) + slot(moment)


@register.filter
def meeting_time(meeting: Meeting) -> str:
    """“Tue 10 Mar, 10:00–10:30”, in the reader's zone."""
    begin, end = meeting.span
    return f"{when_exact(begin)}–{slot(end)}"


@register.filter
def exactly(moment: datetime | None) -> str:
    """The same to the second, with its zone: for tooltips."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    date = _date(_midnight(local), "full", _locale())
    return f"{date}, {_clock_face(_wall(local), 'Hms', _locale())} ({local.tzname()})"


@register.filter
def hour(moment: datetime) -> str:
    return _clock_face(_wall(timezone.localtime(moment)), "Hm", _locale())


@register.filter
def day(moment: datetime) -> str:
    """“Today”, “Yesterday”, or “Monday, 9 March 2026”."""
    date, today = timezone.localtime(moment).date(), timezone.localdate()
    if date == today:
        return _("Today")
    if date == today - timedelta(days=1):
        return _("Yesterday")
    return _date(_midnight(timezone.localtime(moment)), "full", _locale())


@register.filter
def away(member: Membership) -> Absence | None:
    """What keeps a member away today."""
    absence: Absence | None = getattr(member, "absence", None)
    return absence if absence and absence.is_now else None


@register.filter
def whole_day(date: date) -> str:
    """A date that is no moment: “Monday, 9 March 2026”."""
    return _date(datetime(date.year, date.month, date.day), "full", _locale())  # noqa: DTZ001 - the same day in any zone


@register.filter(name="moment")
def moment_mark(value: datetime | None) -> SafeString:
    """A moment as people say it, the exact one in its tooltip."""
    return _time(value, when(value)) if value else SafeString("")


@register.filter
def hour_moment(value: datetime) -> SafeString:
    return _time(value, hour(value))


def _time(value: datetime, words: str) -> SafeString:
    iso = timezone.localtime(value).isoformat(timespec="seconds")
    return SafeString(f'<time datetime="{iso}" title="{escape(exactly(value))}">{escape(words)}</time>')


# --- money, places, people, files -------------------------------------------------------------------------------------


@register.filter
def money(amount: Decimal, currency: str) -> str:
    return _money(amount, currency, _locale())


@lru_cache(maxsize=10_000)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    said = format_currency(amount, currency, locale=locale)
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\xa0", said)  # CLDR's own rule, which Babel leaves out: “DKK 100”


@register.filter
def country(code: str) -> str:
    return places.country_names(places.language()).get(code, code)


@register.filter
def side_words(kind: str) -> str:
    return str(Side(kind).label)


@register.filter
def names(people: Sequence[str]) -> str:
    """“Paul, Anna and 3 others”."""
    shown = list(people[:3])
    if len(people) > 3:
        others = len(people) - 2
        shown = [*people[:2], ngettext("{count} other", "{count} others", others).format(count=others)]
    return str(format_list(shown, locale=_locale())) if shown else _("Nobody")


@register.filter
def kind_of_file(name: str) -> str:
    """The three or four letters on a document's card."""
    return name.rpartition(".")[2][:4].upper()


@register.simple_tag
def document_kinds() -> list[tuple[str, Any]]:
    return list(DocumentKind.choices)


# --- clocks -----------------------------------------------------------------------------------------------------------

MARKS = {
    "running": "running",
    "at-risk": "at-risk",
    "broken": "broken",
    "kept": "kept",
    "late": "broken",
    "cancelled": "paused",
}
LOOKS: dict[str, Any] = {
    "running": gettext_lazy("Running"),
    "at-risk": gettext_lazy("At risk"),
    "broken": gettext_lazy("Broken"),
    "kept": gettext_lazy("Kept"),
    "late": gettext_lazy("Answered late"),
    "cancelled": gettext_lazy("No longer owed"),
}


@register.simple_tag
def clock_look(clock: Clock | None) -> str:
    return clock.look(timezone.now()) if clock else ""


@register.simple_tag
def promised(promise: str) -> str:
    """How long a promise gives now: “24 business hours”, until the operator says otherwise."""
    return Policy.in_force(promise, timezone.now()).words


@register.filter
def is_same(one: object, other: object) -> bool:
    return one == other


@register.filter
def mark_name(look: str) -> str:
    return MARKS[look]


@register.filter
def mark(look: str) -> SafeString:
    """The shape that says a clock's state without colour."""
    return SafeString(f'<svg class="mark" aria-hidden="true"><use href="#mark-{MARKS[look]}"/></svg>')


@register.filter
def look_words(look: str) -> str:
    return str(LOOKS[look])


@register.filter
def is_me(organisation_pk: int | None, actor: Actor) -> bool:
    return organisation_pk == actor.organisation.pk


# What is owed in words, to be said of me, to me, and of others; first while it is open, then when it is settled.
_OWES: dict[str, Sequence[tuple[Any, Any]]] = {
    "": (
        (gettext_lazy("You owe {other} an answer"), gettext_lazy("You owed {other} an answer")),
        (gettext_lazy("{owner} owes you an answer"), gettext_lazy("{owner} owed you an answer")),
        (gettext_lazy("{owner} owes {other} an answer"), gettext_lazy("{owner} owed {other} an answer")),
    ),
    "confirm": (
        (
            gettext_lazy("You owe {other} a decision on the new case"),
            gettext_lazy("You owed {other} a decision on the new case"),
        ),
        (
            gettext_lazy("{owner} owes you a decision on the new case"),
            gettext_lazy("{owner} owed you a decision on the new case"),
        ),
        (
            gettext_lazy("{owner} owes {other} a decision on the new case"),
            gettext_lazy("{owner} owed {other} a decision on the new case"),
        ),
    ),
    "respond": (
        (
            gettext_lazy("You owe {other} a response to the complaint"),
            gettext_lazy("You owed {other} a response to the complaint"),
        ),
        (
            gettext_lazy("{owner} owes you a response to the complaint"),
            gettext_lazy("{owner} owed you a response to the complaint"),
        ),
        (
            gettext_lazy("{owner} owes {other} a response to the complaint"),
            gettext_lazy("{owner} owed {other} a response to the complaint"),
        ),
    ),
    "update": (
        (gettext_lazy("You owe {other} the monthly update"), gettext_lazy("You owed {other} the monthly update")),
        (gettext_lazy("{owner} owes you the monthly update"), gettext_lazy("{owner} owed you the monthly update")),
        (
            gettext_lazy("{owner} owes {other} the monthly update"),
            gettext_lazy("{owner} owed {other} the monthly update"),
        ),
    ),
    "follow_up": (
        (
            gettext_lazy("You are to follow up on the paused case"),
            gettext_lazy("You were to follow up on the paused case"),
        ),
        (
            gettext_lazy("{owner} is to follow up on the paused case"),
            gettext_lazy("{owner} was to follow up on the paused case"),
        ),
        (
            gettext_lazy("{owner} is to follow up on the paused case"),
            gettext_lazy("{owner} was to follow up on the paused case"),
        ),
    ),
}


@register.filter
def home(clock: Clock) -> str:
    """The address of what a clock is about."""
    if clock.case_id is None and clock.conversation and clock.conversation.is_relationship:
        return page_of(clock.conversation.public_id)
    return reverse("case" if clock.case_id else "request", args=[clock.reference])


register.filter(page_of)


@register.filter
def face(clock: Clock | None, actor: Actor) -> tuple[Any, ...]:
    """All that is said of a clock to the actor's side, but how it looks and how much time is left."""
    if clock is None:
        return ()
    owner, other = clock.owner, clock.owed_to.name if clock.owed_to_id else ""
    return (*_said(clock), owner.name, owner.kind, other, actor.organisation.pk)


_said = attrgetter("public_id", "promise", "state", "due_at", "settled_at", "owner_id", "owed_to_id")


@register.filter
def who_owes(clock: Clock, actor: Actor) -> str:
    """“You owe Kanzlei Brandt an answer”, as the reader's side would say it."""
    place = 0 if is_me(clock.owner_id, actor) else 1 if is_me(clock.owed_to_id, actor) else 2
    still, settled = _OWES.get(clock.promise, _OWES[""])[place]
    other = clock.owed_to.name if clock.owed_to_id else _("a visitor")
    return str(still if clock.is_open else settled).format(owner=clock.owner.name, other=other)


@register.filter
def whose(clock: Clock, actor: Actor) -> str:
    """Whose it is, in a word, for narrow places."""
    if is_me(clock.owner_id, actor):
        return _("You")
    return (
        _("Partner")
        if clock.owner.kind == Side.PARTNER
        else _("Client")
        if clock.owner.kind == Side.CLIENT
        else clock.owner.name
    )


@register.filter
def left(clock: Clock | None) -> str:
    """“1 business day 3 h left”, “2 h 5 min late”: working time, in words; nothing when nothing is owed any more."""
    if clock is None or not clock.is_open:
        return ""
    now = timezone.now()
    in_days = clock.policy.unit == Unit.BUSINESS_DAYS and not clock.counts_whole_days
    minutes = int((clock.left_in_days(now) if in_days else abs(clock.left(now))).total_seconds() // 60)
    business = clock.policy.unit != Unit.HOURS
    return _left(minutes, in_days or clock.counts_whole_days, business, now >= clock.due_at, translation.get_language())


@lru_cache(maxsize=10_000)
def _left(minutes: int, days: bool, business: bool, late: bool, _language: str | None) -> str:
    words = duration(timedelta(minutes=minutes), days, business)
    return _("{time} late").format(time=words) if late else _("{time} left").format(time=words)


@register.filter
def duration(span: timedelta, days: bool = True, business: bool = True) -> str:
    """Time by its two largest parts, neither of which breaks in a line. `days`: whether 24 hours make a day; `business`: whether it is one of business."""
    minutes = int(span.total_seconds() // 60)
    whole_days, minutes = divmod(minutes, 24 * 60) if days else (0, minutes)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if whole_days and business:
        parts.append(ngettext("{count} business day", "{count} business days", whole_days).format(count=whole_days))
    elif whole_days:
        parts.append(ngettext("{count} day", "{count} days", whole_days).format(count=whole_days))
    if hours:
        parts.append(_("{count} h").format(count=hours))
    if minutes and not whole_days:
        parts.append(_("{count} min").format(count=minutes))
    return " ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts) or _("less than a minute")


@register.filter
def explained(clock: Clock) -> list[Stretch]:
    return explain(clock)


@register.filter
def counted_words(clock: Clock) -> str:
    place = country(clock.calendar.country) if clock.calendar.country else clock.calendar.zone
    said = _("{promise} from {start}, counted on the calendar of {owner} ({place}).")
    return said.format(promise=clock.policy.words, start=when(clock.started_at), owner=clock.owner.name, place=place)


@register.filter
def length_of(stretch: Stretch) -> str:
    return duration(stretch.end - stretch.start, days=False)


# Under which entry of the navigation a page stands; what is not named stands under none.
SECTIONS = {
    "home": "home",
    **dict.fromkeys(("cases", "case", "case-live", "case-ladder", "new-case", "new-complaint", "uploads", "upload", "timeline", "move", "clock"), "cases"),
    **dict.fromkeys(("promises", "policies", "policy", "complaints", "complaint"), "promises"),
    **dict.fromkeys(("clients", "client", "relationships", "relationship"), "clients"),
    **dict.fromkeys(("help", "ask", "requests", "request", "articles", "articles-for", "collection", "article", "meetings", "meeting", "new-meeting", "move-meeting"), "help"),
    **dict.fromkeys(
        (
            "desk", "desk-request", "saved-answers", "teams", "letters", "letter", "letter-as-sent", "mailboxes", "trusted-addresses",
            "stuck", "ladders", "managers", "manager-of", "articles-readers", "articles-desk", "article-desk", "article-new", "article-version", "collection-desk", "collection-new", "hosts", "host",
        ),
        "desk",
    ),
}  # fmt: skip

_BOTH_WAYS = ("complaints", "complaint", "meetings", "meeting", "move-meeting")  # of the desk, at the operator


@register.simple_tag(takes_context=True)
def section(context: dict[str, Any]) -> str:
    """The entry of the navigation that is to be marked: some pages are the desk's affair at the operator."""
    request, actor = context["request"], context["actor"]
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name in _BOTH_WAYS and actor.side == Side.OPERATOR:
        return "desk"
    return SECTIONS.get(name, "")


# --- cases, conversations, the log ------------------------------------------------------------------------------------

STATE_LOOKS = {
    State.CONTRACT: "new",
    State.VALIDATION: "new",
    State.PENDING: "new",
    State.MORE_INFO: "waits",
    State.LEADS: "waits",
    State.QUOTED: "waits",
    State.ACTIVE: "active",
    State.PAUSED: "paused",
    State.CLOSED: "closed",
    State.MERGED: "merged",
}


@register.filter
def state_badge(case: Case) -> SafeString:
    state = State(case.state)
    words = _("Closed: {code}").format(code=case.get_close_code_display()) if case.close_code else state.label
    return format_html('<span class="state state--{}">{}</span>', STATE_LOOKS[state], words)


@register.filter
def any_failed(deliveries: Sequence[Delivery]) -> bool:
    return any(delivery.state in (Delivery.State.FAILED, Delivery.State.BOUNCED) for delivery in deliveries)


@register.filter
def told_words(deliveries: Sequence[Delivery]) -> str:
    """“Notices: 2 sent, 1 not delivered”."""
    counts: dict[str, int] = {}
    for delivery in deliveries:
        words = str(Delivery.State(delivery.state).label)
        counts[words] = counts.get(words, 0) + 1
    return _("Notices: {told}").format(told=", ".join(f"{count} {words}" for words, count in counts.items()))


@register.filter
def read_words(readers: Sequence[Bookmark]) -> str:
    return "; ".join(_("Seen by {name}, {time}").format(name=mark.person.name, time=when(mark.at)) for mark in readers)


@register.filter
def line_class(kind: str) -> str:
    return {
        "clock.kept": "is-kept",
        "clock.broken": "is-broken",
        "clock.answered": "is-broken",
        "clock.warned": "is-at-risk",
    }.get(kind, "")


@register.filter
def line_icon(kind: str) -> SafeString:
    if kind.startswith("clock."):
        looks = {
            "clock.warned": "at-risk",
            "clock.broken": "broken",
            "clock.answered": "late",
            "clock.kept": "kept",
            "clock.cancelled": "cancelled",
        }
        return mark(looks.get(kind, "running"))
    icons = {
        "case": "folder",
        "conversation": "messages-square",
        "message": "message-square",
        "document": "file-text",
        "delivery": "mail",
        "operator": "eye",
    }
    return icon(icons.get(kind.partition(".")[0], "dot"))


NOTICE_ICONS = {
    "message": "message-square",
    "mention": "at-sign",
    "information": "circle-question-mark",
    "move": "folder",
    "document": "file-text",
    "meeting": "video",
}
NOTICE_MARKS = {"warned": "at-risk", "overdue": "broken", "awaited": "broken"}


@register.filter
def notice_icon(notice: str) -> SafeString:
    return mark(NOTICE_MARKS[notice]) if notice in NOTICE_MARKS else icon(NOTICE_ICONS[notice])


# --- forms and pictures -----------------------------------------------------------------------------------------------


@register.simple_tag
def control(field: forms.BoundField, hint: str = "") -> SafeString:
    """The control of a field in our clothes, tied to its hint and its error."""
    widget = field.field.widget
    css = (
        "textarea" if isinstance(widget, forms.Textarea) else "select" if isinstance(widget, forms.Select) else "input"
    )
    about = [f"{field.id_for_label}-{part}" for part, there in (("hint", hint), ("error", field.errors)) if there]
    attributes: dict[str, Any] = {"class": css}
    if about:
        attributes["aria-describedby"] = " ".join(about)
    if field.errors:
        attributes["aria-invalid"] = "true"
    return field.as_widget(attrs=attributes)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words; never instead of them."""
    return _icon(name + "")  # a plain string: what a template hands over counts as safe and would not be found


@cache
def _icon(name: str) -> SafeString:
    return SafeString(lucide(name, size=None, **{"class": "icon", "aria-hidden": "true"}))
