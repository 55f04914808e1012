"""Pictures of pictures and of PDF, drawn in another process; what would harm ends that process alone."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from trialogue.lib import drawing
from trialogue.lib.drawing import CannotDraw, Drawn, Sizes


def pdf(pages: int) -> bytes:
    """As many empty pages, small enough to be drawn at once."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    whole = f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[{kids}]/Count {pages}>>endobj\n"
    for number in range(pages):
        whole += f"{number + 3} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 20 30]>>endobj\n"
    return (whole + "trailer<</Root 1 0 R>>\n%%EOF\n").encode()


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400), mode: str = "RGB", **how: object) -> bytes:
    made = BytesIO()
    Image.new(mode, size).save(made, kind, **how)
    return made.getvalue()


def bomb() -> bytes:
    """A PNG that says it is 100,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))

    head = struct.pack("!IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9999)) + chunk(b"IEND", b"")
    )


def draw(content: bytes, kind: str, tmp_path: Path, **limits: int) -> Drawn:
    source, into = tmp_path / "source", tmp_path / "into"
    source.write_bytes(content)
    into.mkdir()
    return drawing.draw(source, kind, into, **limits)


def test_every_page_of_a_pdf_and_a_small_one_of_the_first(tmp_path: Path) -> None:
    assert draw(pdf(3), "pdf", tmp_path) == (3, 3)
    assert {path.name for path in (tmp_path / "into").iterdir()} == {
        "count", "page-1.webp", "page-2.webp", "page-3.webp", "thumb.webp",
    }  # fmt: skip
    with Image.open(tmp_path / "into" / "page-1.webp") as page:
        assert (page.format, page.size) == ("WEBP", (80, 120))


def sizes(content: bytes, into: Path) -> Sizes:
    source = into / "source"
    source.write_bytes(content)
    return drawing.draw_sizes(source, into)


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_a_picture_for_a_page_comes_in_a_few_widths_up_to_its_own(tmp_path: Path, kind: str, ending: str) -> None:
    assert sizes(picture(kind, (1000, 500)), tmp_path) == (ending, 1000, 500, [400, 760, 1000])
    for name, told in (
        ("400.webp", ("WEBP", (400, 200))),
        ("1000.webp", ("WEBP", (1000, 500))),
        (f"clean.{ending}", (kind, (1000, 500))),
    ):
        with Image.open(tmp_path / name) as drawn:
            assert (drawn.format, drawn.size) == told


def test_none_is_wider_than_what_was_given_or_than_a_page_needs(tmp_path: Path) -> None:
    assert sizes(picture(size=(300, 200)), tmp_path).widths == [300]
    assert sizes(picture(size=(5000, 10)), tmp_path) == ("png", 2000, 4, [400, 760, 1440, 2000])


def test_what_is_see_through_stays_so_in_a_page(tmp_path: Path) -> None:
    sizes(picture(mode="RGBA"), tmp_path)
    for name in ("400.webp", "clean.png"):
        with Image.open(tmp_path / name) as drawn:
            assert drawn.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_page_tells_of_no_picture_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Zebra camera"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    told = sizes(picture("JPEG", (400, 200), exif=exif), tmp_path)
    assert (told.width, told.height) == (200, 400)
    for path in tmp_path.glob("*.*"):
        assert b"Zebra" not in path.read_bytes()
        with Image.open(path) as drawn:
            assert not drawn.getexif()


def moving(kind: str) -> bytes:
    made = BytesIO()
    first, second = (Image.new("RGB", (9, 9), colour) for colour in ("red", "blue"))
    first.save(made, kind, save_all=True, append_images=[second])
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (moving("GIF"), "moves"), (moving("WEBP"), "moves"), (moving("PNG"), "moves"), (picture(size=(8000, 8000)), "large"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ""), (picture("BMP"), ""), (b"", ""), (b"\xff\xd8\xff", ""),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, ""), (picture()[:300], ""), (pdf(1), ""),
    ],
)  # fmt: skip
def test_what_cannot_stand_in_a_page_is_said_to_be_so(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(CannotDraw) as caught:
        sizes(content, tmp_path)
    assert str(caught.value) == why


def test_a_bomb_does_not_go_off_in_a_page(tmp_path: Path) -> None:
    with pytest.raises(CannotDraw):
        sizes(bomb(), tmp_path)


def test_of_a_long_one_the_first_twenty(tmp_path: Path) -> None:
    assert draw(pdf(57), "pdf", tmp_path) == (20, 57)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_pictures_grow_small_and_keep_their_shape(tmp_path: Path, kind: str) -> None:
    assert draw(picture(kind, (4000, 2000)), "picture", tmp_path) == (1, 1)
    with Image.open(tmp_path / "into" / "page-1.webp") as page, Image.open(tmp_path / "into" / "thumb.webp") as thumb:
        assert (page.size, thumb.size) == ((1600, 800), (320, 160))


def test_what_is_transparent_stands_on_white(tmp_path: Path) -> None:
    draw(picture(mode="RGBA"), "picture", tmp_path)
    with Image.open(tmp_path / "into" / "thumb.webp") as thumb:
        assert thumb.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_where_a_picture_was_taken_is_not_told_on(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Zebra camera"
    content = picture("JPEG", exif=exif)
    assert b"Zebra" in content
    draw(content, "picture", tmp_path)
    assert b"Zebra" not in (tmp_path / "into" / "page-1.webp").read_bytes()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\nbroken", "pdf"), (b"", "pdf"), (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "picture"), (b"\xff\xd8\xff", "picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture"), (picture("BMP"), "picture"), (picture("TIFF"), "picture"),
        (picture(), "pdf"), (pdf(1), "picture"), (pdf(0), "pdf"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_to_be_so(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(CannotDraw):
        draw(content, kind, tmp_path)


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    with pytest.raises(CannotDraw):
        draw(bomb(), "picture", tmp_path)


def test_whoever_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "WALL_SECONDS", 0.01)
    with pytest.raises(CannotDraw):
        draw(pdf(1), "pdf", tmp_path)


def test_whoever_wants_too_much_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hungry = (tmp_path / "hungry.py").resolve()
    limited = Path(drawing.__file__).read_text().replace("1536 * 2**20", "64 * 2**20")
    hungry.write_text(limited)
    monkeypatch.setattr(drawing, "__file__", str(hungry))
    with pytest.raises(CannotDraw):
        draw(picture(size=(6000, 6000)), "picture", tmp_path)


def test_the_other_process_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    spy = tmp_path / "spy.py"
    spy.write_text(f"import os; open({str(told)!r}, 'w').write(repr(dict(os.environ)))")
    monkeypatch.setattr(drawing, "__file__", str(spy))
    monkeypatch.setenv("TRIALOGUE_SECRET_KEY", "zebra")
    with pytest.raises(CannotDraw):
        draw(pdf(1), "pdf", tmp_path)
    assert told.exists()
    assert "zebra" not in told.read_text()
