"""Catalogues of translations: the `.po` files are the source, the `.mo` files that gettext reads are made from them, where they are needed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def compiled(folder: Path) -> Path:
    """The same folder, with each `*.po` below it compiled beside itself, unless that was done since it was last written.

    Any number of processes may do it at once. A folder that nobody may write to stays as it is. A catalogue that cannot be
    read raises `babel.messages.pofile.PoFileError`.
    """
    for source in folder.rglob("*.po"):
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime_ns < source.stat().st_mtime_ns:
            with suppress(PermissionError):
                _compile(source, made)
    return folder


def _compile(source: Path, made: Path) -> None:
    from babel.messages.mofile import write_mo  # here, since most processes find all of it done
    from babel.messages.pofile import read_po

    with open(source, "rb") as told:
        catalogue = read_po(told, abort_invalid=True)
    with NamedTemporaryFile(dir=made.parent, delete=False) as into:
        write_mo(into, catalogue)
    os.chmod(into.name, 0o644)
    os.replace(into.name, made)
