"""The channel policy as values: `read(text) -> Rules`. Pure; whatever is wrong is told with its line.

What each table holds is explained in `policy.toml`, the policy that is shipped.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic import ValidationError as Misshapen

from trialogue.lib.businesstime import BusinessTimeError, WorkingTime
from trialogue.people.places import grouped

Who = Literal["client", "referred_client", "collection_partner", "referral_partner", "public"]
EVERYONE: tuple[Who, ...] = ("client", "referred_client", "collection_partner", "referral_partner", "public")
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_HERE = re.compile(r"/(?![/\\])[!-~]*")
LONGEST = 200_000  # characters of a policy file
# Half a year; nobody is served by a promise that is longer.
MOST: dict[str, int] = {"business_hours": 3000, "office_hours": 1000, "business_days": 125, "hours": 4000}
_Place = tuple[str | int, ...]
Shape = TypeVar("Shape", bound=BaseModel)


class Unreadable(Exception):
    """A policy that cannot be: `problems` are pairs of a line (0: none in particular) and what is wrong there."""

    def __init__(self, problems: Iterable[tuple[int, str]]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(_("Line {line}: {why}").format(line=n, why=why) if n else why for n, why in self.problems))  # fmt: skip


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Hours(_Table):
    """What is said of support hours; with a `week`, also the operator's calendar."""

    says: Words
    zone: str = ""
    week: dict[str, list[list[str]]] = {}
    country: str = ""
    subdivision: str = ""
    closed: dict[str, str] = {}
    shortened: dict[str, list[list[str]]] = {}

    def calendar(self) -> dict[str, Any] | None:
        """As `Calendar.introduce` takes it; None when the operator's calendar is none of the policy's business."""
        return self.model_dump(exclude={"says"}) if self.week or self.zone else None


class Promise(_Table):
    says: Words
    owed_by: Literal["client", "collection_partner", "operator"]
    within: Annotated[int, Field(ge=1)]
    unit: Literal["business_hours", "office_hours", "business_days", "hours"]
    warn_after: Annotated[int, Field(ge=1, le=99)] = 75
    note: str = ""
    default: bool = False  # no seed says so


class Channel(_Table):
    key: Key
    way: Literal["case", "request", "site", "meeting", "person", "none"]
    name: Words
    says: Words
    address: str = ""
    inbox: Key | Literal[""] = ""
    open_to: list[Who]
    promise: str = ""
    answers: Literal["", "at once"] = ""
    include: str = ""
    uses: list[Words] = []
    avoid: list[Words] = []
    how: dict[Who, Words] = {}
    closed_to: dict[Who, Words] = {}
    instead: str = ""
    otherwise: Annotated[str, Field(alias="else")] = ""
    else_for: dict[Who, str] = {}
    climbs: bool = False  # by itself, as soon as its clock breaks
    insists: bool = False  # on what is needed, before anything is opened
    books: list[Who] = []  # who takes a free time of a meeting at once; who else it is open to asks for one
    plan: Literal["", "enterprise"] = ""  # which a client needs for it

    @property
    def takes_requests(self) -> bool:
        return self.way == "request"

    @property
    def page(self) -> str:
        """Where a site is; "" as long as its address is that of an example, where nothing is."""
        return self._address_of("site")

    @property
    def bookings(self) -> str:
        """The page of others where meetings are booked; "" where they are booked here."""
        return self._address_of("meeting")

    def _address_of(self, way: str) -> str:
        host = urlsplit(self.address).hostname or ""
        return "" if self.way != way or host.endswith((".example", "example.com")) else self.address

    def is_open_to(self, who: Who) -> bool:
        return who in self.open_to

    def further(self, who: Who) -> str:
        """The channel to turn to when this one does not serve; "" if there is none."""
        return self.else_for.get(who, self.otherwise)


