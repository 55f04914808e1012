"""Which cases someone asks for, and in which order: the words of an address, as a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q
from django.http import QueryDict
from django.utils import formats, timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import OVER, State
from trialogue.cases.models import Case, CaseQuerySet
from trialogue.clocks.models import Clock, ClockQuerySet, at_risk
from trialogue.conversations.models import Conversation
from trialogue.lib import amounts
from trialogue.people import places, typed
from trialogue.people.models import Actor, Side
from trialogue.people.plain import Among

OPEN, ALL, FORMER = "open", "all", "former"  # former: what a partner worked once and does not work now
MINE, THEIRS, AT_RISK, BROKEN, ANY = "mine", "theirs", "at-risk", "broken", "any"
CLOCKS = (MINE, THEIRS, AT_RISK, BROKEN, ANY)
ME, NOBODY = "me", "nobody"
# Each in its natural direction; a minus turns it round.
SORTS = ("moved", "due", "amount", "age")
LONGEST_WORDS = 100
_PERSON = re.compile(r"per_[0-9a-z]{16}")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
# Which column says who of one's own organisation looks after a case.
OWNERS = {Side.CLIENT: "client_owner", Side.PARTNER: "partner_owner"}


@dataclass(frozen=True)
class Filter:
    """All of it may be left out. `state` holds names of states, or `open`, `all` or `former` alone."""

    state: tuple[str, ...] = ()
    owner: str = ""
    country: tuple[str, ...] = ()
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    currency: str = ""
    clock: tuple[str, ...] = ()
    unread: bool = False
    q: str = ""
    sort: str = "moved"
    problems: Mapping[str, str] = field(default_factory=dict, compare=False, hash=False)

    @classmethod
    def read(cls, asked: MultiValueDict[str, str] | str) -> Filter:
        """What an address or a saved query asks for. What cannot be understood is left out and told in `problems`."""
        told = QueryDict(asked) if isinstance(asked, str) else asked
        reader = _Reader(told)
        return cls(
            state=reader.states(), owner=reader.owner(), country=reader.countries(),
            amount_from=reader.amount("amount_from"), amount_to=reader.amount("amount_to"), currency=reader.currency(),
            clock=reader.clocks(), unread=bool(told.get("unread")), q=reader.words(), sort=reader.sort(),
            problems=reader.ordered(),
        )  # fmt: skip

    @property
    def query(self) -> str:
        """As the part of an address after the `?`; the same filter always says the same."""
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        told: list[tuple[str, str]] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "problems" or value in ((), "", None, False) or (each.name, value) == ("sort", "moved"):
                continue
            values = value if isinstance(value, tuple) else ("1",) if value is True else (str(value),)
            told += [(each.name, one) for one in values]
        return told

    def but(self, **other: Any) -> Filter:
        return replace(self, **other)

    @property
    def column(self) -> str:
        return self.sort.lstrip("-")

    @property
    def reversed(self) -> bool:
        return self.sort.startswith("-")

    @property
    def narrows(self) -> bool:
        """Whether anything but the state is asked for."""
        return replace(self, state=(), sort="moved") != Filter() or self.column == "due"

    @property
    def is_common(self) -> bool:
        """Whether only what there are few of is asked for: nothing that was typed, nobody's name."""
        return replace(self, clock=(), unread=False, sort="moved") == Filter(state=self.state[:1])

    # --- what it finds ------------------------------------------------------------------------------------------------

    def cases(self, actor: Actor, now: datetime | None = None) -> CaseQuerySet:
        """The cases of this filter that the actor sees, in no order."""
        return self.in_state(self.whatever_state(actor, now))

    def in_state(self, cases: CaseQuerySet) -> CaseQuerySet:
        if not self.state or self.state in ((ALL,), (FORMER,)):
            return cases
        if self.state == (OPEN,):
            return cases.exclude(state__in=OVER)
        return cases.filter(state__in=self.state)

    def whatever_state(self, actor: Actor, now: datetime | None = None) -> CaseQuerySet:
        cases = self._seen(actor).search(self.q, among_all=actor.side == Side.OPERATOR)
        plain = {
            "debtor_country__in": self.country, "currency": self.currency,
            "amount__gte": self.amount_from, "amount__lte": self.amount_to,
        }  # fmt: skip
        cases = cases.filter(**{name: value for name, value in plain.items() if value not in ("", (), None)})
        if self.amount_from is not None or self.amount_to is not None:
            cases = cases.of_some_amount()
        cases = self._owned(cases, actor)
        if self.clock or self.column == "due":
            clocks = self.standing(Clock.objects.visible_to(actor).open(), actor, now or timezone.now())
            if (
                AT_RISK in self.clock and BROKEN not in self.clock
            ):  # what is broken may have been so for years, and be much
                cases = cases.filter(Among(F("pk"), clocks.values("case")))
            elif BROKEN in self.clock:
                cases = cases.filter(pk__in=clocks.values("case"))
            else:  # most cases have one: each is asked, until as many are found as are counted
                cases = cases.filter(Exists(clocks.filter(case=OuterRef("pk"))))
        return _unread(cases, actor) if self.unread else cases

    def _seen(self, actor: Actor) -> CaseQuerySet:
        cases = Case.objects.visible_to(actor)
        if actor.side != Side.PARTNER or self.state in ((), (ALL,)):
            return cases
        if self.state == (FORMER,):
            ended = Engagement.objects.filter(partner=actor.organisation, ended_at__isnull=False)
            once = Case.objects.filter(environment=actor.environment, pk__in=ended.values("case"))
            return once.exclude(partner=actor.organisation)
        # A partner sees how a case stands only while it works it, and those an index finds without its engagements.
        return Case.objects.filter(environment=actor.environment, partner=actor.organisation)

    def sides(self, actor: Actor) -> tuple[str, ...]:
        """Which columns of a clock name the actor's organisation, of those that the filter speaks of: each has its index."""
        if actor.side not in OWNERS:
            return ("",)
        named = {MINE: "owner", THEIRS: "owed_to"}
        return tuple(named[kind] for kind in named if kind in self.clock) or tuple(named.values())

    def standing(self, clocks: ClockQuerySet, actor: Actor, now: datetime) -> ClockQuerySet:
        """Of some clocks, those that the filter speaks of; those of one kind widen each other."""
        whose = {MINE: Q(owner=actor.organisation), THEIRS: Q(owed_to=actor.organisation)}
        stands = {BROKEN: Q(due_at__lte=now), AT_RISK: at_risk(now)}
        for kind in (whose, stands):
            chosen = [kind[name] for name in self.clock if name in kind]
            if chosen:
                clocks = clocks.filter(chosen[0] | chosen[1] if len(chosen) > 1 else chosen[0])
        return clocks

    def _owned(self, cases: CaseQuerySet, actor: Actor) -> CaseQuerySet:
        column = OWNERS.get(Side(actor.side))
        if not self.owner or column is None:
            return cases
        if actor.side == Side.PARTNER:
            cases = cases.filter(partner=actor.organisation)
        if self.owner == NOBODY:
            return cases.filter(**{f"{column}__isnull": True})
        if self.owner == ME:
            return cases.filter(**{column: actor.person}) if actor.person else cases.none()
        return cases.filter(**{f"{column}__public_id": self.owner})


