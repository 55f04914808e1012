from __future__ import annotations

import pytest

from tests.cast import MONDAY, Cast
from trialogue.people.models import Visitor
from trialogue.requests.models import Request


@pytest.fixture
def asked(cast: Cast) -> Request:
    """Clara has asked the operator something about the platform."""
    told = {"channel": "platform", "subject": "Cannot sign in", "body": "The page stays white."}
    return Request.open(by=cast.clara, at=MONDAY, **told)


@pytest.fixture
def visited(cast: Cast) -> Request:
    """Somebody without an account has asked about prices."""
    told = {
        "channel": "sales",
        "subject": "Prices",
        "body": "What does it cost?",
        "name": "Vera",
        "email": "vera@example.com",
    }
    return Request.open(by=Visitor(), at=MONDAY, **told)
