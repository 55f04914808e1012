"""Values under keys that say what they hold: JSON (whole, cut off, or inside a string), `key=value`, `Key: value`, XML, query strings.

Nothing is parsed: what people paste is seldom whole. Every key is looked up once by its words (`debtorFirstName`, `first_name`,
`X-Api-Key`), its value read from there, and the search goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

from . import credentials, numbers
from .spans import NOTHING, PLACEHOLDER, Kind, Span

_KEY = re.compile(
    r"(?<![A-Za-z0-9_À-ÿ])(?<![A-Za-z0-9_À-ÿ]-)([A-Za-z_À-ÿ][A-Za-z0-9_À-ÿ-]*+)(\\{0,3}[\"'])?\]?[ \t]{0,4}+(?:=>|[:=])([ \t]?[\[{])?"
)
# As JSON writes letters beyond ASCII when it is told to.
_ESCAPED_KEY = re.compile(
    _KEY.pattern.replace("[A-Za-z0-9_À-ÿ-]*+", r"(?:[A-Za-z0-9_À-ÿ-]|\\u00[0-9a-fA-F]{2}){0,60}+")
)
_ESCAPE = re.compile(r"\\{1,2}u([0-9a-fA-F]{4})")
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w-]{0,40}:)?([A-Za-z_À-ÿ][\wÀ-ÿ-]{0,60})(?:\s[^<>]{0,200})?>([^<>\n]{1,500})")
_PART = re.compile(r"name=\"([^\"\n]{1,60})\"(?:\r?\n){2}([^\r\n]{1,500})")
_OPEN = re.compile(r"[ \t]{0,8}(?:\\[nrt])?[bu]?(\\{0,3}[\"']|[\[{])?")
_LIST = re.compile(r"[\s,]*+(\\{0,3}[\"'])")
_BARE = re.compile(r"[^\s&;,<>\"'(){}\[\]|\\]++")
_REST = re.compile(r"[^\n\r\"<>{}\[\]|\\;]{1,300}")
_NEXT_KEY = re.compile(r",?\s+[A-Za-zÀ-ÿ_][\w-]*+(?: [\w-]{1,20})?\s?[:=]")
_WORDS = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+[0-9]?|[A-ZÀ-Þ]+(?![a-zß-ÿ])[0-9]?|[0-9]+")

# What a key may end in, words run together.
_NAMES: dict[Kind, str] = {
    Kind.NAME: "firstname lastname fullname givenname givennames familyname surname middlename maidenname forename birthname "
    "legalname contactname contactperson displayname personname debtorname customername holdername cardholder cardholdername "
    "accountholder accountholdername ownername recipientname sendername employeename signatory applicantname guarantorname attn "
    "vorname vornamen nachname familienname geburtsname ansprechpartner ansprechpartnerin kontoinhaber kontoinhaberin "
    "schuldnername kundenname inhaber empfängername fornavn fornavne efternavn mellemnavn fuldenavn kontaktperson skyldnernavn "
    "debitornavn kundenavn kontohaver modtagernavn",
    Kind.ADDRESS: "address addresses address1 address2 address3 addressline addressline1 addressline2 addressline3 streetaddress street street1 street2 "
    "streetname streetnumber housenumber houseno postaladdress mailingaddress homeaddress billingaddress shippingaddress zip "
    "zipcode postalcode postcode city town strasse straße str hausnummer hausnr plz postleitzahl ort wohnort stadt anschrift "
    "adresse adresszeile postanschrift wohnanschrift adresselinje gade gadenavn vej vejnavn husnummer husnr postnr postnummer "
    "bynavn poststed streetaddr addr",
    Kind.PHONE: "phone phones phonenumber telephone tel telefon telefonnummer telefonnr tlf tlfnr mobile mobil mobilnummer mobilenumber mobiltelefon "
    "mobilephone cell cellphone handy handynummer fax faxnumber msisdn whatsapp rufnummer festnetz",
    Kind.NATIONAL_ID: "ssn socialsecuritynumber socialsecurity nationalid nationalidnumber nationalidentifier personalid personalidnumber personalnumber "
    "personalidentitynumber nin nino nationalinsurancenumber ninumber passport passportnumber passportno identitycard idcard idcardnumber "
    "driverslicense driverlicense steuerid steueridnr steueridentifikationsnummer idnr sozialversicherungsnummer svnr "
    "personalausweis personalausweisnummer ausweisnummer reisepass reisepassnummer cpr cprnr cprnummer cprno personnummer personnr "
    "fødselsnummer fodselsnummer foedselsnummer pasnummer kørekort kørekortnummer bsn pesel dni nie pps ppsn ahv ahvnummer cnp oib egn "
    "hetu codicefiscale fiscalcode nhsnumber",
    Kind.VAT: "vat vatnumber vatno vatid vatnr taxid taxnumber ustid ustidnr ustnr umsatzsteuerid umsatzsteueridentifikationsnummer uid uidnummer moms "
    "momsnr momsnummer senr",
    Kind.ACCOUNT: "bankaccount bankaccountnumber bankaccountno accountnumber accountno kontonummer kontonr bban sortcode routingnumber blz bankleitzahl regnr cvv cvc cvv2 cvc2",
    Kind.CARD: "cardnumber cardno creditcard creditcardnumber pan kortnummer kartennummer kreditkarte kreditkartennummer",
    Kind.API_KEY: "apikey apikeys apitoken apisecret secret secretkey clientsecret webhooksecret signingsecret sharedsecret signingkey privatekey "
    "accesskey secretaccesskey accountkey subscriptionkey functionskey encryptionkey masterkey hemmelighed apinøgle apischlüssel",
    Kind.TOKEN: "token accesstoken refreshtoken idtoken authtoken bearertoken sessiontoken csrftoken xsrftoken securitytoken invitetoken authorization "
    "proxyauthorization authentication csrf sig signature",
    Kind.PASSWORD: "password passwords passwd pwd pass passphrase passcode pin pincode otp onetimecode passwort kennwort geheimzahl losung adgangskode kodeord "
    "engangskode pinkode",
    Kind.COOKIE: "cookie cookies setcookie sessionid sessid phpsessid jsessionid sid connectsid",
}  # fmt: skip
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_ANYONES = frozenset(
    ["name", "names", "navn", "debtor", "schuldner", "schuldnerin", "skyldner", "debitor", "kontakt", "contact", "recipient"]
)  # of a person, a file, a company: what is around and what it looks like decide
_PERSONS = frozenset(
    ["debtor", "customer", "contact", "person", "owner", "holder", "recipient", "sender", "employee", "guarantor", "applicant", "signatory", "user", "payer", "payee", "schuldner", "schuldnerin", "kunde", "kontakt", "empfänger", "absender", "inhaber", "bürge", "mitarbeiter", "skyldner", "debitor", "kontaktperson", "modtager", "afsender", "ejer", "medarbejder", "kautionist", "bruger", "patient", "tenant", "witness", "author", "individual", "spouse", "consumer"]
)
_OTHERS = frozenset(
    ["client", "company", "organisation", "organization", "partner", "creditor", "product", "file", "event", "template", "webhook", "host", "server", "service", "project", "app", "application", "bank", "currency", "country", "key", "header", "field", "column", "table", "class", "method", "function", "module", "package", "queue", "job", "firma", "mandant", "gläubiger", "produkt", "datei", "land", "virksomhed", "selskab", "kreditor", "fil", "tag", "channel", "endpoint", "environment", "role", "group", "team", "logger", "plan", "status", "tenant", "calendar", "policy", "file", "host", "domain", "display", "user"]
)
_NO_ADDRESS = frozenset(
    ["ip", "mac", "email", "mail", "e", "wallet", "web", "url", "server", "host", "remote", "memory", "bind", "listen", "peer", "local", "client", "contract"]
)
_NOT_SECRET = frozenset(["next", "page", "continuation", "cursor", "max", "min", "pagination", "csrfmiddleware", "count"])
_PLACED = frozenset({"by", "line1", "line2", "number", "line", "postal"})  # an address's parts only inside one


class _Key:
    """What the words of a key say. `whose`: the word before, as in `debtorName`."""

    __slots__ = ("kind", "last", "whose")

    def __init__(self, kind: Kind | None, last: str, whose: str) -> None:
        self.kind, self.last, self.whose = kind, last, whose


@lru_cache(8192)
def _read(written: str) -> _Key | None:
    """None for most keys: they hold nothing of anyone."""
    if len(written) > 60:
        return None
    words = [word.lower() for word in _WORDS.findall(_unescaped(written))]
    for size in range(min(4, len(words)), 0, -1):
        last = "".join(words[-size:])
        whose = words[-size - 1] if len(words) > size else ""
        kind = _BY_NAME.get(last)
        if kind is Kind.ADDRESS and whose in _NO_ADDRESS:
            return None
        if kind in (Kind.TOKEN, Kind.API_KEY) and _NOT_SECRET & set(words):
            return None
        if kind or last in _ANYONES or (last in _PLACED and size == len(words)):
            return _Key(kind, last, whose)
    return None


def _unescaped(written: str) -> str:
    """What is meant by `Nu\\u00f1ez`, `Anna+Lund` or `Anna%20Lund`."""
    if "\\" in written:
        written = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), written)
    return unquote_plus(written) if "+" in written or "%" in written else written


class _Ahead:
    """Where something stands next. Asked with growing positions, it reads the text once, however often it is asked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, int] = {}

    def find(self, what: str, at: int) -> int:
        known = self._known.get(what, -1)
        if known < at:
            found = self._text.find(what, at)
            known = self._known[what] = len(self._text) if found < 0 else found
        return known


