"""What a mail will say, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Content:
    """What a mail will say: template, its context, subject."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
