"""The list for many cases: filters and their chips, orders, CSV, saved views, batches, the page of shortcuts."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.cases.models import Case
from trialogue.conversations.models import Message
from trialogue.doors.web import lists
from trialogue.lists.batches import Batch, carry_on
from trialogue.lists.filters import Filter
from trialogue.lists.views import View
from trialogue.people.models import Actor, Person, Role

NOW = MONDAY + timedelta(hours=3)


@pytest.fixture
def three(cast: Cast) -> dict[str, str]:
    """References by the client's own."""
    cases = [
        cast.confirmed("A", debtor_country="DE", amount=Decimal(100)),
        cast.confirmed("B", debtor_country="FR", amount=Decimal(300), at=MONDAY + timedelta(minutes=1)),
        cast.submitted("C", debtor_country="DE", amount=Decimal(200), at=MONDAY + timedelta(minutes=2)),
    ]
    return {case.client_reference: case.reference for case in cases}


def chips(page: Page) -> dict[str, str]:
    return {chip.words.split(":")[0].strip(): chip["href"] for chip in page.root.all("a", class_="chip--off")}


def fields(page: Page, form: str) -> dict[str, str]:
    """Where a form would lead, as it stands."""
    (found,) = [one for one in page.root.all("form") if one.get("action") == form or one.get("id") == form]
    return {one["name"]: one.get("value") for one in found.all("input") if one.get("name")}


# --- filters ----------------------------------------------------------------------------------------------------------


