"""API keys: shown once, kept as digests, for one organisation and one environment, revocable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from tests.cast import Cast
from trialogue.events.models import Event
from trialogue.people.models import ApiKey, Refused, Role


@pytest.mark.parametrize("environment", ["production", "test"])
def test_a_key_opens_its_organisation_and_environment(cast: Cast, environment: str) -> None:
    key, secret = cast.clara.organisation.issue_key(environment, name=" till ", by=cast.clara)
    found = ApiKey.objects.by_secret(secret)
    assert found == key
    assert (found.organisation, found.environment, found.name) == (cast.clara.organisation, environment, "till")


def test_the_secret_is_not_kept_and_its_beginning_tells_keys_apart(cast: Cast) -> None:
    made = [cast.clara.organisation.issue_key("test", by=cast.clara) for _ in range(5)]
    table = str(list(ApiKey.objects.values()))
    for key, secret in made:
        assert secret not in table
        assert secret.startswith(key.shown)
        assert len(secret) - len(key.shown) > 30  # what is shown gives nothing away
    assert len({key.shown for key, _secret in made}) == 5


@pytest.mark.parametrize("wrong", ["", "x", "tri_test_", "\x00", "é" * 40])
def test_a_wrong_key_opens_nothing(cast: Cast, wrong: str) -> None:
    _key, secret = cast.clara.organisation.issue_key("test", by=cast.clara)
    assert ApiKey.objects.by_secret(wrong) is None
    assert ApiKey.objects.by_secret(secret[:-1]) is None
    assert ApiKey.objects.by_secret(secret.upper()) is None


def test_a_revoked_key_opens_nothing_from_then_on(cast: Cast) -> None:
    key, secret = cast.clara.organisation.issue_key("test", by=cast.clara)
    key.revoke(by=cast.clara)
    assert ApiKey.objects.by_secret(secret) is None


def test_revoked_twice_is_told_once_and_keeps_the_first_moment(cast: Cast) -> None:
    key, _secret = cast.clara.organisation.issue_key("test", by=cast.clara)
    other = ApiKey.objects.get(pk=key.pk)
    key.revoke(by=cast.clara)
    first = ApiKey.objects.get(pk=key.pk).revoked_at
    other.revoke(by=cast.clara)
    assert ApiKey.objects.get(pk=key.pk).revoked_at == first
    assert Event.objects.filter(kind="key.revoked").count() == 1


def test_only_an_admin_of_that_organisation_issues_and_revokes(cast: Cast) -> None:
    key, secret = cast.clara.organisation.issue_key("test", by=cast.clara)
    for someone in (cast.carl, cast.otto, cast.paul, cast.olga, replace(cast.clara, role=Role.MEMBER, person=None)):
        with pytest.raises(Refused, match="Only an admin"):
            cast.clara.organisation.issue_key("test", by=someone)
        with pytest.raises(Refused, match="Only an admin"):
            key.revoke(by=someone)
    assert ApiKey.objects.by_secret(secret) == key


def test_the_console_may_issue_one_without_a_person(cast: Cast) -> None:
    _key, secret = cast.clara.organisation.issue_key("production")
    assert ApiKey.objects.by_secret(secret)
    assert Event.objects.get(kind="key.issued").via == "system"


def test_an_unknown_environment_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.clara.organisation.issue_key("staging", by=cast.clara)
    assert "environment" in refused.value.message_dict
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
def test_a_name_that_cannot_be_kept_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        cast.clara.organisation.issue_key("test", name=name, by=cast.clara)
    assert "name" in refused.value.message_dict
