"""The examples of the OpenAPI document: one day at Nordlys Energi A/S. A test holds each against its schema."""

from __future__ import annotations

from typing import Any

BASE = "https://trialogue.example/api/v1"
CLIENT = {"id": "org_5k0x9j2m4q7r1t3v", "name": "Nordlys Energi A/S"}
PARTNER = {"id": "org_8w2y4a6c0e1g3j5m", "name": "Kanzlei Brandt & Partner"}
CLARA = {"id": "per_9d1f3h5k7n9q1s3v", "name": "Clara Holm"}
PAUL = {"id": "per_1q3s5v7x9z0b2d4f", "name": "Paul Brandt"}

ME = {
    "organisation": {**PARTNER, "kind": "collection_partner", "country": "DE", "zone": "Europe/Berlin"},
    "environment": "production",
    "person": None,
    "key": {"id": "key_4t6w8y0a2c3e5g7j", "name": "Case system", "shown": "tri_live_RoUA"},
}
FIRST_STEPS: dict[str, Any] = {
    "left_at": None,
    "items": [
        {
            "step": "confirm",
            "title": "Confirm your first case",
            "why": "Its client waits for your decision, and a clock runs until you confirm or decline.",
            "done": True,
            "url": "https://trialogue.example/cases/",
        }
    ],
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
    "client_owner": None,
    "partner_owner": None,
    "closure_requested_at": None,
    "quote": None,
    "merged_into": None,
    "engagement_ended": None,
    "created_at": "2026-03-09T11:00:00Z",
    "moved_at": "2026-03-09T11:05:00Z",
    "moves": [{"move": "confirm", "label": "Confirm case", "needs": [], "takes": ["message"]}],
}
NEW_OWNER = {"email": "clara@nordlys.example"}
NEW_CALL = {
    "called_at": "2026-03-10T09:15:00+01:00",
    "number": "+49 30 1234567",
    "outcome": "FuturePaymentPromised",
    "notes": "Will pay by Friday.",
}
CALL: dict[str, Any] = {
    "id": "cal_2e4g6j8m0p2r4t6w",
    **NEW_CALL,
    "called_at": "2026-03-10T08:15:00Z",
    "outcome_label": "Future payment promised",
    "author": PAUL,
    "organisation": PARTNER,
    "logged_at": "2026-03-10T08:20:00Z",
}
CALL_PAGE = {"items": [CALL], "next": None}
NEW_ITEM = {"label": "Is the claim disputed?", "kind": "choice", "choices": ["Yes", "No"]}
NEW_ITEMS = {"items": [NEW_ITEM], "message": "To go on we need:"}
NEW_ANSWER = {"value": "No"}
AGAIN = {"reason": "The second page is missing."}
ITEM: dict[str, Any] = {
    "id": "itm_5h7k9n1q3s5v7x9z",
    "request": "inf_6j8m0p2r4t6w8y0a",
    **NEW_ITEM,
    "state": "answered",
    "state_label": "answered",
    "answer": "No",
    "document": None,
    "again": None,
    "answered_by": None,
    "answered_at": "2026-03-10T09:00:00Z",
    "asked_at": "2026-03-09T15:00:00Z",
}
ITEM_PAGE = {"items": [ITEM], "next": None}
NEW_LIST = {"name": "Basics", "items": [NEW_ITEM]}
LIST = {"id": "tpl_7k9n1q3s5v7x9z1b", **NEW_LIST}
LIST_PAGE = {"items": [LIST], "next": None}
NEW_UPDATE = {"actions": "Two letters and a call.", "recommendation": "StayActive", "received": "1200.00"}
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
VIEW = {
    "id": "vie_3f5h7k9n1q3s5v7x",
    "name": "Large ones in Germany",
    "query": "state=open&country=DE&amount_from=10000&sort=amount",
    "shared": True,
    "person": PAUL,
    "has_left": False,
    "is_default": False,
    "created_at": "2026-03-09T11:00:00Z",
}
VIEWS = {"items": [VIEW]}
NEW_VIEW = {
    "name": "Large ones in Germany",
    "query": "state=open&country=DE&amount_from=10000&sort=amount",
    "shared": True,
}
BATCH: dict[str, Any] = {
    "id": "bat_9c1e3g5j7m9p1r3t",
    "what": "close",
    "label": "Close case",
    "state": "preview",
    "counts": {"all": 200, "waiting": 197, "done": 0, "refused": 3},
    "person": None,
    "created_at": "2026-03-10T09:00:00Z",
    "confirmed_at": None,
    "finished_at": None,
}
RUNNING_BATCH = {**BATCH, "state": "running", "confirmed_at": "2026-03-10T09:01:00Z"}
STOPPED_BATCH = {**RUNNING_BATCH, "state": "stopped", "finished_at": "2026-03-10T09:02:00Z"}
BATCH_PAGE = {"items": [BATCH], "next": None}
NEW_BATCH = {"what": "close", "query": "state=Active&country=DE", "code": "StatuteOfLimitationsExpired"}
BATCH_ITEM = {
    "case": "Q8XAXF3W",
    "state": "refused",
    "reason": "This cannot be done while the case is “Closed”.",
    "at": None,
}
BATCH_ITEM_PAGE = {"items": [BATCH_ITEM], "next": None}
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
    "kind": "DemandLetter",
    "description": "Second reminder, sent by registered mail.",
    "version": 1,
    "check": "none",
    "removed_at": None,
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
    "answers": None,
    "mentions": [],
    "edited_at": None,
    "wordings": [],
    "deleted_at": None,
    "excused_at": None,
    "via": "api",
    "documents": [],
}
NEW_WORDS = {"body": "The debtor has paid the second instalment.", "author_email": "paul@brandt.example"}
EDITED_MESSAGE = {
    **MESSAGE,
    "body": "The debtor has paid the second instalment.",
    "edited_at": "2026-03-10T08:14:02.118204Z",
    "wordings": [{"body": "The debtor has paid the first instalment.", "at": "2026-03-10T08:12:31.402113Z"}],
}
DELETED_MESSAGE = {**MESSAGE, "body": "", "deleted_at": "2026-03-10T08:14:02.118204Z"}
NEW_PIN = {"fact": "The debtor is on holiday until 20 March."}
PIN = {
    "id": "pin_5f7h9k1n3q5s7v9x",
    "message": None,
    "text": "The debtor is on holiday until 20 March.",
    "person": PAUL,
    "organisation": PARTNER,
    "at": "2026-03-10T08:20:00Z",
}
PINS = {"items": [PIN]}
NEW_RELATIONSHIP = {"organisation": PARTNER["id"]}
RELATIONSHIP = {
    "id": "con_5h7k9n1q3s5v7x9z",
    "client": CLIENT,
    "partner": PARTNER,
    "environment": "production",
    "opened_at": "2026-03-10T08:20:00Z",
    "messages": 4,
    "last_message_at": "2026-03-10T08:31:00Z",
}
RELATIONSHIP_PAGE = {"items": [RELATIONSHIP], "next": None}
NEW_CONSENT = {"case": "Q8XAXF3W"}
CONSENT = {
    "id": "cns_3d5f7h9k1n3q5s7v",
    "client": CLIENT,
    "referrer": {"id": "org_5c7e9g1j3m5p7r9t", "name": "Fintegra"},
    "case": "Q8XAXF3W",
    "given_at": "2026-03-10T08:20:00Z",
    "given_by": CLARA,
    "withdrawn_at": None,
    "withdrawn_by": None,
}
WITHDRAWN_CONSENT = CONSENT | {"withdrawn_at": "2026-03-11T09:00:00Z", "withdrawn_by": CLARA}
CONSENT_PAGE = {"items": [CONSENT], "next": None}
NEW_PRESENCE = {"reason": "Both sides asked us what the contract allows.", "author_email": "olga@trialogue.example"}
PRESENCE = {
    "id": "prs_2c4e6g8j0m2p4r6t",
    "case": "Q8XAXF3W",
    "person": {"id": "per_7b9d1f3h5k7n9q1s", "name": "Olga Lind"},
    "organisation": {"id": "org_2b4d6f8h0k2m4p6r", "name": "Trialogue Operations"},
    "reason": "Both sides asked us what the contract allows.",
    "joined_at": "2026-03-10T08:20:00Z",
    "left_at": None,
}
LEFT_PRESENCE = PRESENCE | {"left_at": "2026-03-10T10:05:00Z"}
PRESENCE_PAGE = {"items": [PRESENCE], "next": None}
NEW_NOTE = {"body": "Ask for the contract before we write to the court.", "author_email": "paul@brandt.example"}
NOTE = {
    "id": "not_4e6g8j0m2p4r6t8w",
    "at": "2026-03-10T08:21:00Z",
    "author": PAUL,
    "organisation": PARTNER,
    "body": "Ask for the contract before we write to the court.",
    "via": "api",
}
NOTE_PAGE = {"items": [NOTE], "next": None}
HIT = {
    "kind": "messages",
    "id": "msg_6f8h0k2n4q6s8v0x",
    "case": "Q8XAXF3W",
    "request": None,
    "relationship": None,
    "number": 4,
    "at": "2026-03-10T08:12:31.402113Z",
    "organisation": PARTNER,
    "text": "The debtor has paid the first instalment.",
    "marks": ["instalment"],
}
HIT_PAGE = {"items": [HIT], "next": None}
MESSAGE_PAGE = {"items": [MESSAGE], "next": None}
DOCUMENT = {
    **FILE,
    "first_version": FILE["id"],
    "is_newest": True,
    "message": None,
    "uploader": None,
    "organisation": PARTNER,
    "at": "2026-03-10T08:15:00Z",
}
DOCUMENT_CHANGE = {"kind": "DemandLetter", "description": "Second reminder, sent by registered mail."}
NEW_VERSION = {**DOCUMENT, "id": "doc_7g9j1m3p5r8t0v2x", "version": 2, "url": f"{BASE}/documents/doc_7g9j1m3p5r8t0v2x"}
DOCUMENT_PAGE = {"items": [DOCUMENT], "next": None}
DOCUMENTS = {"items": [DOCUMENT]}
CLOCK = {
    "id": "clk_0h2k4n6q8s1v3x5z",
    "case": "Q8XAXF3W",
    "request": None,
    "relationship": None,
    "promise": "reply",
    "promise_label": "answer in the conversation",
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
    "explanation_url": None,
    "digest": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
}
EVENT_PAGE = {"items": [EVENT], "next": "8412.90217"}
NEW_CALENDAR: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "country": "DE",
    "subdivision": "HH",
    "week": {
        "monday": [["08:00", "12:00"], ["13:00", "17:00"]], "tuesday": [["08:00", "12:00"], ["13:00", "17:00"]],
        "wednesday": [["08:00", "12:00"]], "thursday": [["08:00", "12:00"], ["13:00", "17:00"]], "friday": [["08:00", "14:00"]],
    },
    "closed": [{"date": "2026-12-28", "name": "Winter break"}],
    "shortened": {"2026-12-23": [["08:00", "12:00"]]},
    "effective_from": "2026-04-01T00:00:00Z",
}  # fmt: skip
CALENDAR = {
    "id": "cal_3e5g7j9m1p3r5t7w",
    "version": 2,
    **NEW_CALENDAR,
    "introduced_at": "2026-03-10T08:15:00Z",
    "introduced_by": "Paul Brandt",
}
FOLLOWED_FEED = {"address": "https://calendar.example.org/closed.ics"}
FEED = {
    **FOLLOWED_FEED,
    "read_at": "2026-03-10T08:15:00Z",
    "trouble": "",
    "closed": [{"date": "2026-12-28", "name": "Winter break"}],
    "new_days": 1,
}
CALENDAR_HISTORY = {"organisation": PARTNER, "in_force": 1, "versions": [CALENDAR], "feed": FEED}
PREVIEW = {
    "running": 12,
    "same": 11,
    "later": 1,
    "earlier": 0,
    "furthest": [{"clock": CLOCK, "would_be_due_at": "2026-03-18T11:00:00Z", "moved_seconds": 86400}],
}
NEW_POLICY = {"within": 36, "unit": "business_hours", "warn_after": 75, "effective_from": "2026-04-01T00:00:00Z"}
POLICY = {
    "promise": "reply",
    "version": 2,
    **NEW_POLICY,
    "words": "36 business hours",
    "introduced_at": "2026-03-10T08:15:00Z",
    "introduced_by": "Olga Lind",
}
POLICIES = {"items": [{"promise": "reply", "label": "answer in the conversation", "in_force": 2, "versions": [POLICY]}]}
KEEPING: dict[str, Any] = {
    "start": "2026-03-08T23:00:00Z",
    "end": "2026-03-15T23:00:00Z",
    "zone": "Europe/Berlin",
    "kept": 11,
    "broken": 1,
    "weeks": [{"start": "2026-03-08T23:00:00Z", "end": "2026-03-15T23:00:00Z", "kept": 11, "broken": 1}],
    "promises": [{"promise": "reply", "kept": 11, "broken": 1}],
    "organisations": [{"organisation": CLIENT, "kept": 11, "broken": 1}],
    "countries": [{"country": "DE", "kept": 8, "broken": 0}, {"country": "AT", "kept": 3, "broken": 1}],
    "answer_times": {
        "median_seconds": 14400,
        "ninth_tenth_seconds": 86400,
        "bars": [{"up_to_hours": 1, "answers": 2}, {"up_to_hours": None, "answers": 9}],
    },
    "open": [{"at": "2026-03-15T23:00:00Z", "open": 3, "overdue": 0}],
}
WISHES: dict[str, Any] = {
    "how": {
        "message": "at_once",
        "mention": "at_once",
        "information": "bundled",
        "move": "daily",
        "document": "off",
        "meeting": "at_once",
        "warned": "at_once",
        "overdue": "at_once",
        "awaited": "bundled",
    },
    "quiet": {"weekdays": {"start": "20:00", "until": "07:00"}, "weekends": {"start": "00:00", "until": "00:00"}},
    "let_through": True,
    "digest": True,
    "zone": "Europe/Copenhagen",
}
NEW_WISHES = {name: value for name, value in WISHES.items() if name != "zone"}
NOTICE = {
    "id": "dlv_2f4h6k8n0q2s4v6x",
    "notice": "message",
    "case": "Q8XAXF3W",
    "request": None,
    "relationship": None,
    "meeting": None,
    "message": 4,
    "note": None,
    "sentences": ["Paul Brandt wrote."],
    "words": "The debtor has paid the first instalment.",
    "at": "2026-03-10T08:12:31.402113Z",
    "seen_at": None,
    "mail": "sent",
}
NOTICE_PAGE = {"items": [NOTICE], "next": None}
NEW_SEEN = {"through": "2026-03-10T08:12:31.402113Z"}
SEEN = {"seen": 3}
NEW_MUTE = {"until": "2026-03-16T23:00:00Z", "overdue_too": False}
MUTE = {"case": "Q8XAXF3W", "request": None, "relationship": None, "muted": True, **NEW_MUTE}
UNMUTED = MUTE | {"muted": False, "until": None}
MUTE_OF_REQUEST = MUTE | {"case": None, "request": "R-2026-004711"}
UNMUTED_REQUEST = UNMUTED | {"case": None, "request": "R-2026-004711"}
MUTE_OF_RELATIONSHIP = MUTE | {"case": None, "relationship": RELATIONSHIP["id"]}
UNMUTED_RELATIONSHIP = UNMUTED | {"case": None, "relationship": RELATIONSHIP["id"]}
MUTES = {"items": [MUTE]}
BOUNCE: dict[str, Any] = {
    "id": "bnc_4d6f8h0k2n4q6s8v",
    "address": "soren@client.example",
    "permanent": True,
    "words": "550 5.1.1 The email account that you tried to reach does not exist",
    "count": 1,
    "since": "2026-03-09T11:00:00.204117Z",
    "rests_until": None,
    "cleared_at": None,
}
BOUNCE_PAGE = {"items": [BOUNCE], "next": None}
CLEARED_BOUNCE = BOUNCE | {"cleared_at": "2026-03-10T08:12:41.913332Z"}
NEW_BROWSER = {
    "endpoint": "https://push.example/v2/gAAAAABlQk",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "name": "Firefox on Linux",
}
BROWSER = {
    "id": "brw_2f4h6k8n0q2s4v6x",
    "name": "Firefox on Linux",
    "since": "2026-03-09T11:00:00.204117Z",
    "rang_at": "2026-03-10T08:12:41.913332Z",
    "trouble": "",
}
BROWSERS = {
    "key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
    "items": [BROWSER],
}
NEW_ABSENCE = {"first": "2026-12-21", "last": "2026-12-31", "colleague": "per_3s5v7x9z1b3d5f7h"}
ABSENCE = {
    "first": "2026-12-21",
    "last": "2026-12-31",
    "colleague": {"id": "per_3s5v7x9z1b3d5f7h", "name": "Carl Dahl"},
    "is_now": False,
    "said_by": None,
}
MY_ABSENCE: dict[str, Any] = {"absence": ABSENCE}
ABSENCE_OF: dict[str, Any] = {"absence": ABSENCE | {"said_by": {"id": "per_9d1f3h5k7n9q1s3v", "name": "Clara Holm"}}}
MEMBERS = {"items": [{"person": {"id": "per_5f7h9k1n3q5s7v9x", "name": "Mia Lund"}, "role": "member", **ABSENCE_OF}]}
NO_ABSENCE: dict[str, Any] = {"absence": None}
NEW_COLUMNS = {
    "columns": {
        "client_reference": "Rechnungsnummer", "debtor_name": "Kunde", "debtor_country": "Land", "amount": "Betrag", "currency": 4,
    },
    "decimal": ",",
}  # fmt: skip
UPLOAD: dict[str, Any] = {
    "id": "upl_3r5t7v9x1z2b4d6f",
    "name": "faelle.csv",
    "state": "checked",
    "state_label": "Ready to create",
    "environment": "production",
    "headings": ["Rechnungsnummer", "Kunde", "Land", "Betrag", "Währung"],
    "columns": {
        "client_reference": "Rechnungsnummer", "debtor_name": "Kunde", "debtor_country": "Land", "amount": "Betrag", "currency": "Währung",
    },
    "decimal": ",",
    "documents": {"name": "belege.zip", "files": 812, "strays": ["Anleitung.pdf"]},
    "rows": 1200,
    "done": 1200,
    "ready": 1190,
    "known": 4,
    "wrong": 6,
    "created": 0,
    "trouble": None,
    "same_as": None,
    "received_at": "2026-03-09T11:00:00Z",
    "finished_at": None,
    "report_url": f"{BASE}/uploads/upl_3r5t7v9x1z2b4d6f/report",
    "left_out_url": f"{BASE}/uploads/upl_3r5t7v9x1z2b4d6f/left-out",
}  # fmt: skip
UPLOAD_PAGE = {"items": [UPLOAD], "next": None}
