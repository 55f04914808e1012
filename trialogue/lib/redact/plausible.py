"""Whether what stands under a key is such a value: a key called `password` may hold a rule about passwords."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import numbers, words
from .spans import NOTHING, PLACEHOLDER, Kind
from .words import Key

_LETTERED_NAME = re.compile(r"[^\W\d_][\w'’`´.,+&% -]{0,80}")
_PERSON = re.compile(
    r"(?:(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Hr|Fr)\.? )*[A-ZÀ-Þ][\w'’.-]*(?: (?:(?:von|van|de|der|den|del|la|da|dos|af|av|zu|bin|al) )*[A-ZÀ-Þ][\w'’.-]*){1,3}"
)
_COMPANY = re.compile(
    r"(?i:(?<![\w])(?:gmbh|mbh|kg|kgaa|ug|ohg|gbr|e\.?v|aps|a/s|i/s|k/s|ivs|ltd|limited|llc|llp|lp|inc|plc|corp|corporation|company|oy|oyj|"
    r"b\.?v|n\.?v|s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a|sp\. z|z o\.o|kft|group|gruppe|holding|holdings|bank|sparkasse|collections?|inkasso|"
    r"services?|solutions?|partners?|consulting|associates|systems?|software|traders?|trading|industries|logistics|media|capital|finance|invest|"
    r"foundation|university|verein|kommune|stadt|advokat\w*|kanzlei|api|key|token|team|support|department|office|account|invoice|payment|"
    r"reminder|report|test|default|production|webhook|event|case|server|service|policy|template|list|page|type|code|id|number)(?![\w]))"
    r"|(?<!\w)(?:AG|AB|AS|SA|SE|SL|CO)(?!\w)|(?<!\w)Co\.|& "
)
_PUBLIC_ID = re.compile(r"[a-z]{2,4}_[0-9a-z]{12,26}")
_NUMBERISH = re.compile(r"[A-Za-z]{0,4}[\d \xa0()./+%\\u-]+[A-Za-z]{0,4}")
_NETWORK = re.compile(
    r"(?i:[a-z]{2,8}://.*|[\d.]+(?::\d+)?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,}|0x[0-9a-f]+|\S*\w:\d{2,5}|\S*@\S*|localhost.*)"
)
_ZIP = re.compile(r"[A-Za-z0-9 -]{2,12}")


def judged(key: Key, written: str, inside: str, quoted: bool, bare: bool) -> Kind | None:
    """What a value under this key is, if it is any of anyone's. `inside`: the key of the object around it; `quoted`: the key is."""
    if written.strip(".,;!").lower() in NOTHING or not any(map(str.isalnum, PLACEHOLDER.sub("", written))):
        return None
    if key.kind is None:
        return _of_anyone(key, written, inside, quoted)
    return key.kind if _PLAUSIBLE[key.kind](written, key, bare) else None


def _of_anyone(key: Key, written: str, inside: str, quoted: bool) -> Kind | None:
    if key.last == "by":  # Danish for a town; in English, who did it
        return Kind.ADDRESS if quoted and written[:1].isupper() and not _has_digit(written) else None
    if key.placed:
        return Kind.ADDRESS if re.search("add?ress", inside, re.IGNORECASE) else None
    spoken, around = words.unescaped(written), key.whose or words.last_word(inside)
    if words.of_other(around) or _COMPANY.search(spoken) or not _LETTERED_NAME.fullmatch(spoken) or _has_digit(spoken):
        return None
    return Kind.NAME if words.of_person(around) or _PERSON.fullmatch(spoken) else None


def _has_digit(written: str) -> bool:
    return any(map(str.isdigit, written))


_ONES_OWN = frozenset(("firstname", "lastname", "vorname", "nachname", "fornavn", "efternavn", "surname"))
_ZIPS = frozenset(("zip", "zipcode", "postalcode", "postcode", "plz", "postleitzahl", "postnr", "postnummer"))
_HOUSES = frozenset(("hausnummer", "hausnr", "husnummer", "husnr", "housenumber", "houseno", "streetnumber"))
_COMMON = frozenset(("str", "ort", "town", "city", "stadt", "addr"))  # words as well


def _is_name(written: str, key: Key, bare: bool) -> bool:
    spoken = words.unescaped(written)
    if not _LETTERED_NAME.fullmatch(spoken) or _has_digit(spoken):
        return False
    return key.last in _ONES_OWN or not _COMPANY.search(spoken)


def _is_address(written: str, key: Key, bare: bool) -> bool:
    if key.last in _ZIPS:
        return bool(_ZIP.fullmatch(words.unescaped(written))) and _has_digit(written)
    if key.last in _HOUSES and len(written) < 10:
        return True
    if _NETWORK.fullmatch(written) or _PUBLIC_ID.fullmatch(written):
        return False
    return written[:1].isupper() or not (bare and key.last in _COMMON)


def _has_digits(least: int) -> Callable[[str, Key, bool], bool]:
    def enough(written: str, key: Key, bare: bool) -> bool:
        return (
            sum(map(str.isdigit, written)) >= least
            and bool(
                _NUMBERISH.fullmatch(written)
                or (key.kind is Kind.NATIONAL_ID and len(written) <= 24 and " " not in written)
            )
            and not _PUBLIC_ID.fullmatch(written)
        )

    return enough


def _is_account(written: str, key: Key, bare: bool) -> bool:
    return _has_digits(3 if key.last.startswith("cv") else 5)(written, key, bare)


def _is_vat(written: str, key: Key, bare: bool) -> bool:
    if any(char.isalpha() for char in written[:2]):
        return numbers.is_vat(written)
    compact = re.sub(r"[ .-]", "", written)
    return (
        compact.isdigit()
        and 8 <= len(compact) <= 12
        and any(numbers.is_vat(land + compact) for land in ("DE", "DK", "GB", "IT", "PL", "PT", "BE", "FI", "LU"))
    )


def _is_secret(written: str, key: Key, bare: bool) -> bool:
    """Random enough: words that speak about a token are none."""
    if (
        len(written) < 8
        or " " in written
        or _PUBLIC_ID.fullmatch(written)
        or written.startswith(("http://", "https://"))
    ):
        return False
    if key.last in ("sig", "signature") and len(written) < 20:
        return False
    return _has_digit(written) or (len(written) >= 16 and written.lower() != written != written.upper())


def _is_password(written: str, key: Key, bare: bool) -> bool:
    if key.last in ("pin", "pincode", "otp", "pinkode", "onetimecode", "engangskode"):
        return written.isdigit() and 3 < len(written) < 10
    if set(written) <= set("*•xX.…") or (len(written) < 3):
        return False
    return not bare or key.last != "pass" or _has_digit(written)


def _is_cookie(written: str, key: Key, bare: bool) -> bool:
    return key.last != "sid" and _is_secret(written, key, bare)


_PLAUSIBLE: dict[Kind, Callable[[str, Key, bool], bool]] = {
    Kind.NAME: _is_name,
    Kind.ADDRESS: _is_address,
    Kind.PHONE: _has_digits(6),
    Kind.NATIONAL_ID: _has_digits(4),
    Kind.VAT: _is_vat,
    Kind.ACCOUNT: _is_account,
    Kind.CARD: _has_digits(12),
    Kind.API_KEY: _is_secret,
    Kind.TOKEN: _is_secret,
    Kind.PASSWORD: _is_password,
    Kind.COOKIE: _is_cookie,
}
