"""A mail exactly as it arrived, kept before it is understood; and what became of it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import IntegrityError, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trialogue.cases.models import Case
from trialogue.conversations.models import Conversation, Message, Reading
from trialogue.events.change import Record, System, change
from trialogue.events.models import Concerned, Subject
from trialogue.letters.addresses import Alias as Alias
from trialogue.letters.addresses import ReplyAddress as ReplyAddress
from trialogue.letters.addresses import may_handle as may_handle
from trialogue.lib import backoff, publicid
from trialogue.people.models import Actor, Environment, Person, Refused

LARGEST = 40 * 1024 * 1024
LEASE = timedelta(seconds=90)
MOST_TRIES = 5
# Words have no index here: they are looked for among the newest.
NEWEST, MOST_FOUND = 10_000, 200


class TooLarge(Exception):
    """More bytes than a letter may have."""


POSTMAN = System(via="mail")  # who brings a letter: nobody of ours, by the mail door


def _plain(told: str) -> str:
    """What a stranger told us, as a database can hold it."""
    return told.encode("utf-8", "replace").decode().replace("\0", "")


def _letter_id() -> str:
    return publicid.new("let")


class State(models.TextChoices):
    """`noted`: a machine wrote it, which starts nothing and gets no answer."""

    ARRIVED = "arrived", _("not read yet")
    FILED = "filed", _("filed")
    HELD = "held", _("held")
    NOTED = "noted", _("from a machine")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, actor: Actor) -> Self:
        """The operator's alone: what has not found its place is for nobody else to read."""
        return self if may_handle(actor) else self.none()

    def holding(self, words: str) -> Self:
        """Those of a sender or with a Message-ID; and of the newest those in whose sender, subject or Message-ID it stands."""
        exact = Q(sender=words.lower()) | Q(mail_id=words.strip("<>"))
        typed = Q(subject__icontains=words) | Q(sender__icontains=words) | Q(sender_name__icontains=words) | Q(mail_id__icontains=words)  # fmt: skip
        recent = self.filter(pk__in=self.order_by("-pk").values("pk")[:NEWEST])
        found = [rows.order_by("-pk").values_list("pk", flat=True)[:MOST_FOUND] for rows in (self.filter(exact), recent.filter(typed))]  # fmt: skip
        return self.filter(pk__in={pk for each in found for pk in each})

    def shown(self) -> Self:
        """With all that a row of a list names."""
        return self.select_related("person", "released_by", "conversation__case", "message")

    def due(self, now: datetime) -> Self:
        """Those to be read."""
        return self.filter(due_at__lte=now).order_by("due_at")


