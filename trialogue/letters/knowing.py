"""What we know of a letter besides what it says: whose address it comes from, where it points to, and what its sender may do there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet

from trialogue.cases.lifecycle import State as CaseState
from trialogue.cases.models import Case
from trialogue.channels.advice import surely_elsewhere
from trialogue.channels.rules import Rules
from trialogue.conversations.models import Conversation
from trialogue.letters.addresses import Alias, ReplyAddress, is_reply
from trialogue.letters.models import Letter
from trialogue.letters.route import Asker, Known, Place, Proof
from trialogue.lib import publicid
from trialogue.lib.mailtext import Authentication, Parsed
from trialogue.lib.mailtext.subjects import topic as without_prefixes
from trialogue.people.models import Actor, Membership, Organisation, Person, Side, Visitor
from trialogue.people.prepared import prepared
from trialogue.requests.models import Request, who_is_asking

# So many letters of one sender in an hour are read, and so many in one conversation; what is more waits for a person.
FLOOD, FLOOD_IN_ONE, FLOOD_WITHIN = 60, 20, timedelta(hours=1)
READ_FOR_REFERENCES = 5_000  # characters
MOST_POINTERS = 30  # Message-IDs looked up

_NUMBER = re.compile(r"\bR-\d{4}-\d{6}\b", re.IGNORECASE)
_REFERENCE = re.compile(rf"(?<![A-Z0-9])[{publicid.CASE_ALPHABET}]{{8}}(?![A-Z0-9])")
_ROOT = re.compile(r"(case|request|relationship)-([A-Z0-9-]{8,20}|con_[0-9a-z]{16})@")

Writer = Actor | Visitor


@dataclass
class Facts:
    """What is known, and the live rows behind it."""

    known: Known = field(default_factory=Known)
    person: Person | None = None  # whose letter it is, or would be
    writers: dict[str, Writer] = field(default_factory=dict)  # by conversation
    conversations: dict[str, Conversation] = field(default_factory=dict)
    askers: dict[str, Writer] = field(default_factory=dict)  # by organisation, "" for a visitor
    case: Case | None = None


def gather(letter: Letter, parsed: Parsed, rules: Rules, now: datetime, *, vouched: bool) -> Facts:
    """`vouched`: somebody of the operator has said, or would say, that it is from whom it was held for."""
    addresses = _addresses(letter, parsed, rules)
    sender = parsed.sender.email if parsed.sender else ""
    facts = Facts(person=_person(letter, sender, vouched))
    members = _memberships(facts.person.pk) if facts.person else []
    places = list(_places(facts, members, sender, parsed, addresses))
    channels = tuple(dict.fromkeys(told.key for one in addresses if (told := rules.at_address(one))))
    asking = [one for one in members if one.organisation.kind != Side.OPERATOR]
    _find_case(facts, asking, parsed)
    facts.askers = {one.organisation.public_id: Actor.of(one, via="mail") for one in _likeliest(asking, facts.case)}
    if not members:
        facts.askers[""] = Visitor(via="mail")
    askers = tuple(Asker(key, who) for key, by in facts.askers.items() if (who := who_is_asking(by)))
    situation, about_case = _heard(parsed, rules, askers, channels) if channels else ("", False)
    if facts.case is None and about_case:
        facts.case = _only_case(facts.askers.values())
    facts.known = Known(
        proof="proven" if vouched else proof_of(parsed, settings.MAIL_TRUST),
        is_known=facts.person is not None,
        is_staff=len(asking) < len(members),
        is_answerable=facts.person is not None or _is_address(sender),
        is_ours=is_reply(sender) or sender == _notices() or rules.at_address(sender) is not None,
        is_flood=not vouched and _is_flood(sender, facts.conversations.values(), now),
        is_to_notices=_notices() in addresses,
        is_to_reply=any(map(is_reply, addresses)),
        copy_of=_copy_of(letter),
        channels=channels, places=tuple(places), askers=askers,
        case=facts.case.reference if facts.case else "", situation=situation,
    )  # fmt: skip
    return facts


def proof_of(parsed: Parsed, trust: str) -> Proof:
    """Whether the server that we trust says that the letter is from the domain of its From: DMARC, or SPF or DKIM that agrees with it."""
    if not trust or parsed.sender is None or len(parsed.senders) != 1:
        return "unknown"
    told = told_by(parsed, trust)
    if told is None:
        return "unknown"
    domain = parsed.sender.email.rpartition("@")[2]
    if told.result("dmarc") == "fail":
        return "refuted"
    for verdict in told.verdicts:
        if verdict.result == "pass" and verdict.method in ("dmarc", "spf", "dkim") and _agree(verdict.domain, domain):
            return "proven"
    return "unknown"


def told_by(parsed: Parsed, trust: str) -> Authentication | None:
    """What the server that we trust says: the topmost of its words, for the letter was there last."""
    return next((each for each in parsed.authentication if trust and each.by.lower() == trust), None)


def _agree(one: str, other: str) -> bool:
    """Of one organisation, as DMARC means it: the same domain, or one within the other."""
    one, other = one.rpartition("@")[2].lower().strip("."), other.lower().strip(".")
    if min(one.count("."), other.count(".")) < 1:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _addresses(letter: Letter, parsed: Parsed, rules: Rules) -> list[str]:
    """To whom it goes: as it says itself, then as the mail server was told; and the mailbox it lay in, when none of these is ours."""
    named = [recipient.address.email for recipient in parsed.recipients] + [one.lower() for one in letter.envelope_to]
    found = list(dict.fromkeys(named))
    if not any(rules.at_address(one) or is_reply(one) or one == _notices() for one in found):
        found.append(letter.mailbox.lower())
    return found


def _notices() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()


def _person(letter: Letter, sender: str, vouched: bool) -> Person | None:
    """Whose letter it is: of whom the address is; or, when somebody of the operator vouches for it, of whom it was held to be."""
    found = Alias.person_at(sender) if sender else None
    return found or (letter.person if vouched else None)


@prepared
def _memberships(person: int) -> QuerySet[Membership]:
    found = Membership.objects.filter(person=person).select_related("organisation", "person")
    return found.order_by("since", "pk")


def _places(
    facts: Facts, members: list[Membership], sender: str, parsed: Parsed, addresses: list[str]
) -> Iterator[Place]:
    """The conversations that it points to: by a token first, then by what it answers to, then by a number in its subject."""
    for address in ReplyAddress.objects.behind(addresses):
        talk = _current(address.conversation_id)
        by = _writer(talk, members, sender)
        theirs = address.person == facts.person if address.person else _is_visitor(talk, sender)
        colleague = not theirs and by is not None and _is_member(address.person, by.organisation)
        facts.person = facts.person or address.person
        yield _place(facts, talk, by, "token", theirs=theirs, colleague=colleague)
    pointed = tuple(dict.fromkeys([*parsed.in_reply_to, *reversed(parsed.references)]))[:MOST_POINTERS]
    for talk in _pointed_to(pointed):
        yield _place(facts, talk, _writer(talk, members, sender), "thread")
    if numbers := tuple(number.upper() for number in _NUMBER.findall(parsed.subject)[:3]):
        for pk in _requests(numbers):
            talk = _current(pk)
            yield _place(facts, talk, _writer(talk, members, sender), "number")


def _place(facts: Facts, talk: Conversation, by: Writer | None, how: str, **told: bool) -> Place:
    key = talk.public_id
    facts.conversations[key] = talk
    if by:
        facts.writers[key] = by
    topic = talk.case.reference if talk.case else without_prefixes(talk.title) if talk.is_request else talk.title
    return Place(key, how, topic, writes=by is not None, **told)  # type: ignore[arg-type]


def _current(pk: int) -> Conversation:
    """A conversation, or that into which its request was merged."""
    (talk,) = _conversations(pk)
    merged = talk.request.merged_into if talk.is_request else None
    return _current(merged.conversation_id) if merged else talk


def _pointed_to(mail_ids: tuple[str, ...]) -> Iterator[Conversation]:
    """By the roots that our mails hang on, or by a letter that was filed."""
    roots = [found for one in mail_ids if one.endswith(f"@{settings.HOST}") and (found := _ROOT.match(one))]
    requests, cases, relationships = (
        tuple(root[2] for root in roots if root[1] == kind) for kind in ("request", "case", "relationship")
    )
    ids = [
        *(_requests(requests) if requests else ()),
        *(_of_cases(cases) if cases else ()),
        *(_relationships(relationships) if relationships else ()),
        *(_filed(mail_ids) if mail_ids else ()),
    ]
    yield from map(_current, dict.fromkeys(ids))


@prepared
def _conversations(pk: int) -> QuerySet[Conversation]:
    return Conversation.for_change().select_related("request__merged_into").filter(pk=pk)


@prepared
def _requests(numbers: tuple[str, ...]) -> QuerySet[Request, int]:
    return Request.objects.filter(number__in=numbers).values_list("conversation", flat=True)


@prepared
def _of_cases(references: tuple[str, ...]) -> QuerySet[Conversation, int]:
    return Conversation.objects.filter(case__reference__in=references).values_list("pk", flat=True)


@prepared
def _relationships(ids: tuple[str, ...]) -> QuerySet[Conversation, int]:
    return Conversation.objects.filter(kind="relationship", public_id__in=ids).values_list("pk", flat=True)


@prepared
def _filed(mail_ids: tuple[str, ...]) -> QuerySet[Letter, int]:
    found = Letter.objects.filter(mail_id__in=mail_ids, conversation__isnull=False).order_by("-pk")
    return found.values_list("conversation", flat=True)[:3]


def _writer(talk: Conversation, members: list[Membership], sender: str) -> Writer | None:
    """As whom the sender may write there now."""
    environment = talk.home.environment
    for membership in members:
        by = Actor.of(membership, environment, via="mail")
        if talk.may_post(by):
            return by
    return Visitor(environment, via="mail") if _is_visitor(talk, sender) else None


def _is_visitor(talk: Conversation, sender: str) -> bool:
    return talk.is_request and talk.asker_id is None and talk.request.email == sender


def _is_member(person: Person | None, organisation: Organisation | None) -> bool:
    return (
        bool(person and organisation) and Membership.objects.filter(person=person, organisation=organisation).exists()
    )


def _likeliest(members: list[Membership], case: Case | None) -> list[Membership]:
    """For whom somebody of several organisations asks: for the one whose case it is, else for the one they joined first."""
    sides = (case.client_id, case.partner_id) if case else ()
    return sorted(members, key=lambda one: one.organisation_id not in sides)


def _find_case(facts: Facts, members: list[Membership], parsed: Parsed) -> None:
    """The one case whose reference stands in the letter, of those its sender sees."""
    words = f"{parsed.subject}\n{parsed.text[:READ_FOR_REFERENCES]}".upper()
    named = tuple(dict.fromkeys(_REFERENCE.findall(words)[:20]))
    for membership in members if named else ():
        found = _named(Actor.of(membership), named)
        if len(found) == 1:
            facts.case = found[0]
            return


@prepared
def _named(actor: Actor, references: tuple[str, ...]) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).filter(reference__in=references)[:2]


def _only_case(askers: Iterable[Writer]) -> Case | None:
    """The only one that somebody has in work with a partner."""
    for by in askers:
        if isinstance(by, Actor):
            found = _in_work(by)
            return found[0] if len(found) == 1 else None
    return None


@prepared
def _in_work(actor: Actor) -> QuerySet[Case]:
    mine = Case.objects.visible_to(actor).exclude(state__in=(CaseState.CLOSED, CaseState.MERGED))
    return mine.exclude(partner=None)[:2]


def _heard(parsed: Parsed, rules: Rules, askers: tuple[Asker, ...], channels: tuple[str, ...]) -> tuple[str, bool]:
    """The situation it tells of, if that belongs on a channel it was sent to; and whether it is surely about a case."""
    from trialogue.channels import hearing  # brings numpy, which nothing else here needs

    if not askers:
        return "", False
    reading, who = hearing.Reading(f"{parsed.subject}\n{parsed.text}"), askers[0].who
    about_case = (
        who != "public" and surely_elsewhere(rules, who, reading, lambda place: place.way != "case") is not None
    )
    situation = rules.situations.get(hearing.hear(reading).situation)
    return (situation.key if situation and situation.channel_for(who) in channels else ""), about_case


def _is_address(sender: str) -> bool:
    try:
        validate_email(sender)
    except ValidationError:
        return False
    return True


def _is_flood(sender: str, places: Iterable[Conversation], now: datetime) -> bool:
    """Whether there is no end of it: two programs that answer each other, and neither says that it is one."""
    if not sender:
        return False
    where = _lately(sender, now - FLOOD_WITHIN, most=FLOOD)
    return len(where) >= FLOOD or any(where.count(place.pk) >= FLOOD_IN_ONE for place in places)


@prepared
def _lately(sender: str, since: datetime, *, most: int) -> QuerySet[Letter, int | None]:
    found = Letter.objects.filter(sender=sender, arrived_at__gt=since).order_by("-pk")
    return found.values_list("conversation", flat=True)[:most]


def _copy_of(letter: Letter) -> str:
    """The first letter of which this one is a copy that came another way."""
    if not letter.likeness:
        return ""
    return next(iter(_alike(letter.likeness, letter.pk)), "")


@prepared
def _alike(likeness: str, before: int) -> QuerySet[Letter, str]:
    earlier = Letter.objects.filter(likeness=likeness, pk__lt=before).exclude(state=Letter.State.FAILED)
    return earlier.order_by("pk").values_list("public_id", flat=True)[:1]
