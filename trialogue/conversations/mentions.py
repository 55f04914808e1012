"""Who is named in a message: “@Paul Brandt” or, where only one is called so, “@Paul”."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from trialogue.people.models import Organisation, Person

Mentions = list[dict[str, str]]  # `name` as it was typed, and the public id of the `person`


def found(body: str, sides: Sequence[Organisation]) -> Mentions:
    """The people of these organisations whom the words name. Nobody else is looked for: nobody else may learn of it."""
    if "@" not in body:
        return []
    people = Person.objects.filter(is_active=True, memberships__organisation__in=sides).distinct()
    called = _called(people)
    if not called:
        return []
    named = {match[1]: called[match[1].casefold()] for match in _pattern(called).finditer(body)}
    return [{"name": name, "person": person.public_id} for name, person in named.items()]


def _called(people: Iterable[Person]) -> dict[str, Person]:
    """Whole names, and first names that only one of them has."""
    people = [person for person in people if person.name]
    first = Counter(person.name.split()[0].casefold() for person in people)
    whole = Counter(person.name.casefold() for person in people)
    called = {p.name.split()[0].casefold(): p for p in people if first[p.name.split()[0].casefold()] == 1}
    return called | {p.name.casefold(): p for p in people if whole[p.name.casefold()] == 1}


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """The longest name first, never within a word or an address."""
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w@.])@({alternatives})(?!\w|\.\w)", re.IGNORECASE)


def mark(html: str, mentions: Sequence[dict[str, str]]) -> str:
    """Sanitised HTML with a mark at each name, in words alone and never within a tag."""
    if not mentions:
        return html
    pattern = _pattern(escape(one["name"], quote=False) for one in mentions)
    parts = re.split(r"(<[^>]*>)", html)
    parts[::2] = [pattern.sub(r'<span class="mention">@\1</span>', words) for words in parts[::2]]
    return "".join(parts)
