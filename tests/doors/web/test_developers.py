"""The pages for developers: guides whose samples run as they stand, one's own keys and failed calls, trying a call."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.doors.web.visitor import Page, Visitor
from trialogue.doors.api.openapi import document
from trialogue.doors.web import developers
from trialogue.people.models import Environment
from trialogue.requests.models import FailedCall

GUIDES = Path(developers.__file__).parents[1] / "api" / "guides"
SERVER = "{server}"


def samples(language: str) -> list[tuple[str, str, str]]:
    """Of every guide: its name, for whom the sample is, and its text."""
    found = []
    for path in sorted(GUIDES.glob("*.md")):
        for side, text in re.findall(rf"```{language} run ?(\w*)\n(.*?)```", path.read_text(), re.S):
            found.append((path.stem, side, text))
    return found


CURL, PYTHON = samples("sh"), samples("python")


def test_there_are_samples_of_both_kinds() -> None:
    assert len(CURL) >= 4
    assert len(PYTHON) >= 2


@pytest.mark.parametrize(("guide", "side", "text"), CURL, ids=[f"{one[0]} {n}" for n, one in enumerate(CURL)])
@pytest.mark.django_db
def test_each_curl_of_the_guides_is_answered(cast: Cast, guide: str, side: str, text: str) -> None:
    """Read as a shell reads it, and sent as curl does."""
    secret = cast.clara.organisation.issue_key(Environment.TEST, by=cast.clara)[1]
    words = shlex.split(text.replace("\\\n", " ").replace("$TRIALOGUE_KEY", secret))
    assert words[0] == "curl"
    address, headers, body = "", {}, None
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _colon, value = next(rest).partition(": ")
            headers[f"HTTP_{name.upper().replace('-', '_')}"] = value
        elif word == "-d":
            body = next(rest)
        else:
            address = word.replace(SERVER, "/api/v1")
    client: Any = Client()
    if body is None:
        answer = client.get(address, **headers)
    else:
        answer = client.post(address, body, content_type=headers.pop("HTTP_CONTENT_TYPE"), **headers)
    assert answer.status_code in (200, 201), answer.content


@pytest.mark.parametrize(("guide", "side", "text"), PYTHON, ids=[f"{one[0]} {n}" for n, one in enumerate(PYTHON)])
@pytest.mark.django_db(transaction=True)
def test_each_python_of_the_guides_runs(live_server: Any, guide: str, side: str, text: str, tmp_path: Path) -> None:
    from tests.cast import gather

    cast = gather()
    secret = cast.clara.organisation.issue_key(Environment.TEST, by=cast.clara)[1]
    program = tmp_path / "sample.py"
    program.write_text(text.replace(SERVER, f"{live_server.url}/api/v1"))
    environment = {**os.environ, "TRIALOGUE_KEY": secret}
    ran = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


def test_every_guide_opens_for_anyone_and_its_links_lead_somewhere(db: None) -> None:
    client, ids = (
        Client(),
        {key: set(re.findall(r'id="([\w-]+)"', one.html)) for key, one in developers.guides().items()},
    )
    for key, one in developers.guides().items():
        page = Page(client.get(reverse("developers-guide", args=[key])))
        assert page.root.one("h1").words == one.title
        for link in re.findall(r'href="([^"]+)"', one.html):
            address, _hash, part = link.partition("#")
            if address.startswith("/developers/") and (other := address.split("/")[2]) in ids:
                assert not part or part in ids[other], (key, link)
            elif address.startswith("/"):
                assert client.get(address).status_code in (200, 302), (key, link)


def test_a_guide_that_is_none_is_not_found(db: None) -> None:
    assert Client().get("/developers/no-such-guide/").status_code == 404


def test_an_admin_sees_the_keys_and_what_failed_and_asks_about_it(cast: Cast, rita: Visitor) -> None:
    cast.rita.organisation.issue_key(Environment.TEST, name="Shop", by=cast.rita)
    FailedCall.keep(
        cast.rita, method="POST", path="/api/v1/cases", status=422, title="Some fields cannot be used", body="{}"
    )
    page = rita.open("developers")
    for words in ("Shop", "POST /api/v1/cases", "422"):
        assert words in page.main, words
    form = rita.send("ask", "technical", do="begin", call=FailedCall.objects.get().public_id)
    assert "/api/v1/cases" in str(form.answer.content)
    assert "Shop" not in Visitor(cast.paul).open("developers").main
    assert "Shop" not in Page(Client().get("/developers/")).main


def test_a_call_is_tried_in_the_test_environment_alone(cast: Cast, clara: Visitor) -> None:
    assert "Switch to the test environment" in clara.open("developers-try").main
    clara.client.post(reverse("acting"), {"environment": "test"})
    page = clara.open("developers-try", call="post_message")
    form = page.root.one("form", id="try")
    assert (form["data-method"], form["data-path"]) == ("POST", "/api/v1/cases/{reference}/messages")
    assert "reference" in page.main
    assert "body" in page.root.one("textarea", id="try-body").words


def test_every_call_that_takes_json_is_offered(db: None) -> None:
    told = {one["operationId"] for methods in document()["paths"].values() for one in methods.values()}
    offered = set(developers.calls())
    assert offered < told
    assert {"me", "post_message", "list_events", "submit_case"} & told <= offered
    assert "add_documents" not in offered
