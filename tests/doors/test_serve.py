"""`trialogue serve` as a whole: one process, one port, and it ends when it is told to."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.cast import Cast, gather
from tests.serving import PATIENCE, House, address_of, ask, end, running
from trialogue.deliveries.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return gather()


@pytest.fixture
def house(cast: Cast, tmp_path: Path) -> House:
    return House(address_of(connection.settings_dict), tmp_path, {"SECRET_KEY": settings.SECRET_KEY})


def test_on_a_connection_kept_open_no_answer_waits_for_an_acknowledgement(house: House) -> None:
    with running(house.serve("--no-work")):
        kept, took = http.client.HTTPConnection("127.0.0.1", house.port), []
        for _ in range(41):
            start = time.monotonic()
            kept.request("GET", "/api/v1/me")
            kept.getresponse().read()
            took.append(time.monotonic() - start)
        kept.close()
    # Those that wait take 40 ms each; what the machine is busy with, some of forty are spared.
    assert sorted(took)[4] < 0.03, took


def test_a_dozen_who_send_or_read_slowly_hold_up_nobody(house: House, cast: Cast) -> None:
    case = cast.released(at=None)
    key = f"Bearer {cast.clara.organisation.issue_key('production', by=cast.clara)[1]}"
    with running(house.serve("--no-work")):
        big = upload(house.port, f"/api/v1/cases/{case.reference}/documents", key, b"0123456789abcdef" * 2**20)
        requests = [
            f"POST /api/v1/cases/{case.reference}/messages HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n",
            f"GET /api/v1/documents/{big} HTTP/1.1\r\n",
        ]
        slow = [
            begin(house.port, f"{request}Authorization: {key}\r\nHost: 127.0.0.1\r\n\r\n") for request in requests * 6
        ]
        time.sleep(0.5)
        # None of them ever goes on, so whoever had to wait for one would not be answered at all.
        assert ask(house.port, "GET", "/api/v1/me", None, Authorization=key).status == 200
        for one in slow:
            one.close()


def test_a_message_whose_document_broke_off_on_the_way_is_not_posted_without_it(house: House, cast: Cast) -> None:
    talk = cast.conversation(at=None)
    client = Client()
    client.force_login(cast.clara.person)  # type: ignore[arg-type]
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}; csrftoken={'a' * 32}"
    body = (
        part("csrfmiddlewaretoken", b"a" * 32)
        + part("body", b"See attached")
        + part("documents", b"x" * 99999, "a.txt")
    )
    head = (
        f"POST /cases/{talk.case.reference}/messages/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {len(body) + 7}\r\n\r\n"
    ).encode()
    with running(house.serve("--no-work")):
        for sent, posted in ((body[:-50000], 0), (body + b"--cut--", 1)):
            with socket.create_connection(("127.0.0.1", house.port), PATIENCE) as one:
                one.sendall(head + sent)
                if posted:
                    assert b" 302 " in one.recv(1000)
                else:
                    time.sleep(0.3)
                    one.shutdown(socket.SHUT_WR)
                    one.recv(1000)
            assert [len(m.documents.all()) for m in talk.messages.filter(body="See attached")] == [1] * posted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_and_says_nothing_of_it(house: House, number: int) -> None:
    with running(house.serve()) as process:
        end(process, number)
    assert process.returncode == -number
    assert "Traceback" not in house.log.read_text()


def test_a_mail_under_way_when_it_ends_is_settled_and_not_sent_again(house: House, cast: Cast) -> None:
    with slow_post_office(0.5) as (port, taken):
        Delivery.write_letter(to="clara@nordlys.example", subject="Hello", text="Hello")
        slow = House(house.database, house.data, {**house.more, "MAIL_URL": f"smtp://127.0.0.1:{port}"})
        with running(slow.serve()) as process:
            assert taken.wait(PATIENCE), Delivery.objects.get().why
            end(process)
    assert Delivery.objects.get().state == "sent"


@contextmanager
def slow_post_office(seconds: float) -> Iterator[tuple[int, threading.Event]]:
    """A mail server that thinks for a while before it says that it has taken a mail."""
    taken = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            caller, _address = door.accept()
            with caller, caller.makefile("rwb", buffering=0) as line:
                line.write(b"220 slow\r\n")
                while words := line.readline():
                    if words.upper().startswith(b"DATA"):
                        line.write(b"354 go on\r\n")
                        while line.readline() != b".\r\n":
                            pass
                        taken.set()
                        time.sleep(seconds)
                    line.write(b"250 slowly\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1], taken
        thread.join(PATIENCE)


def part(name: str, content: bytes, file: str = "") -> bytes:
    file = f'; filename="{file}"' if file else ""
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def upload(port: int, path: str, key: str, content: bytes) -> str:
    sending = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    body = part("documents", content, "big.txt") + b"--cut--\r\n"
    sending.request("POST", path, body, {"Authorization": key, "Content-Type": "multipart/form-data; boundary=cut"})
    answer = sending.getresponse()
    told = answer.read()
    sending.close()
    assert answer.status == 201, told
    return str(json.loads(told)["items"][0]["id"])


def begin(port: int, request: str) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    one.sendall(request.encode())
    return one
