"""Everything on one port: the stream as ASGI, pages and API as WSGI in threads beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")

from trialogue.wsgi import application as wsgi  # sets Django up: before the stream

from django.conf import settings  # isort: skip
from trialogue.doors.stream.app import PATH, Stream  # isort: skip
from trialogue.doors.whole import Pages, Receive, Scope, Send  # isort: skip

THREADS = 8
MOST_BYTES = settings.DATA_UPLOAD_MAX_NUMBER_FILES * settings.DOCUMENT_MAX_BYTES + 2**20
stream = Stream()
pages = Pages(wsgi, threads=THREADS, most_bytes=MOST_BYTES)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await (stream if scope["path"] == PATH else pages)(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
