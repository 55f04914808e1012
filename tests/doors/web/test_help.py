"""Whoever needs help is shown the one place where it belongs, and asks there."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.people.models import Actor
from trialogue.requests.models import FailedCall, Request

pytestmark = pytest.mark.django_db
ASKED = {
    "do": "send",
    "subject": "White page",
    "body": "After the login the page stays white.",
    "situation": "platform",
}


def hidden(page: Page) -> dict[str, str]:
    """What the form of a page carries along."""
    return {field["name"]: field.get("value") for field in page.root.one("main").all("input", type="hidden")}


def test_to_machines_that_read_along_it_has_one_address_and_says_what_it_is(nobody: Visitor) -> None:
    page = nobody.open("help", situation="legal")
    assert page.root.one("link", rel="canonical")["href"].endswith("/help/")
    assert nobody.open("help").root.one("meta", name="description")["content"].startswith("Ask in your own words")
    assert nobody.open("ask", "legal").root.one("meta", name="description")["content"]


# --- where it belongs -------------------------------------------------------------------------------------------------


def test_ones_own_words_lead_to_one_place_with_the_words_that_decided(clara: Visitor) -> None:
    page = clara.send("help", text="I cannot log in, the page shows an error after the password")
    place = page.root.one("section", class_="place")
    assert "Platform support" in place.words
    assert [quoted.words for quoted in place.all("q")]
    assert all(
        quoted.words in "I cannot log in, the page shows an error after the password" for quoted in place.all("q")
    )


def test_a_situation_of_the_list_leads_there_too(clara: Visitor, rita: Visitor) -> None:
    for who, name in ((clara, "Platform support"), (rita, "Referral partners: technical")):
        assert who.open("help", situation="integration").root.one("h2", id="place").words == name


def test_the_moment_of_the_answer_is_said_if_it_were_asked_now(clara: Visitor, cast: Cast) -> None:
    place = clara.open("help", situation="platform").root.one("section", class_="place")
    assert "Trialogue Operations answers by Wed 11 Mar, 14:00 (Europe/Copenhagen)" in place.words
    assert "on the calendar of Trialogue Operations (Denmark)" in place.words


def test_of_a_case_the_moment_is_known_once_the_case_is(clara: Visitor, cast: Cast) -> None:
    case = cast.confirmed()
    assert "within 48 business hours" in clara.open("help", situation="case").main
    page = clara.open("help", situation="case", case=case.reference)
    assert f"{cast.paul.organisation.name} answers by" in page.main
    assert page.link(f"Write in case {case.reference}").startswith(f"/cases/{case.reference}/")


def test_what_cannot_be_told_is_said_and_the_list_is_left(clara: Visitor) -> None:
    page = clara.send("help", text="qwertz")
    assert "We cannot tell from this where it belongs" in page.main
    assert not page.root.all("section", class_="place")


def test_phone_and_whatsapp_are_said_not_to_be_offered(clara: Visitor) -> None:
    page = clara.open("help", situation="phone")
    assert page.root.one("h2", id="place").words == "Case chat"
    assert "There is no support by phone." in page.root.one("section", class_="place").words
    assert page.main.count("not offered") == 2


def test_what_happens_if_nobody_answers_is_said_step_by_step(clara: Visitor) -> None:
    steps = clara.open("help", situation="silent_partner").root.one("ol", class_="ladder").all("li")
    assert [step.words.split()[0] for step in steps] == ["Raise", "When", "If"]


def test_a_partner_who_asks_in_its_case_is_answered_by_the_client(paul: Visitor, cast: Cast) -> None:
    case = cast.confirmed()
    assert "The client of the case answers within 2 business days" in paul.open("help", situation="case").main
    page = paul.open("help", situation="case", case=case.reference)
    assert f"{cast.clara.organisation.name} answers by" in page.main


def test_who_has_not_signed_in_is_led_to_the_case_by_signing_in(nobody: Visitor, cast: Cast) -> None:
    place = nobody.open("help", situation="case").root.one("section", class_="place")
    assert place.one("h2").words == "Case chat"
    assert place.one("a", class_="button")["href"] == "/accounts/login/?next=/cases/"


def test_nobody_is_sent_to_an_account_manager_before_there_is_one(rita: Visitor) -> None:
    page = rita.open("help", situation="strategy")
    assert page.root.one("h2", id="place").words == "Referral partners: business"
    assert page.root.all("button", type="submit")


@pytest.mark.parametrize(
    ("who", "theirs"),
    [("clara", {"silent", "considering"}), ("paul", set()), ("rita", {"silent", "terms", "down"}), ("nobody", {"considering"})],
)  # fmt: skip
def test_everyone_is_offered_what_may_be_theirs_and_no_more(
    request: pytest.FixtureRequest, who: str, theirs: set[str]
) -> None:
    offered = request.getfixturevalue(who).open("help").root.one("ul", class_="situations").words
    words = {
        "silent": "The collection partner does not answer", "considering": "Considering us", "terms": "Your terms as a referral partner",
        "down": "Production is down",
    }  # fmt: skip
    assert {name for name, said in words.items() if said in offered} == theirs
    assert "Legal questions" in offered


def test_a_clients_own_terms_are_no_matter_for_sales(clara: Visitor) -> None:
    place = clara.send("help", text="Wie hoch ist unsere Provision?").root.one("section", class_="place")
    assert place.one("h2").words == "Platform support"


def test_no_answer_is_promised_to_each_mail_to_an_account_manager(rita: Visitor) -> None:
    (row,) = [row for row in rita.open("help").root.one("table").all("tr") if "Account manager" in row.words]
    assert row.all("td")[1].words == "–"


def test_a_site_leads_to_where_there_is_something(clara: Visitor, cast: Cast) -> None:
    page = clara.open("help")
    assert page.link("Developer documentation") == "/api/v1/docs"
    assert "/articles/" in {link["href"] for link in page.root.one("main").all("a") if link.words == "Help portal"}
    Edition.adopt(shipped().replace('"/articles/"', '"https://help.example.com/"'), by=cast.olga)
    page = clara.open("help")
    assert "Help portal not set up here yet" in page.main
    place = clara.open("help", situation="how_to").root.one("section", class_="place")
    assert "It is not set up here yet." in place.words
    assert place.one("button").words == "Write to Platform support"


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "nobody"])
def test_everyone_sees_the_ways_open_to_them_and_no_others(
    request: pytest.FixtureRequest, cast: Cast, who: str
) -> None:
    rows = request.getfixturevalue(who).open("help").root.one("table").all("tr")
    told = {row.all("th")[0].words.split(" not offered")[0] for row in rows[1:]}
    assert any("Legal" in one for one in told)
    assert any("business" in one for one in told) == (who == "rita")
    assert any("Platform" in one for one in told) == (who in ("clara", "paul"))


def test_what_not_to_do_there_is_said(clara: Visitor) -> None:
    place = clara.open("help", situation="platform").root.one("section", class_="place")
    avoid = [line.words for line in place.one("ul", class_="place__avoid").all("li")]
    assert avoid[0].startswith("Do not ask here how one case stands")
    assert avoid[-1].startswith("There is no support by phone. There is no support by WhatsApp.")


@pytest.mark.parametrize(
    ("asker", "name"),
    [
        ("client", "Platform support"), ("referred_client", "Platform support"), ("collection_partner", "Platform support"),
        ("referral_partner", "Referral partners: technical"), ("public", "Sales"), ("operator", "Sales"),
    ],
)  # fmt: skip
def test_who_has_not_signed_in_says_who_they_are_and_is_shown_where_it_belongs_for_them(
    nobody: Visitor, asker: str, name: str
) -> None:
    page = nobody.send("help", **{"as": asker}, situation="integration")
    assert page.root.one("h2", id="place").words == name
    assert page.root.one("input", name="as", checked="")["value"] == ("public" if asker == "operator" else asker)


def test_to_what_is_open_to_accounts_alone_leads_signing_in_and_the_words_go_along(
    nobody: Visitor, clara: Visitor
) -> None:
    said = "The upload page shows an error after the login"
    place = nobody.send("help", **{"as": "client"}, text=said).root.one("section", class_="place")
    assert "support@trialogue.example" in place.words
    assert not place.all("form")
    link = place.one("a", class_="button")
    assert link.words == "Sign in and write to Platform support"
    there = parse_qs(urlsplit(link["href"]).query)["next"][0]
    assert clara.open(there).root.one("textarea", name="body").words == said


def test_who_has_not_signed_in_reads_the_moment_in_the_zone_of_their_browser(
    nobody: Visitor, cast: Cast, monday: Any
) -> None:
    for zone, told in (
        ("America/Bogota", "Wed 11 Mar, 08:00 (America/Bogota)"),
        ("Nowhere/Else", "Wed 11 Mar, 13:00 (UTC)"),
    ):
        place = nobody.send("help", situation="legal", zone=zone).root.one("section", class_="place")
        assert told in place.words
        assert place.one("input", name="zone")["value"] == zone
        assert told in nobody.send("ask", "legal", do="begin", zone=zone).main


def test_who_has_signed_in_is_who_they_are(clara: Visitor) -> None:
    page = clara.send("help", **{"as": "referral_partner"}, situation="integration")
    assert page.root.one("h2", id="place").words == "Platform support"
    assert not page.root.all("input", name="as")


def test_whoever_chooses_after_all_keeps_their_words(clara: Visitor) -> None:
    page = clara.send("help", text="I cannot log in any more", situation="legal")
    assert page.root.one("h2", id="place").words == "Legal"
    assert page.root.one("textarea", id="text").words == "I cannot log in any more"
    assert page.root.one("ul", class_="situations").one("button", **{"aria-current": "true"})["value"] == "legal"


def test_which_channel_is_another_name_of_the_page(nobody: Visitor) -> None:
    assert nobody.open("which-channel", situation="legal").answer.headers["Location"] == "/help/?situation=legal"


def test_the_operator_is_asked_and_does_not_ask(olga: Visitor) -> None:
    assert olga.open("help").status == olga.open("ask", "platform").status == 302
    assert not olga.open("home").has_link("Ask for help")


# --- asking there -----------------------------------------------------------------------------------------------------


def test_asking_makes_a_request_with_a_number(clara: Visitor, cast: Cast) -> None:
    page = clara.send_and_follow("ask", "platform", **ASKED)
    asked = Request.objects.get()
    assert (asked.channel, asked.situation, asked.subject) == ("platform", "platform", "White page")
    assert f"Sent. Your request has the number {asked.number}." in page.words


def test_the_same_form_sent_twice_makes_one_request(clara: Visitor) -> None:
    form = hidden(clara.open("ask", "platform"))
    for _each in range(2):
        clara.send("ask", "platform", **form | ASKED)
    assert Request.objects.count() == 1


def test_what_is_known_is_filled_in(rita: Visitor) -> None:
    page = rita.open("ask", "technical", situation="integration", text="The webhook fails")
    values = {field["name"]: field.get("value") for field in page.root.one("main").all("input")}
    assert values["partner"] == "Fintegra"
    assert not values["happened_at"]  # nobody has said it yet
    assert page.root.one("p", id="id_happened_at-hint").words == "It is 2026-03-09 13:00 there now."
    assert page.root.one("option", selected="").words == "Production"
    assert page.root.one("textarea", name="body").words == "The webhook fails"
    needed = [label.words for label in page.root.all("label") if "needed for an answer" in label.words]
    assert [one.split(" (")[0] for one in needed][:2] == ["Environment", "The exact error message"]


def test_what_may_be_left_out_is_folded_away_until_it_is_typed_in(clara: Visitor, rita: Visitor) -> None:
    folded = clara.open("ask", "platform", situation="platform").root.one("details", class_="folded")
    assert folded.one("summary").words == "Add details: 9 lines, all optional"
    assert "open" not in folded.given
    assert folded.all("input", name="http_status")
    typed = clara.send("ask", "platform", **ASKED | {"subject": "", "http_status": "502"})
    assert "open" in typed.root.one("details", class_="folded").given
    needed = rita.open("ask", "technical", situation="integration")
    assert not needed.root.one("details", class_="folded").all("textarea", name="error_message")
    assert needed.root.all("textarea", name="error_message")
    assert not clara.open("ask", "partnerships").root.all("details", class_="folded")


def test_a_failed_call_is_picked_and_its_facts_stand_in_the_form(rita: Visitor, cast: Cast) -> None:
    program = Actor(cast.rita.organisation, environment="test")
    told = {"method": "POST", "path": "/api/v1/cases", "status": 422, "title": "Some fields cannot be used"}
    FailedCall.keep(program, body='{"detail": "Give text."}', **told)
    form = rita.open("ask", "technical", situation="integration")
    pick = form.root.one("button", name="call")
    assert "POST /api/v1/cases 422 Some fields cannot be used" in pick.words
    typed = ASKED | {"situation": "integration", "steps_tried": "Again"}
    page = rita.send("ask", "technical", **hidden(form) | typed, call=pick["value"])
    values = {field["name"]: field.get("value") for field in page.root.one("main").all("input")}
    assert (values["endpoint"], values["http_status"]) == ("POST /api/v1/cases", "422")
    assert values["happened_at"] == "2026-03-09 13:00"
    assert page.root.one("option", selected="").words == "Test"
    texts = {field["name"]: field.words for field in page.root.all("textarea")}
    assert texts["error_message"] == "Some fields cannot be used"
    assert texts["response_body"] == '{"detail": "Give text."}'
    assert (texts["steps_tried"], texts["body"]) == ("Again", ASKED["body"])
    assert Request.objects.count() == 0


def test_what_failed_elsewhere_is_offered_to_nobody_else(clara: Visitor, nobody: Visitor, cast: Cast) -> None:
    FailedCall.keep(Actor(cast.rita.organisation), method="GET", path="/zebra", status=404, title="", body="")
    call = FailedCall.objects.get().public_id
    for who, channel in ((clara, "platform"), (nobody, "legal")):
        for page in (who.open("ask", channel), who.send("ask", channel, do="begin", call=call)):
            assert "zebra" not in page.html


def test_the_case_one_came_from_stands_in_the_form_and_with_the_request(clara: Visitor, cast: Cast) -> None:
    case = cast.confirmed()
    page = clara.open("ask", "platform", case=case.reference)
    assert page.root.one("input", name="case_reference")["value"] == case.reference
    clara.send("ask", "platform", **ASKED, case_reference=case.reference.lower())
    assert Request.objects.get().case == case


def test_a_case_that_one_does_not_see_is_no_case(otto: Visitor, cast: Cast) -> None:
    page = otto.send("ask", "platform", **ASKED, case_reference=cast.confirmed().reference)
    assert (page.status, Request.objects.count()) == (422, 0)
    assert "You have no case of this reference" in page.main


def test_what_will_be_masked_is_shown_before_anything_is_kept(clara: Visitor) -> None:
    told = ASKED | {"body": "Mail anna@mail.example or otto@mail.example about it"}
    page = clara.send("ask", "platform", **told)
    assert Request.objects.count() == 0
    kept = page.root.all("input", name="keep")
    assert [box.parent.words for box in kept if box.parent] == [
        "Keep: e-mail a···@··· in “What it is about” … Mail [e-mail 1] or [e-mail 2] about it …",
        "Keep: e-mail o···@··· in “What it is about” … Mail [e-mail 1] or [e-mail 2] about it …",
    ]
    clara.send("ask", "platform", **hidden(page), keep=kept[0]["value"])
    assert Request.objects.get().conversation.messages.get().body == "Mail anna@mail.example or [e-mail 2] about it"


def test_a_subject_is_masked_as_well(clara: Visitor) -> None:
    page = clara.send("ask", "platform", **ASKED | {"subject": "Mails to anna@mail.example"})
    clara.send("ask", "platform", **hidden(page))
    assert Request.objects.get().subject == "Mails to [e-mail]"


def test_one_may_go_back_and_change_it(clara: Visitor) -> None:
    page = clara.send("ask", "platform", **ASKED | {"body": "Mail anna@mail.example"})
    form = clara.send("ask", "platform", **hidden(page) | {"do": "edit"})
    assert form.root.one("textarea", name="body").words == "Mail anna@mail.example"
    assert Request.objects.count() == 0


def test_a_question_about_one_case_is_offered_to_its_conversation_and_sent_all_the_same(
    clara: Visitor, cast: Cast
) -> None:
    case = cast.confirmed()
    told = ASKED | {
        "subject": "Debtor",
        "body": "Has the debtor paid yet? What are the next steps in the case against Bergmann?",
    }
    page = clara.send("ask", "platform", **told)
    assert "This seems to be about one case" in page.main
    there = page.link(f"Write in case {case.reference}")
    assert "Has the debtor paid yet?" in clara.open(there).root.one("textarea", id="body").words
    assert Request.objects.count() == 0
    clara.send("ask", "platform", **hidden(page))
    assert Request.objects.count() == 1


def test_a_channel_of_others_says_where_it_belongs_and_carries_the_words_along(clara: Visitor) -> None:
    page = clara.send("ask", "technical", **ASKED)
    assert "This address is for referral partners" in page.main
    form = page.root.one("form", action="/help/platform/")
    carried = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    there = clara.send("ask", "platform", **carried)
    assert there.root.one("textarea", name="body").words == ASKED["body"]
    assert Request.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subject": " "}, "Say in a few words what it is about."), ({"body": ""}, "Write something first."),
        ({"body": "x" * 10_001}, "holds up to 10,000 characters"), ({"http_status": "four hundred"}, "Give a whole number."),
        ({"happened_at": "yesterday"}, "Write the moment as 2026-11-30 08:15, in UTC."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_the_words_are_kept(
    clara: Visitor, wrong: dict[str, str], said: str
) -> None:
    page = clara.send("ask", "platform", **ASKED | {"steps_tried": "Another browser"} | wrong)
    assert page.status == 422
    assert said in page.root.one("p", id=f"id_{next(iter(wrong))}-error").words
    assert page.root.one("textarea", name="steps_tried").words == "Another browser"
    assert Request.objects.count() == 0


@pytest.mark.parametrize("channel", ["fax", "case_chat", "phone"])
def test_what_takes_no_requests_has_no_form(clara: Visitor, channel: str) -> None:
    assert clara.open("ask", channel).status == 404


def test_what_would_be_masked_stands_among_the_words_of_its_line(clara: Visitor) -> None:
    body = "Pay to DE89370400440532013000 please.\nBy mistake it went to GB82WEST12345698765432 last week."
    page = clara.send("ask", "platform", **ASKED | {"body": body})
    first, second = (line.words for line in page.root.one("ul", class_="findings").all("li"))
    assert first.endswith("… Pay to [IBAN 1] please. …")
    assert second.endswith("… By mistake it went to [IBAN 2] last week. …")


# --- while one writes -------------------------------------------------------------------------------------------------

ABOUT_A_CASE = "Has the debtor paid yet? What are the next steps in the case against Bergmann?"


def test_under_the_form_stands_a_better_place_with_what_was_written_going_there(clara: Visitor) -> None:
    told = {"subject": "Lawyer", "body": "We want to make a formal legal complaint about how our data is handled."}
    hints = clara.send("ask-hints", "platform", **told)
    assert hints.root.one("h3", id="better").words == "This seems to belong elsewhere: Legal"
    assert "Trialogue Operations confirms that it has arrived by Wed 11 Mar, 14:00" in hints.words
    button = hints.root.one("button")
    assert (button["formaction"], button["name"], button["value"]) == ("/help/legal/", "do", "begin")
    there = clara.send("ask", "legal", **ASKED | told | {"do": "begin"})
    assert there.root.one("textarea", name="body").words == told["body"]
    assert Request.objects.count() == 0


def test_what_is_about_a_case_is_offered_to_its_conversation_while_one_writes(clara: Visitor, cast: Cast) -> None:
    case = cast.confirmed()
    hints = clara.send("ask-hints", "platform", subject="Debtor", body=ABOUT_A_CASE)
    there = hints.link(f"Write in case {case.reference}")
    assert ABOUT_A_CASE in clara.open(there).root.one("textarea", id="body").words


def test_nothing_is_said_where_the_place_is_right_or_nobody_can_tell(clara: Visitor, rita: Visitor) -> None:
    here = {"subject": "White page", "body": "I cannot log in, the page shows an error after the password"}
    assert clara.send("ask-hints", "platform", **here).words == ""
    assert clara.send("ask-hints", "legal", subject="Hello", body="qwertz").words == ""
    error = {"subject": "Error", "body": "Our webhook fails with an error 500 since yesterday"}
    assert rita.send("ask-hints", "business", **error).words == ""  # both of her addresses arrive in one inbox
    assert rita.send("ask-hints", "legal", **error).root.all("button", formaction="/help/technical/")


def test_hints_are_given_for_what_takes_requests_and_to_whoever_may_ask(clara: Visitor, olga: Visitor) -> None:
    assert clara.send("ask-hints", "case_chat", body=ABOUT_A_CASE).status == 404
    assert olga.send("ask-hints", "platform", body=ABOUT_A_CASE).status == 404


def test_a_form_begun_with_words_shows_the_same_at_once(clara: Visitor) -> None:
    page = clara.send("ask", "sales", do="begin", text="I cannot log in, the page shows an error after the password")
    assert page.root.one("h3", id="better").words == "This seems to belong elsewhere: Platform support"