def _unread(cases: CaseQuerySet, actor: Actor) -> CaseQuerySet:
    """Each case is asked: the newest come first, and of most people's cases some of these have something new."""
    if actor.person is None or actor.side not in OWNERS:
        return cases.none()
    if actor.side == Side.PARTNER:  # not what goes on where its part has ended
        cases = cases.filter(partner=actor.organisation)
    said = Conversation.objects.filter(case=OuterRef("pk")).with_unread(actor.person)
    return cases.filter(Exists(said.filter(Q(("unread__gt", 0)))))


class _Reader:
    """Reads one value after the other, and keeps what is wrong with each."""

    def __init__(self, told: MultiValueDict[str, str]) -> None:
        self.told, self.problems = told, dict[str, str]()

    def ordered(self) -> dict[str, str]:
        least, most = self.told.get("amount_from"), self.told.get("amount_to")
        if (
            least
            and most
            and not self.problems.keys() & {"amount_from", "amount_to"}
            and _number(least) > _number(most)
        ):
            self.problems["amount_to"] = _("This is less than the amount it begins with.")
        return self.problems

    def states(self) -> tuple[str, ...]:
        known = {state.value.lower(): state.value for state in State}
        words = self._several("state")
        if len(words) == 1 and words[0].lower() in (OPEN, ALL, FORMER):
            return (words[0].lower(),)
        found = tuple(known[word.lower()] for word in words if word.lower() in known)
        if len(found) < len(words):
            self.problems["state"] = _("There is no such state. All open cases are shown.")
            return found or (OPEN,)
        return found

    def owner(self) -> str:
        given = self.told.get("owner", "").strip()
        if given in ("", ME, NOBODY) or _PERSON.fullmatch(given):
            return given
        self.problems["owner"] = _("Choose a person from the list.")
        return ""

    def countries(self) -> tuple[str, ...]:
        codes = list(dict.fromkeys(code.upper() for code in self._several("country")))
        return self._known(
            "country", codes, places.country_names(), _("Give two-letter codes of countries, such as DK.")
        )

    def currency(self) -> str:
        code = self.told.get("currency", "").strip().upper()
        found = self._known(
            "currency", [code] if code else [], places.currency_names(), _("Give a three-letter code, such as EUR.")
        )
        return found[0] if found else ""

    def clocks(self) -> tuple[str, ...]:
        said = _("Choose one of: {values}.").format(values=", ".join(CLOCKS))
        return self._known("clock", self._several("clock"), CLOCKS, said)

    def amount(self, name: str) -> Decimal | None:
        given = self.told.get(name, "").strip()
        if not given:
            return None
        try:
            return _number(given)
        except (InvalidOperation, ValueError):
            self.problems[name] = _("Give an amount, such as 1200 or 1200.50.")
        return None

    def words(self) -> str:
        given = self.told.get("q", "")[:LONGEST_WORDS]
        if not typed.can_be_kept(given):
            self.problems["q"] = str(typed.CANNOT_BE_KEPT)
        return given

    def sort(self) -> str:
        given = self.told.get("sort", "").strip() or "moved"
        if given.removeprefix("-") in SORTS:
            return given
        self.problems["sort"] = _("Choose one of: {values}.").format(values=", ".join(SORTS))
        return "moved"

    def _several(self, name: str) -> list[str]:
        """Repeated, or with commas between them; each once."""
        words = [word.strip()[:60] for value in self.told.getlist(name)[:60] for word in value.split(",")]
        return list(dict.fromkeys(word for word in words if word))[:60]

    def _known(self, name: str, given: list[str], known: Iterable[str], said: str) -> tuple[str, ...]:
        found = tuple(word for word in given if word in known)
        if len(found) < len(given):
            self.problems[name] = said
        return found


def _number(given: str) -> Decimal:
    """As people write it: 1200, 1 200.50, 1.200,50."""
    plain = amounts.digits(given, str(formats.get_format("DECIMAL_SEPARATOR")))
    if plain is None or not _AMOUNT.fullmatch(plain):
        raise ValueError(given)
    return Decimal(plain)
