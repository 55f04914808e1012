"""The examples of the OpenAPI document: one day at Nordlys Energi A/S. A test holds each against its schema."""

from __future__ import annotations

from typing import Any

BASE = "https://trialogue.example/api/v1"
CLIENT = {"id": "org_5k0x9j2m4q7r1t3v", "name": "Nordlys Energi A/S"}
PARTNER = {"id": "org_8w2y4a6c0e1g3j5m", "name": "Kanzlei Brandt & Partner"}
PAUL = {"id": "per_1q3s5v7x9z0b2d4f", "name": "Paul Brandt"}

ME = {
    "organisation": {**PARTNER, "kind": "collection_partner", "country": "DE", "zone": "Europe/Berlin"},
    "environment": "production",
    "person": None,
    "key": {"id": "key_4t6w8y0a2c3e5g7j", "name": "Case system", "shown": "tri_live_RoUA"},
}
NEW_CASE = {
    "client_reference": "INV-1001",
    "debtor_name": "Bergmann Logistik GmbH",
    "debtor_type": "Company",
    "debtor_country": "DE",
    "amount": 12480.50,
    "currency": "EUR",
    "description": "Unpaid invoice for power deliveries.",
}
CASE: dict[str, Any] = {
    "id": "cas_7b9d1f2h4k6m8p0r",
    "reference": "Q8XAXF3W",
    **NEW_CASE,
    "amount": "12480.50",
    "environment": "production",
    "state": "PendingVerification",
    "state_label": "Pending Verification",
    "state_since": "2026-03-09T11:05:00Z",
    "client": CLIENT,
    "partner": PARTNER,
    "referrer": None,
    "close_code": None,
    "close_label": None,
    "close_comment": None,
    "created_at": "2026-03-09T11:00:00Z",
    "moved_at": "2026-03-09T11:05:00Z",
    "moves": [{"move": "confirm", "label": "Confirm case", "needs": [], "takes": ["message"]}],
}
CASE_PAGE = {"items": [CASE], "next": "MTc3MzA1NDMwMDAwMDAwMC40Mg"}
NEW_MOVE = {"move": "confirm", "message": "Welcome. We write to the debtor today."}
CONFIRMED = {
    **CASE,
    "state": "Active",
    "state_label": "Active",
    "state_since": "2026-03-09T13:30:00Z",
    "moved_at": "2026-03-09T13:30:00Z",
    "moves": [{"move": "pause", "label": "Pause case", "needs": ["reason"], "takes": []}],
}
LINE_PAGE = {
    "items": [
        {
            "at": "2026-03-09T13:30:00Z",
            "kind": "case.confirmed",
            "sentence": "Paul Brandt confirmed the case.",
            "by": "Paul Brandt",
            "organisation": "Kanzlei Brandt & Partner",
        }
    ],
    "next": None,
}
FILE = {
    "id": "doc_2c4e6g8j0m1p3r5t",
    "name": "reminder.pdf",
    "mime": "application/pdf",
    "size": 48211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": f"{BASE}/documents/doc_2c4e6g8j0m1p3r5t",
}
NEW_MESSAGE = {"body": "The debtor has paid the first instalment.", "author_email": "paul@brandt.example"}
MESSAGE = {
    "id": "msg_6f8h0k2n4q6s8v0x",
    "number": 4,
    "at": "2026-03-10T08:12:31.402113Z",
    "author": PAUL,
    "organisation": PARTNER,
    "body": "The debtor has paid the first instalment.",
    "expects_answer": True,
    "via": "api",
    "documents": [],
}
MESSAGE_PAGE = {"items": [MESSAGE], "next": None}
DOCUMENT = {**FILE, "message": None, "uploader": None, "organisation": PARTNER, "at": "2026-03-10T08:15:00Z"}
DOCUMENT_PAGE = {"items": [DOCUMENT], "next": None}
DOCUMENTS = {"items": [DOCUMENT]}
CLOCK = {
    "id": "clk_0h2k4n6q8s1v3x5z",
    "case": "Q8XAXF3W",
    "promise": "reply",
    "promise_label": "answer in the case chat",
    "within": "48 business hours",
    "state": "running",
    "owner": PARTNER,
    "owed_to": CLIENT,
    "zone": "Europe/Berlin",
    "started_at": "2026-03-13T11:00:00Z",
    "warn_at": "2026-03-16T23:00:00Z",
    "due_at": "2026-03-17T11:00:00Z",
    "settled_at": None,
    "left_seconds": 97200,
    "explanation_url": f"{BASE}/clocks/clk_0h2k4n6q8s1v3x5z/explanation",
}
CLOCK_PAGE = {"items": [CLOCK], "next": None}
EXPLANATION = {
    "clock": CLOCK,
    "stretches": [
        {"start": "2026-03-13T11:00:00Z", "end": "2026-03-13T23:00:00Z", "seconds": 43200, "counted": True, "why": "working time"},
        {"start": "2026-03-13T23:00:00Z", "end": "2026-03-14T23:00:00Z", "seconds": 86400, "counted": False, "why": "Saturday"},
        {"start": "2026-03-14T23:00:00Z", "end": "2026-03-15T23:00:00Z", "seconds": 86400, "counted": False, "why": "Sunday"},
        {"start": "2026-03-15T23:00:00Z", "end": "2026-03-17T11:00:00Z", "seconds": 129600, "counted": True, "why": "working time"},
    ],
    "counted_seconds": 172800,
}  # fmt: skip
EVENT = {
    "position": "8412.90217",
    "kind": "message.posted",
    "at": "2026-03-10T08:12:31.402113Z",
    "recorded_at": "2026-03-10T08:12:31.402980Z",
    "subject": "con_3d5f7h9k1n2q4s6v",
    "number": 9,
    "case": "Q8XAXF3W",
    "environment": "production",
    "by": "per_1q3s5v7x9z0b2d4f",
    "organisation": "org_8w2y4a6c0e1g3j5m",
    "via": "api",
    "facts": {
        "message": "msg_6f8h0k2n4q6s8v0x",
        "number": 4,
        "body": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        "documents": [],
    },
    "digest": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
}
EVENT_PAGE = {"items": [EVENT], "next": "8412.90217"}
