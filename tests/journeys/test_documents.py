"""Files on their way: several at once, dropped, pasted, broken off at nine tenths, offered again. Nothing is lost or doubled."""

from __future__ import annotations

import socket

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.journeys.conftest import Sit, _session
from tests.journeys.pages import a_file, open_case
from tests.serving import House
from trialogue.cases.models import Case
from trialogue.conversations.models import Document

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked

DROP = """([where, name, kind]) => {
  const told = new DataTransfer()
  told.items.add(new File(['So it was said.'], name))
  const event = kind === 'paste'
    ? new ClipboardEvent('paste', { clipboardData: told, bubbles: true, cancelable: true })
    : new DragEvent('drop', { dataTransfer: told, bubbles: true, cancelable: true })
  document.querySelector(where).dispatchEvent(event)
}"""


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed(at=None)


def names() -> list[str]:
    return sorted(Document.objects.values_list("name", flat=True))


def open_list(page: Page, case: Case) -> None:
    page.goto(f"/cases/{case.reference}/documents/")
    page.get_by_text("Add documents", exact=True).click()


def test_several_travel_one_by_one_and_a_bad_one_stops_no_other(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_list(clara, case)
    clara.get_by_label("What they are").select_option("DemandLetter")
    clara.get_by_label("Files").set_input_files([a_file("a.pdf"), a_file("b.exe", b"MZ"), a_file("c.pdf")])  # type: ignore[list-item]
    clara.get_by_role("button", name="Add", exact=True).click()
    expect(clara.locator(".file--done")).to_have_count(2)
    expect(clara.locator(".file--failed")).to_contain_text("“b.exe”: Files of this kind are not accepted.")
    expect(clara.locator("#live .document")).to_have_count(2)
    assert set(Document.objects.values_list("kind", flat=True)) == {"DemandLetter"}


def test_what_broke_off_is_offered_again_and_comes_once(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara, quiet=True)
    open_list(clara, case)
    clara.get_by_label("Description").fill("The plan")
    clara.get_by_label("Files").set_input_files([a_file("plan.pdf")])  # type: ignore[list-item]
    clara.context.set_offline(True)
    clara.get_by_role("button", name="Add", exact=True).click()
    expect(clara.locator(".file--failed")).to_contain_text("Not added: the connection was lost.")
    assert names() == []
    clara.context.set_offline(False)
    clara.get_by_role("button", name="Try again").click()
    expect(clara.locator(".file--done")).to_have_count(1)
    assert (names(), Document.objects.get().description) == (["plan.pdf"], "The plan")


def test_a_file_is_dropped_where_it_belongs(cast: Cast, sit: Sit, case: Case) -> None:
    clara = sit(cast.clara)
    open_list(clara, case)
    clara.evaluate(DROP, ["form[data-upload]", "dropped.txt", "drop"])
    expect(clara.locator(".file--done")).to_contain_text("dropped.txt")
    assert names() == ["dropped.txt"]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_dropped_or_pasted_into_the_conversation_waits_for_its_words(
    cast: Cast, sit: Sit, case: Case, kind: str
) -> None:
    clara = sit(cast.clara)
    open_case(clara, case)
    expect(clara.get_by_label("Description of the documents")).to_be_hidden()
    clara.evaluate(DROP, ["#body", "said.txt", kind])
    expect(clara.locator("#files")).to_contain_text("said.txt")
    clara.get_by_label("Documents are").select_option("DebtorDocuments")
    clara.get_by_label("Description of the documents").fill("Their letter")
    clara.get_by_role("button", name="Send").click()
    expect(clara.locator("#thread .document")).to_contain_text("Their letter")
    expect(clara.get_by_label("Description of the documents")).to_have_value("")
    kept = Document.objects.get()
    assert (kept.kind, kept.description) == ("DebtorDocuments", "Their letter")


def _upload(cast: Cast, house: House, case: Case, *, broken: bool) -> None:
    token = "z" * 32
    head = b'--x\r\nContent-Disposition: form-data; name="documents"; filename="a.txt"\r\n\r\n'
    body = head + b"a" * 2_000_000 + b"\r\n--x--\r\n"
    told = (
        f"POST /cases/{case.reference}/documents/ HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n"
        f"Cookie: {settings.SESSION_COOKIE_NAME}={_session(cast.clara)}; {settings.CSRF_COOKIE_NAME}={token}\r\n"
        f"X-CSRFToken: {token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", house.port)) as line:
        line.sendall(told + (body[: len(body) * 9 // 10] if broken else body))
        if not broken:
            assert line.recv(99).startswith(b"HTTP/1.1 302")


def test_an_upload_that_breaks_at_nine_tenths_leaves_nothing_and_can_be_tried_again(
    cast: Cast, house: House, case: Case
) -> None:
    _upload(cast, house, case, broken=True)
    assert names() == []
    _upload(cast, house, case, broken=False)
    assert names() == ["a.txt"]
    assert len([path for path in (house.data / "documents").rglob("*/doc_*") if path.is_file()]) >= 1
