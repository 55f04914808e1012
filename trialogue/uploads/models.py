"""An upload: a client's file of rows on its way to becoming cases, and what became of each row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.events.change import Doer, Record, change
from trialogue.events.models import Concerned, Subject
from trialogue.lib import filekind, publicid
from trialogue.people.models import Actor, Environment, Organisation, Person, Refused, Side
from trialogue.uploads import columns, tables
from trialogue.uploads.archives import MEGABYTE, Archive, Unfit
from trialogue.uploads.cells import decimal_sign, text
from trialogue.uploads.claims import Reader
from trialogue.uploads.tables import Layout

TABLE_BYTES, ARCHIVE_BYTES = 50 * MEGABYTE, 500 * MEGABYTE
SHOWN_ROWS = 8  # kept to be shown above the choice of columns
LEASE = timedelta(seconds=15)
KEPT = timedelta(days=30)  # a file of debtors is not kept for ever
MOST_TRIES = 5


def _upload_id() -> str:
    return publicid.new("upl")


class Overtaken(Exception):
    """Someone else has gone on with the upload meanwhile: what was prepared here is of no use any more."""


class NotNow(Refused):
    """What cannot be done with an upload in this state."""


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, actor: Actor) -> Self:
        """A client's own. Nobody else learns what a client is about to send."""
        if actor.side != Side.CLIENT:
            return self.none()
        return self.filter(client=actor.organisation, environment=actor.environment)

    def shown(self) -> Self:
        """With the id of the latest upload before each that brought the very same file, if its rows became cases."""
        theirs = {name: models.OuterRef(name) for name in ("client", "environment", "sha256")}
        same = Upload.objects.filter(**theirs, pk__lt=models.OuterRef("pk"), created__gt=0).order_by("-pk")
        return self.annotate(earlier_id=models.Subquery(same.values("public_id")[:1]))

    def to_work(self, now: datetime, worker: str) -> Self:
        """Those that want a worker and have none, or have this one; who waited longest first."""
        free = Q(due_at__lte=now) | Q(worker=worker)
        return self.filter(free, state__in=Upload.AT_WORK).order_by("due_at")


