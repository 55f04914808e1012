"""The lists of cases: what stands on them, states, search, pages by key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.cases.models import Case
from trialogue.doors.web import listing


def tabs(page: Page) -> dict[str, str]:
    return {tab.words.rsplit(" ", 1)[0]: tab.one("data").words for tab in page.root.one("nav", id="tabs").all("a")}


def here(page: Page) -> str:
    return page.root.one("nav", id="tabs").one("a", aria_current="page").words


@pytest.fixture
def many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven cases on pages of three; two of them moved at the very same moment. References, the newest first."""
    monkeypatch.setattr(listing, "PAGE", 3)
    hours = [0, 1, 1, 2, 3, 4, 5]
    made = [cast.submitted(f"N-{n}", at=MONDAY + timedelta(minutes=hour)) for n, hour in enumerate(hours)]
    return [case.reference for case in sorted(made, key=lambda case: (case.moved_at, case.pk), reverse=True)]


def test_each_side_finds_the_case_with_the_other_sides_names(
    cast: Cast, clara: Visitor, paul: Visitor, rita: Visitor, olga: Visitor
) -> None:
    case = cast.released()
    for visitor, others in (
        (clara, ["Kanzlei Brandt"]),
        (paul, ["Nordlys"]),
        (rita, ["Nordlys", "Kanzlei"]),
        (olga, ["Nordlys"]),
    ):
        page = visitor.open("cases")
        assert page.references == [case.reference]
        for name in others:
            assert name in page.main
        assert "€12,480.50" in page.main


def test_outsiders_find_nothing(cast: Cast, otto: Visitor, pia: Visitor) -> None:
    case = cast.released()
    for visitor in (otto, pia):
        page = visitor.open("cases", q=case.reference)
        assert case.reference not in page.main
        assert "No cases yet" in page.main


def test_a_partner_does_not_find_a_case_before_its_release(cast: Cast, paul: Visitor) -> None:
    case = cast.submitted()
    assert paul.open("cases").references == []
    case.release(cast.paul.organisation, by=cast.olga)
    assert paul.open("cases").references == [case.reference]


def test_the_list_names_itself_as_its_side_calls_it(cast: Cast, paul: Visitor, clara: Visitor) -> None:
    assert paul.open("cases").root.one("h1").words == "Cases Received"
    assert clara.open("cases").root.one("h1").words == "Cases"


def test_only_a_client_is_offered_to_hand_in(cast: Cast, clara: Visitor, paul: Visitor, olga: Visitor) -> None:
    assert clara.open("cases").has_link("Hand in a case")
    assert not paul.open("cases").has_link("Hand in a case")
    assert not olga.open("cases").has_link("Hand in a case")


def test_the_next_answer_owed_stands_at_its_case_mine_before_theirs(cast: Cast, paul: Visitor) -> None:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="A question", at=MONDAY)
    assert "Client: 1 business day 22 h left" in paul.open("cases").main  # owed to Paul
    talk.post(by=cast.clara, body="An answer, and another question", at=MONDAY + timedelta(hours=1))
    assert "You: 1 business day 23 h left" in paul.open("cases").main


def test_a_referral_partner_is_not_shown_an_empty_column(cast: Cast, rita: Visitor, clara: Visitor) -> None:
    cast.released()
    assert "Next answer owed" in clara.open("cases").main
    assert "Next answer owed" not in rita.open("cases").main


def test_unread_messages_are_counted_until_they_are_read(cast: Cast, clara: Visitor, carl: Visitor) -> None:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="One"), talk.post(by=cast.paul, body="Two")
    assert clara.open("cases").root.one("tr", class_="unread").one("data", class_="counter").words == "2"
    clara.open("case", talk.case.reference)
    assert not clara.open("cases").root.all("tr", class_="unread")
    assert carl.open("cases").root.all("tr", class_="unread"), "Carl has read nothing yet"


# --- states and search ------------------------------------------------------------------------------------------------


def test_open_cases_come_first_and_each_state_has_its_count(cast: Cast, clara: Visitor) -> None:
    cast.submitted("A"), cast.released("B")
    cast.confirmed("C").close(by=cast.paul, code="Paid")
    page = clara.open("cases")
    assert tabs(page) == {"Open": "2", "Pending Verification Internal": "1", "Pending Verification": "1", "Closed": "1"}
    assert len(page.references) == 2
    assert here(page) == "Open 2"


def test_a_state_is_chosen_by_its_tab(cast: Cast, clara: Visitor) -> None:
    closed = cast.confirmed("C")
    closed.close(by=cast.paul, code="Paid")
    cast.submitted("A")
    page = clara.open("cases", state="Closed")
    assert page.references == [closed.reference]
    assert "Closed: Paid" in page.main


def test_a_state_that_is_none_shows_the_open_ones(cast: Cast, clara: Visitor) -> None:
    case = cast.submitted()
    for state in ("nonsense", "\0", "Open", "x" * 5000):
        assert clara.open("cases", state=state).references == [case.reference], state


@pytest.mark.parametrize("words", ["bergmann", "GmbH", "INV-10", "inv-1001", " logistik "])
def test_search_finds_by_reference_and_debtor(cast: Cast, clara: Visitor, words: str) -> None:
    case = cast.submitted()
    assert clara.open("cases", q=words).references == [case.reference]


def test_search_finds_our_reference_in_any_case_and_closed_ones_too(cast: Cast, clara: Visitor) -> None:
    case = cast.confirmed()
    case.close(by=cast.paul, code="Paid")
    assert clara.open("cases", q=case.reference.lower()).references == [case.reference]
    assert clara.open("cases", q=case.reference, state="open").references == []


