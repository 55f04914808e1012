"""A document: a file in a case or in another conversation, who may see it, and how it gets there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.events.change import SYSTEM, change
from trialogue.lib import drawing, filekind, publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side, Visitor
from trialogue.people.plain import Plain
from trialogue.people.prepared import prepared

if TYPE_CHECKING:
    from trialogue.conversations.models import Conversation, Message

# As `filekind.REASONS`, in the reader's language.
UNFIT = {
    "empty": _("This file is empty. Choose the file again."),
    "unknown": _("Files of this kind are not accepted. Accepted: %(accepted)s."),
    "unlike": _(
        "The name ends in .%(extension)s, but the content is something else. Save it as .%(extension)s and try again."
    ),
}


LONGEST_DESCRIPTION = 500
IN_WORK = timedelta(minutes=10)
# How long a file waits for its form to be sent. Its word runs out sooner: nobody sends what is being wiped.
ASIDE, WORD_SECONDS = timedelta(hours=24), 23 * 3600
_WORDS = TimestampSigner(salt="document aside")


class DocumentKind(models.TextChoices):
    INVOICE = "OriginalInvoice", _("Original invoice")
    DEBTOR = "DebtorDocuments", _("Debtor documents")
    CREDITOR = "CreditorDocuments", _("Creditor documents")
    PARTNER = "PartnerDocuments", _("Partner documents")
    DEMAND = "DemandLetter", _("Demand letter")
    MISCELLANEOUS = "Miscellaneous", _("Miscellaneous")


class Verdict(models.TextChoices):
    """Of the malware scanner, if there is one."""

    NONE = "none", _("not checked")
    WAITING = "waiting", _("being checked")
    CLEAN = "clean", _("checked")
    FOUND = "found", _("kept away")


class Shut(Exception):
    """The document cannot be opened; `str()` says why and what to do."""

    def __init__(self, why: Any, *, gone: bool) -> None:
        super().__init__(why)
        self.gone = gone


def _document_id() -> str:
    return publicid.new("doc")


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_in_cases(actor) | _elsewhere(actor))

    def of_cases(self, actor: Actor) -> Self:
        """Of what one may see, that of cases alone: either question by itself begins at an index, both at once do not."""
        return self.filter(_in_cases(actor))

    def outside_cases(self, actor: Actor) -> Self:
        return self.filter(_elsewhere(actor))

    def shown(self) -> Self:
        """With everything a card needs."""
        return self.select_related("uploader", "organisation", "removed_by")

    def current(self) -> Self:
        """The newest version of each."""
        return self.filter(replaced_at=None)

    def openable(self) -> Self:
        return self.filter(removed_at=None).exclude(verdict__in=(Verdict.WAITING, Verdict.FOUND))

    def due(self, now: datetime) -> Self:
        """Those the worker has something to do for: to check, to draw, to wipe."""
        return self.filter(due_at__lte=now).order_by("due_at")


class Document(models.Model):
    """A file in a case, perhaps said along with a message; outside cases always. A new version is a row of its own; a removed one
    stays as a trace. One that waits for its form to be sent is in neither.
    """

    public_id = models.CharField(max_length=32, unique=True, default=_document_id, editable=False)
    # Null outside cases, where the `conversation` stands instead. Typed as if never, as in `Conversation`.
    case: models.ForeignKey[Case, Case] = models.ForeignKey(  # type: ignore[misc]
        Case, null=True, on_delete=models.CASCADE, related_name="documents"
    )
    conversation = models.ForeignKey(
        "conversations.Conversation", null=True, on_delete=models.CASCADE, related_name="documents"
    )
    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey("conversations.Message", null=True, on_delete=models.CASCADE, related_name="documents")
    uploader = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=DocumentKind.choices, default=DocumentKind.MISCELLANEOUS)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)
    first = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="further")
    version = models.PositiveSmallIntegerField(default=1)
    replaced_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.NONE)
    found = models.CharField(max_length=100, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    page_count = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "version"], name="document_version"),
            models.CheckConstraint(condition=Q(case=None) | Q(conversation=None), name="document_in_one"),
        ]
        indexes = [
            models.Index(fields=["case", "-id"], condition=Q(replaced_at=None), name="document_current"),
            # The newest in requests, for who sees them all.
            models.Index(fields=["-id"], condition=Q(conversation__isnull=False), name="document_of_request"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="document_due"),
        ]

    def __str__(self) -> str:
        return self.name

    # --- verbs --------------------------------------------------------------------------------------------------------

    @classmethod
    def receive(cls, content: IO[bytes], name: str, *, kind: str = "", description: str = "") -> Document:
        """Judges and stores a file, and answers with a document that is nowhere yet.

        Called before the change, because a store may be across a network. `kind` "" is the usual one of the side that
        adds it. Raises `ValidationError`.
        """
        kind, description = _known_kind(kind), _fitting(description)
        name = filekind.clean_name(name)
        size = _size(content)
        _must_be_small(name, size)
        try:
            looks = filekind.judge(name, content)
        except filekind.Refused as why:
            unfit = UNFIT[why.reason] % {"extension": why.extension, "accepted": filekind.ALLOWED}
            raise ValidationError({"documents": f"“{name}”: {unfit}"}) from why
        document = cls(
            name=name, mime=looks.mime, size=size, sha256=_sha256(content), kind=kind, description=description
        )
        document.stored = default_storage.save(f"{timezone.now():%Y/%m}/{document.public_id}", File(content))
        return document

    def again(self) -> Document:
        """The same file once more, stored and nowhere yet. As `receive`, before the change."""
        with self.open() as content:
            return Document.receive(content, self.name, kind=self.kind, description=self.description)

    @classmethod
    def add(cls, case: Case, received: Sequence[Document], *, by: Actor, at: datetime | None = None) -> None:
        """Lays documents into a case outside the conversation: evidence at hand-over, or later."""
        with change(case, by=by, at=at) as record:
            if by.organisation.pk not in (case.client_id, case.partner_id):
                raise Refused(_("Only the client and the assigned partner add documents."))
            _must_be_open(case)
            for document in received:
                # The client's documents are the case's own; what a partner adds belongs to its engagement.
                document.engagement_id = None if by.side == Side.CLIENT else case.current_engagement().pk
                document._lay(case, by, record.at)
                record("document.added", document=document, sha256=document.sha256)

    @classmethod
    def set_aside(cls, content: IO[bytes], name: str, *, by: Actor | Visitor) -> Document:
        """As `receive`, for a form that comes back before it is sent: kept a day for whoever has its `word`, and seen by nobody."""
        _must_be_small(name, _size(content), by)
        document = cls.receive(content, name)
        document.uploader, document.organisation, document.at = by.person, by.organisation, timezone.now()
        document.due_at = document.at + ASIDE
        document.save()
        return document

    @classmethod
    def taken_up(cls, words: Iterable[str], *, by: Actor | Visitor) -> list[Document]:
        """The files of these words, as they were set aside by the same side; one that has run out is left out."""
        ids = list(filter(None, map(_set_aside_as, dict.fromkeys(words))))
        found = {one.public_id: one for one in cls.objects.filter(public_id__in=ids, organisation=by.organisation)}
        return [found[public_id] for public_id in ids if public_id in found]

    def attach(self, message: Message, by: Actor | Visitor, *, at: datetime) -> None:
        """Along with a message, in its case or its request."""
        if self.is_laid:
            raise ValidationError({"documents": _("“%(name)s” was sent already. Choose it again.") % {"name": self}})
        self.message, self.engagement_id = message, message.engagement_id
        self._lay(message.conversation.home, by, at)

    def describe(self, *, by: Actor, kind: str, description: str, at: datetime | None = None) -> None:
        """Another kind or description. Raises `ValidationError` by field, `Refused`."""
        if not kind:
            raise ValidationError({"kind": _("Choose a kind.")})
        kind, description = _known_kind(kind), _fitting(description)
        with change(self.home, by=by, at=at) as record:
            self._must_be_ours(by)
            _must_be_open(self.home)
            if (self.kind, self.description) == (kind, description):
                return
            self.kind, self.description = kind, description
            self.save(update_fields=["kind", "description"])
            record("document.described", document=self, kind=kind, description=description)

    def replace(self, received: Document, *, by: Actor, at: datetime | None = None) -> None:
        """A new version takes the place of this one, which stays within reach. Raises `Refused`."""
        with change(self.home, by=by, at=at) as record:
            self._must_be_ours(by)
            _must_be_open(self.home)
            self._must_be_of_now()
            # Guarded, because two may replace the same version at once.
            if not Document.objects.filter(pk=self.pk, replaced_at=None, removed_at=None).update(replaced_at=record.at):
                raise Refused(_("This version was replaced or removed meanwhile. Load the page again."))
            self.replaced_at = record.at
            received.first_id, received.version = self.first_id or self.pk, self.version + 1
            received.message_id, received.engagement_id = self.message_id, self.engagement_id
            received.kind = received.kind or self.kind
            received.description = received.description or self.description
            received._lay(self.home, by, record.at)
            record(
                "document.replaced",
                document=received,
                old=self,
                version=received.version,
                sha256=received.sha256,
            )

    def remove(self, *, by: Actor | Visitor, at: datetime | None = None) -> None:
        """Takes the document away, in all its versions. The rows stay as a trace; the worker wipes the bytes."""
        with change(self.home, by=by, at=at) as record:
            if isinstance(by, Actor):
                self._must_be_ours(by)
            elif not self.may_remove(by):
                raise Refused(_("A file can be removed as long as nobody has answered it. Write to us if it must go."))
            here = list(self.versions().filter(removed_at=None))
            columns = {"removed_at": record.at, "removed_by": by.person, "due_at": record.at, "tries": 0}
            Document.objects.filter(pk__in=[version.pk for version in here]).update(**columns)
            for version in here:
                record("document.removed", document=version, sha256=version.sha256)
        self.refresh_from_db()

    def clear(self, *, at: datetime | None = None) -> None:
        """The scanner found nothing: from now on it can be opened."""
        with change(self.home, by=SYSTEM, at=at) as record:
            draws = {"due_at": record.at if self.drawable else None, "tries": 0}
            if self._judge(verdict=Verdict.CLEAN, **draws):
                record("document.checked", document=self)

    def hold(self, found: str, *, at: datetime | None = None) -> None:
        """The scanner found something: nobody can open it, and the side that added it is told."""
        with change(self.home, by=SYSTEM, at=at) as record:
            if self._judge(verdict=Verdict.FOUND, found=found[:100], due_at=None):
                record("document.held", document=self)

    def wipe(self) -> None:
        """Deletes the bytes of a removed document, and what was drawn of it; of one set aside, all. Again is harmless."""
        names = [self.stored, *(self.picture(n) for n in range(drawing.MOST_PAGES + 1) if self.drawable)]
        for name in names:
            default_storage.delete(name)
        if not self.is_laid:
            self.delete()
            return
        Document.objects.filter(pk=self.pk).update(stored="", pages=0, due_at=None)

    def discard(self) -> None:
        """Deletes what `receive` stored, of a document that came into no case and no request."""
        default_storage.delete(self.stored)

    # --- questions ----------------------------------------------------------------------------------------------------

    @classmethod
    def may_add(cls, case: Case, actor: Actor) -> bool:
        home = actor.organisation.pk
        return not case.former and home in (case.client_id, case.partner_id) and case.state != State.MERGED

    def may_change(self, actor: Actor) -> bool:
        """Whoever acts for the side that added it, while that side is in the case or the request."""
        ours = actor.organisation.pk == self.organisation_id and not self.removed_at
        if self.conversation:
            return ours and self.conversation.may_post(actor)
        both = actor.organisation.pk in (self.case.client_id, self.case.partner_id)
        # A referral partner's came along with a message of its own.
        return ours and (both or (self.message is not None and self.message.conversation.may_post(actor)))

    def may_remove(self, by: Actor | Visitor) -> bool:
        """Whoever may change it; a visitor their own, as long as nobody has answered since."""
        if isinstance(by, Actor):
            return self.may_change(by)
        talk = self.conversation
        if talk is None or self.removed_at or self.organisation_id or not talk.is_of(by):
            return False
        since = self.message.number if self.message else 0
        return not talk.messages.filter(organisation__isnull=False, number__gt=since).exists()

    @property
    def home(self) -> Case | Conversation:
        """Where it is laid, and by whose lock it changes: a case, or a conversation without one."""
        return self.conversation or self.case

    @property
    def is_laid(self) -> bool:
        return bool(self.case_id or self.conversation_id)

    @property
    def is_waste(self) -> bool:
        """Whether its bytes are to go: it was removed, or the form it was set aside for was never sent."""
        return bool(self.removed_at) or not self.is_laid

    @property
    def word(self) -> str:
        """What a form carries along of a file that was set aside."""
        return _WORDS.sign(self.public_id)

    def versions(self) -> DocumentQuerySet:
        first = self.first_id or self.pk
        return Document.objects.filter(Q(pk=first) | Q(first=first)).order_by("version")

    @property
    def shut(self) -> str:
        """Why it cannot be opened: "removed", "waiting" or "found"; "" when it can."""
        if self.removed_at:
            return "removed"
        return str(self.verdict) if self.verdict in (Verdict.WAITING, Verdict.FOUND) else ""

    @property
    def in_work(self) -> bool:
        """Whether its card may look different in a moment: it is being checked or drawn."""
        return bool(self.due_at and not self.removed_at and timezone.now() - self.at < IN_WORK)

    @property
    def remover(self) -> str:
        return str(self.removed_by or self.organisation or _("the sender"))

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2].lower()

    @property
    def drawable(self) -> str:
        """Which kind of picture can be drawn of it, if any."""
        return "pdf" if self.mime == "application/pdf" else "picture" if self.mime.startswith("image/") else ""

    @property
    def inline(self) -> bool:
        """Whether a browser may show it in place: pictures and PDF, never anything that could run."""
        return any(kind.mime == self.mime and kind.inline for kind in filekind.KINDS.values())

    def picture(self, number: int) -> str:
        """Where the picture of a page is stored, beside the document; 0 is the small one."""
        return f"{self.stored}.{drawing.page_name(number) if number else drawing.THUMB_NAME}"

    @property
    def pass_word(self) -> str:
        """The changing part of the download address; good for an hour, and only beside the right to see the document."""
        return TimestampSigner(salt="document").sign(self.public_id).split(":", 1)[1]

    def admits(self, pass_word: str) -> bool:
        try:
            TimestampSigner(salt="document").unsign(
                f"{self.public_id}:{pass_word}", max_age=settings.DOCUMENT_LINK_SECONDS
            )
        except (BadSignature, UnicodeError):
            return False
        return True

    def open(self) -> File[bytes]:
        """The bytes. Raises `Shut`."""
        if self.shut:
            raise Shut(SHUT[self.shut], gone=self.shut == "removed")
        return default_storage.open(self.stored)

    def _lay(self, home: Case | Conversation, by: Actor | Visitor, at: datetime) -> None:
        if isinstance(home, Case):
            self.case = home
        else:
            self.conversation = home
        self.at, self.uploader, self.organisation = at, by.person, by.organisation
        self.kind = self.kind or _usual_kind(home, by)
        self.verdict = Verdict.WAITING if settings.CLAMAV else Verdict.NONE
        self.due_at = at if settings.CLAMAV or self.drawable else None
        self.save()

    def _judge(self, **columns: Any) -> bool:
        """Once: a verdict is given to what still waits for one."""
        waiting = Document.objects.filter(pk=self.pk, verdict=Verdict.WAITING, removed_at=None)
        for name, value in columns.items():
            setattr(self, name, value)
        return bool(waiting.update(**columns))

    def _must_be_of_now(self) -> None:
        """Or an earlier partner would read what was added long after it had left."""
        if self.engagement and self.engagement.partner_id != self.case.partner_id:
            raise Refused(_("This document belongs to an earlier partner's part. Add the new version by itself."))

    def _must_be_ours(self, by: Actor) -> None:
        if not self.may_change(by):
            raise Refused(_("Only the side that added a document changes or removes it, while it is in the case."))


SHUT: dict[str, Any] = {
    "removed": _("This document was removed by the side that had added it."),
    "waiting": _("This document is being checked for malware. Try again in a minute."),
    "found": _("The malware check found something in this document, so nobody can open it. Ask for a clean copy."),
}


@prepared
def names(ids: tuple[str, ...]) -> models.QuerySet[Document, tuple[str, str]]:
    """As the log says them."""
    return Document.objects.filter(public_id__in=ids).values_list("public_id", "name")


def _in_cases(actor: Actor) -> Q:
    """As messages; and a partner also sees what the client laid into the case, until its engagement ended. A referral partner sees
    what was said along with a message, and no other evidence."""
    here = Q(case__environment=actor.environment)
    match actor.side:
        case Side.CLIENT:
            return here & Q(case__client=actor.organisation)
        case Side.PARTNER:
            mine = Engagement.objects.filter(partner=actor.organisation)
            then = mine.filter(Q(ended_at=None) | Q(ended_at__gte=OuterRef("at")), case=OuterRef("case"))
            return here & (Q(engagement__in=mine) | Q(Exists(then), engagement=None))
        case Side.REFERRER:
            return here & Q(case__referrer=actor.organisation, message__isnull=False)
        case Side.OPERATOR:
            # Not `environment=`: SQLite would begin with all cases of it, rather than with the newest documents.
            return Q(Exact(Plain("case__environment"), actor.environment))
    return Q(pk__in=())


def _elsewhere(actor: Actor) -> Q:
    """Of what one's own organisation has asked, and of what client and partner say to each other; all for the operator."""
    if actor.side == Side.OPERATOR:
        # Not `environment=`: SQLite would begin with all conversations of it, rather than with the newest documents.
        return Q(Exact(Plain("conversation__environment"), actor.environment), conversation__isnull=False)
    theirs = (Q(**{f"conversation__{side}": actor.organisation}) for side in ("asker", "client", "partner"))
    return Q(conversation__environment=actor.environment) & reduce(or_, theirs)


