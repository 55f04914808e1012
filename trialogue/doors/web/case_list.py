"""The list of cases as a page: its filter and what can be asked for, its counts, its rows, what can be done with many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trialogue.cases.engagements import as_seen_by
from trialogue.cases.lifecycle import OVER, Move, State
from trialogue.cases.models import Case
from trialogue.doors.web import forms, listing
from trialogue.doors.web.templatetags.trialogue import country, money
from trialogue.lists import batches, pages
from trialogue.lists.filters import ALL, AT_RISK, BROKEN, FORMER, ME, MINE, NOBODY, OPEN, OWNERS, THEIRS, Filter
from trialogue.lists.pages import COUNTED, Counts
from trialogue.lists.views import View
from trialogue.people import places
from trialogue.people.models import Actor, Membership, Person, Side
from trialogue.people.places import grouped
from trialogue.people.prepared import prepared

STATES: dict[str, Any] = {
    OPEN: gettext_lazy("Open"),
    ALL: gettext_lazy("All"),
    FORMER: gettext_lazy("With you no longer"),
    **{state.value: state.label for state in State},
}
CLOCK_WORDS: dict[str, Any] = {
    MINE: gettext_lazy("We owe an answer"),
    THEIRS: gettext_lazy("An answer is owed to us"),
    AT_RISK: gettext_lazy("An answer is at risk"),
    BROKEN: gettext_lazy("A promise is broken"),
    "any": gettext_lazy("An answer is owed"),
}
SORT_WORDS: dict[str, Any] = {
    "moved": gettext_lazy("Moved last first"),
    "-moved": gettext_lazy("Moved longest ago first"),
    "due": gettext_lazy("Answer due first"),
    "-due": gettext_lazy("Answer due last first"),
    "amount": gettext_lazy("Largest amount first"),
    "-amount": gettext_lazy("Smallest amount first"),
    "age": gettext_lazy("Oldest first"),
    "-age": gettext_lazy("Newest first"),
}


@dataclass
class Tab:
    value: str
    label: Any
    count: str
    number: int
    here: bool
    query: str


@dataclass
class Chip:
    """One thing that narrows the list; `query` is the list without it."""

    words: str
    query: str


@dataclass
class Heading:
    """How a column's heading sorts: where its link leads, and how the list is sorted by it now."""

    query: str
    sorted: str


def read(asked: QueryDict) -> Filter:
    """The filter of an address. Where nothing is asked for, the open cases are meant; words are looked for in all."""
    chosen = Filter.read(asked)
    return chosen if chosen.state or chosen.q else chosen.but(state=(OPEN,))


def assemble(actor: Actor, chosen: Filter, asked: QueryDict, views: list[View]) -> dict[str, Any]:
    before, after = asked.get("before", ""), asked.get("after", "")
    found = pages.page(actor, chosen, before=before, after=after, size=listing.PAGE)
    counted = pages.counts(actor, chosen, None if before or after else found)
    members = colleagues(actor)
    total = _total(chosen, counted)
    rows = listing.rows(actor, as_seen_by(found.cases, actor))
    for row in rows:
        row.owner = row.case.owner_for(actor)
    return {
        "rows": rows,
        "tabs": list(_tabs(chosen, counted)),
        "chips": list(_chips(chosen, members)),
        "form": Offered(actor, chosen, members),
        "headings": {name: _heading(chosen, name) for name in ("amount", "due")},
        "moves": offered_moves(actor),
        "may_write": actor.side in OWNERS,
        "filter": chosen,
        "q": chosen.q,
        "views": [(view, view.filter.query == chosen.query) for view in views],
        "total": total,
        "total_words": number(total),
        "most": batches.MOST,
        "older": found.further and f"?{_going_on(chosen, before=found.further)}",
        "newer": found.back and f"?{_going_on(chosen, after=found.back)}",
        "by_time": chosen.sort == "moved",
        "order": SORT_WORDS[chosen.sort],
        "any": bool(found.cases) or Case.objects.visible_to(actor).exists(),
        "defaulted": any(view.is_default for view in views),
    }


def offered_moves(actor: Actor) -> list[Move]:
    return batches.offered(actor)


def number(count: int | None) -> str:
    """“312”, or “more than 10,000”: as far as is counted."""
    return grouped(count) if count is not None else _("more than {count}").format(count=grouped(COUNTED))


def _total(chosen: Filter, counted: Counts) -> int | None:
    if chosen.state == (OPEN,):
        return counted.total(frozenset(state.value for state in State) - OVER)
    return counted.total(frozenset(chosen.state) if chosen.state and chosen.state != (ALL,) else None)


def _going_on(chosen: Filter, **key: str) -> str:
    return urlencode([*chosen.pairs(), *key.items()])


def _tabs(chosen: Filter, counted: Counts) -> Iterator[Tab]:
    numbers = {OPEN: _total(chosen.but(state=(OPEN,)), counted), **counted.by_state}
    for value, count in numbers.items():
        here = chosen.state == (value,)
        if value == OPEN or here or count is None or count:
            yield Tab(value, STATES[value], listing.in_words(count), count or 0, here, chosen.but(state=(value,)).query)


