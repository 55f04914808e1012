"""A person lets notices ring in their browser: a real worker shows what is pushed. Only the push service is pretended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.pushes import FakeBrowser
from trialogue.deliveries.models import Browser

PRETENDED = """
const told = %s
const taken = () => localStorage.getItem('taken') ? {
  endpoint: told.endpoint,
  toJSON: () => ({ endpoint: told.endpoint, keys: { p256dh: told.p256dh, auth: told.auth } }),
  unsubscribe: async () => { localStorage.removeItem('taken'); return true },
} : null
if (window.PushManager) {
  PushManager.prototype.getSubscription = async () => taken()
  PushManager.prototype.subscribe = async (how) => { localStorage.setItem('taken', how.applicationServerKey.length); return taken() }
}
"""

# A browser without a screen forgets at will what it shows, so what it is asked to show is caught on the way there.
LISTENING = """() => {
  const show = registration.showNotification.bind(registration)
  self.shown = new Promise((resolve) => {
    registration.showNotification = async (title, how) => { await show(title, how); resolve({ title, ...how }) }
  })
  self.clicked = async () => {
    const notification = { data: (await self.shown).data, close: () => {} }
    const opened = new Promise((resolve) => { clients.openWindow = async (url) => resolve(String(url)) })
    self.dispatchEvent(Object.assign(new ExtendableEvent('notificationclick'), { notification }))
    return opened
  }
}"""


@pytest.fixture
def clara(cast: Cast, sit: Sit) -> Page:
    page = sit(cast.clara, permissions=["notifications"])
    page.add_init_script(PRETENDED % json.dumps(FakeBrowser("https://push.example/one").told))
    page.goto("/settings/notices/")
    return page


def turn_on(page: Page) -> None:
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.get_by_text("This browser notifies you.", exact=True)).to_be_visible()


def test_she_turns_it_on_sees_it_and_takes_it_away(cast: Cast, clara: Page) -> None:
    turn_on(clara)
    assert clara.evaluate("localStorage.getItem('taken')") == "65"  # the bytes of our key
    line = clara.locator("#browsers li")
    expect(line).to_contain_text("(this one)")
    assert Browser.objects.get().person == cast.clara.person
    line.get_by_role("button", name="Take").click()
    expect(clara.get_by_role("button", name="Notify me in this browser")).to_be_visible()
    assert clara.evaluate("localStorage.getItem('taken')") is None
    assert not Browser.objects.exists()


def test_what_is_pushed_is_shown_and_leads_to_its_case(clara: Page) -> None:
    turn_on(clara)
    told = {
        "title": "Paul Brandt wrote in case Q8XAXF3W",
        "body": "",
        "url": "/cases/Q8XAXF3W/#message-1",
        "tag": "cas_1",
    }
    found: list[Any] = []
    devtools = clara.context.new_cdp_session(clara)
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    clara.wait_for_function("navigator.serviceWorker.ready.then(Boolean)")
    origin = clara.evaluate("location.origin")
    (worker,) = clara.context.service_workers
    worker.evaluate(LISTENING)
    message = {"origin": origin, "registrationId": found[0]["registrationId"], "data": json.dumps(told)}
    devtools.send("ServiceWorker.deliverPushMessage", message)
    shown = worker.evaluate("self.shown")
    assert [shown["title"], shown["tag"], shown["body"]] == [told["title"], "cas_1", ""]
    opened = worker.evaluate("self.clicked()")
    assert opened == f"{origin}/cases/Q8XAXF3W/#message-1"


def test_a_browser_that_forbids_or_cannot_says_so(cast: Cast, sit: Sit) -> None:
    page = sit(cast.clara)
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.goto("/settings/notices/")
    expect(page.get_by_text("You have forbidden notifications")).to_be_visible()
    expect(page.get_by_role("button", name="Notify me in this browser")).to_be_hidden()
    page.add_init_script("delete window.PushManager")
    page.reload()
    expect(page.get_by_text("This browser cannot notify you.")).to_be_visible()
