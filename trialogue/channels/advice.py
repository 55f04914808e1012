"""The one right place for a situation: where, what is promised, what to include, what not to do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialogue.channels.rules import Channel, Item, Ladder, Promise, Rules, Situation, Who

if TYPE_CHECKING:
    from trialogue.channels.hearing import Heard, Reading


@dataclass(frozen=True)
class Advice:
    """Where something belongs.

    `channel` is open to who asks; `instead_of` is the one they would have been sent to, or have chosen, that is not: its
    `turned_away` says why. `further` is where to turn when the channel answers by itself (a portal) and did not help.
    """

    who: Who
    situation: Situation | None
    channel: Channel
    promise: Promise | None
    include: tuple[Item, ...]
    ladder: Ladder | None
    further: Channel | None
    instead_of: Channel | None = None

    @property
    def how(self) -> str:
        return self.channel.how.get(self.who, self.channel.says)

    @property
    def then(self) -> str:
        return self.situation.then if self.situation else ""

    @property
    def turned_away(self) -> str:
        if self.instead_of is None:
            return ""
        channel = self.instead_of
        return channel.closed_to.get(self.who) or channel.instead or channel.says

    def must_have(self, item: Item) -> bool:
        """Whether it is asked for with a mark: needed for the answer, or by a channel that insists."""
        return self.is_needed(item) or (self.channel.insists and bool(item.needed_for))

    def is_needed(self, item: Item) -> bool:
        """Whether an answer cannot begin without it."""
        return self.situation is not None and self.situation.key in item.needed_for


def advise(rules: Rules, who: Who, situation: str, *, launched: bool = False) -> Advice | None:
    """Where a situation belongs for someone; None when the policy does not know it, or has no place for them.

    `launched`: whether a referral partner has an account manager, whom nobody has until the house knows of one.
    """
    known = rules.situations.get(situation)
    if known is None:
        return None
    key = known.channel_for(who)
    if who == "referral_partner" and not launched and known.before_launch:
        key = known.before_launch
    return _advice(rules, who, known, key) if key else None


def redirect(rules: Rules, who: Who, channel: str, situation: str = "") -> Advice | None:
    """What becomes of someone who has chosen a channel: the same one if it is open to them, else where they belong.

    Unless the situation says better, that is where the channel itself sends them, else where questions about the platform go.
    """
    chosen = rules.channels.get(channel)
    if chosen is None:
        return None
    if chosen.is_open_to(who):
        return _advice(rules, who, rules.situations.get(situation), channel)
    told = advise(rules, who, situation) if situation else None
    key = told.channel.key if told else chosen.further(who)
    if not key:
        fallback = advise(rules, who, "platform")
        key = fallback.channel.key if fallback else ""
    return _advice(rules, who, rules.situations.get(situation), key, instead_of=chosen) if key else None


def surely_elsewhere(rules: Rules, who: Who, text: str | Reading, is_here: Callable[[Channel], bool]) -> Heard | None:
    """What a text is about, if surely nothing that belongs here; what has no place belongs anywhere."""
    from trialogue.channels import hearing  # brings numpy, which nothing else here needs

    places = {one.key: rules.channels.get(one.channel_for(who)) for one in rules.situation}
    return hearing.elsewhere(text, [key for key, place in places.items() if place is None or is_here(place)])


def channels_for(rules: Rules, who: Who) -> tuple[Channel, ...]:
    """What someone may use, and what is not offered to anybody, which is said as plainly."""
    return tuple(channel for channel in rules.channel if channel.is_open_to(who) or channel.way == "none")


def _advice(rules: Rules, who: Who, situation: Situation | None, key: str, instead_of: Channel | None = None) -> Advice:
    channel = rules.channels[key]
    while not channel.is_open_to(who) and channel.further(who):
        instead_of, channel = instead_of or channel, rules.channels[channel.further(who)]
    ladder = rules.ladders.get(situation.ladder) if situation else None
    return Advice(
        who=who, situation=situation, channel=channel, promise=rules.promise.get(channel.promise),
        include=rules.items_of(channel, who),
        ladder=ladder if ladder and who in ladder.open_to else None,
        further=rules.channels.get(channel.further(who)), instead_of=instead_of,
    )  # fmt: skip
