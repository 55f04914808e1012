"""What the document shows of complaints. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

from trialogue.doors.api.request_examples import CLARA, OLGA

NEW_COMPLAINT = {
    "category": "communication",
    "description": "Two questions, no answer in ten days.",
    "wanted": "An answer.",
}
NEW_RESPONSE = {"response": "We answered by telephone on 4 March; the note was missing in the case."}
NEW_DECISION = {
    "outcome": "upheld",
    "severity": "minor",
    "reasons": "An answer belongs in the case, where it can be read.",
}
COMPLAINT: dict[str, Any] = {
    "number": "C-2026-000017",
    "case": "Q8XAXF3W",
    "client": {"id": "org_7e9g1j3m5p7r9t1w", "name": "Nordlys Energi A/S"},
    "partner": {"id": "org_2b4d6f8h0k2m4p6r", "name": "Kanzlei Brandt & Partner"},
    "category": "communication",
    "category_label": "Slow or no communication",
    "description": NEW_COMPLAINT["description"],
    "wanted": NEW_COMPLAINT["wanted"],
    "documents": [],
    "state": "submitted",
    "state_label": "submitted",
    "filed_at": "2026-03-10T08:15:00Z",
    "filed_by": CLARA,
    "reviewer": None,
    "passed_on_at": None,
    "response": None,
    "responded_at": None,
    "responded_by": None,
    "response_documents": [],
    "reasons": None,
    "severity": None,
    "ended_at": None,
    "clock": None,
}
COMPLAINT_PAGE = {"items": [COMPLAINT], "next": None}
REVIEWED = COMPLAINT | {"state": "under_review", "state_label": "under review", "reviewer": OLGA}
PASSED_ON = REVIEWED | {
    "state": "awaiting_response", "state_label": "awaiting the response", "passed_on_at": "2026-03-10T10:00:00Z",
}  # fmt: skip
RESPONDED = PASSED_ON | {
    "state": "to_decide", "state_label": "to be decided", "response": NEW_RESPONSE["response"], "responded_at": "2026-03-12T09:20:00Z",
}  # fmt: skip
DECIDED = RESPONDED | {
    "state": "upheld", "state_label": "upheld", "severity": "minor", "reasons": NEW_DECISION["reasons"], "ended_at": "2026-03-16T13:00:00Z",
}  # fmt: skip
WITHDRAWN = COMPLAINT | {"state": "withdrawn", "state_label": "withdrawn", "ended_at": "2026-03-10T09:00:00Z"}
