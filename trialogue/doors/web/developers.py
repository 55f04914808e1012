"""The pages for who writes programs: guides, the reader's own keys and failed calls, and trying a call in the test environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from trialogue.channels.models import Edition
from trialogue.doors.api import openapi
from trialogue.doors.web.access import acting
from trialogue.doors.web.helping import asking, page
from trialogue.people.models import Actor, Environment
from trialogue.requests.models import FailedCall

# What comes first, in this order; the others are a page for each noun, by name.
FIRST = ("getting-started", "authentication", "environments", "errors", "idempotency", "pagination", "events", "stream", "endpoints", "changelog")  # fmt: skip
SHOWN = 5
_FOLDER = files("trialogue.doors.api") / "guides"
# The words of the guides are ours, and so is the HTML in them.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
_LINK = re.compile(r"([a-z-]+)\.md(#[\w-]+)?")


@dataclass(frozen=True)
class Guide:
    """One page: what it is called, its words, and the headings within, each with its id."""

    key: str
    title: str
    html: str
    headings: tuple[tuple[str, str], ...]


@cache
def guides() -> dict[str, Guide]:
    """All of them, the first ones first."""
    found = {file.name[:-3]: file.read_text("utf-8") for file in _FOLDER.iterdir() if file.name.endswith(".md")}
    order = [*(key for key in FIRST if key in found), *sorted(found.keys() - {*FIRST})]
    return {key: _guide(key, found[key]) for key in order}


def _guide(key: str, text: str) -> Guide:
    tokens = _MARKDOWN.parse(text.replace("{server}", f"{settings.BASE_URL}/api/v1"))
    title, headings = "", []
    for token, words in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            title = words.content
        elif token.type == "heading_open":
            token.attrSet("id", slugify(words.content) or "part")
            if token.tag == "h2":
                headings.append((str(token.attrGet("id")), words.content.replace("`", "")))
    for token in _all(tokens):
        if token.type == "link_open":
            token.attrSet("href", _address(str(token.attrGet("href"))))
        if token.type == "fence":
            token.type, token.content = "html_block", _code(token)
    body = tokens[3:] if tokens[0].tag == "h1" else tokens  # its title stands above
    return Guide(key, title, _MARKDOWN.renderer.render(body, _MARKDOWN.options, {}), tuple(headings))


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _code(token: Token) -> str:
    """Scrolls by the keyboard, too. What stands behind the language is for the tests, or names a shape."""
    return f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>\n'


def _address(href: str) -> str:
    if found := _LINK.fullmatch(href):
        return reverse("developers-guide", args=[found[1]]) + (found[2] or "")
    return reverse(href.removeprefix("page:")) if href.startswith("page:") else href


@login_not_required
@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """What there is; for who has signed in, their keys and what failed of their calls."""
    return page(request, "web/developers/index.html", {"guides": guides().values(), **_own(request)})


def _own(request: HttpRequest) -> dict[str, Any]:
    by, who = asking(request)
    if not isinstance(by, Actor):
        return {}
    technical = Edition.in_force().rules.taking_requests("technical") if who == "referral_partner" else None
    return {
        "keys": by.organisation.keys.filter(revoked_at=None).order_by("-created_at", "-pk")[:SHOWN] if by.may_administer else (),
        "failed": FailedCall.objects.visible_to(by)[:SHOWN], "asks_at": technical.key if technical else "platform",
    }  # fmt: skip


@login_not_required
@require_safe
def guide(request: HttpRequest, key: str) -> HttpResponse:
    found = guides().get(key)
    if found is None:
        raise Http404
    return page(request, "web/developers/guide.html", {"guide": found, "guides": guides().values()})


# --- trying it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """An operation as the page offers it: its parameters, and an example of its body."""

    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[str, ...]
    body: str

    @property
    def address(self) -> str:
        return f"/api/v1{self.path}"


@cache
def calls() -> dict[str, Call]:
    """Those that take JSON or nothing; files are sent by programs."""
    from trialogue.doors.api.reference import operations

    told = {one.anchor: one for one in operations(openapi.document())}
    return {
        name: Call(name, one.method, one.path, one.summary, tuple(re.findall(r"{(\w+)}", one.path)), one.given)
        for name, one in told.items()
        if name != "stream" and (one.given or not any(row.where == "part" for row in one.rows))
    }


@acting
@require_safe
def try_it(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A call, sent from the page with the reader's session: in the test environment and nowhere else."""
    chosen = calls().get(request.GET.get("call", "")) or calls()["me"]
    context = {
        "calls": calls().values(), "chosen": chosen, "in_test": actor.environment == Environment.TEST,
        "said": _("The answer stands here."),
    }  # fmt: skip
    return page(request, "web/developers/try.html", context)
