"""The `trialogue` command."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser

import django
from django.core.management import execute_from_command_line, get_commands, load_command_class

import trialogue

HERE = "trialogue.doors.console"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
    words = settings_first(sys.argv[1:])
    if words in (["version"], ["--version"]):
        print(trialogue.__version__)
        return
    _must_have_a_place(words)
    if words in ([], ["help"], ["--help"], ["-h"]):
        print(introduction())
    else:
        execute_from_command_line(["trialogue", *words])


def settings_first(words: list[str]) -> list[str]:
    """Puts what the words say of settings into the environment, which is read only once, and answers with the other words.

    `--data DIR` works with every command; a port is part of the address; a demo opens its entrances, sends mail soon and takes answers by it.
    """
    parser = ArgumentParser("trialogue", add_help=False, allow_abbrev=False)
    parser.add_argument("--data")
    told, rest = parser.parse_known_args(words)
    if told.data:
        os.environ["TRIALOGUE_DATA"] = os.path.abspath(told.data)
    parser.add_argument("--port", type=int)
    port = parser.parse_known_args(rest)[0].port if rest[:1] in (["demo"], ["serve"]) else None
    if port:
        os.environ.setdefault("TRIALOGUE_BASE_URL", f"http://127.0.0.1:{port}")
    if rest[:1] == ["demo"]:
        os.environ["TRIALOGUE_DEMO"] = "1"
        os.environ.setdefault("TRIALOGUE_QUIET_SECONDS", "60")
        os.environ.setdefault("TRIALOGUE_REPLY_ADDRESS", "reply@trialogue.example")
        os.environ.setdefault("TRIALOGUE_MAIL_TRUST", "mx.trialogue.example")
    return rest


def introduction() -> str:
    """Our own commands with what they do, one a line."""
    django.setup()
    ours = sorted(name for name, app in get_commands().items() if app == HERE)
    told = [f"  {name:14}{load_command_class(HERE, name).help.splitlines()[0]}" for name in ours]
    return "\n".join(
        [
            "trialogue COMMAND [--data DIR] …",
            "",
            *told,
            f"  {'check':14}Says what is wrong with the settings, and what to do about it.",
            "",
            "`trialogue COMMAND --help` says more. Settings are TRIALOGUE_… variables: docs/operations.md.",
        ]
    )


def _must_have_a_place(words: list[str]) -> None:
    """Reads the settings, which may make the data folder. Exits with a sentence where that cannot be."""
    from django.conf import settings

    try:
        _ = settings.DATA
    except OSError as trouble:
        told = f"{trouble.strerror}: {trouble.filename}. Set TRIALOGUE_DATA to a folder that you may write to."
        print(told, file=sys.stderr)
        sys.exit(os.EX_TEMPFAIL if words[:1] == ["receive"] else 1)  # a mail server brings its letter again


if __name__ == "__main__":
    main()
