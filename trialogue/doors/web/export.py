"""The list of cases as CSV: the same rows in the same order, sent as they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from trialogue.cases.engagements import as_seen_by
from trialogue.cases.lifecycle import CloseCode, State
from trialogue.doors.web import listing
from trialogue.lib.spreadsheet import cell
from trialogue.lists import pages
from trialogue.lists.filters import Filter
from trialogue.people.models import Actor

COLUMNS = (
    "reference", "client_reference", "state", "state_label", "state_since", "debtor_name", "debtor_type", "debtor_country",
    "amount", "currency", "client", "partner", "owner", "answer_due_at", "answer_owed_by", "created_at", "moved_at",
    "close_code", "close_label",
)  # fmt: skip


def answer(actor: Actor, chosen: Filter, *, only: Mapping[str, str] | None = None) -> StreamingHttpResponse:
    """All that the filter finds, however many. Excel wants the mark at the beginning to read it as UTF-8."""
    response = StreamingHttpResponse(
        _lines(actor, chosen, only, translation.get_language()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="cases-{timezone.localdate().isoformat()}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(actor: Actor, chosen: Filter, only: Mapping[str, str] | None, language: str | None) -> Iterator[str]:
    yield "\ufeff" + _written([list(COLUMNS)])
    for cases in pages.each(actor, chosen, only=only):
        with translation.override(language):  # the page's own has ended by the time this is sent
            part = _written(_row(actor, row) for row in listing.rows(actor, as_seen_by(cases, actor), unread=False))
        yield part


def _written(rows: Any) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _row(actor: Actor, row: listing.Row) -> list[str]:
    case, clock = row.case, row.clock
    owner = case.owner_for(actor)
    told = [
        case.reference, case.client_reference, case.state, State(case.state).label, _at(case.state_since),
        case.debtor_name, case.debtor_type, case.debtor_country, f"{case.amount:.2f}", case.currency,
        case.client.name, case.partner.name if case.partner else "", owner.name if owner else "",
        _at(clock.due_at if clock else None), clock.owner.name if clock else "", _at(case.created_at), _at(case.moved_at),
        case.close_code, CloseCode(case.close_code).label if case.close_code else "",
    ]  # fmt: skip
    return [cell(str(value)) for value in told]


def _at(moment: datetime | None) -> str:
    """ISO 8601 in UTC, to the second: every spreadsheet and program reads it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