class Upload(Subject):
    """A file of rows and how far it is. The worker goes through it twice: to check the rows, and to make them cases."""

    class State(models.TextChoices):
        MATCHING = "matching", _("Columns to be checked")
        CHECKING = "checking", _("Rows are being checked")
        CHECKED = "checked", _("Ready to create")
        CREATING = "creating", _("Cases are being created")
        DONE = "done", _("Done")
        FAILED = "failed", _("Cannot be read")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    AT_WORK = (State.CHECKING, State.CREATING)
    OPEN = (State.MATCHING, State.CHECKING, State.CHECKED, State.CREATING)

    public_id = models.CharField(max_length=32, unique=True, default=_upload_id, editable=False)
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="uploads")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment.choices)
    via = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=200, blank=True)  # "" once it is deleted
    layout = models.JSONField()
    archive_name = models.CharField(max_length=200, blank=True)
    archive_stored = models.CharField(max_length=200, blank=True)
    archive_files = models.PositiveIntegerField(default=0)
    headings = models.JSONField()
    first_rows = models.JSONField()
    columns = models.JSONField(default=dict)
    decimal = models.CharField(max_length=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MATCHING)
    trouble = models.TextField(blank=True)
    rows = models.PositiveIntegerField(default=0)  # 0 while nobody has counted them
    through = models.PositiveIntegerField(default=0)  # the last row gone through, as the file counts them
    done = models.PositiveIntegerField(default=0)  # rows gone through in this state
    ready = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    strays = models.JSONField(default=list)  # names of documents that fit no row
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=timezone.now)
    worker = models.CharField(max_length=40, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[UploadQuerySet] = UploadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["client", "environment", "-id"], name="upload_of_client"),
            models.Index(fields=["client", "sha256"], name="upload_same_file"),
            models.Index(fields=["finished_at"], condition=~Q(stored=""), name="upload_to_forget"),
            models.Index(fields=["due_at"], condition=Q(state__in=("checking", "creating")), name="upload_to_work"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def for_change(cls) -> models.QuerySet[Any]:
        return super().for_change().select_related("client__referrer", "person")

    def concerns(self) -> Concerned:
        return Concerned(client=self.client_id, environment=self.environment)

    # --- verbs of people ----------------------------------------------------------------------------------------------

    @classmethod
    def receive(
        cls,
        content: IO[bytes],
        name: str,
        *,
        by: Actor,
        archive: IO[bytes] | None = None,
        archive_name: str = "",
        at: datetime | None = None,
    ) -> Upload:
        """Looks at a file of rows, and at the ZIP of documents if one comes along, and keeps them.

        Its columns are matched by name; `match` says that they are right. Raises `ValidationError` at `file` or
        `documents`, `Refused` for other sides.
        """
        if by.side != Side.CLIENT:
            raise Refused(_("Only a client hands in cases."))
        upload = cls(
            client=by.organisation, environment=by.environment, person=by.person, via=by.via,
            name=filekind.clean_name(name), received_at=at or timezone.now(),
        )  # fmt: skip
        with _told_at("file"):
            upload._look_at(content)
        if archive is not None:
            with _told_at("documents"):
                _must_fit(archive, ARCHIVE_BYTES)
                upload.archive_files = len(Archive(archive).files)
                upload.archive_name = filekind.clean_name(archive_name)
        upload._store(content, archive)
        try:
            with change(upload, by=by, at=upload.received_at) as record:
                upload.save()
                record("upload.received", sha256=upload.sha256)
        except Exception:
            upload.discard()
            raise
        return upload

    def match(self, matched: Mapping[str, int], *, by: Actor, decimal: str = "", at: datetime | None = None) -> None:
        """Says which column of the file is which, by number from 0, and has all rows checked. Raises `ValidationError` at `columns`."""
        wanted = {name: place for name, place in matched.items() if place is not None}
        self._must_match(wanted)
        with change(self, by=by, at=at) as record:
            self._must_be(self.State.MATCHING, self.State.CHECKED, self.State.CHECKING)
            Row.objects.filter(upload=self).delete()
            self.columns, self.decimal = wanted, decimal or self.decimal
            self.ready = self.wrong = self.known = 0
            self._set_to_work(self.State.CHECKING, by)
            record("upload.matched", columns=len(wanted))

    def start(self, *, by: Actor, at: datetime | None = None) -> None:
        """The rows without errors are to become cases."""
        with change(self, by=by, at=at) as record:
            self._must_be(self.State.CHECKED)
            if not self.ready:
                raise NotNow(_("No row of this file can become a case. Correct the file and send it again."))
            self._set_to_work(self.State.CREATING, by)
            record("upload.started", ready=self.ready)

    def withdraw(self, *, by: Doer, at: datetime | None = None) -> None:
        """No more cases are made of this file, and it is deleted. Those that are made stay."""
        with change(self, by=by, at=at) as record:
            self._must_be(*self.OPEN)
            self.state, self.finished_at = self.State.WITHDRAWN, record.at
            self.save(update_fields=["state", "finished_at"])
            record("upload.withdrawn", created=self.created)
        self.discard()

    # --- verbs of the worker ------------------------------------------------------------------------------------------

    def claim(self, now: datetime, worker: str) -> bool:
        """Takes the upload for this worker until the lease runs out, or takes it on; one guarded update decides."""
        theirs = Upload.objects.to_work(now, worker).filter(pk=self.pk)
        return bool(theirs.update(due_at=now + LEASE, worker=worker))

    @contextmanager
    def going_on(self, state: str, through: int, worker: str, by: Actor) -> Any:
        """A change of the upload as this worker left it. Raises `Overtaken` when it is not so, or not its own, any more."""
        with change(self, by=by) as record:
            if (self.state, self.through, self.worker) != (state, through, worker):
                raise Overtaken
            yield record

    def note(self, record: Record, rows: Sequence[Row], *, through: int, done: int, ready: int = 0) -> None:
        """Within `going_on`: what became of the next rows, and how far the worker is now."""
        Row.objects.bulk_create(rows)
        self.through, self.done, self.tries = through, self.done + done, 0
        self.due_at = timezone.now() + LEASE
        self.ready += ready
        for outcome in rows:
            setattr(self, outcome.outcome, getattr(self, outcome.outcome) + 1)
        self.save()

    def end_check(self, record: Record, strays: Sequence[str]) -> None:
        self.state, self.rows, self.strays = self.State.CHECKED, self.done, list(strays)[:100]
        self.save()
        record("upload.checked", ready=self.ready, wrong=self.wrong, known=self.known)

    def end_creation(self, record: Record) -> None:
        self.state, self.finished_at = self.State.DONE, record.at
        self.save()
        record("upload.finished", created=self.created, wrong=self.wrong, known=self.known)

    def fail(self, why: str, *, by: Actor) -> None:
        """The file itself cannot be gone on with; `why` says what to do."""
        with change(self, by=by) as record:
            self.state, self.trouble, self.finished_at = self.State.FAILED, why, record.at
            self.save()
            record("upload.failed", reason=why)

    def stumble(self) -> bool:
        """Counts a failure that is ours; answers whether there have been too many to try again."""
        Upload.objects.filter(pk=self.pk).update(tries=models.F("tries") + 1)
        return self.tries + 1 >= MOST_TRIES

    def discard(self) -> None:
        """Deletes the files. Only the names stay."""
        for stored in filter(None, (self.stored, self.archive_stored)):
            default_storage.delete(stored)
        self.stored = self.archive_stored = ""
        Upload.objects.filter(pk=self.pk).update(stored="", archive_stored="")

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        """Who the worker acts for."""
        return Actor(self.client, self.person, self.environment, via=self.via)

    @property
    def is_at_work(self) -> bool:
        return self.state in self.AT_WORK

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def may_match(self) -> bool:
        return self.state in (self.State.MATCHING, self.State.CHECKED)

    @property
    def has_file(self) -> bool:
        return bool(self.stored)

    @property
    def percent(self) -> int | None:
        """How far the worker is, or None while nobody knows how many rows there are."""
        return min(100, self.done * 100 // self.rows) if self.rows else None

    @property
    def headings_by_name(self) -> dict[str, str]:
        return {name: self.headings[place] for name, place in self.columns.items()}

    def reader(self, archive: Archive | None) -> Reader:
        today = timezone.now().astimezone(ZoneInfo(self.client.zone)).date()
        return Reader(self.columns, self.decimal, today, archive)

    def open(self) -> File[bytes]:
        return default_storage.open(self.stored)

    def table(self, content: IO[bytes]) -> Iterable[tables.Numbered]:
        """The rows below the headings."""
        found = iter(tables.rows(content, Layout(**self.layout)))
        next(found, None)
        return found

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _look_at(self, content: IO[bytes]) -> None:
        _must_fit(content, TABLE_BYTES)
        layout = tables.look(content)
        found = tables.rows(content, layout)
        headings = next(found, (1, []))[1]
        first = [cells for cells, _n in zip((cells for _number, cells in found), range(200), strict=False)]
        if not first:
            raise Unfit(
                _("There is no row below the headings. The first row names the columns, each further one is a case.")
            )
        self.layout, self.sha256 = layout.told(), _digest(content)
        width = max(len(cells) for cells in (headings, *first))
        self.headings = [text(cell)[:100] for cell in (*headings, *[""] * (width - len(headings)))]
        self.first_rows = [[text(cell)[:100] for cell in cells] for cells in first[:SHOWN_ROWS]]
        self.columns = columns.match(self.headings)
        self.decimal = self._decimal_of(first) or ("," if layout.delimiter == ";" else ".")
        if layout.kind == "csv":
            self.rows = sum(1 for _row in tables.rows(content, layout)) - 1

    def _decimal_of(self, first: Sequence[Sequence[Any]]) -> str:
        place = self.columns.get("amount", -1)
        return decimal_sign([cells[place] for cells in first if 0 <= place < len(cells)])

    def _store(self, content: IO[bytes], archive: IO[bytes] | None) -> None:
        content.seek(0)
        self.stored = default_storage.save(f"uploads/{self.public_id}", File(content))
        if archive is not None:
            archive.seek(0)
            self.archive_stored = default_storage.save(f"uploads/{self.public_id}-documents", File(archive))

    def _must_match(self, wanted: Mapping[str, int]) -> None:
        strange = [name for name in wanted if name not in columns.BY_NAME]
        outside = [
            n
            for n in wanted.values()
            if isinstance(n, bool) or not isinstance(n, int) or not 0 <= n < len(self.headings)
        ]
        if strange or outside:
            raise ValidationError({"columns": _("There is no such column. Choose one of those in the file.")})
        if lacking := list(columns.missing(wanted)):
            said = _("Say which column holds: %(columns)s.")
            told = ", ".join(str(column.label) for column in lacking)
            raise ValidationError({"columns": ValidationError(said, params={"columns": told})})
        twice = {place for place in wanted.values() if list(wanted.values()).count(place) > 1}
        if twice:
            said = _("“%(column)s” is chosen twice. Each column of the file is one thing.")
            heading = self.headings[min(twice)] or tables.letter(min(twice))
            raise ValidationError({"columns": ValidationError(said, params={"column": heading})})

    def _must_be(self, *states: State) -> None:
        if self.state not in states:
            said = _("This cannot be done while the upload is “{state}”.")
            raise NotNow(said.format(state=self.State(self.state).label))

    def _set_to_work(self, state: State, by: Actor) -> None:
        """From here on the worker acts for whoever said so."""
        self.state, self.person, self.via = state, by.person, by.via
        self.through = self.done = self.tries = 0
        self.due_at, self.worker = timezone.now(), ""
        self.save()


class Row(models.Model):
    """What became of one row: a case, nothing because its reference is known, or nothing because it is wrong."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("Created")
        KNOWN = "known", _("Already there")
        WRONG = "wrong", _("Left out")

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="outcomes")
    number = models.PositiveIntegerField()
    client_reference = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    problems = models.JSONField(default=list)  # pairs of a column's name and what is wrong there
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_row")]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"

    def said(self) -> list[tuple[str, str]]:
        """What is wrong, each with the label of its column."""
        return told_problems(self.problems)


def told_problems(problems: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    labels = {name: str(column.label) for name, column in columns.BY_NAME.items()}
    return [(labels.get(name, ""), said) for name, said in problems]


@contextmanager
def _told_at(field: str) -> Any:
    try:
        yield
    except Unfit as why:
        raise ValidationError({field: str(why)}) from why


def _must_fit(content: IO[bytes], most: int) -> None:
    if content.seek(0, 2) > most:
        raise Unfit(str(_("This file is larger than {most} MB. Send it in parts.")).format(most=most // MEGABYTE))
    content.seek(0)


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    while piece := content.read(MEGABYTE):
        digest.update(piece)
    return digest.hexdigest()