def _usual_kind(home: Case | Conversation, by: Actor | Visitor) -> str:
    """What a document is when nobody says: a client begins with the invoice; the operator's, or outside cases, is nothing of these."""
    if not isinstance(home, Case) or isinstance(by, Visitor) or by.side == Side.OPERATOR:
        return DocumentKind.MISCELLANEOUS
    if by.side == Side.PARTNER:
        return DocumentKind.PARTNER
    return DocumentKind.CREDITOR if home.partner_id else DocumentKind.INVOICE


def _known_kind(kind: str) -> str:
    if kind and kind not in DocumentKind.values:
        raise ValidationError({"kind": _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(DocumentKind.values)}})
    return kind


def _fitting(description: str) -> str:
    description = typed.cleaned(description)
    if len(description) > LONGEST_DESCRIPTION:
        raise ValidationError({"description": _("A description holds up to 500 characters. Shorten it.")})
    return description


def _must_be_open(home: Case | Conversation) -> None:
    if isinstance(home, Case) and home.state == State.MERGED:
        raise Refused(_("This case was merged into another. Add documents there."))


def limits(visits: bool) -> tuple[int, int]:
    """How many files may come with one message, and how many bytes each may have; less of a visitor."""
    if visits:
        return settings.VISITOR_MOST_DOCUMENTS, settings.VISITOR_DOCUMENT_MAX_BYTES
    return settings.DATA_UPLOAD_MAX_NUMBER_FILES, settings.DOCUMENT_MAX_BYTES


