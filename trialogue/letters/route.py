"""Where a letter belongs: `route(parsed, known, rules)`. Pure: values in, one value out; nobody is asked and nothing is done.

Nothing from a sender who is not proven is appended to what others have said, and no number, thread or token proves anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from trialogue.channels.advice import redirect
from trialogue.channels.rules import Rules, Who
from trialogue.lib.mailtext import Parsed

Proof = Literal["proven", "refuted", "unknown"]

# Why a letter stands where it stands, for a person to read.
REASONS: dict[str, Any] = {
    # filed
    "token": _("an answer to one of our mails"),
    "colleague": _("an answer by a colleague of whom we wrote to"),
    "thread": _("it continues a conversation"),
    "number": _("it names the request in its subject"),
    "opened": _("a new request"),
    "moved": _("a new request, on the channel that is for its sender"),
    "again": _("a copy of a letter that has been filed"),
    # held
    "unproven": _("the sender is not proven: the mail server that we trust says nothing of them"),
    "forged": _("the mail server that we trust says that the sender is not who they claim to be"),
    "not_theirs": _("it answers a mail that went to somebody else"),
    "lost_token": _("it answers to an address that we never gave out"),
    "no_sender": _("it does not say who wrote it"),
    "unanswerable": _("no answer can reach its sender's address"),
    "no_address": _("it is addressed to none of our addresses"),
    "from_us": _("one of our own people wrote to one of our own addresses"),
    "flood": _("too many letters have come from this sender"),
    "closed_to": _("no channel is open to its sender"),
    # noted
    "auto-reply": _("an automatic answer"),
    "vacation": _("a notice of absence"),
    "bounce": _("a mail of ours came back"),
    "list": _("a mailing list"),
    "challenge": _("a demand to prove that we are human"),
    "receipt": _("a receipt that a mail was read"),
    "calendar-reply": _("an answer to an invitation"),
    "complaint": _("a complaint that a mail of ours was unwanted"),
    "bulk": _("one of many of its kind, sent by a program"),
    "notification": _("a notice of another system"),
    "loop": _("a mail of our own"),
    "machine": _("a machine"),
    "empty": _("it says nothing, and has no document"),
    # refused
    "no_longer": _("its sender may not write there any more"),
    "not_read": _("it answers a mail that says that answers are not read"),
    "by_hand": _("somebody read it and refused it"),
    # failed
    "too_large": _("it is larger than 40 MB; the whole of it is still in its mailbox"),
    "broken_off": _("it broke off each time it was fetched; the whole of it is still in its mailbox"),
    "trouble": _("it could not be read or filed"),
}

# What was wrong with a letter and was made the best of, by the codes of `lib.mailtext.problems`.
PROBLEMS: dict[str, Any] = {
    "unreadable": _("The letter could not be read. Its bytes are kept."),
    "from-missing": _("The letter does not say whom it is from."),
    "from-unreadable": _("There is no address in its From."),
    "several-senders": _("The letter names more than one sender."),
    "date-missing": _("The letter has no date."),
    "date-absurd": _("Its date cannot be read or cannot be true."),
    "subject-missing": _("The letter has no subject."),
    "message-id-missing": _("The letter has no Message-ID."),
    "header-broken": _("A line of its head is broken."),
    "header-too-long": _("A field of its head was too long and is cut."),
    "too-many-headers": _("Its head has too many fields; the last were left out."),
    "nested-too-deep": _("Its parts lie too deep within one another; the deepest are kept as a file."),
    "too-many-parts": _("It has too many parts; the last are kept as one."),
    "too-many-documents": _("It has too many files; the last were left out."),
    "boundary-missing": _("It claims to have parts, but nothing parts them."),
    "boundary-wrong": _("Its parts are divided by another line than it claims."),
    "boundary-unclosed": _("Its end is missing."),
    "charset-missing": _("It does not say in which characters it is written; they were guessed."),
    "charset-unknown": _("It claims characters that nobody knows; they were guessed."),
    "charset-wrong": _("It is not written in the characters it claims; they were guessed."),
    "html-too-complex": _("Its HTML is too large or too deeply nested to be shown; its words were taken out."),
    "text-too-long": _("Its words are too long to be read here; they are whole in a file."),
    "winmail-broken": _("Its winmail.dat could not be opened and is kept as it came."),
}


@dataclass(frozen=True)
class Place:
    """A conversation that a letter points to, and how its sender stands to it."""

    conversation: str
    how: Literal["token", "thread", "number"]
    topic: str
    writes: bool  # the sender may write there now
    theirs: bool = True  # a token that was given to this sender
    colleague: bool = False  # or to somebody else of the organisation for which the sender writes there


@dataclass(frozen=True)
class Asker:
    """An organisation for which the sender may ask ("": for nobody, as a visitor), and as whom the policy knows it."""

    organisation: str
    who: Who


@dataclass(frozen=True)
class Known:
    """What we know of a letter besides what it says."""

    proof: Proof = "unknown"
    is_known: bool = False  # one of our people writes from this address
    is_staff: bool = False  # of the operator
    is_answerable: bool = True  # a mail can go to the address it comes from, or we know its sender
    is_ours: bool = False  # it comes from one of our own addresses
    is_flood: bool = False
    is_to_notices: bool = False  # it goes to the address our notices are from
    is_to_reply: bool = False  # it goes to a reply address, good or not
    copy_of: str = ""  # a letter that says the same, and has come before
    channels: tuple[str, ...] = ()  # whose addresses it goes to, in the order it names them
    places: tuple[Place, ...] = ()  # the surest first
    askers: tuple[Asker, ...] = ()  # the likeliest first
    case: str = ""  # the one case that it is surely about, of those the sender sees
    situation: str = ""


@dataclass(frozen=True)
class Append:
    """It is said in a conversation. `topic`: the letter's own subject, when that is another matter."""

    place: Place
    topic: str = ""

    @property
    def reason(self) -> str:
        return "colleague" if self.place.how == "token" and not self.place.theirs else self.place.how


