"""A referral partner writes along: consent given, used, and withdrawn while it writes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import message, open_case, say, write
from trialogue.cases.models import Case
from trialogue.conversations.models import Consent, Message


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed(at=None)


def test_consent_is_given_used_and_withdrawn_while_the_referral_partner_writes(
    cast: Cast, sit: Sit, case: Case
) -> None:
    clara, paul, rita = (
        sit(cast.clara),
        sit(cast.paul),
        sit(cast.rita, quiet=True),
    )  # she is refused, which a browser notes
    open_case(rita, case)
    expect(rita.get_by_text("You read along. To write here, ask Nordlys Energi A/S to allow it.")).to_be_visible()
    open_case(clara, case)
    clara.get_by_role("button", name="Allow writing in this case").click()
    expect(
        rita.locator("#thread").get_by_text("Clara Holm allowed Fintegra to write along, in this case.")
    ).to_be_visible()

    open_case(rita, case)
    open_case(paul, case)
    say(rita, "We see new orders of this debtor")
    for reader in (clara, paul):
        expect(message(reader, "We see new orders of this debtor")).to_have_count(1)
    expect(paul.locator("#case-clocks").get_by_text("Fintegra")).to_be_visible()

    write(rita, "And one more thing, long thought about")
    clara.get_by_role("button", name="Withdraw").click()
    expect(rita.locator("#thread").get_by_text("no longer allows Fintegra to write along")).to_be_visible()
    rita.get_by_role("button", name="Send").click()
    expect(rita.get_by_text("or not any more").first).to_be_visible()
    assert (
        "And one more thing, long thought about"
        in rita.locator("#conversation").inner_text() + rita.get_by_label("What you want to say").input_value()
    )
    say(paul, "Thank you, that helps")
    expect(message(rita, "Thank you, that helps")).to_have_count(1)
    assert Message.objects.count() == 2
    assert not Consent.objects.in_force().exists()
