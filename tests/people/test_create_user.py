"""Persons: one address, one person; a name that can stand in a mail's header."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.cast import Cast
from trialogue.people.models import Person

pytestmark = pytest.mark.django_db


def person(**told: str) -> Person:
    return Person.objects.create_user(**{"email": "ann@example.test", "password": "pw", "name": "Ann Ahlers"} | told)


def test_an_address_is_kept_in_small_letters() -> None:
    assert person(email=" Ann@Example.TEST ").email == "ann@example.test"


def test_an_address_belongs_to_one_person(cast: Cast) -> None:
    assert cast.clara.person
    with pytest.raises(ValidationError) as refused:
        person(email=cast.clara.person.email.upper())
    assert "email" in refused.value.message_dict


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "ann@example.test\nBcc: x@example.test", "a b@example.test", "a" * 250 + "@b.de"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError) as refused:
        person(email=email)
    assert "email" in refused.value.message_dict


@pytest.mark.parametrize("name", ["", "  ", "A\x00", "\x1b[31mAnn", "A\ud800", "x" * 121])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        person(name=name)
    assert "name" in refused.value.message_dict


def test_a_name_stands_on_one_line() -> None:
    assert person(name="Ann\r\nBcc: all@example.test").name == "Ann Bcc: all@example.test"


def test_an_unknown_zone_or_language_is_refused() -> None:
    for field, value in {"zone": "Nowhere", "language": "tlh"}.items():
        with pytest.raises(ValidationError) as refused:
            person(**{field: value})
        assert field in refused.value.message_dict


def test_a_person_describes_themselves_by_the_same_rules() -> None:
    ann = person()
    ann.describe(name="Ann\tAhlers-Berg ", zone="Europe/Berlin", language="de")
    ann.refresh_from_db()
    assert (ann.name, ann.zone, ann.language) == ("Ann Ahlers-Berg", "Europe/Berlin", "de")
    with pytest.raises(ValidationError):
        ann.describe(name="Ann", zone="Nowhere", language="de")


@pytest.mark.parametrize(
    ("name", "initials"), [("Clara Holm", "CH"), ("Rita de Vries", "RV"), ("Cher", "C"), ("ølga østergård", "ØØ")]
)
def test_initials_are_the_first_and_last_words(name: str, initials: str) -> None:
    assert Person(name=name, email="x@y.z").initials == initials


def test_without_a_name_the_address_gives_the_initial() -> None:
    assert Person(name="", email="zoe@y.z").initials == "Z"


def test_an_address_taken_between_the_asking_and_the_saving_is_refused_at_its_field(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two invitations accepted at once: neither saw the other's person."""
    asked = Person.full_clean

    def and_then_taken(self: Person, **how: Any) -> None:
        asked(self, **how)
        Person.objects.bulk_create([Person(email=self.email, name="Faster")])

    monkeypatch.setattr(Person, "full_clean", and_then_taken)
    with pytest.raises(ValidationError) as refused:
        Person.objects.create_user("newt@nordlys.example", name="Newt")
    assert list(refused.value.message_dict) == ["email"]
