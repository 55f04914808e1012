"""All that happened in a case, in sentences, the newest first, for those whom each thing concerned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from tests.walk import walk
from trialogue.doors.web import listing


def sentences(page: Page) -> list[str]:
    return [line.one("p").words for line in page.root.one("div", class_="timeline").all("li")]


def test_the_story_of_a_case_is_told_in_sentences(cast: Cast, clara: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 500)
    case = walk(cast)
    told = sentences(clara.open("timeline", case.reference))
    for sentence in (
        "Clara Holm submitted the case.", "Olga Lind released the case to Kanzlei Brandt & Partner.", "Paul Brandt confirmed the case.",
        "Paul Brandt asked for information.", "Clara Holm added “", "Petra Vogt paused the case.", "Paul Brandt closed the case: Paid.",
    ):  # fmt: skip
        assert any(line.startswith(sentence) for line in told), sentence


def test_the_newest_stands_first_under_its_day(cast: Cast, clara: Visitor, monday: Any) -> None:
    case = cast.released()
    case.confirm(by=cast.paul, at=MONDAY + timedelta(days=1))
    monday.move_to(MONDAY + timedelta(days=1, hours=1))
    page = clara.open("timeline", case.reference)
    assert [day.words for day in page.root.all("h2", class_="timeline__date")] == ["Today", "Yesterday"]
    told = sentences(page)
    assert told.index("Paul Brandt confirmed the case. Kanzlei Brandt & Partner") < told.index(
        "Clara Holm submitted the case. Nordlys Energi A/S"
    )


def test_moments_in_sentences_are_the_readers(cast: Cast, olga: Visitor) -> None:
    case = cast.released()
    cast.olga.person.describe(name="Olga Lind", zone="America/New_York", language="en")  # type: ignore[union-attr]
    assert any("by Tue 10 Mar, 07:00" in line for line in sentences(olga.open("timeline", case.reference)))


def test_a_partner_is_not_told_of_what_was_before_its_time(cast: Cast, paul: Visitor) -> None:
    told = sentences(paul.open("timeline", cast.released().reference))
    assert told
    assert not any("submitted" in line for line in told)


def test_a_referral_partner_hears_of_states_and_words_and_of_no_reading_and_nothing_owed(
    cast: Cast, rita: Visitor
) -> None:
    told = " ".join(sentences(rita.open("timeline", walk(cast).reference)))
    assert "closed the case" in told
    for hidden in ("read up to", "owes", "added “", "notice"):
        assert hidden not in told, hidden


@pytest.mark.parametrize("who", ["otto", "pia"])
def test_outsiders_do_not_find_it(cast: Cast, monday: Any, who: str) -> None:
    assert Visitor(getattr(cast, who)).open("timeline", cast.released().reference).status == 404


def test_older_pages_tell_each_line_once(cast: Cast, clara: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    case = walk(cast)
    monkeypatch.setattr(listing, "PAGE", 500)
    whole = sentences(clara.open("timeline", case.reference))
    monkeypatch.setattr(listing, "PAGE", 4)
    page = clara.open("timeline", case.reference)
    pages = [sentences(page)]
    while page.has_link("Older"):
        page = clara.open(f"/cases/{case.reference}/timeline/{page.link('Older')}")
        pages.append(sentences(page))
        assert len(pages) < 20
    assert [line for told in pages for line in told] == whole
    assert {len(told) for told in pages[:-1]} == {4}


@pytest.mark.parametrize("before", ["x", "-1", "\0", "9" * 30, "²", "1.5", ""])
def test_places_that_are_none_do_no_harm(cast: Cast, clara: Visitor, before: str) -> None:
    assert clara.open("timeline", cast.released().reference, before=before).status == 200


def test_a_place_cannot_reach_into_another_case(cast: Cast, otto: Visitor, clara: Visitor) -> None:
    cast.released()
    own = cast.submitted("OWN", by=cast.otto, debtor_name="Someone else")
    told = sentences(otto.open("timeline", own.reference, before=10**9))
    assert len(told) == 1
    assert "Otto Payne submitted the case." in told[0]
