from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests import chromium
from tests.cast import PASSWORD, Cast, gather
from tests.serving import House, address_of, running
from trialogue.people.models import Actor

PATIENCE = 60_000  # milliseconds; a busy machine is slow, and no wait is longer than it must be
Sit = Callable[..., Page]


@pytest.fixture(scope="session")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server process of its own on the test's own database. Clocks are broken by the tests, not by a worker."""
    here = House(
        address_of(connection.settings_dict),
        tmp_path_factory.mktemp("house"),
        {"SECRET_KEY": settings.SECRET_KEY, "PUSH": "1"},
    )
    with running(here.serve("--no-work")):
        yield here


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would refuse to ask the database beside it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        yield playwright.chromium.launch(**chromium.options())


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, who can sign in at the server: it knows no cheap passwords."""
    cast = gather()
    secret = Argon2PasswordHasher().encode(PASSWORD, Argon2PasswordHasher().salt())
    for actor in (cast.clara, cast.paul, cast.olga):
        assert actor.person is not None
        actor.person.password = secret
        actor.person.save(update_fields=["password"])
    return cast


@pytest.fixture
def sit(browser: Browser, house: House, cast: Cast) -> Iterator[Sit]:
    """`sit(actor, **how)`: someone before a browser of their own, signed in unless nobody. Complaints of the browser fail the test."""
    contexts, trouble = [], list[str]()

    def sit_down(actor: Actor | None = None, *, quiet: bool = False, **how: Any) -> Page:
        context = browser.new_context(base_url=f"http://127.0.0.1:{house.port}", **how)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if actor:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": _session(actor), "url": _origin(house)}]
            )
        page = context.new_page()
        if not quiet:
            page.on("console", lambda said: trouble.extend(_complaint(said)))
            page.on("pageerror", lambda error: trouble.append(str(error)))
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert trouble == []


def _origin(house: House) -> str:
    return f"http://127.0.0.1:{house.port}"


def _session(actor: Actor) -> str:
    client = Client()
    client.force_login(actor.person)  # type: ignore[arg-type]
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _complaint(said: ConsoleMessage) -> list[str]:
    refused = re.search(r"status of (409|422)", said.text)  # a form that was refused is no trouble of the page
    return [f"{said.text} {said.location}"] if said.type in ("error", "warning") and not refused else []


@pytest.fixture
def now() -> Any:
    return timezone.now()


@pytest.fixture
def long_ago(now: Any) -> Any:
    """Whatever was owed since then is late by any calendar."""
    return now - timedelta(days=20)