def keyed(text: str, again: bool = False) -> Iterator[Span]:
    """`again`: these are pieces of a text that was searched before, so that nothing can be said of what is around an object's name."""
    ahead, scope, at = _Ahead(text), ("", 0), 0
    for match in (_ESCAPED_KEY if "\\u00" in text else _KEY).finditer(text):
        written, quote, bracket = match.groups()
        key = _read(written)
        if key is None and bracket is None:
            continue
        if match.start() < at:
            continue
        after = match.end() - len(bracket or "")
        if key is None:
            if quote:
                scope = (written, after)
            continue
        if again and quote and key.kind is None:
            continue
        if key.last in ("name", "number", "address", "code", "no", "nr", "birth", "id", "key", "line") and not match[2]:
            key = _with_words_before(text, match, key)
        opened = _OPEN.match(text, after)
        assert opened
        mark, start = opened[1], opened.end()
        if mark in ("{", "["):
            scope = (match[1], after)
            if mark == "[" and key.kind:
                for begin, end in _listed(text, ahead, start):
                    yield from _value(text, key, begin, end, "")
                    at = end
            continue
        inside = scope[0] if text.rfind("}", max(scope[1], match.start() - 400), match.start()) < 0 else ""
        if match.start() - scope[1] > 2000:
            inside = ""
        if mark:
            end = _closing(text, ahead, mark, start)
            bare = False
        else:
            start += _blank(text, start)
            end = _bare_end(text, key, match, start)
            bare = True
        if key.kind in (Kind.TOKEN, Kind.COOKIE) and key.last in (
            "authorization",
            "proxyauthorization",
            "cookie",
            "cookies",
            "setcookie",
        ):
            if not mark and text[start : start + 1] == "[":
                start += 1
            stop = end if mark else min(ahead.find("\n", start), start + 4000)
            yield from _header(text, ahead, key, match, start, stop)
        else:
            yield from _value(text, key, start, end, inside, bare, quoted=bool(match[2]))
        at = max(at, end)
    if "</" in text or "<" in text:
        for element in _ELEMENT.finditer(text):
            if key := _read(element[1]):
                yield from _value(text, key, *element.span(2), _parent(text, element.start()), quoted=True)
    if "form-data" in text:
        for part in _PART.finditer(text):
            if key := _read(part[1]):
                yield from _value(text, key, *part.span(2), "", quoted=True)


