from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mails import Mails


@pytest.fixture
def mails(settings) -> Iterator[type[Mails]]:  # type: ignore[no-untyped-def]
    settings.EMAIL_BACKEND = "tests.mails.Mails"
    settings.QUIET_SECONDS = 600
    Mails.sent.clear()
    Mails.troubles.clear()
    yield Mails
    Mails.sent.clear()
    Mails.troubles.clear()
