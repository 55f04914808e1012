"""Why a clock is due when it is: on its own page, and in place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from trialogue.clocks.models import Clock


@pytest.fixture
def clock(cast: Cast) -> Clock:
    """Owed over a weekend: from Friday noon."""
    cast.released(at=MONDAY + timedelta(days=4))
    return Clock.objects.get()


def test_the_spans_are_told_counted_and_not(cast: Cast, clara: Visitor, clock: Clock) -> None:
    rows = [row.words for row in clara.open("clock", clock.public_id).root.one("tbody").all("tr")]
    assert rows == [
        "Fri 13 Mar, 12:00 – Sat 14 Mar, 00:00 12 h",
        "Sat 14 Mar, 00:00 – Sun 15 Mar, 00:00 closed: Saturday",
        "Sun 15 Mar, 00:00 – Mon 16 Mar, 00:00 closed: Sunday",
        "Mon 16 Mar, 00:00 – Mon 16 Mar, 12:00 12 h",
    ]


def test_it_names_whose_calendar_counts(cast: Cast, clara: Visitor, clock: Clock) -> None:
    page = clara.open("clock", clock.public_id)
    assert (
        "24 business hours from Fri 13 Mar, 12:00, counted on the calendar of Kanzlei Brandt & Partner (Germany)."
        in page.main
    )
    assert "Due Mon 16 Mar, 12:00" in page.main


def test_the_same_moments_stand_in_the_readers_zone(cast: Cast, olga: Visitor, clock: Clock) -> None:
    cast.olga.person.describe(name="Olga", zone="Asia/Tokyo", language="en")  # type: ignore[union-attr]
    assert "Due Mon 16 Mar, 20:00" in olga.open("clock", clock.public_id).main


def test_in_place_there_are_only_the_spans(cast: Cast, clara: Visitor, clock: Clock) -> None:
    page = clara.ask(f"/clocks/{clock.public_id}/", **{"HX-Request": "true"})
    assert "closed: Saturday" in page.words
    assert "<html" not in page.html


def test_each_clock_on_a_page_leads_to_its_explanation_without_script(
    cast: Cast, clara: Visitor, paul: Visitor, olga: Visitor, clock: Clock
) -> None:
    for visitor in (clara, paul, olga):
        for page in ("home", "cases"):
            assert visitor.open(page).link("How this is counted") == f"/clocks/{clock.public_id}/"
        assert visitor.open("case", clock.case.reference).link("How this is counted") == f"/clocks/{clock.public_id}/"


@pytest.mark.parametrize("who", ["otto", "pia", "rita"])
def test_others_do_not_find_it(cast: Cast, monday: Any, clock: Clock, who: str) -> None:
    assert Visitor(getattr(cast, who)).open("clock", clock.public_id).status == 404


@pytest.mark.parametrize("address", ["/clocks/%00/", "/clocks/clk_x/", "/clocks/clk_0000000000000000/", "/clocks/1/"])
def test_addresses_that_are_none_are_not_found(cast: Cast, clara: Visitor, address: str) -> None:
    assert clara.open(address).status == 404


def test_weekdays_and_places_are_said_in_the_readers_language(cast: Cast, paul: Visitor, clock: Clock) -> None:
    cast.paul.person.describe(name="Paul Brandt", zone="Europe/Berlin", language="de")  # type: ignore[union-attr]
    words = paul.open("clock", clock.public_id).main
    assert "Samstag" in words
    assert "Deutschland" in words
    assert "Fr., 13. März, 12:00" in words
