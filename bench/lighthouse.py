"""Lighthouse over the portal, as a phone and as a desk sees it: `python -m bench.lighthouse [BINARY]`.

BINARY is Lighthouse's own command, or the one found by its name; Chromium is found as the tests find it. Neither comes with us
(`npm install lighthouse`). The bars: 95 of 100 in all four, 100 KB on the wire, nothing that moves.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.machine import described, table
from tests.serving import House, running

PAGES = ("/articles/", "/articles/for/client/", "/articles/in/client-cases/", "/articles/hand-in-a-case/", "/articles/?q=confirm+case", "/help/")  # fmt: skip
FOUR, BYTES = ("performance", "accessibility", "best-practices", "seo"), 100 * 1024
BROWSER = ("--headless=new", "--no-sandbox", "--disable-background-networking")


def main() -> None:
    binary = sys.argv[1] if len(sys.argv) > 1 else shutil.which("lighthouse")
    chromium = os.environ.get("TRIALOGUE_TEST_BROWSER") or shutil.which("chromium")
    if not binary or not chromium:
        print("Skipped: Lighthouse and Chromium are wanted. Say where: python -m bench.lighthouse /path/of/lighthouse")
        return
    with tempfile.TemporaryDirectory(prefix="trialogue-bench-", ignore_cleanup_errors=True) as folder:
        house = House(f"sqlite:///{folder}/bench.sqlite3", Path(folder), more={"SHIP_ARTICLES": "1"})
        with running(house.serve()):
            rows = [
                [page, form, *seen(binary, chromium, house.port, page, form)]
                for page in PAGES
                for form in ("phone", "desk")
            ]
    print(f"{described()}\n{table(['page', 'as', *FOUR, 'bytes', 'moved'], rows)}")
    sys.exit(any(min(map(int, row[2:6])) < 95 or int(row[6]) > BYTES or float(row[7]) > 0 for row in rows))


def seen(binary: str, chromium: str, port: int, page: str, form: str) -> list[str]:
    """The four, the bytes on the wire, and how much moved."""
    command = [
        binary,
        f"http://127.0.0.1:{port}{page}",
        "--quiet",
        "--output=json",
        f"--chrome-flags={' '.join(BROWSER)}",
    ]
    command += ["--preset=desktop"] if form == "desk" else []
    environment = {**os.environ, "CHROME_PATH": chromium}
    for last in (False, False, True):  # a browser on a busy machine begins too late now and then
        told = subprocess.run(command, env=environment, check=last, stdout=subprocess.PIPE)
        if told.returncode == 0:
            break
    found: dict[str, Any] = json.loads(told.stdout)
    audits = found["audits"]
    four = [str(round(found["categories"][name]["score"] * 100)) for name in FOUR]
    measured = (audits[name]["numericValue"] for name in ("total-byte-weight", "cumulative-layout-shift"))
    weight, moved = measured
    return [*four, str(round(weight)), f"{moved:g}"]


if __name__ == "__main__":
    main()
