"""What a malware scanner is asked, and what is made of its answers."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tests.scanner import BAD, SIGNATURE, Scanner, nowhere, scanning
from trialogue.lib.clamd import Away, Unsure, parse, scan


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with scanning() as found:
        yield found


def test_a_clean_file_is_given_whole_and_nothing_is_found(scanner: Scanner) -> None:
    content = bytes(range(256)) * 1000  # several pieces
    assert scan(BytesIO(content), parse(scanner.address)) == ""
    assert scanner.seen == [content]


def test_what_is_found_is_named(scanner: Scanner) -> None:
    assert scan(BytesIO(BAD), parse(scanner.address)) == SIGNATURE


def test_over_a_socket_as_well(tmp_path: Path) -> None:
    with scanning(tmp_path / "clamd.ctl") as scanner:
        assert scan(BytesIO(BAD), parse(f"unix:{scanner.address}")) == SIGNATURE


def test_an_empty_file_is_clean(scanner: Scanner) -> None:
    assert scan(BytesIO(b""), parse(scanner.address)) == ""


def test_nobody_there_is_away() -> None:
    with pytest.raises(Away, match="ConnectionRefusedError"):
        scan(BytesIO(b"x"), parse(nowhere()))


def test_no_socket_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(Away):
        scan(BytesIO(b"x"), str(tmp_path / "none"))


@pytest.mark.parametrize("said", ["Can't allocate memory ERROR", "stream: FOUND", "OK", "stream: OK really"])
def test_an_answer_that_is_no_verdict_is_not_taken_for_one(scanner: Scanner, said: str) -> None:
    scanner.server.says = said
    with pytest.raises(Unsure, match=said):
        scan(BytesIO(b"x"), parse(scanner.address))


def test_what_is_too_large_for_it_gets_no_verdict(scanner: Scanner) -> None:
    scanner.server.most = 1000
    with pytest.raises((Unsure, Away)):
        scan(BytesIO(b"x" * 5_000_000), parse(scanner.address))


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("scanner.example:3310", ("scanner.example", 3310)), ("[::1]:3310", ("::1", 3310)),
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"), ("unix:/run/clamd", "/run/clamd"),
    ],
)  # fmt: skip
def test_an_address_is_a_host_with_a_port_or_a_path(told: str, meant: object) -> None:
    assert parse(told) == meant


@pytest.mark.parametrize("told", ["", "scanner", ":3310", "scanner:", "scanner:x", "scanner:0", "scanner:70000", "a/b"])
def test_what_is_no_address_is_refused(told: str) -> None:
    with pytest.raises(ValueError):
        parse(told)
