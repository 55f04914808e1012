"""What can be wrong with an installation, each with what to do: shown by `trialogue check`, and `serve` and `work` stop at errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connection
from django.db.utils import DatabaseError, InterfaceError

from trialogue.channels.rules import Unreadable
from trialogue.doors.mail import boxes
from trialogue.doors.mail.providers import PROVIDERS
from trialogue.settings import env

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# The first with RETURNING and everything else that Django asks of it.
OLDEST_SQLITE = (3, 35, 0)


@register("trialogue")
def everything(**_: Any) -> list[CheckMessage]:
    return [
        found
        for check in (
            misread,
            unknown,
            folders,
            demo,
            sqlite,
            documents,
            hosts,
            mailboxes,
            lmtp,
            providers,
            push,
            database,
        )
        for found in check()
    ]


def misread() -> Iterator[CheckMessage]:
    for problem in env.problems:
        yield Error(f"{problem.name}: {problem.what}.", hint=problem.hint, id="trialogue.E001")


def unknown() -> Iterator[CheckMessage]:
    """Variables with our prefix that nothing reads: mostly a slip of the pen."""
    for name in sorted(env.values):
        if name.startswith(env.prefix) and name not in env.known and not name.startswith(f"{env.prefix}TEST_"):
            near = get_close_matches(name, env.known, 1)
            hint = f"Did you mean {near[0]}?" if near else "docs/operations.md lists all of them."
            yield Warning(f"{name} is set, but there is no such setting.", hint=hint, id="trialogue.W002")


def folders() -> Iterator[CheckMessage]:
    for what, folder in _folders():
        if not _may_write(folder):
            hint = "Set TRIALOGUE_DATA to a folder that this user may write to, or change this one's owner."
            yield Error(f"{folder} cannot be written to; {what} would go there.", hint=hint, id="trialogue.E002")


def _folders() -> Iterator[tuple[str, Path]]:
    if connection.vendor == "sqlite" and "memory" not in (name := str(settings.DATABASES["default"]["NAME"])):
        yield "the database", Path(name).parent
    documents = settings.STORAGES["default"]["OPTIONS"]
    if "location" in documents and "bucket_name" not in documents:
        yield "documents", Path(documents["location"])
    if settings.MAIL_FOLDER:
        yield "outgoing mail", Path(settings.MAIL_FOLDER)


def _may_write(folder: Path) -> bool:
    """Whether files could be made in a folder, or the folder itself where there is none yet."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def demo() -> Iterator[CheckMessage]:
    host = urlparse(settings.BASE_URL).hostname
    if settings.DEMO and host not in LOOPBACK:
        yield Error(
            f"TRIALOGUE_DEMO is 1 while the address is {settings.BASE_URL}: anyone could enter as anyone.",
            hint="Unset TRIALOGUE_DEMO, or keep TRIALOGUE_BASE_URL on http://127.0.0.1.",
            id="trialogue.E003",
        )


def sqlite() -> Iterator[CheckMessage]:
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        hint = "Use a newer Python, or PostgreSQL by TRIALOGUE_DATABASE_URL."
        yield Error(f"SQLite is {sqlite3.sqlite_version}, older than {oldest}.", hint=hint, id="trialogue.E004")


def documents() -> Iterator[CheckMessage]:
    if "s3" in settings.STORAGES["default"]["BACKEND"] and not (find_spec("storages") and find_spec("boto3")):
        hint = "Install the extra: pip install 'trialogue[s3]'."
        yield Error(
            "TRIALOGUE_DOCUMENTS_URL is s3://, but what it needs is not installed.", hint=hint, id="trialogue.E005"
        )


def hosts() -> Iterator[CheckMessage]:
    host = urlparse(settings.BASE_URL).hostname or ""
    if not any(
        host == name or name == "*" or (name[:1] == "." and host.endswith(name)) for name in settings.ALLOWED_HOSTS
    ):
        hint = f"Add {host} to TRIALOGUE_ALLOWED_HOSTS, or leave that out."
        yield Error(f"{host} of TRIALOGUE_BASE_URL is not allowed: no page would open.", hint=hint, id="trialogue.E006")


def mailboxes() -> Iterator[CheckMessage]:
    try:
        boxes.load(settings.MAILBOXES)
    except Unreadable as why:
        hint = f"Set it right in {settings.MAILBOXES}; docs/operations.md shows such a file."
        yield Error(f"TRIALOGUE_MAILBOXES cannot be used. {why}", hint=hint, id="trialogue.E007")


def lmtp() -> Iterator[CheckMessage]:
    """Whoever reaches it may hand over letters with whatever proof of their sender they like."""
    if settings.LMTP and not settings.LMTP.removeprefix("unix:").startswith(("/", *LOOPBACK, "[::1]")):
        hint = "Let nobody but your mail server come there, or give the path of a socket."
        yield Warning(f"TRIALOGUE_LMTP is {settings.LMTP}, which others may reach.", hint=hint, id="trialogue.W004")


def providers() -> Iterator[CheckMessage]:
    for name, secret in settings.MAIL_PROVIDERS.items():
        provider = PROVIDERS.get(name)
        if provider is None or not secret or (provider.takes_password and ":" not in secret):
            known = ", ".join(f"{each}={'user:password' if PROVIDERS[each].takes_password else 'key'}" for each in PROVIDERS)  # fmt: skip
            yield Error(f"TRIALOGUE_ANYMAIL: {name!r} cannot be used.", hint=f"Give any of {known}.", id="trialogue.E008")  # fmt: skip


def push() -> Iterator[CheckMessage]:
    """Only a warning: all else works."""
    address = urlparse(settings.BASE_URL)
    if settings.PUSH and address.scheme != "https" and address.hostname not in LOOPBACK:
        yield Warning(
            f"TRIALOGUE_PUSH is 1 while the address is {settings.BASE_URL}: no browser lets notices ring without TLS.",
            hint="Put a proxy with TLS in front and give TRIALOGUE_BASE_URL as https://…, or unset TRIALOGUE_PUSH.",
            id="trialogue.W003",
        )


def database() -> Iterator[CheckMessage]:
    """Only a warning: a database that is away for a moment comes back, and everything waits for it."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return  # made at the first start
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as trouble:
        said = " ".join(str(trouble).split())
        hint = "Is it running, and is TRIALOGUE_DATABASE_URL right?"
        yield Warning(f"The database cannot be reached: {said}", hint=hint, id="trialogue.W001")
