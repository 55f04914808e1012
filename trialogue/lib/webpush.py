"""Web Push: words that only one browser can read (RFC 8291), and the proof of who sends them (RFC 8292). Curve P-256.

Made of `cryptography`, which signing in by passkey needs anyway: it is two pages of two RFCs that will not change.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096  # of which 103 bytes are not for words
LONGEST = RECORD - 103
LIVES = 12 * 3600  # of a proof, in seconds; a day is the most


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(told: str) -> bytes:
    """Raises `ValueError`."""
    return base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)


def new_key() -> str:
    """The secret of a sender."""
    return encode(ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32))


def _secret(key: str) -> ec.EllipticCurvePrivateKey:
    raw = decode(key)
    if len(raw) != 32:
        raise ValueError("not 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw), CURVE)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public(key: str) -> str:
    """What browsers are told of a sender's key. Raises `ValueError` when it is none."""
    return encode(_point(_secret(key).public_key()))


@dataclass(frozen=True)
class Receiver:
    """A browser's own key and secret, as it tells them."""

    point: bytes
    secret: bytes

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Receiver:
        """Raises `ValueError`."""
        point, secret = decode(p256dh), decode(auth)
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        if len(point) != 65 or len(secret) != 16:
            raise ValueError("not of the usual length")
        return cls(point, secret)


def encrypt(words: bytes, to: Receiver, *, key: str = "", salt: bytes = b"") -> bytes:
    """The body of a push (`Content-Encoding: aes128gcm`). `key` and `salt` are made anew for each, but for the example of the RFC."""
    if len(words) > LONGEST:
        raise ValueError(f"more than {LONGEST} bytes")
    own, salt = _secret(key or new_key()), salt or os.urandom(16)
    mine = _point(own.public_key())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, to.point))
    between = _derive(shared, to.secret, b"WebPush: info\0" + to.point + mine, 32)
    secret = _derive(between, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(between, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(secret).encrypt(nonce, words + b"\2", None)
    return salt + struct.pack("!IB", RECORD, len(mine)) + mine + sealed


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def authorization(endpoint: str, key: str, *, subject: str, now: float) -> str:
    """The header that says who sends to this push service, and whom to ask about it (`mailto:` or `https:`)."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(now) + LIVES, "sub": subject}
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_secret(key).sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={signed}.{encode(r.to_bytes(32) + s.to_bytes(32))}, k={public(key)}"
