"""What the document shows of articles. `examples` says how these are used."""

from __future__ import annotations

from typing import Any

COLLECTION = {
    "name": "working-cases", "title": "Working cases", "summary": "From the first decision to the end.", "audience": ["partner"], "order": 40,
}  # fmt: skip
COLLECTIONS = {"items": [COLLECTION]}
NEW_COLLECTION = {
    "words": {"en": {"title": "Working cases", "summary": "From the first decision to the end."}}, "audience": ["partner"], "order": 40,
}  # fmt: skip
NEW_ARTICLE = {
    "title": "Confirm or decline a new case", "summary": "Decide within 24 business hours.", "body": "Press **[Confirm case]**.\n", "replaces": None,
    "why": "", "collection": "working-cases", "kind": "how-to", "audience": ["partner"], "visible": "public", "related": [],
}  # fmt: skip
LINE: dict[str, Any] = {
    "name": "confirm-or-decline", "language": "en", "title": NEW_ARTICLE["title"], "summary": NEW_ARTICLE["summary"], "collection": "working-cases",
    "kind": "how-to", "audience": ["partner"], "visible": "public", "updated": "2026-11-30", "url": "https://cases.example.com/articles/confirm-or-decline/",
}  # fmt: skip
PAGE = {"items": [LINE], "next": None}
ARTICLE: dict[str, Any] = LINE | {
    "related": [], "languages": ["en"], "body": NEW_ARTICLE["body"], "html": '<p>Press <span class="named">Confirm case</span>.</p>', "draft": None,
}  # fmt: skip
WRITTEN = ARTICLE | {
    "updated": None, "languages": [], "body": None, "html": None,
    "draft": {
        "version": 1, "state": "draft", "live_version": None, "publish_at": None, "title": NEW_ARTICLE["title"], "summary": NEW_ARTICLE["summary"],
        "body": NEW_ARTICLE["body"],
    },
}  # fmt: skip
MOVE = {"move": "publish", "version": 1, "publish_at": None}
PICTURE = {
    "name": "the-clock.png", "width": 720, "height": 480, "bytes": 31_224, "sha256": "9f86d081884c7d65" * 4, "used": True,
    "sizes": [{"width": width, "url": f"/articles/confirm-or-decline/pictures/{'9f86d081884c7d65' * 4}-{width}.webp"} for width in (400, 720)],
}  # fmt: skip
NEW_PICTURE = PICTURE | {"used": False}
PICTURES = {"items": [PICTURE]}
