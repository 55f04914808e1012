"""Where a letter belongs, as a table: what it says, what we know, what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from trialogue.channels.rules import shipped_rules
from trialogue.letters.route import (
    PROBLEMS,
    REASONS,
    Again,
    Append,
    Asker,
    Hold,
    Known,
    Note,
    Open,
    Place,
    Refuse,
    Route,
    route,
)
from trialogue.lib.mailtext import Address, Document, Parsed, problems

RULES = shipped_rules()
CLIENT, PARTNER = Asker("org_client", "client"), Asker("org_partner", "collection_partner")
REFERRER, REFERRED = Asker("org_referrer", "referral_partner"), Asker("org_referred", "referred_client")
VISITOR = Asker("", "public")
MINE = Place("con_1", "token", "Upload fails", writes=True)
THREAD = Place("con_1", "thread", "Upload fails", writes=True)


def letter(text: str = "It fails again.", topic: str = "Upload fails", **told: Any) -> Parsed:
    told = {"sender": Address("clara@nordlys.example"), **told}
    return Parsed(text=text, topic=topic, subject=f"Re: {topic}", **told)


def known(**told: Any) -> Known:
    return Known(**{"proof": "proven", "is_known": True, "askers": (CLIENT,), **told})


def stranger(**told: Any) -> Known:
    return Known(**{"askers": (VISITOR,), **told})


TABLE: dict[str, tuple[Parsed, Known, Route]] = {
    # answers to an address that we gave out
    "its owner answers": (letter(), known(places=(MINE,)), Append(MINE)),
    "with another subject": (letter(topic="Invoice"), known(places=(MINE,)), Append(MINE, "Invoice")),
    "without a subject": (letter(topic=""), known(places=(MINE,)), Append(MINE)),
    "a visitor answers": (letter(), stranger(proof="proven", places=(MINE,)), Append(MINE)),
    "the token before the thread": (letter(), known(places=(MINE, Place("con_2", "thread", "", True))), Append(MINE)),
    "a colleague answers": (
        letter(), known(places=(Place("con_1", "token", "Upload", True, theirs=False, colleague=True),)),
        Append(Place("con_1", "token", "Upload", True, theirs=False, colleague=True)),
    ),
    "its owner, not proven": (letter(), known(proof="unknown", places=(MINE,)), Hold("unproven", MINE)),
    "its owner, forged": (letter(), known(proof="refuted", places=(MINE,)), Hold("forged", MINE)),
    "somebody else's token": (
        letter(), known(places=(Place("con_1", "token", "", True, theirs=False),)),
        Hold("not_theirs", Place("con_1", "token", "", True, theirs=False)),
    ),
    "a stranger has a token": (
        letter(), stranger(proof="proven", places=(Place("con_1", "token", "", False, theirs=False),)),
        Hold("not_theirs", Place("con_1", "token", "", False, theirs=False)),
    ),
    "a removed member answers": (
        letter(), known(askers=(), places=(Place("con_1", "token", "", False),)),
        Refuse("no_longer", Place("con_1", "token", "", False)),
    ),
    "a token of the wrong letters": (letter(), known(is_to_reply=True), Hold("lost_token")),
    "a lost token, and a channel": (
        letter(), known(is_to_reply=True, channels=("platform",)), Open("platform", ("platform",), CLIENT),
    ),
    "too many answers": (letter(), known(is_flood=True, places=(MINE,)), Hold("flood", MINE)),
    # what continues by what it answers to, or by a number
    "a proven thread": (letter(), known(channels=("platform",), places=(THREAD,)), Append(THREAD)),
    "a thread, another subject": (
        letter(topic="Invoice"), known(channels=("platform",), places=(THREAD,)),
        Open("platform", ("platform",), CLIENT),
    ),
    "a number of one's own": (
        letter(topic="R-2026-000001 and an invoice"),
        known(channels=("platform",), places=(Place("con_1", "number", "Upload", True),)),
        Append(Place("con_1", "number", "Upload", True)),
    ),
    "a guessed number": (
        letter(), known(channels=("platform",), places=(Place("con_1", "number", "Upload", False),)),
        Open("platform", ("platform",), CLIENT),
    ),
    "a stolen thread": (
        letter(), stranger(channels=("sales",), places=(THREAD,)), Open("sales", ("sales",), VISITOR),
    ),
    "a stolen thread, and a known From": (
        letter(), known(proof="unknown", channels=("platform",), places=(THREAD,)), Hold("unproven"),
    ),
    # what is new
    "a client asks": (letter(), known(channels=("platform",)), Open("platform", ("platform",), CLIENT)),
    "about a case": (
        letter(), known(channels=("platform",), case="Q8XAXF3W", situation="bulk_upload"),
        Open("platform", ("platform",), CLIENT, "bulk_upload", "Q8XAXF3W"),
    ),
    "two addresses, one request": (
        letter(), known(askers=(REFERRER,), channels=("business", "technical")),
        Open("business", ("business", "technical"), REFERRER),
    ),
    "the stricter promise": (
        letter(), known(askers=(REFERRER,), channels=("business", "critical")),
        Open("critical", ("business", "critical"), REFERRER),
    ),
    "a client at the referral partners' address": (
        letter(), known(askers=(REFERRED,), channels=("technical",)),
        Open("platform", ("technical",), REFERRED, turned_from="technical"),
    ),
    "a referral partner at the clients' address": (
        letter(), known(askers=(REFERRER,), channels=("platform",)),
        Open("technical", ("platform",), REFERRER, turned_from="platform"),
    ),
    "open to one of two organisations": (
        letter(), known(askers=(CLIENT, REFERRER), channels=("technical",)), Open("technical", ("technical",), REFERRER),
    ),
    "a stranger asks sales": (letter(), stranger(channels=("sales",)), Open("sales", ("sales",), VISITOR)),
    "a stranger at the clients' address": (
        letter(), stranger(channels=("platform",)), Open("sales", ("platform",), VISITOR, turned_from="platform"),
    ),
    "a forged stranger": (letter(), stranger(proof="refuted", channels=("sales",)), Hold("forged")),
    "a known From, not proven": (letter(), known(proof="unknown", channels=("platform",)), Hold("unproven")),
    "one of us": (letter(), known(is_staff=True, askers=(), channels=("platform",)), Hold("from_us")),
    "to none of ours": (letter(), known(), Hold("no_address")),
    "to where nobody reads": (letter(), known(is_to_notices=True), Refuse("not_read")),
    "to where nobody reads, a stranger": (letter(), stranger(is_to_notices=True), Hold("no_address")),
    "too many": (letter(), known(is_flood=True, channels=("platform",)), Hold("flood")),
    "no answer can reach it": (letter(), stranger(is_answerable=False, channels=("sales",)), Hold("unanswerable")),
    "nobody wrote it": (letter(sender=None), stranger(channels=("sales",)), Hold("no_sender")),
    "it says nothing": (letter(text=" "), known(channels=("platform",)), Note("empty")),
    "only a document": (
        letter(text="", documents=(Document("error.txt", "text/plain", b"500"),)), known(channels=("platform",)),
        Open("platform", ("platform",), CLIENT),
    ),
    # machines, copies, ourselves: before anybody's rights are asked
    "our own mail": (letter(mark="support.example"), known(places=(MINE,)), Note("loop")),
    "our own address": (letter(), known(is_ours=True, channels=("platform",)), Note("loop")),
    "on holiday": (letter(machine="vacation"), known(places=(MINE,)), Note("vacation")),
    "a bounce": (letter(machine="bounce"), stranger(channels=("sales",)), Note("bounce")),
    "a machine of its own kind": (letter(machine="fax"), stranger(channels=("sales",)), Note("machine")),
    "a copy": (
        letter(), known(copy_of="let_1", channels=("technical",), places=(MINE,)), Again("let_1", ("technical",)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_a_letter_belongs(case: str) -> None:
    parsed, what_we_know, where = TABLE[case]
    assert route(parsed, what_we_know, RULES) == where


def test_every_reason_is_told_in_words() -> None:
    assert {where.reason for _parsed, _known, where in TABLE.values()} <= set(REASONS)
    assert all(str(words) for words in REASONS.values())


def test_nothing_unproven_is_ever_appended() -> None:
    for proof in ("unknown", "refuted"):
        for place in (MINE, THREAD, Place("con_1", "number", "", True), Place("con_1", "token", "", True, False, True)):
            told = known(proof=proof, places=(place,), channels=("platform",))
            assert not isinstance(route(letter(), told, RULES), Append)
            assert not isinstance(route(letter(), stranger(proof=proof, places=(place,)), RULES), Append)


def test_whatever_can_be_wrong_with_a_letter_has_words_that_can_be_translated() -> None:
    assert {code: str(words) for code, words in PROBLEMS.items()} == problems.WORDS
