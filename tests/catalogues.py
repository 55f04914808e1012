"""Every string that is marked for translation, and the catalogues brought up to date with them: `./run translate`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from trialogue.channels import rules

HOUSE = Path(rules.__file__).parents[1]
LOCALE = HOUSE / "locale"
LANGUAGES = ("da", "de")
HEAD = """# `./run translate` lays in what is newly marked and takes out what is gone; the words are said here, by hand.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
MARKS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip


def marked() -> Catalog:
    """What is marked in code and templates, and the words of the policy that is shipped; each with the files it stands in."""
    found = Catalog(fuzzy=False)
    for path in sorted(HOUSE.rglob("*")):
        where = [(str(path.relative_to(HOUSE)), 1)]
        for text, context in _marked_in(path):
            found.add(text, locations=where, context=context)
    for text in sorted(set(rules.said(rules.shipped_rules()))):
        found.add(text, locations=[("channels/policy.toml", 1)])
    return found


def _marked_in(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    if path.suffix == ".py":
        source = path.read_bytes()
    elif "templates" in path.parts and path.is_file():
        source = templatize(path.read_text()).encode()
    else:
        return
    for _line, text, _comments, context in extract("python", BytesIO(source), MARKS):
        yield text, context


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalogue(language: str) -> Catalog:
    with open(path_of(language), "rb") as told:
        return read_po(told, abort_invalid=True)


def forms(message: Message) -> tuple[str, ...]:
    """What is said in a language: one form, or as many as it has plurals."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def main() -> None:
    """Lays what is newly marked into each catalogue, takes out what is gone, and tells what is left to be translated."""
    current = marked()
    for language in LANGUAGES:
        told = catalogue(language)
        told.update(current, no_fuzzy_matching=True, update_creation_date=False)
        told.obsolete.clear()
        with open(path_of(language), "wb") as into:
            into.write(HEAD.format(language=language, plurals=told.plural_forms).encode())
            write_po(into, told, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
        left = [message for message in told if message.id and not all(forms(message))]
        print(f"{path_of(language)}: {len(told)} messages, {len(left)} to translate")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialogue.settings")
    django.setup()
    main()
