"""Words that only one browser can read, and the proof of who sends them."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from tests.pushes import P256, FakeBrowser, b64, claims, unb64
from trialogue.lib import webpush

# RFC 8291, section 5 and appendix A.
WORDS = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SALT, AUTH = "DGv6ra1nlYgDCS1FRnbzlw", "BTBZMqHH6r4Tts7J_aSIgg"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_comes_out_letter_by_letter() -> None:
    sealed = webpush.encrypt(WORDS, webpush.Receiver.read(POINT, AUTH), key=SENDER, salt=unb64(SALT))
    assert b64(sealed) == BODY


def test_the_browser_of_the_example_reads_it() -> None:
    browser = FakeBrowser("", ec.derive_private_key(int.from_bytes(unb64(RECEIVER)), P256), unb64(AUTH))
    assert browser.decrypt(unb64(BODY)) == WORDS


def test_each_is_sealed_anew_and_read_by_one_browser_alone() -> None:
    one, other = FakeBrowser(""), FakeBrowser("")
    to = webpush.Receiver.read(one.told["p256dh"], one.told["auth"])
    first, second = webpush.encrypt(WORDS, to), webpush.encrypt(WORDS, to)
    assert first != second
    assert one.decrypt(first) == one.decrypt(second) == WORDS
    with pytest.raises(Exception, match=r"^$") as unread:
        other.decrypt(first)
    assert unread.type.__name__ == "InvalidTag"


def test_the_most_that_fits_and_no_more() -> None:
    browser = FakeBrowser("")
    to = webpush.Receiver.read(browser.told["p256dh"], browser.told["auth"])
    sealed = webpush.encrypt(b"x" * webpush.LONGEST, to)
    assert len(sealed) == webpush.RECORD
    assert browser.decrypt(sealed) == b"x" * webpush.LONGEST
    with pytest.raises(ValueError, match="3993"):
        webpush.encrypt(b"x" * (webpush.LONGEST + 1), to)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH), (POINT, ""), (POINT[:-4], AUTH), ("!" + POINT[1:], AUTH), (POINT, AUTH + "AAAA"), (b64(b"\4" + b"\1" * 64), AUTH),
        (b64(b"\2" + unb64(POINT)[1:33]), AUTH), ("Ü", AUTH),
    ],
)  # fmt: skip
def test_what_is_no_key_of_a_browser_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        webpush.Receiver.read(p256dh, auth)


def test_a_sender_proves_its_key_to_one_push_service_for_half_a_day() -> None:
    key = webpush.new_key()
    told = webpush.authorization("https://push.example:8443/a/b?c", key, subject="mailto:us@example.com", now=1000.9)
    claimed, named = claims(told)
    assert named == webpush.public(key)
    assert claimed == {"aud": "https://push.example:8443", "exp": 1000 + 12 * 3600, "sub": "mailto:us@example.com"}
    forged = told.replace(named, webpush.public(webpush.new_key()))
    with pytest.raises(InvalidSignature):
        claims(forged)


@pytest.mark.parametrize(
    "key", ["", "short", b64(b"\0" * 32), b64(b"\xff" * 32), "not base64 at all, not at all, not at a"]
)
def test_what_is_no_key_of_ours_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        webpush.public(key)
