"""What a search hands back: from where to where, and what it is."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What may be found; the value stands in the text instead: `[e-mail 1]`."""

    IBAN = "IBAN"
    CARD = "card number"
    ACCOUNT = "bank account"
    NATIONAL_ID = "national id"
    VAT = "VAT number"
    EMAIL = "e-mail"
    PHONE = "phone"
    BIRTH = "date of birth"
    NAME = "name"
    ADDRESS = "address"
    API_KEY = "API key"
    TOKEN = "token"  # noqa: S105 - the word, not one
    PASSWORD = "password"  # noqa: S105 - the word, not one
    COOKIE = "cookie"
    PRIVATE_KEY = "private key"


class Span(NamedTuple):
    start: int
    end: int
    kind: Kind


PLACEHOLDER = re.compile(rf"\[({'|'.join(map(re.escape, Kind))})(?: ([0-9]{{1,7}}))?\]")


def several(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What stands where a value would, and is none.
NOTHING = several(
    """
    null none nil true false undefined empty unknown missing required invalid incorrect wrong expired changed
    reset optional redacted masked hidden removed filtered n/a na string number ok yes no must is was not the
    has for falsch fehlt ungültig abgelaufen leer unbekannt ja nein nicht erforderlich geändert entfernt mangler
    forkert ugyldig udløbet tom ukendt nej ikke påkrævet ændret fjernet
    """
)
