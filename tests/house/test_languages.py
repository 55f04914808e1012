"""Each language says everything: no marked string without its translation, none that has lost a place to fill in."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError
from django.conf import settings
from django.utils import translation

from tests import catalogues
from tests.catalogues import LANGUAGES, catalogue, forms
from trialogue.channels import rules
from trialogue.lib.catalogues import compiled

# What must stand in a translation as it stands in English: places to fill in, tags, code.
KEPT = re.compile(r"\{[^{}\s]*\}|%\(\w+\)[sd]|%[sd]|<[^>]+>|`[^`]+`")


@pytest.fixture(scope="module")
def marked() -> set[tuple[str | None, str | tuple[str, ...]]]:
    return {(message.context, _id(message)) for message in catalogues.marked() if message.id}


def _id(message: Message) -> str | tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def _said(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def test_the_catalogues_are_those_of_the_languages_one_can_choose() -> None:
    assert {"en", *LANGUAGES} == {code for code, _name in settings.LANGUAGES}
    assert sorted(LANGUAGES) == sorted(path.name for path in catalogues.LOCALE.iterdir() if path.is_dir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_marked_is_translated(language: str, marked: set[tuple[str | None, str | tuple[str, ...]]]) -> None:
    """What fails here is laid in by `./run translate`, then said in each language by hand."""
    said = {(message.context, _id(message)) for message in _said(language) if all(forms(message)) and not message.fuzzy}
    assert sorted(map(repr, marked - said)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_nobody_says(
    language: str, marked: set[tuple[str | None, str | tuple[str, ...]]]
) -> None:
    assert (
        sorted(repr(_id(message)) for message in _said(language) if (message.context, _id(message)) not in marked) == []
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_what_is_filled_in(language: str) -> None:
    for message in _said(language):
        told = _id(message)
        # Where English says “one day”, another language may give the number, and the other way round.
        allowed = [Counter(KEPT.findall(words)) for words in ((told,) if isinstance(told, str) else told)]
        for words in forms(message):
            assert Counter(KEPT.findall(words)) in allowed, f"{told!r}: {words!r}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_begins_and_ends_as_the_english_does(language: str) -> None:
    for message in _said(language):
        told = message.id if isinstance(message.id, str) else message.id[-1]
        for words in forms(message):
            assert (words[:1].isspace(), words[-1:].isspace()) == (told[:1].isspace(), told[-1:].isspace()), words


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_what_a_reader_gets(language: str) -> None:
    with translation.override(language):
        for message in _said(language):
            if isinstance(message.id, str) and message.context is None:
                assert translation.gettext(message.id) == message.string


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_that_is_shipped_is_said_in_it(language: str) -> None:
    plain = rules.shipped_rules()
    with translation.override(language):
        spoken = rules.spoken(plain)
    assert spoken.channels["sales"].says == catalogue(language).get(plain.channels["sales"].says).string
    assert spoken.channels["sales"].address == plain.channels["sales"].address
    assert spoken.channels["sales"].uses != plain.channels["sales"].uses
    assert spoken.promise.keys() == plain.promise.keys()


def test_words_of_an_operators_own_stay_as_they_are() -> None:
    text = rules.shipped().replace('name = "Sales"', 'name = "Salg og priser"')
    with translation.override("de"):
        assert rules.spoken(rules.read(text)).channels["sales"].name == "Salg og priser"


# --- compiling --------------------------------------------------------------------------------------------------------

SAYS = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "{}"\n'


def _folder(tmp_path: Path, text: str) -> Path:
    source = tmp_path / "da" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(text)
    return source


def test_a_catalogue_is_compiled_when_it_was_written_since(tmp_path: Path) -> None:
    source = _folder(tmp_path, SAYS.format("Ja"))
    assert compiled(tmp_path) == tmp_path
    made = source.with_suffix(".mo")
    assert b"Ja" in made.read_bytes()

    source.write_text(SAYS.format("Jo"))
    os.utime(source, (time.time() + 10, time.time() + 10))
    compiled(tmp_path)
    assert b"Jo" in made.read_bytes()
    assert [path.name for path in source.parent.iterdir() if path not in (source, made)] == []


def test_a_catalogue_that_stands_compiled_is_left_alone(tmp_path: Path) -> None:
    made = _folder(tmp_path, SAYS.format("Ja")).with_suffix(".mo")
    made.write_bytes(b"as it was")
    os.utime(made, (time.time() + 10, time.time() + 10))
    compiled(tmp_path)
    assert made.read_bytes() == b"as it was"


def test_a_broken_catalogue_is_refused_rather_than_half_read(tmp_path: Path) -> None:
    _folder(tmp_path, SAYS.format("Ja") + 'msgid "No\n')
    with pytest.raises(PoFileError):
        compiled(tmp_path)
