"""Every page, in light and dark, on a desk and on a phone: no barrier that axe knows of, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import PDF
from tests.letters.post import LEGAL, SUPPORT, post, written
from tests.lib.test_drawing import pdf
from tests.walk import document
from trialogue.articles.models import Article, Collection
from trialogue.articles.reading import Lookup, Opinion
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock, break_due
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document
from trialogue.deliveries.models import Endpoint
from trialogue.letters.models import Alias, Letter
from trialogue.meetings.models import Host, Meeting

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked

WIDE, NARROW, NARROWEST, *BETWEEN = ({"width": width, "height": 900} for width in (1440, 390, 320, 1100, 1024, 800))
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PICTURE = '<p>Look <img src="https://tracker.example/x.png" alt="here"></p>'
World = dict[str, Case]


def world(cast: Cast, now: datetime) -> World:
    """A case in each state, with all that can stand on its page; names as long as names get."""
    talking = cast.confirmed("TALKING", at=None, debtor_name=f"{LONG} mbH & Co. KG", description=f"{LONG} " * 3)
    talk = talking.conversation
    talk.post(
        by=cast.clara,
        body="**When** will you [call](https://example.com)?\n\n- one\n- two\n\n> quoted\n\n`code`",
        at=now,
    )
    talk.post(
        by=cast.paul, body=f"```\n{LONG * 3}\n```\nhttps://example.com/{LONG}", documents=[document(f"{LONG}.pdf", PDF)]
    )
    Document.add(talking, [document("evidence.txt")], by=cast.clara)
    documents(talking, cast)
    talk.mark_read(by=cast.clara, through=2)
    talk.post(by=cast.clara, body="Thanks")
    late = cast.released("LATE", at=now - timedelta(days=20))
    break_due(now)
    risky = cast.released("RISKY", at=None)
    Clock.objects.filter(case=risky).update(warn_at=now - timedelta(hours=1), due_at=now + timedelta(hours=6))
    closed = cast.confirmed("CLOSED", at=None)
    closed.close(by=cast.paul, code="DisputedLegalActionDeclinedByClient", comment="It was not worth it.")
    files = {f"{LONG}.txt": b"x", "run.exe": b"MZ"}
    post(written(f"{LONG[:40]}@example.com", [SUPPORT, LEGAL], f"{LONG}\n\n-- \nVera", subject=LONG, html=PICTURE, files=files, proof="fail"))  # fmt: skip
    told = {"url": f"https://hooks.example/{LONG * 3}".replace("ä", "ae"), "wants": ["case.closed", "clock.*"]}
    endpoint = Endpoint.add(by=cast.otto, **told)  # type: ignore[arg-type]
    for state in ("sent", "failed", "sending"):
        endpoint.test(by=cast.otto)
        why = "" if state == "sent" else f"it answered 503 {LONG}"
        settled = None if state == "sending" else now
        endpoint.deliveries.filter(state="waiting").update(
            state=state, why=why, tries=2, answered=503, settled_at=settled
        )
    Endpoint.objects.update(failures=3, trouble=f"it answered 503 {LONG}", rests_until=now + timedelta(hours=1))
    Alias.objects.create(address=f"{LONG[:40]}@example.org", person=cast.paul.person)
    articles(cast)
    meetings(cast, now)
    return {
        "talking": talking,
        "late": late,
        "risky": risky,
        "closed": closed,
        "early": cast.submitted("EARLY", at=None),
    }


def meetings(cast: Cast, now: datetime) -> None:
    """One that is booked and one that is asked for, with a host whose own calendar cannot be read."""
    week = {str(day): [["00:00", "24:00"]] for day in range(7)}
    told = {
        "zone": "Europe/Copenhagen",
        "week": week,
        "lengths": [30, 60],
        "notice": 0,
        "busy_address": "https://calendar.example.org/a.ics",
    }
    host = Host.describe(
        cast.olga.person, by=cast.olga, link=f"https://meet.example.org/{LONG}".replace("ä", "ae"), **told
    )  # type: ignore[arg-type]
    host.busy.fail("status", now, 503)
    cast.otto.organisation.set_plan("enterprise", by=cast.olga)
    Meeting.book(host, host.free(30, "production", now)[0], by=cast.otto, minutes=30, subject=LONG, about=LONG * 3)
    Meeting.ask(by=cast.paul, subject=LONG, about=LONG * 3, wishes=host.free(30, "production", now)[:3])


def meeting(state: str) -> str:
    return f"/meetings/{Meeting.objects.get(state=state).number}/"


def articles(cast: Cast) -> None:
    """One with all that can stand in it, live, with a draft upon it; and what readers say."""
    words = {"en": {"title": LONG, "summary": LONG}}
    shelf = Collection.describe("long", by=cast.olga, words=words, audience=["client"])
    article = Article.begin("long", by=cast.olga, collection=shelf, kind="how-to", audience=["client", "partner"])
    row = f"| {LONG} | **[Confirm case]** |"
    body = f"Press **[{LONG}]**.\n\n## {LONG}\n\n| a | b |\n|---|---|\n{row}\n\n> [!WARNING]\n> {LONG}\n\n## B\n\n`{LONG}`\n\n## C\n\n```\n{LONG * 3}\n```"
    article.write("en", by=cast.olga, title=LONG, summary=LONG, body=body)
    told = article.translations.get()
    told.publish(by=cast.olga)
    article.write("en", by=cast.olga, title=f"A {LONG}", summary=LONG, body=f"{body}\n\n{LONG}")
    Opinion.give(told, False, by=cast.clara).explain("unclear", LONG * 3)
    Lookup.note(LONG, "en", 0, by=None)


def documents(case: Case, cast: Cast) -> None:
    """One that was drawn and has versions, one that was removed, one that is kept away."""
    drawn, *others = (document("drawn.pdf", pdf(2)), document("removed.txt"), document(f"{LONG}.txt", b"Bad."))
    Document.add(case, [drawn, *others], by=cast.clara)
    drawn.replace(document("drawn.pdf", pdf(3)), by=cast.clara)
    others[0].remove(by=cast.clara)
    Document.objects.filter(pk=others[1].pk).update(verdict="found", found="Eicar", description=LONG * 3)
    look_into(timezone.now())


def page_of(world: World, name: str) -> str:
    return f"/documents/{world['talking'].documents.filter(name=name).latest('pk').public_id}/"


def letter(part: str = "") -> str:
    return f"/desk/letters/{Letter.objects.get().public_id}/{part}"


def clock_of(case: Case) -> str:
    return str(case.clocks.earliest("pk").public_id)


PAGES: dict[str, list[Callable[[World], str]]] = {
    "clara": [
        lambda w: "/", lambda w: "/cases/", lambda w: "/cases/?q=nothing", lambda w: "/cases/?state=Closed", lambda w: "/cases/new/",
        lambda w: f"/cases/{w['talking'].reference}/", lambda w: f"/cases/{w['talking'].reference}/#facts",
        lambda w: f"/cases/{w['early'].reference}/", lambda w: f"/cases/{w['closed'].reference}/",
        lambda w: f"/cases/{w['talking'].reference}/documents/", lambda w: page_of(w, "removed.txt"), lambda w: page_of(w, "drawn.pdf"),
        lambda w: f"/cases/{w['talking'].reference}/timeline/", lambda w: f"/clocks/{clock_of(w['late'])}/", lambda w: "/cases/ZZZZZZZZ/",
        lambda w: "/settings/organisation/hours/", lambda w: "/promises/?whose=them",
        lambda w: "/notices/", lambda w: "/settings/notices/", lambda w: "/settings/absence/", lambda w: "/meetings/new/",
    ],
    "paul": [
        lambda w: "/", lambda w: "/cases/", lambda w: f"/cases/{w['late'].reference}/", lambda w: f"/cases/{w['risky'].reference}/moves/confirm/",
        lambda w: f"/cases/{w['talking'].reference}/moves/ask_for_information/", lambda w: f"/cases/{w['talking'].reference}/moves/close/",
    ],
    "olga": [
        lambda w: "/", lambda w: "/cases/", lambda w: f"/cases/{w['talking'].reference}/", lambda w: f"/cases/{w['early'].reference}/moves/release/",
        lambda w: "/promises/", lambda w: "/policies/", lambda w: "/policies/reply/",
        lambda w: "/desk/articles/", lambda w: "/desk/articles/new/", lambda w: "/desk/articles/long/en/", lambda w: "/desk/articles/long/en/2/",
        lambda w: "/desk/articles/readers/", lambda w: "/desk/collections/long/",
        lambda w: "/desk/letters/", lambda w: letter(), lambda w: letter("as-sent/"), lambda w: "/desk/letters/addresses/",
        lambda w: "/meetings/", lambda w: meeting("asked"), lambda w: f"{meeting('agreed')}move/", lambda w: "/meetings/hosts/",
        lambda w: f"/meetings/hosts/{Host.objects.get().person.public_id}/",
    ],
    "rita": [
        lambda w: "/cases/", lambda w: f"/cases/{w['talking'].reference}/", lambda w: "/clients/",
        lambda w: f"/clients/{w['talking'].client.public_id}/",
        lambda w: "/help/?situation=integration", lambda w: "/help/critical/", lambda w: f"/cases/{w['talking'].reference}/calls/",
    ],
    "otto": [
        lambda w: "/meetings/", lambda w: "/meetings/new/", lambda w: meeting("agreed"),
        lambda w: "/articles/", lambda w: "/articles/?q=nothing+like+it", lambda w: "/articles/for/client/", lambda w: "/articles/in/long/",
        lambda w: "/articles/long/?asking", lambda w: "/articles/nothing/", lambda w: "/", lambda w: "/cases/", lambda w: "/settings/webhooks/", lambda w: f"/settings/webhooks/{Endpoint.objects.get().public_id}/",
    ],
}  # fmt: skip


def barriers(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def too_wide(page: Page) -> list[str]:
    """What stands out at the right, if the page can be pushed sideways."""
    return page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .map(e => e.outerHTML.slice(0, 120)).slice(0, 5)""")


