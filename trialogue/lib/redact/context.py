"""What the word before a number says about it: «call me on 20304050», «invoice no. 20304050», "debtorPhone": "20304050"."""

from __future__ import annotations

import re
import string
from enum import Enum
from functools import lru_cache

from .spans import several

_LETTERS = string.ascii_letters + "".join(map(chr, range(0xC0, 0x180)))
_BETWEEN = " \t\xa0:.#=()\"'\\/_–-"
_MOST_LINKS = 4


class Context(Enum):
    NOTHING = 0
    PHONE = 1
    NATIONAL_ID = 2
    ACCOUNT = 3
    NUMBERED = 4  # what people number, and is no telephone


# Words that lead on from one that says more.
_LINKS = several(
    """
    is are ist sind lautet er at on under unter på me mig mich us os uns til to number numbers nummer nummeret
    no nr new neu neue neuer nye ny my min mine meine the den der die please bitte venligst das bei via or oder
    eller and und og auf with mit med i e164
    """
)
_SAYS = {
    Context.PHONE: "phone phones telephone tel telefon telefonnummer telefonnr tlf mobile mobil mobilnummer mobilnr mobiltelefon cell "
    "cellphone handy handynummer fax whatsapp call ring sms rufnummer erreichbar anrufen reach reached træffes msisdn festnetz",
    Context.NATIONAL_ID: "ssn security cpr personnummer personnr fødselsnummer fodselsnummer fnr nino ni bsn pesel dni nie nif pps ppsn ahv "
    "cnp oib egn nhs hetu steuer steuerid idnr steueridentifikationsnummer sozialversicherungsnummer svnr svnummer "
    "fiscale insee nir nin passport pass reisepass pas personalausweis ausweis ausweisnummer pasnummer kørekort "
    "personal national",
    Context.ACCOUNT: "kontonr kontonummer kontonummeret bankkonto bankaccount",
    Context.NUMBERED: "customer invoice invoices rechnung rechnungsnummer rechnungsnr faktura fakturanummer fakturanr order bestellung "
    "bestellnummer ordre ordrenummer reference ref referenz case fall sag sagsnummer sagsnr vorgang vorgangsnummer "
    "kunden kunde kundennummer kundenummer aktenzeichen az transaction row rows zeile linje batch po version commit "
    "bytes kid sku ean isbn serial artikel varenummer cvr hrb rows konto account zip plz ts time timestamp size offset "
    "port pid count total amount betrag beløb",
}  # fmt: skip
_BY_WORD = {word: context for context, words in _SAYS.items() for word in words.split()}
_PIECES = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])")


def before(text: str, at: int) -> Context:
    """Only words that lead straight to it count, so that a context ends where something was masked."""
    left = text[max(0, at - 60) : at]
    for _ in range(_MOST_LINKS):
        left = left.rstrip(_BETWEEN)
        word = left[len(left.rstrip(_LETTERS)) :]
        says = _said(word)
        if word.lower() in ("id", "ids", "identifier"):  # whose? a person's, or anything's
            rest = left[: -len(word)].rstrip(_BETWEEN)
            whose = _said(rest[len(rest.rstrip(_LETTERS)) :])
            return whose if whose is Context.NATIONAL_ID else Context.NUMBERED
        if says is not None:
            return says
        left = left[: -len(word)]
    return Context.NOTHING


@lru_cache(4096)
def _said(word: str) -> Context | None:
    """None: a link, look at the word before it."""
    whole = word.lower()
    if found := _BY_WORD.get(whole):
        return found
    pieces = _PIECES.findall(word) or [""]
    for piece in reversed(pieces[-3:]):
        last = piece.lower()
        if last in _BY_WORD:
            return _BY_WORD[last]
        if last not in _LINKS:
            return Context.NOTHING
    return None
