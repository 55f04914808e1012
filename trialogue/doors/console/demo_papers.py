"""Small real documents, drawn in code: a page of text as PDF, a signed delivery note as PNG, a table as CSV; and a logo."""

from __future__ import annotations

import math
import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 420, 594  # a small A4 in pixels


def draw(name: str, text: str) -> bytes:
    """The document that this name promises. `text` begins with its heading; a PNG needs none."""
    match name.rpartition(".")[2]:
        case "pdf":
            return pdf(text)
        case "png":
            return signed_note()
    return text.strip().encode()


def pdf(text: str) -> bytes:
    """One page in Helvetica, its first line as heading. Letters outside of Western Europe become question marks."""
    heading, *lines = text.strip().splitlines()
    shown = [f"BT /F2 16 Tf 60 770 Td ({_escaped(heading)}) Tj ET", "BT /F3 10 Tf 60 735 Td 15 TL"]
    shown += [f"({_escaped(line)}) Tj T*" for line in lines]
    page = "\n".join([*shown, "ET"]).encode("cp1252", "replace")
    fonts = [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>".encode()
        for font in ("Helvetica-Bold", "Courier")
    ]
    return _assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F2 5 0 R /F3 6 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
            *fonts,
        ]
    )


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(objects: list[bytes]) -> bytes:
    """The objects with the table that says at which byte each begins."""
    whole = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    whole += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return whole + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, whole.rindex(b"xref\n0"))


def signed_note() -> bytes:
    """A photographed form: a frame, lines of writing too small to read, and a signature at the foot."""
    rows = [bytearray([246]) * WIDTH for _ in range(HEIGHT)]
    for left, top, right, bottom in ((30, 30, 390, 32), (30, 560, 390, 562), (30, 30, 32, 562), (388, 30, 390, 562)):
        _fill(rows, left, top, right, bottom, 60)
    _fill(rows, 50, 55, 210, 67, 40)
    for line in range(14):
        _fill(rows, 50, 100 + 22 * line, 50 + 180 + 37 * (line * line % 4), 104 + 22 * line, 150)
    _fill(rows, 50, 500, 250, 501, 90)
    for step in range(2000):  # a hand that swings and tires
        t = step / 2000
        x, y = 60 + 170 * t + 9 * math.sin(40 * t), 482 - 22 * (1 - t) * math.sin(31 * t) - 8 * math.cos(11 * t)
        _fill(rows, int(x), int(y), int(x) + 2, int(y) + 2, 30)
    return _png(rows)


def logo(colour: str) -> bytes:
    """Three bars that step up, on nothing."""
    picture = Image.new("RGBA", (240, 240))
    pen = ImageDraw.Draw(picture)
    for step in range(3):
        pen.rounded_rectangle((20 + 72 * step, 150 - 60 * step, 76 + 72 * step, 220), 14, fill=colour)
    made = BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def _fill(rows: list[bytearray], left: int, top: int, right: int, bottom: int, grey: int) -> None:
    for row in rows[top:bottom]:
        row[left:right] = bytes([grey]) * (right - left)


def _png(rows: list[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)  # 8 bits of grey
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
