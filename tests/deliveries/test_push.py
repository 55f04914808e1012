"""Notices ring in the browsers of a person: what is mailed at once or bundled, sealed for that browser, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, hosting
from tests.mails import Mails
from tests.pushes import FakeBrowser, Service, claims, serving
from trialogue.clocks.models import break_due, warn_due
from trialogue.conversations.models import Conversation
from trialogue.deliveries.carriers import push
from trialogue.deliveries.models import LEASE, Browser, Delivery
from trialogue.deliveries.rounds import ring_due, send_due
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.events.models import Event
from trialogue.lib import webpush
from trialogue.lib.quiethours import QuietHours
from trialogue.meetings.models import Meeting
from trialogue.people.models import Actor, Membership

KEY = webpush.new_key()


@pytest.fixture
def service(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    settings.PUSH, settings.PUSH_KEY = True, KEY
    settings.DEFAULT_FROM_EMAIL = "Trialogue <notices@cases.example.com>"
    with serving(tmp_path) as service:
        monkeypatch.setattr(push, "REACH", service.reach)
        yield service


@pytest.fixture
def talk(cast: Cast, mails: type[Mails]) -> Conversation:
    talk = cast.conversation(at=MONDAY - timedelta(days=1))
    Delivery.objects.all().delete()
    return talk


def minute(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


def turn_on(actor: Actor, told: FakeBrowser, session: str = "s") -> Browser:
    """Its greeting has rung already."""
    assert actor.person
    browser = Browser.turn_on(actor.person, name="Firefox on Linux", session=session, at=MONDAY, **told.told)
    browser.deliveries.all().delete()
    return browser


def say(cast: Cast, talk: Conversation, body: str = "The zebra has paid", at: datetime = MONDAY) -> None:
    talk.post(by=cast.clara, body=body, at=at)


def ends(of: Actor) -> list[str]:
    return list(Delivery.objects.filter(kind="push", person=of.person).order_by("pk").values_list("state", flat=True))


def test_it_says_who_and_which_case_and_never_what_was_said(cast: Cast, talk: Conversation, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.paul, mine)
    say(cast, talk)
    assert (send_due(minute(10)), ring_due(minute(10))) == (2, 1)
    (rung,) = service.rung
    case = talk.case
    assert mine.read(rung) == {
        "title": f"Clara Holm wrote in case {case.reference}", "body": "", "url": f"/cases/{case.reference}/#message-1",
        "tag": case.public_id, "lang": "en",
    }  # fmt: skip
    assert ends(cast.paul) == ["sent"]
    assert Browser.objects.get().rang_at


def test_nobody_between_reads_it(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(10))
    (rung,) = service.rung
    assert talk.case.reference.encode() not in rung.body
    assert "Clara" not in json.dumps(rung.headers)
    for other in (FakeBrowser("x"), service.browser()):
        with pytest.raises(Exception):  # noqa: B017 - whatever says that it cannot be read
            other.read(rung)


def test_the_push_service_learns_who_we_are_and_how_long_it_is_worth_keeping(
    cast: Cast, talk: Conversation, service: Service
) -> None:
    turn_on(cast.paul, service.browser("a/b"))
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(10))
    (rung,) = service.rung
    claimed, key = claims(rung.headers["Authorization"])
    assert (rung.path, key) == ("/a/b", webpush.public(KEY))
    assert (claimed["aud"] + "/", claimed["sub"]) == (service.address, "mailto:notices@cases.example.com")
    assert 0 <= claimed["exp"] - minute(10).timestamp() - 12 * 3600 < 60
    told = {name: rung.headers[name] for name in ("TTL", "Urgency", "Content-Encoding")}
    assert told == {"TTL": "43200", "Urgency": "normal", "Content-Encoding": "aes128gcm"}


def test_several_messages_are_counted_and_a_move_is_told(cast: Cast, talk: Conversation, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.paul, mine)
    say(cast, talk, "One")
    say(cast, talk, "Two")
    talk.case.request_closure(by=cast.clara, reason="The zebra settled", at=MONDAY)
    send_due(minute(10))
    ring_due(minute(10))
    told = mine.read(service.rung[0])
    assert told["title"].endswith(f"new messages in case {talk.case.reference}")
    assert "Clara Holm asked to close the case." in told["body"]
    assert "zebra" not in json.dumps(told)


def test_an_answer_that_is_overdue_rings_urgently(cast: Cast, talk: Conversation, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.paul, mine)
    say(cast, talk)
    late = MONDAY + timedelta(days=7)
    Delivery.objects.all().delete()
    warn_due(late)
    break_due(late)
    send_due(late)
    ring_due(late)
    titles = [mine.read(rung)["title"] for rung in service.rung]
    assert f"Your answer is overdue: case {talk.case.reference}" in titles
    assert {rung.headers["Urgency"] for rung in service.rung} == {"high"}


def test_a_meeting_rings_as_its_mail_is_headed(cast: Cast, talk: Conversation, service: Service) -> None:
    mine = service.browser()
    turn_on(cast.paul, mine)
    hosting(cast.olga)
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    meeting.agree(TUESDAY_TEN, by=cast.olga, at=MONDAY)
    with time_machine.travel(MONDAY, tick=False):
        send_due(MONDAY)
    assert ring_due(MONDAY) == 1
    assert mine.read(service.rung[0]) == {
        "title": "Agreed: A region", "body": "", "url": f"/meetings/{meeting.number}/", "tag": meeting.public_id, "lang": "en",
    }  # fmt: skip


def test_each_browser_of_the_person_rings_and_nobody_else_s(cast: Cast, talk: Conversation, service: Service) -> None:
    for actor, name in ((cast.paul, "one"), (cast.paul, "two"), (cast.clara, "hers"), (cast.otto, "his")):
        turn_on(actor, service.browser(name))
    say(cast, talk)
    send_due(minute(10))
    assert ring_due(minute(10)) == 2
    assert sorted(rung.path for rung in service.rung) == ["/one", "/two"]


def test_what_was_read_meanwhile_does_not_ring(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    talk.mark_read(by=cast.paul, through=1, at=minute(5))
    send_due(minute(10))
    ring_due(minute(10))
    assert (service.rung, ends(cast.paul)) == ([], ["read"])


def test_nor_what_was_read_between_two_tries(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    service.status = 503
    ring_due(minute(10))
    talk.mark_read(by=cast.paul, through=1, at=minute(11))
    ring_due(minute(12))
    assert (len(service.rung), ends(cast.paul)) == (1, ["read"])


@pytest.mark.parametrize(("how", "state"), [("daily", "digest"), ("bundled", "sent"), ("at_once", "sent")])
def test_it_rings_as_one_wishes_to_be_told(
    cast: Cast, talk: Conversation, service: Service, how: str, state: str
) -> None:
    assert cast.paul.person
    Wishes.choose(cast.paul.person, how={"message": how})
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(10))
    assert (ends(cast.paul), len(service.rung)) == ([state], state == "sent")


def test_at_once_it_rings_at_once(cast: Cast, talk: Conversation, service: Service) -> None:
    assert cast.paul.person
    Wishes.choose(cast.paul.person, how={"message": "at_once"})
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(MONDAY)
    assert ring_due(MONDAY) == 1


def test_in_quiet_hours_nothing_rings(cast: Cast, talk: Conversation, service: Service) -> None:
    assert cast.paul.person
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    Wishes.choose(cast.paul.person, how={}, quiet=QuietHours((time(12), time(14)), None))
    assert ring_due(minute(10)) == 1  # put off
    assert service.rung == []
    assert Delivery.objects.get(kind="push").due_at == MONDAY + timedelta(hours=2)  # 14:00 in Berlin
    ring_due(MONDAY + timedelta(hours=2))
    assert len(service.rung) == 1


def test_a_muted_case_is_silent(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    Mute.lay(talk.case, by=cast.paul, at=MONDAY)
    send_due(minute(10))
    ring_due(minute(10))
    assert (service.rung, ends(cast.paul)) == ([], ["muted"])


def test_who_has_left_hears_nothing(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.petra, service.browser())
    say(cast, talk)
    send_due(minute(10))
    Membership.objects.get(person=cast.petra.person).end(by=cast.paul)
    ring_due(minute(10))
    assert (service.rung, ends(cast.petra)) == ([], ["moot"])


def test_a_mail_server_that_is_away_holds_no_ring_up(
    cast: Cast, talk: Conversation, service: Service, mails: type[Mails]
) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    mails.troubles += [TimeoutError("away")] * 4
    send_due(minute(10))
    ring_due(minute(10))
    send_due(minute(11))
    ring_due(minute(11))
    assert len(service.rung) == 1  # the second try of the mail rings no second time


def test_a_push_that_fails_now_is_tried_again_and_the_browser_rests(
    cast: Cast, talk: Conversation, service: Service
) -> None:
    browser = turn_on(cast.paul, service.browser())
    say(cast, talk, "One")
    send_due(minute(10))
    service.status = 503
    ring_due(minute(10))
    browser.refresh_from_db()
    assert (ends(cast.paul), browser.failures, browser.trouble) == (["sending"], 1, "the push service answered 503")
    say(cast, talk, "Two", at=minute(-1))
    send_due(minute(10))
    assert ring_due(minute(10) + timedelta(seconds=9)) == 0
    service.status = 201
    assert ring_due(minute(11)) == 2
    browser.refresh_from_db()
    assert (ends(cast.paul), browser.failures, browser.trouble) == (["sent", "sent"], 0, "")


@pytest.mark.parametrize(
    ("status", "state"),
    [(429, "sending"), (500, "sending"), (301, "failed"), (400, "failed"), (403, "failed"), (413, "failed")],
)
def test_what_the_push_service_answers_decides(
    cast: Cast, talk: Conversation, service: Service, status: int, state: str
) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    service.status, service.headers = status, {"Location": service.address}
    ring_due(minute(10))
    assert (ends(cast.paul), len(service.rung)) == ([state], 1)
    assert str(status) in Browser.objects.get().trouble


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_wants_no_more_is_taken_away(
    cast: Cast, talk: Conversation, service: Service, status: int
) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    service.status = status
    ring_due(minute(10))
    assert not Browser.objects.exists()
    assert ends(cast.paul) == ["failed"]


def test_what_could_not_ring_for_half_a_day_does_not_ring_any_more(
    cast: Cast, talk: Conversation, service: Service
) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(11) + push.STALE)
    assert (service.rung, ends(cast.paul)) == ([], ["moot"])


def test_after_a_new_password_every_browser_is_silent(cast: Cast, talk: Conversation, service: Service) -> None:
    assert cast.paul.person
    turn_on(cast.paul, service.browser())
    cast.paul.person.set_password("another one entirely")
    cast.paul.person.save()
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(10))
    assert (service.rung, ends(cast.paul), Browser.objects.count()) == ([], ["moot"], 0)


def test_who_takes_a_browser_away_hears_nothing_of_what_was_on_its_way(
    cast: Cast, talk: Conversation, service: Service
) -> None:
    browser = turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    browser.delete()
    ring_due(minute(10))
    assert (service.rung, ends(cast.paul)) == ([], ["moot"])


def test_no_address_within_our_own_network_is_ever_asked(
    cast: Cast, talk: Conversation, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # as installed
    turn_on(cast.paul, FakeBrowser(f"https://localhost:{service.port}/one"))
    say(cast, talk)
    send_due(minute(10))
    ring_due(minute(10))
    assert (service.rung, ends(cast.paul)) == ([], ["failed"])
    assert Delivery.objects.get(kind="push").why == "its address leads to an address that is not public"


def test_a_worker_that_died_leaves_a_lease_that_runs_out(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    assert Delivery.objects.get(kind="push").claim(minute(10))
    assert ring_due(minute(10) + LEASE - timedelta(seconds=1)) == 0
    assert ring_due(minute(10) + LEASE) == 1
    assert len(service.rung) == 1


def test_a_ring_stands_in_no_log_and_in_no_list(cast: Cast, talk: Conversation, service: Service) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    told = Event.objects.filter(kind="delivery.settled").count()
    ring_due(minute(10))
    assert Event.objects.filter(kind="delivery.settled").count() == told
    for actor in (cast.clara, cast.paul, cast.olga):
        assert "push" not in Delivery.objects.visible_to(actor).values_list("kind", flat=True)
    assert Delivery.objects.notices_of(cast.paul, minute(10)).count() == 1


def test_with_no_browser_a_mail_costs_no_row_more(cast: Cast, talk: Conversation, service: Service) -> None:
    say(cast, talk)
    send_due(minute(10))
    assert not Delivery.objects.filter(kind="push").exists()


def test_switched_off_nothing_rings(cast: Cast, talk: Conversation, service: Service, settings: Any) -> None:
    turn_on(cast.paul, service.browser())
    say(cast, talk)
    send_due(minute(10))
    settings.PUSH = False
    say(cast, talk, at=minute(20))
    send_due(minute(30))
    ring_due(minute(30))
    assert (service.rung, ends(cast.paul)) == ([], ["moot"])
