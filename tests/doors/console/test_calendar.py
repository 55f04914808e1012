from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from tests.cast import Cast
from trialogue.clocks.models import Calendar

OFFICE = """
zone = "Europe/Copenhagen"
country = "DK"
closed = [2099-12-24]

[week]
monday = ["08:00-12:00", "13:00-16:00"]
friday = ["08:00-14:30"]

[shortened]
2099-12-23 = ["08:00-12:00"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "office.toml"
    path.write_text(OFFICE)
    return path


def _set(trialogue, file: Path) -> str:  # type: ignore[no-untyped-def]
    return trialogue("calendar", "set", "Nordlys Energi A/S", str(file))[0]


def test_set_introduces_a_version_that_holds_from_now(cast: Cast, trialogue, file: Path) -> None:  # type: ignore[no-untyped-def]
    assert "version 2" in _set(trialogue, file)
    calendar = Calendar.in_force(cast.clara.organisation, timezone.now())
    assert calendar.week == {"0": [["08:00", "12:00"], ["13:00", "16:00"]], "4": [["08:00", "14:30"]]}
    assert (calendar.closed, calendar.shortened) == (["2099-12-24"], {"2099-12-23": [["08:00", "12:00"]]})


def test_what_show_prints_can_be_set_and_says_the_same(cast: Cast, trialogue, file: Path) -> None:  # type: ignore[no-untyped-def]
    _set(trialogue, file)
    shown, _err = trialogue("calendar", "show", "Nordlys Energi A/S")
    file.write_text(shown)
    _set(trialogue, file)
    second, third = Calendar.objects.filter(organisation=cast.clara.organisation).order_by("version")[1:]
    for name in ("zone", "country", "subdivision", "week", "closed", "shortened"):
        assert getattr(second, name) == getattr(third, name)


def test_closed_days_may_have_names(cast: Cast, trialogue, file: Path) -> None:  # type: ignore[no-untyped-def]
    file.write_text(OFFICE.replace("closed = [2099-12-24]\n", "") + '\n[closed]\n2099-12-24 = "Jul “hos” os"\n')
    _set(trialogue, file)
    closed = {"2099-12-24": "Jul “hos” os"}
    assert Calendar.in_force(cast.clara.organisation, timezone.now()).closed == closed
    file.write_text(trialogue("calendar", "show", "Nordlys Energi A/S")[0])
    _set(trialogue, file)
    assert Calendar.objects.get(version=3).closed == closed


def test_a_moment_to_come_is_read_on_the_calendars_own_clocks(cast: Cast, trialogue, file: Path) -> None:  # type: ignore[no-untyped-def]
    file.write_text("effective_from = 2099-07-01\n" + OFFICE)
    _set(trialogue, file)
    assert Calendar.objects.get(version=2).effective_from == datetime(2099, 6, 30, 22, tzinfo=UTC)


def test_the_past_is_not_judged_again(cast: Cast, trialogue, file: Path) -> None:  # type: ignore[no-untyped-def]
    yesterday = timezone.now() - timedelta(days=1)
    file.write_text(f"effective_from = {yesterday.isoformat()}\n" + OFFICE)
    with pytest.raises(CommandError, match=r"office\.toml: effective_from: .* is past"):
        _set(trialogue, file)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('zone = "Mars/Base"', "zone"),
        ("zone = 3", "zone"),
        ('country = "Denmark"', "country"),
        ('country = "DE"\nsubdivision = "XY"\n[week]\nmonday = ["08:00-16:00"]', "subdivision"),
        ("", "week"),
        ("week = 5", "week"),
        ("[week]\nmonday = []", "week"),
        ('[week]\nmoonday = ["08:00-16:00"]', "week.moonday"),
        ('[week]\nmonday = ["16:00-08:00"]', "week.monday"),
        ('[week]\nmonday = ["08:00"]', "week.monday"),
        ('[week]\nmonday = "08:00-16:00"', "week.monday"),
        ('[week]\nmonday = ["08:00-12:00", "11:00-16:00"]', "week.monday"),
        ('[week]\nmonday = ["08:00-25:00"]', "week.monday"),
        ("closed = 2026-12-24", "closed"),
        ('closed = ["2026-02-30"]', "closed"),
        ('[shortened]\n2026-13-01 = ["08:00-12:00"]', "shortened.2026-13-01"),
        ('[shortened]\n2026-12-01 = ["08-12"]', "shortened.2026-12-01"),
        ('effective_from = "soon"', "effective_from"),
        ('holiday = ["2026-12-24"]', "holiday"),
        ("[week", "this is not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_file_key_and_reason_and_changes_nothing(
    cast: Cast, trialogue, file: Path, text: str, key: str  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    file.write_text(text)
    with pytest.raises(CommandError) as refused:
        _set(trialogue, file)
    path, said, why = str(refused.value).split(": ", 2)
    assert (path, said) == (str(file), key)
    assert len(why) > 10
    assert Calendar.objects.filter(organisation=cast.clara.organisation).count() == 1


def test_a_file_that_is_not_there_is_told(cast: Cast, trialogue, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match=r"nowhere\.toml: No such file"):
        _set(trialogue, tmp_path / "nowhere.toml")
