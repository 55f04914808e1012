"""What the document shows of channels, requests and the policy. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

from trialogue.doors.api.examples import CLIENT, CLOCK, FILE, MESSAGE, PREVIEW

OPERATOR = {"id": "org_2b4d6f8h0k2m4p6r", "name": "Trialogue Operations"}
OLGA = {"id": "per_4d6f8h0k2m4p6r8t", "name": "Olga Lind"}
CLARA = {"id": "per_9d1f3h5k7n9q1s3v", "name": "Clara Holm"}
ITEM: dict[str, Any] = {
    "key": "error_message",
    "says": "The exact error message",
    "kind": "text",
    "choices": [],
    "needed_for": ["integration", "critical"],
}
CHANNEL: dict[str, Any] = {
    "key": "platform",
    "way": "request",
    "name": "Platform support",
    "says": "For technical help, onboarding, bulk uploads and other questions about the platform.",
    "address": "support@trialogue.example",
    "open_to": ["client", "referred_client", "collection_partner"],
    "promise": {"promise": "answer", "says": "answer a request", "within": "2 business days", "note": None},
    "answers_at_once": False,
    "include": [ITEM],
    "uses": ["Login, onboarding, navigation, technical problems"],
    "avoid": ["Do not ask here how one case stands: only the collection partner who works it knows."],
    "instead": None,
    "further": None,
}
CHANNELS = {
    "role": "client",
    "hours": "Write at any time, day and night. Answers are counted in working time; no daily hours are guaranteed.",
    "items": [CHANNEL],
    "situations": [
        {"key": "integration", "says": "API and integrations: error codes, failing webhooks", "channel": "platform"}
    ],
}
QUESTION = {"text": "The webhook answers 500 since this morning"}
ADVICE: dict[str, Any] = {
    "role": "client",
    "situation": "integration",
    "confidence": 0.912,
    "reasons": ["webhook answers 500"],
    "guesses": [{"situation": "integration", "confidence": 0.912}],
    "channel": CHANNEL,
    "due_at": "2026-03-12T08:12:31Z",
    "include": [{**ITEM, "needed": True}],
    "instead_of": None,
    "turned_away": None,
    "then": None,
    "further": None,
}
NEW_REQUEST = {
    "channel": "platform",
    "subject": "The webhook answers 500",
    "body": "Since this morning. Write to me at [e-mail] if you need more.",
    "situation": "integration",
    "form": {"environment": "production", "error_message": "Internal error", "endpoint": "POST /cases"},
}
MASKED = {"field": "body", "kind": "e-mail", "hint": "c···@···", "id": "5f0c2b9a7d", "instead": "[e-mail]"}
REQUEST: dict[str, Any] = {
    "number": "R-2026-004711",
    "environment": "production",
    "channel": "platform",
    "intents": ["platform"],
    "situation": "integration",
    "subject": "The webhook answers 500",
    "form": {"environment": "production", "error_message": "Internal error", "endpoint": "POST /cases"},
    "missing": ["steps_tried", "happened_at"],
    "case": None,
    "state": "open",
    "state_label": "open",
    "organisation": CLIENT,
    "sender": "Clara Holm",
    "email": None,
    "assignee": None,
    "tags": None,
    "merged_into": None,
    "split_from": None,
    "messages": 1,
    "opened_at": "2026-03-10T08:12:31Z",
    "moved_at": "2026-03-10T08:12:31Z",
    "settled_at": None,
    "helped": None,
    "verdict": None,
    "clock": {
        **CLOCK,
        "case": None,
        "request": "R-2026-004711",
        "promise": "answer",
        "promise_label": "answer to the request",
        "within": "2 business days",
        "owner": OPERATOR,
        "zone": "Europe/Copenhagen",
        "started_at": "2026-03-10T08:12:31Z",
        "warn_at": "2026-03-11T20:12:31Z",
        "due_at": "2026-03-12T08:12:31Z",
    },
}
REQUEST_PAGE = {"items": [REQUEST], "next": None}
MASKED_REQUEST = {**REQUEST, "masked": [MASKED]}
REQUEST_PREVIEW = {
    "channel": "platform",
    "masked": [MASKED],
    "missing": [
        {
            "key": "happened_at",
            "says": "When it happened, in UTC",
            "kind": "moment",
            "choices": [],
            "needed_for": ["integration", "critical"],
        }
    ],
    "due_at": "2026-03-12T08:12:31Z",
}
NEW_REQUEST_MESSAGE = {
    "body": "It answers 200 again. Does it for you?",
    "author_email": "olga@trialogue.example",
    "asks": True,
}
REQUEST_MESSAGE = {
    **MESSAGE,
    "number": 2,
    "author": OLGA,
    "organisation": OPERATOR,
    "body": "It answers 200 again. Does it for you?",
}
MASKED_MESSAGE = {**REQUEST_MESSAGE, "masked": []}
REQUEST_DOCUMENTS = {**MASKED_MESSAGE, "body": "As we see it.", "documents": [{**FILE, "kind": "Miscellaneous"}]}
FAILED_CALL = {
    "id": "fcl_1c3e5g7j9m2p4r6t", "environment": "test", "method": "POST", "path": "/api/v1/cases", "status": 422,
    "title": "Some fields cannot be used", "body": '{"title": "Some fields cannot be used", "status": 422, "detail": "Give text."}',
    "at": "2026-03-10T08:12:31Z",
}  # fmt: skip
FAILED_CALL_PAGE = {"items": [FAILED_CALL], "next": None}
SUPPLIED = {"form": {"steps_tried": "Sent it again", "happened_at": "2026-03-10T07:55:00Z"}}
NEW_VERDICT = {"helped": True, "words": "Thank you."}
NEW_ASSIGNEE = {"email": "olga@trialogue.example"}
NEW_CHANNEL = {"channel": "sales"}
NEW_LINK = {"case": "Q8XAXF3W"}
NEW_TAGS = {"tags": ["webhook", "march"]}
MERGE = {"into": "R-2026-004712"}
SPLIT = {"message": "msg_6f8h0k2n4q6s8v0x", "subject": "Invoice of March"}
MESSAGE_PAGE = {"items": [REQUEST_MESSAGE], "next": None}
NEW_SAVED_ANSWER = {
    "title": "Signing in",
    "body": "Dear {name}, a new link is on its way to you.",
    "channel": "platform",
}
SAVED_ANSWER_CHANGE = {"title": "Signing in again"}
SAVED_ANSWER: dict[str, Any] = {"id": "ans_3f5h7k9n1q3s5v7x", **NEW_SAVED_ANSWER, "filled": None}
SAVED_ANSWER_PAGE = {"items": [SAVED_ANSWER], "next": None}
NEW_TEAM = {"people": [OLGA["id"]]}
TEAM = {"channel": "platform", "people": [OLGA]}
FINTEGRA = {"id": "org_5c7e9g1j3m5p7r9t", "name": "Fintegra"}
NEW_MANAGER = {"person": OLGA["id"], "deputy": None, "since": "2026-12-01"}
MANAGER: dict[str, Any] = {
    "id": "mgr_6d8f0h2k4m6p8r0t",
    "organisation": FINTEGRA,
    "person": OLGA,
    "deputy": None,
    "since": "2026-11-30T23:00:00Z",
    "ended_at": None,
}
ENDED_MANAGER = {**MANAGER, "ended_at": "2027-02-01T09:00:00Z"}
MANAGER_PAGE = {"items": [MANAGER], "next": None}
NEW_STEP = {"reason": "None of our clients can be onboarded."}
ESCALATION: dict[str, Any] = {
    "id": "esc_5c7e9g1j3m5p7r9t",
    "ladder": "referral_partner",
    "step": "account_manager",
    "step_name": "Account manager",
    "organisation": FINTEGRA,
    "person": None,
    "request": "R-2026-000017",
    "case": None,
    "manager": OLGA,
    "reason": "None of our clients can be onboarded.",
    "state": "open",
    "begun_at": "2026-03-11T11:00:01Z",
    "acknowledged_at": None,
    "ended_at": None,
    "clock": CLOCK,
}
ESCALATION_PAGE = {"items": [ESCALATION], "next": None}
LADDER: dict[str, Any] = {
    "ladder": "referral_partner",
    "says": "Use these steps in order, if your issue is not resolved at the one before.",
    "steps": [
        {
            "step": "first",
            "name": "Referral partners: technical",
            "says": "First contact: write to either address.",
            "state": "open",
            "at": "2026-03-09T11:00:00Z",
            "escalation": None,
            "may": False,
            "needs_reason": False,
            "opens_at": None,
            "why_not": None,
        },
        {
            "step": "account_manager",
            "name": "Account manager",
            "says": "No response, or unresolved: your account manager.",
            "state": "ahead",
            "at": None,
            "escalation": None,
            "may": False,
            "needs_reason": False,
            "opens_at": "2026-03-11T11:00:00Z",
            "why_not": "The answer is still in time. Nobody needs to climb before it is due.",
        },
    ],
}
NEW_PLAN = {"plan": "enterprise"}
PLAN = {"organisation": {"id": "org_7e9g1j3m5p7r9t1w", "name": "Nordlys Energi A/S"}, "plan": "enterprise"}
NEW_BRAND = {"name": "Fintegra Collect", "sender": "Fintegra", "light": "#0f5c4a"}
BRAND: dict[str, Any] = {
    "organisation": FINTEGRA,
    "name": "Fintegra Collect",
    "sender": "Fintegra",
    "light": {"colour": "#0f5c4a", "contrast": 6.98},
    "dark": {"colour": "#639589", "contrast": 4.61},
    "logo": "/brands/0f3c5a7e9b1d2f4a6c8e0b2d4f6a8c0e.png",
    "sign_in": "https://trialogue.example/accounts/login/?brand=org_5c7e9g1j3m5p7r9t",
}
POLICY_TEXT = {"text": '[hours]\nsays = "Write at any time."\n…'}
NEW_EDITION = {**POLICY_TEXT, "why": "Answers within a day", "replaces": 1}
RESTORE = {"replaces": 2}
EDITION: dict[str, Any] = {
    "number": 2,
    "why": "Answers within a day",
    "adopted_at": "2026-03-10T08:15:00Z",
    "adopted_by": "Olga Lind",
}
WHOLE_EDITION = {**EDITION, **POLICY_TEXT}
EDITION_PAGE = {"items": [EDITION], "next": None}
POLICY_PREVIEW: dict[str, Any] = {
    "problems": [],
    "differences": [{"what": "promise answer within", "old": "2", "new": "1"}],
    "touched": [{"promise": "answer", "words": "1 business day", "clocks": PREVIEW}],
}
