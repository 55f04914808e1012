"""Programs that call the API for the cast, each with its organisation's key."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from trialogue.people.models import Actor, Environment

BASE = "/api/v1/"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def writing(queries: int, subjects: int = 1) -> int:
    """Queries of a change on SQLite; PostgreSQL first locks the row of each subject by a query of its own."""
    return queries + subjects * (connection.vendor == "postgresql")


class Caller:
    """Calls with a key. Answers are Django's test responses; `.json()` of each is what came back."""

    def __init__(self, actor: Actor, environment: str = Environment.PRODUCTION) -> None:
        self.key, self.secret = actor.organisation.issue_key(environment, by=actor)
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, path: str, headers: dict[str, str] | None = None, /, **query: Any) -> HttpResponse:
        return self.client.get(BASE + path, query, headers=headers)

    def post(self, path: str, told: Any, headers: dict[str, str] | None = None, /) -> HttpResponse:
        return self.client.post(BASE + path, json.dumps(told), content_type="application/json", headers=headers)

    def upload(
        self, path: str, *files: tuple[str, bytes], field: str = "documents", method: str = "post", **about: str
    ) -> HttpResponse:
        told = {field: [SimpleUploadedFile(name, content) for name, content in files], **about}
        body = encode_multipart(BOUNDARY, told)
        return self.client.generic(method.upper(), BASE + path, body, content_type=MULTIPART_CONTENT)


def errors(response: Any) -> dict[str, str]:
    """Messages by field of a problem."""
    return {error["field"]: error["message"] for error in response.json()["errors"]}


def is_problem(response: Any, status: int, kind: str) -> bool:
    told = response.json()
    assert response.headers["Content-Type"] == "application/problem+json", response
    assert {"type", "title", "status", "detail"} <= told.keys()
    assert told["detail"]
    return (response.status_code, told["status"], told["type"].rpartition("#problem-")[2]) == (status, status, kind)
