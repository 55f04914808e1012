"""Webhooks of an organisation: added by its admins, told what they may hear, rotated, turned off and on, removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from trialogue.deliveries.endpoints import MOST, kinds_for
from trialogue.deliveries.models import Delivery, Endpoint
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event
from trialogue.events.tail import START
from trialogue.people.models import Actor, Refused

HERE = "https://hooks.example.com/in"


def add(by: Actor, *wants: str, url: str = HERE, **told: Any) -> Endpoint:
    return Endpoint.add(by=by, url=url, wants=wants or ("all",), at=MONDAY, **told)


def test_it_is_on_and_the_log_says_so_without_its_address(cast: Cast) -> None:
    made = add(cast.clara, "case.*", "clock.broken", name=" Book\tkeeping ")
    assert (made.state, made.name, made.wants) == ("on", "Book keeping", ["case.*", "clock.broken"])
    event = Event.objects.get(kind="endpoint.added")
    assert event.facts == {"endpoint": made.public_id, "environment": "production"}
    made.describe(by=cast.clara, url=HERE + "/other", wants=["all"])
    assert made.wants == ["all"]
    assert "hooks" not in str(Event.objects.get(kind="endpoint.changed").facts)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks", "http://hooks.example.com/", "ftp://hooks.example.com/", "https://me:secret@hooks.example.com/", "https://127.0.0.1/",
        "https://10.1.2.3/in", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://x/" + "y" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_or_into_our_own_network_is_refused(cast: Cast, url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add(cast.clara, url=url)
    assert list(refused.value.message_dict) == ["url"]
    assert not Endpoint.objects.exists()


def test_how_the_scheme_is_written_is_all_the_same(cast: Cast) -> None:
    assert add(cast.clara, url=" HTTPS://93.184.216.34/in ").url == "HTTPS://93.184.216.34/in"


def test_into_a_network_that_the_house_names_it_may_lead_and_into_no_other(cast: Cast, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network("10.1.0.0/16")]
    assert add(cast.clara, url="http://10.1.2.3/in").is_on
    for url in ("http://10.2.2.3/in", "http://93.184.216.34/in"):
        with pytest.raises(ValidationError):
            add(cast.clara, url=url)


@pytest.mark.parametrize(
    "wants",
    [[], ["case.nothing"], ["nothing.*"], ["letter.filed"], ["pages"], ["all", "pages"], ["all", "case.closed"], [""]],
)
def test_nobody_chooses_what_they_do_not_hear(cast: Cast, wants: list[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Endpoint.add(by=cast.clara, url=HERE, wants=wants)
    assert list(refused.value.message_dict) == ["wants"]


def test_each_side_chooses_of_what_it_hears() -> None:
    def offered(side: str) -> set[str]:
        return {kind for kinds in kinds_for(side).values() for kind in kinds}

    assert offered("operator") == set(KINDS)
    assert offered("client") - offered("collection_partner") == {kind for kind in KINDS if kind.startswith("upload.")}
    assert offered("referral_partner") == offered("collection_partner")
    assert not {kind for kind in offered("client") if kind.startswith("letter.")}


def test_the_operator_may_be_paged(cast: Cast) -> None:
    assert add(cast.olga, "pages").wants == ["pages"]
    assert add(cast.olga, "pages", "all").wants == ["all", "pages"]


@pytest.mark.parametrize("name", ["x" * 81, "a\x00b"])
def test_a_name_that_cannot_be_is_told_at_its_field(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add(cast.clara, name=name)
    assert list(refused.value.message_dict) == ["name"]


def test_there_are_so_many_and_no_more(cast: Cast) -> None:
    for number in range(MOST):
        add(cast.clara, url=f"{HERE}/{number}")
    with pytest.raises(Refused, match="Remove one first"):
        add(cast.clara)
    add(replace(cast.clara, environment="test"))
    add(cast.otto)


def test_its_admins_and_programs_see_it_in_its_environment_and_nobody_else(cast: Cast) -> None:
    made = add(cast.clara)
    who = {name for name, actor in vars(cast).items() if made in Endpoint.objects.visible_to(actor)}
    assert who == {"clara"}
    key = Actor(cast.clara.organisation, via="api")
    assert made in Endpoint.objects.visible_to(key)
    assert made not in Endpoint.objects.visible_to(replace(key, environment="test"))


@pytest.mark.parametrize("who", ["carl", "otto", "olga", "key"])
def test_nobody_but_an_admin_of_theirs_does_anything_with_it(cast: Cast, who: str) -> None:
    made = add(cast.clara)
    sent = made.test(by=cast.clara)
    events = Event.objects.count()
    by = Actor(cast.clara.organisation, via="api") if who == "key" else getattr(cast, who)
    acts = (
        lambda: made.describe(by=by, url=HERE, wants=["all"]), lambda: made.rotate(by=by), lambda: made.turn_off(by=by),
        lambda: made.turn_on(by=by), lambda: made.remove(by=by), lambda: made.test(by=by), lambda: made.send_again(sent, by=by),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert Event.objects.count() == events
    if who in ("carl", "key"):
        with pytest.raises(Refused):
            add(by)


# --- its secret -------------------------------------------------------------------------------------------------------


def test_its_secret_stands_nowhere(cast: Cast) -> None:
    made = add(cast.clara)
    assert made.secret.startswith("whsec_")
    assert len(made.keys(MONDAY)[0]) == 32
    row = str(Endpoint.objects.values().get())
    assert made.secret not in row
    assert made.secret != add(cast.clara).secret


def test_for_a_day_the_secret_before_is_valid_too(cast: Cast) -> None:
    made = add(cast.clara)
    (first,) = made.keys(MONDAY)
    made.rotate(by=cast.clara, at=MONDAY)
    day = timedelta(days=1)
    second = made.keys(MONDAY + day)[0]
    assert made.keys(MONDAY + day - timedelta(seconds=1)) == [second, first]
    assert made.keys(MONDAY + day) == [second]
    made.rotate(by=cast.clara, at=MONDAY)
    assert made.keys(MONDAY)[1] == second, "the last two"


# --- off, on, removed -------------------------------------------------------------------------------------------------


def test_turned_off_it_drops_what_waits_and_turned_on_it_begins_anew(cast: Cast) -> None:
    made = add(cast.clara)
    Endpoint.objects.update(position=START)
    waiting = made.test(by=cast.clara)
    made.turn_off(by=cast.clara)
    made.turn_off(by=cast.clara)
    waiting.refresh_from_db()
    assert (made.state, waiting.state, waiting.why) == ("off", "moot", "turned off")
    for act in (lambda: made.test(by=cast.clara), lambda: made.send_again(waiting, by=cast.clara)):
        with pytest.raises(Refused, match="Turn it on first"):
            act()
    made.turn_on(by=cast.clara)
    made.turn_on(by=cast.clara)
    made.refresh_from_db()
    assert (made.state, made.position != START) == ("on", True)
    assert Event.objects.filter(kind__in=("endpoint.turned_off", "endpoint.turned_on")).count() == 2


@pytest.mark.parametrize(("days", "goes_on"), [(13, True), (15, False)])
def test_one_that_was_paused_goes_on_where_it_was_unless_that_is_long_ago(cast: Cast, days: int, goes_on: bool) -> None:
    made = add(cast.clara)
    Endpoint.objects.update(position=START, state="paused", stopped_at=MONDAY, failures=23)
    made.turn_on(by=cast.clara, at=MONDAY + timedelta(days=days))
    made.refresh_from_db()
    assert (made.state, made.failures, made.position == START) == ("on", 0, goes_on)


def test_removed_it_is_gone_with_the_list_of_what_was_sent(cast: Cast) -> None:
    made = add(cast.clara)
    made.test(by=cast.clara)
    made.remove(by=cast.clara)
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.filter(kind="webhook").exists()
    assert Event.objects.filter(kind="endpoint.removed", facts={"endpoint": made.public_id}).exists()
