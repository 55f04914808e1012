"""Each letter of the corpus belongs where its page says (`route`), when those who claim to have written it have; and each finds an end."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.test import override_settings

from tests.cast import MONDAY, Cast
from tests.letters.post import SETTINGS
from trialogue.channels.rules import shipped_rules
from trialogue.letters.models import Letter, State
from trialogue.letters.rounds import file_due
from trialogue.letters.route import Asker, Known, Place, route
from trialogue.lib.mailtext import Parsed, parse

HERE = Path(__file__).parent
LETTERS = sorted(path.stem for path in HERE.glob("*.eml"))
RULES = shipped_rules()
WHO = {"paul": "collection_partner", "petra": "collection_partner", "rita": "referral_partner"}


def known(parsed: Parsed) -> Known:
    """A world in which everybody is who they say, and answers to what they got."""
    name = parsed.sender.email.partition("@")[0] if parsed.sender else ""
    addresses = [recipient.address.email for recipient in parsed.recipients]
    replies = any(address.startswith("reply+") for address in addresses)
    channels = tuple(dict.fromkeys(told.key for each in addresses if (told := RULES.at_address(each))))
    return Known(
        proof="proven" if len(parsed.senders) == 1 else "unknown", is_known=name != "", is_staff=name == "olga",
        is_ours=name.startswith("reply+"), is_to_reply=replies, channels=channels,
        places=(Place("con_1", "token", "", writes=True),) if replies else (),
        askers=(Asker("org_1", WHO.get(name, "client")),),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_belongs_where_its_page_says(name: str) -> None:
    parsed = parse((HERE / f"{name}.eml").read_bytes())
    assert route(parsed, known(parsed), RULES).reason == tomllib.loads((HERE / f"{name}.toml").read_text())["route"]


@pytest.mark.django_db(transaction=True)
@override_settings(**SETTINGS)
def test_every_letter_finds_an_end(cast: Cast) -> None:
    """None of them fails, none stops another, and what no machine wrote waits for somebody or has become a request."""
    for name in LETTERS:
        Letter.keep((HERE / f"{name}.eml").read_bytes(), door="pipe", at=MONDAY)
    while file_due(MONDAY):
        pass
    left = {letter.reason for letter in Letter.objects.filter(state__in=(State.ARRIVED, State.FAILED))}
    assert left == set()
    assert Letter.objects.count() == len(LETTERS) > 100
    assert {"opened", "moved", "bounce", "vacation", "unproven"} & set(Letter.objects.values_list("reason", flat=True))
