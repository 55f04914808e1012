"""Style and script on the wire: one file each, named by content, small; and how much a first view weighs altogether."""

from __future__ import annotations

import gzip
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cast import MONDAY, Cast
from tests.doors.web.visitor import Visitor
from trialogue.doors.web import assets

HERE = Path(str(assets.OURS))
MOST = 60 * 1024


def test_a_page_names_one_style_and_one_script_by_their_content(db: None, nobody: Visitor) -> None:
    page = nobody.open("/accounts/login/")
    for name, tag, attribute in (("css", "link", "href"), ("js", "script", "src")):
        found = next(
            e for e in page.root.all(tag) if e.get(attribute).endswith(f".{name}") and "/assets/" in e[attribute]
        )
        answer = nobody.open(found[attribute]).answer
        assert found[attribute] == f"/assets/{hashlib.sha256(answer.content).hexdigest()[:12]}.{name}"


@pytest.mark.parametrize(
    ("name", "mime"), [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8")]
)
def test_what_is_named_by_its_content_is_kept_for_ever(nobody: Visitor, name: str, mime: str) -> None:
    answer = nobody.open(assets.address(name)).answer
    assert answer["Content-Type"] == mime
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


def test_an_old_name_gets_todays_file_and_is_not_kept(nobody: Visitor) -> None:
    answer = nobody.open("/assets/000000000000.css").answer
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-cache")


def test_it_comes_packed_to_whoever_can_unpack(nobody: Visitor) -> None:
    plain = nobody.open(assets.address("js")).answer
    packed = Visitor(None, **{"Accept-Encoding": "br, gzip"}).open(assets.address("js")).answer
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "address", ["/assets/0.py", "/assets/0.svg", "/assets/..%2f..%2fsettings.css", "/assets/0.css/x", "/assets/"]
)
def test_nothing_else_comes_out(nobody: Visitor, address: str) -> None:
    assert nobody.open(address).status == 404


def test_every_style_is_in_the_bundle_and_nothing_but_styles() -> None:
    order = (HERE / "css" / "order.txt").read_text().split()
    assert sorted(order) == sorted(path.name for path in (HERE / "css").glob("*.css"))
    assert len(order) == len(set(order))


def test_every_script_is_in_the_bundle_after_htmx() -> None:
    script = assets.bundle("js").plain
    assert script.startswith(assets.HTMX.read_bytes())
    for path in (HERE / "js").glob("*.js"):
        lines = [line.strip() for line in path.read_bytes().splitlines()]
        assert b"\n".join(line for line in lines if line and not line.startswith(b"//")) in script, path.name


def test_comments_stay_at_home() -> None:
    assert b"/*" not in assets.bundle("css").plain
    assert b"\n//" not in assets.bundle("js").plain


def test_braces_are_closed_in_every_style() -> None:
    for path in (HERE / "css").glob("*.css"):
        text = path.read_text()
        assert text.count("{") == text.count("}"), path.name


def test_the_icon_is_there_for_everyone(nobody: Visitor) -> None:
    answer = nobody.open("icon").answer
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")


def test_in_development_a_change_is_seen_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(assets, "_parts", lambda name: [])
    assert assets.bundle("css").plain == b""


def test_a_first_view_of_any_page_weighs_at_most_60_kb(
    cast: Cast, clara: Visitor, paul: Visitor, olga: Visitor
) -> None:
    """HTML, style and script together, packed; the case with fifty messages, the lists with thirty cases."""
    talk = cast.conversation("LONG", at=MONDAY - timedelta(days=1))
    words = "The debtor has answered our letter of {n} March and asks for instalments of {n}50 EUR a month, beginning in {n} weeks. "
    for n in range(50):
        author = (cast.clara, cast.paul)[n % 2]
        talk.post(by=author, body=words.format(n=n) * 3, at=MONDAY + timedelta(minutes=n))
    for n in range(30):
        cast.released(f"N-{n}", debtor_name=f"Bergmann {n} Logistik GmbH")
    shared = len(assets.bundle("css").packed) + len(assets.bundle("js").packed)
    for visitor in (clara, paul, olga):
        for page in ("home", "cases", f"/cases/{talk.case.reference}/"):
            weight = shared + len(gzip.compress(visitor.open(page).content))
            assert weight <= MOST, f"{page}: {weight:,} bytes"
