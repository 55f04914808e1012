from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trialogue.doors.console.main import introduction, settings_first


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "BASE_URL", "DEMO", "QUIET_SECONDS"):
        monkeypatch.setenv(f"TRIALOGUE_{name}", "")
        monkeypatch.delenv(f"TRIALOGUE_{name}")


def test_data_is_a_setting_and_no_word_of_any_command() -> None:
    assert settings_first(["key", "list", "--data", "somewhere"]) == ["key", "list"]
    assert os.environ["TRIALOGUE_DATA"] == os.path.abspath("somewhere")


def test_the_port_stands_in_the_address() -> None:
    assert settings_first(["serve", "--port", "8123"]) == ["serve", "--port", "8123"]
    assert os.environ["TRIALOGUE_BASE_URL"] == "http://127.0.0.1:8123"


def test_an_address_that_was_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOGUE_BASE_URL", "https://trialogue.example")
    settings_first(["serve", "--port", "8123"])
    assert os.environ["TRIALOGUE_BASE_URL"] == "https://trialogue.example"


def test_only_a_demo_opens_the_entrances() -> None:
    settings_first(["serve"])
    assert "TRIALOGUE_DEMO" not in os.environ
    settings_first(["demo"])
    assert (os.environ["TRIALOGUE_DEMO"], os.environ["TRIALOGUE_QUIET_SECONDS"]) == ("1", "60")


def test_words_of_other_commands_are_left_alone() -> None:
    words = ["key", "create", "--organisation", "Nordlys", "--port", "x"]
    assert settings_first(words) == words


def test_without_words_it_lists_our_commands_with_a_line_each() -> None:
    told = introduction()
    for name in ("calendar", "check", "demo", "evidence", "key", "organisation", "person", "prepare", "serve", "work"):
        assert f"\n  {name:14}" in told
    assert "startapp" not in told


def _trialogue(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "trialogue", *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_a_data_folder_that_cannot_be_made_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = _trialogue("check", TRIALOGUE_DATA=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "Set TRIALOGUE_DATA to a folder that you may write to." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_that_cannot_be_used_stops_a_command_before_it_does_anything(tmp_path: Path) -> None:
    done = _trialogue("work", "--once", TRIALOGUE_DATA=str(tmp_path), TRIALOGUE_DATABASE_URL="mysql://localhost/x")
    assert done.returncode == 1
    assert "(trialogue.E001) TRIALOGUE_DATABASE_URL: 'mysql://localhost/x' cannot be used." in done.stderr
    assert "Give an address that begins with" in done.stderr
    assert not (tmp_path / "trialogue.sqlite3").exists()
