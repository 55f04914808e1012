"""`trialogue policy`: what a file would change is told before it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.cast import Cast
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.clocks.models import Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(
        shipped().replace("sales@trialogue.example", "hello@debts.example").replace("within = 48", "within = 24", 1)
    )
    return path


def test_plan_tells_every_change_and_the_clocks_it_touches_and_does_nothing(
    cast: Cast, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.conversation().post(by=cast.clara, body="Any news?")
    call_command("policy", "plan", file)
    said = capsys.readouterr().out
    assert "~ channel sales address: sales@trialogue.example → hello@debts.example" in said
    assert "~ promise reply within: 48 → 24" in said
    assert "! reply: 24 business hours. Running clocks: 1;" in said
    assert "0 would be due later, 1 earlier, 0 as now" in said
    assert Edition.in_force().number == 1


def test_apply_history_and_rollback(cast: Cast, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("policy", "apply", file, "--why", "New address")
    assert "Edition 2 is in force. `trialogue policy rollback 1` undoes it." in capsys.readouterr().out
    assert Policy.objects.filter(promise="reply").count() == 2
    call_command("policy", "rollback", 1)
    capsys.readouterr()
    call_command("policy", "history")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert "New address" in lines[1]
    assert "Trialogue Operations" in lines[1]


def test_applying_what_is_in_force_already_makes_no_edition(
    cast: Cast, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(shipped())
    call_command("policy", "apply", file)
    assert "Nothing would change." in capsys.readouterr().out
    assert Edition.objects.count() == 1


def test_show_prints_what_apply_takes(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("policy", "show")
    assert capsys.readouterr().out == shipped()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"[hours", "Line 1: This is no TOML"), (b"\xff\xfe", "no text in UTF-8"), (None, "No such file")],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    cast: Cast, tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=says):
        call_command("policy", "apply", path)
    assert Edition.objects.count() == 1


def test_there_is_no_edition_of_a_number_that_never_was(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no edition 7"):
        call_command("policy", "rollback", 7)
    with pytest.raises(CommandError, match="no edition 7"):
        call_command("policy", "show", "--edition", "7")


def test_without_an_operator_there_is_nobody_to_adopt_it(db: None, file: Path) -> None:
    with pytest.raises(CommandError, match="no operator yet"):
        call_command("policy", "apply", file)
