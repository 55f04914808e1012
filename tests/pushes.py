"""A pretended push service on loopback, behind TLS, and a pretended browser that really decrypts what it is sent."""

from __future__ import annotations

import base64
import json
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from trialogue.lib.safehttp import Reach

NAME = "push.example"  # leads to loopback in `Service.reach` alone
P256 = ec.SECP256R1()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(told: str) -> bytes:
    return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))


@dataclass(frozen=True)
class Rung:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class FakeBrowser:
    """A subscription, with the secrets that stay in the browser."""

    def __init__(
        self, endpoint: str, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"sixteen bytes ok"
    ) -> None:
        self.endpoint, self.auth = endpoint, auth
        self.key = key or ec.generate_private_key(P256)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def told(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": b64(self.point), "auth": b64(self.auth)}

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8188 with the keys of RFC 8291, read from the receiver's end."""
        salt, (size, length) = body[:16], struct.unpack("!IB", body[16:21])
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(P256, theirs))
        first = HKDF(SHA256(), 32, self.auth, b"WebPush: info\0" + self.point + theirs).derive(shared)
        key, nonce = (
            HKDF(SHA256(), size, salt, f"Content-Encoding: {name}\0".encode()).derive(first)
            for name, size in (("aes128gcm", 16), ("nonce", 12))
        )
        words = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert words.endswith(b"\2")  # the last record
        return words[:-1]

    def read(self, rung: Rung) -> dict[str, Any]:
        words: dict[str, Any] = json.loads(self.decrypt(rung.body))
        return words


def claims(authorization: str) -> tuple[dict[str, Any], str]:
    """What a `vapid` header claims, once its signature fits the key that it names; and that key. Raises `InvalidSignature`."""
    scheme, _space, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _dot, signature = parts["t"].rpartition(".")
    raw = unb64(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(P256, unb64(parts["k"]))
    key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    return json.loads(unb64(signed.split(".")[1])), parts["k"]


@dataclass
class Service:
    """`status` is what it answers; `rung` is what it was sent."""

    server: Any
    certificate: str
    rung: list[Rung] = field(default_factory=list)
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def address(self) -> str:
        return f"https://{NAME}:{self.port}/"

    @cached_property
    def reach(self) -> Reach:
        """Lets loopback be reached, which no other reach does."""
        return Reach(
            admits=lambda address: address.is_loopback, resolve=lambda *_where: [ip_address("127.0.0.1")], trusting=self.certificate
        )  # fmt: skip

    def browser(self, name: str = "one") -> FakeBrowser:
        return FakeBrowser(self.address + name)


class _Listener(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        service: Service = self.server.service
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        service.rung.append(Rung(self.path, dict(self.headers), body))
        self.send_response(service.status)
        for name, value in service.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(service.answer)

    do_GET = do_POST

    def log_message(self, *_words: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    # Thirty knock at once. Of those whom the queue (five of them, otherwise) does not hold, some wait for seconds, and one for too long.
    request_queue_size = 128

    def handle_error(self, *_what: Any) -> None:
        pass  # whoever hung up on it


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    certificate = certified(folder, NAME)
    server = _Server(("127.0.0.1", 0), _Listener)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with running(server, Service(server, certificate)) as service:
        yield service


@contextmanager
def receiving() -> Iterator[Service]:
    """The same without TLS, as somebody's own systems may be found within a network of theirs."""
    server = _Server(("127.0.0.1", 0), _Listener)
    with running(server, Service(server, "")) as service:
        yield service


@contextmanager
def running(server: Any, service: Service) -> Iterator[Service]:
    server.service = service
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certified(folder: Path, host: str) -> str:
    """A certificate for a host, signed by itself; a file with its key."""
    key, name = ec.generate_private_key(P256), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=3650)).not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    path = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return str(path)