_ADDRESS_ELEMENT = re.compile(r"<[\w:]{0,40}(?i:ad{1,2}ress)[\w:]{0,40}[ >]")


def _parent(text: str, at: int) -> str:
    return "address" if _ADDRESS_ELEMENT.search(text, max(0, at - 300), at) else ""


def _with_words_before(text: str, match: re.Match[str], key: _Key) -> _Key:
    """`Debtor name: …`, `Date of birth: …`: a key may be words with spaces."""
    line = text[max(0, match.start() - 40) : match.start()]
    words = re.split(r"[^\w -]", line)[-1].split()[-3:]
    longer = _read("_".join([*words, match[1]])) if words else None
    return longer or key


def _blank(text: str, at: int) -> int:
    return 1 if text[at : at + 1] == " " else 0


def _closing(text: str, ahead: _Ahead, mark: str, start: int) -> int:
    """The end of a quoted value: its closing mark, or the end of the line where it has none."""
    line = ahead.find("\n", start)
    end = ahead.find(mark, start)
    if len(mark) == 1:
        while end < line and _escaped(text, end, start):
            end = ahead.find(mark, end + 1)
    return min(end, line)


def _escaped(text: str, at: int, start: int) -> bool:
    back = at
    while back > start and text[back - 1] == "\\":
        back -= 1
    return (at - back) % 2 == 1


