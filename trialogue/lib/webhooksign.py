"""How a webhook says who sent it: the headers of Standard Webhooks, as its libraries verify them.

>>> headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")])["webhook-signature"]
'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
"""

from __future__ import annotations

import hmac
from base64 import b64decode as b64decode
from base64 import b64encode
from collections.abc import Iterable


def headers(sent: str, at: int, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """For what is `sent` under an id, tried at a second since 1970; one signature by each key that is valid."""
    told = f"{sent}.{at}.".encode() + body
    signed = (b64encode(hmac.digest(key, told, "sha256")).decode() for key in keys)
    return {
        "webhook-id": sent,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signed),
    }


def shown(key: bytes) -> str:
    """A key as its receiver writes it down."""
    return f"whsec_{b64encode(key).decode()}"
