"""The ladder by itself: what may be taken, when the next step opens; and no way of acts and times leads around it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.cast import MONDAY
from trialogue.channels.rules import shipped_rules
from trialogue.escalations.ladder import Closed, Early, Facts, May, climb, following

LADDER = shipped_rules().ladders["referral_partner"]
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LATE, IN_TIME = Facts(MONDAY - SECOND), Facts(MONDAY)


@pytest.mark.parametrize(
    ("wanted", "taken", "facts", "expected"),
    [
        ("account_manager", [], LATE, May),
        ("account_manager", [], IN_TIME, Early),  # due in this very second: an answer now is in time
        ("account_manager", [], Facts(answered=True), May),
        ("account_manager", [], Facts(), Closed),
        ("account_manager", ["account_manager"], LATE, Closed),
        ("first", [], LATE, Closed),
        ("critical", [], LATE, Closed),
        ("", [], LATE, Closed),
        ("roof", [], LATE, Closed),
    ],
)
def test_what_holds_of_a_step(wanted: str, taken: list[str], facts: Facts, expected: type) -> None:
    assert isinstance(climb(LADDER, wanted, taken, facts, MONDAY), expected)


def test_a_reason_is_needed_where_nothing_is_late() -> None:
    late, answered = (climb(LADDER, "account_manager", [], facts, MONDAY) for facts in (LATE, Facts(answered=True)))
    assert [verdict.needs_reason for verdict in (late, answered) if isinstance(verdict, May)] == [False, True]


def test_too_early_says_when_it_opens_and_one_second_later_it_does() -> None:
    verdict = climb(LADDER, "account_manager", [], IN_TIME, MONDAY)
    assert isinstance(verdict, Early)
    assert isinstance(climb(LADDER, "account_manager", [], IN_TIME, verdict.opens_at + SECOND), May)


def test_the_next_step_and_none_at_the_top() -> None:
    step = following(LADDER, [])
    assert step is not None
    assert step.key == "account_manager"
    assert following(LADDER, ["account_manager"]) is None


class Climbing(RuleBasedStateMachine):
    """Somebody asks, is answered or not, and tries every step at every moment, on every ladder that is shipped."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.due, self.answered = MONDAY, None, False  # type: datetime, datetime | None, bool
        self.ladder, self.taken = LADDER, list[str]()

    @precondition(lambda self: not self.taken)
    @rule(key=some.sampled_from(sorted(shipped_rules().ladders)))
    def choose(self, key: str) -> None:
        self.ladder = shipped_rules().ladders[key]

    @rule(hours=some.integers(1, 80))
    def ask(self, hours: int) -> None:
        self.due, self.answered = self.due or self.now + hours * HOUR, False

    @rule()
    def answer(self) -> None:
        self.answered, self.due = self.answered or self.due is not None, None

    @rule(seconds=some.sampled_from([1, 60, 3600, 86_400]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.due)
    @rule()
    def wait_until_it_is_due(self) -> None:
        assert self.due is not None
        self.now = max(self.now, self.due)

    @rule(data=some.data())
    def climb(self, data: some.DataObject) -> None:
        step = data.draw(some.sampled_from(self.ladder.step))
        facts = Facts(self.due, self.answered)
        verdict = climb(self.ladder, step.key, self.taken, facts, self.now)
        late = self.due is not None and self.now > self.due
        if isinstance(verdict, May):
            assert step.key not in self.taken
            assert step.after in (self.ladder.first.key, *self.taken)
            assert late or self.answered
            assert late or verdict.needs_reason
            assert step == following(self.ladder, self.taken)
            self.taken.append(step.key)
        elif isinstance(verdict, Early):
            assert verdict.opens_at == self.due
            assert not late
            assert isinstance(climb(self.ladder, step.key, self.taken, facts, verdict.opens_at + SECOND), May)
        else:
            assert verdict.why

    @invariant()
    def no_step_is_skipped_or_taken_twice(self) -> None:
        order = [step.key for step in self.ladder.step]
        assert self.taken == sorted(set(self.taken), key=order.index)
        for key in self.taken:
            step = self.ladder.called(key)
            assert step is not None
            assert step.after in (self.ladder.first.key, *self.taken[: self.taken.index(key)])


Climbing.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestClimbing = Climbing.TestCase
