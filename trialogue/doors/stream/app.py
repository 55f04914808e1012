"""GET /api/v1/stream: server-sent events for a bearer key or a session. `?after=` or `Last-Event-ID` says from where."""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import aclosing
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import Error
from django.utils.translation import gettext as _

from trialogue.doors.api import problems
from trialogue.doors.api.keys import actor_of_key, is_bearer
from trialogue.doors.api.problems import UNAUTHORIZED, Problem
from trialogue.doors.stream.follower import Follower, Listener, in_thread
from trialogue.doors.web.middleware import actor_of
from trialogue.doors.whole import Receive, Scope, Send, say
from trialogue.events import tail
from trialogue.people.models import Actor

log = logging.getLogger(__name__)
PATH = "/api/v1/stream"


class Stream:
    """The ASGI application. One follower for all its listeners."""

    def __init__(self) -> None:
        self.follower: Follower | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.follower = self.follower or Follower()
        request = ASGIRequest(scope, io.BytesIO())
        try:
            after = asked_after(request)
            listener = await in_thread(lambda: admit(request))
        except Exception as trouble:
            await say(problems.answer(request, trouble), send)
        else:
            await self._flow(listener, after, receive, send)

    async def _flow(self, listener: Listener, after: str | None, receive: Receive, send: Send) -> None:
        assert self.follower is not None
        gone = asyncio.create_task(_gone(receive))
        flowing = asyncio.create_task(self._send_all(listener, after, send))
        try:
            await asyncio.wait({gone, flowing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, flowing):
                task.cancel()
            _gone_how, trouble = await asyncio.gather(gone, flowing, return_exceptions=True)
            if isinstance(trouble, Exception):
                log.warning("a stream broke off: %s", trouble, exc_info=None if isinstance(trouble, Error) else trouble)

    async def _send_all(self, listener: Listener, after: str | None, send: Send) -> None:
        assert self.follower is not None
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),  # a proxy that gathers would hold every event back
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async with aclosing(self.follower.listen(listener, after)) as frames:
            async for told in frames:
                await send({"type": "http.response.body", "body": told, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        if self.follower:
            self.follower.close()


def asked_after(request: ASGIRequest) -> str | None:
    """The position to go on from, if one is given. Raises whatever is wrong with the request."""
    request.get_host()
    if request.method != "GET":
        raise Problem("method-not-allowed", _("The stream is read with GET."), headers={"Allow": "GET"})
    after: str | None = request.headers.get("Last-Event-ID") or request.GET.get("after")
    if after is not None:
        tail.place(after)
    return after


def admit(request: ASGIRequest) -> Listener:
    actor = identify(request)
    if actor is None:
        raise Problem("unauthorized", UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    return Listener(lambda: identify(request), actor)


def identify(request: ASGIRequest) -> Actor | None:
    """Who listens: the bearer key's organisation, or whoever the session is, acting as they chose. Asked again as time passes."""
    authorization = request.headers.get("Authorization", "")
    if is_bearer(authorization):
        return actor_of_key(authorization)
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return actor_of(request)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
