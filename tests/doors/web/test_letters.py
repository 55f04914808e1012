"""Letters on the operator's pages: the list, one letter, its original, what a person decides, whose addresses are trusted."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors.web.visitor import PDF, Page, Visitor
from tests.letters.post import LEGAL, SETTINGS, SUPPORT, post, written
from tests.scanner import BAD, nowhere, scanning
from trialogue.clocks.models import Clock
from trialogue.letters.models import Alias, Letter, ReplyAddress, State
from trialogue.letters.rounds import file_due
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
HTML = '<p onclick="x()">It <b>fails</b><script>x()</script><img src="https://tracker.example/p.png?a=1&b=2" alt="logo"></p>'
PRIVATE = "paul@webmail.example"


@pytest.fixture(autouse=True)
def mail_is_on(settings: Any) -> None:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)


@pytest.fixture
def unproven(cast: Cast, monday: Any) -> Letter:
    return post(written(cast.clara, SUPPORT, proof=""))


@pytest.fixture
def from_elsewhere(cast: Cast, monday: Any) -> Letter:
    """Paul answers from a mailbox that nobody knows."""
    talk = cast.conversation()
    return post(written(PRIVATE, ReplyAddress.objects.of(talk, cast.paul.person), "He has paid.", subject="Re: It"))


def listed(page: Page) -> list[str]:
    return page.references


def read_again(letter: Letter) -> Letter:
    """What the worker does next."""
    letter.refresh_from_db()
    assert letter.due_at is not None
    file_due(letter.due_at)
    letter.refresh_from_db()
    return letter


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clara", "paul", "rita", "otto"])
def test_letters_are_the_operators_alone(cast: Cast, unproven: Letter, who: str) -> None:
    visitor = Visitor(getattr(cast, who))
    for page in ("letters", "mailboxes", "trusted-addresses"):
        assert visitor.open(page).status == 404
    for page in ("letter", "letter-original", "letter-as-sent", "letter-frame", "letter-frame-pictures"):
        assert visitor.open(page, unproven.public_id).status == 404
    assert visitor.send("letter-act", unproven.public_id, "release").status == 404
    unproven.refresh_from_db()
    assert unproven.state == State.HELD


def test_among_test_data_there_are_none(unproven: Letter, olga: Visitor) -> None:
    session = olga.client.session
    session["environment"] = "test"
    session.save()
    page = olga.open("letters", view="all")
    assert listed(page) == []
    assert "Letters are real" in page.main
    assert olga.open("letter", unproven.public_id).status == 404


# --- the list ---------------------------------------------------------------------------------------------------------


def test_it_is_looked_at_by_what_became_of_letters(cast: Cast, unproven: Letter, olga: Visitor) -> None:
    filed = post(written(cast.clara, LEGAL, subject="A contract"))
    noted = post(written(cast.clara, SUPPORT, subject="Away", Auto_Submitted="auto-replied"))
    refused = post(written("x@y.example", "nobody@else.example", subject="Ink"))
    refused.refuse(by=cast.olga)
    failed = Letter.keep(b"From: a@b.example", door="imap", cut="too_large")
    views = {view: listed(olga.open("letters", view=view)) for view in ("", "failed", "refused", "machines", "filed")}
    expected = {"": unproven, "failed": failed, "refused": refused, "machines": noted, "filed": filed}
    assert views == {view: [letter.public_id] for view, letter in expected.items()}
    page = olga.open("letters", view="all")
    assert listed(page) == [one.public_id for one in (failed, refused, noted, filed, unproven)]
    for words in ("Held 1", "Failed 1", "Filed A new request", "From a machine", "It is larger than 40 MB"):
        assert words in page.main, words
    assert page.has_link(Request.objects.get().number)


def test_the_first_view_is_what_is_held_with_its_reason_and_where_it_would_go(
    from_elsewhere: Letter, olga: Visitor
) -> None:
    page = olga.open("letters")
    assert listed(page) == [from_elsewhere.public_id]
    for words in ("Re: It", PRIVATE, "It answers a mail that went to somebody else", "if released:"):
        assert words in page.main
    assert from_elsewhere.conversation is not None
    assert page.has_link(from_elsewhere.conversation.case.reference)


def test_nothing_held_says_so(cast: Cast, olga: Visitor) -> None:
    assert "No letter waits for a decision" in olga.open("letters").main


@pytest.mark.parametrize("q", ["clara@nordlys.example", "CLARA@", "upload", "Clara", "<id>", "id"])
def test_it_is_found_by_sender_subject_and_message_id(cast: Cast, olga: Visitor, q: str) -> None:
    found = post(written(cast.clara, SUPPORT, Message_ID="<zebra-1@nordlys.example>"))
    post(written("vera@example.com", LEGAL, subject="Prices", Message_ID="<zebra-2@example.com>"))
    typed = {"<id>": "<zebra-1@nordlys.example>", "id": "zebra-1"}.get(q, q)
    page = olga.open("letters", q=typed)
    assert listed(page) == [found.public_id]
    assert listed(olga.open("letters", q=typed, view="refused")) == []


def test_pages_go_on_where_the_one_before_ended(cast: Cast, olga: Visitor, monkeypatch: Any) -> None:
    monkeypatch.setattr("trialogue.doors.web.letters.PAGE", 2)
    made = [post(written(cast.clara, SUPPORT, subject=f"Number {n}", proof="")).public_id for n in range(3)]
    first = olga.open("letters")
    assert listed(first) == made[:0:-1]
    second = olga.open(f"/desk/letters/{first.link('Older')}")
    assert listed(second) == made[:1]
    assert listed(olga.open(f"/desk/letters/{second.link('Newer')}")) == made[:0:-1]


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 30}, {"view": "\x00"}, {"q": "%\x00_'"}])
def test_a_strange_address_is_only_an_empty_or_a_full_list(
    unproven: Letter, olga: Visitor, query: dict[str, str]
) -> None:
    assert olga.open("letters", **query).status == 200


def test_fifty_cost_as_many_queries_as_one(cast: Cast, olga: Visitor) -> None:
    def cost(**query: str) -> int:
        olga.open("letters", **query)
        with CaptureQueriesContext(connection) as seen:
            olga.open("letters", **query)
        return len(seen)

    def grow(count: int) -> None:
        for n in range(count):
            post(written(cast.clara, SUPPORT, subject=f"Number {n}"))
            post(written(cast.clara, SUPPORT, subject=f"Another {n}", proof=""))

    grow(1)
    queries = [{}, {"view": "all"}, {"q": "clara"}]
    assert [cost(**query) for query in queries] == [8, 8, 10]
    grow(5)
    assert [cost(**query) for query in queries] == [8, 8, 10]


def test_the_desk_says_how_many_are_held(cast: Cast, unproven: Letter, olga: Visitor) -> None:
    assert "Letters 1 held" in olga.open("desk").main
    unproven.refuse(by=cast.olga)
    assert "held" not in olga.open("desk").main


# --- one --------------------------------------------------------------------------------------------------------------


def test_the_page_says_why_it_is_held_and_what_would_come_of_it(unproven: Letter, olga: Visitor) -> None:
    page = olga.open("letter", unproven.public_id)
    for words in (
        "The sender is not proven", "Anybody can write any address above a mail", "It fails again.",
        "it is taken as written by Clara Holm (Nordlys Energi A/S), and opens a request: Platform support",
        "only the proof is missing", "mx.trialogue.example, which we trust, says nothing of this letter", "Not proven",
        "support@trialogue.example", "The letter is held for somebody to decide: the sender is not proven",
    ):  # fmt: skip
        assert words in page.main, words
    assert "always trust" not in page.main


def test_what_the_trusted_server_says_is_told_in_plain_words(cast: Cast, olga: Visitor) -> None:
    raw = written(cast.clara, SUPPORT, proof="")
    told = b"Authentication-Results: mx.trialogue.example; spf=softfail smtp.mailfrom=nordlys.example; dmarc=fail header.from=nordlys.example\r\n"
    page = olga.open("letter", post(told + raw).public_id)
    for words in (
        "Says it is not them", "(SPF) rather not (nordlys.example)", "(DKIM) not checked", "(DMARC) no (nordlys.example)",
        "Release it only if you have asked the sender in another way",
    ):  # fmt: skip
        assert words in page.main, words


def test_without_a_trusted_server_it_says_what_to_set(unproven: Letter, olga: Visitor, settings: Any) -> None:
    settings.MAIL_TRUST = ""
    assert "TRIALOGUE_MAIL_TRUST" in olga.open("letter", unproven.public_id).main


def test_what_is_not_new_is_folded_and_documents_are_listed(cast: Cast, olga: Visitor) -> None:
    text = "It fails.\n\n-- \nNordlys Energi\n\nOn Mon, 9 Mar 2026 at 11:02, Olga wrote:\n> Does it work?\n"
    letter = post(written(cast.clara, SUPPORT, text, proof="", files={"claim.pdf": PDF, "run.exe": b"MZ\x00\x01"}))
    page = olga.open("letter", letter.public_id)
    folded = " ".join(part.words for part in page.root.all("details", class_="letter__folded"))
    assert "Does it work?" in folded
    assert "Nordlys Energi" in folded
    assert "run.exe 4 bytes · not a kind that is accepted" in page.main
    assert not page.has_link("run.exe")
    document = olga.open("letter-document", letter.public_id, "0")
    assert document.content == PDF
    assert document.answer["Content-Type"] == "application/pdf"
    assert document.answer["Content-Disposition"] == 'attachment; filename="claim.pdf"'
    assert document.answer["X-Content-Type-Options"] == "nosniff"
    assert document.answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    for number in ("1", "2", "999999999"):
        assert olga.open("letter-document", letter.public_id, number).status == 404


def test_with_a_scanner_a_document_is_checked_before_it_is_handed_out(cast: Cast, olga: Visitor, settings: Any) -> None:
    letter = post(written(cast.clara, SUPPORT, proof="", files={"good.txt": b"Fine.", "bad.txt": BAD}))
    with scanning() as scanner:
        settings.CLAMAV = scanner.address
        assert olga.open("letter-document", letter.public_id, "0").content == b"Fine."
        refused = olga.open("letter-document", letter.public_id, "1")
        assert (refused.status, refused.answer["Location"]) == (302, f"/desk/letters/{letter.public_id}/")
        assert "The malware check found something" in olga.open("letter", letter.public_id).main
        assert scanner.seen == [b"Fine.", BAD]
    settings.CLAMAV = nowhere()
    assert olga.open("letter-document", letter.public_id, "0").status == 302


def test_to_release_what_has_nowhere_to_go_is_not_offered(cast: Cast, olga: Visitor) -> None:
    letter = post(written("vera@example.com", "nobody@else.example"))
    page = olga.open("letter", letter.public_id)
    assert "To release it would not help: it is addressed to none of our addresses." in page.main
    assert [button.words for button in page.root.one("main").all("button")] == ["Refuse", "Read again"]


def test_a_filed_one_leads_to_what_it_became(cast: Cast, olga: Visitor) -> None:
    letter = post(written(cast.clara, SUPPORT))
    page = olga.open("letter", letter.public_id)
    number = Request.objects.get().number
    assert page.link(number) == f"/desk/requests/{number}/#message-1"
    assert "Said by Clara Holm" in page.main
    assert not page.root.one("main").all("button")


def test_what_was_never_a_letter_still_has_its_page(cast: Cast, olga: Visitor) -> None:
    letter = post(b"\x00\xff\xfe<not> a letter\n\n" + bytes(range(256)))
    page = olga.open("letter", letter.public_id)
    assert page.status == 200
    assert "(without a subject)" in page.main
    assert "<not> a letter" in page.root.one("details", id="as-it-came").words


def test_a_large_one_is_read_and_costs_no_more_queries(cast: Cast, olga: Visitor) -> None:
    small, large = (
        post(written(cast.clara, SUPPORT, subject=f"{size}", proof="", files={"a.pdf": PDF + bytes(size)}))
        for size in (10, 6_000_000)
    )

    def cost(letter: Letter) -> int:
        olga.open("letter", letter.public_id)
        with CaptureQueriesContext(connection) as seen:
            assert "a.pdf" in olga.open("letter", letter.public_id).main
        return len(seen)

    assert cost(small) == cost(large) <= 24


# --- as it came -------------------------------------------------------------------------------------------------------


def test_the_original_is_handed_out_byte_by_byte(cast: Cast, olga: Visitor) -> None:
    raw = written(cast.clara, SUPPORT, proof="")
    letter = post(raw)
    page = olga.open("letter-original", letter.public_id)
    assert page.content == raw
    assert page.answer["Content-Type"] == "message/rfc822"
    assert page.answer["Content-Disposition"] == f'attachment; filename="{letter.public_id}.eml"'
    assert page.answer["X-Content-Type-Options"] == "nosniff"


def test_its_html_stands_in_a_frame_that_can_do_nothing(cast: Cast, olga: Visitor) -> None:
    letter = post(written(cast.clara, SUPPORT, html=HTML, proof=""))
    page = olga.open("letter-as-sent", letter.public_id)
    frame = page.root.one("iframe")
    assert (frame["src"], frame.get("sandbox", "?")) == (f"/desk/letters/{letter.public_id}/frame/", "")
    assert "script-src 'self'" in page.answer["Content-Security-Policy"]
    shown = olga.open("letter-frame", letter.public_id)
    for gone in ("<script", "onclick", " src="):
        assert gone not in shown.html
    assert "<b>fails</b>" in shown.html
    policy = shown.answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "img-src data:;" in f"{policy};"
    assert shown.answer["X-Frame-Options"] == "SAMEORIGIN"


def test_pictures_from_elsewhere_are_shown_when_asked_for_and_only_then(cast: Cast, olga: Visitor) -> None:
    letter = post(written(cast.clara, SUPPORT, html=HTML, proof=""))
    page = olga.open("letter-as-sent", letter.public_id)
    assert "Pictures from elsewhere are not loaded" in page.main
    with_them = olga.open(f"/desk/letters/{letter.public_id}/as-sent/{page.link('Show pictures')}")
    assert "this time only" in with_them.main
    shown = olga.open(with_them.root.one("iframe")["src"])
    assert 'src="https://tracker.example/p.png?a=1&amp;b=2"' in shown.html
    assert "img-src data: https: http:" in shown.answer["Content-Security-Policy"]
    assert shown.answer["Referrer-Policy"] == "no-referrer"
    assert "tracker" not in olga.open("letter-as-sent", letter.public_id).html
    assert "https:" not in olga.open("letter-frame", letter.public_id).answer["Content-Security-Policy"]


def test_pictures_of_the_letter_itself_are_always_shown(cast: Cast, olga: Visitor) -> None:
    raw = (
        b"From: clara@nordlys.example\r\nTo: support@trialogue.example\r\nSubject: See\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
        b'<p>Look: <img src="cid:one"><img src="cid:two"></p>\r\n'
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <one>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(PNG)
        + b"\r\n--x\r\nContent-Type: image/svg+xml\r\nContent-ID: <two>\r\n\r\n<svg onload='x()'/>\r\n--x--\r\n"
    )
    shown = olga.open("letter-frame", post(raw).public_id).html
    assert f'src="data:image/png;base64,{base64.b64encode(PNG).decode()}"' in shown
    assert shown.count(" src=") == 1, "a picture that could run is none"


def test_a_letter_without_html_has_no_such_page(unproven: Letter, olga: Visitor) -> None:
    for page in ("letter-as-sent", "letter-frame", "letter-frame-pictures"):
        assert olga.open(page, unproven.public_id).status == 404
    assert not olga.open("letter", unproven.public_id).has_link("As it was sent")


# --- what a person decides --------------------------------------------------------------------------------------------


def test_a_released_one_goes_where_it_was_meant_to(cast: Cast, unproven: Letter, olga: Visitor) -> None:
    page = olga.send_and_follow("letter-act", unproven.public_id, "release")
    assert "“Upload fails” is released." in page.words
    letter = read_again(unproven)
    assert (letter.state, letter.released_by) == (State.FILED, cast.olga.person)
    assert Request.objects.get().person == cast.clara.person
    assert Clock.objects.count() == 1
    assert "Olga Lind vouched for its sender" in olga.open("letter", letter.public_id).main


def test_a_trusted_sender_is_that_person_from_now_on(cast: Cast, from_elsewhere: Letter, olga: Visitor) -> None:
    page = olga.open("letter", from_elsewhere.public_id)
    assert f"From now on, what comes from {PRIVATE} and is proven to come from there counts as written by Paul Brandt" in page.main  # fmt: skip
    olga.send("letter-act", from_elsewhere.public_id, "trust")
    letter = read_again(from_elsewhere)
    assert letter.message is not None
    assert letter.message.author == cast.paul.person
    talk = letter.message.conversation
    further = post(written(PRIVATE, ReplyAddress.objects.of(talk, cast.paul.person), "And more.", subject="Re: It"))
    assert (further.state, further.person) == (State.FILED, cast.paul.person)


def test_a_released_sender_is_not_trusted_the_next_time(cast: Cast, from_elsewhere: Letter, olga: Visitor) -> None:
    olga.send("letter-act", from_elsewhere.public_id, "release")
    assert read_again(from_elsewhere).state == State.FILED
    assert not Alias.objects.exists()
    assert post(written(PRIVATE, SUPPORT, subject="Another")).person is None


def test_who_has_decided_goes_on_with_the_next(cast: Cast, olga: Visitor) -> None:
    made = [post(written(cast.clara, SUPPORT, subject=f"Number {n}", proof="")).public_id for n in range(3)]
    ways = [olga.send("letter-act", made[at], "refuse").answer["Location"] for at in (1, 0, 2)]
    assert ways == [f"/desk/letters/{made[0]}/", f"/desk/letters/{made[2]}/", "/desk/letters/"]
    assert set(Letter.objects.values_list("state", "reason")) == {(State.REFUSED, "by_hand")}


def test_what_is_read_again_stays_on_its_page_until_it_is(cast: Cast, unproven: Letter, olga: Visitor) -> None:
    page = olga.send_and_follow("letter-act", unproven.public_id, "replay")
    assert "“Upload fails” is being read again." in page.words
    assert "It is kept, and will be read in a moment" in page.main
    assert page.root.one("body").get("data-head"), "the page waits for the worker"
    assert read_again(unproven).state == State.HELD
    assert not olga.open("letter", unproven.public_id).root.one("body").get("data-head")


@pytest.mark.parametrize("what", ["release", "trust", "refuse", "replay"])
def test_what_is_filed_is_left_alone(cast: Cast, olga: Visitor, what: str) -> None:
    letter = post(written(cast.clara, SUPPORT))
    page = olga.send_and_follow("letter-act", letter.public_id, what)
    assert "This letter is filed" in page.words
    letter.refresh_from_db()
    assert letter.state == State.FILED


def test_an_act_that_is_none_is_not_found(unproven: Letter, olga: Visitor) -> None:
    assert olga.send("letter-act", unproven.public_id, "burn").status == 404
    assert olga.open("letter-act", unproven.public_id, "release").status == 405


# --- trusted addresses ------------------------------------------------------------------------------------------------


def test_who_said_whose_an_address_is_stands_there_and_can_be_ended(
    cast: Cast, from_elsewhere: Letter, olga: Visitor
) -> None:
    assert "No address is trusted" in olga.open("trusted-addresses").main
    olga.send("letter-act", from_elsewhere.public_id, "trust")
    page = olga.open("trusted-addresses")
    assert f"{PRIVATE} Paul Brandt paul@kanzlei.example Olga Lind" in page.main
    page = olga.send_and_follow("trusted-addresses", address=PRIVATE)
    assert f"{PRIVATE} is no longer taken as Paul Brandt's." in page.words
    assert not Alias.objects.exists()
    assert olga.send("trusted-addresses", address=PRIVATE).status == 404


# --- in conversations -------------------------------------------------------------------------------------------------


def test_what_came_by_mail_says_so_and_leads_the_operator_to_its_letter(cast: Cast, olga: Visitor, clara: Visitor) -> None:  # fmt: skip
    letter = post(written(cast.clara, SUPPORT))
    number = Request.objects.get().number
    assert olga.open("desk-request", number).link("by mail") == f"/desk/letters/{letter.public_id}/"
    theirs = clara.open("request", number)
    assert "by mail" in theirs.main
    assert not theirs.has_link("by mail")


def test_in_a_case_as_well(cast: Cast, from_elsewhere: Letter, olga: Visitor, clara: Visitor, paul: Visitor) -> None:
    olga.send("letter-act", from_elsewhere.public_id, "release")
    letter = read_again(from_elsewhere)
    assert letter.conversation is not None
    reference = letter.conversation.case.reference
    letter.conversation.post(by=cast.paul, body="And by hand.")
    assert olga.open("case", reference).link("by mail") == f"/desk/letters/{letter.public_id}/"
    for visitor in (clara, paul):
        page = visitor.open("case", reference)
        assert page.main.count("by mail") == 1
        assert not page.has_link("by mail")
