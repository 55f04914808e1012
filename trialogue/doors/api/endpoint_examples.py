"""What the document shows of webhooks. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

from trialogue.doors.api.examples import EVENT

NEW_ENDPOINT = {
    "url": "https://hooks.example.com/trialogue",
    "name": "Bookkeeping",
    "wants": ["message.posted", "case.*", "clock.broken"],
}
ENDPOINT: dict[str, Any] = {
    "id": "end_4h6k8m0p2r4t6v8x",
    "url": NEW_ENDPOINT["url"],
    "name": NEW_ENDPOINT["name"],
    "environment": "production",
    "wants": ["case.*", "clock.broken", "message.posted"],
    "state": "on",
    "state_label": "on",
    "added_at": "2026-03-09T11:00:00Z",
    "reached_at": "2026-03-10T08:12:32.118204Z",
    "failures": 0,
    "trouble": "",
    "rests_until": None,
    "former_secret_until": None,
}
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD+Ao+3ZkZ2Rk="  # noqa: S105 - nobody's
MADE = {"endpoint": {**ENDPOINT, "reached_at": None}, "secret": SECRET}
ROTATED = {"endpoint": {**ENDPOINT, "former_secret_until": "2026-03-11T09:00:00Z"}, "secret": SECRET}
ENDPOINT_PAGE = {"items": [ENDPOINT], "next": None}
CHANGE = {"on": False}
CHANGED = {**ENDPOINT, "state": "off", "state_label": "turned off"}
POSTED: dict[str, Any] = {
    "id": "dlv_5j7m9p1r3t5v7x9z",
    "kind": "message.posted",
    "state": "sent",
    "state_label": "sent",
    "tries": 1,
    "answered": 204,
    "why": "",
    "made_at": "2026-03-10T08:12:32Z",
    "due_at": None,
    "settled_at": "2026-03-10T08:12:32.118204Z",
    "body": EVENT,
}
POSTED_PAGE = {"items": [POSTED], "next": None}
WAITING = {**POSTED, "state": "waiting", "state_label": "not sent yet", "tries": 0, "answered": None, "due_at": "2026-03-10T08:20:00Z", "settled_at": None}  # fmt: skip
TEST = {**WAITING, "kind": "test", "body": {"kind": "test", "at": "2026-03-10T08:20:00Z", "environment": "production"}}
