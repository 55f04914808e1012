"""Sign-in in a real browser, under our strict Content-Security-Policy: passkeys, the app's picture, the copied key."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests import chromium
from tests.cast import PASSWORD, Cast, gather

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked

HOME = re.compile(r"//[^/]+/$")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would refuse to ask the database beside it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield playwright.chromium.launch(**chromium.options())


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return gather()


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page that fails the test when the browser complains of anything."""
    context = browser.new_context(base_url=live_server.url)
    page, trouble = context.new_page(), list[str]()

    def hear(said: ConsoleMessage) -> None:
        # The stream stands beside Django, which alone answers here.
        if said.type in ("error", "warning") and "/api/v1/stream" not in said.location["url"]:
            trouble.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    yield page
    context.close()
    assert not trouble


def sign_in(page: Page, email: str = "clara@nordlys.example") -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"//[^/]+/(accounts/2fa/authenticate/)?$"))


def is_it_you(page: Page) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def no_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]


def authenticator(page: Page) -> None:
    """A device with a fingerprint reader that always agrees."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    agreeable = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    more = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": agreeable | more})


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def test_a_passkey_is_added_named_used_and_removed(cast: Cast, page: Page) -> None:
    authenticator(page)
    sign_in(page)
    page.goto("/settings/sign-in/")
    page.get_by_role("link", name="Add a passkey").click()
    is_it_you(page)
    no_barriers(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    no_barriers(page)

    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(HOME)
    page.goto("/settings/sign-in/")
    page.get_by_role("link", name="Rename My laptop").click()
    is_it_you(page)
    page.get_by_label("Name").fill("Old laptop")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    page.goto("/settings/sign-in/")
    page.get_by_role("link", name="Remove Old laptop").click()
    no_barriers(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Remove it").click()
    page.goto("/settings/sign-in/")
    assert page.get_by_text("Old laptop").count() == 0


def test_a_passkey_is_a_second_step_too(cast: Cast, page: Page) -> None:
    authenticator(page)
    sign_in(page)
    page.goto("/accounts/2fa/webauthn/add/")
    is_it_you(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    sign_out(page)
    sign_in(page)
    no_barriers(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(HOME)


def test_a_passkey_that_fails_is_told_in_words(cast: Cast, page: Page) -> None:
    authenticator(page)
    page.goto("/accounts/login/")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError')) }")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("The passkey was not used").wait_for()
    assert page.url.endswith("/accounts/login/")


def test_the_picture_for_the_app_is_shown_and_its_codes_work(cast: Cast, page: Page) -> None:
    sign_in(page)
    page.goto("/accounts/2fa/totp/activate/")
    is_it_you(page)
    picture = page.get_by_role("img", name="Code for the authenticator app")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    no_barriers(page)
    secret = page.get_by_label("Or type it into the app").input_value()
    page.get_by_label("Code of six digits").fill(f"{hotp_value(secret, int(time.time()) // 30):06d}")
    page.get_by_role("button", name="Switch it on").click()
    code = page.locator(".codes code").first.inner_text()
    sign_out(page)
    sign_in(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(HOME)


def test_a_new_key_is_copied_by_a_button(cast: Cast, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page)
    page.goto("/settings/keys/")
    page.get_by_label("Name").fill("Bookkeeping")
    page.get_by_role("button", name="Make a key").click()
    secret = page.locator(".secret code").inner_text()
    no_barriers(page)
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == secret


def test_sign_in_needs_no_script_and_offers_no_button_that_does(cast: Cast, browser: Browser, live_server: Any) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")
    assert page.get_by_role("button", name="Use a passkey").count() == 0
    sign_in(page)
    page.goto("/settings/organisation/")
    page.get_by_label("E-mail address").fill("newt@nordlys.example")
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("An invitation is on its way to newt@nordlys.example.").wait_for()
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_of_settings_is_without_barriers(
    cast: Cast, browser: Browser, live_server: Any, width: int, scheme: Any
) -> None:
    cast.clara.organisation.invite("newt@nordlys.example", "member", by=cast.clara)
    cast.clara.organisation.issue_key("test", name="Bookkeeping", by=cast.clara)
    context = browser.new_context(
        base_url=live_server.url, color_scheme=scheme, viewport={"width": width, "height": 844}
    )
    page = context.new_page()
    for path in ("/accounts/login/", "/accounts/password/reset/", "/invitations/none/"):
        page.goto(path)
        no_barriers(page)
    sign_in(page)
    for path in ("/settings/", "/settings/sign-in/", "/settings/organisation/", "/settings/keys/", "/acting/"):
        page.goto(path)
        no_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