@dataclass(frozen=True)
class Open:
    """It opens a request. `turned_from`: the channel it was written to, which is not for its sender."""

    channel: str
    intents: tuple[str, ...]
    asker: Asker
    situation: str = ""
    case: str = ""
    turned_from: str = ""

    @property
    def reason(self) -> str:
        return "moved" if self.turned_from else "opened"


@dataclass(frozen=True)
class Again:
    """The same letter has come before; this copy says to whom else it was written."""

    letter: str
    intents: tuple[str, ...] = ()
    reason: str = "again"


@dataclass(frozen=True)
class Hold:
    reason: str
    place: Place | None = None


@dataclass(frozen=True)
class Note:
    reason: str


@dataclass(frozen=True)
class Refuse:
    reason: str
    place: Place | None = None


Route = Append | Open | Again | Hold | Note | Refuse


def route(parsed: Parsed, known: Known, rules: Rules) -> Route:
    """Where a letter belongs. A machine first, for it gets no answer; then who is proven; then where it points to."""
    if known.is_ours or parsed.mark:
        return Note("loop")
    if parsed.machine:
        return Note(parsed.machine if parsed.machine in REASONS else "machine")
    if known.copy_of:
        return Again(known.copy_of, known.channels)
    if parsed.sender is None:
        return Hold("no_sender")
    if not parsed.text.strip() and not parsed.documents:
        return Note("empty")
    tokens = [place for place in known.places if place.how == "token"]
    if tokens:
        return _answer(tokens[0], known, parsed)
    if known.is_flood:
        return Hold("flood")
    if known.is_to_reply and not known.channels:
        return Hold("lost_token")
    if unproven := _unproven(known):
        return unproven
    return _continued(parsed, known) or _begun(parsed, known, rules)


def _answer(place: Place, known: Known, parsed: Parsed) -> Route:
    """To an address that we gave out for answers. Whoever has it is still not proven to be the one it was given to."""
    if not (place.theirs or place.colleague):
        return Hold("not_theirs", place)
    if known.proof != "proven":
        return Hold("forged" if known.proof == "refuted" else "unproven", place)
    if not place.writes:
        return Refuse("no_longer", place)
    if known.is_flood:
        return Hold("flood", place)
    return Append(place, "" if _same(parsed.topic, place.topic) else parsed.topic)


def _unproven(known: Known) -> Hold | None:
    """Whoever claims to be one of our people proves it. A stranger claims nothing, but is not to be a forged one."""
    if known.proof == "refuted":
        return Hold("forged")
    return Hold("unproven") if known.is_known and known.proof != "proven" else None


def _continued(parsed: Parsed, known: Known) -> Append | None:
    """It points to a conversation in which its proven sender writes. In a thread another subject is another matter."""
    if known.proof != "proven":
        return None
    for place in known.places:
        if place.writes and (place.how == "number" or _same(parsed.topic, place.topic)):
            return Append(place)
    return None


def _begun(parsed: Parsed, known: Known, rules: Rules) -> Route:
    """Something new, by the addresses it goes to: however many there are, it is one request, under the strictest promise."""
    asked = [told for key in known.channels if (told := rules.taking_requests(key))]
    if not asked:
        return Refuse("not_read") if known.is_to_notices and known.proof == "proven" else Hold("no_address")
    if known.is_staff:
        return Hold("from_us")
    if not known.is_answerable:
        return Hold("unanswerable")
    intents = tuple(channel.key for channel in asked)
    for asker in known.askers:
        if fitting := [channel for channel in asked if channel.is_open_to(asker.who)]:
            return Open(rules.strictest(fitting).key, intents, asker, known.situation, known.case)
    for asker in known.askers:
        if advice := redirect(rules, asker.who, asked[0].key, known.situation):
            channel = advice.channel if advice.channel.takes_requests else advice.further
            if channel and channel.takes_requests and channel.is_open_to(asker.who):
                return Open(channel.key, intents, asker, known.situation, known.case, turned_from=asked[0].key)
    return Hold("closed_to")


def _same(topic: str, other: str) -> bool:
    """Whether two subjects are of one matter; without a subject it is whatever it answers to."""
    return not topic.strip() or _plain(other) in _plain(topic) or _plain(topic) in _plain(other)


def _plain(subject: str) -> str:
    return "".join(letter for letter in subject.casefold() if letter.isalnum())
