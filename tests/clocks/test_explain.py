"""What was counted and what was not, from the start of a clock to its due moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.utils import translation

from tests.cast import MONDAY, Cast
from trialogue.clocks.explain import Stretch, explain
from trialogue.clocks.models import Calendar, Clock, Policy, Unit

OFFICE = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
FRIDAY_NOON = datetime(2026, 3, 13, 11, 0, tzinfo=UTC)
CHRISTMAS_EVE = datetime(2026, 12, 23, 11, 0, tzinfo=UTC)


def clock_of(cast: Cast, at: datetime) -> Clock:
    """The clock on Paul's confirmation of a case released at that moment."""
    cast.released(at=at)
    return Clock.objects.shown().get(promise="confirm")


def read_as_office_hours(cast: Cast) -> None:
    Policy.introduce("confirm", by=cast.olga, within=24, unit=Unit.OFFICE_HOURS, warn_after=75, at=MONDAY)


def hours(stretches: list[Stretch], counted: bool) -> float:
    return sum((s.end - s.start).total_seconds() for s in stretches if s.counted == counted) / 3600


def whys(stretches: list[Stretch]) -> list[tuple[bool, str]]:
    return [(s.counted, s.why) for s in stretches]


def test_a_promise_within_a_week_is_one_counted_stretch(cast: Cast) -> None:
    clock = clock_of(cast, MONDAY)
    assert explain(clock) == [Stretch(MONDAY, MONDAY + timedelta(hours=24), True, "working time")]


def test_a_weekend_is_two_stretches_named_after_their_days(cast: Cast) -> None:
    stretches = explain(clock_of(cast, FRIDAY_NOON))
    assert whys(stretches) == [(True, "working time"), (False, "Saturday"), (False, "Sunday"), (True, "working time")]


def test_stretches_leave_no_gap_and_end_at_the_due_moment(cast: Cast) -> None:
    clock = clock_of(cast, FRIDAY_NOON)
    stretches = explain(clock)
    assert stretches[0].start == clock.started_at
    assert stretches[-1].end == clock.due_at
    assert all(one.end == other.start for one, other in pairwise(stretches))


def test_what_is_counted_is_what_was_promised(cast: Cast) -> None:
    assert hours(explain(clock_of(cast, FRIDAY_NOON)), counted=True) == 24


def test_a_holiday_is_named_with_its_country(cast: Cast) -> None:
    stretches = explain(clock_of(cast, CHRISTMAS_EVE + timedelta(days=1)))
    assert (False, "Christmas Day, Germany") in whys(stretches)


def test_a_holiday_is_called_as_the_reader_calls_it_where_that_is_known(cast: Cast) -> None:
    clock = clock_of(cast, CHRISTMAS_EVE + timedelta(days=1))
    with translation.override("de"):
        assert (False, "Erster Weihnachtstag, Deutschland") in whys(explain(clock))
    with translation.override("da"):  # the names of German holidays are known in German and English
        assert (False, "Christmas Day, Tyskland") in whys(explain(clock))


def test_a_country_is_named_in_the_readers_language(cast: Cast) -> None:
    clock = clock_of(cast, CHRISTMAS_EVE + timedelta(days=1))
    with translation.override("da"):
        assert any(why.endswith(", Tyskland") for _counted, why in whys(explain(clock)))


def test_a_night_between_two_days_is_one_stretch(cast: Cast) -> None:
    read_as_office_hours(cast)
    Calendar.introduce(cast.paul.organisation, by=cast.paul, at=MONDAY, zone="Europe/Berlin", week=OFFICE, country="DE")
    stretches = explain(clock_of(cast, MONDAY))
    outside = [s for s in stretches if s.why == "outside working hours"]
    assert hours(stretches, counted=True) == 24
    assert (outside[1].start, outside[1].end) == (MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=20))


def test_a_closed_day_of_ones_own_is_named_after_its_owner(cast: Cast) -> None:
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, at=MONDAY, zone="Europe/Berlin", week=OFFICE, country="DE", closed=["2026-03-10"]
    )  # fmt: skip
    assert (False, "closed day of Kanzlei Brandt & Partner") in whys(explain(clock_of(cast, MONDAY)))


def test_a_closed_day_of_a_calendar_without_country_is_its_owners_too(cast: Cast) -> None:
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, at=MONDAY, zone="Europe/Berlin", week=OFFICE, closed=["2026-03-10"]
    )
    assert (False, "closed day of Kanzlei Brandt & Partner") in whys(explain(clock_of(cast, MONDAY)))


def test_a_closed_day_with_a_name_is_called_by_it(cast: Cast) -> None:
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, at=MONDAY, zone="Europe/Berlin", week=OFFICE, country="DE",
        closed={"2026-03-10": "Company outing"},
    )  # fmt: skip
    assert (False, "Company outing") in whys(explain(clock_of(cast, MONDAY)))


def test_a_shortened_day_says_so(cast: Cast) -> None:
    read_as_office_hours(cast)
    Calendar.introduce(
        cast.paul.organisation, by=cast.paul, at=MONDAY, zone="Europe/Berlin", week=OFFICE, country="DE",
        shortened={"2026-03-10": [["08:00", "12:00"]]},
    )  # fmt: skip
    assert (False, "shortened day of Kanzlei Brandt & Partner") in whys(explain(clock_of(cast, MONDAY)))


def test_where_every_hour_counts_there_is_one_stretch(cast: Cast) -> None:
    clock = clock_of(cast, FRIDAY_NOON)
    clock.policy.unit = "hours"
    assert whys(explain(clock)) == [(True, "every hour counts")]


def test_it_asks_the_database_nothing(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    clock = clock_of(cast, FRIDAY_NOON)
    with django_assert_num_queries(0):
        explain(clock)