class Situation(_Table):
    key: Key
    says: Words
    offered_to: list[Who] = list(EVERYONE)
    client: str = ""
    referred_client: str = ""
    collection_partner: str = ""
    referral_partner: str = ""
    public: str = ""
    before_launch: str = ""  # where a referral partner goes who has no account manager yet
    ladder: str = ""
    then: str = ""

    def channel_for(self, who: Who) -> str:
        return str(getattr(self, who))


class Step(_Table):
    key: Key
    channels: list[str]
    says: Words
    after: str = ""
    when: list[Literal["broken", "unresolved", "blocked", "critical"]] = []

    @property
    def opens_at_once(self) -> bool:
        return not self.after and not self.when


class Ladder(_Table):
    key: Key
    says: Words
    open_to: list[Who]
    step: list[Step]

    @property
    def first(self) -> Step:
        """The one that opens at once: asking. A ladder without one is not read."""
        return next(step for step in self.step if step.opens_at_once)

    def called(self, key: str) -> Step | None:
        return next((step for step in self.step if step.key == key), None)


class Item(_Table):
    """Something to include: `known` if the system fills it in, `needed_for` the situations that cannot do without it."""

    key: Key
    says: Words
    kind: Literal["line", "text", "payload", "number", "moment", "choice", "case"] = "line"
    choices: list[str] = []
    known: bool = False
    open_to: list[Who] = list(EVERYONE)
    needed_for: list[str] = []


class Include(_Table):
    key: Key
    says: Words
    item: list[Item]


class Rules(_Table):
    """The whole policy."""

    hours: Hours
    promise: dict[Key, Promise]
    channel: list[Channel]
    situation: list[Situation]
    ladder: list[Ladder] = []
    include: list[Include] = []

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        return {channel.key: channel for channel in self.channel}

    @cached_property
    def situations(self) -> Mapping[str, Situation]:
        return {situation.key: situation for situation in self.situation}

    @cached_property
    def ladders(self) -> Mapping[str, Ladder]:
        return {ladder.key: ladder for ladder in self.ladder}

    @cached_property
    def includes(self) -> Mapping[str, Include]:
        return {include.key: include for include in self.include}

    def taking_requests(self, key: str) -> Channel | None:
        """The channel of this key, if it is one that takes requests."""
        found = self.channels.get(key)
        return found if found and found.takes_requests else None

    def asked_instead(self, channel: Channel, who: Who) -> Channel | None:
        """Where somebody asks in writing: the channel itself or the first, from one to the next, that takes requests of theirs."""
        here: Channel | None = channel
        while here and not (here.takes_requests and here.is_open_to(who)):
            here = self.channels.get(here.further(who))
        return here

    def items_of(self, channel: Channel, who: Who | None) -> tuple[Item, ...]:
        """What somebody includes in a request there; (None) what anybody may."""
        include = self.includes.get(channel.include)
        return tuple(item for item in include.item if who is None or who in item.open_to) if include else ()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """All that may be included anywhere, by its key: what was given on one channel is read on another one as well."""
        return {item.key: item for include in self.include for item in include.item}

    def inbox_of(self, channel: Channel) -> tuple[Channel, ...]:
        """The channels that arrive where this one does, itself among them."""
        return tuple(each for each in self.channel if each.key == channel.key or each.inbox == channel.inbox != "")

    def ladder_from(self, channel: str, who: Who | None) -> Ladder | None:
        """The ladder that begins with asking on this channel, for someone."""
        return next((one for one in self.ladder if who in one.open_to and channel in one.first.channels), None)

    def step_to(self, channel: str, who: Who | None) -> tuple[Ladder, Step] | None:
        """The step that is taken by asking on this channel directly, because it is critical."""
        for ladder in self.ladder if who else ():
            for step in ladder.step:
                if who in ladder.open_to and "critical" in step.when and channel in step.channels:
                    return ladder, step
        return None

    def is_direct(self, ladder: str, step: str) -> bool:
        found = self.ladders[ladder].called(step) if ladder in self.ladders else None
        return found is not None and "critical" in found.when

    def step_name(self, ladder: str, step: str) -> str:
        """What a step is called: as the channel it leads to, or a reminder, where that is a case's. By its key, where the policy has it no more."""
        found = self.ladders[ladder].called(step) if ladder in self.ladders else None
        if found is None:
            return step
        channel = self.channels[found.channels[0]]
        return channel.name if found.opens_at_once or channel.way != "case" else _("Reminder in the case")

    def strictest(self, channels: Iterable[Channel]) -> Channel:
        """The one that answers first; of several, the one that was named first."""
        return min(channels, key=self._hours)

    def _hours(self, channel: Channel) -> float:
        """About how many hours of working days may pass until the answer."""
        promise = self.promise.get(channel.promise)
        hours = {"business_hours": 1, "office_hours": 3, "business_days": 24, "hours": 5 / 7}
        return promise.within * hours[promise.unit] if promise else float("inf")

    def at_address(self, address: str) -> Channel | None:
        wanted = address.strip().lower()
        return next((each for each in self.channel if each.address.lower() == wanted != ""), None)


