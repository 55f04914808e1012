from __future__ import annotations

import pytest

from tests.articles.written import Writer
from tests.cast import Cast
from trialogue.articles.models import Collection


@pytest.fixture
def written(cast: Cast) -> Writer:
    return Writer(cast)


@pytest.fixture
def collection(written: Writer) -> Collection:
    return written.collection
