"""The browser that journeys drive: the one that `./run test` names, else one on PATH."""

from __future__ import annotations

import os
import shutil
from typing import Any


def path() -> str:
    """Fails, and never skips, where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("TRIALOGUE_TEST_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    assert found, "No browser here. Install chromium, or name one in TRIALOGUE_TEST_BROWSER; `./run test` sees to it."
    return found


def options() -> dict[str, Any]:
    """What `playwright.chromium.launch` takes. Root's Chromium has no sandbox; nothing is asked of the network."""
    return {"executable_path": path(), "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]}