def room(by: Actor | Visitor, talk: Conversation | None = None) -> tuple[int, int]:
    """How many files, and of how many bytes each, may come with the next message of a conversation."""
    visits = isinstance(by, Visitor)
    most, largest = limits(visits)
    return max(0, min(most, 4 * most - _of_visitors(talk))) if visits and talk else most, largest


def _of_visitors(talk: Conversation) -> int:
    return talk.documents.filter(organisation=None).count()


def _must_be_small(name: str, size: int, by: Actor | Visitor | None = None) -> None:
    _files, most = limits(isinstance(by, Visitor))
    if size > most:
        problem = _("“%(name)s” is larger than %(most)s MB. Send it in parts, or as a ZIP.")
        raise ValidationError({"documents": problem % {"name": name, "most": most >> 20}})


def must_be_few(documents: Sequence[Document], talk: Conversation, by: Actor | Visitor) -> None:
    """As many as may come with one message; of a visitor's, small ones, and few in all of the request. Raises `ValidationError`."""
    if not documents:
        return
    visits = isinstance(by, Visitor)
    most, _bytes = limits(visits)
    if len(documents) > most:
        said = _("At most %(most)s files can be sent at once. Leave some out; the rest can follow.")
        raise ValidationError({"documents": said % {"most": most}})
    if visits and _of_visitors(talk) + len(documents) > 4 * most:
        said = _("This request holds %(most)s files of yours, and takes no more. Write what is still to be said.")
        raise ValidationError({"documents": said % {"most": 4 * most}})
    for document in documents:
        _must_be_small(document.name, document.size, by)


def _set_aside_as(word: str) -> str | None:
    """The id of the file whose word it is, while it is good."""
    try:
        return _WORDS.unsign(word, max_age=WORD_SECONDS)
    except (BadSignature, UnicodeError):
        return None


def _size(content: IO[bytes]) -> int:
    content.seek(0, 2)
    size = content.tell()
    content.seek(0)
    return size


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()
