from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection

from trialogue.doors.console import checks
from trialogue.lib.environ import Environ


def _found(id: str) -> list[CheckMessage]:
    return [message for message in run_checks(tags=["trialogue"]) if message.id == f"trialogue.{id}"]


def test_an_installation_as_the_tests_have_it_is_fine(db: None) -> None:
    assert run_checks(tags=["trialogue"]) == []


def test_a_setting_that_cannot_be_read_is_an_error_with_its_hint(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    env = Environ({"TRIALOGUE_QUIET_SECONDS": "soon"}, "TRIALOGUE_")
    env.number("QUIET_SECONDS", 600, about="")
    monkeypatch.setattr(checks, "env", env)
    (error,) = _found("E001")
    assert error.msg == "TRIALOGUE_QUIET_SECONDS: 'soon' cannot be used."
    assert error.hint == "Give a whole number from 0 to 1000000000."
    assert error.is_serious()


def test_a_variable_that_nothing_reads_is_told_with_what_was_meant(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    env = Environ({"TRIALOGUE_DATABSE_URL": "x", "TRIALOGUE_TEST_POSTGRES": "y", "HOME": "/"}, "TRIALOGUE_")
    env.text("DATABASE_URL", "", about="")
    monkeypatch.setattr(checks, "env", env)
    (warning,) = _found("W002")
    assert "TRIALOGUE_DATABSE_URL" in warning.msg
    assert warning.hint == "Did you mean TRIALOGUE_DATABASE_URL?"
    assert not warning.is_serious()


def test_a_folder_that_cannot_be_made_is_an_error(settings, tmp_path: Path, db: None) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("")
    settings.MAIL_FOLDER = str(tmp_path / "file" / "mail")
    (error,) = _found("E002")
    assert "outgoing mail would go there" in error.msg


def test_a_folder_that_may_not_be_written_to_is_an_error(settings, tmp_path: Path, db: None, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.MAIL_FOLDER = str(tmp_path)
    # Root may write anywhere, so the answer is given here.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert any(error.msg.startswith(f"{tmp_path} cannot be written to") for error in _found("E002"))


def test_a_demo_that_others_can_reach_is_an_error(settings, db: None) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = True
    settings.ALLOWED_HOSTS = ["*"]
    assert _found("E003") == []
    settings.BASE_URL = "http://192.168.1.4:8000"
    (error,) = _found("E003")
    assert "anyone could enter as anyone" in error.msg


def test_a_sqlite_too_old_is_an_error_where_it_is_used(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(checks.sqlite3, "sqlite_version_info", (3, 34, 1))
    assert len(_found("E004")) == (connection.vendor == "sqlite")


def test_an_object_store_without_its_package_is_an_error(settings, db: None, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "b"}}
    }
    assert _found("E005") == []
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert len(_found("E005")) == 1


@pytest.mark.parametrize(
    ("allowed", "fine"), [("trialogue.example", True), (".example", True), ("*", True), ("other.example", False)]
)
def test_an_address_that_is_not_allowed_is_an_error(settings, db: None, allowed: str, fine: bool) -> None:  # type: ignore[no-untyped-def]
    settings.BASE_URL = "https://trialogue.example"
    settings.ALLOWED_HOSTS = [allowed]
    assert (_found("E006") == []) is fine


def test_a_database_that_is_away_is_only_a_warning(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    class Away:
        vendor = "postgresql"

        def ensure_connection(self) -> None:
            raise checks.DatabaseError("connection refused")

    monkeypatch.setattr(checks, "connection", Away())
    (warning,) = _found("W001")
    assert "connection refused" in warning.msg
    assert not warning.is_serious()


@pytest.mark.parametrize(
    ("address", "fine"), [("https://cases.example.com", True), ("http://127.0.0.1:8000", True), ("http://cases.example.com", False)]
)  # fmt: skip
def test_ringing_without_tls_is_warned_of(settings, db: None, address: str, fine: bool) -> None:  # type: ignore[no-untyped-def]
    settings.BASE_URL = address
    assert _found("W003") == []
    settings.PUSH = True
    assert (_found("W003") == []) == fine