@pytest.mark.parametrize("words", ["%", "_", "'", '"', "\\", "\0", "; DROP TABLE", "x" * 5000, "<script>", "%%%"])
def test_strange_searches_find_nothing_and_break_nothing(cast: Cast, clara: Visitor, words: str) -> None:
    cast.submitted()
    page = clara.open("cases", q=words)
    assert page.status == 200
    assert page.references == []
    assert "<script>alert" not in page.html


def test_what_was_searched_stands_in_the_box_and_is_escaped(cast: Cast, clara: Visitor) -> None:
    cast.submitted()
    page = clara.open("cases", q='"><script>x</script>')
    assert page.root.one("input", id="q")["value"] == '"><script>x</script>'
    assert 'Nothing found for “"><script>x</script>”' in page.words
    assert "<script>x" not in page.html


def test_search_does_not_tell_an_outsider_that_a_case_exists(cast: Cast, otto: Visitor) -> None:
    case = cast.submitted()
    cast.submitted("OWN", by=cast.otto, debtor_name="Someone else")
    for words in (case.reference, "Bergmann", "INV-1001"):
        page = otto.open("cases", q=words)
        assert page.references == []
        assert "1" not in [data.words for data in page.root.all("data", class_="counter")]


# --- pages by key -----------------------------------------------------------------------------------------------------


def walk(visitor: Visitor, page: Page, way: str) -> list[list[str]]:
    pages = [page.references]
    while page.has_link(way):
        page = visitor.open(f"/cases/{page.link(way)}")
        pages.append(page.references)
        assert len(pages) < 10, "going round in circles"
    return pages


def test_going_to_older_pages_meets_each_case_once(cast: Cast, clara: Visitor, many: list[str]) -> None:
    pages = walk(clara, clara.open("cases"), "Older")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [reference for page in pages for reference in page] == many


def test_going_back_to_newer_pages_meets_each_case_once(cast: Cast, clara: Visitor, many: list[str]) -> None:
    page = clara.open("cases")
    while page.has_link("Older"):
        page = clara.open(f"/cases/{page.link('Older')}")
    back = walk(clara, page, "Newer")
    assert [reference for page in reversed(back) for reference in page] == many


def test_a_case_that_moves_meanwhile_is_not_lost(cast: Cast, clara: Visitor, many: list[str]) -> None:
    first = clara.open("cases")
    Case.objects.get(reference=many[-1]).release(cast.paul.organisation, by=cast.olga, at=MONDAY + timedelta(hours=1))
    rest = walk(clara, clara.open(f"/cases/{first.link('Older')}"), "Older")
    assert [reference for page in rest for reference in page] == many[3:-1]
    assert clara.open("cases").references[0] == many[-1]


def test_the_first_page_and_the_last_lead_nowhere_further(cast: Cast, clara: Visitor, many: list[str]) -> None:
    first = clara.open("cases")
    assert not first.has_link("Newer")
    last = clara.open(f"/cases/{clara.open('/cases/' + first.link('Older')).link('Older')}")
    assert not last.has_link("Older")
    assert last.has_link("Newer")


def test_going_to_newer_where_nothing_is_newer_shows_the_first_page(
    cast: Cast, clara: Visitor, many: list[str]
) -> None:
    assert clara.open("cases", after="2030-01-01T00:00:00+00:00~1").references == many[:3]


def test_state_and_search_go_along_to_other_pages(cast: Cast, clara: Visitor, many: list[str]) -> None:
    page = clara.open("cases", q="Bergmann", state="open")
    following = clara.open(f"/cases/{page.link('Older')}")
    assert following.root.one("input", id="q")["value"] == "Bergmann"
    assert following.references == many[3:6]


@pytest.mark.parametrize(
    "key",
    [
        "x", "~", "~~", "2026-03-09~1", "2026-03-09T11:00:00~1", "2026-03-09T11:00:00+00:00~", "2026-03-09T11:00:00+00:00~x",
        "2026-02-31T11:00:00+00:00~1", f"2026-03-09T11:00:00+00:00~{2**63}", f"2026-03-09T11:00:00+00:00~-{2**70}",
        "0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-14:00~1", "2026-03-09T11:00:00+99:99~1", "\0~\0", "’~²", "9" * 9000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["before", "after"])
def test_keys_that_are_none_do_no_harm(cast: Cast, clara: Visitor, key: str, way: str) -> None:
    case = cast.submitted()
    page = clara.open(f"/cases/?{way}={quote(key)}")
    assert page.status == 200
    assert page.references in ([case.reference], [])


def test_a_key_cannot_reach_into_another_list(cast: Cast, otto: Visitor, many: list[str]) -> None:
    cast.submitted("OWN", by=cast.otto)
    key = f"{(MONDAY + timedelta(hours=9)).isoformat()}~{10**9}"
    assert set(otto.open("cases", before=key).references).isdisjoint(many)


# --- empty ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "words"),
    [("clara", "Hand in your first claim"), ("paul", "a countdown"), ("rita", "Cases of the clients you brought"), ("olga", "as soon as a client")],
)  # fmt: skip
def test_an_empty_list_says_how_it_fills(cast: Cast, monday: Any, who: str, words: str) -> None:
    assert words in Visitor(getattr(cast, who)).open("cases").main


def test_nothing_in_a_state_says_where_the_others_are(cast: Cast, clara: Visitor) -> None:
    cast.submitted()
    page = clara.open("cases", state="Paused")
    assert "No case in this state" in page.main
    assert page.link("Show open cases") == "/cases/"
