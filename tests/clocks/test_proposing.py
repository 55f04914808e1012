"""What new hours or a new promise would mean: a look that moves nothing, checked against counting one by one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.channels.advice import advise
from trialogue.channels.rules import Who, shipped_rules
from trialogue.clocks import proposing
from trialogue.clocks.models import Calendar, Clock, Policy, Unit

pytestmark = pytest.mark.usefixtures("at_monday")
RULES = shipped_rules()
OFFICE = {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
HOURS = timedelta(hours=1)


def hours(cast: Cast, **told: Any) -> Calendar:
    given = {"zone": "Europe/Berlin", "week": OFFICE, "country": "DE", "subdivision": "", "closed": {}, "shortened": {}}
    effective_from = told.pop("effective_from", None)
    return proposing.proposed_hours(cast.paul.organisation, effective_from, MONDAY, **given | told)


def clocks(cast: Cast, count: int) -> list[Clock]:
    """Running ones of the partner, of every unit, begun at any moment of three weeks."""
    chance, case = random.Random(count), cast.released()
    template = Clock.objects.open().get()
    policies = [
        Policy.objects.create(
            promise=f"p{n}", version=1, effective_from=MONDAY, within=within, unit=unit, warn_after=75
        )
        for n, (within, unit) in enumerate([(20, Unit.BUSINESS_HOURS), (11, Unit.OFFICE_HOURS), (3, Unit.BUSINESS_DAYS), (30, Unit.HOURS)])
    ]  # fmt: skip
    made = []
    for n in range(count):
        policy, start = policies[n % 4], MONDAY + timedelta(microseconds=chance.randrange(21 * 24 * 3600 * 10**6))
        due = policy.due(start, policy.time(template.calendar))
        made.append(Clock(
            promise=f"{n}", policy=policy, calendar=template.calendar, case=case, owner=template.owner, owed_to=template.owed_to,
            started_at=start, due_at=due, warn_at=due,
        ))  # fmt: skip
    return Clock.objects.bulk_create(made)


def test_a_preview_of_hours_is_every_clock_counted_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "_BATCH", 7)
    clocks(cast, 60)
    calendar = hours(cast, closed={"2026-03-17": "Outing"})
    running = list(Clock.objects.filter(owner=cast.paul.organisation).select_related("policy"))
    would = {clock.pk: clock.policy.due(clock.started_at, clock.policy.time(calendar)) for clock in running}
    preview = proposing.preview_of_hours(Clock.objects.owed_by(cast.paul.organisation), calendar)
    assert preview.running == len(running) == 61
    assert preview.later == sum(would[clock.pk] > clock.due_at for clock in running) > 0
    assert preview.earlier == sum(would[clock.pk] < clock.due_at for clock in running)
    assert preview.same == sum(would[clock.pk] == clock.due_at for clock in running) > 0
    furthest = sorted((abs(would[clock.pk] - clock.due_at) for clock in running), reverse=True)
    assert [abs(moved.by) for moved in preview.furthest] == furthest[: proposing.SHOWN]
    assert all(moved.would == would[moved.clock.pk] for moved in preview.furthest)


def test_a_preview_of_a_promise_counts_each_clock_on_its_own_calendar(cast: Cast) -> None:
    cast.conversation().post(by=cast.clara, body="?", at=MONDAY)
    told = {"within": 10, "unit": Unit.OFFICE_HOURS, "warn_after": 50}
    preview = proposing.preview_of_promise(
        Clock.objects.filter(promise="reply"), proposing.proposed_promise("reply", None, MONDAY, **told)
    )
    # Around the clock on weekdays is this organisation's office, so ten hours are ten hours.
    assert [(moved.would, moved.by) for moved in preview.furthest] == [(MONDAY + 10 * HOURS, -38 * HOURS)]
    assert (preview.running, preview.earlier) == (1, 1)


def test_a_preview_moves_nothing(cast: Cast) -> None:
    cast.conversation().post(by=cast.clara, body="?", at=MONDAY)
    before = list(Clock.objects.values())
    proposing.preview_of_hours(Clock.objects.all(), hours(cast))
    assert list(Clock.objects.values()) == before
    assert cast.paul.organisation.calendars.count() == 1  # type: ignore[attr-defined]


def test_a_broken_clock_is_not_judged_again(cast: Cast) -> None:
    cast.conversation().post(by=cast.clara, body="?", at=MONDAY)
    Clock.objects.open().update(state=Clock.State.BROKEN)
    assert proposing.preview_of_hours(Clock.objects.all(), hours(cast)).running == 0


@pytest.mark.parametrize("many", [3, 12])
def test_it_asks_as_much_for_many_as_for_few(cast: Cast, django_assert_num_queries: Any, many: int) -> None:
    clocks(cast, many)
    calendar = hours(cast)
    with django_assert_num_queries(3):  # policies, clocks, those shown
        proposing.preview_of_hours(Clock.objects.all(), calendar)


def test_what_is_past_is_not_judged_anew(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="do not judge what was") as refused:
        hours(cast, effective_from=MONDAY - timedelta(hours=1))
    assert list(refused.value.error_dict) == ["effective_from"]


def test_hours_that_lead_nowhere_are_refused(cast: Cast) -> None:
    mondays = [(MONDAY + timedelta(weeks=n)).date().isoformat() for n in range(1000)]
    for told in (
        {"week": {"0": [["09:00", "17:00"]]}, "closed": dict.fromkeys(mondays, "")},
        {"week": {"0": [["09:00", "09:01"]]}},
    ):
        with pytest.raises(ValidationError, match="take more than a year") as refused:
            hours(cast, **told)
        assert list(refused.value.error_dict) == ["week"]


def test_three_readings_of_one_promise(cast: Cast) -> None:
    thursday = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)  # 15:00 in Berlin
    calendar = hours(cast)
    assert proposing.example_start(calendar, MONDAY) == thursday
    told = [(reading.words, reading.due) for reading in proposing.readings(48, thursday, calendar)]
    assert told == [
        ("48 business hours", thursday + timedelta(days=4)),
        # 2 h on Thursday, 7 h on each of the six days that follow, 4 h on the last: one before, one after lunch.
        ("48 office hours", datetime(2026, 3, 23, 13, 0, tzinfo=UTC)),
        ("2 business days", thursday + timedelta(days=4)),
    ]


def test_where_no_hours_are_named_nine_to_five_stand_in(cast: Cast) -> None:
    calendar = Calendar.in_force(cast.paul.organisation, MONDAY)
    start = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
    assert proposing.readings(8, start, calendar)[1].due == start + 8 * HOURS


def test_an_example_keeps_its_hour_when_clocks_move(cast: Cast) -> None:
    start = proposing.example_start(hours(cast), datetime(2026, 3, 27, 12, 0, tzinfo=UTC))
    assert start == datetime(2026, 4, 2, 13, 0, tzinfo=UTC)


def test_what_a_version_changed_is_told_by_field(cast: Cast) -> None:
    first = Calendar.in_force(cast.paul.organisation, MONDAY)
    second = hours(cast, week={**OFFICE, "4": [["09:00", "12:00"]]}, closed={"2026-12-24": "Eve"})
    changed = proposing.differences(first, second)
    assert changed.keys() == {*(f"week.{day}" for day in range(5)), "closed"}
    assert changed["week.4"] == ([["00:00", "24:00"]], [["09:00", "12:00"]])
    assert changed["closed"] == ({}, {"2026-12-24": "Eve"})
    assert proposing.differences(None, second) == {}


def test_history_knows_who_brought_a_version_in(cast: Cast) -> None:
    made = Calendar.introduce(cast.paul.organisation, by=cast.olga, zone="UTC", week=OFFICE, at=MONDAY)
    told = proposing.told_of_hours(cast.paul.organisation)
    assert len(told) == 2
    assert told[made.public_id] == proposing.Told(MONDAY, "Olga Lind", "Trialogue Operations", "web")


# --- an answer, if it were asked for now ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "situation", "owner", "promise"),
    [
        ("client", "case", "paul", "reply"), ("referred_client", "silent_partner", "paul", "reply"), ("collection_partner", "case", "clara", "supply"),
        ("referral_partner", "case", None, None), ("public", "case", None, None), ("client", "how_to", None, None),
        ("client", "platform", "olga", "answer"), ("public", "legal", "olga", "acknowledge"), ("referral_partner", "critical", "olga", "critical"),
    ],
)  # fmt: skip
def test_if_it_were_asked_now_whoever_would_owe_the_answer_is_named(
    cast: Cast, who: Who, situation: str, owner: str | None, promise: str | None
) -> None:
    advice = advise(RULES, who, situation)
    assert advice is not None
    clock = proposing.if_asked(advice, cast.confirmed(), MONDAY)
    assert (clock and clock.promise) == promise
    assert (clock and clock.owner) == (getattr(cast, owner).organisation if owner else None)
    assert Clock.objects.filter(promise__in=("answer", "acknowledge", "critical", "supply", "reply")).count() == 0


def test_of_a_case_nothing_is_owed_before_it_has_a_partner_and_after_it_is_over(cast: Cast) -> None:
    advice = advise(RULES, "client", "case")
    assert advice is not None
    over = cast.confirmed()
    over.close(by=cast.paul, code="Paid")
    assert [proposing.if_asked(advice, case, MONDAY) for case in (None, cast.submitted("NEW"), over)] == [None] * 3
