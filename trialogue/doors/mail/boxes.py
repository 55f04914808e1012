"""Which mailboxes are read, out of the TOML file that TRIALOGUE_MAILBOXES names. docs/operations.md shows one."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from trialogue.channels.rules import Unreadable, shaped
from trialogue.lib import safehttp

PORTS = {"tls": 993, "starttls": 143, "none": 143}
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,500}$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OAuth2(_Table):
    """How a token is got: by a refresh token, or, where there is none, in the client's own name."""

    token_url: Line
    client_id: Line
    client_secret: Line | Literal[""] = Field("", repr=False)
    refresh_token: Line | Literal[""] = Field("", repr=False)
    scope: str = ""


class Box(_Table):
    """A mailbox. `then` is what becomes of a letter there once it is kept here."""

    name: Annotated[str, StringConstraints(pattern=r"^[\w.@+ -]{1,80}$")]
    host: Line
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: Literal["tls", "starttls", "none"] = "tls"
    certificates: str = ""
    user: Line
    password: Line | Literal[""] = Field("", repr=False)
    oauth2: OAuth2 | None = None
    folder: Line = "INBOX"
    address: str
    begin: Literal["now", "oldest"] = "now"
    then: Literal["leave", "seen", "move"] = "leave"
    move_to: Line | Literal[""] = ""

    @property
    def at(self) -> tuple[str, int]:
        return self.host, self.port or PORTS[self.tls]

    @property
    def context(self) -> ssl.SSLContext:
        return _context(self.certificates)


@lru_cache(maxsize=16)  # reading all certificates of a machine takes a while
def _context(certificates: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates or None)


class _File(_Table):
    mailbox: list[Box] = []


def load(path: str) -> list[Box]:
    """The mailboxes of a file, with their secrets in place; none where no file is named. Raises `Unreadable`."""
    if not path:
        return []
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError) as why:
        raise Unreadable([(0, _("{path} cannot be read: {why}.").format(path=path, why=why))]) from why
    return read(text, os.environ)


def read(text: str, environ: Mapping[str, str]) -> list[Box]:
    """Raises `Unreadable` with everything that is wrong, each with its line."""
    told, lines = shaped(text, _File)
    problems: list[tuple[int, str]] = []
    boxes = list[Box]()
    for at, box in enumerate(told.mailbox):
        here = ("mailbox", at)
        twice = box.name in [one.name for one in boxes]
        found = [("name", _("There are two mailboxes of this name."))] if twice else []
        problems += [(lines.of((*here, *key.split("."))), said) for key, said in [*found, *_problems(box)]]
        try:
            boxes.append(_with_secrets(box, environ))
        except _NoSecret as why:
            problems.append((lines.of((*here, *why.key.split("."))), str(why)))
    if problems:
        raise Unreadable(problems)
    return boxes


def _problems(box: Box) -> Iterator[tuple[str, str]]:
    try:
        validate_email(box.address)
    except ValidationError:
        yield "address", _("Give the address that this mailbox is the inbox of, such as help@example.com.")
    if bool(box.password) == bool(box.oauth2):
        yield "password", _("Give a password, or a table [mailbox.oauth2]: one of the two.")
    if (box.then == "move") != bool(box.move_to):
        yield "move_to", _('Give then = "move" and move_to, the folder, together.')
    if box.tls == "none" and box.host not in ("localhost", "127.0.0.1", "::1"):
        yield "tls", _('Without TLS the password could be read on the way. Give tls = "tls" or tls = "starttls".')
    if box.certificates:
        try:
            box.context  # noqa: B018
        except OSError as why:
            yield "certificates", _("{path} holds no certificates: {why}.").format(path=box.certificates, why=why)
    if box.oauth2:
        try:
            safehttp.check(box.oauth2.token_url)
        except safehttp.Forbidden as why:
            yield "oauth2.token_url", _("This address cannot be used: {why}.").format(why=why)


class _NoSecret(Exception):
    """A secret is not where the file says."""

    def __init__(self, key: str, said: str) -> None:
        super().__init__(said)
        self.key = key


def _with_secrets(box: Box, environ: Mapping[str, str]) -> Box:
    if box.oauth2 is None:
        return box.model_copy(update={"password": _secret("password", box.password, environ)})
    told = {name: getattr(box.oauth2, name) for name in ("client_secret", "refresh_token")}
    secrets = {name: _secret(f"oauth2.{name}", value, environ) for name, value in told.items()}
    return box.model_copy(update={"oauth2": box.oauth2.model_copy(update=secrets)})


def _secret(key: str, told: str, environ: Mapping[str, str]) -> str:
    """The secret itself, or that in the environment or the file that is named in its stead."""
    if name := told.removeprefix("env:") if told.startswith("env:") else "":
        if not environ.get(name):
            raise _NoSecret(key, _("The environment has no {name}. Set it, or name another.").format(name=name))
        return environ[name]
    if path := told.removeprefix("file:") if told.startswith("file:") else "":
        try:
            return Path(path).read_text("utf-8").strip()
        except (OSError, ValueError) as why:
            raise _NoSecret(key, _("{path} cannot be read: {why}.").format(path=path, why=why)) from why
    return told