def _listed(text: str, ahead: _Ahead, start: int) -> Iterator[tuple[int, int]]:
    while opened := _LIST.match(text, start):
        end = _closing(text, ahead, opened[1], opened.end())
        yield opened.end(), end
        start = end + len(opened[1])


def _bare_end(text: str, key: _Key, match: re.Match[str], start: int) -> int:
    """`name=Anna` ends at a space; `Name: Anna Schmidt` with the line, or where the next key begins."""
    line_of_words = ":" in match[0] or text[match.end() : match.end() + 1] == " "
    if line_of_words and key.kind in (
        None,
        Kind.NAME,
        Kind.ADDRESS,
        Kind.PHONE,
        Kind.NATIONAL_ID,
        Kind.ACCOUNT,
        Kind.CARD,
        Kind.VAT,
    ):
        rest = _REST.match(text, start)
        if not rest:
            return start
        end = rest.end()
        if following := _NEXT_KEY.search(text, start, end):
            end = following.start()
        if key.kind is not Kind.ADDRESS and (comma := text.find(",", start, end)) >= 0:
            end = comma
        return start + len(text[start:end].rstrip(" \t,."))
    if key.kind is Kind.PASSWORD:
        return _until(text, start, "\"'<>&,;)}]" if not line_of_words else "\"'<>")
    found = _BARE.match(text, start)
    return found.end() if found else start


def _until(text: str, start: int, marks: str) -> int:
    for end in range(start, min(len(text), start + 200)):
        if text[end].isspace() or text[end] in marks:
            return end
    return min(len(text), start + 200)


_SCHEME = re.compile(r"\s{0,4}(?:[A-Za-z]{1,20}\s{1,4})?([A-Za-z0-9_.~/+=:-]{8,})")


def _header(text: str, ahead: _Ahead, key: _Key, match: re.Match[str], start: int, end: int) -> Iterator[Span]:
    if key.kind is Kind.COOKIE:
        yield from credentials.cookies(text, start, end, most=1 if key.last == "setcookie" else 100)
    elif (credential := _SCHEME.match(text, start, end)) and any(char.isdigit() for char in credential[1]):
        basic = "asic" in text[start : credential.start(1)]
        yield Span(*credential.span(1), Kind.PASSWORD if basic else Kind.TOKEN)


# Whether what stands there is such a value


def _value(
    text: str, key: _Key, start: int, end: int, inside: str, bare: bool = False, quoted: bool = False
) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start >= end or end - start > 20_000:
        return
    written = text[start:end]
    if written.strip(".,;!").lower() in NOTHING or not any(
        map(str.isalnum, PLACEHOLDER.sub("", written) if "[" in written else written)
    ):
        return
    kind = key.kind
    if kind is None:
        kind = _of_anyone(key, written, inside, quoted)
        if kind is None:
            return
    elif not _PLAUSIBLE[kind](written, key, bare):
        return
    yield Span(start, end, kind)


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


