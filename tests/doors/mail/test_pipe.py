"""`trialogue receive < letter.eml`, as a mail server's pipe calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.doors.mail.conftest import letter
from tests.scanner import nowhere
from tests.serving import PATIENCE, House, address_of
from trialogue.letters.models import LARGEST, Letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> House:
    return House(address_of(connection.settings_dict), tmp_path)


def receive(house: House, raw: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "trialogue", "receive", *words]
    return subprocess.run(command, env=house.environment(), input=raw, capture_output=True, timeout=PATIENCE)


def test_a_letter_is_kept_and_its_id_printed(house: House) -> None:
    raw = letter(1, b"\0\xff\n\r\n.\n")
    done = receive(house, raw, "--from", "clara@nordlys.example", "--to", "help@trialogue.example", "--to", "legal@trialogue.example")  # fmt: skip
    one = Letter.objects.get()
    assert (done.returncode, done.stdout.decode().strip()) == (0, one.public_id), done.stderr
    assert (one.raw, one.door, one.envelope_from) == (raw, "pipe", "clara@nordlys.example")
    assert one.envelope_to == ["help@trialogue.example", "legal@trialogue.example"]


@pytest.mark.parametrize("raw", [b"", b" \r\n\n", b"x" * (LARGEST + 1)], ids=["nothing", "blank", "too large"])
def test_what_is_no_letter_is_refused_for_good(house: House, raw: bytes) -> None:
    done = receive(house, raw)
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr
    assert not Letter.objects.exists()


def test_what_the_letter_cannot_help_has_the_mail_server_try_again(house: House, tmp_path: Path) -> None:
    away = House(f"postgresql://nobody@{nowhere()}/none", tmp_path)
    unprepared = House(f"sqlite:///{tmp_path}/empty.sqlite3", tmp_path)
    misread = House(house.database, tmp_path, {"QUIET_SECONDS": "soon"})
    shut = House(house.database, Path("/proc/nowhere"), {"SECRET_KEY": ""})
    done = [receive(one, letter(1)) for one in (away, unprepared, misread, shut)]
    assert [one.returncode for one in done] == [75] * 4, done
    assert all(one.stderr and b"Traceback" not in one.stderr for one in done)
