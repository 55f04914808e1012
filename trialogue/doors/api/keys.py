"""Who a bearer key speaks for. Knows nothing of the API's framework, so that the stream can ask the same."""

from __future__ import annotations

from trialogue.people.models import Actor, ApiKey


def is_bearer(authorization: str) -> bool:
    """Whether this `Authorization` header claims to carry a key; another scheme belongs to someone else."""
    return authorization.lstrip()[:6].lower() == "bearer"


def key_of(authorization: str) -> ApiKey | None:
    """The key in an `Authorization` header, with its organisation; None if it is missing, wrong or revoked."""
    scheme, _space, secret = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return None
    return ApiKey.objects.by_secret(secret.strip())


def actor_of(key: ApiKey) -> Actor:
    return Actor(key.organisation, environment=key.environment, via="api")


def actor_of_key(authorization_header: str) -> Actor | None:
    """The organisation and environment that a header's key speaks for; None if it is missing, wrong or revoked."""
    key = key_of(authorization_header)
    return actor_of(key) if key else None
