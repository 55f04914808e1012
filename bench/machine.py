"""The machine a figure was measured on, and how figures are printed."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def described() -> str:
    """One line: when, processor, cores, memory, system, Python, SQLite."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(
        (int(line.split()[1]) // 1024**2 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {model}, {os.cpu_count()} cores, {memory} GiB, {platform.platform(terse=True)}, "
        f"CPython {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _lines(path: str) -> Sequence[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"
