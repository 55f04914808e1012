"""What a letter already says of what is to be included, so that only the rest is asked for. Pure; it would rather miss than invent.

A line “HTTP status: 422” says it plainly, in the words of the form or of those who write such mails. Some things are plain by their
looks alone: a method with a path, a moment in UTC, a body in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from trialogue.channels.rules import Item

READ = 50_000  # characters of a letter
MOST_LINES = 12  # that one label may speak for
LONGEST = 5_000

# What people call an item at the beginning of a line, in English, German and Danish; in small letters, without what stands between.
LABELS: Mapping[str, tuple[str, ...]] = {
    "partner": ("partner", "partner name", "partnername"),
    "environment": ("environment", "env", "umgebung", "miljø"),
    "client": ("client", "client name", "customer", "kunde", "mandant", "klient"),
    "external_tenant_id": ("externaltenantid", "external tenant id", "tenant id", "tenantid", "tenant"),
    "case_reference": ("case", "case reference", "reference", "fall", "aktenzeichen", "referenz", "sag", "sagsnummer"),
    "error_message": ("error", "error message", "exact error message", "message", "fehler", "fehlermeldung", "fejl", "fejlbesked", "fejlmeddelelse"),
    "http_status": ("http status", "http status code", "status", "status code", "http", "http-status", "statuscode", "statuskode"),
    "response_body": ("response", "response body", "body", "answer", "antwort", "svar"),
    "endpoint": ("endpoint", "api endpoint", "url", "call", "request", "endpunkt", "aufruf", "endepunkt", "kald"),
    "request_payload": ("payload", "request payload", "request body"),
    "steps_tried": ("steps", "steps tried", "steps already tried", "tried", "we tried", "what we tried", "bereits versucht", "versucht", "schritte", "prøvet", "forsøgt"),
    "happened_at": ("time", "when", "timestamp", "time (utc)", "time utc", "utc time", "utc", "zeit", "zeitpunkt", "zeit (utc)", "tidspunkt", "tidspunkt (utc)"),
    "nature": ("nature", "nature of the question", "question", "concern", "frage", "anliegen", "spørgsmål"),
    "transaction": ("invoice", "transaction", "invoice number", "transaction reference", "rechnung", "rechnungsnummer", "transaktion", "faktura", "fakturanummer"),
    "correspondence": ("correspondence", "context", "hintergrund", "baggrund"),
}  # fmt: skip
_LINE = re.compile(r"^[ \t>*•–-]*([^\W\d_][\w .()/-]{1,38}?)[ \t]*[:=][ \t]*(.*)$")
_CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)\s+((?:https?://[^\s/]+)?/[^\s\"'<>,;]{1,200})")
_STATUS = re.compile(
    r"\b(?:http|status(?:\s?code)?|antwortet mit|returns?|returned|svarer med|fehler|error)\W{1,3}([1-5]\d\d)\b", re.I
)
_STATUS_LINE = re.compile(
    r"\b(4\d\d|5\d\d) (?:bad request|unauthorized|forbidden|not found|conflict|gone|unprocessable|too many requests|internal server error|bad gateway|service unavailable|gateway time-?out)",
    re.I,
)
_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\w)")
_TENANT = re.compile(r"\bexternalTenantId\b\W{1,6}([\w.-]{2,80})")
_TRIED = re.compile(r"\b(?:retried|tried|versucht|wiederholt|prøvet|forsøgt)\b", re.I)
_WHO = re.compile(r"\b(?:we|i|wir|ich|vi|jeg)\b", re.I)
_SAID = re.compile(
    r"(?<![\"'\w])(?:error|message|fehlermeldung|fehler|fejl|fejlbesked)[\s:=]{1,4}(?:(?:is|was|says|said|reads|lautet|ist|war|er|var|lyder)[\s:]{1,4})?"
    r"[\"“”„«»']([^\"“”„«»'\n]{4,400})[\"“”„«»']",
    re.I,
)
_ENVIRONMENTS = {"production": ("production", "prod", "live", "produktion", "produktiv"), "test": ("test", "sandbox", "staging", "testumgebung", "testmiljø")}  # fmt: skip


def gleaned(text: str, wanted: Collection[Item]) -> dict[str, str]:
    """What a letter says of the items wanted, by key: only what a form would have taken."""
    text = text[:READ]
    keys = {item.key: item for item in wanted}
    found = {key: value for key, value in _labelled(text).items() if key in keys}
    for key, look in _LOOKS.items():
        if key in keys and key not in found and (value := look(text)):
            found[key] = value
    return {key: fit for key, value in found.items() if (fit := _fitting(keys[key], value))}


def _labelled(text: str) -> dict[str, str]:
    """Lines of the form “label: value”; what follows a label with nothing behind it is its value, until an empty line or another label."""
    found: dict[str, str] = {}
    here, lines = "", list[str]()
    for line in [*text.splitlines(), ""]:
        label = _LINE.match(line)
        key = _key(label[1]) if label else ""
        if here and (key or not line.strip() or len(lines) == MOST_LINES):
            found.setdefault(here, "\n".join(lines).strip())
            here = ""
        if key and label:
            here, lines = key, [label[2].strip()]
            if label[2].strip():
                found.setdefault(key, label[2].strip())
                here = "" if key not in ("steps_tried", "nature", "correspondence") else key
        elif here:
            lines.append(line.strip())
    return {key: value for key, value in found.items() if value}


def _key(label: str) -> str:
    plain = " ".join(label.lower().split())
    return next((key for key, names in LABELS.items() if plain in names), "")


def _body(text: str) -> str:
    """The first whole JSON object in it."""
    decoder = json.JSONDecoder()
    for at in list(_braces(text))[:20]:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if value:
            return text[at:end]
    return ""


def _braces(text: str) -> Iterator[int]:
    at = text.find("{")
    while at >= 0:
        yield at
        at = text.find("{", at + 1)


def _group(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def look(text: str) -> str:
        found = pattern.search(text)
        return (found[found.lastindex or 0] if found else "").strip()

    return look


def _call(text: str) -> str:
    found = _CALL.search(text)
    return f"{found[1]} {found[2].rstrip('.)')}" if found else ""


def _status(text: str) -> str:
    found = _STATUS.search(text) or _STATUS_LINE.search(text)
    return found[1] if found else ""


def _moment(text: str) -> str:
    found = _MOMENT.search(text)
    return f"{found[1]}T{found[2]}{'+00:00' if found[3] in ('Z', 'UTC', 'GMT') else found[3]}" if found else ""


def _tried(text: str) -> str:
    """The sentence in which somebody says what they tried."""
    for found in islice(_TRIED.finditer(text), 20):
        before = text[max(0, found.start() - 200) : found.start()]
        begin = found.start() - len(re.split(r"[.!?\n]", before)[-1])
        if _WHO.search(text, begin, found.start()):
            end = re.compile(r"[!?\n]|\.(?=\s|$)").search(text, found.end(), found.end() + 300)
            return text[begin : end.end() if end else found.end() + 300].strip()
    return ""


def _environment(text: str) -> str:
    """Only when one of the two is named, as an environment and not in passing."""
    words = set(
        re.findall(r"(?:in|on|im|auf|i|på|the|der|our|unserer?)\s+(?:the |our |der |unserer )?(\w+)", text.lower())
    )
    named = [name for name, called in _ENVIRONMENTS.items() if words & set(called)]
    return named[0] if len(named) == 1 else ""


_LOOKS: Mapping[str, Callable[[str], str]] = {
    "environment": _environment,
    "external_tenant_id": _group(_TENANT),
    "error_message": _group(_SAID),
    "http_status": _status,
    "response_body": _body,
    "endpoint": _call,
    "steps_tried": _tried,
    "happened_at": _moment,
}


def _fitting(item: Item, value: str) -> str:
    """The value as a form would take it; "" when it would not."""
    value = value.strip()[:LONGEST]
    match item.kind:
        case "choice":
            plain = value.lower().strip(" .")
            meant = next((name for name, called in _ENVIRONMENTS.items() if plain in called), plain)
            return meant if meant in item.choices else ""
        case "number":
            digits = re.search(r"\d{1,6}", value)
            return digits[0] if digits else ""
        case "moment":
            return _iso(_moment(value) or value)
        case "case":
            found = re.search(r"(?<![A-Z0-9])[A-Z0-9]{8}(?![A-Z0-9])", value.upper())
            return found[0] if found else ""
        case "line":
            return " ".join(value.split())[:200]
    return value


def _iso(value: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return ""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
