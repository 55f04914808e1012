"""LMTP: a mail server on this machine hands letters over, and hears for each receiver whether it is kept."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.utils import parseaddr
from typing import Any, AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session
from django.conf import settings

from trialogue.channels.models import Edition
from trialogue.doors.mail.standing import AWAY, Database, stand
from trialogue.letters import addresses
from trialogue.letters.models import LARGEST, Letter, TooLarge
from trialogue.lib import clamd

log = logging.getLogger(__name__)
CONNECTIONS = 20  # at once; a mail server opens no more by itself
SECONDS = 300.0  # for one command, or one whole letter
LONGEST_LINE = 2**20  # longer than any mail server passes on
RECEIVERS = 100
TRY_AGAIN_EVERY = 1.0  # seconds, while another process stands at this door
KEPT, AGAIN = "250 2.6.0 Kept", "451 4.3.0 We cannot keep it at the moment, try again"
TOO_LARGE = f"552 5.3.4 A letter may have {LARGEST // 2**20} MB"


def listen(stop: threading.Event) -> None:
    """Stands at TRIALOGUE_LMTP until told to stop."""
    if settings.LMTP:
        stand(stop, serve)


async def serve(database: Database) -> None:
    """Several processes may be told of the same place: one stands there, and the next when that is gone."""
    place, hall, waiting = clamd.parse(settings.LMTP), Hall(database), False
    while True:
        try:
            async with _place(place, hall) as server:
                try:
                    await server.serve_forever()
                finally:
                    hall.leave()
        except OSError as why:
            if not waiting:
                log.warning("LMTP at %s: %s. Trying again until it is free.", settings.LMTP, why)
            waiting = True
            await asyncio.sleep(TRY_AGAIN_EVERY)


@asynccontextmanager
async def _place(place: clamd.Address, hall: Hall) -> AsyncIterator[asyncio.Server]:
    loop = asyncio.get_running_loop()
    if not isinstance(place, str):
        async with await loop.create_server(hall.door, *place) as server:
            yield server
        return
    # A socket outlives whoever made it. The lock does not, so who holds that may put a new one in its place.
    with open(f"{place}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(FileNotFoundError):
            os.unlink(place)
        async with await loop.create_unix_server(hall.door, place) as server:
            os.chmod(place, 0o666)  # noqa: S103 - who may come in is said by the folder
            yield server


class Hall:
    """All who are here; and what they are answered."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.here: set[Door] = set()

    def door(self) -> asyncio.BaseProtocol:
        if len(self.here) >= CONNECTIONS:
            return Full()
        self.here.add(door := Door(self))
        return door

    def leave(self) -> None:
        """What they were at and have heard no answer to, they bring again."""
        for door in self.here:
            if door.transport:
                door.transport.close()

    async def handle_RCPT(
        self, _server: Door, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECEIVERS:
            return "452 4.5.3 Too many receivers, send the rest on its own"
        try:
            if not await self.database(is_ours, address):
                return "550 5.1.1 Nobody reads this address here"
        except AWAY:
            return AGAIN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Door, _session: Session, envelope: Envelope) -> str:
        raw, receivers = envelope.original_content or b"", envelope.rcpt_tos
        sender = (envelope.mail_from or "").strip("<>")  # of a bounce: <>
        try:
            await self.database(Letter.keep, raw, door="lmtp", envelope_from=sender, envelope_to=receivers)
        except TooLarge:
            return TOO_LARGE
        except AWAY:
            return AGAIN
        except Exception:
            log.exception("a letter by LMTP")
            return AGAIN
        return KEPT


class Full(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: Any) -> None:
        transport.write(b"421 4.3.2 Too many are here, come again\r\n")
        transport.close()


class Door(LMTP):
    """One connection. To a letter, LMTP answers once for each receiver."""

    line_length_limit = LONGEST_LINE

    def __init__(self, hall: Hall) -> None:
        super().__init__(
            hall, data_size_limit=LARGEST, timeout=SECONDS, hostname=settings.HOST, ident="Trialogue", enable_SMTPUTF8=True,
            command_call_limit={"RCPT": 10 * RECEIVERS, "DATA": 1000, "MAIL": 1000, "RSET": 1000, "*": 20},
        )  # fmt: skip
        self.hall = hall
        self._owed = 1  # answers to what was asked last

    def connection_lost(self, error: Exception | None) -> None:
        self.hall.here.discard(self)
        super().connection_lost(error)

    async def push(self, status: AnyStr) -> None:
        said = status if isinstance(status, bytes) else status.encode()
        said = b"\r\n".join([said] * self._owed)
        self._owed = len(self.envelope.rcpt_tos) if said.startswith(b"354") and self.envelope else 1
        await super().push(said)


def is_ours(address: str) -> bool:
    """Whether we read what is sent there: to a channel, to one of our reply addresses, or back to where our mails come from."""
    own = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
    if addresses.is_reply(address) or address.strip().lower() == own:
        return True
    return Edition.in_force().rules.at_address(address) is not None
