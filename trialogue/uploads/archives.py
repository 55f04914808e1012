"""The documents in a ZIP, found by name for their rows. Pure; the ZIP comes from outside and is not trusted.

Nothing is ever written under a name that stands in it, so a path in a name means nothing but where people kept the file.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from django.utils.translation import gettext as _

from trialogue.lib import filekind
from trialogue.people.places import grouped

MEGABYTE = 1024 * 1024
MOST_FILES, MOST_BYTES = 10_000, 2048 * MEGABYTE  # unpacked
MOST_RATIO, SMALL = 200, 10 * MEGABYTE  # what is small may be squeezed as far as it likes
NOT_MEANT = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.IGNORECASE)


class Unfit(ValueError):
    """A file that cannot be taken; `str()` says why and what to do."""


@contextmanager
def check_container(
    content: IO[bytes], *, most_bytes: int, most_files: int, unreadable: str = ""
) -> Iterator[zipfile.ZipFile]:
    """Opens a ZIP after looking only at its table of contents, which bounds all that can ever come out of it.

    `unreadable` is what a broken one is told, when people do not know it as a ZIP.
    """
    content.seek(0)
    try:
        archive = zipfile.ZipFile(content)
    except Exception as trouble:  # a broken archive breaks the reader in many ways
        raise Unfit(unreadable or _("This ZIP cannot be read. Make it again, and send it once more.")) from trouble
    with archive:
        parts = archive.infolist()
        if len(parts) > most_files:
            said = _("The ZIP holds {count} files; {most} can be sent at once. Send it in parts.")
            raise Unfit(said.format(count=grouped(len(parts)), most=grouped(most_files)))
        if any(part.flag_bits & 1 for part in parts):
            raise Unfit(_("The ZIP has a password. Make it again without one."))
        unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
        if unpacked > most_bytes:
            raise Unfit(
                _("Unpacked, the ZIP holds more than {most} MB. Send it in parts.").format(most=most_bytes // MEGABYTE)
            )
        if unpacked > SMALL and unpacked > MOST_RATIO * max(packed, 1):
            raise Unfit(
                _("The ZIP unpacks to far more than it holds, as no documents do. Make it again from the files.")
            )
        yield archive


@dataclass(frozen=True)
class Held:
    """A file in the ZIP: where it stands, its path as written, its name as we would keep it, its size unpacked."""

    part: zipfile.ZipInfo
    path: str
    name: str

    @property
    def size(self) -> int:
        return self.part.file_size


class Archive:
    """The files of a ZIP by name, by path, and by the reference at the beginning of their names. Raises `Unfit`."""

    def __init__(self, content: IO[bytes]) -> None:
        content.seek(0)
        with check_container(content, most_bytes=MOST_BYTES, most_files=MOST_FILES) as archive:
            parts = [p for p in archive.infolist() if not p.is_dir() and not NOT_MEANT.search(p.filename)]
        self.content = content
        self.files = [Held(p, p.filename.replace("\\", "/").strip("/"), filekind.clean_name(p.filename)) for p in parts]
        self.by_name: dict[str, list[Held]] = defaultdict(list)
        for file in self.files:
            for called in {file.path.casefold(), file.name.casefold()}:
                self.by_name[called].append(file)
        self.by_reference: dict[str, list[Held]] = {}
        self.taken: set[int] = set()

    def hand_out(self, references: Iterable[str]) -> None:
        """Each file to the longest reference that its name begins with, so that INV-1 does not take what is INV-1-2's."""
        wanted = {_key(reference) for reference in references}
        for file in self.files:
            begins = next((start for start in _starts(file.name) if start in wanted), None)
            if begins:
                self.by_reference.setdefault(begins, []).append(file)

    def named(self, words: str) -> Sequence[Held]:
        """The files of this name or path: none, one, or several that nobody can tell apart."""
        found = self.by_name.get(words.replace("\\", "/").strip("/ ").casefold(), [])
        return self._take(found)

    def of(self, reference: str) -> Sequence[Held]:
        return self._take(self.by_reference.get(_key(reference), []))

    def strays(self) -> list[str]:
        """The names of files that no row has asked for."""
        return [file.path for file in self.files if id(file.part) not in self.taken]

    @contextmanager
    def open(self, file: Held) -> Iterator[IO[bytes]]:
        """The file itself, no longer than it said it was. Raises `Unfit` when it is damaged."""
        with SpooledTemporaryFile(max_size=MEGABYTE) as out:
            try:
                with zipfile.ZipFile(self.content) as archive, archive.open(file.part) as packed:
                    while piece := packed.read(MEGABYTE):
                        out.write(piece)
            except Exception as trouble:  # a wrong checksum, a method we do not know, an end that comes too soon
                raise Unfit(
                    _("“{name}” is damaged in the ZIP. Add it to the case by hand.").format(name=file.name)
                ) from trouble
            out.seek(0)
            yield out

    def _take(self, files: Sequence[Held]) -> Sequence[Held]:
        self.taken.update(id(file.part) for file in files)
        return files


def _key(reference: str) -> str:
    """A reference as it may stand in a file's name, where / and the like cannot."""
    return re.sub(r'[\\/:*?"<>|\s]+', "_", reference.strip()).casefold()


def _starts(name: str) -> Iterator[str]:
    """Beginnings of a file's name that end where a word does, the longest first."""
    stem = _key(name.rpartition(".")[0] or name)
    yield stem
    for end in range(len(stem) - 1, 0, -1):
        if not (stem[end].isalnum() and stem[end - 1].isalnum()):
            yield stem[:end]
