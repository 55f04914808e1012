"""Pages of meetings: booked by a client, asked for by a partner, agreed by a host; and when a host can be met."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import MONDAY, Cast
from tests.hosting import TERMS, TUESDAY_TEN, WEDNESDAY_TEN, booked, hosting
from trialogue.escalations.models import AccountManager
from trialogue.meetings.models import Host, Meeting, State
from trialogue.people.models import Actor
from trialogue.requests.models import Request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_monday")]
NEW = {"do": "send", "subject": "How we go on", "about": "Two numbers"}


def as_(actor: Actor) -> Client:
    client = Client()
    assert actor.person is not None
    client.force_login(actor.person)
    return client


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_client_sees_free_times_in_its_zone_and_books_one(host: Host, enterprise: Actor) -> None:
    client = as_(enterprise)
    shown = page(client, "/meetings/new/")
    assert "Tuesday, 10 March 2026" in shown
    assert 'value="2026-03-10T08:00:00+00:00"><span>08:00</span>' in shown  # nine in Copenhagen, eight in London
    assert "Times are those of Europe/London, your zone. Olga Lind is in Europe/Copenhagen." in shown
    answer = client.post("/meetings/new/", NEW | {"starts_at": TUESDAY_TEN.isoformat()}, follow=True)
    meeting = Meeting.objects.get()
    assert answer.redirect_chain[-1][0] == f"/meetings/{meeting.number}/"
    assert (meeting.state, meeting.starts_at, meeting.about) == (State.AGREED, TUESDAY_TEN, "Two numbers")
    assert "Tue 10 Mar, 09:00–09:30" in answer.content.decode()
    assert meeting.number in page(client, "/meetings/")


def test_who_comes_second_keeps_what_they_wrote_and_sees_other_times(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)
    answer = as_(enterprise).post("/meetings/new/", NEW | {"starts_at": TUESDAY_TEN.isoformat()})
    shown = answer.content.decode()
    assert answer.status_code == 409
    for words in ("This time is not free any more", "How we go on", "Two numbers", "09:30"):
        assert words in shown
    assert TUESDAY_TEN.isoformat() not in shown


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "Choose a time."), ({"starts_at": "tomorrow"}, "is no moment"), ({"starts_at": "0001-01-01T00:00+14:00"}, "is no moment"),
        ({"starts_at": TUESDAY_TEN.isoformat(), "subject": ""}, "required"), ({"starts_at": TUESDAY_TEN.isoformat(), "concerns": "Q8XAXF3W"}, "no case or request"),
        ({"starts_at": TUESDAY_TEN.isoformat(), "concerns": "\x00"}, ""),
    ],
)  # fmt: skip
def test_what_lacks_is_said_and_the_words_are_kept(
    host: Host, enterprise: Actor, told: dict[str, str], said: str
) -> None:
    answer = as_(enterprise).post("/meetings/new/", NEW | told)
    assert (answer.status_code, said in answer.content.decode(), "Two numbers" in answer.content.decode()) == (
        422,
        True,
        True,
    )
    assert not Meeting.objects.exists()


def test_looking_at_later_days_keeps_words_and_the_chosen_time(host: Host, enterprise: Actor) -> None:
    client = as_(enterprise)
    told = {"subject": "How we go on", "about": "", "from": "2026-03-16", "starts_at": TUESDAY_TEN.isoformat()}
    shown = client.post("/meetings/new/", told).content.decode()
    assert "Monday, 16 March 2026" in shown
    assert "Tuesday, 10 March 2026" not in shown
    assert 'value="How we go on"' in shown
    assert 'value="2026-03-10T09:00:00+00:00" checked' in shown
    assert "Something needs another look" not in shown
    assert client.post("/meetings/new/", told | {"from": "9999"}).status_code == 200


def test_it_hangs_on_a_request_of_theirs(host: Host, enterprise: Actor) -> None:
    asked = Request.open(by=enterprise, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    told = NEW | {"starts_at": TUESDAY_TEN.isoformat(), "concerns": asked.number.lower()}
    shown = as_(enterprise).post("/meetings/new/", told, follow=True).content.decode()
    assert Meeting.objects.get().conversation == asked.conversation
    assert f'/requests/{asked.number}/"' in shown


def test_whoever_may_not_is_told_what_to_do_instead(cast: Cast, host: Host) -> None:
    for actor, words in ((cast.clara, "Write to us instead"), (cast.otto, "Write to us instead")):
        for path in ("/meetings/", "/meetings/new/"):
            shown = page(as_(actor), path)
            assert words in shown
            assert "There is no phone support and no WhatsApp." in shown
    assert as_(cast.clara).post("/meetings/new/", NEW | {"starts_at": TUESDAY_TEN.isoformat()}).status_code == 200
    assert not Meeting.objects.exists()
    assert as_(cast.olga).get("/meetings/new/").headers["Location"] == "/meetings/"


def test_a_house_without_hosts_says_so(enterprise: Actor) -> None:
    assert "Nobody can be booked at present" in page(as_(enterprise), "/meetings/new/")


def test_a_partner_asks_and_the_host_agrees_to_a_wish(cast: Cast, host: Host) -> None:
    paul, olga = as_(cast.paul), as_(cast.olga)
    shown = page(paul, "/meetings/new/")
    assert 'type="checkbox" name="starts_at"' in shown
    assert "Asked now, Trialogue Operations answers by" in shown
    paul.post("/meetings/new/", NEW | {"starts_at": [TUESDAY_TEN.isoformat(), WEDNESDAY_TEN.isoformat()]})
    meeting = Meeting.objects.get()
    where = f"/meetings/{meeting.number}/"
    assert (meeting.state, meeting.times) == (State.ASKED, [TUESDAY_TEN, WEDNESDAY_TEN])
    assert "How we go on" in page(olga, "/meetings/")
    assert '<data class="counter" value="1">1</data><span class="sr"> asked for</span>' in page(olga, "/desk/")
    assert "Agree to a time" in page(olga, where)
    assert "Trialogue Operations answers by" in page(olga, where)
    shown, number = page(paul, where), Request.objects.get().number
    for words in (
        "Olga Lind has been asked, and agrees or offers other times.",
        "Trialogue Operations answers by",
        f"/requests/{number}/",
    ):
        assert words in shown
    for client, there in ((paul, f"/requests/{number}/"), (olga, f"/desk/requests/{number}/")):
        assert f'<a href="{where}">Meeting {meeting.number}</a>: asked for.' in page(client, there)
    assert olga.post(where, {"do": "agree", "starts_at": WEDNESDAY_TEN.isoformat()}).status_code == 302
    assert "Wed 11 Mar, 10:00–10:30" in page(paul, where)
    assert "answers by" not in page(paul, where)


def test_other_times_are_offered_and_one_is_chosen(cast: Cast, host: Host) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    where, olga, paul = f"/meetings/{meeting.number}/", as_(cast.olga), as_(cast.paul)
    assert olga.post(where, {"do": "offer"}).status_code == 422
    told = {"do": "offer", "starts_at": TUESDAY_TEN.isoformat(), "other": "2026-03-12T20:15"}
    assert olga.post(where, told).status_code == 302
    assert "Thu 12 Mar, 20:15" in page(paul, where)
    assert paul.post(where, {"do": "agree", "starts_at": TUESDAY_TEN.isoformat()}).status_code == 302
    assert Meeting.objects.get().starts_at == TUESDAY_TEN


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2026-03-29T02:30", "hour is left out"), ("2026-10-25T02:30", "hour comes twice"), ("soon", "is no moment")],
)
def test_an_hour_that_is_left_out_or_comes_twice_is_said_so(cast: Cast, host: Host, typed: str, said: str) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    answer = as_(cast.olga).post(f"/meetings/{meeting.number}/", {"do": "agree", "other": typed})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert Meeting.objects.get().state == State.ASKED


def test_of_the_hour_that_comes_twice_both_moments_can_be_told_apart(cast: Cast, enterprise: Actor) -> None:
    cast.otto.person.zone = "Europe/Copenhagen"  # type: ignore[union-attr]
    cast.otto.person.save()  # type: ignore[union-attr]
    hosting(cast.olga, week={str(day): [["01:00", "04:00"]] for day in range(7)})
    with time_machine.travel(MONDAY.replace(month=10, day=24, hour=9), tick=False):
        shown = page(as_(enterprise), "/meetings/new/")
        for words in ("02:30 (UTC+02:00)", "02:30 (UTC+01:00)", "03:00<"):
            assert words in shown
        as_(enterprise).post("/meetings/new/", NEW | {"starts_at": "2026-10-25T02:30:00+01:00"})
    assert Meeting.objects.get().starts_at.isoformat() == "2026-10-25T01:30:00+00:00"  # type: ignore[union-attr]


def test_it_is_declined_called_off_moved_and_noted(cast: Cast, host: Host, enterprise: Actor) -> None:
    asked = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    olga, client = as_(cast.olga), as_(enterprise)
    assert olga.post(f"/meetings/{asked.number}/", {"do": "decline"}).status_code == 422
    olga.post(f"/meetings/{asked.number}/", {"do": "decline", "words": "Better in writing"})
    assert "Better in writing" in page(as_(cast.paul), f"/meetings/{asked.number}/")
    meeting = booked(host, enterprise)
    where = f"/meetings/{meeting.number}/"
    assert client.post(f"{where}move/", {"do": "send"}).status_code == 422
    assert (
        client.post(
            f"{where}move/", {"do": "send", "starts_at": (TUESDAY_TEN + timedelta(hours=9)).isoformat()}
        ).status_code
        == 409
    )
    assert client.post(f"{where}move/", {"do": "send", "starts_at": WEDNESDAY_TEN.isoformat()}).status_code == 302
    assert olga.post(f"{where}move/", {"do": "send", "other": "2026-03-11T19:00"}).status_code == 302
    with time_machine.travel(WEDNESDAY_TEN + timedelta(hours=10), tick=False):
        assert "How was it?" in page(olga, "/meetings/")
        assert client.get(f"{where}move/").headers["Location"] == where
        olga.post(where, {"do": "held", "words": "All is well"})
        assert "All is well" in page(client, where)
    other = booked(host, enterprise)
    client.post(f"/meetings/{other.number}/", {"do": "call_off", "words": "No need"})
    assert "No need" in page(olga, f"/meetings/{other.number}/")
    assert client.post(where, {"do": "dance"}).status_code == 404


def test_a_referral_partner_meets_its_account_manager(cast: Cast, host: Host) -> None:
    assert AccountManager.assign(cast.rita.organisation, cast.olga.person, by=cast.olga, at=MONDAY)
    rita = as_(cast.rita)
    assert "with Olga Lind" in page(rita, "/meetings/new/")
    rita.post("/meetings/new/", NEW)
    assert "Olga Lind has been asked" in page(rita, f"/meetings/{Meeting.objects.get().number}/")


def test_others_find_nothing(cast: Cast, host: Host, enterprise: Actor) -> None:
    where = f"/meetings/{booked(host, enterprise).number}/"
    for actor in (cast.clara, cast.paul, cast.rita):
        for path in (where, f"{where}move/", f"{where[:-1]}.ics"):
            assert as_(actor).get(path).status_code == 404
    assert as_(enterprise).get(f"{where[:-1]}.ics").content.startswith(b"BEGIN:VCALENDAR")
    asked = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    assert as_(cast.paul).get(f"/meetings/{asked.number}.ics").status_code == 404


def test_what_needs_me_says_when_the_next_is(cast: Cast, host: Host, enterprise: Actor) -> None:
    assert "/meetings/M-" not in page(as_(enterprise), "/")
    booked(host, enterprise)
    Meeting.ask(by=cast.paul, subject="A region", at=MONDAY).offer([TUESDAY_TEN], by=cast.olga, at=MONDAY)
    assert "Tue 10 Mar, 09:00–09:30" in page(as_(enterprise), "/")
    assert "Choose a time: A region" in page(as_(cast.paul), "/")
    with time_machine.travel(WEDNESDAY_TEN, tick=False):
        assert "/meetings/M-" not in page(as_(enterprise), "/")


def test_advice_leads_there(cast: Cast, enterprise: Actor) -> None:
    assert 'href="/meetings/new/"' in page(as_(enterprise), "/help/?situation=meeting")
    assert 'href="/meetings/"' in page(as_(cast.paul), "/help/")


def test_each_page_asks_as_much_for_many_as_for_few(cast: Cast, host: Host, enterprise: Actor) -> None:
    def cost(actor: Actor, path: str) -> int:
        client = as_(actor)
        client.get(path)  # the first look notes the session
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    def costs() -> dict[str, int]:
        last = f"/meetings/{Meeting.objects.filter(organisation=cast.paul.organisation).latest('pk').number}/"
        pages = [
            (cast.paul, "/meetings/"),
            (enterprise, "/meetings/new/"),
            (cast.olga, "/meetings/"),
            (cast.olga, last),
            (cast.olga, "/meetings/hosts/"),
        ]
        return {f"{actor.person} {path.replace(last, 'one')}": cost(actor, path) for actor, path in pages}

    def more(days: int) -> None:
        for n in range(days):
            Meeting.ask(by=cast.paul, subject=f"A region {n}", wishes=[TUESDAY_TEN], at=MONDAY)
            booked(host, enterprise, host.free(30, "production", MONDAY)[0])

    more(1)
    few = costs()
    more(12)
    assert costs() == few
    assert few == {
        "Paul Brandt /meetings/": 7, "Otto Payne /meetings/new/": 10, "Olga Lind /meetings/": 6, "Olga Lind one": 13, "Olga Lind /meetings/hosts/": 6,
    }  # fmt: skip


# --- hosts ------------------------------------------------------------------------------------------------------------


def form(**told: Any) -> dict[str, Any]:
    numbers = {"before": 0, "after": 10, "notice": 4, "ahead": 20, "most_a_day": 3}
    usual = {
        "is_open": "on",
        "zone": "Europe/Copenhagen",
        "day_0": "9-12, 13-16",
        "lengths": ["30", "60"],
        "meets": ["client"],
    }
    return usual | numbers | {"link": "https://meet.example.org/{token}"} | told


def test_one_says_when_they_can_be_met(cast: Cast) -> None:
    olga, where = as_(cast.olga), f"/meetings/hosts/{cast.olga.by}/"
    assert "Has not said when" in page(olga, "/meetings/hosts/")
    assert 'value="09:00–12:00, 13:00–16:00"' in page(olga, where)
    assert olga.post(where, form(busy_address="webcal://calendar.example.org/a.ics")).status_code == 302
    host = Host.objects.shown().get()
    assert (host.week, host.lengths, host.after, host.meets) == (
        {"0": [["09:00", "12:00"], ["13:00", "16:00"]]}, [30, 60], 10, ["client"],
    )  # fmt: skip
    shown = page(olga, where)
    assert "Your own calendar is about to be read." in shown
    host.busy.fail("status", MONDAY, 404)
    assert "The answer was an error. (404)" in page(olga, where)
    host.busy.keep_spans([(TUESDAY_TEN, WEDNESDAY_TEN)], MONDAY)
    assert "1 busy time to come." in page(olga, where)
    assert "Can be met" in page(olga, "/meetings/hosts/")


@pytest.mark.parametrize(
    "told", [{"day_0": "nine"}, {"day_0": ""}, {"lengths": []}, {"meets": []}, {"link": "http://x"}, {"notice": 999}, {"busy_address": "x"}]
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(cast: Cast, told: dict[str, Any]) -> None:
    answer = as_(cast.olga).post(f"/meetings/hosts/{cast.olga.by}/", form(**told))
    assert (answer.status_code, 'class="error"' in answer.content.decode()) == (422, True)
    assert not Host.objects.exists()


def test_hosts_are_the_operators_affair(cast: Cast, host: Host) -> None:
    for actor in (cast.otto, cast.paul, cast.rita):
        for path in ("/meetings/hosts/", f"/meetings/hosts/{cast.olga.by}/"):
            assert as_(actor).get(path).status_code == 404
    assert as_(cast.olga).get(f"/meetings/hosts/{cast.paul.by}/").status_code == 404
    assert TERMS["zone"] in page(as_(cast.olga), "/meetings/hosts/")
