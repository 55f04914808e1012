from __future__ import annotations

import pytest

from tests.channels.said import FILES, PLACES, Score, said
from trialogue.channels.hearing import elsewhere

CASE = PLACES["case"]


def test_what_was_held_out_is_sent_elsewhere_rightly() -> None:
    """The bar. Measured: 1.00 at 0.98; the slack is for lines that are added to sentences.toml."""
    score = Score.of(said("held_out"))
    assert score.rightly + score.missed > 100 < score.wrongly + score.left
    assert score.precision >= 0.95
    assert score.recall >= 0.85


def test_in_a_third_voice_the_bar_is_reached() -> None:
    """Measured at first sight: 1.00 at 0.93; now 0.98 at 0.98."""
    score = Score.of(said("held_out_third"))
    assert score.rightly + score.missed > 50 < score.wrongly + score.left
    assert score.precision >= 0.95
    assert score.recall >= 0.85


def test_in_a_fourth_voice_it_is_worse_but_not_bad() -> None:
    """Below the bar, and said so: 0.81 at 0.77 at first sight, 0.88 at 0.88 since words have families. Never tuned by."""
    score = Score.of(said("held_out_fourth"))
    assert score.rightly + score.missed > 40
    assert score.precision >= 0.85
    assert score.recall >= 0.85


@pytest.mark.parametrize("language", ["en", "de", "da"])
def test_no_language_is_heard_much_worse(language: str) -> None:
    score = Score.of(one for one in said("held_out") if one.language == language)
    assert score.precision >= 0.93
    assert score.recall >= 0.8


def test_ordinary_talk_is_never_sent_elsewhere() -> None:
    talk = [one for file in FILES for one in said(file) if "talk" in one.right]
    assert len(talk) > 40
    assert [one.text for one in talk if one.is_sent_elsewhere] == []


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!", "Danke, alles klar", "Tak for det", "ok", "Hi Paul", "Jonathan Meyer", "4.500 EUR", "500", "404",
        "See attached", "siehe Anhang", "se vedhæftet fil", "Agreed", "Ja, gerne", "DC-48213", "+45 20 30 40 50",
        "clara@example.com", "https://example.com/invoice/401", "DE89 3704 0044 0532 0130 00", "👍", "", "qzx wvk jjq",
        "Clara Holm\nFinance\nExample ApS\nVestergade 4, 8000 Aarhus\n+45 20 30 40 50\nclara@example.com",
    ],
)  # fmt: skip
def test_greetings_names_amounts_and_numbers_stay_where_they_are(text: str) -> None:
    assert all(elsewhere(text, here) is None for here in PLACES.values())


@pytest.mark.parametrize("text", ["Please call me back", "Bitte rufen Sie mich an", "Kan vi skrive på WhatsApp?"])
def test_who_wants_to_telephone_is_not_sent_away_since_no_place_is_for_that(text: str) -> None:
    assert elsewhere(text, CASE) is None


def test_what_is_mainly_about_the_case_stays_though_it_mentions_the_portal() -> None:
    about_the_case = "The debtor has paid the first instalment and disputes the rest. His lawyer wrote to us. "
    assert elsewhere(about_the_case * 3 + "I cannot log in to the portal.", CASE) is None
    assert elsewhere("I cannot log in to the portal.", CASE) is not None


def test_a_greeting_before_and_thanks_after_change_nothing() -> None:
    heard = elsewhere("Hi Paul,\n\nI cannot log in to the platform any more.\n\nThanks a lot\nClara", CASE)
    assert heard is not None
    assert heard.situation == "platform"
    assert heard.language == "en"
    assert any("log in" in reason for reason in heard.reasons)


def test_a_place_keeps_what_it_is_for() -> None:
    assert elsewhere("I cannot log in to the platform", {"platform"}) is None
    assert elsewhere("The debtor paid the first instalment", {"platform"}) is not None
    assert elsewhere("The debtor paid the first instalment", CASE) is None


def test_doubt_between_two_that_are_both_elsewhere_is_no_doubt() -> None:
    """How to do something on the platform, or a problem with it: either way it is not about the case."""
    heard = elsewhere("How do I change my password?", CASE)
    assert heard is not None
    assert heard.situation in {"how_to", "platform"}


def test_where_everything_belongs_nothing_is_elsewhere() -> None:
    everything = {name for here in PLACES.values() for name in here} | {"strategy", "sales", "legal"}
    assert elsewhere("I cannot log in to the platform", everything) is None
