"""Draws pictures of a picture or a PDF, in a short-lived process of its own with little time, memory and no secrets.

What comes in is hostile: a bomb or a broken file ends that process, not ours. Run as a script it is that process.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn

MOST_PAGES = 20
PAGE, THUMB = 1600, 320  # the longer edge, in pixels
MOST_PIXELS = 60_000_000
SECONDS, WALL_SECONDS, MEMORY, LARGEST = 30, 60.0, 1536 * 2**20, 32 * 2**20
THUMB_NAME = "thumb.webp"
LOGO, LOGO_NAME, LOGO_SECONDS = (480, 120), "logo.png", 5
# Of a picture that stands in a page, a file a width, and one in the kind it came in: never wider than it is itself.
WIDTHS, WIDEST, SIZES_SECONDS = (400, 760, 1440), (2000, 8000), 20


class CannotDraw(Exception):
    """There is no picture of this file. `str()` is "moves" or "large" where that is why."""


class Drawn(NamedTuple):
    """How many pages were drawn, and how many the file has. In the folder: `thumb.webp`, `page-1.webp` and so on."""

    pages: int
    of: int


class Sizes(NamedTuple):
    """In the folder: `clean.KIND`, a png, jpg, gif or webp of this width and height, and for each of `widths` its `size_name`."""

    kind: str
    width: int
    height: int
    widths: list[int]

    @property
    def clean(self) -> str:
        return f"clean.{self.kind}"


def size_name(width: int) -> str:
    return f"{width}.webp"


def page_name(number: int) -> str:
    return f"page-{number}.webp"


def draw(source: Path, kind: str, into: Path, *, seconds: int = SECONDS) -> Drawn:
    """Draws `source` ("pdf" or "picture") into a folder. Pages drawn before time ran out are kept. Raises `CannotDraw`."""
    _in_another_process(kind, source, into, seconds)
    pages = next((n for n in range(MOST_PAGES) if not (into / page_name(n + 1)).exists()), MOST_PAGES)
    if not pages or not (into / THUMB_NAME).exists():
        raise CannotDraw
    return Drawn(pages, max(pages, int((into / "count").read_text())))


def draw_logo(content: bytes) -> bytes:
    """A PNG, JPEG or WebP as a small PNG that keeps what is see-through, and nothing else. Raises `CannotDraw`."""
    with TemporaryDirectory(prefix="trialogue-drawing-") as folder:
        source, drawn = Path(folder) / "source", Path(folder) / LOGO_NAME
        source.write_bytes(content)
        _in_another_process("logo", source, Path(folder), LOGO_SECONDS)
        if not drawn.exists():
            raise CannotDraw
        return drawn.read_bytes()


def draw_sizes(source: Path, into: Path) -> Sizes:
    """A PNG, JPEG, GIF or WebP that stands still, in a few widths and without what it carried besides. Raises `CannotDraw`."""
    _in_another_process("sizes", source, into, SIZES_SECONDS)
    if not (into / "sizes").exists():
        raise CannotDraw((into / "why").read_text() if (into / "why").exists() else "")
    kind, *numbers = (into / "sizes").read_text().split()
    width, height, *widths = map(int, numbers)
    return Sizes(kind, width, height, widths)


def _in_another_process(kind: str, source: Path, into: Path, seconds: int) -> None:
    # As a file, not a module: with -I nothing of ours, and nothing of the current folder, is imported.
    command = [sys.executable, "-I", str(Path(__file__).resolve()), kind, str(source), str(into), str(seconds)]
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env={"LC_ALL": "C.UTF-8"}, timeout=WALL_SECONDS, check=False, cwd=into, **quiet)  # noqa: S603


# --- in the other process ---------------------------------------------------------------------------------------------


def _main(kind: str, source: str, into: str, seconds: str) -> None:
    _limit(int(seconds))
    {"pdf": _draw_pdf, "picture": _draw_picture, "logo": _draw_logo, "sizes": _draw_sizes}[kind](source, Path(into))


def _limit(seconds: int) -> None:
    os.nice(10)
    limits = {
        resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: MEMORY, resource.RLIMIT_FSIZE: LARGEST, resource.RLIMIT_CORE: 0,
    }  # fmt: skip
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _draw_picture(source: str, into: Path) -> None:
    from PIL import Image, ImageOps

    with Image.open(source, formats=("JPEG", "PNG", "GIF")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise SystemExit("too large")
        picture.draft("RGB", (PAGE, PAGE))
        upright: Any = ImageOps.exif_transpose(picture)
        upright.thumbnail((PAGE, PAGE))
        (into / "count").write_text("1")
        _keep(upright, into, 1)


def _draw_logo(source: str, into: Path) -> None:
    from PIL import Image, ImageOps

    with Image.open(source, formats=("JPEG", "PNG", "WEBP")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise SystemExit("too large")
        upright: Any = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail(LOGO)
    # Onto an empty one: what the file carried besides its picture stays behind.
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    made = into / "logo.part"
    clean.save(made, "PNG", optimize=True)
    made.rename(into / LOGO_NAME)  # whole, or not there


def _draw_sizes(source: str, into: Path) -> None:
    from PIL import Image, ImageOps

    with Image.open(source, formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
        # Of a telephone's JPEG, which holds more than one, the first is the picture.
        kind = {"PNG": "png", "GIF": "gif", "WEBP": "webp"}.get(picture.format or "", "jpg")
        if picture.width * picture.height > MOST_PIXELS:
            _refuse(into, "large")
        if kind != "jpg" and getattr(picture, "n_frames", 1) > 1:
            _refuse(into, "moves")
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        upright: Any = ImageOps.exif_transpose(picture).convert(mode)
    upright.thumbnail(WIDEST)
    clean = Image.new(mode, upright.size)
    clean.paste(upright)
    clean.save(into / f"clean.{kind}", optimize=True, quality=90)
    widths = sorted({width for width in WIDTHS if width < clean.width} | {clean.width})
    for width in widths:
        smaller = clean.resize((width, max(1, round(clean.height * width / clean.width))))
        # What is drawn or taken of a screen is often both sharper and smaller without loss.
        drawn = [_webp(smaller, quality=82)] + ([] if kind == "jpg" else [_webp(smaller, lossless=True)])
        (into / size_name(width)).write_bytes(min(drawn, key=len))
    (into / "sizes").write_text(" ".join(map(str, (kind, *clean.size, *widths))))  # last: all of it is there


def _webp(picture: Any, **how: Any) -> bytes:
    made = BytesIO()
    picture.save(made, "WEBP", method=4, **how)
    return made.getvalue()


def _refuse(into: Path, why: str) -> NoReturn:
    (into / "why").write_text(why)
    raise SystemExit(1)


def _draw_pdf(source: str, into: Path) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(source) as pdf:
        (into / "count").write_text(str(len(pdf)))
        for number in range(1, min(len(pdf), MOST_PAGES) + 1):
            page = pdf[number - 1]
            scale = min(PAGE / max(*page.get_size(), 1), 4)
            _keep(page.render(scale=scale).to_pil(), into, number)
            page.close()


def _keep(picture: Any, into: Path, number: int) -> None:
    """On white, without what a camera wrote into it."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA", "P"):
        seen = picture.convert("RGBA")
        picture = Image.new("RGB", seen.size, "white")
        picture.paste(seen, mask=seen.getchannel("A"))
    flat = picture.convert("RGB")
    _save(flat, into / page_name(number))
    if number == 1:
        flat.thumbnail((THUMB, THUMB))
        _save(flat, into / THUMB_NAME)


def _save(picture: Any, path: Path) -> None:
    made = path.with_suffix(".part")
    picture.save(made, "WEBP", quality=80, method=2)
    made.rename(path)  # whole, or not there


if __name__ == "__main__":
    _main(*sys.argv[1:])
