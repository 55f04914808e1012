"""Every kind of event is recorded by the walk, and nothing else is ever recorded, expected or told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.cast import Cast
from tests.walk import lives, walk
from trialogue import reactions
from trialogue.deliveries.carriers import mail
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event

SOURCE = Path(reactions.__file__).parent


def recorded_literals() -> Iterator[tuple[str, str]]:
    """Every word handed to `record(…)`, `record_there(…)` or `_tell(record, …)` in the source, with where it stands."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in ("record", "record_there", "_tell"):
                for argument in node.args[:2]:
                    for inner in ast.walk(argument):
                        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                            yield inner.value, f"{path.relative_to(SOURCE)}:{inner.lineno}"


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def test_every_kind_is_recorded_by_the_walk(cast: Cast) -> None:
    walk(cast)
    lives(cast)
    assert set(KINDS) - set(Event.objects.values_list("kind", flat=True)) == set()


def test_everything_recorded_in_the_source_is_a_known_kind() -> None:
    unknown = [(word, where) for word, where in recorded_literals() if word not in KINDS]
    assert unknown == []


def test_every_kind_is_recorded_somewhere_in_the_source() -> None:
    assert set(KINDS) - {word for word, _where in recorded_literals()} == set()


def test_reactions_and_mails_expect_only_known_kinds() -> None:
    assert set(reactions.REACTIONS) <= set(KINDS)
    assert set(mail.TOLD) <= set(KINDS)


def test_every_kind_says_its_fields_its_audience_its_sentence_and_how_it_forgets() -> None:
    for kind in KINDS.values():
        assert kind.fields, kind.name
        assert set(kind.fields.values()) <= {"id", "ids", "text", "number", "moment", "digest"}, kind.name
        assert kind.audience <= {"client", "partner", "referrer"}, kind.name
        assert str(kind.sentence).endswith("."), kind.name
        assert kind.forgets, kind.name
