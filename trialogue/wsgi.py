"""Pages and API, synchronous."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
django = get_wsgi_application()

from trialogue.doors.api.hatch import Hatch  # noqa: E402  # wants Django set up

pages_and_api = Hatch(django)
# What is there by now stays: looking through all of it for garbage, again and again, takes a tenth of the time of a page.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)


class Whole(io.IOBase):
    """The body of a request, all of it. One that was cut off would otherwise look like a shorter one, and a file lose its end."""

    def __init__(self, body: Any, length: int) -> None:
        self.body, self.left = body, length

    def read(self, size: int = -1) -> bytes:
        """Raises `ConnectionError` when less comes than was announced."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        told = b""
        while len(told) < wanted:
            more = self.body.read(wanted - len(told))
            if not more:
                raise ConnectionError("the sender went away before the end")
            told = told + more if told else more
        self.left -= len(told)
        return told


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    length = environ.get("CONTENT_LENGTH") or "0"
    environ["wsgi.input"] = Whole(environ["wsgi.input"], int(length) if length.isdecimal() else 0)
    return pages_and_api(environ, start_response)
