"""Everything on one port: the stream as ASGI, pages and API as WSGI in threads beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")

from a2wsgi import WSGIMiddleware

from trialogue.wsgi import application as wsgi  # sets Django up: before the stream

from trialogue.doors.stream.app import PATH, Receive, Scope, Send, Stream  # isort: skip

THREADS = 8
stream = Stream()
pages = WSGIMiddleware(wsgi, workers=THREADS)  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await (stream if scope["path"] == PATH else pages)(scope, receive, send)  # type: ignore[arg-type]


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
