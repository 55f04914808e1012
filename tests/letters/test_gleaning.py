"""What a letter already says of what is to be included."""

from __future__ import annotations

import time

import pytest

from trialogue.channels.rules import shipped_rules
from trialogue.letters.gleaning import gleaned

RULES = shipped_rules()
WANTED = RULES.items_of(RULES.channels["technical"], "referral_partner")

PLAIN = """Hello,

since this morning onboarding links fail for Nordlys.

Environment: production
externalTenantId: tenant-4711
HTTP status: 422
Endpoint: POST /api/v1/clients
Error: "country must be an ISO code"
Time (UTC): 2026-11-24 09:15
Steps tried: retried the request, called POST /clients again

Best, Rita
"""
PROSE = """Hi, in our production we get HTTP 503 from GET https://trialogue.example/api/v1/cases?after=1 since 2026-11-24T09:15:30Z.
The answer says: {"error": {"code": "busy", "n": 2}}
We retried the request three times. The message was “upstream timed out”."""
GERMAN = """Guten Tag,

Umgebung: Produktion
Fehlermeldung:
Die Anfrage konnte nicht
verarbeitet werden

Zeitpunkt (UTC): 2026-11-24 09:15
Bereits versucht: neu gesendet
Mandant: Nordlys ApS
"""
DANISH = """Hej

Miljø: test
Fejlbesked: ugyldigt land
Statuskode: 400
Tidspunkt: 2026-11-24T10:15:00+01:00
Vi har prøvet at sende igen.
"""


def test_labelled_lines_are_read() -> None:
    found = gleaned(PLAIN, WANTED)
    assert found == {
        "environment": "production",
        "external_tenant_id": "tenant-4711",
        "http_status": "422",
        "endpoint": "POST /api/v1/clients",
        "error_message": '"country must be an ISO code"',
        "happened_at": "2026-11-24T09:15:00+00:00",
        "steps_tried": "retried the request, called POST /clients again",
    }


def test_what_is_plain_by_its_looks_is_read_in_prose() -> None:
    found = gleaned(PROSE, WANTED)
    assert found["environment"] == "production"
    assert found["http_status"] == "503"
    assert found["endpoint"] == "GET https://trialogue.example/api/v1/cases?after=1"
    assert found["happened_at"] == "2026-11-24T09:15:30+00:00"
    assert found["response_body"] == '{"error": {"code": "busy", "n": 2}}'
    assert found["error_message"] == "upstream timed out"
    assert found["steps_tried"].startswith("We retried the request")


def test_german_and_danish_are_read() -> None:
    german = gleaned(GERMAN, WANTED)
    assert german["environment"] == "production"
    assert german["error_message"] == "Die Anfrage konnte nicht\nverarbeitet werden"
    assert german["client"] == "Nordlys ApS"
    danish = gleaned(DANISH, WANTED)
    assert (danish["environment"], danish["http_status"]) == ("test", "400")
    assert danish["happened_at"] == "2026-11-24T10:15:00+01:00"
    assert danish["steps_tried"] == "Vi har prøvet at sende igen."


@pytest.mark.parametrize(
    "text",
    [
        "Dear all, please send me the invoice for March.",
        "We produced a test of the error in our head office, at 404 Main Street.",
        "The status of the contract is fine. Call me when you have time.",
        "{ this is no JSON } and neither is {}",
        "",
    ],
)
def test_nothing_is_invented(text: str) -> None:
    assert gleaned(text, WANTED) == {}


def test_a_value_the_form_would_not_take_is_left_out() -> None:
    assert gleaned("Environment: somewhere\nTime (UTC): yesterday\nHTTP status: bad\n", WANTED) == {}


def test_only_what_is_wanted_is_read() -> None:
    business = RULES.items_of(RULES.channels["partnerships"], "client")
    assert set(gleaned(PLAIN + "\nInvoice: INV-1\n", business)) <= {
        "partner",
        "nature",
        "transaction",
        "correspondence",
    }


@pytest.mark.parametrize("text", ["{" * 100_000, "a: " * 50_000, "we " * 50_000, 'error: "' * 20_000, "x" * 200_000])
def test_a_hostile_letter_is_read_in_a_moment(text: str) -> None:
    began = time.process_time()
    gleaned(text, WANTED)
    assert time.process_time() - began < 2
