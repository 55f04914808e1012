"""Reads the mailboxes, all of them on one loop: each waits for its own server, and for no other's.

A letter is kept first, its number noted after: whatever ends in between, it is fetched again, and `keep` makes twice once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO

from django.conf import settings
from django.utils import timezone

from trialogue.doors.mail import imap
from trialogue.doors.mail.boxes import Box, OAuth2, load
from trialogue.doors.mail.models import LEASE_SECONDS, Mailbox
from trialogue.doors.mail.standing import AWAY, Database, stand
from trialogue.doors.mail.tokens import Tokens, sealed, unsealed
from trialogue.letters.models import LARGEST, Letter
from trialogue.lib import backoff

log = logging.getLogger(__name__)
LOOK_EVERY = 30.0  # seconds; a server's word that something came only makes it sooner
HOLD_EVERY = LEASE_SECONDS / 3
# Seconds to leave a mailbox alone: at most; after it did not let us in; while the database is away.
LONGEST_PAUSE, LOCKED_PAUSE, AWAY_PAUSE = 120.0, 300.0, 10.0
IN_MEMORY = 2**18  # of a letter on its way
AT_ONCE = 100  # letters whose size is asked for together
# A letter at which the connection breaks so often is fetched no more as a whole, and then not at all.
TRIES_WHOLE, TRIES = 5, 8


def tend(stop: threading.Event) -> None:
    """Reads all mailboxes of TRIALOGUE_MAILBOXES that no other process reads, until told to stop."""
    if boxes := load(settings.MAILBOXES):
        stand(stop, Postman(boxes).go)


class Postman:
    """This process, and the mailboxes it reads."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self.boxes = {box.name: box for box in boxes}
        self.name = secrets.token_hex(16)
        self.fine: set[str] = set()  # those that were well since we last noted it

    async def go(self, database: Database) -> None:
        rounds: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                await self._hold(database, rounds)
                await asyncio.sleep(HOLD_EVERY)
        finally:
            for task in rounds.values():
                task.cancel()
            await asyncio.gather(*rounds.values(), return_exceptions=True)
            with suppress(*AWAY):  # then they are free when the lease runs out
                await database(Mailbox.let_go, self.name)

    async def _hold(self, database: Database, rounds: dict[str, asyncio.Task[None]]) -> None:
        """Begins what has become ours, and leaves what is another's now."""
        try:
            await database(Mailbox.introduce, self.boxes)
            ours = await database(Mailbox.hold, self.boxes, self.name, timezone.now())
            await database(Mailbox.fine, [*self.fine], timezone.now())
            self.fine.clear()
        except AWAY:  # whoever reads a mailbox sees it, too, and the worker says it
            return
        for name in [name for name, task in rounds.items() if task.done()]:
            log.error("mailbox %s", name, exc_info=rounds.pop(name).exception())
        for name in ours - rounds.keys():
            rounds[name] = asyncio.create_task(Reading(self.boxes[name], database, self).go())
        for name in rounds.keys() - ours:
            rounds.pop(name).cancel()


