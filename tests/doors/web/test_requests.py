"""What we have asked: the list, and one request with all that its sender does there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import MONDAY, Cast
from tests.deliveries.letters import filed
from tests.doors.web.test_cost import cost
from tests.doors.web.visitor import Visitor
from tests.walk import document
from trialogue.requests.models import Request, State

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ask(cast: Cast, who: str = "clara", **other: object) -> Request:
    told = {"channel": "platform", "subject": "White page", "body": "The page stays white.", "at": MONDAY}
    return Request.open(by=getattr(cast, who), **told | other)  # type: ignore[arg-type]


@pytest.fixture
def asked(cast: Cast) -> Request:
    return ask(cast)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_has_what_our_organisation_has_asked_and_nothing_else(
    clara: Visitor, carl: Visitor, otto: Visitor, asked: Request
) -> None:
    assert clara.open("requests").references == carl.open("requests").references == [asked.number]
    assert otto.open("requests").references == []


def test_an_empty_list_says_how_it_starts(clara: Visitor) -> None:
    page = clara.open("requests")
    assert "Nothing asked yet" in page.main
    assert page.link("Ask for help").endswith("/help/")


def test_it_is_narrowed_by_state_and_by_words(clara: Visitor, cast: Cast, asked: Request) -> None:
    other = ask(cast, subject="Prices of next year", channel="sales")
    other.answer(by=cast.olga, body="They stay.", at=MONDAY + HOUR)
    assert clara.open("requests", state="answered").references == [other.number]
    assert clara.open("requests", q="WHITE").references == [asked.number]
    assert clara.open("requests", q=other.number[-6:]).references == [other.number]
    assert "Nothing found for “nothing”" in clara.open("requests", q="nothing").main


def test_a_long_list_goes_on_from_its_last_row(clara: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.doors.web.requests.PAGE", 2)
    numbers = [ask(cast, at=MONDAY + n * HOUR).number for n in range(5)][::-1]
    first = clara.open("requests")
    second = clara.open(f"/requests/{first.link('Older')}")
    third = clara.open(f"/requests/{second.link('Older')}")
    assert first.references + second.references + third.references == numbers
    assert not third.has_link("Older")


@pytest.mark.parametrize("before", ["", "~", "x~1", "2026-03-09T11:00:00+00:00~99999999999999999999"])
def test_a_key_that_is_none_begins_at_the_top(clara: Visitor, asked: Request, before: str) -> None:
    assert clara.open("requests", before=before).references == [asked.number]


# --- one request ------------------------------------------------------------------------------------------------------


def test_a_request_says_who_owes_what_by_when_and_how_that_is_counted(clara: Visitor, asked: Request) -> None:
    page = clara.open("request", asked.number)
    assert page.messages == ["The page stays white."]
    assert (
        "owes you an answer by Wed 11 Mar, 12:00 (Europe/Copenhagen). Days on which it is closed are not" in page.main
    )
    clock = page.root.one("details", class_="clock")
    assert "Trialogue Operations owes you an answer" in clock.words
    counted = clara.open(clock.one("a")["href"])
    assert "on the calendar of Trialogue Operations (Denmark)" in counted.main
    assert counted.link("White page") == f"/requests/{asked.number}/"


def test_its_history_is_told_in_sentences(clara: Visitor, cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Try again.", at=MONDAY + HOUR)
    asked.move_to("sales", by=cast.olga, at=MONDAY + HOUR)
    told = [line.words for line in clara.open("request", asked.number).root.one("ol", class_="asked-history").all("li")]
    assert told[0].startswith("Clara Holm asked.")
    assert any(line.startswith("Olga Lind answered.") for line in told)
    assert any("another channel: Sales" in line for line in told)


def test_what_the_operator_keeps_to_itself_does_not_stand_there(clara: Visitor, cast: Cast, asked: Request) -> None:
    asked.tag(["zebra"], by=cast.olga)
    page = clara.open("request", asked.number)
    assert "zebra" not in page.html
    assert "tagged" not in page.html


def test_a_number_in_small_letters_is_the_same(clara: Visitor, asked: Request) -> None:
    assert clara.open("request", asked.number.lower()).status == 200


@pytest.mark.parametrize("typed", ["R-2026-000010", "r-2026-1", "1", "R-2025-000001", "2026-000001", "R-2026-000011"])
def test_a_number_typed_wrongly_offers_the_nearest_that_one_may_see(
    clara: Visitor, otto: Visitor, asked: Request, typed: str
) -> None:
    page = clara.open("request", typed)
    assert page.status == 404
    assert page.link(f"{asked.number} {asked.subject}") == f"/requests/{asked.number}/"
    other = otto.open("request", typed)
    assert (other.status, asked.subject in other.html) == (404, False)


@pytest.mark.parametrize("typed", ["x" * 300, "R-2026-", "R-2026-999999", "\x00", "²"])
def test_what_is_no_number_is_a_page_that_says_so(clara: Visitor, asked: Request, typed: str) -> None:
    page = clara.open("request", typed)
    assert (page.status, asked.number in page.html) == (404, False)


def test_nobody_else_finds_or_changes_it(otto: Visitor, paul: Visitor, asked: Request) -> None:
    for who in (otto, paul):
        assert who.open("request", asked.number).status == 404
        assert who.send("request", asked.number, do="close").status == 404
    asked.refresh_from_db()
    assert asked.state == State.OPEN


def test_the_operator_is_sent_to_its_desk(olga: Visitor, asked: Request) -> None:
    for page, there in (
        (olga.open("request", asked.number), f"/desk/requests/{asked.number}/"),
        (olga.open("requests"), "/desk/"),
    ):
        assert page.answer["Location"] == there


# --- what its sender does ---------------------------------------------------------------------------------------------


def test_one_writes_again_once_however_often_the_button_is_pressed(clara: Visitor, asked: Request) -> None:
    for _each in range(2):
        clara.send("request", asked.number, do="write", body="Still white.", key="k1")
    assert clara.open("request", asked.number).messages == ["The page stays white.", "Still white."]


def test_writing_opens_what_was_solved(clara: Visitor, cast: Cast, asked: Request) -> None:
    asked.solve(by=cast.olga)
    clara.send("request", asked.number, do="write", body="Still white.")
    asked.refresh_from_db()
    assert asked.state == State.OPEN


def test_of_a_legal_request_it_is_owed_that_it_has_arrived(cast: Cast, clara: Visitor) -> None:
    asked = ask(cast, "clara", channel="legal", situation="legal")
    said = "Trialogue Operations confirms by Wed 11 Mar, 12:00 (Europe/Copenhagen) that it has arrived."
    assert said in clara.open("request", asked.number).main


def test_what_was_included_is_said_in_words_wherever_the_request_stands_now(
    cast: Cast, rita: Visitor, olga: Visitor
) -> None:
    asked = ask(cast, "rita", channel="technical", situation="integration", form={"environment": "production"})
    asked.move_to("legal", by=cast.olga)
    for page in (rita.open("request", asked.number), olga.open("desk-request", asked.number)):
        assert "Environment Production" in page.main


def test_words_that_are_refused_stay_in_the_field(clara: Visitor, asked: Request) -> None:
    page = clara.send("request", asked.number, do="write", body="x" * 10_001)
    assert page.status == 422
    assert page.root.one("textarea", id="id_body").words == "x" * 10_001


def test_what_is_missing_is_a_form_and_what_is_given_is_masked(rita: Visitor, cast: Cast) -> None:
    asked = ask(cast, "rita", channel="technical", situation="integration", form={"environment": "production"})
    form = rita.open("request", asked.number).root.one("section", class_="panel")
    assert [field["name"] for field in form.all("textarea")] == ["error_message", "steps_tried"]
    given = {"do": "supply", "error_message": "No user anna@mail.example", "endpoint": "POST /clients"}
    review = rita.send("request", asked.number, **given)
    assert "e-mail a···@···" in review.main
    asked.refresh_from_db()
    assert "error_message" in asked.missing
    rita.send("request", asked.number, **given, reviewed="1")
    asked.refresh_from_db()
    assert asked.missing == ["steps_tried", "happened_at"]
    assert asked.form["error_message"] == "No user [e-mail]"


def test_an_item_that_cannot_be_read_is_said_at_its_field(rita: Visitor, cast: Cast) -> None:
    asked = ask(cast, "rita", channel="technical", situation="integration")
    page = rita.send("request", asked.number, do="supply", happened_at="yesterday")
    assert page.status == 422
    assert "Write the moment as" in page.root.one("p", id="id_happened_at-error").words


def test_one_closes_it_and_says_whether_it_helped(clara: Visitor, asked: Request) -> None:
    clara.send("request", asked.number, do="close")
    page = clara.send_and_follow("request", asked.number, do="rate", helped="no", words="Too late")
    asked.refresh_from_db()
    assert (asked.state, asked.helped, asked.verdict) == (State.CLOSED, False, "Too late")
    assert "You said: it did not help." in page.main


def test_nobody_is_asked_whether_it_helped_before_it_was_answered(clara: Visitor, asked: Request) -> None:
    assert "Did it help?" not in clara.open("request", asked.number).main


def test_what_was_merged_leads_to_where_it_goes_on(clara: Visitor, cast: Cast, asked: Request) -> None:
    other = ask(cast)
    asked.merge_into(other, by=cast.olga)
    page = clara.open("request", asked.number)
    assert page.link(other.number) == f"/requests/{other.number}/"
    assert page.root.all("form", id="say") == []
    assert clara.send("request", asked.number, do="write", body="Hello?").status == 422


def test_what_nobody_offers_cannot_be_done(clara: Visitor, asked: Request) -> None:
    for wrong in ({"do": "solve"}, {"do": "rate", "helped": "maybe"}, {}):
        assert clara.send("request", asked.number, **wrong).status == 404


def test_the_pages_ask_as_much_for_thirty_as_for_three(clara: Visitor, cast: Cast, asked: Request) -> None:
    def measured() -> list[int]:
        return [
            cost(clara, "requests", ()),
            cost(clara, "request", (asked.number,)),
            cost(clara, "help", (), situation="platform"),
            cost(clara, "ask", ("platform",)),
        ]

    for n in range(3):
        ask(cast, at=MONDAY + n * HOUR)
        asked.write(by=cast.carl, body=f"And {n}", at=MONDAY + HOUR)
    few = measured()
    for n in range(30):
        ask(cast, at=MONDAY + n * HOUR)
        asked.write(by=(cast.carl, cast.clara)[n % 2], body=f"And again {n}", at=MONDAY + HOUR)
    assert measured() == few == [7, 15, 11, 11]


def test_what_was_said_in_a_request_is_found_and_leads_there(clara: Visitor, otto: Visitor, asked: Request) -> None:
    page = clara.open("search", q="stays white")
    assert (page.status, f"/requests/{asked.number}/" in page.html) == (200, True)
    assert asked.number not in otto.open("search", q="stays white").html


def test_the_name_of_a_document_is_found_and_leads_to_it(cast: Cast, clara: Visitor, otto: Visitor) -> None:
    sent = Request.open(
        by=cast.clara, channel="platform", subject="Oh", body="See", documents=[document("white-page.txt")]
    )
    page = clara.open("search", q="white")
    assert sent.number in page.main
    assert clara.client.get(page.link("white -page.txt")).status_code == 200
    assert clara.open("requests", q="white-p").references == [sent.number]
    assert sent.number not in otto.open("search", q="white").main


def test_what_is_owed_to_us_leads_to_the_request(clara: Visitor, asked: Request) -> None:
    assert f"/requests/{asked.number}/" in clara.open("home").html


# --- where it belongs -------------------------------------------------------------------------------------------------


def test_what_is_about_a_case_is_put_there_by_one_click(clara: Visitor, cast: Cast) -> None:
    case = cast.confirmed()
    about = ask(cast, case=case)
    page = clara.open("request", about.number)
    assert f"Is it about case {case.reference}?" in page.main
    after = clara.send_and_follow("request", about.number, do="hand")
    assert f"It stands in the conversation of case {case.reference} now" in after.main
    assert case.conversation.messages.get().body == "The page stays white."
    assert "Put it into the case" not in after.main


def test_what_is_about_none_is_not(clara: Visitor, asked: Request) -> None:
    assert "Put it into the case" not in clara.open("request", asked.number).main


def test_what_came_under_another_subject_becomes_a_request_of_its_own(
    clara: Visitor, cast: Cast, asked: Request
) -> None:
    message = asked.write(by=cast.clara, body="And the prices?", at=MONDAY)
    letter = filed(message, cast.clara, topic="Prices of next year")
    assert "Another matter? “Prices of next year”" in clara.open("request", asked.number).main
    after = clara.send_and_follow("request", asked.number, do="split", letter=letter.public_id)
    new = asked.parted.get()
    assert (new.subject, new.opened_at) == ("Prices of next year", MONDAY)
    assert f"It is request {new} now" in after.main
    assert "Make it a request of its own" not in after.main
