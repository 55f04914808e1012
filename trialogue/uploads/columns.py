"""What a heading means: the columns of a claim, with the ways people write them in English, German and Danish. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})


@dataclass(frozen=True)
class Column:
    """`name` as the API says it, `title` as the template's heading; `required` ones a case cannot do without."""

    name: str
    title: str
    label: Any
    example: str
    spellings: str
    required: bool = False

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key(word) for word in (self.name, self.title, *self.spellings.split(",")))


COLUMNS = (
    Column(
        "client_reference", "InvoiceNumber", _("Your reference"), "INV-1001",
        "invoice no,invoice nr,invoice,invoice id,invoice reference,reference,ref,your reference,case reference,client reference,"
        "case number,claim number,rechnungsnummer,rechnungsnr,rechnungs-nr,rechnung,belegnummer,belegnr,aktenzeichen,referenz,"
        "ihr zeichen,fakturanummer,fakturanr,faktura nr,faktura,bilagsnummer,bilagsnr,sagsnummer,sagsnr,reference nr",
        required=True,
    ),
    Column(
        "debtor_name", "DebtorName", _("Debtor's name"), "Bergmann Logistik GmbH",
        "debtor,name,company,company name,customer,customer name,debtor company,schuldner,schuldnername,name des schuldners,kunde,"
        "kundenname,firma,firmenname,debitor,debitorname,debitornavn,skyldner,skyldners navn,skyldnernavn,kundenavn,navn,firmanavn",
        required=True,
    ),
    Column(
        "debtor_type", "DebtorType", _("Debtor is a"), "Company",
        "type,customer type,type of debtor,schuldnertyp,kundentyp,art,rechtsform,debitortype,kundetype,skyldnertype",
    ),
    Column(
        "address", "Address", _("Address"), "Hafenstraße 12",
        "street,street address,address line 1,address1,debtor address,adresse,strasse,straße,anschrift,gade,vej,gadenavn,vejnavn",
    ),
    Column(
        "postal_code", "PostalCode", _("Postal code"), "20457",
        "zip,zip code,postcode,post code,plz,postleitzahl,postnr,postnummer",
    ),
    Column("city", "City", _("City"), "Hamburg", "town,place,ort,stadt,wohnort,by,bynavn,postdistrikt"),
    Column(
        "region", "State", _("State or region"), "",
        "province,county,us state,debtor state,bundesland,kanton,delstat,provins",
    ),
    Column(
        "debtor_country", "Country", _("Debtor's country"), "DE",
        "country code,country iso,debtor country,land,länderkennzeichen,ländercode,landeskennzeichen,landkode,landekode,lkz",
        required=True,
    ),
    Column(
        "email", "Email", _("E-mail"), "buchhaltung@bergmann.example",
        "e-mail,mail,email address,e-mail address,debtor email,e-mail-adresse,emailadresse,mailadresse",
    ),
    Column(
        "phone", "PhoneNumber", _("Phone"), "+49 40 123456",
        "phone,telephone,tel,mobile,debtor phone,telefon,telefonnummer,telefonnr,handy,mobil,mobilnummer,tlf,tlf nr",
    ),
    Column(
        "invoice_date", "InvoiceDate", _("Invoice date"), "2026-01-15",
        "date,date of invoice,issue date,rechnungsdatum,belegdatum,datum,fakturadato,dato,fakturadatum,bilagsdato",
    ),
    Column(
        "due_date", "DueDate", _("Due date"), "2026-02-14",
        "due,payment due,date due,fälligkeit,faelligkeit,fälligkeitsdatum,faelligkeitsdatum,fällig am,faellig am,zahlbar bis,"
        "forfaldsdato,forfald,forfalden,betalingsfrist",
    ),
    Column(
        "amount", "PrincipalAmount", _("Amount"), "12480.50",
        "amount,principal,claim amount,invoice amount,total,total amount,amount due,outstanding,outstanding amount,balance,open amount,"
        "betrag,hauptforderung,forderung,forderungsbetrag,rechnungsbetrag,offener betrag,restbetrag,summe,bruttobetrag,beløb,belob,"
        "hovedstol,restbeløb,saldo,fakturabeløb,skyldigt beløb,restgæld",
        required=True,
    ),
    Column(
        "currency", "CurrencyCode", _("Currency"), "EUR",
        "currency,iso currency,invoice currency,währung,waehrung,währungscode,valuta,valutakode,møntsort",
        required=True,
    ),
    Column(
        "contact", "DebtorContactPerson", _("Contact person"), "Frau Bergmann",
        "contact,contact name,contact person,attention,attn,ansprechpartner,kontaktperson,kontakt,att",
    ),
    Column(
        "description", "Description", _("What the claim is about"), "Unpaid invoice for power deliveries.",
        "text,comment,comments,note,notes,details,beschreibung,bemerkung,bemerkungen,kommentar,notiz,betreff,beskrivelse,bemærkning,"
        "bemærkninger,tekst,notat",
    ),
    Column(
        "documents", "Documents", _("Documents"), "INV-1001.pdf",
        "document,file,files,file name,file names,filename,attachment,attachments,datei,dateien,dateiname,dokument,dokumente,anhang,"
        "anhänge,fil,filer,filnavn,dokumenter,bilag",
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)


def key(heading: str) -> str:
    """What is left of a heading when case, accents, spaces and signs do not count."""
    folded = unicodedata.normalize("NFKD", heading.casefold().translate(LETTERS))
    return re.sub(r"[^a-z0-9]", "", folded)


def match(headings: Sequence[str]) -> dict[str, int]:
    """Which heading stands for which column, by number from 0: those written exactly so, then those that begin so."""
    keys = [key(heading) for heading in headings]
    found: dict[str, int] = {}
    for fits in (lambda words, there: there in words, _begins):
        for column in COLUMNS:
            free = (n for n, there in enumerate(keys) if there and n not in found.values() and fits(column.keys, there))
            if column.name not in found and (first := next(free, None)) is not None:
                found[column.name] = first
    return found


def _begins(words: frozenset[str], there: str) -> bool:
    """“Amount (EUR)”, “Invoice number *”."""
    return any(len(word) > 5 and there.startswith(word) for word in words)


def missing(matched: Mapping[str, int]) -> Iterator[Column]:
    return (BY_NAME[name] for name in REQUIRED if name not in matched)