def test_what_narrows_a_list_stands_above_it_and_can_be_taken_off(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DE&amount_from=150&state=open")
    assert page.references == [three["C"]]
    assert set(chips(page)) == {"Germany", "From 150"}
    assert clara.open(f"/cases/{chips(page)['From 150']}").references == [three["C"], three["A"]]
    assert "1 case" in page.main


def test_counts_follow_what_narrows_the_list(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DE&state=open")
    tabs = {tab.words for tab in page.root.one("nav", id="tabs").all("a")}
    assert tabs == {"Open 2", "Pending Verification Internal 1", "Active 1"}
    (active,) = [tab["href"] for tab in page.root.one("nav", id="tabs").all("a") if tab.words == "Active 1"]
    assert clara.open(f"/cases/{active}").references == [three["A"]]


def test_searching_keeps_the_filter_and_looks_in_all_states(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DE&state=Active&sort=amount")
    search = next(form for form in page.root.all("form", class_="find") if form.all("input", id="q"))
    assert {one["name"] for one in search.all("input")} == {"country", "sort", "q"}


@pytest.mark.parametrize(
    "query", ["amount_from=much", "country=XX", "amount_from=9&amount_to=1", "clock=late", "sort=name"]
)
def test_what_cannot_be_understood_is_said_beside_the_form(three: dict[str, str], clara: Visitor, query: str) -> None:
    page = clara.open(f"/cases/?{query}")
    assert page.status == 200
    assert page.root.one("div", class_="wrong").words
    assert "open" in page.root.one("details", class_="narrow__form").given


def test_nothing_that_fits_says_so_and_what_to_do(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DK")
    assert "No case fits all of this" in page.main
    assert set(chips(page)) == {"Denmark"}


@pytest.mark.parametrize(("sort", "order"), [("amount", "BCA"), ("-amount", "ACB"), ("age", "ABC"), ("-moved", "ABC")])
def test_a_list_is_sorted_by_its_address(three: dict[str, str], clara: Visitor, sort: str, order: str) -> None:
    assert clara.open(f"/cases/?sort={sort}").references == [three[name] for name in order]


def test_a_heading_sorts_and_turns_round(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("cases")
    for expected in ("descending", "ascending"):
        (heading,) = [head for head in page.root.all("th") if head.words == "Amount"]
        page = clara.open(f"/cases/{heading.one('a')['href']}")
        (heading,) = [head for head in page.root.all("th") if head.words == "Amount"]
        assert heading["aria-sort"] == expected


def test_pages_of_another_order_go_on_and_back(
    three: dict[str, str], clara: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialogue.doors.web.listing.PAGE", 1)
    page, seen = clara.open("/cases/?sort=amount"), []
    seen += page.references
    while page.has_link("Further"):
        page = clara.open(f"/cases/{page.link('Further')}")
        seen += page.references
    assert seen == [three[name] for name in "BCA"]
    assert clara.open(f"/cases/{page.link('Back')}").references == [three["C"]]


def test_whose_case_it_is_stands_in_the_list(cast: Cast, three: dict[str, str], clara: Visitor, paul: Visitor) -> None:
    case = cast.clara.organisation.cases.get(client_reference="A")
    case.assign_owner(cast.carl.person, by=cast.clara)
    page = clara.open(f"/cases/?owner={cast.carl.by}")
    assert page.references == [three["A"]]
    assert "Carl Dahl" in page.main
    assert set(chips(page)) == {"Carl Dahl's"}
    assert "Carl Dahl" not in paul.open("cases").main
    gone = clara.open("/cases/?owner=per_0000000000000000")
    assert set(chips(gone)) == {"someone who left's"}


def test_a_partner_finds_what_it_worked_once_apart(cast: Cast, three: dict[str, str], paul: Visitor) -> None:
    case = cast.clara.organisation.cases.get(client_reference="A")
    case.reassign(cast.pia.organisation, by=cast.olga, reason="Too slow")
    page = paul.open("cases")
    assert page.references == [three["B"]]
    assert "With you no longer 1" in page.root.one("nav", id="tabs").words
    assert paul.open("/cases/?state=former").references == [three["A"]]


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_the_list_comes_as_csv_as_it_is_filtered(cast: Cast, three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DE&sort=-amount")
    answer = clara.open(page.link("Download as CSV"))
    found = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["client_reference"] for row in found] == ["A", "C"]
    assert "attachment" in answer.answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf"), "so that Excel reads it as UTF-8"


def test_csv_makes_no_formula_of_what_people_typed(cast: Cast, clara: Visitor) -> None:
    cast.submitted("@SUM(A1)", debtor_name="=cmd|' /C calc'!A0")
    (row,) = csv.DictReader(StringIO(clara.open("/cases.csv").content.decode("utf-8-sig")))
    assert row["client_reference"] == "'@SUM(A1)"
    assert row["debtor_name"].startswith("'=")


def test_csv_asks_as_much_for_many_as_for_few(cast: Cast, clara: Visitor, django_assert_max_num_queries: Any) -> None:
    for n in range(12):
        cast.confirmed(f"N-{n}")
    clara.open("/cases.csv")  # the first look notes the session
    with django_assert_max_num_queries(5):
        assert clara.open("/cases.csv").content.count(b"\r\n") == 13


# --- views ------------------------------------------------------------------------------------------------------------


def test_a_view_is_saved_from_the_list_and_opens_it_again(three: dict[str, str], clara: Visitor) -> None:
    page = clara.open("/cases/?country=DE&sort=amount&state=open")
    query = fields(page, "/views/")["query"]
    saved = clara.send_and_follow("views", name="German ones", query=query)
    assert "The view “German ones” is saved." in saved.words
    link = next(a for a in saved.root.one("nav", class_="views").all("a") if a.words == "German ones")
    assert link["aria-current"] == "page"
    assert clara.open(link["href"]).references == [three["C"], three["A"]]


def test_the_same_name_replaces_it(three: dict[str, str], clara: Visitor) -> None:
    for query in ("country=DE", "country=FR"):
        clara.send("views", name="Ones", query=query)
    assert [view.query for view in View.objects.all()] == ["country=FR"]


def test_a_view_without_a_name_is_refused_and_the_list_stays(three: dict[str, str], clara: Visitor) -> None:
    page = clara.send_and_follow("views", name="  ", query="country=DE&state=open")
    assert page.references == [three["C"], three["A"]]
    assert page.root.all("p", class_="notice--bad")
    assert not View.objects.exists()


def test_the_default_view_opens_first_and_the_open_cases_stay_in_reach(
    cast: Cast, three: dict[str, str], clara: Visitor, carl: Visitor
) -> None:
    view = View.keep(by=cast.clara, name="French", filter=Filter.read("country=FR"), shared=True)
    clara.send("view", view.public_id, do="default")
    page = clara.open("cases")
    assert page.status == 302
    assert parse_qs(urlsplit(page.answer["Location"]).query) == {"country": ["FR"]}
    assert clara.open("/cases/?state=open").references == [three[name] for name in "CBA"]
    assert carl.open("cases").status == 200, "the default is each one's own"
    assert clara.open("/cases/?country=DK").link("Show open cases") == "/cases/?state=open"


def test_one_from_someone_who_left_says_so_and_an_admin_removes_it(cast: Cast, clara: Visitor) -> None:
    home = cast.clara.organisation
    newt = Actor.of(home.admit(Person.objects.create_user("newt@nordlys.example", name="Newt"), Role.MEMBER))
    view = View.keep(by=newt, name="Theirs", filter=Filter.read("country=DE"), shared=True)
    assert "Shared by Newt, who has left" not in clara.open("views").main
    home.memberships.get(person=newt.person).end(by=cast.clara)
    assert "Shared by Newt, who has left" in clara.open("views").main
    clara.send("view", view.public_id, do="remove")
    assert "No views yet" in clara.open("views").main


def test_views_are_put_in_order_renamed_shared_and_taken_back(cast: Cast, clara: Visitor, carl: Visitor) -> None:
    one, two = (View.keep(by=cast.clara, name=name, filter=Filter.read("country=DE")) for name in ("One", "Two"))
    clara.send("view", two.public_id, do="up")
    clara.send("view", one.public_id, do="rename", name="Last")
    names = [b.words for b in clara.open("views").root.one("main").all("b")]
    assert names == ["Two", "Last"]
    clara.send("view", two.public_id, do="share")
    assert carl.open("views").root.one("main").one("b").words == "Two"
    assert carl.send_and_follow("view", two.public_id, do="remove").root.all("p", class_="notice--bad")
    clara.send("view", two.public_id, do="keep")
    assert "No views yet" in carl.open("views").main


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_move_for_many_is_asked_previewed_confirmed_and_explained(
    cast: Cast, three: dict[str, str], paul: Visitor
) -> None:
    cast.paul.organisation.cases_received.get(client_reference="B").pause(by=cast.paul, reason="Court")
    page = paul.open("cases")
    assert fields(page, "bulk").keys() == {"state"}
    asked = paul.open("new-batch", what="pause", cases=[three["A"], three["B"]])
    assert "2 cases are chosen" in asked.main
    refused = paul.send("new-batch", what="pause", cases=[three["A"], three["B"]], reason="")
    assert (refused.status, bool(refused.root.all("div", class_="wrong"))) == (422, True)
    preview = paul.send_and_follow("new-batch", what="pause", cases=[three["A"], three["B"]], reason="Waiting")
    assert "Possible for 1 of 2" in preview.main
    assert "“Paused”" in preview.main
    batch = Batch.objects.get()
    running = paul.send_and_follow("confirm-batch", batch.public_id)
    assert "1 of 2 gone through" in running.main
    assert "http-equiv" in running.html, "without a script the page loads itself anew"
    while carry_on(NOW):
        pass
    done = paul.open("batch", batch.public_id)
    assert "Done: 1 of 2" in done.main
    assert done.link("Bergmann Logistik GmbH") == f"/cases/{three['B']}/"
    assert "http-equiv" not in done.html
    assert "1 of 2" in paul.open("batches").main


def test_many_are_handed_to_a_colleague_before_somebody_leaves(
    cast: Cast, three: dict[str, str], clara: Visitor
) -> None:
    assert cast.carl.person
    assert cast.clara.person
    carl = cast.carl.person.public_id
    for case in Case.objects.all():
        case.assign_owner(cast.carl.person, by=cast.clara)
    leaving = clara.open("member-remove", carl)
    assert "3 open cases are looked after by them, and by nobody afterwards." in leaving.main
    chosen = clara.open(leaving.link("Hand them to a colleague first"))
    assert "Hand to a colleague" in chosen.main
    asked = clara.open("new-batch", what="owner", all="1", state="open", owner=carl)
    assert "Who looks after them from now on" in asked.main
    assert clara.send("new-batch", what="owner", all="1", state="open", owner=carl, colleague="").status == 422
    hers = cast.clara.person.public_id
    clara.send("new-batch", what="owner", all="1", state="open", owner=carl, colleague=hers)
    assert "Clara Holm" in clara.open("batch", Batch.objects.get().public_id).root.one("blockquote").words
    clara.send("confirm-batch", Batch.objects.get().public_id)
    while carry_on(NOW):
        pass
    assert Case.objects.filter(client_owner=cast.clara.person).count() == 3
    assert "looked after" not in clara.open("member-remove", carl).main


def test_one_message_goes_to_all_that_match(cast: Cast, three: dict[str, str], clara: Visitor) -> None:
    asked = clara.open("new-batch", what="message", all="1", country="DE", state="open")
    told = fields(asked, "/batches/new/")
    assert (told["all"], told["country"], told["state"]) == ("1", "DE", "open")
    clara.send("new-batch", what="message", all="1", country="DE", state="open", body="We moved house.")
    clara.send("confirm-batch", Batch.objects.get().public_id)
    while carry_on(NOW):
        pass
    assert Message.objects.filter(body="We moved house.").count() == 1
    assert "not opened yet" in clara.open("batch", Batch.objects.get().public_id).main


def test_a_page_that_waits_is_told_by_a_fragment(cast: Cast, three: dict[str, str], paul: Visitor) -> None:
    batch = Batch.prepare(cast.paul.organisation.cases_received.all(), "pause", by=cast.paul, reason="x")
    batch.confirm(by=cast.paul)
    part = paul.ask("batch", batch.public_id, **{"HX-Request": "true"})
    assert "<html" not in part.html
    assert part.root.one("div", id="batch")["hx-trigger"] == "every 2s"
    while carry_on(NOW):
        pass
    assert "hx-trigger" not in paul.ask("batch", batch.public_id, **{"HX-Request": "true"}).html


@pytest.mark.parametrize(
    "told", [{}, {"what": "nonsense"}, {"what": "release"}, {"what": "pause"}, {"what": "pause", "cases": "ZZZZZZZZ"}]
)
def test_nothing_chosen_leads_back_with_a_word(three: dict[str, str], paul: Visitor, told: dict[str, str]) -> None:
    for page in (paul.open("new-batch", **told), paul.send("new-batch", **told)):
        assert page.status == 302
    assert paul.open("cases").root.all("p", class_="notice--bad")


def test_too_many_are_refused_before_anything_is_asked(
    three: dict[str, str], clara: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("trialogue.lists.batches", "trialogue.doors.web.lists"):
        monkeypatch.setattr(f"{module}.MOST", 2)
    page = clara.open("new-batch", what="message", all="1", state="open")
    assert "More than 2 cases are chosen" in page.main
    assert clara.send("new-batch", what="message", all="1", state="open", body="x").status == 422


def test_not_now_throws_a_preview_away_and_stop_ends_what_runs(
    cast: Cast, three: dict[str, str], paul: Visitor
) -> None:
    for confirmed, left in ((False, 0), (True, 1)):
        batch = Batch.prepare(cast.paul.organisation.cases_received.all(), "pause", by=cast.paul, reason="x")
        if confirmed:
            batch.confirm(by=cast.paul)
        paul.send("stop-batch", batch.public_id)
        assert Batch.objects.count() == left
    assert "were left as they are" in paul.open("batch", batch.public_id).main


def test_a_referral_partner_is_offered_nothing_to_do_with_many(three: dict[str, str], rita: Visitor) -> None:
    page = rita.open("cases")
    assert page.references
    assert not page.root.all("form", id="bulk")
    assert not page.root.all("input", class_="tick")


def test_the_batch_page_asks_as_much_for_many_as_for_few(
    cast: Cast, paul: Visitor, django_assert_max_num_queries: Any
) -> None:
    for n in range(8):
        cast.confirmed(f"N-{n}").pause(by=cast.paul, reason="x")
    batch = Batch.prepare(cast.paul.organisation.cases_received.all(), "pause", by=cast.paul, reason="x")
    paul.open("batch", batch.public_id)
    with django_assert_max_num_queries(10):
        assert paul.open("batch", batch.public_id).main.count("Bergmann") == 8


def test_the_shortcuts_stand_on_a_page(clara: Visitor) -> None:
    page = clara.open("keyboard")
    assert {"?", "/", "j", "k", "x", "r", "n"} <= {key.words for key in page.root.all("kbd")}
    assert clara.open("cases").link("Keyboard shortcuts") == "/keyboard/"
    assert lists.SHOWN > 0
