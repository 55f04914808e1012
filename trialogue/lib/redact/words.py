"""What keys are called, in English, German and Danish, and what follows from it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

from .spans import Kind, several

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
    Kind.PASSWORD: "password passwords passwd pwd pw pass passphrase passcode pin pincode otp onetimecode passwort kennwort geheimzahl losung adgangskode kodeord "
    "engangskode pinkode",
    Kind.COOKIE: "cookie cookies setcookie sessionid sessid phpsessid jsessionid sid connectsid",
}  # fmt: skip
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}
# Of a person, a file, a company: what is around it, and what it looks like, decide.
_ANYONES = several(
    """
    name names navn debtor schuldner schuldnerin skyldner debitor kontakt contact recipient
    """
)
_PERSONS = several(
    """
    debtor customer contact person owner holder recipient sender employee guarantor applicant signatory user
    payer payee schuldner schuldnerin kunde kontakt empfänger absender inhaber bürge mitarbeiter skyldner
    debitor kontaktperson modtager afsender ejer medarbejder kautionist bruger patient tenant witness author
    individual spouse consumer
    """
)
_OTHERS = several(
    """
    client company organisation organization partner creditor product file event template webhook host
    server service project app application bank currency country key header field column table class method
    function module package queue job firma mandant gläubiger produkt datei land virksomhed selskab kreditor
    fil tag channel endpoint environment role group team logger plan status tenant calendar policy domain
    display user
    """
)
# Words that make another thing of an address, or of a token.
_NO_ADDRESS = several(
    """
    ip mac email mail e wallet web url server host remote memory bind listen peer local client contract
    """
)
_NOT_SECRET = several(
    """
    next page continuation cursor max min pagination csrfmiddleware count
    """
)
_PLACED = frozenset(("by", "line1", "line2", "number", "line", "postal"))  # parts of an address, inside one
_LONGER = frozenset(("name", "number", "address", "code", "no", "nr", "birth", "id", "key", "line"))
_WORDS = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+[0-9]?|[A-ZÀ-Þ]+(?![a-zß-ÿ])[0-9]?|[0-9]+")
_ESCAPE = re.compile(r"\\{1,2}u([0-9a-fA-F]{4})")


class Key(NamedTuple):
    """What the words of a key say. No kind: more must be known. `whose`: the word before, as in `debtorName`."""

    kind: Kind | None
    last: str
    whose: str

    @property
    def placed(self) -> bool:
        return self.last in _PLACED

    @property
    def may_be_longer(self) -> bool:
        return self.last in _LONGER


@lru_cache(8192)
def read(written: str) -> Key | None:
    """None for most keys: they hold nothing of anyone."""
    if len(written) > 60:
        return None
    words = [word.lower() for word in _WORDS.findall(unescaped(written))]
    for size in range(min(4, len(words)), 0, -1):
        last, whose = "".join(words[-size:]), words[-size - 1] if len(words) > size else ""
        kind = _BY_NAME.get(last)
        if kind is Kind.ADDRESS and whose in _NO_ADDRESS:
            return None
        if kind in (Kind.TOKEN, Kind.API_KEY) and _NOT_SECRET & set(words):
            return None
        if kind or last in _ANYONES or (last in _PLACED and size == len(words)):
            return Key(kind, last, whose)
    return None


def of_person(word: str) -> bool:
    return word in _PERSONS


def of_other(word: str) -> bool:
    return word in _OTHERS - _PERSONS


def last_word(written: str) -> str:
    """What a key is about: `debtors` and `caseDebtor` about a debtor."""
    words = _WORDS.findall(written)
    last = words[-1].lower() if words else ""
    return last[:-1] if last.endswith("s") and last[:-1] in _PERSONS | _OTHERS else last


def unescaped(written: str) -> str:
    """What is meant by `Nu\\u00f1ez`, `Anna+Lund` or `Anna%20Lund`."""
    if "\\" in written:
        written = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), written)
    return unquote_plus(written) if "+" in written or "%" in written else written
