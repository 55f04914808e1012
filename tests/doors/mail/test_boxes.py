"""The file of mailboxes: what is wrong in it is told with its line, and a secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialogue.channels.rules import Unreadable
from trialogue.doors.console import checks
from trialogue.doors.mail import boxes

GOOD = """
[[mailbox]]
name = "help"
host = "imap.example.com"
user = "help@example.com"
password = "env:HELP_PASSWORD"
address = "support@example.com"

[[mailbox]]
name = "legal"
host = "outlook.example.com"
user = "legal@example.com"
address = "legal@example.com"
tls = "starttls"
then = "move"
move_to = "Done"
begin = "oldest"

[mailbox.oauth2]
token_url = "https://login.example.com/token"
client_id = "us"
client_secret = "file:{folder}/secret"
"""


def test_mailboxes_are_read_with_their_secrets_in_place(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    one, other = boxes.read(GOOD.format(folder=tmp_path), {"HELP_PASSWORD": "swordfish"})
    assert (one.password, one.at, one.folder, one.then, one.begin) == (
        "swordfish",
        ("imap.example.com", 993),
        "INBOX",
        "leave",
        "now",
    )
    assert other.oauth2
    assert (other.oauth2.client_secret, other.at[1]) == ("hush", 143)
    assert "swordfish" not in repr(one)
    assert "hush" not in repr(other)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('host = "imap.example.com"', "", "Line 2: mailbox.host is missing."),
        ('host = "imap.example.com"', 'host = "imap.example.com', "Line 4: This is no TOML"),
        ('user = "help@example.com"', 'user = "help@example.com"\nfrom = "x"', "Line 6: mailbox.from is not known here."),
        ('tls = "starttls"', 'tls = "maybe"', "Line 14: mailbox.tls must be 'tls', 'starttls' or 'none'."),
        ('tls = "starttls"', 'tls = "none"', "Line 14: Without TLS the password could be read on the way."),
        ('tls = "starttls"', "port = 70000", "Line 14: mailbox.port: Input should be less than or equal to 65535."),
        ('tls = "starttls"', 'certificates = "/nowhere.pem"', "Line 14: /nowhere.pem holds no certificates"),
        ('address = "support@example.com"', 'address = "support"', "Line 7: Give the address that this mailbox is the inbox of"),
        ('password = "env:HELP_PASSWORD"', "", "Line 2: Give a password, or a table [mailbox.oauth2]"),
        ('password = "env:HELP_PASSWORD"', 'password = "env:NONE"', "Line 6: The environment has no NONE."),
        ('client_secret = "file:{folder}/secret"', 'client_secret = "file:/none"', "Line 22: /none cannot be read"),
        ('move_to = "Done"', "", 'Give then = "move" and move_to, the folder, together.'),
        ('name = "legal"', 'name = "help"', "Line 10: There are two mailboxes of this name."),
        ('"https://login.example.com/token"', '"http://login.example.com/token"', "Line 20: This address cannot be used"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, instead: str, said: str) -> None:
    (tmp_path / "secret").write_text("hush\n")
    assert line in GOOD
    with pytest.raises(Unreadable) as told:
        boxes.read(GOOD.replace(line, instead, 1).format(folder=tmp_path), {"HELP_PASSWORD": "swordfish"})
    assert said in str(told.value)
    assert "swordfish" not in str(told.value)


def test_a_file_that_cannot_be_used_is_an_error_before_anything_starts(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.MAILBOXES = str(tmp_path / "none.toml")
    (error,) = checks.mailboxes()
    assert "none.toml cannot be read" in error.msg
    assert error.is_serious()
    Path(settings.MAILBOXES).write_text("mailbox = 7")
    (error,) = checks.mailboxes()
    assert "Line 1: " in error.msg


def test_a_place_for_lmtp_that_others_may_reach_is_warned_of(settings) -> None:  # type: ignore[no-untyped-def]
    for place in ("", "/run/lmtp", "unix:/run/lmtp", "127.0.0.1:24", "[::1]:24", "localhost:24"):
        settings.LMTP = place
        assert list(checks.lmtp()) == []
    settings.LMTP = "0.0.0.0:24"
    assert len(list(checks.lmtp())) == 1


@pytest.mark.parametrize("told", [{"nobody": "x"}, {"mailgun": ""}, {"postmark": "key-without-user"}])
def test_a_provider_that_cannot_be_used_is_an_error_that_keeps_the_secret(settings, told: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    settings.MAIL_PROVIDERS = {"mailgun": "key", "mailjet": "user:word"}
    assert list(checks.providers()) == []
    settings.MAIL_PROVIDERS = told
    (error,) = checks.providers()
    assert "postmark=user:password" in str(error.hint)
    assert "key-without-user" not in str(error)
