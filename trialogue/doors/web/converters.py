"""What may stand in an address. Anything else is no page, and is not even asked for: a database may refuse the text itself."""

from __future__ import annotations

from django.urls import register_converter, reverse


class Reference:
    """Of a case, in any case: `q8xaxf3w` is Q8XAXF3W."""

    regex = "[0-9A-Za-z]{8}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class Place:
    """Where two sides talk: the reference of a case, or the id of a conversation without one."""

    regex = "cases/[0-9A-Za-z]{8}|relationships/con_[0-9a-z]{16}"

    def to_python(self, value: str) -> str:
        where, _slash, place = value.partition("/")
        return place.upper() if where == "cases" else place

    def to_url(self, value: str) -> str:
        return f"{'relationships' if value.startswith('con_') else 'cases'}/{value}"


class PublicId:
    regex = "[a-z]{3}_[0-9a-z]{16}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Number:
    """Of a message in its conversation: no longer than a database can count."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Verdict:
    """Whether it helped, as a mail asks."""

    regex = "good|bad"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Colours:
    """Of a brand, in the light and in the dark, without the sharps."""

    regex = "[0-9a-f]{6}-[0-9a-f]{6}"

    def to_python(self, value: str) -> tuple[str, ...]:
        return tuple(f"#{colour}" for colour in value.split("-"))

    def to_url(self, value: str) -> str:
        return value


class Digest:
    """Of a picture of ours."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def page_of(place: str) -> str:
    """The address of the page where they talk."""
    return reverse("relationship" if place.startswith("con_") else "case", args=[place])


register_converter(Colours, "colours")
register_converter(Digest, "digest")
register_converter(Verdict, "verdict")
register_converter(Number, "number")
register_converter(Reference, "reference")
register_converter(Place, "place")
register_converter(PublicId, "id")