def _of_anyone(key: _Key, written: str, inside: str, quoted: bool) -> Kind | None:
    if key.last == "by":
        return Kind.ADDRESS if quoted and written[:1].isupper() and not any(map(str.isdigit, written)) else None
    if key.last in _PLACED:
        return Kind.ADDRESS if "address" in inside.lower() or "adress" in inside.lower() else None
    spoken = _unescaped(written)
    around = key.whose or _scope_word(inside)
    if (
        (around in _OTHERS and around not in _PERSONS)
        or _COMPANY.search(spoken)
        or not _LETTERED_NAME.fullmatch(spoken)
    ):
        return None
    person = around in _PERSONS or _PERSON.fullmatch(spoken)
    return Kind.NAME if person and not any(map(str.isdigit, spoken)) and not _PUBLIC_ID.fullmatch(spoken) else None


def _scope_word(inside: str) -> str:
    words = _WORDS.findall(inside)
    last = words[-1].lower() if words else ""
    return last[:-1] if last.endswith("s") and last[:-1] in _PERSONS | _OTHERS else last


def _is_name(written: str, key: _Key, bare: bool) -> bool:
    written = _unescaped(written)
    if not _LETTERED_NAME.fullmatch(written) or any(map(str.isdigit, written)) or "@" in written:
        return False
    return key.last in (
        "firstname",
        "lastname",
        "vorname",
        "nachname",
        "fornavn",
        "efternavn",
        "surname",
    ) or not _COMPANY.search(written)


def _is_address(written: str, key: _Key, bare: bool) -> bool:
    if (
        (_NETWORK.fullmatch(written)
        and not (key.last.startswith(("zip", "p", "h")) and written.isdigit()))
        or _PUBLIC_ID.fullmatch(written)
    ):
        return False
    if key.last in ("zip", "zipcode", "postalcode", "postcode", "plz", "postleitzahl", "postnr", "postnummer"):
        return bool(_ZIP.fullmatch(_unescaped(written))) and any(map(str.isdigit, written))
    if key.last in ("str", "ort", "town", "city", "stadt", "addr") and bare:
        return written[:1].isupper()
    return True


def _has_digits(least: int) -> Callable[[str, _Key, bool], bool]:
    def enough(written: str, key: _Key, bare: bool) -> bool:
        return (
            sum(map(str.isdigit, written)) >= least
            and bool(
                _NUMBERISH.fullmatch(written)
                or (key.kind is Kind.NATIONAL_ID and len(written) <= 24 and " " not in written)
            )
            and not _PUBLIC_ID.fullmatch(written)
        )

    return enough


def _is_account(written: str, key: _Key, bare: bool) -> bool:
    return _has_digits(3 if key.last.startswith("cv") else 5)(written, key, bare)


def _is_vat(written: str, key: _Key, bare: bool) -> bool:
    if any(char.isalpha() for char in written[:2]):
        return numbers.is_vat(written)
    compact = re.sub(r"[ .-]", "", written)
    return (
        compact.isdigit()
        and 8 <= len(compact) <= 12
        and any(numbers.is_vat(land + compact) for land in ("DE", "DK", "GB", "IT", "PL", "PT", "BE", "FI", "LU"))
    )


def _is_secret(written: str, key: _Key, bare: bool) -> bool:
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
    return any(map(str.isdigit, written)) or (len(written) >= 16 and written.lower() != written != written.upper())


def _is_password(written: str, key: _Key, bare: bool) -> bool:
    if key.last in ("pin", "pincode", "otp", "pinkode", "onetimecode", "engangskode"):
        return written.isdigit() and 3 < len(written) < 10
    if set(written) <= set("*•xX.…") or (len(written) < 3):
        return False
    return not bare or key.last != "pass" or any(map(str.isdigit, written))


def _is_cookie(written: str, key: _Key, bare: bool) -> bool:
    return key.last != "sid" and _is_secret(written, key, bare)


_PLAUSIBLE: dict[Kind, Callable[[str, _Key, bool], bool]] = {
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
