from __future__ import annotations

import pytest
from django.core.management.base import CommandError

from tests.cast import Cast
from trialogue.clocks.models import Calendar
from trialogue.people.models import Organisation

SOLBERG = (
    "organisation",
    "create",
    "--name",
    "Solberg AS",
    "--kind",
    "client",
    "--country",
    "no",
    "--zone",
    "Europe/Oslo",
)


def test_create_adds_one_with_a_calendar_and_prints_its_id(trialogue) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue(*SOLBERG)
    made = Organisation.objects.get(public_id=out.strip())
    assert (made.name, made.country, made.kind) == ("Solberg AS", "NO", "client")
    assert Calendar.objects.filter(organisation=made).count() == 1


def test_a_client_may_be_brought_by_a_referral_partner(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    trialogue(*SOLBERG, "--referrer", "Fintegra")
    assert Organisation.objects.get(name="Solberg AS").referrer == cast.rita.organisation


@pytest.mark.parametrize(
    ("word", "wrong", "said"), [("--zone", "Mars/Base", "zone: “Mars/Base”"), ("--country", "XX", "country: “XX”")]
)
def test_what_no_organisation_can_be_is_told_by_field(trialogue, word: str, wrong: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match=said):
        trialogue(*SOLBERG, word, wrong)
    assert not Organisation.objects.exists()


def test_list_names_all(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue("organisation", "list")
    assert len(out.splitlines()) == Organisation.objects.count()
    assert cast.paul.acting_for in out
