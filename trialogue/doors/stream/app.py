"""GET /api/v1/stream: server-sent events for a bearer key or a session. `?after=` or `Last-Event-ID` says from where."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import aclosing
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError

from trialogue.doors.api.keys import actor_of_key
from trialogue.doors.stream.follower import Follower, Listener, in_thread
from trialogue.doors.web.middleware import actor_of
from trialogue.events import tail
from trialogue.people.models import Actor

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
PATH = "/api/v1/stream"


class Stream:
    """The ASGI application. One follower for all its listeners."""

    def __init__(self) -> None:
        self.follower: Follower | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.follower = self.follower or Follower()
        try:
            request = ASGIRequest(scope, io.BytesIO())
            request.get_host()
            after = request.headers.get("Last-Event-ID") or request.GET.get("after")
            actor = await in_thread(lambda: identify(request))
            if after is not None:
                await in_thread(lambda: tail.after(after, limit=1))
        except DisallowedHost:
            await _refuse(send, 400, "This host name is not ours.")
        except tail.UnknownPosition as unknown:
            await _refuse(send, 400, str(unknown))
        except DatabaseError:
            await _refuse(send, 503, "The database cannot be reached for the moment. Try again in a few seconds.")
        else:
            if request.method != "GET":
                await _refuse(send, 405, "The stream is read with GET.")
            elif actor is None:
                await _refuse(send, 401, "Sign in, or send a valid API key as “Authorization: Bearer KEY”.")
            else:
                await self._flow(Listener(lambda: identify(request), actor), after, receive, send)

    async def _flow(self, listener: Listener, after: str | None, receive: Receive, send: Send) -> None:
        assert self.follower is not None
        gone = asyncio.create_task(_gone(receive))
        flowing = asyncio.create_task(self._send_all(listener, after, send))
        try:
            await asyncio.wait({gone, flowing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, flowing):
                task.cancel()
            await asyncio.gather(gone, flowing, return_exceptions=True)

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


def identify(request: ASGIRequest) -> Actor | None:
    """Who listens: the bearer key's organisation, or whoever the session is, acting as they chose. Asked again as time passes."""
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        return actor_of_key(authorization)
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = get_user(request)
    return actor_of(request)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, detail: str) -> None:
    titles = {400: "Bad Request", 401: "Unauthorized", 405: "Method Not Allowed", 503: "Service Unavailable"}
    problem = {"type": "about:blank", "title": titles[status], "status": status, "detail": detail}
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    headers += {401: [(b"www-authenticate", b"Bearer")], 405: [(b"allow", b"GET")], 503: [(b"retry-after", b"5")]}.get(
        status, []
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem).encode()})