def read(text: str) -> Rules:
    """Raises `Unreadable` with everything that is wrong, each with its line."""
    if len(text) > LONGEST:
        raise Unreadable([(0, _("A policy has at most {most} characters.").format(most=grouped(LONGEST)))])
    rules, lines = shaped(text, Rules)
    if problems := list(_problems(rules)):
        raise Unreadable((lines.of(place), said) for place, said in problems)
    return rules


def shaped(text: str, shape: type[Shape]) -> tuple[Shape, Lines]:
    """What a TOML file holds, and at which line each of it stands. Raises `Unreadable`."""
    try:
        told = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as why:
        line = re.search(r"at line (\d+)", str(why))
        at = int(line[1]) if line else len(text.splitlines())  # else "at end of document"
        raise Unreadable([(at, _("This is no TOML: {why}.").format(why=why))]) from why
    except RecursionError as why:
        raise Unreadable([(0, _("This is nested too deeply."))]) from why
    lines = Lines(text)
    try:
        return shape.model_validate(told), lines
    except Misshapen as why:
        wrong = why.errors(include_url=False, include_context=True)
        raise Unreadable((lines.of(each["loc"]), _in_words(each)) for each in wrong[:30]) from why


# The words of a policy that people read, wherever they stand in it.
_SAID = {"says", "note", "name", "uses", "avoid", "how", "closed_to", "instead"}


def said(rules: Rules) -> list[str]:
    """All that people read in a policy, in the order of the file."""
    found: list[str] = []

    def keep(words: str) -> str:
        found.append(words)
        return words

    _retold(rules, keep)
    return found


def spoken(rules: Rules) -> Rules:
    """The same policy in the language that is active: what is shipped stands in the catalogues, an operator's own words stay as they are."""
    told: Rules = _retold(rules, _)
    return told


def _retold(thing: Any, words: Callable[[str], str], are_words: bool = False) -> Any:
    match thing:
        case BaseModel():
            return thing.model_construct(**{name: _retold(each, words, name in _SAID) for name, each in thing})
        case dict():
            return {key: _retold(each, words, are_words) for key, each in thing.items()}
        case list():
            return [_retold(each, words, are_words) for each in thing]
        case str() if are_words and thing:
            return words(thing)
    return thing


@lru_cache(maxsize=1)
def shipped() -> str:
    return files(__package__).joinpath("policy.toml").read_text("utf-8")


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    return read(shipped())


# --- where it stands in the file --------------------------------------------------------------------------------------


