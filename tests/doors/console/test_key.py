from __future__ import annotations

import pytest
from django.core.management.base import CommandError

from tests.cast import Cast
from trialogue.events.models import Event
from trialogue.people.models import ApiKey


def test_create_prints_the_key_and_nothing_else(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    out, err = trialogue("key", "create", "--organisation", "Nordlys Energi A/S", "--environment", "test")
    key = ApiKey.objects.by_secret(out.strip())
    assert key is not None
    assert (key.organisation, key.environment) == (cast.clara.organisation, "test")
    assert "shown this once" in err


def test_the_log_says_that_it_came_from_the_console(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    trialogue("key", "create", "--organisation", "Nordlys Energi A/S", "--environment", "test")
    event = Event.objects.get(kind="key.issued")
    assert (event.via, event.organisation) == ("console", cast.clara.acting_for)


def test_an_organisation_is_found_in_any_case_and_by_its_public_id(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    for name in (" nordlys energi a/s ", cast.clara.acting_for):
        trialogue("key", "create", "--organisation", name, "--environment", "production")
    assert cast.clara.organisation.keys.count() == 2


@pytest.mark.parametrize("slip", ["Nordlys", "Nordlis Energi", "nordlys a/s"])
def test_an_unknown_organisation_is_told_with_the_nearest_names(cast: Cast, trialogue, slip: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match=f"no organisation called “{slip}”. Did you mean “Nordlys Energi A/S”"):
        trialogue("key", "create", "--organisation", slip, "--environment", "test")
    assert not ApiKey.objects.exists()


def test_with_nothing_near_it_tells_which_there_are(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="There are: Elsewhere Ltd, Fintegra, "):
        trialogue("key", "create", "--organisation", "ZZZ", "--environment", "test")


def test_in_an_empty_house_it_tells_how_to_add_one(trialogue) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="`trialogue organisation create` makes one"):
        trialogue("key", "create", "--organisation", "Nordlys", "--environment", "test")


@pytest.mark.parametrize("told", ["public_id", "shown", "secret"])
def test_revoke_takes_the_id_the_beginning_or_the_whole_key(cast: Cast, trialogue, told: str) -> None:  # type: ignore[no-untyped-def]
    key, secret = cast.clara.organisation.issue_key("test")
    words = {"public_id": key.public_id, "shown": f"{key.shown}…", "secret": secret}
    trialogue("key", "revoke", words[told])
    assert ApiKey.objects.by_secret(secret) is None


def test_revoking_twice_is_told(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    key, _secret = cast.clara.organisation.issue_key("test")
    trialogue("key", "revoke", key.public_id)
    with pytest.raises(CommandError, match=r"was revoked on .* already"):
        trialogue("key", "revoke", key.public_id)


def test_an_unknown_key_is_told_with_where_to_look(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match=r"There is no key “key_x”\. `trialogue key list`"):
        trialogue("key", "revoke", "key_x")


def test_list_shows_beginnings_and_never_a_key(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    key, secret = cast.clara.organisation.issue_key("test", name="ERP")
    other, _secret = cast.otto.organisation.issue_key("production")
    out, _err = trialogue("key", "list")
    assert key.public_id in out
    assert other.public_id in out
    assert "ERP" in out
    assert secret not in out
    out, _err = trialogue("key", "list", "--organisation", "Nordlys Energi A/S")
    assert other.public_id not in out