def _heading(chosen: Filter, name: str) -> Heading:
    if chosen.column != name:
        return Heading(chosen.but(sort=name).query, "")
    turned = name if chosen.reversed else f"-{name}"
    falling = (name == "amount") != chosen.reversed
    return Heading(chosen.but(sort=turned).query, "descending" if falling else "ascending")


# --- what narrows it --------------------------------------------------------------------------------------------------


def _chips(chosen: Filter, members: list[Person]) -> Iterator[Chip]:
    if len(chosen.state) > 1:
        for state in chosen.state:
            yield Chip(str(STATES[state]), chosen.but(state=_without(chosen.state, state)).query)
    if chosen.owner:
        yield Chip(_owner_words(chosen.owner, members), chosen.but(owner="").query)
    for code in chosen.country:
        yield Chip(country(code), chosen.but(country=_without(chosen.country, code)).query)
    for name, said in (("amount_from", _("From {amount}")), ("amount_to", _("Up to {amount}"))):
        amount = getattr(chosen, name)
        if amount is not None:
            yield Chip(said.format(amount=_amount(amount, chosen.currency)), chosen.but(**{name: None}).query)
    if chosen.currency:
        yield Chip(_("In {currency}").format(currency=chosen.currency), chosen.but(currency="").query)
    for clock in chosen.clock:
        yield Chip(str(CLOCK_WORDS[clock]), chosen.but(clock=_without(chosen.clock, clock)).query)
    if chosen.column == "due" and not chosen.clock:
        yield Chip(str(CLOCK_WORDS["any"]), chosen.but(sort="moved").query)
    if chosen.unread:
        yield Chip(_("Unread"), chosen.but(unread=False).query)
    if chosen.q:
        yield Chip(f"“{chosen.q}”", chosen.but(q="", state=chosen.state or (OPEN,)).query)


def _without(values: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(value for value in values if value != gone)


def _amount(amount: Decimal, currency: str) -> str:
    return money(amount, currency) if currency else grouped(amount)


def _owner_words(owner: str, members: list[Person]) -> str:
    if owner == ME:
        return _("Mine")
    if owner == NOBODY:
        return _("Nobody's")
    known = {member.public_id: member.name for member in members}
    return _("{name}'s").format(name=known.get(owner) or _("someone who left"))


class Offered:
    """What the form can ask for, and what it asks for now."""

    def __init__(self, actor: Actor, chosen: Filter, members: list[Person]) -> None:
        self.actor, self.chosen, self.members = actor, chosen, members

    @property
    def about(self) -> tuple[str, ...]:
        """All that it says, but for what is asked."""
        return (self.actor.side, *(word for member in self.members for word in (member.public_id, member.name)))

    @property
    def owners(self) -> list[tuple[str, Any, bool]]:
        if self.actor.side not in OWNERS:
            return []
        people = [(member.public_id, member.name) for member in self.members]
        told = [("", _("Anyone")), (ME, _("Me")), (NOBODY, _("Nobody")), *people]
        return [(value, words, value == self.chosen.owner) for value, words in told]

    @property
    def clocks(self) -> list[tuple[str, Any, bool]]:
        kinds = {Side.REFERRER: (), Side.OPERATOR: (AT_RISK, BROKEN)}.get(
            Side(self.actor.side), (MINE, THEIRS, AT_RISK, BROKEN)
        )
        return [(kind, CLOCK_WORDS[kind], kind in self.chosen.clock) for kind in kinds]

    @property
    def may_be_unread(self) -> bool:
        return self.actor.side in OWNERS

    @property
    def countries(self) -> SafeString:
        return _country_options(places.language())

    @property
    def currencies(self) -> SafeString:
        return _currency_options()

    @property
    def sorts(self) -> list[tuple[str, Any, bool]]:
        kinds = [sort for sort in SORT_WORDS if self.actor.side != Side.REFERRER or "due" not in sort]
        return [(sort, SORT_WORDS[sort], sort == self.chosen.sort) for sort in kinds]

    @property
    def kept_by_search(self) -> list[tuple[str, str]]:
        """What goes along when words are looked for: all but the state, since words are looked for in all."""
        return self.chosen.but(state=(), q="").pairs()

    @property
    def kept_by_form(self) -> list[tuple[str, str]]:
        told = self.chosen.but(
            owner="", amount_from=None, amount_to=None, currency="", clock=(), unread=False, sort="moved"
        )
        return told.pairs()


@lru_cache(maxsize=8)
def _country_options(language: str) -> SafeString:
    names = sorted(places.country_names(language).items(), key=lambda pair: pair[1])
    return _options(names)


@lru_cache(maxsize=1)
def _currency_options() -> SafeString:
    return _options((code, code) for code, _name in forms._currencies())


def _options(pairs: Iterable[tuple[str, str]]) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', pairs)


def colleagues(actor: Actor) -> list[Person]:
    if actor.side not in OWNERS:
        return []
    return [member.person for member in _colleagues(actor)]


@prepared
def _colleagues(actor: Actor) -> QuerySet[Membership]:
    found = Membership.objects.filter(organisation=actor.organisation).select_related("person")
    return found.order_by("person__name")[:200]
