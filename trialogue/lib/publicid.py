"""Names for things that people outside may see, type and say: random, short, without look-alikes."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so nothing is misread aloud and no word appears by accident.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CASE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(prefix: str) -> str:
    """`msg_7q0x…`: the prefix says what it is, 16 characters (80 random bits) say which."""
    bits = secrets.randbits(80)
    return f"{prefix}_{''.join(ALPHABET[bits >> shift & 31] for shift in range(0, 80, 5))}"


def case_reference() -> str:
    """Eight capitals and digits, such as Q8XAXF3W: what people read to each other."""
    return "".join(secrets.choice(CASE_ALPHABET) for _ in range(8))


def secret(prefix: str) -> str:
    """A 256-bit secret that says what it is for."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"
