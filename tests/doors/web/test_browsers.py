"""Notices that ring in a browser: turned on and taken away on the page of notices, ended by signing out."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.doors.web.visitor import Visitor
from tests.pushes import FakeBrowser
from trialogue.deliveries.models import Browser
from trialogue.lib import webpush
from trialogue.people.models import Actor

KEY = webpush.new_key()


@pytest.fixture(autouse=True)
def _switched_on(settings: Any) -> None:
    settings.PUSH, settings.PUSH_KEY = True, KEY


def told(name: str = "one") -> dict[str, str]:
    return FakeBrowser(f"https://push.example/{name}").told


def signed_in(actor: Actor) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    client.force_login(actor.person)  # type: ignore[arg-type]
    client.get(reverse("notice-wishes"))  # the house notes the session
    return client


def test_the_page_tells_the_browser_our_key_and_where_its_worker_is(clara: Visitor) -> None:
    page = clara.open("notice-wishes")
    place = page.root.one("section", id="browsers")
    (asked,) = [one for one in place.within() if one.get("data-ringing")]
    assert asked["data-ringing"] == webpush.public(KEY)
    assert place.one("form")["data-worker"] == reverse("worker") == "/worker.js"
    assert "needs JavaScript" in place.words


def test_what_the_browser_tells_is_kept_and_it_stands_in_the_list(clara: Visitor, cast: Cast) -> None:
    client = signed_in(cast.clara)
    answer = client.post(reverse("browsers"), told())
    assert answer["Location"] == "/settings/notices/#browsers"
    browser = Browser.objects.get()
    assert (browser.person, str(browser)) == (cast.clara.person, "Firefox on Linux")
    page = clara.open("notice-wishes")
    (line,) = page.root.one("section", id="browsers").all("li")
    assert "Firefox on Linux" in line.words
    assert line["data-endpoint"] == "https://push.example/one"


def test_what_cannot_be_is_told_and_not_kept(clara: Visitor) -> None:
    page = clara.send_and_follow("browsers", endpoint="http://inside/", p256dh="", auth="")
    assert "This is no address of a push service." in page.words
    assert not Browser.objects.exists()


def test_it_is_taken_away_by_its_person_alone(clara: Visitor, carl: Visitor, cast: Cast) -> None:
    signed_in(cast.clara).post(reverse("browsers"), told())
    browser = Browser.objects.get()
    assert carl.send("browser-remove", browser.public_id).status == 404
    page = clara.send_and_follow("browser-remove", browser.public_id)
    assert "That browser notifies you no more." in page.words
    assert not Browser.objects.exists()


def test_why_it_could_not_be_reached_stands_beside_it(clara: Visitor, cast: Cast) -> None:
    signed_in(cast.clara).post(reverse("browsers"), told())
    Browser.objects.update(trouble="the push service answered 503")
    assert "could not be reached the last time" in clara.open("notice-wishes").main


def test_signing_out_ends_it_there_and_nowhere_else(cast: Cast) -> None:
    here, there = signed_in(cast.clara), signed_in(cast.clara)
    here.post(reverse("browsers"), told("here"))
    there.post(reverse("browsers"), told("there"))
    here.post(reverse("account_logout"))
    assert [browser.endpoint for browser in Browser.objects.all()] == ["https://push.example/there"]


def test_a_session_ended_from_elsewhere_ends_it_too(cast: Cast) -> None:
    here, there = signed_in(cast.clara), signed_in(cast.clara)
    there.post(reverse("browsers"), told("there"))
    key = there.cookies[django_settings.SESSION_COOKIE_NAME].value
    here.post(reverse("session-end", args=[UserSession.objects.get(session_key=key).pk]))
    assert not Browser.objects.exists()


def test_signing_out_everywhere_else_leaves_this_one(cast: Cast) -> None:
    here, there = signed_in(cast.clara), signed_in(cast.clara)
    here.post(reverse("browsers"), told("here"))
    there.post(reverse("browsers"), told("there"))
    signed_in(cast.carl).post(reverse("browsers"), told("carl"))
    here.post(reverse("usersessions_list"))
    left = Browser.objects.order_by("endpoint").values_list("endpoint", flat=True)
    assert list(left) == ["https://push.example/carl", "https://push.example/here"]


def test_where_it_is_switched_off_the_page_says_nothing_of_it(clara: Visitor, settings: Any) -> None:
    settings.PUSH = False
    assert clara.open("notice-wishes").root.all("section", id="browsers") == []
    assert "switched off" in clara.send_and_follow("browsers", **told()).words


def test_the_worker_is_asked_for_anew_each_time(nobody: Visitor) -> None:
    answer = nobody.open("worker").answer
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer["Cache-Control"] == "no-cache"
    assert b"showNotification" in answer.content
