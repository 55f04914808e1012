from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.doors.mail.conftest import as_toml, box
from trialogue.doors.mail.models import Mailbox

AT = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_each_mailbox_is_shown_with_what_ails_it(trialogue, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.MAILBOXES = str(tmp_path / "mailboxes.toml")
    Path(settings.MAILBOXES).write_text(as_toml([box("help", 143), box("legal", 143), box("new", 143)]))
    Mailbox.objects.create(name="help", last_uid=7, last_ok_at=AT)
    legal = Mailbox.objects.create(name="legal", left=[5, 6])
    legal.ails("mx: it does not answer", AT)
    out, _err = trialogue("mailboxes")
    assert out.splitlines() == [
        "help: read to letter 7; last well 2026-03-09 08:00:00 UTC",
        "legal: read to letter 0; trouble since 2026-03-09 08:00:00 UTC: mx: it does not answer; could not be fetched and still there: 5, 6",
        "new: not read yet. Does a worker run?",
    ]


def test_where_none_is_read_it_is_said_how(trialogue) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue("mailboxes")
    assert "TRIALOGUE_MAILBOXES" in out