@pytest.mark.parametrize("who", PAGES)
def test_no_barriers_and_nothing_too_wide(cast: Cast, sit: Sit, now: datetime, who: str) -> None:
    made, page, wrong = world(cast, now), sit(getattr(cast, who), quiet=True), list[str]()
    for address in PAGES[who]:
        there = address(made)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            page.goto(there)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                wrong += [f"{there} {size['width']} {scheme}: {barrier}" for barrier in barriers(page)]
        for size in (*BETWEEN, NARROWEST):
            page.set_viewport_size(size)
            wrong += [f"{there} at {size['width']}: {one}" for one in too_wide(page)]
        page.emulate_media(color_scheme="light")
    assert not wrong, "\n".join(wrong)


def test_on_a_phone_no_name_beside_a_share_is_broken_within_its_word(cast: Cast, sit: Sit, now: datetime) -> None:
    page = sit(cast.olga)
    world(cast, now)
    page.set_viewport_size(NARROW)
    page.goto("/promises/")
    lines = page.locator("#h-countries ~ .shares th").evaluate_all(
        """names => names.map(name => {
            const words = document.createRange()
            words.selectNodeContents(name)
            return [name.innerText, words.getClientRects().length]
        })"""
    )
    assert ["Germany", 1] in lines


def test_no_barriers_in_what_opens(cast: Cast, sit: Sit, now: datetime) -> None:
    """Menus, explanations, notices, errors, an unsent message."""
    made, page = world(cast, now), sit(cast.paul, quiet=True)
    page.goto(f"/cases/{made['talking'].reference}/")
    page.get_by_label("More actions").click()
    page.locator("#case-clocks summary").first.click()
    page.locator("#case-clocks .spans tfoot").first.wait_for()
    page.locator(".told summary").first.click()
    assert barriers(page) == []
    page.context.set_offline(True)
    page.get_by_label("What you want to say").fill("Unsent")
    page.keyboard.press("Control+Enter")
    page.locator(".message--unsent").wait_for()
    assert barriers(page) == []
    page.context.set_offline(False)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"/cases/{made['talking'].reference}/moves/close/")
    page.get_by_role("button", name="Close case").click()
    page.get_by_role("alert").wait_for()
    assert barriers(page) == []
    page.goto("/cases/")
    page.locator("details.clock summary").first.click()
    page.locator(".spans tfoot").first.wait_for()
    assert barriers(page) == []
    page.set_viewport_size(NARROWEST)
    assert too_wide(page) == []
