"""The reference page, written from the OpenAPI document, and the document itself. Both are public: they tell no secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt

from trialogue.doors.api import openapi
from trialogue.doors.api.problems import KINDS

_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@login_not_required
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_written(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _written() -> str:
    return json.dumps(openapi.document(), ensure_ascii=False)


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "api/reference.html", _context())


@dataclass
class Row:
    """A parameter or a field: where it stands, what it is."""

    name: str
    where: str
    type: str
    needed: bool
    about: str


@dataclass
class Operation:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    about: str
    anchor: str
    rows: list[Row] = field(default_factory=list)
    given: str = ""
    curl: str = ""
    status: int = 200
    gives: str = ""
    problems: list[tuple[str, int]] = field(default_factory=list)


@cache
def _context() -> dict[str, Any]:
    told = openapi.document()
    shown = list(operations(told))
    groups = [
        (tag, [operation for operation in shown if operation.anchor in _of_tag(told, tag["name"])])
        for tag in told["tags"]
    ]
    problems = [(kind, status, title) for kind, (status, title) in KINDS.items()]
    return {
        "about": _MARKDOWN.render(told["info"]["description"]),
        "version": told["info"]["version"],
        "server": told["servers"][0]["url"],
        "groups": groups,
        "shapes": list(_shapes(told)),
        "problems": problems,
    }


def _of_tag(told: Mapping[str, Any], tag: str) -> set[str]:
    return {one["operationId"] for path in told["paths"].values() for one in path.values() if tag in one["tags"]}


def operations(told: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            yield _operation(told, method.upper(), path, one)


def _operation(told: Mapping[str, Any], method: str, path: str, one: Mapping[str, Any]) -> Operation:
    status, answer = next((status, answer) for status, answer in one["responses"].items() if status < 300)
    given = one.get("requestBody", {}).get("content", {})
    shown = Operation(
        method, path, one["summary"], _MARKDOWN.render(one.get("description", "")), one["operationId"],
        rows=[*_parameters(one), *_body(told, given)], status=status, problems=sorted(_problems(one), key=lambda problem: problem[1]),
        given=_json(given.get("application/json", {}).get("example")),
        gives=_example(next(iter(answer.get("content", {}).values()), {})),
    )  # fmt: skip
    shown.curl = _curl(told["servers"][0]["url"], shown, next(iter(given), ""))
    return shown


def _parameters(one: Mapping[str, Any]) -> Iterator[Row]:
    for told in one["parameters"]:
        yield Row(
            told["name"], told["in"], _type(told["schema"]), told["required"], _inline(told.get("description", ""))
        )


def _inline(words: str) -> str:
    return str(_MARKDOWN.renderInline(words))


def _body(told: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Row]:
    for kind, content in given.items():
        schema = _resolved(told, content["schema"])
        where = "body" if kind == "application/json" else "part"
        yield from _fields(schema, where)


def _fields(schema: Mapping[str, Any], where: str) -> Iterator[Row]:
    needed = set(schema.get("required", ()))
    for name, one in schema.get("properties", {}).items():
        yield Row(name, where, _type(one), name in needed, _inline(one.get("description", "")))


def _shapes(told: Mapping[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    for name, schema in sorted(told["components"]["schemas"].items()):
        if "properties" in schema:
            yield name, list(_fields(schema, ""))


def _resolved(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _type(schema: Mapping[str, Any]) -> str:
    """“string”, “Case or null”, “list of Case”, “one of: …”."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " · ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("const") or schema.get("type", "anything"))


def _problems(one: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for status, response in one["responses"].items():
        for kind in response.get("content", {}).get("application/problem+json", {}).get("examples", {}):
            yield kind, status


def _example(content: Mapping[str, Any]) -> str:
    example = content.get("example")
    return example if isinstance(example, str) else _json(example)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _curl(server: str, one: Operation, kind: str) -> str:
    lines = [f"curl {server}{one.path.replace('{reference}', 'Q8XAXF3W')}", '-H "Authorization: Bearer $KEY"']
    if kind == "multipart/form-data":
        lines.append("-F documents=@reminder.pdf -F documents=@contract.pdf")
    if kind == "message/rfc822":
        lines.append(f'-H "Content-Type: {kind}" --data-binary @letter.eml')
    if one.given:
        body = json.dumps(json.loads(one.given), ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    if one.path.endswith("/messages") and one.given:
        lines.append('-H "Idempotency-Key: 7f3a"')
    return " \\\n  ".join(lines)
