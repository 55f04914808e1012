"""Hours and days as people write them: read kindly, refused in words, written one way."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from trialogue.clocks import written

MORNING_AND_AFTERNOON = [["08:00", "12:00"], ["13:00", "17:00"]]


@pytest.mark.parametrize(
    "text",
    [
        "08:00–12:00, 13:00–17:00", "08:00-12:00,13:00-17:00", "8-12 13-17", "8 – 12 and 13 – 17", "8.00-12.00; 13.00-17.00",
        "0800-1200 1300-1700", "13:00-17:00, 08:00-12:00", "8am-12pm, 1pm-5pm", "8 to 12, 13 to 17", "8 bis 12 Uhr, 13 bis 17 Uhr",
    ],
)  # fmt: skip
def test_a_split_day_is_read_however_it_is_written(text: str) -> None:
    assert written.spans(text) == MORNING_AND_AFTERNOON


@pytest.mark.parametrize("text", ["", "  ", "closed", "Closed", "-", "geschlossen", "lukket"])
def test_a_closed_day_has_no_hours(text: str) -> None:
    assert written.spans(text) == []


@pytest.mark.parametrize("text", ["00:00-24:00", "0-24", "24h", "around the clock", "0:00–0:00"])
def test_a_day_may_be_open_around_the_clock(text: str) -> None:
    assert written.spans(text) == [["00:00", "24:00"]]


def test_midnight_ends_a_day() -> None:
    assert written.spans("18-24") == written.spans("18:00-0:00") == [["18:00", "24:00"]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nine to five", "cannot be read"),
        ("8-12 or so", "cannot be read"),
        ("8", "cannot be read"),
        ("8-12-17", "cannot be read"),
        ("8-25", "“25:00” is no time of day"),
        ("8-24:30", "“24:30” is no time of day"),
        ("13pm-5pm", "is no time of day"),
        ("22:00-06:00", "A night is two spans"),
        ("12-12", "ends before it begins"),
        ("8-12, 11-17", "overlap"),
        ("8-12 " * 100, "cannot be read"),
        ("８-１２", "cannot be read"),
    ],
)
def test_what_is_no_hours_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        written.spans(text)
    assert says in " ".join(refused.value.messages)


def test_hours_are_written_so_that_they_read_the_same() -> None:
    said = written.write_spans(MORNING_AND_AFTERNOON)
    assert said == "08:00–12:00, 13:00–17:00"
    assert written.spans(said) == MORNING_AND_AFTERNOON


def test_days_come_one_a_line_with_a_name_or_without() -> None:
    text = "2026-12-24 Christmas Eve\n\n24.12.2027: Christmas Eve\n  1/5/2026  "
    assert written.days(text) == {"2026-05-01": "", "2026-12-24": "Christmas Eve", "2027-12-24": "Christmas Eve"}


def test_a_span_of_days_is_each_of_them() -> None:
    assert written.days("2026-12-30 – 2027-01-01 Winter break") == dict.fromkeys(
        ("2026-12-30", "2026-12-31", "2027-01-01"), "Winter break"
    )


def test_days_are_written_so_that_they_read_the_same() -> None:
    days = written.days("2026-12-30 – 2027-01-01 Winter break\n2027-01-02 Sales\n2027-05-01")
    assert written.write_days(days) == "2026-12-30 – 2027-01-01 Winter break\n2027-01-02 Sales\n2027-05-01"
    assert written.days(written.write_days(days)) == days


def test_days_without_names_are_written_too() -> None:
    assert written.write_days(["2026-05-02", "2026-05-01"]) == "2026-05-01 – 2026-05-02"


def test_every_line_that_cannot_be_read_is_told_with_its_number() -> None:
    with pytest.raises(ValidationError) as refused:
        written.days("2026-12-24\n2026-02-30\nSunday\n2026-12-31 – 2026-12-01\n2026-01-01 – 2031-01-01")
    told = refused.value.messages
    assert [line[:7] for line in told] == ["Line 2:", "Line 3:", "Line 4:", "Line 5:"]
    assert "“2026-02-30” is no date." in told[0]
    assert "has no date" in told[1]
    assert "no span of dates" in told[2]


def test_there_are_only_so_many_days() -> None:
    with pytest.raises(ValidationError, match="Keep at most 1000"):
        written.days("2026-01-01 – 2026-12-31\n2027-01-01 – 2027-12-31\n2028-01-01 – 2028-12-31")


def test_shortened_days_have_their_hours() -> None:
    days = written.shortened("2026-12-24 8-12\n2026-12-31: 08:00–12:00, 13:00–14:00")
    assert days == {"2026-12-24": [["08:00", "12:00"]], "2026-12-31": [["08:00", "12:00"], ["13:00", "14:00"]]}
    assert written.shortened(written.write_shortened(days)) == days


def test_a_shortened_day_without_hours_belongs_elsewhere() -> None:
    with pytest.raises(ValidationError, match="among the closed ones"):
        written.shortened("2026-12-24")
