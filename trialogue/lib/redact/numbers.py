"""Numbers that are known by their shape and their check digits: IBAN, cards, national ids, VAT numbers; phones and dates of birth.

The check digits are python-stdnum's. Where they are the only sign (eleven digits in a row), only numbers whose digits carry a date or
two checks are taken; all others need a word before them that says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import stdnum.be.nn
import stdnum.ch.ssn
import stdnum.cz.rc
import stdnum.dk.cpr
import stdnum.es.dni
import stdnum.es.nie
import stdnum.fi.hetu
import stdnum.fr.nir
import stdnum.iban
import stdnum.it.codicefiscale
import stdnum.lv.pvn
import stdnum.no.fodselsnummer
import stdnum.se.personnummer
import stdnum.us.ssn
from stdnum import get_cc_module, luhn

from . import contacts, context
from .context import Context
from .spans import Kind, Span, several

# IBAN

_LENGTHS = {
    pair[:2]: int(pair[2:])
    for pair in several(
        """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24
    FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
    LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24
    SE24 SI19 SK24 SM27 TL23 TN24 TR26 UA29 VA22 VG24 XK20
    """
    )
}
# Begins at a digit, of which there are fewer than letters: nearly twice as fast.
_IBAN_HEAD = re.compile(
    r"[0-9](?<=[A-Za-z][A-Za-z][0-9])(?<![0-9a-z][A-Za-z][A-Za-z][0-9])[0-9](?=(?:[ +\xa0-]|%20)?[A-Za-z0-9]{3})"
)
_IBAN_TAIL = {
    length: re.compile(rf"(?:(?:[ +\xa0-]|%20)?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])")
    for length in set(_LENGTHS.values())
}
_SPACES = str.maketrans("", "", " +\xa0-.")


def ibans(text: str) -> Iterator[Span]:
    done = 0
    for head in _IBAN_HEAD.finditer(text):
        start = head.start() - 2
        length = _LENGTHS.get(text[start : start + 2].upper())
        if not length or start < done or _goes_on(text, start):
            continue
        tail = _IBAN_TAIL[length].match(text, head.end())
        if tail and is_iban(text[start : tail.end()].replace("%20", "").translate(_SPACES).upper()):
            done = tail.end()
            yield Span(start, done, Kind.IBAN)


def _goes_on(text: str, start: int) -> bool:
    return start > 0 and text[start - 1].isalnum() and text[max(0, start - 4) : start].upper() != "IBAN"


def is_iban(compact: str) -> bool:
    """The sum first, which costs little, then the form that its country gives it. Not which banks there are: that changes."""
    turned = "".join(str(int(char, 36)) for char in compact[4:] + compact[:4])
    return int(turned) % 97 == 1 and bool(stdnum.iban.is_valid(compact, check_country=False))


# Numbers with letters

_VAT_LANDS = "AT BE BG CY CZ DE DK EE EL ES FI FR GB HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI CHE NO"
# A capital that begins a word, and a digit soon.
_CAPITAL = re.compile(r"[A-Z](?<![A-Za-z0-9_][A-Z])(?=[A-Z]{0,6}[ -]?[A-Z]?[0-9])")
_LETTERED = re.compile(
    rf"""(?:
      (?P<vat>(?:{_VAT_LANDS.replace(" ", "|")})[ -]?[A-Z0-9](?:[ .-]?[A-Z0-9+*]){{6,13}})
    | (?P<nino>[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ ]?[0-9]{{2}}[ ]?[0-9]{{2}}[ ]?[0-9]{{2}}[ ]?[A-D])
    | (?P<cf>[A-Z]{{6}}[0-9]{{2}}[A-EHLMPRST][0-9]{{2}}[A-Z][0-9]{{3}}[A-Z])
    | (?P<nie>[XYZ]-?[0-9]{{7}}-?[A-Z])
    )(?![A-Za-z0-9])""",
    re.VERBOSE,
)
_NO_NINO = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def lettered(text: str) -> Iterator[Span]:
    done = 0
    for capital in _CAPITAL.finditer(text):
        start = capital.start()
        match = _LETTERED.match(text, start) if start >= done else None
        if match is None:
            continue
        kind = match.lastgroup
        if kind == "vat":
            if end := _vat_end(match[0]):
                done = start + end
                yield Span(start, done, Kind.VAT)
        elif (
            (kind == "nino" and match[0][:2] not in _NO_NINO)
            or (kind == "cf" and stdnum.it.codicefiscale.is_valid(match[0]))
            or (kind == "nie" and stdnum.es.nie.is_valid(match[0]))
        ):
            yield Span(*match.span(), Kind.NATIONAL_ID)


def _vat_end(written: str) -> int:
    """How much of it is a VAT number; words in capitals may stand behind it."""
    for _ in range(4):
        if is_vat(written):
            return len(written)
        written, space, _rest = written.rpartition(" ")
        if not space:
            break
    return 0


def is_vat(written: str) -> bool:
    compact = written.translate(_SPACES).upper()
    country = "CH" if compact.startswith("CHE") else compact[:2]
    number = compact if country in ("CH", "ES") else compact[2:]
    if not len(compact) - 2 >= 8 or sum(map(str.isdigit, compact)) < 7:
        return False
    if country == "NO":
        return compact.endswith("MVA") and _vat("no").is_valid(compact[2:])
    return bool(_vat(country).is_valid(number if country != "ES" else compact[2:]))


@lru_cache
def _vat(country: str) -> Any:
    return get_cc_module({"XI": "gb", "EL": "gr"}.get(country, country.lower()), "vat")


# Numbers of digits

_DIGITS = re.compile(
    r"""[0-9](?<![A-Za-z0-9_][0-9])(?:
      [0-9]{3}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:[ ]?[+-][0-9]{2}:?[0-9]{2})?)?(?![0-9-])
    | [0-9]?[./-][0-9]{1,2}[./-][0-9]{4}(?![0-9./-])
    | ((?:[ \xa0./()-]{0,3}[0-9]){6,40}(?![0-9a-z_])))""",
    re.VERBOSE,
)
_ENCODED = re.compile(r"%2B([0-9]{8,15})(?![A-Za-z0-9])")
_ONLY_DIGITS = str.maketrans("", "", " \xa0./()-")
_SHAPE = str.maketrans("012345678\xa0", "999999999 ")
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|(?:6011|65\d\d|64[4-9]\d)\d{12}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|(?:5019|50[0-9]{2}|5[6-8]\d\d|6[37]\d\d)\d{12}"
)
_CARD_SHAPES = frozenset(
    {"9" * 13, "9" * 14, "9" * 15, "9" * 16, "9" * 19, *(f"9999{gap}9999{gap}9999{gap}9999" for gap in " -.")}
    | {f"9999{gap}999999{gap}99999" for gap in " -"}
    | {f"9999{gap}999999{gap}9999" for gap in " -"}
)


def _dated(number: str) -> bool:
    """A CPR number: a date is all that can be checked, there are no check digits any more."""
    try:
        stdnum.dk.cpr.get_birth_date(number.replace("-", ""))
    except ValueError:
        return False
    return True


_Check = Callable[[str], bool]
_ID_SHAPES: dict[str, tuple[_Check, ...]] = {
    "999999-9999": (_dated, stdnum.se.personnummer.is_valid, stdnum.fi.hetu.is_valid),
    "99999999-9999": (stdnum.se.personnummer.is_valid,),
    "999-99-9999": (stdnum.us.ssn.is_valid,),
    "999.9999.9999.99": (stdnum.ch.ssn.is_valid,),
    "9999999999999": (stdnum.ch.ssn.is_valid,),
    "99.99.99-999.99": (stdnum.be.nn.is_valid,),
    "999999/9999": (stdnum.cz.rc.is_valid,),
    "999999/999": (stdnum.cz.rc.is_valid,),
    "999999-99999": (stdnum.lv.pvn.is_valid,),
    "99999999999": (stdnum.no.fodselsnummer.is_valid,),
    "999999 99999": (stdnum.no.fodselsnummer.is_valid,),
    "999999999999999": (stdnum.fr.nir.is_valid,),
    "9 99 99 99 999 999 99": (stdnum.fr.nir.is_valid,),
    "99999999A": (stdnum.es.dni.is_valid,),
    "99999999-A": (stdnum.es.dni.is_valid,),
    "999999-999A": (stdnum.fi.hetu.is_valid,),
}
_LAST_LETTER = re.compile(r"-?[A-Z](?![A-Za-z0-9])")
_MOST_PARTS = 8
_FOUR = re.compile(r"[0-9]{4}")  # numbers side by side: one of them is written in larger pieces


def digits(text: str) -> Iterator[Span]:
    for match in _DIGITS.finditer(text):
        if match.lastindex:
            yield from _candidate(text, *match.span())
    if "%2B" in text:
        for match in _ENCODED.finditer(text):
            if found := contacts.international(text, *match.span(), match[1]):
                yield found


def _candidate(text: str, start: int, end: int) -> Iterator[Span]:
    """One number, or several with only a space between them: then the longest that is one is taken, from the left."""
    if found := _number(text, start, end, whole=True):
        yield found
    elif " " in (written := text[start:end]) and _FOUR.search(written):
        ends = [start + at for at, char in enumerate(written) if char == " "] + [end]
        first = 0
        while first < len(ends):
            until = min(first + _MOST_PARTS, len(ends))
            for last in range(until, first, -1):
                if ends[last - 1] - start >= 7 and (found := _number(text, start, ends[last - 1], whole=False)):
                    yield found
                    first = last - 1
                    break
            start = ends[first] + 1
            first += 1


def _number(text: str, start: int, end: int, whole: bool) -> Span | None:
    written = text[start:end]
    plain = written.translate(_ONLY_DIGITS)
    if not 7 <= len(plain) <= 19 or not written[0].isdigit() or not written[-1].isdigit():
        return None
    ahead, behind = text[max(0, start - 1) : start], text[end : end + 1]
    if behind and (behind.isalnum() or (behind == "-" and text[end + 1 : end + 2].isalnum())):
        return _with_last_letter(text, start, end, ahead)
    fraction = behind in (".", ",") and text[end + 1 : end + 2].isdigit()
    if fraction or behind in ("_", "@") or _inside(text, start, ahead):
        return None
    if ahead == "+" or text[max(0, start - 2) : start] == "+(":
        return contacts.international(text, text.rindex("+", 0, start), end, plain)
    shape = written.translate(_SHAPE)
    if shape in _CARD_SHAPES and _ISSUERS.fullmatch(plain) and luhn.is_valid(plain):
        return Span(start, end, Kind.CARD)
    if len(plain) > 15:
        return None
    says = context.before(text, start)
    if says is Context.NATIONAL_ID:
        return Span(start, end, Kind.NATIONAL_ID)
    if says is Context.ACCOUNT:
        return Span(start, end, Kind.ACCOUNT)
    if says is not Context.NUMBERED and ahead != "/" and any(check(written) for check in _ID_SHAPES.get(shape, ())):
        return Span(start, end, Kind.NATIONAL_ID)
    return contacts.phone(text, start, end, plain, says, whole)


def _inside(text: str, start: int, ahead: str) -> bool:
    """Whether it is the rest of something longer: `INV-2026-0001234`, 0.1234567, abc1234567."""
    if not ahead or ahead in " \t\n\"'":
        return False
    if ahead.isalnum() or ahead in "_#":
        return True
    return ahead in "-.,/" and text[max(0, start - 2) : start - 1].isalnum()


def _with_last_letter(text: str, start: int, end: int, ahead: str) -> Span | None:
    """Spanish and Finnish ids end in a letter."""
    letter = _LAST_LETTER.match(text, end)
    if not letter or _inside(text, start, ahead):
        return None
    written = text[start : letter.end()]
    shape = written[:-1].translate(_SHAPE) + "A"
    named = context.before(text, start) is Context.NATIONAL_ID
    if named or any(check(written) for check in _ID_SHAPES.get(shape, ())):
        return Span(start, letter.end(), Kind.NATIONAL_ID)
    return None


# Dates of birth

_MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch|ts)?|mär(?:z)?|apr(?:il)?|may|mai|maj|jun[ei]?|jul[yi]?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    "|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|de[cz](?:ember)?|januar|februar"
)
_DATE = rf"""(?:[0-9]{{4}}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}(?:T[0-9:.]{{5,15}}Z?)?
    | [0-9]{{1,2}}[-/.][ ]?[0-9]{{1,2}}[-/.][ ]?(?:[0-9]{{4}}|[0-9]{{2}})
    | [0-9]{{1,2}}(?:st|nd|rd|th)?\.?[ ](?:of[ ])?(?:{_MONTHS})[.,]?[ ][0-9]{{4}}
    | (?:{_MONTHS})\.?[ ][0-9]{{1,2}}(?:st|nd|rd|th)?,?[ ][0-9]{{4}}
    | [0-9]{{4}},[ ]?[0-9]{{1,2}},[ ]?[0-9]{{1,2}} | [0-9]{{8}} | [0-9]{{6}})(?![0-9])"""
_BIRTH = re.compile(
    rf"""[bBgGfFdD](?i:orn|irth[a-z_]{{0,8}}|eb\.|eboren[a-z]{{0,2}}|eburts[a-z_]{{0,8}}|ødt|(?:ø|oe|o)ds(?:el|elsda)[a-z_]{{0,8}}|(?<![a-z].)\.?o\.?b\b\.?)
    (?:</?[a-z:]{{0,20}}>|[\s:=,."'\\>(_-])*+(?:(?i:on|am|den|the|is|was|er|ist|war|date|dato|datum|datetime|i)\b[\s:=,."'\\(_-]{{0,6}}+){{0,5}}
    (?P<date>(?i:{_DATE}))""",
    re.VERBOSE,
)


_BEFORE = re.compile(rf"(?<![0-9])(?P<date>(?i:{_DATE}))[ ](?:in[ ][^\W\d_]{{1,20}}[ ])?\Z", re.VERBOSE)


_WORDS_OF_BIRTH = ("birth", "born", "dob", "d.o.b", "geb", "født", "fødsel", "foedsel", "fodsel")


def births(text: str) -> Iterator[Span]:
    # İ is the one letter that becomes two when it is made small, and positions must stay.
    small = text.replace("İ", "i").lower()
    for word in _WORDS_OF_BIRTH:
        at = small.find(word)
        while at >= 0:
            if match := _BIRTH.match(text, at) or (
                small.startswith("geboren", at) and _BEFORE.search(text, max(0, at - 48), at)
            ):
                yield Span(*match.span("date"), Kind.BIRTH)
            at = small.find(word, at + len(word))
