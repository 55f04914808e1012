"""A ZIP written while it is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any

import pytest

from trialogue.lib.zipstream import PIECE, Entry, safe_name, stream

AT = datetime(2026, 3, 9, 11, 0, 30, tzinfo=UTC)


def entries(*files: tuple[str, bytes]) -> Iterable[Entry]:
    return [Entry(name, AT, lambda content=content: BytesIO(content)) for name, content in files]  # type: ignore[misc]


def opened(*files: tuple[str, bytes]) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(b"".join(stream(entries(*files)))))


def test_every_file_comes_out_as_it_went_in() -> None:
    files = [("a.txt", b"a" * 1_000_000), ("b.pdf", bytes(range(256)) * 5000), ("empty.txt", b"")]
    archive = opened(*files)
    assert archive.testzip() is None
    assert [(name, archive.read(name)) for name in archive.namelist()] == files
    assert archive.infolist()[0].date_time == (2026, 3, 9, 11, 0, 30)


def test_what_is_packed_already_is_not_packed_again() -> None:
    archive = opened(("a.pdf", b"a" * 9999), ("a.txt", b"a" * 9999))
    assert [info.compress_size < 999 for info in archive.infolist()] == [False, True]


def test_nothing_is_an_archive_too() -> None:
    assert opened().namelist() == []


def test_files_of_one_name_get_names_of_their_own() -> None:
    archive = opened(
        ("a.txt", b"1"), ("A.TXT", b"2"), ("a.txt", b"3"), ("a (2).txt", b"4"), ("noend", b"5"), ("noend", b"6")
    )
    names = archive.namelist()
    assert names[:3] == ["a.txt", "A (2).TXT", "a (3).txt"]
    assert len({name.casefold() for name in names}) == 6
    assert [archive.read(name) for name in names] == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_ten_thousand_of_one_name_do_not_take_for_ever() -> None:
    assert len(set(opened(*[("a.txt", b"")] * 10_000).namelist())) == 10_000


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"), ("C:\\x.txt", "C__x.txt"), ("a\x00b.txt", "a_b.txt"), ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"), (" . ", "document"), ("Faktura æøå.pdf", "Faktura æøå.pdf"), ('"a"<b>|?*.txt', "_a__b____.txt"),
    ],
)  # fmt: skip
def test_names_are_such_that_every_system_can_write_them(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_what_is_not_there_any_more_is_left_out() -> None:
    def gone() -> IO[bytes]:
        raise FileNotFoundError

    whole = b"".join(stream([Entry("gone.txt", AT, gone), *entries(("a.txt", b"a"))]))
    assert zipfile.ZipFile(BytesIO(whole)).namelist() == ["a.txt"]


def test_never_more_than_a_piece_is_held() -> None:
    class Large:
        """A hundred pieces that are nowhere."""

        left = 100

        def read(self, size: int) -> bytes:
            self.left -= 1
            return b"x" * size if self.left >= 0 else b""

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    pieces = [len(piece) for piece in stream([Entry("large.pdf", AT, Large)])]  # type: ignore[arg-type]
    assert sum(pieces) > 100 * PIECE
    assert max(pieces) < 2 * PIECE