class Lines:
    """At which line of a TOML file a table or a key stands: tomllib tells values, not places."""

    _HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\s-]+?)\s*\]")
    _KEY = re.compile(r"\s*([\w-]+)\s*=")

    def __init__(self, text: str) -> None:
        self._found: dict[_Place, int] = {}
        self._count: Counter[_Place] = Counter()
        here: _Place = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := self._HEADER.match(line):
                here = self._table(header[2].split("."), array=header[1] == "[[")
                self._found.setdefault(here, number)
            elif key := self._KEY.match(line):
                self._found.setdefault((*here, key[1]), number)

    def _table(self, parts: list[str], *, array: bool) -> _Place:
        place: _Place = ()
        for depth, part in enumerate(parts, 1):
            place = (*place, part.strip())
            if array and depth == len(parts):
                self._count[place] += 1
            if place in self._count:
                place = (*place, self._count[place] - 1)
        return place

    def of(self, place: _Place) -> int:
        """The line of a place, or of the nearest one around it."""
        while place and place not in self._found:
            place = place[:-1]
        return self._found.get(place, 0)


def _in_words(wrong: Any) -> str:
    """What pydantic found, as a sentence."""
    name = ".".join(str(part) for part in wrong["loc"] if isinstance(part, str) and part != "[key]")
    match wrong["type"]:
        case "missing":
            return _("{name} is missing.").format(name=name)
        case "extra_forbidden":
            return _("{name} is not known here.").format(name=name)
        case "literal_error":
            return _("{name} must be {expected}.").format(name=name, expected=wrong["ctx"]["expected"])
    return f"{name}: {wrong['msg']}."


# --- whether it holds together ----------------------------------------------------------------------------------------

Problem = tuple[_Place, str]


def _problems(rules: Rules) -> Iterator[Problem]:
    for table in ("channel", "situation", "ladder", "include"):
        yield from _twice(table, [each.key for each in getattr(rules, table)])
    yield from _one_address(rules)
    yield from _hours(rules.hours)
    for name, promise in rules.promise.items():
        if promise.within > (most := MOST[promise.unit]):
            yield ("promise", name, "within"), _("Give a whole number from 1 to {most}.").format(most=most)
    for at, channel in enumerate(rules.channel):
        yield from _channel(rules, channel, ("channel", at))
    for at, situation in enumerate(rules.situation):
        yield from _situation(rules, situation, ("situation", at))
    for at, ladder in enumerate(rules.ladder):
        yield from _ladder(rules, ladder, ("ladder", at))
    for at, include in enumerate(rules.include):
        yield from _include(rules, include, ("include", at))


def _twice(table: str, keys: list[str]) -> Iterator[Problem]:
    for at, key in enumerate(keys):
        if key in keys[:at]:
            yield (table, at, "key"), _("There are two of {table} called “{key}”.").format(table=table, key=key)


def _one_address(rules: Rules) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for at, channel in enumerate(rules.channel):
        if channel.address and (other := first.setdefault(channel.address.lower(), channel.key)) != channel.key:
            said = _(
                "“{address}” is the address of {other} already. Whatever is written there would have two right places."
            )
            yield ("channel", at, "address"), said.format(address=channel.address, other=other)


def _hours(hours: Hours) -> Iterator[Problem]:
    if hours.calendar() is None:
        return
    try:
        week = {int(day): [(span[0], span[1]) for span in spans] for day, spans in hours.week.items()}
        WorkingTime(hours.zone, week)
    except BusinessTimeError as why:
        yield ("hours", "week"), str(why)
    except (ValueError, IndexError):
        yield ("hours", "week"), _("These hours cannot be read. Give for each weekday, 0 to 6, pairs such as 08:00 and 16:00.")  # fmt: skip


