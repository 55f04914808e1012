"""Files of cases for tests, and the worker that goes through them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from trialogue.people.models import Actor
from trialogue.uploads import rounds
from trialogue.uploads.models import Upload

HEADINGS = ("InvoiceNumber", "DebtorName", "Country", "PrincipalAmount", "CurrencyCode")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def claim(number: int | str = 1, **other: str) -> list[str]:
    told = {
        "reference": f"INV-{number}",
        "name": f"Debtor {number} GmbH",
        "country": "DE",
        "amount": "120.50",
        "currency": "EUR",
    }
    return list((told | other).values())


def csv(
    *rows: Sequence[str], headings: Sequence[str] = HEADINGS, sign: str = ",", encoding: str = "utf-8"
) -> io.BytesIO:
    lines = [headings, *(rows or [claim()])]
    return io.BytesIO("".join(sign.join(cells) + "\r\n" for cells in lines).encode(encoding))


def xlsx(*rows: Sequence[Any], headings: Sequence[str] = HEADINGS) -> io.BytesIO:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for cells in (headings, *rows):
        book.active.append(cells)
    book.save(out)
    out.seek(0)
    return out


def packed(*files: tuple[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    out.seek(0)
    return out


def work(upload: Upload) -> Upload:
    """What the worker does until nothing is left to do."""
    while rounds.work_due(timezone.now()):
        pass
    upload.refresh_from_db()
    return upload


def checked(content: io.BytesIO, *, by: Actor, archive: io.BytesIO | None = None, **more: Any) -> Upload:
    upload = Upload.receive(content, "cases.csv", by=by, archive=archive, archive_name="papers.zip" if archive else "")
    upload.match(upload.columns, by=by, **more)
    return work(upload)


def created(content: io.BytesIO, *, by: Actor, archive: io.BytesIO | None = None, **more: Any) -> Upload:
    upload = checked(content, by=by, archive=archive, **more)
    upload.start(by=by)
    return work(upload)


def ends(upload: Upload) -> dict[int, str]:
    return dict(upload.outcomes.values_list("number", "outcome"))


def problems(upload: Upload) -> dict[int, list[str]]:
    return {row.number: [said for _name, said in row.problems] for row in upload.outcomes.filter(outcome="wrong")}
