"""Whether a step of a ladder may be taken now, is too early, or is not open at all. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from trialogue.channels.rules import Ladder, Step


@dataclass(frozen=True)
class Facts:
    """How it stands with what was asked.

    `due_at`: until when an answer is owed, if one is. `answered`: it was answered, and whoever asked may say that it is not resolved.
    """

    due_at: datetime | None = None
    answered: bool = False


@dataclass(frozen=True)
class May:
    """`needs_reason`: only with what is blocked, and why."""

    step: Step
    needs_reason: bool = False


@dataclass(frozen=True)
class Early:
    """It opens at a moment, if nobody answers until then: the moment the clock breaks, which is the first after it is due."""

    step: Step
    opens_at: datetime

    @property
    def why(self) -> str:
        return _("The answer is still in time. Nobody needs to climb before it is due.")


@dataclass(frozen=True)
class Closed:
    step: Step | None
    why: str


Verdict = May | Early | Closed


def climb(ladder: Ladder, wanted: str, taken: Collection[str], facts: Facts, now: datetime) -> Verdict:
    """Whether one may step there, after the steps that were `taken` (keys) beyond asking, which is the first of all."""
    step = ladder.called(wanted)
    if step is None:
        return Closed(None, _("There is no such step on this ladder."))
    if step.key in taken:
        return Closed(step, _("This step has been taken already. Whoever must answer now has been told."))
    if not step.after:
        return Closed(step, _("This step needs no climbing: write there."))
    if step.after not in (ladder.first.key, *taken):
        before = ladder.called(step.after)
        return Closed(step, _("One step after the other. {first}").format(first=before.says if before else ""))
    late = facts.due_at is not None and now > facts.due_at
    if late and "broken" in step.when:
        return May(step)
    if (late and "blocked" in step.when) or (facts.answered and "unresolved" in step.when):
        return May(step, needs_reason=True)
    if facts.due_at is not None and not late:
        return Early(step, facts.due_at)
    return Closed(step, _("Nobody owes you an answer just now. Write first: that starts the clock."))


def following(ladder: Ladder, taken: Collection[str]) -> Step | None:
    """The step that comes next, once it opens; None at the top. What is critical is on no way: it is taken directly."""
    reached = {ladder.first.key, *taken}
    return next((step for step in ladder.step if step.after in reached and step.key not in reached), None)
