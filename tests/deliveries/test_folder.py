"""Outgoing mail as files, for the demo."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from tests.cast import MONDAY, Cast
from trialogue.deliveries.rounds import send_due


def test_each_mail_is_a_whole_file(cast: Cast, settings) -> None:  # type: ignore[no-untyped-def]
    settings.EMAIL_BACKEND = "trialogue.deliveries.carriers.folder.EmailBackend"
    case = cast.released(at=MONDAY)
    assert send_due(MONDAY + timedelta(hours=1)) == 4
    files = list(Path(settings.MAIL_FOLDER).iterdir())
    assert len(files) == 4
    assert {path.suffix for path in files} == {".eml"}
    for path in files:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert mail["Subject"] == f"Case {case}"
