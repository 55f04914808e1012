"""GET /docs: the reference page."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client

from tests.doors.api.callers import BASE
from trialogue.doors.api.openapi import document
from trialogue.doors.api.problems import KINDS


@pytest.fixture
def page(db: None) -> HttpResponse:
    return Client().get(BASE + "docs")


def test_anyone_may_read_it(page: HttpResponse) -> None:
    assert page.status_code == 200


def test_every_operation_and_every_problem_has_its_place(page: HttpResponse) -> None:
    anchors = set(re.findall(r'id="([^"]+)"', page.content.decode()))
    operations = {one["operationId"] for methods in document()["paths"].values() for one in methods.values()}
    assert operations <= anchors
    assert {f"problem-{kind}" for kind in KINDS} <= anchors


def test_every_link_within_it_leads_somewhere(page: HttpResponse) -> None:
    html = page.content.decode()
    anchors = set(re.findall(r'id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors | {"logo"}


def test_no_anchor_stands_twice(page: HttpResponse) -> None:
    anchors = re.findall(r'id="([^"]+)"', page.content.decode())
    assert sorted(anchors) == sorted(set(anchors))


def test_it_holds_no_script_or_style_of_its_own(page: HttpResponse) -> None:
    html = page.content.decode()
    assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)| on\w+=", html)


def test_its_style_is_there() -> None:
    assert finders.find("trialogue/api/reference.css")


def test_it_shows_how_to_ask(page: HttpResponse) -> None:
    html = page.content.decode()
    assert "curl http://127.0.0.1:8000/api/v1/cases/Q8XAXF3W/messages" in html
    assert "Idempotency-Key" in html
