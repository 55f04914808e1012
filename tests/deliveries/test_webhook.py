"""What happens reaches an organisation's own systems: signed, frozen, at least once, and nothing that is not theirs to know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller
from tests.hooks import catch_up, endpoint, hear, kinds, post_all, verified
from tests.pushes import Service, receiving, serving
from tests.together import together
from trialogue.deliveries.carriers import webhook
from trialogue.deliveries.following import ready, tell_endpoints
from trialogue.deliveries.models import AT_ONCE, LEASE, Delivery, Endpoint
from trialogue.deliveries.rounds import forget_posted, post_due, send_due
from trialogue.events.models import Event
from trialogue.lib import backoff

# On PostgreSQL a tail reads only what is committed, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def service(settings: Any) -> Iterator[Service]:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiving() as service:
        service.status = 204
        yield service


def webhooks() -> list[tuple[str, int, int | None]]:
    told = Delivery.objects.filter(kind="webhook").order_by("pk")
    return list(told.values_list("state", "tries", "answered"))


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_it_is_what_the_list_of_events_says_and_its_signature_fits(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "case.*")
    case = cast.submitted()
    hear()
    assert post_all(MONDAY + SECOND) == 1
    (rung,) = service.rung
    (said,) = [one for one in Caller(cast.clara).get("events").json()["items"] if one["kind"] == "case.submitted"]
    assert verified(rung, made.secret) == said
    assert (said["subject"], rung.path) == (case.public_id, "/in")
    sent = Delivery.objects.get(kind="webhook")
    assert rung.headers["webhook-id"] == sent.public_id
    assert rung.headers["webhook-timestamp"] == str(int((MONDAY + SECOND).timestamp()))
    assert rung.headers["Content-Type"] == "application/json"
    assert webhooks() == [("sent", 1, 204)]
    made.refresh_from_db()
    assert made.reached_at is not None


def test_a_changed_word_or_another_secret_does_not_fit(cast: Cast, service: Service) -> None:
    made, other = endpoint(cast.clara, service, "case.*"), endpoint(cast.clara, service, "upload.*")
    cast.submitted()
    hear()
    post_all()
    (rung,) = service.rung
    for wrong, secret in ((replace(rung, body=rung.body + b" "), made.secret), (rung, other.secret)):
        with pytest.raises(AssertionError):
            verified(wrong, secret)


def test_after_a_rotation_both_secrets_fit_for_a_day(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "case.*")
    before = made.secret
    made.rotate(by=cast.clara, at=MONDAY)
    cast.submitted()
    hear()
    post_all(MONDAY + SECOND)
    verified(service.rung[0], before)
    assert verified(service.rung[0], made.secret)["kind"] == "case.submitted"


def test_by_tls_as_everybody_out_there(
    cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with serving(tmp_path) as service:
        monkeypatch.setattr(webhook, "REACH", service.reach)
        Endpoint.add(by=cast.clara, url=service.address + "in?a=b", wants=["case.*"], at=MONDAY)
        cast.submitted()
        hear()
        assert post_all() == 1
        assert [rung.path for rung in service.rung] == ["/in?a=b"]


def test_it_hears_what_it_wants_from_when_it_was_added(cast: Cast, service: Service) -> None:
    cast.submitted("INV-1")
    endpoint(cast.clara, service, "case.released", "clock.*")
    cast.released("INV-2")
    hear()
    post_all()
    assert sorted(kinds(service)) == ["case.released", "clock.started"]


def test_each_hears_what_its_organisation_may_and_in_its_environment(cast: Cast, service: Service) -> None:
    actors = {"clara": cast.clara, "paul": cast.paul, "rita": cast.rita, "olga": cast.olga, "otto": cast.otto}
    actors["test"] = replace(cast.clara, environment="test")
    for name, actor in actors.items():
        endpoint(actor, service, "all", where=f"/{name}")
    before = Event.objects.latest("pk").pk  # of those, each hears of the endpoints added after it
    talk = cast.conversation()
    cast.submitted("INV-9", by=actors["test"])
    talk.post(by=cast.clara, body="The okapi", at=MONDAY)
    hear()
    post_all()
    for name, actor in actors.items():
        told = [json.loads(rung.body)["digest"] for rung in service.rung if rung.path == f"/in/{name}"]
        theirs = Event.objects.visible_to(actor)
        # What came just before it was added may come along, twice does nothing.
        assert set(theirs.filter(pk__gt=before).values_list("digest", flat=True)) <= set(told), name
        assert len(told) == len(set(told)) == theirs.filter(digest__in=told).count(), name
    assert not any(rung.path == "/in/otto" and json.loads(rung.body)["case"] for rung in service.rung)
    assert {json.loads(r.body)["environment"] for r in service.rung if r.path == "/in/test"} == {"test", None}
    assert not any(b"okapi" in rung.body for rung in service.rung)


def test_the_bytes_are_those_of_the_moment_it_was_made(cast: Cast, service: Service) -> None:
    endpoint(cast.clara, service, "case.*")
    case = cast.submitted()
    hear()
    frozen = Delivery.objects.get(kind="webhook").text
    type(case).objects.update(reference="22222222")
    service.status = 500
    post_all()
    service.status = 200
    post_all(MONDAY + timedelta(minutes=1))
    assert [rung.body for rung in service.rung] == [frozen.encode()] * 2


def test_nothing_of_it_is_mailed_and_nobody_s_notice(cast: Cast, service: Service) -> None:
    endpoint(cast.olga, service)
    cast.submitted()
    hear()
    before = webhooks()
    send_due(MONDAY + timedelta(days=1))
    assert webhooks() == before
    assert not Delivery.objects.filter(kind="webhook").visible_to(cast.olga).exists()


# --- the log is followed ----------------------------------------------------------------------------------------------


def test_two_workers_at_once_make_each_once_and_post_each_once(cast: Cast, service: Service) -> None:
    endpoint(cast.clara, service, "case.*")
    for number in range(8):
        cast.submitted(f"INV-{number}")
    hear(MONDAY - SECOND)  # waits for the tail; nothing else is following yet
    Delivery.objects.filter(kind="webhook").delete()
    Endpoint.objects.update(position="0.0")
    first, second = together(lambda: rounds_of(MONDAY), lambda: rounds_of(MONDAY))
    rounds_of(MONDAY)
    assert first is second is None
    made = list(Delivery.objects.filter(kind="webhook").values_list("public_id", flat=True))
    assert len(made) == 8
    assert sorted(rung.headers["webhook-id"] for rung in service.rung) == sorted(made)
    assert set(webhooks()) == {("sent", 1, 204)}


def rounds_of(now: datetime) -> None:
    hear(now)
    post_all(now)


def test_those_that_have_come_equally_far_cost_one_look(
    cast: Cast, service: Service, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert tell_endpoints(MONDAY) == 0
    for actor in (cast.clara, cast.paul, cast.rita, cast.olga):
        endpoint(actor, service, "case.*")
    hear()
    with django_assert_num_queries(2):
        assert tell_endpoints(MONDAY) == 0
    cast.released()
    catch_up()
    with django_assert_num_queries(7):  # who, what; and in one transaction who is still there, moved on, told
        assert tell_endpoints(MONDAY) > 0
    assert Delivery.objects.filter(kind="webhook").count() == 7, "all of both, and her partner of the release alone"
    assert Endpoint.objects.values("position").distinct().count() == 1


@pytest.mark.only_on("sqlite")
def test_what_is_due_and_what_waits_is_found_by_its_index(db: None) -> None:
    """With all that was ever sent in one table, a lane that went through it each second would hold up whoever writes."""
    due, plans = Delivery.objects.due(MONDAY), dict[str, str]()
    asked = {
        "mail": due.by_mail(),
        "push": due.by_push(MONDAY),
        "post": due.by_webhook(MONDAY),
        "page": due.by_webhook_to_duty(),
    }
    for lane, query in {**asked, "log": ready(MONDAY)}.items():
        with connection.cursor() as cursor:
            sql, told = query.query.sql_with_params()
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", told)
            plans[lane] = str(
                [row[3] for row in cursor.fetchall() if "deliveries_delivery" in row[3] or "U0" in row[3]]
            )
    assert [plan for plan in plans.values() if "SCAN" in plan] == []
    assert all("INDEX delivery_due (due_at<?)" in plans[lane] for lane in asked), plans
    assert "delivery_to_endpoint (endpoint_id=? AND settled_at=?)" in plans["log"]


def test_while_so_much_waits_the_log_keeps_the_rest(
    cast: Cast, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trialogue.deliveries.following.MOST_WAITING", 3)
    monkeypatch.setattr("trialogue.deliveries.following.PAGE", 2)
    endpoint(cast.clara, service, "case.*")
    for number in range(6):
        cast.submitted(f"INV-{number}")
    while hear():
        pass
    assert Delivery.objects.filter(kind="webhook").count() <= 4
    while hear() + post_all():
        pass
    assert kinds(service) == ["case.submitted"] * 6


def test_one_with_much_to_hear_holds_up_nobody_else(cast: Cast, service: Service) -> None:
    with receiving() as bad:
        bad.status = 500
        endpoint(cast.clara, bad, "case.*")
        endpoint(cast.otto, service, "case.*")
        for number in range(7):
            cast.submitted(f"INV-{number}")
        cast.submitted("INV-9", by=cast.otto)
        hear()
        assert post_due(MONDAY, limit=6) == 6
    assert len(bad.rung) == AT_ONCE, "a few at a time"
    assert kinds(service) == ["case.submitted"]


# --- tries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 500, 503])
def test_whatever_is_no_thanks_is_tried_again_under_the_same_id(cast: Cast, service: Service, status: int) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    service.status, service.headers = status, {"Location": "/elsewhere"}
    post_all()
    assert webhooks() == [("sending", 1, status)]
    made.refresh_from_db()
    assert (made.failures, made.trouble.startswith(f"it answered {status}")) == (1, True)
    assert post_all(MONDAY + 5 * SECOND) == 0, "it rests"
    service.status = 200
    assert post_all(MONDAY + timedelta(minutes=1)) == 1
    assert webhooks() == [("sent", 2, 200)]
    assert len({rung.headers["webhook-id"] for rung in service.rung}) == 1
    assert {rung.path for rung in service.rung} == {"/in"}
    made.refresh_from_db()
    assert (made.failures, made.rests_until, made.trouble) == (0, None, "")


def test_several_that_fail_at_once_are_one_failure(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "case.*")
    for number in range(4):
        cast.submitted(f"INV-{number}")
    hear()
    service.status = 500
    assert post_all() == 4
    made.refresh_from_db()
    assert made.failures == 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("99999999999999", 6 * 3600), ("soon", 0), ("-5", 0), (format_datetime(MONDAY + timedelta(minutes=5)), 300), ("Mon, 99 Foo", 0)],
)  # fmt: skip
def test_asked_to_come_later_we_do(cast: Cast, service: Service, told: str, seconds: int) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    service.status, service.headers = 429, {"Retry-After": told}
    post_all()
    made.refresh_from_db()
    due, rests = Delivery.objects.get(kind="webhook").due_at, made.rests_until
    assert rests is not None
    for moment in (due, rests):
        waited = (moment - MONDAY).total_seconds()
        assert max(seconds - 1, 8) <= waited <= max(seconds, 11) + 60


def test_gone_turns_it_off_and_its_admins_hear_it(cast: Cast, service: Service, mails: Any) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted("INV-1")
    hear()
    service.status = 410
    post_all()
    made.refresh_from_db()
    assert (made.state, webhooks()) == ("gone", [("failed", 1, 410)])
    event = Event.objects.get(kind="endpoint.paused")
    assert (event.facts, event.by) == ({"endpoint": made.public_id, "why": "gone"}, "")
    letter = Delivery.objects.get(kind="letter")
    assert (letter.to, made.url in letter.text, made.public_id in letter.text) == ("clara@nordlys.example", True, True)
    cast.submitted("INV-2")
    assert hear() == 0
    made.turn_on(by=cast.clara, at=MONDAY + timedelta(days=1))
    service.status = 200
    service.rung.clear()
    hear()
    post_all()
    assert kinds(service) == ["case.submitted"], "what has happened meanwhile"


def test_after_three_days_without_an_answer_it_is_paused(cast: Cast, service: Service, mails: Any) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    service.status, at = 500, MONDAY
    while Endpoint.objects.on().exists():
        at += timedelta(hours=1)
        post_all(at)
        assert at < MONDAY + timedelta(days=8)
    made.refresh_from_db()
    assert (made.state, made.failures, len(service.rung)) == ("paused", backoff.MOST_TRIES, backoff.MOST_TRIES)
    assert at > MONDAY + timedelta(days=2.5)
    assert Delivery.objects.filter(kind="letter", person=cast.clara.person).count() == 1


def test_of_one_that_says_too_much_little_is_read(cast: Cast, service: Service) -> None:
    endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    service.answer, service.status = b"x" * 10_000_000, 200
    post_all()
    assert webhooks() == [("sent", 1, 200)]


def test_nobody_there_is_worth_another_try(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "case.*")
    Endpoint.objects.update(url="http://127.0.0.1:9/in")
    cast.submitted()
    hear()
    post_all()
    made.refresh_from_db()
    assert webhooks() == [("sending", 1, None)]
    assert "refused" in made.trouble.lower()


def test_an_address_that_leads_into_our_network_by_now_is_not_gone_to(
    cast: Cast, service: Service, settings: Any
) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    settings.WEBHOOK_NETWORKS = []
    post_all()
    made.refresh_from_db()
    assert (made.trouble, service.rung) == ("its address leads to an address that is not public", [])


def test_a_worker_that_dies_leaves_a_lease_that_runs_out(cast: Cast, service: Service) -> None:
    endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    assert Delivery.objects.get(kind="webhook").claim(MONDAY)
    assert post_all(MONDAY + LEASE / 2) == 0
    assert post_all(MONDAY + LEASE) == 1
    assert webhooks() == [("sent", 2, 204)]


def test_removed_while_it_is_posted_to_nothing_is_left(
    cast: Cast, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    monkeypatch.setattr(Delivery, "settle", lambda *_what, **_told: made.remove(by=cast.clara))
    assert post_due(MONDAY) == 1
    assert (len(service.rung), Endpoint.objects.count(), webhooks()) == (1, 0, [])


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_test_is_sent_at_once_whatever_it_wants_and_however_it_rests(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "upload.*")
    made.test(by=cast.clara, at=MONDAY)
    Endpoint.objects.update(rests_until=MONDAY + timedelta(hours=6), failures=10)  # another try has failed meanwhile
    assert post_all() == 1
    told = verified(service.rung[0], made.secret)
    assert told == {"kind": "test", "at": "2026-03-09T11:00:00Z", "environment": "production"}


def test_what_was_given_up_is_sent_again_under_the_same_id(cast: Cast, service: Service) -> None:
    made = endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    waiting = Delivery.objects.get(kind="webhook")
    with pytest.raises(Exception, match="still being sent"):
        made.send_again(waiting, by=cast.clara, at=MONDAY)
    post_all()
    made.send_again(waiting, by=cast.clara, at=MONDAY)
    assert waiting.state == "waiting"
    post_all()
    assert len({rung.headers["webhook-id"] for rung in service.rung}) == 1
    assert [rung.body for rung in service.rung] == [waiting.text.encode()] * 2
    assert Event.objects.filter(kind="endpoint.tried").count() == 1


def test_what_was_posted_two_months_ago_is_kept_no_longer(cast: Cast, service: Service) -> None:
    endpoint(cast.clara, service, "case.*")
    cast.submitted()
    hear()
    post_all(datetime(2026, 3, 9, 11, tzinfo=UTC))
    forget_posted(MONDAY + timedelta(days=59))
    assert len(webhooks()) == 1
    forget_posted(MONDAY + timedelta(days=61))
    assert webhooks() == []