def _channel(rules: Rules, channel: Channel, here: _Place) -> Iterator[Problem]:
    if channel.takes_requests and not _is(validate_email, channel.address):
        yield (*here, "address"), _("“{address}” is no mail address.").format(address=channel.address)
    if channel.way == "meeting" and channel.address and not _is(URLValidator(["https"]), channel.address):
        yield (
            (*here, "address"),
            _("“{address}” is no address of a page. Begin with https://.").format(address=channel.address),
        )
    if channel.way == "site" and not (
        _HERE.fullmatch(channel.address) or _is(URLValidator(["https"]), channel.address)
    ):
        yield (*here, "address"), _("“{address}” is no address of a page. Begin with https://, or with / for a page of this server.").format(address=channel.address)  # fmt: skip
    if channel.way == "none" and not channel.instead:
        yield here, _("Say what to do instead of what is not offered: `instead`.")
    if channel.way in ("case", "request", "person") and not channel.promise:
        yield here, _("Where an answer is owed, there is a promise: `promise`.")
    if channel.climbs and not (
        channel.takes_requests and any(channel.key in one.first.channels for one in _sound(rules))
    ):
        yield (*here, "climbs"), _("No ladder begins here, so nothing climbs by itself.")
    yield from _known(rules.promise, channel.promise, (*here, "promise"))
    yield from _known(rules.includes, channel.include, (*here, "include"))
    for who in EVERYONE:
        yield from _known(rules.channels, channel.further(who), (*here, "else"))
        if _loops(channel.key, lambda key, who=who: rules.channels[key].further(who) if key in rules.channels else ""):
            yield (*here, "else"), _("From “{key}” one is sent on in a circle.").format(key=channel.key)
            return


def _sound(rules: Rules) -> Iterator[Ladder]:
    return (ladder for ladder in rules.ladder if any(step.opens_at_once for step in ladder.step))


def _situation(rules: Rules, situation: Situation, here: _Place) -> Iterator[Problem]:
    yield from _known(rules.ladders, situation.ladder, (*here, "ladder"))
    for who in EVERYONE:
        key = situation.channel_for(who)
        yield from _known(rules.channels, key, (*here, who))
        channel = rules.channels.get(key)
        # To the conversation of a case leads its own way: whoever has not signed in does that first.
        if channel and not channel.is_open_to(who) and not (channel.further(who) or channel.way in ("none", "case")):
            said = _("{who} is sent to {channel}, which is not open to them and names nothing else.")
            yield (*here, who), said.format(who=who, channel=key)
    yield from _known(rules.channels, situation.before_launch, (*here, "before_launch"))


def _ladder(rules: Rules, ladder: Ladder, here: _Place) -> Iterator[Problem]:
    keys = [step.key for step in ladder.step]
    yield from _twice("step", keys)
    after = {step.key: step.after for step in ladder.step}
    if not any(step.opens_at_once for step in ladder.step):
        yield here, _("No step of this ladder opens at once, so nobody could begin.")
    for at, step in enumerate(ladder.step):
        place = (*here, "step", at)
        for channel in step.channels:
            yield from _known(rules.channels, channel, (*place, "channels"))
        if not step.channels:
            yield (*place, "channels"), _("A step leads to a channel at least.")
        yield from _known(after, step.after, (*place, "after"))
        if _loops(step.key, lambda key: after.get(key, "")):
            yield (*place, "after"), _("The ladder loops: “{key}” would open only after itself.").format(key=step.key)


def _include(rules: Rules, include: Include, here: _Place) -> Iterator[Problem]:
    yield from _twice("item", [item.key for item in include.item])
    for at, item in enumerate(include.item):
        for situation in item.needed_for:
            yield from _known(rules.situations, situation, (*here, "item", at, "needed_for"))
        if (item.kind == "choice") != bool(item.choices):
            yield (*here, "item", at), _("A choice, and only a choice, has `choices`.")


def _known(table: Mapping[str, Any], key: str, place: _Place) -> Iterator[Problem]:
    if key and key not in table:
        yield place, _("There is no “{key}” here. There are: {keys}.").format(key=key, keys=", ".join(table))


def _loops(key: str, further: Any) -> bool:
    seen: set[str] = set()
    while key and key not in seen:
        seen.add(key)
        key = further(key)
    return bool(key)


def _is(validate: Any, address: str) -> bool:
    try:
        validate(address)
    except ValidationError:
        return False
    return True
