from __future__ import annotations

import time
import tomllib
from importlib.resources import files
from itertools import combinations

import pytest

from tests.channels.said import FILES, PLACES, said
from trialogue.channels.hearing import LONGEST_REASON, READ_FIRST, READ_LAST, Heard, hear
from trialogue.channels.rules import read, shipped

# That an answer is overdue is known by its clock and need not be heard, though people say so. Talk belongs anywhere.
SAID = {*read(shipped()).situations, "talk"}
SITUATIONS = SAID - {"unanswered"}
WRITTEN = tomllib.loads((files("trialogue.channels") / "sentences.toml").read_text("utf-8"))


def lines(situation: str, language: str) -> list[str]:
    return [line.strip() for line in WRITTEN[situation][language].splitlines() if line.strip()]


# What it learns from


def test_there_are_lines_for_each_situation_of_the_policy_and_for_talk() -> None:
    assert set(WRITTEN) == SITUATIONS


@pytest.mark.parametrize("situation", sorted(SITUATIONS))
def test_each_situation_is_learned_from_forty_lines_or_more_in_three_languages(situation: str) -> None:
    counts = {language: len(lines(situation, language)) for language in ("en", "de", "da")}
    assert sum(counts.values()) >= 40
    assert min(counts.values()) >= 10


def test_what_it_is_judged_by_is_never_learned_from_and_is_written_once() -> None:
    learned = {line.casefold() for of in WRITTEN.values() for text in of.values() for line in text.splitlines()}
    learned |= {
        word.strip().casefold() for of in WRITTEN.values() for word in of["words"].replace("\n", " ").split("|")
    }
    asked = {file: {one.text.casefold() for one in said(file)} for file in FILES}
    assert [text for texts in asked.values() for text in texts if text in learned] == []
    assert [one & other for one, other in combinations(asked.values(), 2) if one & other] == []


def test_there_is_enough_to_judge_by() -> None:
    assert len(list(said("held_out"))) >= 200
    assert sum(len(list(said(file))) for file in FILES) >= 450
    for file in FILES:
        assert {one.language for one in said(file)} == {"en", "de", "da"}
        assert {one.place for one in said(file)} == PLACES.keys()
        assert {situation for one in said(file) for situation in one.right} <= SAID


# What it hears


def test_the_situation_is_right_for_nine_of_ten_that_were_held_out() -> None:
    """Measured: 0.99. The slack is for lines that are added to sentences.toml."""
    sentences = list(said("held_out"))
    assert sum(hear(one.text).situation in one.right for one in sentences) / len(sentences) >= 0.9


def test_the_language_is_right_for_nineteen_of_twenty() -> None:
    sentences = list(said("held_out"))
    assert sum(hear(one.text).language == one.language for one in sentences) / len(sentences) >= 0.95


@pytest.mark.parametrize(
    ("text", "situation"),
    [
        ("I CANNOT LOG IN!!!", "platform"),
        ("pasword forgotten, cant login", "platform"),
        ("Koennen Sie mein Passwort zuruecksetzen?", "platform"),
        ("Können Sie mein Passwort zurücksetzen?", "platform"),
        ("Konnen Sie mein Passwort zurucksetzen?", "platform"),
        ("Min adgangskode er spærret", "platform"),
        ("Min adgangskode er spaerret", "platform"),
        ("Ich can't log in, bitte hilfe", "platform"),
        ("Please send me your DPA", "compliance_documents"),
        ("Kan vi skrive på WhatsApp?", "phone"),
        ("Unser Webhook bekommt 401", "integration"),
        ("The debtor pays 500 EUR", "case"),
        ("Tak!", "talk"),
    ],
)
def test_typos_capitals_missing_marks_and_mixed_languages_are_understood(text: str, situation: str) -> None:
    assert hear(text).situation == situation


@pytest.mark.parametrize("text", ["", "   \n", "👍", "....", "ζξ ψφ χω", "qzx wvk jjq"])
def test_what_cannot_be_told_is_not_told(text: str) -> None:
    assert hear(text) == Heard("", 0.0, "", (), ())


def test_shares_are_ranked_from_the_largest() -> None:
    heard = hear("Where do I find the documentation of the API?")
    assert heard.ranked[0] == (heard.situation, heard.confidence)
    shares = [share for _, share in heard.ranked]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.0001


# Why


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hi Paul, since yesterday I cannot log in.", "log in"),
        ("Bitte schicken Sie uns den Auftragsverarbeitungsvertrag", "Auftragsverarbeitungsvertrag"),
        ("Kan I sende jeres DATABEHANDLERAFTALE", "DATABEHANDLERAFTALE"),
    ],
)
def test_the_words_that_decided_are_told(text: str, reason: str) -> None:
    assert any(reason in told for told in hear(text).reasons)


def test_reasons_stand_in_the_text_letter_for_letter() -> None:
    for one in said("tuning"):
        reasons = hear(one.text).reasons
        assert all(reason in one.text and len(reason) <= LONGEST_REASON for reason in reasons)
        assert len(reasons) == len(set(reasons)) <= 3


def test_small_words_are_no_reason_by_themselves() -> None:
    told = {reason.casefold() for one in said("tuning") for reason in hear(one.text).reasons}
    assert told & {"the", "a", "is", "der", "die", "ist", "jeg", "er", "en", "my", "we"} == set()
    assert len(told) > 300


# How much it reads


def test_of_a_long_text_the_middle_is_not_read() -> None:
    filling = "na " * 20_000
    middle = filling + "The debtor has paid the invoice. " + filling
    assert hear(middle) == hear(filling * 2)
    assert hear("The debtor has paid the invoice. " + filling).situation == "case"
    assert hear(filling + " The debtor has paid the invoice.").situation == "case"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 3_000_000,
        "a " * 1_000_000,
        ". " * 1_000_000,
        "a@" * 1_000_000,
        "https://" * 300_000,
        "é'" * 1_000_000,
        "\x00\ud800\u202e\ufffe" * 500_000,
        "ﷺ" * 1_000_000,
        "1." * 1_000_000,
    ],
    ids=[
        "a word",
        "words",
        "sentences",
        "at signs",
        "addresses",
        "apostrophes",
        "no characters",
        "one that grows",
        "numbers",
    ],
)
def test_hostile_text_costs_no_more_than_what_is_read(text: str) -> None:
    """A hundredfold slack: measured 0.1 to 3 ms each. What is not linear would need minutes."""
    hear("learned before the clock starts")
    begun = time.process_time()
    hear(text)
    assert time.process_time() - begun < 1
    assert READ_FIRST + READ_LAST <= 2000