class Letter(Subject):
    """A mail. `reason` is a word of `route`, or why it failed; `conversation` is where it is filed, or would be once released."""

    State = State
    is_again = False  # True on one whose bytes were kept before

    public_id = models.CharField(max_length=32, unique=True, default=_letter_id, editable=False)
    # As it came.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    door = models.CharField(max_length=12)
    mailbox = models.CharField(max_length=120, blank=True)
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.JSONField(default=list)
    size = models.PositiveBigIntegerField()
    arrived_at = models.DateTimeField()
    # As it was understood.
    mail_id = models.CharField(max_length=250, blank=True)  # the Message-ID its sender gave it
    likeness = models.CharField(max_length=64, blank=True)  # the same of a copy that came another way
    sender = models.CharField(max_length=320, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=250, blank=True)
    written_at = models.DateTimeField(null=True)
    # What became of it.
    state = models.CharField(max_length=8, choices=State.choices, default=State.ARRIVED)
    reason = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=250, blank=True)  # more of it, in the words of whoever said so
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="letters")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    turned_from = models.CharField(
        max_length=20, blank=True
    )  # the channel it was written to, that is not for its sender
    offered = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    topic = models.CharField(max_length=250, blank=True)  # another than that of the conversation it continues
    released_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    told_at = models.DateTimeField(null=True)  # when its sender was told that it is refused
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar[LetterQuerySet] = LetterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="letter_due"),
            models.Index(fields=["state", "-id"], name="letter_by_state"),
            models.Index(fields=["sender", "-id"], name="letter_of_sender"),
            models.Index(fields=["likeness"], name="letter_likeness"),
            models.Index(fields=["mail_id"], name="letter_mail_id"),
        ]

    def __str__(self) -> str:
        return self.subject or self.public_id

    def concerns(self) -> Concerned:
        return Concerned(environment=Environment.PRODUCTION)

    def note_reading(self, by: Actor) -> None:
        """What is filed in a case was said there, so whoever opens the letter reads the case."""
        if self.message and self.conversation:
            Reading.note(self.conversation, by=by)

    # --- verbs of the doors -------------------------------------------------------------------------------------------

    @classmethod
    def keep(
        cls,
        raw: bytes,
        *,
        door: str,
        mailbox: str = "",
        envelope_from: str = "",
        envelope_to: Iterable[str] = (),
        cut: str = "",
        at: datetime | None = None,
    ) -> Letter:
        """Stores a mail exactly as it arrived; the worker reads it. The same bytes again answer with the letter they made.

        `envelope_from` and `envelope_to` are what the mail server was told; `mailbox` is the address it was found in, if any.
        `cut`: these are only its first lines, and why: `too_large` (than LARGEST) or `broken_off` (on its way). Raises `TooLarge`.
        """
        if len(raw) > LARGEST:
            raise TooLarge
        digest = hashlib.sha256(raw).hexdigest()
        if earlier := cls._kept(digest):
            return earlier
        letter = cls(
            digest=digest, door=door, mailbox=mailbox[:120], envelope_from=_plain(envelope_from)[:320],
            envelope_to=[_plain(address)[:320] for address in envelope_to][:100], size=len(raw),
        )  # fmt: skip
        try:
            with change(letter, by=POSTMAN, at=at) as record:
                letter.arrived_at = letter.due_at = record.at
                letter.save()
                Original.objects.create(letter=letter, packed=zlib.compress(raw))
                record("letter.arrived", letter=letter, door=door, sha256=digest)
                if cut:
                    record("letter.failed", **letter.settle(record.at, State.FAILED, cut))
        except IntegrityError:  # the same at the same moment by another door
            earlier = cls._kept(digest)
            if earlier is None:
                raise
            return earlier
        return letter

    @classmethod
    def _kept(cls, digest: str) -> Letter | None:
        earlier = cls.objects.filter(digest=digest).first()
        if earlier:
            earlier.is_again = True
        return earlier

    def claim(self, now: datetime) -> bool:
        """Ours to read until the lease runs out; a letter that ends whoever reads it comes due again, but not for ever."""
        mine = Letter.objects.filter(pk=self.pk, tries=self.tries, due_at=self.due_at, state=State.ARRIVED)
        if not mine.update(tries=self.tries + 1, due_at=now + LEASE):
            return False
        self.refresh_from_db()
        return True

    def fail(self, trouble: str, *, at: datetime | None = None) -> None:
        """It could not be read or filed. It is tried again some times, then stays for a person to see."""
        with change(self, by=POSTMAN, at=at) as record:
            if self.state != State.ARRIVED:
                return
            self.why = " ".join(trouble.split())[:250]
            if self.tries < MOST_TRIES:
                self.due_at = record.at + timedelta(seconds=backoff.pause(self.tries))
                self.save(update_fields=["why", "due_at"])
                return
            record("letter.failed", **self.settle(record.at, State.FAILED, "trouble"))

    # --- verbs of the operator ----------------------------------------------------------------------------------------

    def replay(self, *, by: Actor, at: datetime | None = None) -> None:
        """Has it read once more, as if it had just arrived: by the rules and the people of now."""
        with change(self, by=by, at=at) as record:
            self._must_be_handled_by(by)
            self.state, self.reason, self.why, self.tries, self.due_at = State.ARRIVED, "", "", 0, record.at
            self.save(update_fields=["state", "reason", "why", "tries", "due_at"])
            record("letter.replayed", letter=self)

    def release(self, *, by: Actor, trust: bool = False, at: datetime | None = None) -> None:
        """Somebody of the operator vouches for the sender of a held letter: it goes where it was meant to.

        `trust`: from now on what comes from this address is that person's, without asking again.
        """
        with change(self, by=by, at=at) as record:
            self._must_be_handled_by(by)
            if self.state != State.HELD:
                raise Refused(_("Only a held letter is released."))
            if by.person is None:
                raise Refused(_("It is a person who vouches for a sender. Say who, by `author_email`."))
            if trust:
                self._trust_sender(record, by)
            self.released_by = by.person
            self.state, self.tries, self.due_at = State.ARRIVED, 0, record.at
            self.save(update_fields=["released_by", "state", "tries", "due_at"])
            record("letter.released", letter=self, trusted=str(trust).lower())

    def refuse(self, *, by: Actor, at: datetime | None = None) -> None:
        """Somebody of the operator has read it, and nothing is to come of it. Nobody is told."""
        with change(self, by=by, at=at) as record:
            self._must_be_handled_by(by)
            record("letter.refused", **self.settle(record.at, State.REFUSED, "by_hand"))

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def raw(self) -> bytes:
        return self.original.raw

    # --- how it goes ---------------------------------------------------------------------------------------------------

    def _trust_sender(self, record: Record, by: Actor) -> None:
        if not self.person or not self.sender:
            raise Refused(_("This letter names nobody whom its sender could be."))
        owner = Alias.person_at(self.sender)
        if owner and owner != self.person:
            said = _("{address} is the address of {name}.")
            raise Refused(str(said).format(address=self.sender, name=owner))
        if owner is None:
            Alias.objects.create(address=self.sender.lower(), person=self.person, trusted_by=by.person, at=record.at)
            record("alias.trusted", person=self.person, address=self.sender)

    def fill(self, **columns: Any) -> None:
        """Fills columns in, and saves none."""
        for name, value in columns.items():
            setattr(self, name, value)

    def settle(self, at: datetime, state: str, reason: str, **columns: Any) -> dict[str, Any]:
        """What became of it; answers what its event tells. Within a change."""
        self.fill(state=state, reason=reason, due_at=None, settled_at=at, **columns)
        self.save()
        return {"letter": self, "reason": reason, "conversation": self.conversation, "message": self.message}

    def _must_be_handled_by(self, by: Actor) -> None:
        if not may_handle(by):
            raise Refused(_("Only the operator handles letters."))
        if self.state == State.FILED:
            raise Refused(_("This letter is filed. What it said stands where it belongs."))


class Original(models.Model):
    """The bytes of a letter, apart from its row, so that a list of letters reads none of them."""

    letter = models.OneToOneField(Letter, primary_key=True, on_delete=models.CASCADE, related_name="original")
    packed = models.BinaryField()

    def __str__(self) -> str:
        return f"original of {self.letter_id}"

    @property
    def raw(self) -> bytes:
        return zlib.decompress(self.packed)
