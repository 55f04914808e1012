"""When answers are due: exact moments, on the calendar of whoever owes, in Copenhagen and Berlin.

2026: Maundy Thursday 2 April (Denmark only), Good Friday 3 April, Easter Monday 6 April (both), 1 May (Germany only); the
clocks go forward on Sunday 29 March and back on Sunday 25 October.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cast import MONDAY, Cast
from trialogue.clocks.models import Calendar, Clock, Policy, Unit

CPH, BER, LIS = (ZoneInfo(f"Europe/{city}") for city in ("Copenhagen", "Berlin", "Lisbon"))


def at(text: str, zone: ZoneInfo = BER) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def the_clock(**which: Any) -> Clock:
    return Clock.objects.open().get(**which)


# A partner in Berlin: 24 business hours to confirm from the release on.
CONFIRM = {
    "within the week": ("2026-03-09T12:00:30", "2026-03-10T12:00:30"),
    "from Friday over the weekend": ("2026-03-13T15:30", "2026-03-16T15:30"),
    "from Saturday: all of Monday": ("2026-03-14T09:00", "2026-03-17T00:00"),
    "from Sunday night": ("2026-03-15T23:59:59", "2026-03-17T00:00"),
    "from the first moment of Monday": ("2026-03-16T00:00", "2026-03-17T00:00"),
    "ends with Friday, not on Monday": ("2026-03-13T00:00", "2026-03-14T00:00"),
    "over the weekend when clocks go forward": ("2026-03-27T12:00", "2026-03-30T12:00"),
    "over the weekend when clocks go back": ("2026-10-23T12:00", "2026-10-26T12:00"),
    "over Easter": ("2026-04-02T18:00", "2026-04-07T18:00"),
    "Maundy Thursday is a working day in Germany": ("2026-04-01T18:00", "2026-04-02T18:00"),
    "over the first of May": ("2026-04-30T10:00", "2026-05-04T10:00"),
    "over Christmas": ("2026-12-24T12:00", "2026-12-28T12:00"),
    "over New Year": ("2026-12-31T12:00", "2027-01-04T12:00"),
}


@pytest.mark.parametrize(("released", "due"), CONFIRM.values(), ids=CONFIRM)
def test_confirm_within_24_business_hours(cast: Cast, released: str, due: str) -> None:
    cast.released(at=at(released))
    clock = the_clock(promise="confirm")
    assert (clock.owner, clock.owed_to) == (cast.paul.organisation, cast.clara.organisation)
    assert (clock.started_at, clock.due_at) == (at(released), at(due))


# The same partner: 48 business hours to answer.
REPLY = {
    "within the week": ("2026-03-09T12:00", "2026-03-11T12:00"),
    "from Thursday over the weekend": ("2026-03-12T09:15:07", "2026-03-16T09:15:07"),
    "from Saturday: Monday and Tuesday": ("2026-03-14T14:00", "2026-03-18T00:00"),
    "ends with Friday": ("2026-03-12T00:00", "2026-03-14T00:00"),
    "over the weekend when clocks go forward": ("2026-03-26T16:00", "2026-03-30T16:00"),
    "over the weekend when clocks go back": ("2026-10-22T16:00", "2026-10-26T16:00"),
    "over Easter, Thursday counted": ("2026-04-01T12:00", "2026-04-07T12:00"),
    "over the first of May": ("2026-04-29T12:00", "2026-05-04T12:00"),
}


@pytest.mark.parametrize(("posted", "due"), REPLY.values(), ids=REPLY)
def test_reply_within_48_business_hours(cast: Cast, posted: str, due: str) -> None:
    cast.conversation(at=at("2026-03-02T09:00")).post(by=cast.clara, body="?", at=at(posted))
    clock = the_clock()
    assert (clock.promise, clock.owner, clock.due_at) == ("reply", cast.paul.organisation, at(due))


# A client in Copenhagen: two business days, by the clock on their wall.
SUPPLY = {
    "within the week": ("2026-03-09T12:00", "2026-03-11T12:00"),
    "from Thursday over the weekend": ("2026-03-12T23:30", "2026-03-16T23:30"),
    "from Saturday, counted from Monday": ("2026-03-14T14:00", "2026-03-18T00:00"),
    "over the weekend when clocks go forward": ("2026-03-26T16:00", "2026-03-30T16:00"),
    "over the weekend when clocks go back": ("2026-10-22T16:00", "2026-10-26T16:00"),
    "over Easter, which begins on Thursday in Denmark": ("2026-04-01T12:00", "2026-04-08T12:00"),
    "the first of May is a working day in Denmark": ("2026-04-30T10:00", "2026-05-04T10:00"),
    "over Christmas": ("2026-12-23T12:00", "2026-12-28T12:00"),
}


@pytest.mark.parametrize(("asked", "due"), SUPPLY.values(), ids=SUPPLY)
def test_the_client_answers_within_2_business_days(cast: Cast, asked: str, due: str) -> None:
    case = cast.confirmed(at=at("2026-03-02T09:00"))
    case.ask_for_information(by=cast.paul, message="Which one?", at=at(asked, CPH))
    clock = the_clock()
    assert (clock.promise, clock.owner, clock.due_at) == ("supply", cast.clara.organisation, at(due, CPH))


def test_the_owners_calendar_decides_not_the_askers(cast: Cast) -> None:
    """On Maundy Thursday Denmark is closed and Germany open; on the first of May the other way round."""
    talk = cast.conversation(at=at("2026-03-02T09:00"))
    talk.post(by=cast.clara, body="From Denmark, on a holiday there", at=at("2026-04-02T08:00", CPH))
    assert the_clock().due_at == at("2026-04-08T08:00", BER)
    talk.post(by=cast.paul, body="From Germany, on a holiday there", at=at("2026-05-01T08:00", BER))
    assert the_clock().due_at == at("2026-05-05T08:00", CPH)


def test_another_zone_has_another_midnight(cast: Cast) -> None:
    case = cast.submitted(at=at("2026-03-02T09:00"))
    case.release(cast.pia.organisation, by=cast.olga, at=at("2026-03-14T12:00", CPH))
    assert the_clock().due_at == at("2026-03-17T00:00", LIS) == at("2026-03-17T01:00", CPH)


def test_an_hour_that_is_skipped_is_not_counted_where_sundays_are_worked(cast: Cast) -> None:
    start = MONDAY
    week = {str(day): [["00:00", "24:00"]] for day in range(7)}
    Calendar.introduce(cast.paul.organisation, zone="Europe/Berlin", week=week, effective_from=start, at=start)
    Calendar.introduce(cast.clara.organisation, zone="Europe/Copenhagen", week=week, effective_from=start, at=start)
    talk = cast.conversation(at=start)
    talk.post(by=cast.clara, body="Spring", at=at("2026-03-28T12:00"))
    assert the_clock().due_at == at("2026-03-30T13:00")  # 48 hours, one of which has no name
    talk.post(by=cast.paul, body="And you?", at=at("2026-03-28T12:00"))
    assert the_clock().due_at == at("2026-03-30T12:00", CPH)  # two days, whatever their length


def test_office_hours_are_counted_as_such(cast: Cast) -> None:
    start = at("2026-03-02T09:00")
    week = {str(day): [["09:00", "12:00"], ["13:00", "17:00"]] for day in range(5)} | {"4": [["09:00", "12:00"]]}
    Calendar.introduce(cast.paul.organisation, zone="Europe/Berlin", week=week, effective_from=start, at=start)
    Policy.introduce("reply", by=cast.olga, within=48, unit=Unit.OFFICE_HOURS, warn_after=75, at=start)
    cast.conversation(at=start).post(by=cast.clara, body="?", at=at("2026-03-09T11:00"))
    # Mon 5 h, Tue to Thu 7 h each, Fri 3 h, Mon and Tue 7 h each: 5 h of Wednesday are left, with an hour's lunch in between.
    assert the_clock().due_at == at("2026-03-18T15:00")


def test_own_closed_and_shortened_days_count_as_told(cast: Cast) -> None:
    start = MONDAY
    week = {str(day): [["00:00", "24:00"]] for day in range(5)}
    Calendar.introduce(
        cast.paul.organisation, zone="Europe/Berlin", week=week, effective_from=start, at=start,
        closed=["2026-03-10"], shortened={"2026-03-11": [["00:00", "06:00"]]},
    )  # fmt: skip
    cast.conversation(at=start).post(by=cast.clara, body="?", at=at("2026-03-09T12:00"))
    # Mon 12 h, Tue none, Wed 6 h, Thu 24 h: 6 h of Friday are left.
    assert the_clock().due_at == at("2026-03-13T06:00")


def test_moments_are_exact_to_the_microsecond(cast: Cast) -> None:
    start = datetime(2026, 3, 9, 11, 0, 0, 123456, tzinfo=UTC)
    cast.released(at=start)
    assert the_clock().due_at == start.replace(day=10)
