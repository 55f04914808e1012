"""The worker's round: a lease on an upload, some of its rows, one commit for them and for how far it is, and on."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from itertools import islice

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from trialogue.cases.models import CLIENT_REFERENCE_TAKEN, Case
from trialogue.conversations.documents import Document
from trialogue.events.change import SYSTEM, Record
from trialogue.people.places import grouped
from trialogue.uploads.archives import Archive, Unfit
from trialogue.uploads.claims import Line
from trialogue.uploads.models import KEPT, Overtaken, Row, Upload

log = logging.getLogger(__name__)

SECONDS = 2.0  # for one upload in one round; then the next one has its turn, and a worker told to stop can
CHECKED_AT_ONCE, CREATED_AT_ONCE, DOCUMENTS_AT_ONCE = 500, 200, 20


def work_due(now: datetime) -> int:
    """Goes on with each upload that wants it for a moment; answers how many rows were gone through."""
    return sum(
        _go_on(upload) for upload in Upload.objects.to_work(now, me()).select_related("client__referrer", "person")
    )


def forget_files(now: datetime) -> int:
    """Deletes files a month after all was done with them, and those that nobody went on with."""
    old = now - KEPT
    waiting = Upload.objects.filter(state__in=(Upload.State.MATCHING, Upload.State.CHECKED), received_at__lt=old)[:20]
    for upload in waiting:
        upload.withdraw(by=SYSTEM)
    finished = list(Upload.objects.filter(finished_at__lt=old).exclude(stored="")[:20])
    for upload in finished:
        upload.discard()
    return len(waiting) + len(finished)


@cache
def _token(process: int) -> str:
    return f"{process}-{secrets.token_hex(8)}"


def me() -> str:
    """This process. One that was forked is another."""
    return _token(os.getpid())


def _go_on(upload: Upload) -> int:
    if not upload.claim(timezone.now(), me()):
        return 0
    person = upload.person
    with translation.override(person.language if person else settings.LANGUAGE_CODE):
        try:
            return _pass_of(upload).run()
        except Overtaken:
            _forget(upload)
            return 1
        except Unfit as why:
            _forget(upload)
            upload.fail(str(why), by=upload.actor)
            return 1
        except (OperationalError, InterfaceError):
            _forget(upload)
            raise
        except Exception:
            log.exception("upload %s", upload.public_id)
            _forget(upload)
            if upload.stumble():
                upload.fail(
                    _("This went wrong on our side, and we have been told. Send the file again later."), by=upload.actor
                )
            return 0


# Files stay open between rounds, for finding row 40,000 again costs as much as reading it. What a lost one knew is in the rows.
_open: dict[int, Pass] = {}


def _pass_of(upload: Upload) -> Pass:
    found = _open.get(upload.pk)
    if found is None or (found.state, found.through) != (upload.state, upload.through):
        _forget(upload)
        found = _open[upload.pk] = (Check if upload.state == Upload.State.CHECKING else Creation)(upload)
    found.upload = upload
    return found


def _forget(upload: Upload) -> None:
    if found := _open.pop(upload.pk, None):
        found.close()


class Pass:
    """One way through the rows of an upload, from where the last worker came to."""

    at_once = 0

    def __init__(self, upload: Upload) -> None:
        self.upload, self.by, self.state, self.through = upload, upload.actor, upload.state, upload.through
        self.file, self.packed = upload.open(), self._open_archive(upload)
        self.archive = Archive(self.packed) if self.packed else None
        self.reader = upload.reader(self.archive)
        if self.archive:
            self.archive.hand_out(self.reader.reference(cells) for _number, cells in upload.table(self.file))
        self.seen: dict[str, int] = {}
        self.lines = self._lines()

    def run(self) -> int:
        """Batch after batch, until the time is up or the rows are."""
        began, done = time.monotonic(), 0
        while batch := list(islice(self.lines, self.at_once)):
            self.keep(batch)
            done += len(batch)
            if time.monotonic() - began > SECONDS:
                return done
        self.end()
        self.close()
        _open.pop(self.upload.pk, None)
        return done + 1

    def keep(self, batch: Sequence[Line]) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def going_on(self) -> AbstractContextManager[Record]:
        """A change in which nothing happened since the last batch: not in these rows, and not to the choice of columns."""
        found: AbstractContextManager[Record] = self.upload.going_on(self.state, self.through, me(), self.by)
        return found

    def close(self) -> None:
        self.lines.close()
        self.file.close()
        if self.packed:
            self.packed.close()

    def _lines(self) -> Generator[Line, None, None]:
        """The rows not gone through yet; the references of the others, too, are remembered."""
        for numbered in self.upload.table(self.file):
            if numbered[0] > self.through:
                yield self._with_double(self.reader.line(numbered))
            elif reference := self.reader.reference(numbered[1]):
                self.seen.setdefault(reference, numbered[0])

    def _with_double(self, line: Line) -> Line:
        if line.reference and (first := self.seen.setdefault(line.reference, line.number)) != line.number:
            said = _("Row {number} has the same reference. Each case needs its own.").format(number=grouped(first))
            line.problems.append(("client_reference", said))
        return line

    def _known(self, lines: Sequence[Line]) -> dict[str, int]:
        """The cases that have the references of these rows already."""
        theirs = Case.objects.filter(
            client=self.by.organisation, environment=self.by.environment,
            client_reference__in=[line.reference for line in lines],
        )  # fmt: skip
        return dict(theirs.values_list("client_reference", "pk"))

    @staticmethod
    def _open_archive(upload: Upload) -> File[bytes] | None:
        return default_storage.open(upload.archive_stored) if upload.archive_stored else None

    def _row(self, line: Line, outcome: str, case: int | None = None) -> Row:
        problems = [list(pair) for pair in line.problems[:20]] if outcome == Row.Outcome.WRONG else []
        return Row(
            upload=self.upload,
            number=line.number,
            client_reference=line.reference[:100],
            outcome=outcome,
            problems=problems,
            case_id=case,
        )


class Check(Pass):
    at_once = CHECKED_AT_ONCE

    def keep(self, batch: Sequence[Line]) -> None:
        self._judge(batch)
        known = self._known(batch)
        rows = [row for line in batch if (row := self._verdict(line, known))]
        with self.going_on() as record:
            self.upload.note(record, rows, through=batch[-1].number, done=len(batch), ready=len(batch) - len(rows))
        self.through = batch[-1].number

    def _judge(self, batch: Sequence[Line]) -> None:
        """What the case itself would say of each claim, beside what its cells already told."""
        for line, draft in zip(batch, Case.drafted((line.claim for line in batch), by=self.by), strict=True):
            if isinstance(draft, ValidationError) and not _is_taken(draft):
                line.blame(draft)

    def _verdict(self, line: Line, known: dict[str, int]) -> Row | None:
        double = line.reference in known and self.seen.get(line.reference) == line.number
        if double:
            return self._row(line, Row.Outcome.KNOWN, known[line.reference])
        return self._row(line, Row.Outcome.WRONG) if line.problems else None

    def end(self) -> None:
        strays = self.archive.strays() if self.archive else []
        with self.going_on() as record:
            self.upload.end_check(record, strays)


class Creation(Pass):
    at_once = CREATED_AT_ONCE

    def keep(self, batch: Sequence[Line]) -> None:
        """Rows with many documents go in smaller parts, so that no commit waits long for a store."""
        while batch:
            count = _few_documents(batch)
            self._create(batch[:count])
            batch = batch[count:]

    def _create(self, batch: Sequence[Line]) -> None:
        there = self.upload.outcomes.filter(number__range=(batch[0].number, batch[-1].number))
        settled = set(there.values_list("number", flat=True))
        lines = [line for line in batch if line.number not in settled]
        papers = {line.number: self._receive(line) for line in lines}
        try:
            with self.going_on() as record:
                rows = self._cases(lines, papers)
                self.upload.note(record, rows, through=batch[-1].number, done=len(batch))
        finally:
            for document in (
                document for documents in papers.values() for document in documents if document.pk is None
            ):
                document.discard()
        self.through = batch[-1].number

    def _cases(self, lines: Sequence[Line], papers: dict[int, list[Document]]) -> list[Row]:
        good = [line for line in lines if not line.problems]
        ends = Case.submit_many((line.claim for line in good), by=self.by)
        known = self._known(good) if any(isinstance(end, ValidationError) for end in ends) else {}
        rows = [self._row(line, Row.Outcome.WRONG) for line in lines if line.problems]
        for line, end in zip(good, ends, strict=True):
            if isinstance(end, Case):
                if papers[line.number]:
                    Document.add(end, papers[line.number], by=self.by)
                rows.append(self._row(line, Row.Outcome.CREATED, end.pk))
            elif line.reference in known:
                rows.append(self._row(line, Row.Outcome.KNOWN, known[line.reference]))
            else:
                line.blame(end)
                rows.append(self._row(line, Row.Outcome.WRONG))
        return rows

    def _receive(self, line: Line) -> list[Document]:
        """Stores the documents of a row, before the change, for a store may be across a network."""
        received: list[Document] = []
        for file in [] if line.problems else line.files:
            assert self.archive is not None
            try:
                with self.archive.open(file) as content:
                    received.append(Document.receive(content, file.name))
            except (ValidationError, Unfit) as why:
                said = why.messages if isinstance(why, ValidationError) else [str(why)]
                line.problems += [("documents", words) for words in said]
            self.upload.claim(timezone.now(), me())
        return received

    def end(self) -> None:
        with self.going_on() as record:
            self.upload.end_creation(record)
        if self.upload.archive_stored:  # its documents lie in their cases now
            default_storage.delete(self.upload.archive_stored)


def _is_taken(problem: ValidationError) -> bool:
    """Whether all that is wrong with a claim is that its reference has a case already."""
    return problem.message_dict == {"client_reference": [str(CLIENT_REFERENCE_TAKEN)]}


def _few_documents(batch: Sequence[Line]) -> int:
    """How many of the rows can be made together."""
    count = documents = 0
    for line in batch:
        documents += len(line.files)
        if count and documents > DOCUMENTS_AT_ONCE:
            break
        count += 1
    return count
