"""When things happen in the demo's world, so that whenever it is loaded its clocks stand where the story wants them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from trialogue.clocks.models import Policy
from trialogue.lib.businesstime import WorkingTime

_FORM = re.compile(
    r"-(?P<days>\d+) (?P<clock>\d\d:\d\d)|(?P<from>\+|now -)(?P<count>\d+)(?P<unit>[smh])|owed (?P<low>[\d.]+)-(?P<high>[\d.]+)"
    r"|after (?P<share>[\d.]+)"
)
_STEP = timedelta(minutes=7)
_HALF_A_DAY = 12 * 60 // 7  # steps
_LONGEST = 21  # days that anything owed may be old


@dataclass(frozen=True)
class Promise:
    """What a step would begin: a policy, and the working time of whoever will owe the answer."""

    policy: Policy
    time: WorkingTime

    def share(self, start: datetime, now: datetime) -> float:
        """How much of the promised time has passed by `now`: 1 is due."""
        return self.time.between(start, now) / self.time.between(start, self.policy.due(start, self.time))


def moment(
    at: str, *, now: datetime, before: datetime, zone: ZoneInfo, workdays: WorkingTime, promise: Callable[[], Promise],
    promised: Callable[[], Promise],
) -> datetime:  # fmt: skip
    """The moment that a step's `at` means; the forms are told in demo_world.toml. Raises `ValueError`.

    `promise` is what this step begins, `promised` what the step before it began.
    """
    said = _FORM.fullmatch(at)
    if not said:
        raise ValueError(f"{at!r} says no moment")
    if said["days"]:
        return _days_ago(int(said["days"]), time.fromisoformat(said["clock"]), now, zone, workdays)
    if said["low"]:
        return _owed(float(said["low"]), float(said["high"]), now, zone, promise())
    if said["share"]:
        return min(_answered(float(said["share"]), before, zone, promised()), now)
    span = timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours"}[said["unit"]]: int(said["count"])})
    return min(before + span, now) if said["from"] == "+" else now - span


def _days_ago(count: int, clock: time, now: datetime, zone: ZoneInfo, workdays: WorkingTime) -> datetime:
    day = now.astimezone(workdays.zone).date()  # one count of days for everybody in a case, wherever they sit
    while count:
        day -= timedelta(days=1)
        noon = datetime.combine(day, time(12), workdays.zone)
        count -= workdays.is_open(noon)
    return datetime.combine(day, clock, zone)


def _owed(low: float, high: float, now: datetime, zone: ZoneInfo, promise: Promise) -> datetime:
    """Of all moments with such a share, the one at which people are likeliest at their desks; the latest of those."""
    fitting = []
    for start in _back_from(now):
        share = promise.share(start, now)
        if share > high:
            break
        if share >= low:
            fitting.append(start)
    if not fitting:
        raise ValueError(f"there is no moment with {low} to {high} of {promise.policy} by {now}")
    return min(fitting, key=lambda start: _oddness(start.astimezone(zone)))


def _answered(share: float, asked: datetime, zone: ZoneInfo, promise: Promise) -> datetime:
    """About when such a share of a promise has passed, at a time when people are at their desks; never late instead of in time."""
    aim = promise.time.add(asked, share * promise.time.between(asked, promise.policy.due(asked, promise.time)))
    near = (aim + step * _STEP for step in range(-_HALF_A_DAY, _HALF_A_DAY))
    fitting = [moment for moment in near if moment > asked and (promise.share(asked, moment) >= 1) == (share >= 1)]
    return min(fitting, key=lambda moment: (_oddness(moment.astimezone(zone)), abs(moment - aim)))


def _back_from(now: datetime) -> Iterator[datetime]:
    for step in range(1, _LONGEST * 24 * 60 // 7):
        yield now - step * _STEP


def _oddness(local: datetime) -> float:
    """How strange it would be to write at such a time: 0 from half past eight to five, a weekend is worse than a night."""
    hour = local.hour + local.minute / 60
    return max(0, 8.5 - hour, hour - 17) + (20 if local.weekday() > 4 else 0)
