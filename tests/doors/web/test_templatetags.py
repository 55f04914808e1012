"""How values are said to a reader, in their zone and language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from tests.cast import MONDAY, Cast
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.clocks.models import Calendar, Clock
from trialogue.doors.web.templatetags import trialogue as tags

WINTER = datetime(2026, 1, 7, 23, 30, 15, tzinfo=UTC)


@contextmanager
def reader(language: str = "en", zone: str = "Europe/Copenhagen", now: datetime = MONDAY) -> Iterator[None]:
    with translation.override(language), timezone.override(ZoneInfo(zone)), time_machine.travel(now, tick=False):
        yield


def plain(words: str) -> str:
    return words.replace("\xa0", " ").replace("\u202f", " ")


# --- moments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("en", "Europe/Copenhagen", "Mon 9 Mar, 12:00"),
        ("en", "America/New_York", "Mon 9 Mar, 07:00"),
        ("en", "Pacific/Kiritimati", "Tue 10 Mar, 01:00"),
        ("de", "Europe/Berlin", "Mo., 9. März, 12:00"),
        ("da", "Europe/Copenhagen", "man. 9. mar., 12.00"),
    ],
)
def test_a_moment_as_people_say_it(language: str, zone: str, said: str) -> None:
    with reader(language, zone):
        assert tags.when(MONDAY) == said


def test_a_moment_of_another_year_says_its_year() -> None:
    with reader():
        assert tags.when(datetime(2025, 12, 31, 12, 0, tzinfo=UTC)) == "Wed, 31 Dec 2025, 13:00"


def test_the_year_is_the_readers() -> None:
    new_year = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    with reader():
        assert tags.when(new_year) == "Thu 1 Jan, 00:30"
    with reader(zone="America/New_York"):
        assert tags.when(new_year) == "Wed, 31 Dec 2025, 18:30"


def test_exactly_is_to_the_second_with_its_zone() -> None:
    with reader():
        assert tags.exactly(WINTER) == "Thursday, 8 January 2026, 00:30:15 (CET)"
    with reader("de", "Europe/Berlin"):
        assert tags.exactly(MONDAY) == "Montag, 9. März 2026, 12:00:00 (CET)"


def test_summer_time_is_told_by_its_name() -> None:
    with reader():
        assert tags.exactly(datetime(2026, 7, 1, 10, 0, tzinfo=UTC)).endswith("12:00:00 (CEST)")


def test_today_and_yesterday_are_the_readers() -> None:
    with reader():
        assert tags.day(MONDAY) == "Today"
        assert tags.day(MONDAY - timedelta(days=1)) == "Yesterday"
        assert tags.day(MONDAY - timedelta(days=2)) == "Saturday, 7 March 2026"
        assert tags.day(MONDAY + timedelta(days=1)) == "Tuesday, 10 March 2026"
    with reader(zone="Pacific/Kiritimati"):
        assert tags.day(MONDAY - timedelta(hours=2)) == "Yesterday"


def test_a_moment_carries_its_exact_time_for_machines_and_tooltips() -> None:
    with reader():
        assert tags.moment_mark(MONDAY) == (
            '<time datetime="2026-03-09T12:00:00+01:00" title="Monday, 9 March 2026, 12:00:00 (CET)">Mon 9 Mar, 12:00</time>'
        )
        assert ">12:00</time>" in tags.hour_moment(MONDAY)


def test_no_moment_is_no_words() -> None:
    assert tags.when(None) == tags.exactly(None) == tags.moment_mark(None) == ""


# --- money, places, people, files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "currency", "said"),
    [
        ("en", "EUR", "€12,480.50"), ("de", "EUR", "12.480,50 €"), ("da", "EUR", "12.480,50 €"), ("da", "DKK", "12.480,50 kr."),
        ("en", "DKK", "DKK 12,480.50"), ("en", "JPY", "JP¥12,480"), ("en", "GBP", "£12,480.50"), ("de", "CHF", "12.480,50 CHF"),
    ],
)  # fmt: skip
def test_money_by_the_readers_locale(language: str, currency: str, said: str) -> None:
    with translation.override(language):
        assert plain(tags.money(Decimal("12480.50"), currency)) == said


def test_countries_by_the_readers_language() -> None:
    assert tags.country("DE") == "Germany"
    with translation.override("da"):
        assert tags.country("DE") == "Tyskland"
    assert tags.country("QQ") == "QQ"


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([], "Nobody"), (["Paul"], "Paul"), (["Paul", "Anna"], "Paul and Anna"), (["Paul", "Anna", "Kim"], "Paul, Anna and Kim"),
        (["Paul", "Anna", "Kim", "Ole"], "Paul, Anna and 2 others"), (["A", "B", "C", "D", "E"], "A, B and 3 others"),
    ],
)  # fmt: skip
def test_names_in_a_sentence(people: list[str], said: str) -> None:
    assert tags.names(people) == said


@pytest.mark.parametrize(("name", "said"), [("a.pdf", "PDF"), ("b.docx", "DOCX"), ("a.b.jpeg", "JPEG"), ("x", "X")])
def test_the_kind_of_a_file(name: str, said: str) -> None:
    assert tags.kind_of_file(name) == said


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "days", "said"),
    [
        (timedelta(), True, "less than a minute"), (timedelta(seconds=59), True, "less than a minute"), (timedelta(minutes=5), True, "5 min"),
        (timedelta(hours=3), True, "3 h"), (timedelta(hours=3, minutes=7), True, "3 h 7 min"), (timedelta(hours=24), True, "1 business day"),
        (timedelta(hours=27, minutes=5), True, "1 business day 3 h"), (timedelta(hours=48), True, "2 business days"), (timedelta(hours=27), False, "27 h"),
    ],
)  # fmt: skip
def test_working_time_by_its_two_largest_parts(span: timedelta, days: bool, said: str) -> None:
    assert plain(tags.duration(span, days)) == said


def test_a_line_breaks_between_the_parts_and_in_none_of_them() -> None:
    assert tags.duration(timedelta(hours=27)).split(" ") == ["1\xa0business\xa0day", "3\xa0h"]


@pytest.fixture
def clock(cast: Cast) -> Clock:
    cast.released()
    return Clock.objects.shown().get()


@pytest.mark.parametrize(
    ("hours", "left", "look"),
    [(0, "1 business day left", "running"), (4, "20 h left", "running"), (18, "6 h left", "at-risk"), (23.99, "less than a minute left", "at-risk"),
     (24, "less than a minute late", "broken"), (26, "2 h late", "broken"), (48, "1 business day late", "broken")],
)  # fmt: skip
def test_what_is_left_goes_down_and_turns_into_what_is_late(clock: Clock, hours: float, left: str, look: str) -> None:
    with reader(now=MONDAY + timedelta(hours=hours)):
        assert (plain(tags.left(clock)), tags.clock_look(clock)) == (left, look)


def test_what_is_left_does_not_go_down_over_the_weekend(cast: Cast) -> None:
    cast.released(at=MONDAY + timedelta(days=4))  # Friday noon, due Monday noon
    clock = Clock.objects.shown().get()
    for day in (5, 6):
        with reader(now=MONDAY + timedelta(days=day)):
            assert plain(tags.left(clock)) == "12 h left"


WEEK = {day: [("09:00", "17:00")] for day in range(5)}


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "2 business days left"), (1, "1 business day 7 h left"), (20, "1 business day 3 h left"), (24, "1 business day left"),
     (45, "3 h left"), (48.5, "30 min late"), (24 * 3, "1 business day late")],
)  # fmt: skip
def test_a_promise_of_business_days_is_counted_in_them_by_an_office_as_well(
    cast: Cast, hours: float, said: str
) -> None:
    Calendar.introduce(cast.clara.organisation, by=cast.clara, zone="Europe/Copenhagen", week=WEEK, at=MONDAY)
    cast.conversation().post(by=cast.paul, body="Which invoice?", at=MONDAY)
    clock = Clock.objects.shown().get(owner=cast.clara.organisation)
    with reader(now=MONDAY + timedelta(hours=hours)):
        assert plain(tags.left(clock)) == said


def test_a_clock_is_said_from_where_the_reader_stands(cast: Cast, clock: Clock) -> None:
    assert tags.who_owes(clock, cast.paul) == "You owe Nordlys Energi A/S a decision on the new case"
    assert tags.who_owes(clock, cast.clara) == "Kanzlei Brandt & Partner owes you a decision on the new case"
    assert (
        tags.who_owes(clock, cast.olga) == "Kanzlei Brandt & Partner owes Nordlys Energi A/S a decision on the new case"
    )
    assert [tags.whose(clock, actor) for actor in (cast.paul, cast.clara)] == ["You", "Partner"]


def test_a_settled_clock_is_said_in_the_past(cast: Cast, clock: Clock) -> None:
    Case.objects.get().confirm(by=cast.paul, at=MONDAY + timedelta(hours=1))
    settled = Clock.objects.shown().get()
    assert tags.who_owes(settled, cast.paul) == "You owed Nordlys Energi A/S a decision on the new case"
    assert tags.who_owes(settled, cast.clara).startswith("Kanzlei Brandt & Partner owed you")
    assert tags.clock_look(settled) == "kept"


def test_every_look_has_words_and_a_shape_of_its_own() -> None:
    assert set(tags.LOOKS) == set(tags.MARKS) == {"running", "at-risk", "broken", "kept", "late", "cancelled"}
    assert [tags.mark_name(look) for look in ("running", "at-risk", "broken", "kept", "cancelled")] == [
        "running",
        "at-risk",
        "broken",
        "kept",
        "paused",
    ]
    assert '#mark-broken"' in tags.mark("late")


# --- cases, pictures, fields ------------------------------------------------------------------------------------------


def test_every_state_has_a_badge() -> None:
    for state in State:
        assert str(state.label) in tags.state_badge(Case(state=state))


def test_a_badge_of_a_closed_case_says_how_it_ended() -> None:
    assert "Closed: Paid" in tags.state_badge(Case(state=State.CLOSED, close_code="Paid"))


def test_pictures_are_hidden_from_readers_aloud() -> None:
    assert 'aria-hidden="true"' in tags.icon("plus")
    assert 'aria-hidden="true"' in tags.mark("kept")


def test_a_field_is_tied_to_its_hint_and_its_error() -> None:
    class Form(forms.Form):
        name = forms.CharField()

    control = tags.control(Form({})["name"], "As it stands on the invoice.")
    assert 'aria-describedby="id_name-hint id_name-error"' in control
    assert 'aria-invalid="true"' in control
    assert "aria-describedby" not in tags.control(Form()["name"])


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "'\"><img src=x>", "{{ 7|add:7 }}", "{% now 'Y' %}"])
def test_hostile_names_stay_words(cast: Cast, hostile: str) -> None:
    case = cast.released(debtor_name=hostile)
    clock = Clock.objects.shown().get()
    clock.owner.name = hostile
    template = Template(
        "{{ case.debtor_name }}|{{ clock|who_owes:actor }}|{{ clock|counted_words }}|{{ people|names }}|{{ name|kind_of_file }}"
    )
    shown = template.render(
        Context({"case": case, "clock": clock, "actor": cast.clara, "people": [hostile], "name": f"x.{hostile}"})
    )
    assert "<" not in shown
    assert '"' not in shown
