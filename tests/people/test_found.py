"""Organisations come into being whole: described, on one side, with a calendar."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.events.models import Event
from trialogue.people import places
from trialogue.people.models import Organisation, Side

pytestmark = pytest.mark.django_db

GOOD = {"name": "Havn ApS", "kind": Side.CLIENT, "country": "DK", "zone": "Europe/Copenhagen"}


def test_a_new_organisation_has_a_calendar_of_its_country_and_zone() -> None:
    calendar = Organisation.found(**GOOD).calendars.get()  # type: ignore[attr-defined]
    assert (calendar.version, calendar.country, calendar.zone) == (1, "DK", "Europe/Copenhagen")


def test_the_country_may_be_typed_small() -> None:
    assert Organisation.found(**GOOD | {"country": "dk"}).country == "DK"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("country", "XX", "no country"),
        ("country", "ZZ", "no country"),
        ("country", "EU", "no country"),
        ("country", "IC", "no country"),
        ("country", "", "blank"),
        ("country", "Denmark", "at most 2"),
        ("zone", "Mars/Olympus", "no time zone"),
        ("zone", "../../etc/passwd", "no time zone"),
        ("zone", "CET", "no time zone"),
        ("zone", "", "blank"),
        ("name", "", "blank"),
        ("name", "   ", "blank"),
        ("name", "A\x00B", "cannot be kept"),
        ("name", "A\ud800B", "cannot be kept"),
        ("name", "x" * 201, "at most 200"),
        ("kind", "debtor", "not a valid choice"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_kept(field: str, value: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Organisation.found(**GOOD | {field: value})
    assert says in str(refused.value.message_dict[field])
    assert not Organisation.objects.exists()
    assert not Event.objects.exists()


def test_an_unknown_part_of_a_country_is_refused() -> None:
    with pytest.raises(ValidationError, match="no subdivision 'ZZ'") as refused:
        Organisation.found(**GOOD, subdivision="ZZ")
    assert list(refused.value.message_dict) == ["subdivision"]
    assert not Organisation.objects.exists()


def test_a_name_is_given_once_whatever_its_capitals(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        Organisation.found(**GOOD | {"name": cast.clara.organisation.name.upper()})
    assert "name" in refused.value.message_dict


def test_spaces_around_and_within_a_name_do_not_make_another(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        Organisation.found(**GOOD | {"name": "  Nordlys   Energi\nA/S "})


def test_every_country_one_can_choose_has_a_calendar() -> None:
    """Else an organisation there could not be founded at all."""
    import holidays

    assert set(places.country_names()) <= set(holidays.list_supported_countries())


def test_only_an_admin_describes_an_organisation_anew(cast: Cast) -> None:
    home = cast.clara.organisation
    with pytest.raises(Exception, match="Only an admin"):
        home.describe(by=cast.carl, name="Ours", country="DK", zone="Europe/Copenhagen")
    home.describe(by=cast.clara, name="Nordlys A/S", country="SE", zone="Europe/Stockholm")
    home.refresh_from_db()
    assert (home.name, home.country, home.zone) == ("Nordlys A/S", "SE", "Europe/Stockholm")
    assert home.calendars.count() == 1  # type: ignore[attr-defined]


def test_a_bad_description_changes_nothing(cast: Cast) -> None:
    home = cast.clara.organisation
    with pytest.raises(ValidationError):
        home.describe(by=cast.clara, name="Nordlys", country="DK", zone="Nowhere")
    home.refresh_from_db()
    assert home.name == "Nordlys Energi A/S"


@pytest.mark.django_db(transaction=True)
def test_of_two_founded_at_once_by_one_name_one_is_refused_at_its_field() -> None:
    ends = together(*[lambda: Organisation.found(**GOOD)] * 3)
    refused = [end for end in ends if isinstance(end, ValidationError)]
    assert len(refused) == 2, ends
    assert all(list(end.message_dict) == ["name"] for end in refused)
    assert Organisation.objects.filter(name=GOOD["name"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_renamed_at_once_to_one_name_one_is_refused_at_its_field(cast: Cast) -> None:
    there = {"name": "Havn ApS", "country": "DK", "zone": "Europe/Copenhagen"}
    ends = together(
        *[lambda admin=admin: admin.organisation.describe(by=admin, **there) for admin in (cast.clara, cast.otto)]
    )
    (refused,) = [end for end in ends if end is not None]
    assert list(refused.message_dict) == ["name"]


def test_a_name_taken_while_one_describes_is_refused_at_its_field(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what `clean()` asks and what the database does: the moment that the two above hit by chance only."""
    asked = Organisation.clean

    def and_then_taken(self: Organisation) -> None:
        asked(self)
        Organisation.objects.filter(pk=cast.otto.organisation.pk).update(name=self.name)

    monkeypatch.setattr(Organisation, "clean", and_then_taken)
    with pytest.raises(ValidationError) as refused:
        Organisation.found(**GOOD)
    assert list(refused.value.message_dict) == ["name"]


def test_who_is_admitted_belongs_from_then_on(cast: Cast) -> None:
    assert cast.otto.person
    membership = cast.clara.organisation.admit(cast.otto.person, by=cast.clara, at=MONDAY)
    assert membership.since == MONDAY