@dataclass
class Reading:
    """One mailbox, again and again."""

    box: Box
    database: Database
    postman: Postman
    failed: Counter[int] = field(default_factory=Counter)  # how often the connection broke at a letter
    tokens: Tokens | None = None
    tries: int = 0
    unmoved: str = ""  # why the last letter there is not as the operator wants it

    async def go(self) -> None:
        # Hundreds of them begin together.
        await asyncio.sleep(random.uniform(0, min(2.0, len(self.postman.boxes) / 100)))  # noqa: S311 - no secret
        while True:
            pause = await self._until_it_fails()
            await asyncio.sleep(backoff.jittered(pause))

    async def _until_it_fails(self) -> float:
        """How long to leave it alone then."""
        try:
            mailbox = await self.database(Mailbox.objects.get, name=self.box.name)
            try:
                await self._read(mailbox)
            except imap.Locked as why:
                if self.tokens:
                    self.tokens.forget()
                await self._ail(mailbox, f"{self.box.host} does not let us in: {why}")
                return LOCKED_PAUSE
            except imap.Trouble as why:
                await self._ail(mailbox, f"{self.box.host}: {why}")
        except AWAY:  # the worker says it
            return AWAY_PAUSE
        self.tries += 1
        return min(backoff.pause(self.tries), LONGEST_PAUSE)

    async def _ail(self, mailbox: Mailbox, trouble: str) -> None:
        if trouble == mailbox.trouble:
            return
        if trouble:
            log.warning("mailbox %s: %s", self.box.name, trouble)
        await self.database(mailbox.ails, trouble, timezone.now())

    async def _read(self, mailbox: Mailbox) -> None:
        async with self._connected(mailbox) as line:
            folder, oldest = await line.select(self.box.folder), self.box.begin == "oldest"
            await self.database(mailbox.begin, folder.uid_validity, folder.uid_next, oldest=oldest, now=timezone.now())
            while True:
                await self._catch_up(line, mailbox)
                await self._ail(mailbox, self.unmoved)
                self.tries = 0
                self.postman.fine.add(self.box.name)
                await line.news(LOOK_EVERY)

    @asynccontextmanager
    async def _connected(self, mailbox: Mailbox) -> AsyncIterator[imap.Connection]:
        box = self.box
        token = await self._token(box.oauth2, mailbox) if box.oauth2 else ""
        async with imap.connected(*box.at, tls=box.tls, context=box.context) as line:
            if token:
                await line.sign_in_with_token(box.user, token)
            else:
                await line.sign_in(box.user, box.password)
            yield line

    async def _token(self, told: OAuth2, mailbox: Mailbox) -> str:
        if self.tokens is None:
            self.tokens = Tokens(told, unsealed(mailbox.refresh_token, told))
        before = self.tokens.refresh
        token = await asyncio.to_thread(self.tokens.access)
        if self.tokens.refresh != before:
            mailbox.refresh_token = sealed(self.tokens.refresh, told)
            await self.database(mailbox.save, update_fields=["refresh_token"])
        return token

    # --- letters ------------------------------------------------------------------------------------------------------

    async def _catch_up(self, line: imap.Connection, mailbox: Mailbox) -> None:
        """Keeps all that has come since, in its order."""
        new = await line.since(mailbox.last_uid)
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            sizes = await line.sizes(some)
            for uid in some:
                if mailbox.may_be_old(uid) and mailbox.was_there_before(await line.received_at(uid)):
                    await self.database(mailbox.reached, uid)
                else:
                    await self._take(line, mailbox, uid, sizes.get(uid, 0))

    async def _take(self, line: imap.Connection, mailbox: Mailbox, uid: int, size: int) -> None:
        if self.failed[uid] >= TRIES:
            log.error("mailbox %s: letter %s cannot be fetched, and stays there", self.box.name, uid)
            return await self.database(mailbox.reached, uid, left=True)
        # Why only its first lines are kept, if so.
        cut = "too_large" if size > LARGEST else "broken_off" if self.failed[uid] >= TRIES_WHOLE else ""
        with SpooledTemporaryFile(IN_MEMORY) as file:
            try:
                if not (cut or await line.letter(uid, file, LARGEST)):
                    cut = "too_large"
                header = await line.header(uid) if cut else b""
            except imap.Trouble:
                self.failed[uid] += 1
                raise
            if header or not cut:
                await self.database(self._keep, file, header, cut)
                self.unmoved = await self._settle(line, uid)
        await self.database(mailbox.reached, uid)
        return None

    def _keep(self, file: IO[bytes], header: bytes, cut: str) -> None:
        file.seek(0)
        Letter.keep(header or file.read(), door="imap", mailbox=self.box.address, cut=cut)

    async def _settle(self, line: imap.Connection, uid: int) -> str:
        """Does with a letter there what the operator wants done; why not, if so. It is kept here already."""
        try:
            match self.box.then:
                case "seen":
                    await line.mark_seen(uid)
                case "move":
                    await line.move(uid, self.box.move_to)
        except imap.Denied as why:
            return f"Letter {uid} is kept, but stays where and as it was: {why}"
        return ""
