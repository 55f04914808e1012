"""Working hours on a page: read kindly, shown before they count, kept in versions; nothing typed is ever lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.clocks.models import Calendar, Clock, Feed

DAYS = [f"day_{day}" for day in range(7)]
TYPED = {"zone": "Europe/Berlin", "country": "DE", "replaces": "1"} | dict.fromkeys(DAYS[:5], "8-12, 13-17")
ICS = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nSUMMARY:Christmas Eve\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART:20261110T090000Z\r\nDTEND:20261110T100000Z\r\nSUMMARY:A meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def preview(visitor: Visitor, **typed: Any) -> Page:
    return visitor.send("working-hours", do="preview", **TYPED | typed)


def fields(page: Page) -> dict[str, str]:
    """What the form holds now, as a browser would send it."""
    form = page.root.one("form", id="hours-form")
    held = {field["name"]: field.get("value") for field in form.all("input") if field.get("type") not in ("file",)}
    held |= {
        area["name"]: "\n".join(str(child) for child in area.children).lstrip("\n") for area in form.all("textarea")
    }
    for choice in form.all("select"):
        held[choice["name"]] = next((one["value"] for one in choice.all("option") if "selected" in one.given), "")
    return {name: value for name, value in held.items() if name != "csrfmiddlewaretoken"}


def save(visitor: Visitor, page: Page, **other: Any) -> Page:
    return visitor.send("working-hours", do="save", **fields(page) | other)


def versions(cast: Cast) -> int:
    return cast.paul.organisation.calendars.count()  # type: ignore[attr-defined, no-any-return]


def error(page: Page, name: str) -> str:
    return page.root.one("p", id=f"id_{name}_error").words


# --- looking ----------------------------------------------------------------------------------------------------------


def test_everyone_of_an_organisation_sees_its_hours(petra: Visitor) -> None:
    page = petra.open("working-hours")
    assert page.status == 200
    assert "00:00–24:00" in page.main
    assert "Germany" in page.main
    assert page.root.all("form", id="hours-form") == []


def test_an_admin_gets_the_form_with_what_counts(paul: Visitor) -> None:
    held = fields(paul.open("working-hours"))
    assert held["zone"] == "Europe/Berlin"
    assert (held["day_0"], held["day_6"]) == ("00:00–24:00", "")


def test_three_readings_stand_side_by_side(paul: Visitor) -> None:
    words = paul.open("working-hours").main
    for reading in ("48 business hours", "48 office hours", "2 business days", "Thu 12 Mar, 15:00"):
        assert reading in words


# --- preview and saving -----------------------------------------------------------------------------------------------


def test_a_preview_says_what_changes_and_which_clocks_would_move(cast: Cast, paul: Visitor) -> None:
    cast.released()
    page = preview(paul, closed="2026-03-10 Outing")
    assert page.status == 200
    assert "Nothing is saved yet." in page.main
    assert "Monday : 00:00–24:00 becomes → 08:00–12:00, 13:00–17:00" in page.main
    assert "1 of 1 running clock would be due at another time" in page.main
    assert "1 d later" in page.main
    assert "Nothing that runs is moved" in page.main
    assert versions(cast) == 1


def test_what_was_previewed_is_saved(cast: Cast, paul: Visitor) -> None:
    page = preview(paul, closed="24.12.2026 Eve", shortened="2026-12-23 8-12")
    done = save(paul, page)
    assert done.status == 302
    made = Calendar.in_force(cast.paul.organisation, MONDAY + timedelta(hours=3))
    assert made.version == 2
    assert made.week == {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
    assert (made.closed, made.shortened) == ({"2026-12-24": "Eve"}, {"2026-12-23": [["08:00", "12:00"]]})
    assert "Version 2 of the working hours is saved." in paul.open("working-hours").words


def test_clocks_that_run_stay_as_they_are(cast: Cast, paul: Visitor) -> None:
    cast.released()
    before = Clock.objects.values("due_at", "calendar").get()
    assert save(paul, preview(paul, closed="2026-03-10")).status == 302
    assert Clock.objects.values("due_at", "calendar").get() == before


def test_nothing_is_saved_unseen(cast: Cast, paul: Visitor) -> None:
    assert "Look again" in paul.send("working-hours", do="save", **TYPED).main
    page = preview(paul)
    again = save(paul, page, day_5="10-14")
    assert "The entries are not those you looked at" in again.main
    assert versions(cast) == 1
    assert save(paul, again).status == 302
    assert versions(cast) == 2


def test_hours_may_begin_later(cast: Cast, paul: Visitor) -> None:
    assert save(paul, preview(paul, effective_from="2026-04-01T08:00")).status == 302
    made = cast.paul.organisation.calendars.latest("version")  # type: ignore[attr-defined]
    assert made.effective_from.isoformat() == "2026-04-01T06:00:00+00:00"
    assert Calendar.in_force(cast.paul.organisation, MONDAY).version == 1
    assert "Version 2 begins Wed 1 Apr, 08:00." in paul.open("working-hours").words
    assert "takes over then" in preview(paul, replaces="2", day_0="9-10").main


def test_someone_else_came_between(cast: Cast, paul: Visitor) -> None:
    page = preview(paul)
    Calendar.introduce(cast.paul.organisation, by=cast.olga, zone="Europe/Berlin", week={"0": [["09:00", "12:00"]]})
    refused = save(paul, page)
    assert refused.status == 422
    assert "Someone else introduced version 2 meanwhile" in refused.main
    assert fields(refused)["day_0"] == "08:00–12:00, 13:00–17:00"
    assert versions(cast) == 2
    looked = paul.send("working-hours", **fields(refused) | {"do": "preview"})
    assert "09:00–12:00 becomes → 08:00–12:00, 13:00–17:00" in looked.main
    assert save(paul, looked).status == 302


# --- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ({"day_1": "nine to five"}, "day_1", "cannot be read"),
        ({"day_1": "22-06"}, "day_1", "A night is two spans"),
        (dict.fromkeys(DAYS, ""), "day_0", "A week needs an opening"),
        ({"zone": "Mars/Olympus"}, "zone", "Select a valid choice"),
        ({"country": "XX"}, "country", "Select a valid choice"),
        ({"subdivision": "Atlantis"}, "subdivision", "“Atlantis” is no region of it"),
        ({"closed": "2026-02-30"}, "closed", "Line 1: “2026-02-30” is no date."),
        ({"shortened": "2026-12-24"}, "shortened", "has no hours"),
        ({"effective_from": "soon"}, "effective_from", "“soon” is no moment"),
        ({"effective_from": "2026-03-01T08:00"}, "effective_from", "do not judge what was"),
        ({"effective_from": "2126-03-01T08:00"}, "effective_from", "within the next ten years"),
        (dict.fromkeys(DAYS, "") | {"day_0": "8:00-8:01"}, "day_0", "take more than a year"),
        ({"pasted": "hello"}, "pasted", "no calendar file"),
        ({"pasted": "BEGIN:VCALENDAR\nEND:VCALENDAR"}, "pasted", "no whole days to come"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_lost(
    cast: Cast, paul: Visitor, typed: dict[str, str], name: str, says: str
) -> None:
    kept = {"day_4": "8-14", "closed": "2026-12-24 Eve"} | typed
    page = preview(paul, **kept)
    assert page.status == 422
    assert says in error(page, name)
    held = fields(page)
    if name not in ("zone", "country"):
        assert held[name] == typed.get(name, "")
    if "closed" not in typed:
        assert held["closed"].strip() == "2026-12-24 Eve"
    assert versions(cast) == 1


def test_a_region_may_be_called_by_its_name(cast: Cast, paul: Visitor) -> None:
    page = preview(paul, subdivision="bayern")
    assert fields(page)["subdivision"] == "BY"
    assert save(paul, page).status == 302
    assert cast.paul.organisation.calendars.latest("version").subdivision == "BY"  # type: ignore[attr-defined]


def test_what_people_write_is_shown_as_text(paul: Visitor) -> None:
    page = preview(paul, closed="2026-12-24 <script>alert(1)</script>")
    assert "<script>alert" not in page.html
    assert "<script>alert(1)</script>" in page.words


# --- a calendar file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["file", "text"])
def test_the_days_of_a_calendar_file_join_those_typed(paul: Visitor, how: str) -> None:
    given: dict[str, Any] = (
        {"feed": SimpleUploadedFile("holidays.ics", ICS.encode())} if how == "file" else {"pasted": ICS}
    )
    page = paul.send("working-hours", do="read", closed="2026-12-31 New Year's Eve", **TYPED, **given)
    held = fields(page)
    assert held["closed"].strip().splitlines() == ["2026-12-24 Christmas Eve", "2026-12-31 New Year's Eve"]
    assert held["pasted"] == ""
    assert "1 day of the file stands among the closed days now." in page.main
    assert "A meeting" in page.main


def test_a_file_is_never_saved_before_it_was_seen(cast: Cast, paul: Visitor) -> None:
    page = preview(paul)
    merged = save(paul, page, pasted=ICS)
    assert merged.status == 200
    assert versions(cast) == 1
    assert save(paul, merged).status == 302
    assert cast.paul.organisation.calendars.latest("version").closed == {"2026-12-24": "Christmas Eve"}  # type: ignore[attr-defined]


def test_a_file_too_large_is_refused_and_the_rest_kept(paul: Visitor) -> None:
    page = paul.send("working-hours", do="read", feed=SimpleUploadedFile("x.ics", b"BEGIN:VCALENDAR" + b"x" * 1_000_001), **TYPED)  # fmt: skip
    assert "at most 1 MB" in error(page, "feed")
    assert fields(page)["day_0"] == "08:00–12:00, 13:00–17:00"


def test_a_file_of_garbage_is_refused(paul: Visitor) -> None:
    page = paul.send("working-hours", do="read", feed=SimpleUploadedFile("x.ics", bytes(range(256)) * 10), **TYPED)
    assert "no calendar file" in error(page, "feed")


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_member_changes_nothing(cast: Cast, petra: Visitor) -> None:
    page = petra.send("working-hours", do="preview", **TYPED)
    assert page.status == 403
    assert "Nothing was changed" in page.main
    assert versions(cast) == 1


def test_the_operator_sets_the_hours_of_anyone(cast: Cast, olga: Visitor) -> None:
    found = olga.open("working-hours", find="brandt")
    there = found.link("Kanzlei Brandt & Partner")
    page = olga.send(there, do="preview", **TYPED)
    assert olga.send(there, do="save", **fields(page)).status == 302
    assert versions(cast) == 2
    assert "Olga Lind · Trialogue Operations" in olga.open(there).main


def test_nobody_else_sees_the_hours_of_another(cast: Cast, clara: Visitor, olga: Visitor) -> None:
    assert olga.open("working-hours-of", cast.paul.acting_for).status == 200
    assert clara.open("working-hours-of", cast.paul.acting_for).status == 404
    assert clara.open("working-hours-of", cast.clara.acting_for).status == 302
    assert olga.open("working-hours-of", "org_0000000000000000").status == 404


def test_history_tells_who_changed_what(cast: Cast, paul: Visitor) -> None:
    save(paul, preview(paul, day_4="8-14"))
    words = paul.open("working-hours").main
    assert "Paul Brandt · Kanzlei Brandt & Partner, Mon 9 Mar, 14:00" in words
    assert "Friday : 00:00–24:00 becomes → 08:00–14:00" in words


def test_a_long_history_asks_no_more(cast: Cast, paul: Visitor) -> None:
    paul.open("working-hours")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert paul.open("working-hours").status == 200
        return len(queries)

    Calendar.introduce(cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week={"0": [["09:00", "10:00"]]})
    few = asked()
    for hour in range(11, 18):
        Calendar.introduce(
            cast.paul.organisation, by=cast.paul, zone="Europe/Berlin", week={"0": [["09:00", f"{hour}:00"]]}
        )
    assert asked() == few


# --- a calendar that is read each day ---------------------------------------------------------------------------------


def follow(cast: Cast, paul: Visitor) -> Feed:
    paul.send("working-hours", do="follow", address="https://calendar.example.org/closed.ics")
    feed = Feed.objects.get(organisation=cast.paul.organisation)
    Feed.objects.update(days={"2026-12-24": "Works outing"}, new_days=1, read_at=MONDAY)
    return feed


def test_new_closed_days_are_put_into_the_form_and_saved_by_an_admin(cast: Cast, paul: Visitor) -> None:
    save(paul, preview(paul))
    assert not paul.open("home").has_link("1 closed day of your calendar to look at")
    follow(cast, paul)
    assert paul.open("home").has_link("1 closed day of your calendar to look at")
    page = paul.open("working-hours")
    assert "1 day of it is not closed in your hours." in page.main
    assert "Works outing" not in fields(page)["closed"]
    page = paul.open("working-hours", days="")
    assert "2026-12-24 Works outing" in fields(page)["closed"]
    shown = paul.send("working-hours", do="preview", **fields(page))
    save(paul, shown)
    assert Calendar.objects.filter(organisation=cast.paul.organisation).latest("version").closed == {
        "2026-12-24": "Works outing"
    }
    assert "All of them are closed in your hours." in paul.open("working-hours").main
    assert not paul.open("home").has_link("1 closed day of your calendar to look at")


def test_a_calendar_is_followed_and_left(cast: Cast, paul: Visitor) -> None:
    told = paul.send_and_follow("working-hours", do="follow", address="calendar.ics")
    assert "This is no address of a calendar. Begin with https://." in told.words
    follow(cast, paul)
    Feed.objects.update(trouble="status", answered=404, troubled_at=MONDAY)
    page = paul.open("working-hours").main
    assert "The answer was an error. (404)" in page
    paul.send("working-hours", do="follow", address="")
    assert not Feed.objects.exists()


def test_who_is_no_admin_reads_it_and_sets_none(cast: Cast, paul: Visitor, petra: Visitor) -> None:
    follow(cast, paul)
    page = petra.open("working-hours")
    assert "Closed days from your calendar" in page.main
    assert not page.has_link("Put them into the form")
    assert petra.send("working-hours", do="follow", address="").status == 403
    assert Feed.objects.exists()
