"""OAuth2 for mailboxes: access tokens, got where the operator says and used until they are about to run out."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac

from trialogue.doors.mail.boxes import OAuth2
from trialogue.doors.mail.imap import Locked, Trouble
from trialogue.lib import safehttp

# Whoever runs the house has named the address: it may well be in their own network.
REACH = safehttp.Reach(admits=lambda _address: True, most_read=64 * 1024)
EARLY = 120.0  # seconds before a token runs out


class Tokens:
    """Those of one mailbox. `refresh` is the newest refresh token: some providers give another with each access token."""

    def __init__(self, told: OAuth2, refresh: str = "") -> None:
        self.told, self.refresh = told, refresh or told.refresh_token
        self._access, self._until = "", 0.0

    def access(self) -> str:
        """Speaks to the network where there is none that still holds. Raises `Trouble`."""
        if not self._access or time.monotonic() > self._until:
            self._get()
        return self._access

    def forget(self) -> None:
        self._access = ""

    def _get(self) -> None:
        answer = self._ask()
        try:
            self._access, seconds = str(answer["access_token"]), float(str(answer.get("expires_in") or 600))
        except (KeyError, TypeError, ValueError) as why:
            raise Trouble("the answer to our request for a token holds none") from why
        self._until = time.monotonic() + seconds - EARLY
        self.refresh = str(answer.get("refresh_token") or self.refresh)

    def _ask(self) -> dict[str, object]:
        form = {"client_id": self.told.client_id, "client_secret": self.told.client_secret, "scope": self.told.scope}
        by = {"grant_type": "refresh_token", "refresh_token": self.refresh} if self.refresh else {"grant_type": "client_credentials"}  # fmt: skip
        body = urlencode({name: value for name, value in {**form, **by}.items() if value}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = safehttp.post(self.told.token_url, body, kind, reach=REACH)
            told = json.loads(answer.body)
        except (safehttp.Forbidden, safehttp.Unreachable, ValueError) as why:
            raise Trouble(f"no token from {self.told.token_url}: {why}") from why
        if answer.status >= 500 or not isinstance(told, dict):
            raise Trouble(f"no token from {self.told.token_url}: status {answer.status}")
        if answer.status != 200:
            raise Locked(f"no token: {told.get('error_description') or told.get('error') or answer.status}"[:200])
        return told


def sealed(token: str, told: OAuth2) -> bytes:
    """As it may lie in the database, beside the token of the file that it came from."""
    return _seal().encrypt(f"{told.refresh_token}\n{token}".encode())


def unsealed(kept: bytes | memoryview, told: OAuth2) -> str:
    """Empty when there is none, or the operator has given another token, or the house another key since."""
    try:
        origin, _end, token = _seal().decrypt(bytes(kept)).decode().partition("\n")
    except InvalidToken:
        return ""
    return token if origin == told.refresh_token else ""


def _seal() -> Fernet:
    key = salted_hmac("trialogue.mailbox", "", settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(key))
