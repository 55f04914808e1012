"""Quiet hours: what is quiet, until when, and on the nights on which clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialogue.lib.quiethours import QuietHours, next_at

COPENHAGEN = "Europe/Copenhagen"
NIGHT = (time(20), time(7))
ALL_DAY = (time(0), time(0))


def local(*told: int, zone: str = COPENHAGEN, fold: int = 0) -> datetime:
    return datetime(*told, tzinfo=ZoneInfo(zone), fold=fold)  # type: ignore[arg-type, misc]


def test_nothing_is_quiet_by_itself() -> None:
    assert QuietHours().until(local(2026, 3, 9, 3), COPENHAGEN) is None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ((2026, 3, 9, 19, 59), None),
        ((2026, 3, 9, 20), (2026, 3, 10, 7)),
        ((2026, 3, 10, 3), (2026, 3, 10, 7)),
        ((2026, 3, 10, 7), None),
    ],
)
def test_a_night_is_quiet_from_evening_to_morning(at: tuple[int, ...], until: tuple[int, ...] | None) -> None:
    quiet = QuietHours(NIGHT, NIGHT)
    assert quiet.until(local(*at), COPENHAGEN) == (local(*until) if until else None)


def test_a_quiet_weekend_lasts_from_friday_evening_to_monday_morning() -> None:
    quiet = QuietHours(NIGHT, ALL_DAY)
    for at in (local(2026, 3, 13, 20), local(2026, 3, 14, 12), local(2026, 3, 16, 3)):
        assert quiet.until(at, COPENHAGEN) == local(2026, 3, 16, 7)


def test_a_span_within_a_day_is_quiet_there_alone() -> None:
    quiet = QuietHours((time(12), time(14)), None)
    assert quiet.until(local(2026, 3, 9, 13), COPENHAGEN) == local(2026, 3, 9, 14)
    assert quiet.until(local(2026, 3, 14, 13), COPENHAGEN) is None


def test_quiet_is_quiet_in_the_readers_zone() -> None:
    quiet, at = QuietHours(NIGHT, NIGHT), datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert quiet.until(at, COPENHAGEN) is None
    assert quiet.until(at, "Asia/Tokyo") == local(2026, 3, 10, 7, zone="Asia/Tokyo")


def test_the_night_in_spring_is_an_hour_shorter_and_the_one_in_autumn_longer() -> None:
    quiet = QuietHours(NIGHT, NIGHT)
    spring, autumn = local(2026, 3, 28, 20), local(2026, 10, 24, 20)
    assert quiet.until(spring, COPENHAGEN) - spring.astimezone(UTC) == timedelta(hours=10)  # type: ignore[operator]
    assert quiet.until(autumn, COPENHAGEN) - autumn.astimezone(UTC) == timedelta(hours=12)  # type: ignore[operator]


def test_an_end_that_the_clocks_skip_comes_when_they_skip_it() -> None:
    quiet = QuietHours((time(1), time(2, 30)), (time(1), time(2, 30)))
    at = local(2026, 3, 29, 1, 30)
    assert quiet.until(at, COPENHAGEN) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_an_end_that_comes_twice_is_the_second() -> None:
    quiet = QuietHours((time(1), time(2, 30)), (time(1), time(2, 30)))
    assert quiet.until(local(2026, 10, 25, 2, 15), COPENHAGEN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_hours_that_never_end_are_known() -> None:
    assert QuietHours(ALL_DAY, ALL_DAY).never_end
    assert not QuietHours(ALL_DAY, NIGHT).never_end
    assert not QuietHours(None, ALL_DAY).never_end


times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
spans = st.none() | st.tuples(times, times)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(spans, spans, moments, st.sampled_from([COPENHAGEN, "America/St_Johns", "Australia/Lord_Howe", "Asia/Tokyo"]))
def test_when_it_ends_it_is_over(weekdays: object, weekends: object, moment: datetime, zone: str) -> None:
    quiet = QuietHours(weekdays, weekends)  # type: ignore[arg-type]
    if quiet.never_end:
        return
    end = quiet.until(moment, zone)
    if end is not None:
        assert moment < end
        assert quiet.until(end, zone) is None
        assert quiet.until(end - timedelta(seconds=1), zone) == end


def test_the_next_morning_is_today_or_tomorrow_and_always_eight() -> None:
    eight = time(8)
    assert next_at(eight, local(2026, 3, 9, 7, 59), COPENHAGEN) == local(2026, 3, 9, 8)
    assert next_at(eight, local(2026, 3, 9, 8), COPENHAGEN) == local(2026, 3, 10, 8)
    for day in (local(2026, 3, 28, 9), local(2026, 10, 24, 9)):
        assert next_at(eight, day, COPENHAGEN).astimezone(ZoneInfo(COPENHAGEN)).hour == 8


def test_a_morning_that_the_clocks_skip_comes_when_they_skip_it() -> None:
    at = next_at(time(2, 30), local(2026, 3, 28, 12), COPENHAGEN)
    assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)
