"""Pages about notices: the bell and its list, how one wants to be told, muted cases, absence."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.cases.models import Case
from trialogue.deliveries.models import Absence, Delivery
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.doors.web import notices
from trialogue.events.models import Event
from trialogue.lib.quiethours import QuietHours
from trialogue.requests.models import Request

DEFAULTS = {
    "message": "bundled", "mention": "bundled", "information": "bundled", "move": "bundled", "document": "bundled",
    "meeting": "at_once", "warned": "at_once", "overdue": "at_once", "awaited": "at_once",
}  # fmt: skip


@pytest.fixture
def case(cast: Cast, monday: Any) -> Case:
    """Clara has asked something, and nothing but that is new to Paul."""
    case = cast.confirmed(at=MONDAY)
    Delivery.objects.all().delete()
    case.conversation.post(by=cast.clara, body="Any news, zebra?", at=MONDAY + timedelta(hours=1))
    return case


def bell(page: Page) -> str:
    return page.root.one("span", id="bell").words


# --- the bell and its list --------------------------------------------------------------------------------------------


def test_every_page_says_how_many_notices_are_new(case: Case, paul: Visitor) -> None:
    for page in ("home", "cases", "settings", "notices"):
        assert bell(paul.open(page)) == "Notices 1 new"


def test_the_list_leads_to_what_was_said(case: Case, paul: Visitor) -> None:
    page = paul.open("notices")
    (line,) = page.root.all("li", class_="heard--new")
    assert "Clara Holm wrote. Any news, zebra?" in line.words
    assert line.one("a")["href"] == f"/cases/{case.reference}/#message-1"


def test_opening_the_case_is_seeing_it(case: Case, paul: Visitor, petra: Visitor) -> None:
    assert bell(paul.open("case", case.reference)) == "Notices"
    page = paul.open("notices")
    assert page.root.all("li", class_="heard--new") == []
    assert "Clara Holm wrote." in page.main
    assert bell(petra.open("home")) == "Notices 1 new"


def test_an_open_page_that_is_looked_at_sees_what_arrives(case: Case, paul: Visitor) -> None:
    unseen = Delivery.objects.filter(person=paul.actor.person, seen_at=None)  # type: ignore[union-attr]
    paul.open("case-live", case.reference, after=0)
    assert unseen.exists(), "nobody looks"
    page = paul.open("case-live", case.reference, after=0, looking=1)
    assert not unseen.exists()
    assert page.root.one("div", data_part="bell").words == "Notices"


def test_all_read_is_all_that_the_page_showed(case: Case, cast: Cast, paul: Visitor) -> None:
    page = paul.open("notices")
    (form,) = page.root.all("form", action="/notices/read/")
    through = form.one("input", name="through")["value"]
    other = cast.confirmed("Other", at=MONDAY)
    other.conversation.post(by=cast.clara, body="Later", at=MONDAY + timedelta(hours=2))
    assert paul.send("notices-read", through=through).status == 302
    new = [line.words for line in paul.open("notices").root.all("li", class_="heard--new")]
    assert len(new) == 1
    assert "Later" in new[0]


@pytest.mark.parametrize("through", ["", "yesterday", "2026-13-40", "9999-12-31T23:59:59+14:00", "\x00"])
def test_all_read_without_a_moment_is_all(case: Case, paul: Visitor, through: str) -> None:
    assert paul.send("notices-read", through=through).status == 302
    assert bell(paul.open("home")) == "Notices"


def test_a_long_list_comes_in_pages(cast: Cast, monday: Any, paul: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "PAGE", 3)
    for n in range(7):
        cast.confirmed(f"N-{n}", at=MONDAY + timedelta(minutes=n)).conversation.post(
            by=cast.clara, body=f"Word {n}", at=MONDAY + timedelta(minutes=n, seconds=30)
        )
    seen, address = [], "/notices/"
    for _page in range(3):
        page = paul.open(address)
        seen += [line["id"] for line in page.root.all("li", class_="heard__one")]
        older = [link["href"] for link in page.root.all("a") if link.words == "Older"]
        address = f"/notices/{older[0]}" if older else ""
    assert len(seen) == len(set(seen)) == 7
    assert address == ""


@pytest.mark.parametrize("before", ["x", "~", "2026-01-01T00:00:00Z~x", "0001-01-01T00:00:00+14:00~1", "²~²"])
def test_a_place_that_is_none_is_the_beginning(case: Case, paul: Visitor, before: str) -> None:
    page = paul.open("notices", before=before)
    assert page.status == 200
    assert "Clara Holm wrote." in page.main


def test_nobody_reads_notices_of_others(case: Case, otto: Visitor, pia: Visitor, olga: Visitor) -> None:
    for other in (otto, pia, olga):
        page = other.open("notices")
        assert "zebra" not in page.words
        assert "Nothing here yet" in page.main


def test_a_muted_case_rings_no_bell(case: Case, cast: Cast, paul: Visitor) -> None:
    Mute.lay(case, by=cast.paul)
    assert bell(paul.open("home")) == "Notices"
    assert "zebra" not in paul.open("notices").words


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_costs_as_much_for_many_as_for_few(cast: Cast, monday: Any, paul: Visitor, size: int) -> None:
    for n in range(size):
        cast.confirmed(f"N-{n}", at=MONDAY).conversation.post(by=cast.clara, body="Zebra", at=MONDAY)
    paul.open("notices")
    with CaptureQueriesContext(connection) as asked:
        paul.open("notices")
    # Four of every page; the head of the log, the notices, their messages, their moves, and the names in those.
    assert len(asked) == 4 + 6


def test_the_bell_costs_no_page_a_question(case: Case, paul: Visitor) -> None:
    paul.open("case", case.reference)
    with CaptureQueriesContext(connection) as asked:
        paul.open("settings")
    assert sum("deliveries_delivery" in one["sql"] for one in asked) == 1
    assert len(asked) == 5  # as before there was a bell: it comes along with what else the head counts


# --- how I am told ----------------------------------------------------------------------------------------------------


def test_the_page_shows_what_holds(cast: Cast, carl: Visitor) -> None:
    page = carl.open("notice-wishes")
    chosen = {one["name"]: one["value"] for one in page.root.all("input", type="radio") if "checked" in one.given}
    assert chosen == DEFAULTS
    offs = {one["name"] for one in page.root.all("input", type="radio", value="off")}
    assert "overdue" not in offs
    assert offs == set(DEFAULTS) - {"overdue"}


def test_what_is_chosen_is_kept_and_shown(cast: Cast, carl: Visitor) -> None:
    told = DEFAULTS | {"message": "daily", "weekdays_from": "20:00", "weekdays_until": "07:00"}
    assert carl.send("notice-wishes", **told).status == 302
    wishes = Wishes.objects.get(person=cast.carl.person)
    assert (wishes.message, wishes.digest, wishes.let_through) == ("daily", True, False)
    assert wishes.quiet == QuietHours((time(20), time(7)), None)
    page = carl.open("notice-wishes")
    assert page.root.one("input", id="id_weekdays_from")["value"] == "20:00"
    assert "checked" in page.root.one("input", name="message", value="daily").given


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"message": "loudly"}, "valid choice"),
        ({"message": ""}, "required"),
        ({"overdue": "off"}, "valid choice"),
        ({"weekdays_from": "20:00"}, "Give both times, or neither."),
        ({"weekdays_from": "25:00", "weekdays_until": "07:00"}, "valid time"),
        (dict.fromkeys(("weekdays_from", "weekdays_until", "weekends_from", "weekends_until"), "00:00"), "Leave some time"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_nothing_is_lost(
    cast: Cast, carl: Visitor, wrong: dict[str, str], said: str
) -> None:
    page = carl.send("notice-wishes", **(DEFAULTS | {"move": "off"} | wrong))
    assert page.status == 422
    assert said in page.main
    assert "checked" in page.root.one("input", name="move", value="off").given
    assert not Wishes.objects.exists()


# --- muted cases ------------------------------------------------------------------------------------------------------


def test_a_case_is_muted_on_its_page_and_listed_in_the_settings(case: Case, cast: Cast, paul: Visitor) -> None:
    assert "Mute this case" in paul.open("case", case.reference).words
    page = paul.send_and_follow("mute", case.reference)
    assert "You have muted this." in page.words
    assert case.reference in paul.open("notice-wishes").main
    page = paul.send_and_follow("mute", case.reference, lift="1", back="settings")
    assert not Mute.objects.exists()
    assert f"You hear of {case.reference} again." in page.words


def test_until_a_day_is_until_its_end_where_the_reader_is(case: Case, cast: Cast, paul: Visitor) -> None:
    paul.send("mute", case.reference, until="2026-03-31", overdue_too="1")
    mute = Mute.objects.get()
    assert (mute.until.isoformat(), mute.overdue_too) == ("2026-03-31T22:00:00+00:00", True)  # type: ignore[union-attr]
    assert "until Wed 1 Apr, 00:00" in paul.open("case", case.reference).words


@pytest.mark.parametrize("until", ["2026-03-08", "soon", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_mutes_nothing(case: Case, paul: Visitor, until: str) -> None:
    page = paul.send_and_follow("mute", case.reference, until=until)
    assert page.root.all("p", class_="notice--bad")
    assert not Mute.objects.exists()


def test_a_request_is_muted_on_its_page_by_either_side_and_listed(cast: Cast, clara: Visitor, olga: Visitor) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="White page", body="It stays white.")
    for who, page in ((clara, "request"), (olga, "desk-request")):
        assert "Mute this request" in who.open(page, asked.number).words
        who.send("mute-request", asked.number)
        assert "You have muted this." in who.open(page, asked.number).words
        assert asked.number in who.open("notice-wishes").main
        who.send_and_follow("mute-request", asked.number, lift="1", back="settings")
    assert not Mute.objects.exists()


def test_a_stranger_mutes_nothing(case: Case, cast: Cast, otto: Visitor) -> None:
    asked = Request.open(by=cast.clara, channel="platform", subject="White page", body="It stays white.")
    assert otto.send("mute", case.reference).status == otto.send("mute-request", asked.number).status == 404


def test_nobody_sees_who_has_muted(case: Case, cast: Cast, petra: Visitor, clara: Visitor) -> None:
    Mute.lay(case, by=cast.paul)
    for other in (petra, clara):
        page = other.open("case", case.reference)
        assert "Mute this case" in page.words
        assert "muted" not in page.words.lower()


# --- absence ----------------------------------------------------------------------------------------------------------


def test_who_is_away_is_seen_to_be_so_by_both_sides(case: Case, cast: Cast, clara: Visitor, paul: Visitor) -> None:
    colleague = cast.clara.organisation.memberships.get(person=cast.carl.person)
    page = clara.send_and_follow("absence", first="2026-03-09", last="2026-03-13", colleague=str(colleague.pk))
    assert "You are away until Friday, 13 March 2026. Carl Dahl stands in." in page.main
    for visitor in (clara, paul):
        assert "away until Friday, 13 March 2026" in visitor.open("case", case.reference).words
    assert Absence.objects.get().colleague == colleague
    page = clara.send_and_follow("absence-end")
    assert "You are back." in page.words
    assert "away until" not in paul.open("case", case.reference).words


def test_what_lies_ahead_is_not_seen_yet(case: Case, clara: Visitor, paul: Visitor) -> None:
    page = clara.send_and_follow("absence", first="2026-03-20", last="2026-03-21")
    assert "You will be away from Friday, 20 March 2026 to Saturday, 21 March 2026. Nobody stands in." in page.main
    assert "away until" not in paul.open("case", case.reference).words


@pytest.mark.parametrize(
    "wrong",
    [{"last": "2026-03-01"}, {"first": "soon"}, {"last": ""}, {"colleague": "999999"}, {"last": "2031-01-01"}],
)
def test_an_absence_that_cannot_be_is_told(case: Case, clara: Visitor, wrong: dict[str, str]) -> None:
    page = clara.send("absence", **({"first": "2026-03-09", "last": "2026-03-13"} | wrong))
    assert page.status == 422
    assert not Absence.objects.exists()


def test_only_colleagues_can_be_chosen(cast: Cast, monday: Any, clara: Visitor) -> None:
    page = clara.open("absence")
    assert [option.words for option in page.root.all("option")] == ["Nobody", "Carl Dahl"]


def test_ending_what_is_not_is_nothing(cast: Cast, monday: Any, clara: Visitor) -> None:
    assert clara.send("absence-end").status == 302


# --- who will be told -------------------------------------------------------------------------------------------------


def test_below_the_composer_stands_who_will_be_told(case: Case, cast: Cast, clara: Visitor) -> None:
    assert "Paul Brandt and Petra Vogt will be told." in clara.open("case", case.reference).words
    case.assign_owner(cast.petra.person, by=cast.paul)
    page = clara.open("case", case.reference)
    assert "Petra Vogt will be told." in page.words
    assert "Paul Brandt and Petra Vogt" not in page.words


# --- absence of a colleague -------------------------------------------------------------------------------------------


def test_an_admin_says_that_a_colleague_is_away_and_ends_it(
    cast: Cast, monday: Any, clara: Visitor, carl: Visitor
) -> None:
    who = cast.carl.by
    assert clara.open("organisation").root.all("a", href=f"/settings/organisation/members/{who}/absence/")
    page = clara.send_and_follow("absence-of", who, first="2026-03-09", last="2026-03-13")
    assert "Carl Dahl is away until Friday, 13 March 2026. Nobody stands in." in page.main
    event = Event.objects.get(kind="member.away")
    assert (event.by, event.facts["person"]) == (cast.clara.by, who)
    assert (
        "You are away until Friday, 13 March 2026. Nobody stands in. Clara Holm said so." in carl.open("absence").main
    )
    assert "Carl Dahl is back." in clara.send_and_follow("absence-of-end", who).words
    assert not Absence.objects.exists()
    assert Event.objects.get(kind="member.back").by == cast.clara.by


def test_what_one_said_of_oneself_nobody_else_said(cast: Cast, monday: Any, carl: Visitor) -> None:
    assert "said so" not in carl.send_and_follow("absence", first="2026-03-09", last="2026-03-13").main


def test_who_is_no_admin_there_says_it_of_nobody(cast: Cast, monday: Any, carl: Visitor, paul: Visitor) -> None:
    told = {"first": "2026-03-09", "last": "2026-03-13"}
    assert carl.send("absence-of", cast.clara.by, **told).status == 403
    assert paul.send("absence-of", cast.carl.by, **told).status == 404
    assert not Absence.objects.exists()
    assert "Absence" not in carl.open("organisation").main


def test_an_absence_of_a_colleague_that_cannot_be_is_told(cast: Cast, monday: Any, clara: Visitor) -> None:
    page = clara.send("absence-of", cast.carl.by, first="2026-03-13", last="2026-03-09")
    assert page.status == 422
    assert "The last day is before the first." in page.main
