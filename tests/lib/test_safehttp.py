"""An address that an outsider gave leads nowhere near, and nobody there can keep us."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.pushes import NAME, Service, receiving, serving
from trialogue.lib import safehttp
from trialogue.lib.safehttp import Forbidden, Reach, Unreachable, check, is_public, post


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with serving(tmp_path) as service:
        yield service


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
    "fec0::1", "2001:db8::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:a00:1::", "2002:7f00:1::1",
    "64:ff9b:1::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_this_is_no_public_address(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_this_is_a_public_address(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/", "ftp://push.example/", "//push.example/", "", "https://", "https:///x", "https://push.example:x/",
        "https://push.example:70000/", "https://me@push.example/", "https://me:secret@push.example/", "https://push.example/#part",
        "https://push.example/a b", "https://push.example/\r\nX: y", "https://push.example/ü", "https://püsh.example/", "https://push_.example/",
        "https://-push.example/", "https://[::1/", "https://push.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_such_an_address_is_refused_before_anyone_asks_where_it_leads(url: str) -> None:
    def ask(_host: str, _port: int) -> list[safehttp.Address]:
        raise AssertionError("asked")

    with pytest.raises(Forbidden):
        post(url, b"", {}, reach=Reach(resolve=ask))


@pytest.mark.parametrize(
    "url",
    ["https://push.example", "https://push.example:8443/a?b=c", "https://93.184.216.34/", "https://[2606:4700::1]/"],
)
def test_such_an_address_may_be_tried(url: str) -> None:
    assert check(url).scheme == "https"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_nothing_on_this_machine_is_reached_unless_someone_says_so(url: str) -> None:
    with pytest.raises(Forbidden, match="not public"):
        post(url, b"", {})


@pytest.mark.parametrize("places", [["10.0.0.1"], ["93.184.216.34", "10.0.0.1"], []])
def test_one_private_address_among_those_of_a_name_is_enough(places: list[str]) -> None:
    with pytest.raises(Forbidden, match="not public"):
        post(
            "https://push.example/",
            b"",
            {},
            reach=Reach(resolve=lambda *_where: [ip_address(place) for place in places]),
        )


def test_a_name_that_leads_nowhere_is_worth_another_try() -> None:
    def nowhere(*_where: object) -> list[safehttp.Address]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unreachable, match="Name or service"):
        post("https://push.example/", b"", {}, reach=Reach(resolve=nowhere))


def test_it_posts_to_the_address_that_was_checked_by_the_name_that_was_given(service: Service) -> None:
    service.answer = b"thanks"
    answer = post(f"{service.address}a/b?c=d", b"words", {"TTL": "60"}, reach=service.reach)
    assert (answer.status, answer.body) == (201, b"thanks")
    (rung,) = service.rung
    assert (rung.path, rung.body) == ("/a/b?c=d", b"words")
    assert (rung.headers["Host"], rung.headers["TTL"]) == (f"{NAME}:{service.port}", "60")


def test_without_tls_only_where_whoever_runs_the_house_says_so() -> None:
    with receiving() as service:
        service.status, service.headers = 429, {"Retry-After": "7"}
        where = f"http://127.0.0.1:{service.port}/in"
        for reach in (Reach(), service.reach, Reach(plain=True)):
            with pytest.raises(Forbidden):
                post(where, b"words", {}, reach=reach)
        answer = post(where, b"words", {}, reach=replace(service.reach, plain=True))
        assert (answer.status, answer.retry_after) == (429, "7")
        assert [(rung.path, rung.body, rung.headers["Host"]) for rung in service.rung] == [("/in", b"words", f"127.0.0.1:{service.port}")]  # fmt: skip


def test_it_follows_nobody(service: Service) -> None:
    service.status, service.headers = 307, {"Location": f"{service.address}elsewhere"}
    assert post(service.address, b"", {}, reach=service.reach).status == 307
    assert len(service.rung) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_taken(service: Service) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(service.address, b"", {}, reach=replace(service.reach, trusting=None))
    assert service.rung == []


def test_nor_is_one_of_another_name(service: Service) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(service.address.replace(NAME, "other.example"), b"", {}, reach=service.reach)
    assert service.rung == []


def test_of_a_long_answer_only_the_beginning_is_read(service: Service) -> None:
    service.answer = b"x" * 5_000_000
    assert len(post(service.address, b"", {}, reach=service.reach).body) == safehttp.MOST_READ


def test_whoever_never_answers_is_left(service: Service) -> None:
    """And so is one that drips: a byte now and then would reset the timeout of a socket for ever."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _who = server.accept()
            with line:
                while not over.wait(0.02):
                    try:
                        line.sendall(b"\x16")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"https://{NAME}:{server.getsockname()[1]}/"
        begun = time.monotonic()
        with pytest.raises(Unreachable):
            post(url, b"", {}, reach=replace(service.reach, seconds=0.3))
        assert time.monotonic() - begun < 60
        over.set()
        thread.join()


def test_a_drip_behind_tls_ends_with_the_time(service: Service) -> None:
    service.headers = {f"X-{n}": "y" for n in range(3)}
    over = threading.Event()

    def drip(handler: object) -> None:
        while not over.wait(0.02):
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")  # type: ignore[attr-defined]

    service.server.RequestHandlerClass = type("Dripping", (service.server.RequestHandlerClass,), {"do_POST": drip})
    with pytest.raises(Unreachable, match=r"no answer within 0\.3 seconds"):
        post(service.address, b"", {}, reach=replace(service.reach, seconds=0.3))
    over.set()


def test_whoever_speaks_no_http_is_left(service: Service) -> None:
    babble = type(
        "Babbling", (service.server.RequestHandlerClass,), {"do_POST": lambda self: self.wfile.write(b"hello?\r\n")}
    )
    service.server.RequestHandlerClass = babble
    with pytest.raises(Unreachable, match="BadStatusLine"):
        post(service.address, b"", {}, reach=service.reach)


def test_nobody_there_is_worth_another_try() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectionRefused"):
        post(
            f"https://{NAME}:{port}/",
            b"",
            {},
            reach=Reach(admits=lambda _a: True, resolve=lambda *_w: [ip_address("127.0.0.1")]),
        )
