"""The guides at /developers/ say what the API does."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from trialogue.cases.lifecycle import MOVES
from trialogue.doors.api import (
    article_schemas,
    complaint_schemas,
    endpoint_schemas,
    examples,
    letter_schemas,
    meeting_schemas,
    request_schemas,
    schemas,
)
from trialogue.doors.api.openapi import document
from trialogue.doors.api.problems import KINDS

FOLDER = Path(__file__).parents[3] / "trialogue" / "doors" / "api" / "guides"
PAGES = ["articles", "authentication", "batches", "brands", "calendars", "cases", "changelog", "channels", "clocks", "complaints", "consents", "documents", "endpoints", "environments", "errors", "escalations", "events", "getting-started", "idempotency", "information", "letters", "managers", "me", "meetings", "messages", "moves", "notes", "notices", "pagination", "pins", "policy", "presences", "promises", "relationships", "requests", "search", "stream", "uploads", "views"]  # fmt: skip
TEXT = {name: (FOLDER / f"{name}.md").read_text() for name in PAGES}
BLOCKS = [(name, *block) for name, text in TEXT.items() for block in re.findall(r"```json (\w+)\n(.*?)```", text, re.S)]


def test_there_is_a_page_for_each_noun() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == PAGES


def test_every_operation_has_its_heading_and_no_other_has_one() -> None:
    written = {heading for text in TEXT.values() for heading in re.findall(r"^## `([A-Z]+ /\S*)`$", text, re.M)}
    assert written == {
        f"{method.upper()} {path}" for path, methods in document()["paths"].items() for method in methods
    }


@pytest.mark.parametrize(("page", "name", "block"), BLOCKS, ids=[f"{page} {name}" for page, name, _block in BLOCKS])
def test_every_example_fits_its_schema(page: str, name: str, block: str) -> None:
    schema: type[BaseModel] = next(
        getattr(told, name)
        for told in (
            schemas,
            request_schemas,
            letter_schemas,
            complaint_schemas,
            endpoint_schemas,
            article_schemas,
            meeting_schemas,
        )
        if hasattr(told, name)
    )
    schema.model_validate(json.loads(block))


def test_no_example_is_without_a_schema() -> None:
    assert sum(text.count("```json") for text in TEXT.values()) == len(BLOCKS) > 10


def test_every_problem_is_listed_with_its_status() -> None:
    rows = dict(re.findall(r"`([a-z-]+)` \| (\d{3}) \|", TEXT["errors"]))
    assert {kind: int(status) for kind, status in rows.items()} == {
        kind: status for kind, (status, _title) in KINDS.items()
    }


def test_every_move_is_listed() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| (?:operator|partner|client)", TEXT["moves"], re.M)) == set(MOVES)


def test_every_move_is_told_with_its_side_states_and_particulars() -> None:
    for name, move in MOVES.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", TEXT["moves"], re.M)
        who, sources, target, particulars = (cell.strip() for cell in row.split("|"))
        sides = {"operator": "operator", "partner": "collection_partner", "client": "client"}
        assert {sides[side] for side in who.split(", ")} == move.sides
        assert set(re.findall(r"`(\w+)`", sources)) == {str(state.value) for state in move.sources}
        assert target == f"`{move.target.value}`"
        assert set(re.findall(r"`(\w+)`", particulars)) == {*move.needs, *move.takes}


def test_every_field_of_a_filter_is_named() -> None:
    for page, path in (
        ("cases", "/cases"),
        ("clocks", "/clocks"),
        ("events", "/events"),
        ("letters", "/letters"),
        ("promises", "/promises"),
        ("requests", "/requests"),
    ):
        for parameter in document()["paths"][path]["get"]["parameters"]:
            assert f"`{parameter['name']}`" in TEXT[page]


def test_links_lead_somewhere() -> None:
    for name, text in TEXT.items():
        for target, anchor in re.findall(r"\]\((\w+)\.md(?:#([\w-]+))?\)", text):
            assert target in PAGES, (name, target)
            assert not anchor or f'id="{anchor}"' in TEXT[target], (name, anchor)


def _shapes() -> list[tuple[str, Any]]:
    names = {"Case": "CASE", "CasePage": "CASE_PAGE", "LinePage": "LINE_PAGE", "MessagePage": "MESSAGE_PAGE", "Me": "ME",
             "DocumentPage": "DOCUMENT_PAGE", "ClockPage": "CLOCK_PAGE", "Explanation": "EXPLANATION", "EventPage": "EVENT_PAGE",
             "Wishes": "WISHES", "NoticePage": "NOTICE_PAGE", "Mutes": "MUTES", "Mute": "MUTE", "MyAbsence": "MY_ABSENCE", "Seen": "SEEN",
             "View": "VIEW", "Views": "VIEWS", "NewView": "NEW_VIEW", "Batch": "BATCH", "BatchPage": "BATCH_PAGE", "NewBatch": "NEW_BATCH",
             "BatchItemPage": "BATCH_ITEM_PAGE",
             "CalendarHistory": "CALENDAR_HISTORY", "NewCalendar": "NEW_CALENDAR", "Preview": "PREVIEW", "Policies": "POLICIES", "Keeping": "KEEPING"}  # fmt: skip
    return [(schema, getattr(examples, name)) for schema, name in names.items()]


@pytest.mark.parametrize(("name", "example"), _shapes(), ids=[name for name, _example in _shapes()])
def test_every_example_of_the_reference_fits_its_schema(name: str, example: Any) -> None:
    getattr(schemas, name).model_validate(example)


def test_the_parts_of_the_explanation_add_up() -> None:
    for told in (examples.EXPLANATION, json.loads(next(block for _p, name, block in BLOCKS if name == "Explanation"))):
        stretches: Any = told["stretches"]
        assert sum(one["seconds"] for one in stretches if one["counted"]) == told["counted_seconds"]
        assert all(one["end"] == other["start"] for one, other in pairwise(stretches))
        assert stretches[-1]["end"] == told["clock"]["due_at"]
