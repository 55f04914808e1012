"""What the document shows of meetings and hosts. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

from trialogue.doors.api.request_examples import CLARA, OLGA

NEW_HOST: dict[str, Any] = {
    "zone": "Europe/Copenhagen", "week": {"0": [["09:00", "12:00"], ["13:00", "16:00"]], "2": [["09:00", "12:00"]]}, "lengths": [30, 60],
    "after": 10, "link": "https://meet.example.org/{number}-{token}", "busy_address": "https://calendar.example.org/secret/olga.ics",
}  # fmt: skip
HOST: dict[str, Any] = {
    "id": "hst_3c5e7g9j1m3p5r7t", "person": OLGA, "is_open": True, "zone": "Europe/Copenhagen", "lengths": [30, 60], "before": 0, "after": 10,
    "notice": 24, "ahead": 30, "most_a_day": 0, "meets": ["client", "collection_partner", "referral_partner"],
    "week": None, "link": None, "calendar_read_at": None, "calendar_trouble": None,
}  # fmt: skip
HOST_AS_OPERATOR = HOST | {
    "week": NEW_HOST["week"], "link": NEW_HOST["link"], "calendar_read_at": "2026-03-09T11:00:00Z",
}  # fmt: skip
HOSTS = {"items": [HOST], "you": "book", "why": None, "elsewhere": None}
FREE = {"minutes": 30, "zone": "Europe/Copenhagen", "times": ["2026-03-10T09:00:00Z", "2026-03-10T09:30:00Z"]}
NEW_MEETING = {
    "host": HOST["id"], "starts_at": "2026-03-10T10:00:00+01:00", "minutes": 30, "subject": "How we go on", "about": "Two numbers of last month.",
}  # fmt: skip
MEETING: dict[str, Any] = {
    "number": "M-2026-000017", "state": "agreed", "state_label": "agreed", "subject": NEW_MEETING["subject"], "about": NEW_MEETING["about"],
    "organisation": {"id": "org_7e9g1j3m5p7r9t1w", "name": "Nordlys Energi A/S"}, "person": CLARA, "guest": CLARA["name"], "host": OLGA,
    "minutes": 30, "starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T09:30:00Z", "proposals": [],
    "link": "https://meet.example.org/M-2026-000017-a6cb32cf48c3406b63b15f35", "sequence": 0, "case": None, "request": "R-2026-000042",
    "reason": None, "notes": None, "asked_at": "2026-03-09T11:00:00Z", "external": False,
}  # fmt: skip
MEETING_PAGE = {"items": [MEETING], "next": None}
NEW_AGREEMENT = {"starts_at": "2026-03-10T09:00:00Z"}
NEW_OFFER = {"times": ["2026-03-11T09:00:00Z", "2026-03-12T13:30:00Z"]}
OFFERED = MEETING | {
    "state": "offered", "state_label": "times offered", "starts_at": None, "ends_at": None, "link": None, "proposals": NEW_OFFER["times"],
}  # fmt: skip
NEW_TIME = {"starts_at": "2026-03-11T09:00:00Z"}
MOVED = MEETING | {"starts_at": "2026-03-11T09:00:00Z", "ends_at": "2026-03-11T09:30:00Z", "sequence": 1}
NEW_END = {"reason": "It is solved by mail."}
CALLED_OFF = MEETING | {"state": "called_off", "state_label": "called off", "reason": NEW_END["reason"], "sequence": 1}
DECLINED = OFFERED | {"state": "declined", "state_label": "declined", "proposals": [], "reason": NEW_END["reason"]}
NEW_NOTES = {"notes": "We go on with the second number."}
HELD = MEETING | {"state": "held", "state_label": "held", "notes": NEW_NOTES["notes"]}
