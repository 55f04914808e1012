from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command


@pytest.fixture
def trialogue(db: None):  # type: ignore[no-untyped-def]
    """Runs a command; answers with what it wrote to standard output and to standard error."""

    def run(*words: str, **options: Any) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command(*words, stdout=out, stderr=err, **options)
        return out.getvalue(), err.getvalue()

    return run
