"""A brand: what a colour must reach, what a name and a picture may be, and who puts it on, takes it off and sees it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from tests.cast import Cast
from tests.lib.test_drawing import bomb, picture
from trialogue.events.models import Event
from trialogue.people.brands import DARK, LEAST, LIGHT, MOST_BYTES, Brand, Logo, brand_of
from trialogue.people.models import Actor, Organisation, Refused

pytestmark = pytest.mark.django_db
GREEN = "#0f5c4a"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def proposed(whose: Organisation, **told: str) -> Brand:
    return Brand.proposed(whose, **({"name": "Fintegra Collect", "light": GREEN} | told))


def _wrong(whose: Organisation, **told: str) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        proposed(whose, **told)
    return refused.value.message_dict


def test_its_clients_and_itself_see_it_and_nobody_else(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    seen = {name: brand_of(Organisation.objects.get(pk=actor.organisation.pk)) for name, actor in vars(cast).items()}
    assert {name for name, brand in seen.items() if brand} == {"clara", "carl", "rita"}


def test_what_is_proposed_is_not_stored(cast: Cast) -> None:
    proposed(cast.rita.organisation)
    assert not Brand.objects.exists()


def test_a_second_one_takes_the_place_of_the_first(cast: Cast) -> None:
    for name in ("Fintegra Collect", "Fintegra Inkasso"):
        proposed(cast.rita.organisation, name=name).put_on(by=cast.rita)
    assert [brand.name for brand in Brand.objects.all()] == ["Fintegra Inkasso"]
    assert Event.objects.filter(kind="organisation.branded").count() == 2


def test_the_dark_colour_follows_from_the_light_one(cast: Cast) -> None:
    brand = proposed(cast.rita.organisation)
    assert brand.dark != brand.light
    assert DARK.measure(brand.dark) >= LEAST
    assert proposed(cast.rita.organisation, dark="#71C0E2").dark == "#71c0e2"


@pytest.mark.parametrize(("field", "colour", "scheme"), [("light", "#e8c547", LIGHT), ("dark", "#0f5c4a", DARK)])
def test_a_colour_that_words_cannot_be_read_with_is_refused_and_a_near_one_named(
    cast: Cast, field: str, colour: str, scheme: Any
) -> None:
    (said,) = _wrong(cast.rita.organisation, **{field: colour})[field]
    near = said.rpartition("#")[2][:6]
    assert f"{scheme.measure(colour):.2f}:1" in said
    assert getattr(proposed(cast.rita.organisation, **{field: f"#{near}"}), field) == f"#{near}"


@pytest.mark.parametrize(
    "colour",
    ["red", "#12345", "#0f5c4a;}body{display:none", "#0f5c4a\n", "url(x)", "#0f5c4a80", "</style>", "#０f5c4a"],
)
def test_what_is_no_colour_is_none(cast: Cast, colour: str) -> None:
    for field in ("light", "dark"):
        if colour.strip() == GREEN:
            assert proposed(cast.rita.organisation, dark="#71c0e2", light=colour).light == GREEN
        else:
            assert field in _wrong(cast.rita.organisation, **{field: colour})


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("sender", "Bank <boss@bank.example>"), ("sender", "a@b"), ("sender", "Fin(tegra"), ("name", "\x00"), ("name", " "),
        ("name", "x" * 41), ("sender", "A\u202eB"), ("logo", "0" * 32),
    ],
)  # fmt: skip
def test_names_that_would_mislead_and_logos_that_are_not_there(cast: Cast, field: str, told: str) -> None:
    assert field in _wrong(cast.rita.organisation, **{field: told})


@pytest.mark.parametrize("who", ["clara", "paul", "olga"])
def test_only_referral_partners_have_one(cast: Cast, who: str) -> None:
    actor: Actor = getattr(cast, who)
    assert "__all__" in _wrong(actor.organisation)
    with pytest.raises(Refused):
        Logo.keep(picture(), by=actor)


@pytest.mark.parametrize("who", ["clara", "paul", "olga", "otto"])
def test_nobody_else_puts_it_on(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        proposed(cast.rita.organisation).put_on(by=getattr(cast, who))


def test_it_is_taken_off_by_its_own_or_the_operator_once(cast: Cast) -> None:
    for by in (cast.rita, cast.olga):
        brand = proposed(cast.rita.organisation)
        brand.put_on(by=cast.rita)
        for other in (cast.clara, cast.paul, cast.carl):
            with pytest.raises(Refused):
                brand.take_off(by=other)
        brand.take_off(by=by)
        brand.take_off(by=by)
    assert not Brand.objects.exists()
    assert Event.objects.filter(kind="organisation.unbranded").count() == 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_and_small(cast: Cast, kind: str) -> None:
    logo = Logo.keep(picture(kind, (2400, 600)), by=cast.rita)
    with Image.open(BytesIO(logo.content)) as drawn:
        assert (drawn.format, drawn.size, drawn.mode) == ("PNG", (480, 120), "RGBA")


def test_nothing_of_the_file_is_kept_but_its_picture(cast: Cast) -> None:
    hidden = picture("JPEG", comment=b"<script>alert(1)</script>") + b"<script>alert(2)</script>"
    assert b"script" not in bytes(Logo.keep(hidden, by=cast.rita).content)


@pytest.mark.parametrize("content", [SVG, b"", b"\x89PNG\r\n\x1a\n", bomb(), picture("GIF"), b"x" * (MOST_BYTES + 1)])
def test_what_is_no_picture_or_far_too_large_is_refused(cast: Cast, content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        Logo.keep(content, by=cast.rita)
    assert list(refused.value.message_dict) == ["logo"]
    assert not Logo.objects.exists()


def test_of_logos_stay_the_one_that_is_worn_and_the_last_that_was_tried(cast: Cast) -> None:
    worn, _first, last = (Logo.keep(picture(size=(width, 20)), by=cast.rita) for width in (20, 30, 40))
    assert [logo.digest for logo in Logo.objects.all()] == [last.digest]
    proposed(cast.rita.organisation, logo=last.digest).put_on(by=cast.rita)
    assert worn.digest != Logo.keep(picture(size=(50, 20)), by=cast.rita).digest
    assert Logo.objects.filter(digest=last.digest).exists()
    assert Logo.objects.count() == 2
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    assert not Logo.objects.exists()
