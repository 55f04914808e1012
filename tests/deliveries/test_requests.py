"""Who hears of a request and what the mails say: the receipt, answers, what is solved, what is overdue; inside and by letter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.mails import Mails
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Bookmark, Note
from trialogue.deliveries.models import Absence, Delivery
from trialogue.deliveries.notices import look_at, tell
from trialogue.deliveries.rounds import begin_digests, send_due
from trialogue.deliveries.wishes import Wishes
from trialogue.events.models import Event
from trialogue.lib.quiethours import QuietHours
from trialogue.people.models import Actor, Person, Role, Visitor
from trialogue.requests.models import Duty, Request

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)
TOLD = {"channel": "platform", "subject": "Cannot sign in", "body": "The page stays white."}


PRICES = {
    "channel": "sales", "subject": "Prices", "body": "What does it cost?", "name": "Vera", "email": "vera@example.com",
}  # fmt: skip


@pytest.fixture
def otis(cast: Cast) -> Actor:
    """A second person of the operator."""
    person = Person.objects.create_user("otis@operator.example", "x" * 20, name="Otis", zone="Europe/Copenhagen")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER))


@pytest.fixture
def asked(cast: Cast, otis: Actor) -> Request:
    return Request.open(by=cast.clara, at=MONDAY, **TOLD)


@pytest.fixture
def visited(cast: Cast) -> Request:
    return Request.open(by=Visitor(), at=MONDAY, **PRICES)


@pytest.fixture
def post(mails: type[Mails]) -> Callable[..., dict[str, list[EmailMessage]]]:
    """What went out until a moment and not before, by address."""

    def sent(until: Any) -> dict[str, list[EmailMessage]]:
        mails.sent.clear()
        send_due(until)
        found: dict[str, list[EmailMessage]] = {}
        for mail in mails.sent:
            parsed = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
            found.setdefault(parsed["To"].addresses[0].addr_spec, []).append(parsed)  # type: ignore[arg-type]
        return found

    return sent


CLARA, CARL, OLGA, OTIS, VERA = "clara@nordlys.example", "carl@nordlys.example", "olga@trialogue.example", "otis@operator.example", "vera@example.com"  # fmt: skip
QUIET = timedelta(minutes=10)


def words(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content())


def line(mail: EmailMessage) -> str:
    """What the mail comes to, which stands above all else."""
    return words(mail).split("\n\n")[1]


def waiting(request: Request, **of: Any) -> list[str]:
    """Whom a bundle waits for."""
    found = Delivery.objects.filter(request=request, kind="bundle", state="waiting", **of)
    return sorted(one.person.email if one.person else "visitor" for one in found)


# --- who --------------------------------------------------------------------------------------------------------------


def test_what_arrives_is_told_to_everybody_of_the_operator_where_nobody_looks_after_it(asked: Request) -> None:
    assert waiting(asked) == [OLGA, OTIS]


def test_what_arrives_is_told_to_the_team_of_its_channel(cast: Cast, otis: Actor) -> None:
    assert otis.person
    Duty.give("platform", [otis.person], by=cast.olga)
    assert waiting(Request.open(by=cast.clara, at=MONDAY, **TOLD)) == [OTIS]


def test_what_is_written_next_is_told_to_the_one_who_takes_care_of_it(
    cast: Cast, asked: Request, post: Callable[..., Any]
) -> None:
    asked.answer(by=cast.olga, body="Which browser?", asks=True, at=MONDAY)
    post(LATER)
    asked.write(by=cast.clara, body="Firefox.", at=LATER)
    assert waiting(asked) == [OLGA]


def test_an_answer_is_told_to_who_asked_and_who_wrote_and_to_no_colleague(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    assert waiting(asked, organisation=asked.asker) == [CLARA]
    asked.write(by=cast.carl, body="Here, too.", at=LATER)
    asked.answer(by=cast.olga, body="And again.", at=LATER)
    assert waiting(asked, organisation=asked.asker) == [CARL, CLARA]


def test_when_who_asked_has_left_everybody_of_their_side_is_told(cast: Cast) -> None:
    by_program = Actor(cast.clara.organisation, environment="production", via="api")
    request = Request.open(by=by_program, at=MONDAY, **TOLD)
    request.answer(by=cast.olga, body="Try again.", at=LATER)
    assert waiting(request, organisation=request.asker) == [CARL, CLARA]


def test_whoever_stands_in_is_told_for_the_one_who_is_away(
    cast: Cast, asked: Request, post: Callable[..., Any]
) -> None:
    membership = cast.clara.organisation.memberships.get(person=cast.clara.person)
    colleague = cast.clara.organisation.memberships.get(person=cast.carl.person)
    Absence.plan(membership, by=cast.clara, first=MONDAY.date(), last=date(2026, 3, 13), colleague=colleague, at=MONDAY)
    asked.answer(by=cast.olga, body="Try again.", at=LATER + QUIET)
    assert waiting(asked, organisation=asked.asker) == [CARL, CLARA]
    (mail,) = post(LATER + 2 * QUIET)[CARL]
    assert "For Clara Holm, who is away" in words(mail)


def test_whoever_wants_to_hear_nothing_of_messages_does_not(cast: Cast, asked: Request) -> None:
    assert cast.clara.person
    Wishes.choose(cast.clara.person, how={"message": "off"})
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    assert waiting(asked, organisation=asked.asker) == []


def test_given_to_somebody_it_is_told_to_them_alone_and_not_when_they_took_it(
    cast: Cast, asked: Request, otis: Actor, post: Callable[..., Any]
) -> None:
    post(LATER)
    asked.assign(otis.person, by=cast.olga, at=LATER)
    assert waiting(asked) == [OTIS]
    (mail,) = post(LATER + QUIET)[OTIS]
    assert line(mail) == f"News of request {asked}: Cannot sign in"
    assert "Otis takes care of it." in words(mail)
    asked.assign(cast.olga.person, by=cast.olga, at=LATER + QUIET)
    assert waiting(asked) == []


def test_moved_merged_and_split_it_is_told_to_the_sender(cast: Cast, asked: Request, post: Callable[..., Any]) -> None:
    more = asked.write(by=cast.clara, body="And a DPA?", at=MONDAY)
    post(LATER)
    asked.move_to("legal", by=cast.olga, at=LATER)
    new = asked.split(more, by=cast.olga, subject="DPA", at=LATER)
    assert waiting(asked) == waiting(new) == [CLARA]
    again = Request.open(by=cast.clara, at=LATER, **TOLD)
    again.merge_into(asked, by=cast.olga, at=LATER + timedelta(minutes=1))
    told = post(LATER + 2 * QUIET)
    said = {line(mail).split(":")[0]: words(mail) for mail in told[CLARA]}
    assert "put it on another channel" in said[f"News of request {asked}"]
    assert "made this a request of its own" in said[f"News of request {new}"]
    assert f"It goes on in request {asked}:" in said[f"News of request {again}"]
    assert not [mail for mail in told[OLGA] if "News" in line(mail)]


def test_what_was_missing_and_that_it_is_closed_is_told_to_the_desk(
    cast: Cast, asked: Request, post: Callable[..., Any]
) -> None:
    post(LATER)
    asked.supply({"error_message": "422"}, by=cast.clara, at=LATER)
    asked.close(by=cast.clara, at=LATER)
    told = post(LATER + QUIET)
    assert "said what was missing" in words(told[OLGA][0])
    assert "said that it is done" in words(told[OLGA][0])
    assert CLARA not in told


def test_whoever_is_named_in_a_note_of_the_desk_hears_of_it_and_nobody_else(
    cast: Cast, asked: Request, otis: Actor, post: Callable[..., Any]
) -> None:
    post(LATER)
    note = Note.write(asked.conversation, by=cast.olga, body="@Otis look, they owe us", at=LATER)
    told = post(LATER + QUIET)
    assert list(told) == [OTIS]
    assert f"/requests/{asked}/#note-{note.public_id}" in words(told[OTIS][0])
    assert "owe us" not in words(told[OTIS][0])


# --- whether ----------------------------------------------------------------------------------------------------------


def test_several_messages_are_one_mail(cast: Cast, asked: Request, post: Callable[..., Any]) -> None:
    post(LATER)
    for body in ("Try again.", "And clear the cache."):
        asked.answer(by=cast.olga, body=body, at=LATER)
    (mail,) = post(LATER + QUIET)[CLARA]
    assert line(mail) == f"2 new messages in request {asked}: Cannot sign in"
    assert "Try again." in words(mail)
    assert "clear the cache" in words(mail, "html")
    assert f"/requests/{asked}/#message-2" in words(mail)


def test_what_was_read_meanwhile_is_not_mailed_on_either_side(
    cast: Cast, asked: Request, post: Callable[..., Any]
) -> None:
    asked.conversation.mark_read(by=cast.olga, through=1, at=MONDAY + timedelta(minutes=1))
    assert OLGA not in post(MONDAY + QUIET)
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    asked.conversation.mark_read(by=cast.clara, through=2, at=LATER + timedelta(minutes=1))
    assert CLARA not in post(LATER + QUIET)
    assert set(Delivery.objects.filter(request=asked, kind="bundle", state="read").values_list("person", flat=True)) == {cast.olga.person_id, cast.clara.person_id}  # fmt: skip


def test_the_operator_who_oversees_a_case_still_leaves_no_mark(cast: Cast) -> None:
    conversation = cast.conversation()
    conversation.post(by=cast.clara, body="Hello", at=MONDAY)
    conversation.mark_read(by=cast.olga, through=1)
    assert not Bookmark.objects.filter(person=cast.olga.person).exists()


def test_who_left_is_told_nothing_more(cast: Cast, asked: Request, otis: Actor, post: Callable[..., Any]) -> None:
    cast.olga.organisation.memberships.get(person=otis.person).end(by=cast.olga)
    assert OTIS not in post(MONDAY + QUIET)


def test_the_morning_summary_holds_what_was_set_aside(cast: Cast, asked: Request, post: Callable[..., Any]) -> None:
    assert cast.clara.person
    Wishes.choose(cast.clara.person, how={"message": "daily"}, at=MONDAY)
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    assert "Try again." not in "".join(words(mail) for mail in post(LATER + QUIET).get(CLARA, []))
    begin_digests(MONDAY + timedelta(days=1))
    (mail,) = post(MONDAY + timedelta(days=1))[CLARA]
    assert f"Cannot sign in {asked}\nThere are new messages." in words(mail)
    assert f"/requests/{asked}/" in words(mail, "html")


# --- behind the bell --------------------------------------------------------------------------------------------------


def test_it_stands_behind_the_bell_with_its_page_until_it_is_read(cast: Cast, asked: Request) -> None:
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    asked.solve(by=cast.olga, at=LATER)
    (one,) = tell(list(Delivery.objects.notices_of(cast.clara, LATER)), cast.clara)
    assert (one.page, one.words, one.is_new) == (f"/requests/{asked}/#message-2", "Try again.", True)
    assert one.sentences == ("Olga Lind wrote.", "Olga Lind said that it is done.")
    asked.conversation.mark_read(by=cast.clara, through=2, at=LATER)
    assert not Delivery.objects.notices_of(cast.clara, LATER).unseen(LATER).exists()


def test_the_list_asks_no_more_for_many_than_for_one(
    cast: Cast, asked: Request, visited: Request, django_assert_num_queries: Any
) -> None:
    mine = Delivery.objects.notices_of(cast.olga, MONDAY).select_related("case", "request")
    assert len(mine) == 2
    with django_assert_num_queries(1):
        told = tell(list(mine), cast.olga)
    assert {one.sentences[0] for one in told} == {"Clara Holm wrote.", "Vera wrote."}


def test_who_opens_it_has_seen_what_they_were_told(cast: Cast, asked: Request) -> None:
    assert look_at(cast.olga, asked) == 1
    assert look_at(cast.olga, asked) == 0
    assert look_at(cast.otto, asked) == 0


def test_an_outsider_is_told_nothing(cast: Cast, asked: Request, visited: Request) -> None:
    for actor in (cast.otto, cast.paul, cast.rita, cast.pia):
        assert not Delivery.objects.notices_of(actor, LATER).exists()
        assert not Delivery.objects.visible_to(actor).exists()
    assert Delivery.objects.visible_to(cast.olga).filter(request=asked).exists()


# --- the receipt ------------------------------------------------------------------------------------------------------


def test_whoever_asks_is_told_at_once_what_is_promised(asked: Request, post: Callable[..., Any]) -> None:
    told = post(MONDAY)
    assert list(told) == [CLARA]
    (mail,) = told[CLARA]
    assert mail["Subject"] == f"Request {asked}: Cannot sign in"
    assert "Your request has arrived." in line(mail)
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        said = " ".join(re.sub("</?(strong|span)[^>]*>", "", words(mail, kind)).split())
        assert f"Its number is {asked}." in said
        assert re.search(r"We answer within 2 business days: by Wed.* Mar.*, 12:00\. Complex requests may take", said)
        assert "Europe/Copenhagen" in said
        assert f"/requests/{asked}/" in said


def test_it_says_which_days_are_not_counted(cast: Cast, post: Callable[..., Any]) -> None:
    friday = MONDAY + timedelta(days=4)
    Request.open(by=cast.clara, at=friday, **TOLD)
    assert "Not counted: Saturday; Sunday." in words(post(friday)[CLARA][0])


def test_it_is_in_the_language_and_zone_of_its_reader(cast: Cast, post: Callable[..., Any]) -> None:
    assert cast.otto.person
    Request.open(by=cast.otto, at=MONDAY, **TOLD)
    assert "11:00" in words(post(MONDAY)["otto@elsewhere.example"][0])


def test_it_asks_for_what_is_missing_and_only_that(cast: Cast, post: Callable[..., Any]) -> None:
    told = {"channel": "technical", "subject": "422", "body": "Error", "situation": "integration"}
    request = Request.open(by=cast.rita, form={"environment": "test", "endpoint": "POST /cases"}, at=MONDAY, **told)
    (mail,) = post(MONDAY)["rita@fintegra.example"]
    listed = [line for line in words(mail).splitlines() if line.startswith("- ")]
    assert len(listed) == len(request.missing) == 3
    request.answer(by=cast.olga, body="Thanks.", at=LATER)
    assert "missing" not in words(post(LATER + QUIET)["rita@fintegra.example"][0])


def test_of_a_legal_request_it_promises_that_it_is_confirmed(cast: Cast, post: Callable[..., Any]) -> None:
    Request.open(by=cast.clara, at=MONDAY, **TOLD | {"channel": "legal"})
    assert "we confirm that it has reached those who can answer it" in words(post(MONDAY)[CLARA][0])


def test_quiet_hours_do_not_hold_it(cast: Cast, post: Callable[..., Any]) -> None:
    assert cast.clara.person
    Wishes.choose(cast.clara.person, how={}, quiet=QuietHours((time(0), time(23, 59)), None))
    Request.open(by=cast.clara, at=MONDAY, **TOLD)
    assert CLARA in post(MONDAY)


def test_a_machine_gets_none(cast: Cast, post: Callable[..., Any]) -> None:
    request = Request.open(by=Actor(cast.clara.organisation, environment="production", via="api"), at=MONDAY, **TOLD)
    assert post(MONDAY) == {}
    assert not Delivery.objects.filter(request=request, kind="receipt").exists()


# --- a visitor --------------------------------------------------------------------------------------------------------


def test_a_visitor_gets_the_secret_link_which_stands_in_no_row(
    visited: Request, post: Callable[..., Any], settings: Any
) -> None:
    settings.BASE_URL = "https://trialogue.example"
    (mail,) = post(MONDAY)[VERA]
    link = f"https://trialogue.example/r/{visited.secret}/"
    assert link in words(mail)
    assert link in words(mail, "html")
    assert Request.objects.by_secret(visited.secret) == visited
    assert "Choose what you are told" not in words(mail)
    for row in Delivery.objects.filter(request=visited).values():
        assert visited.secret not in str(row)


@pytest.mark.parametrize(
    ("language", "zone", "told"),
    [
        ("da", "America/New_York", ('lang="da"', "07.00", "Tider er i tidszonen America/New_York.")),
        ("", "", ('lang="en"', "Wed 11 Mar, 12:00", "Times are those of Europe/Copenhagen.")),
        ("tlh", "Mars/Olympus", ('lang="en"', "Wed 11 Mar, 12:00", "Times are those of Europe/Copenhagen.")),
        ("de", "../../etc/passwd", ('lang="de"', ", 12:00", "Zeiten gelten in der Zeitzone Europe/Copenhagen.")),
    ],
)
def test_a_visitor_is_written_to_in_the_language_and_the_zone_in_which_they_asked(
    cast: Cast, post: Callable[..., Any], language: str, zone: str, told: tuple[str, str, str]
) -> None:
    Request.open(by=Visitor(language=language, zone=zone), at=MONDAY, **PRICES)
    (mail,) = post(MONDAY)[VERA]
    for said in told:
        assert said in words(mail, "html")


def test_a_visitor_is_mailed_what_was_answered_with_the_quiet_time(
    cast: Cast, visited: Request, post: Callable[..., Any]
) -> None:
    post(LATER)
    visited.answer(by=cast.olga, body="It depends.", at=LATER)
    visited.answer(by=cast.olga, body="On how many cases?", asks=True, at=LATER)
    assert post(LATER) == {}
    (mail,) = post(LATER + QUIET)[VERA]
    assert line(mail) == f"2 new messages in request {visited}: Prices"
    assert "It depends." in words(mail)
    assert "On how many cases?" in words(mail, "html")


def test_a_visitor_is_never_mailed_their_own_words(cast: Cast, visited: Request, post: Callable[..., Any]) -> None:
    post(LATER)
    visited.write(by=Visitor(), body="Hello?", at=LATER)
    told = post(LATER + QUIET)
    assert list(told) == [OLGA]
    assert line(told[OLGA][0]) == f"Vera wrote in request {visited}: Prices"
    assert f"/requests/{visited}/" in words(told[OLGA][0])


def test_what_is_private_is_told_to_nobody_outside(
    cast: Cast, visited: Request, asked: Request, post: Callable[..., Any]
) -> None:
    post(LATER)
    for request in (visited, asked):
        request.tag(["tiresome"], by=cast.olga, at=LATER)
        Note.write(request.conversation, by=cast.olga, body="Tiresome people", at=LATER)
        request.assign(cast.olga.person, by=cast.olga, at=LATER)
    assert post(LATER + QUIET) == {}
    for request in (visited, asked):
        request.answer(by=cast.olga, body="Yes.", solves=True, at=LATER)
    told = post(LATER + 2 * QUIET)
    assert set(told) == {VERA, CLARA}
    for mails in told.values():
        assert "iresome" not in words(mails[0]) + words(mails[0], "html")
        assert "takes care" not in words(mails[0])


# --- solved -----------------------------------------------------------------------------------------------------------


def test_solved_it_asks_whether_it_helped(
    cast: Cast, asked: Request, visited: Request, post: Callable[..., Any], settings: Any
) -> None:
    settings.BASE_URL = "https://trialogue.example"
    post(LATER)
    asked.answer(by=cast.olga, body="Done.", solves=True, at=LATER)
    visited.solve(by=cast.olga, at=LATER)
    told = post(LATER + QUIET)
    for kind in ("plain", "html"):
        for word in ("good", "bad"):
            assert f"https://trialogue.example/requests/{asked}/?rate={word}" in words(told[CLARA][0], kind)
            assert f"https://trialogue.example/r/{visited.secret}/rate/{word}/" in words(told[VERA][0], kind)
    assert line(told[VERA][0]) == f"Request {visited} is solved: Prices"
    assert "said that it is done" in words(told[VERA][0])


def test_answered_and_not_solved_it_asks_nothing(cast: Cast, asked: Request, post: Callable[..., Any]) -> None:
    post(LATER)
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    assert "rate=" not in words(post(LATER + QUIET)[CLARA][0])


# --- clocks -----------------------------------------------------------------------------------------------------------


def test_nearly_due_and_overdue_is_told_at_once_to_who_owes_it_and_overdue_to_who_waits(
    cast: Cast, asked: Request, visited: Request, post: Callable[..., Any]
) -> None:
    asked.assign(cast.olga.person, by=cast.olga, at=MONDAY)
    post(LATER)
    nearly = MONDAY + timedelta(days=1, hours=13)
    warn_due(nearly)
    told = post(nearly)
    assert sorted(mail["Subject"] for mail in told[OLGA]) == sorted(f"You owe an answer soon: request {one}" for one in (asked, visited))  # fmt: skip
    assert len(told[OTIS]) == 1  # of the one that nobody takes care of
    assert not {CLARA, VERA} & set(told)
    past = MONDAY + timedelta(days=2, minutes=1)
    break_due(past)
    told = post(past)
    assert f"Your answer is overdue: request {asked}" in {mail["Subject"] for mail in told[OLGA]}
    assert "Your answer to Vera was due" in "".join(words(mail) for mail in told[OTIS])
    assert told[CLARA][0]["Subject"] == f"An answer you wait for is overdue: request {asked}"
    assert f"/r/{visited.secret}/" in words(told[VERA][0])
    assert f"/requests/{asked}/" in words(told[CLARA][0])


def test_answered_meanwhile_nothing_overdue_is_told(
    cast: Cast, asked: Request, visited: Request, post: Callable[..., Any]
) -> None:
    past = MONDAY + timedelta(days=2, minutes=1)
    post(LATER)
    break_due(past)
    for request in (asked, visited):
        request.solve(by=cast.olga, at=past)
    subjects = [mail["Subject"] for mails in post(past).values() for mail in mails]
    assert not [subject for subject in subjects if "overdue" in subject]


# --- threads, the log -------------------------------------------------------------------------------------------------


def test_all_mails_of_a_request_hang_together(
    cast: Cast, asked: Request, post: Callable[..., Any], settings: Any
) -> None:
    settings.HOST = "trialogue.example"
    first = post(MONDAY)
    asked.answer(by=cast.olga, body="Try again.", at=LATER)
    mails = [mail for told in (first, post(LATER + QUIET)) for each in told.values() for mail in each]
    assert {mail["References"].split()[0] for mail in mails} == {f"<request-{asked}@trialogue.example>"}
    (receipt,), (answer,) = first[CLARA], [mail for mail in mails if mail not in first[CLARA] and CLARA in mail["To"]]
    assert answer["In-Reply-To"] == receipt["Message-ID"]
    assert answer["Subject"] == receipt["Subject"]
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) >= 3


def test_the_log_tells_how_mails_to_the_sender_fared_and_not_whom_the_operator_told(
    cast: Cast, asked: Request, visited: Request, post: Callable[..., Any]
) -> None:
    post(MONDAY + QUIET)
    settled = Event.objects.filter(kind="delivery.settled")
    assert {(event.subject, event.facts["person"]) for event in settled} == {
        (asked.public_id, cast.clara.by),
        (visited.public_id, ""),
    }


def test_an_address_that_cannot_be_mailed_is_said_so(visited: Request, post: Callable[..., Any]) -> None:
    Request.objects.filter(pk=visited.pk).update(email="nowhere")
    post(MONDAY)
    assert Delivery.objects.get(request=visited, kind="receipt").why == "no address"
