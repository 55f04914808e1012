"""A brand on pages and mails: tried on by a referral partner's admin, worn by its clients, taken off by the operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.cast import MONDAY, PASSWORD, Cast
from tests.lib.test_drawing import picture
from tests.people.test_put_on import GREEN, SVG, proposed
from trialogue.deliveries.rounds import send_due
from trialogue.people.brands import Brand, Logo

pytestmark = pytest.mark.django_db
TOLD = {"name": "Fintegra Collect", "sender": "Fintegra", "light": GREEN, "dark": "", "logo": ""}


def by(actor: Any) -> Client:
    client = Client()
    client.force_login(actor.person)
    return client


def sent(client: Client, **told: Any) -> Any:
    return client.post(reverse("brand"), TOLD | told)


def test_it_is_tried_on_then_put_on(cast: Cast) -> None:
    rita = by(cast.rita)
    logo = SimpleUploadedFile("logo.png", picture(size=(300, 60)))
    tried = sent(rita, do="try", picture=logo)
    assert b"This page wears it now" in tried.content
    assert b"data-brand" in tried.content
    assert not Brand.objects.exists()
    assert b"data-brand" not in by(cast.clara).get("/").content
    digest = Logo.objects.get().digest
    assert sent(rita, do="put-on", logo=digest).status_code == 302
    page = by(cast.clara).get("/").content.decode()
    brand = Brand.objects.get()
    assert '<html lang="en" data-brand>' in page
    assert f'href="{reverse("brand-style", args=[brand.colours])}"' in page
    assert f'src="{reverse("brand-logo", args=[digest])}"' in page
    assert "Fintegra Collect, on Trialogue" in page
    assert "style=" not in page


@pytest.mark.parametrize("who", ["paul", "otto", "pia", "olga"])
def test_nobody_else_sees_it(cast: Cast, who: str) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    page = by(getattr(cast, who)).get("/").content
    assert b"data-brand" not in page
    assert b"Fintegra Collect" not in page


@pytest.mark.parametrize(
    "told", [{"light": "#e8c547"}, {"light": "red;}"}, {"name": ""}, {"sender": "a@b"}, {"logo": "0" * 32}]
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_stored(cast: Cast, told: dict[str, str]) -> None:
    for do in ("try", "put-on"):
        answer = sent(by(cast.rita), do=do, **told)
        assert answer.status_code == 422
        assert b'class="error"' in answer.content
    assert not Brand.objects.exists()


def test_a_drawing_with_a_script_is_refused(cast: Cast) -> None:
    answer = sent(by(cast.rita), do="try", picture=SimpleUploadedFile("logo.svg", SVG, "image/svg+xml"))
    assert answer.status_code == 422
    assert b"save an SVG as PNG first" in answer.content


def test_a_name_is_words_and_nothing_more(cast: Cast) -> None:
    sent(by(cast.rita), do="put-on", name="<script>x</script>")
    page = by(cast.clara).get("/").content
    assert b"&lt;script&gt;x" in page
    assert b"<script>x" not in page


def test_a_logo_is_left_out_again(cast: Cast) -> None:
    logo = Logo.keep(picture(), by=cast.rita)
    proposed(cast.rita.organisation, logo=logo.digest).put_on(by=cast.rita)
    sent(by(cast.rita), do="put-on", logo=logo.digest, without_logo="on")
    assert Brand.objects.get().logo == ""


def test_style_and_logo_need_no_session_and_are_kept_for_ever(cast: Cast) -> None:
    logo, nobody = Logo.keep(picture(), by=cast.rita), Client()
    style = nobody.get("/brands/0f5c4a-639589.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert "--accent:light-dark(#0f5c4a,#639589)" in style.content.decode()
    drawn = nobody.get(reverse("brand-logo", args=[logo.digest]))
    assert (drawn.headers["Content-Type"], drawn.content) == ("image/png", bytes(logo.content))
    for answer in (style, drawn):
        assert "immutable" in answer.headers["Cache-Control"]
    assert nobody.get(f"/brands/{'0' * 32}.png").status_code == 404
    assert nobody.get("/brands/0f5c4a-red;}.css").status_code == 404


def test_a_page_costs_as_much_with_a_brand_as_without(cast: Cast, django_assert_num_queries: Any) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    clara = by(cast.clara)
    clara.get("/")
    with django_assert_num_queries(11):
        assert b"data-brand" in clara.get("/").content


def test_the_operator_looks_at_it_and_takes_it_off(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    olga, where = by(cast.olga), reverse("brand-of", args=[cast.rita.acting_for])
    assert where in olga.get(reverse("manager-of", args=[cast.rita.acting_for])).content.decode()
    assert b"Fintegra Collect" in olga.get(where).content
    assert olga.post(where).status_code == 302
    assert not Brand.objects.exists()
    assert olga.get(where).status_code == 404


def test_mails_to_its_clients_wear_it_and_name_the_house(cast: Cast, settings: Any) -> None:
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = (
        "https://trialogue.example",
        "Trialogue <no-reply@trialogue.example>",
    )
    logo = Logo.keep(picture(), by=cast.rita)
    proposed(cast.rita.organisation, sender="Fintegra", logo=logo.digest).put_on(by=cast.rita)
    case = cast.released(at=MONDAY)
    case.confirm(by=cast.paul, at=MONDAY)
    send_due(MONDAY + timedelta(hours=1))
    to_clara = next(one for one in mail.outbox if "clara@" in one.to[0])
    html = to_clara.alternatives[0][0]
    assert to_clara.extra_headers["From"] == '"Fintegra (Trialogue)" <no-reply@trialogue.example>'
    assert f"https://trialogue.example/brands/{logo.digest}.png" in html
    assert f"background:{GREEN}" in html
    assert "Sent by Trialogue for Fintegra Collect." in html
    assert to_clara.body.endswith("\n\nSent by Trialogue for Fintegra Collect.\n")
    for other in (one for one in mail.outbox if "brandt" in one.to[0]):
        assert "Fintegra Collect" not in str(other.message())


# --- at the door --------------------------------------------------------------------------------------------------------


def signing_in(client: Client, brand: str = "") -> str:
    return client.get(reverse("account_login"), {"brand": brand} if brand else {}).content.decode()


def test_an_address_that_names_it_gives_the_page_to_sign_in_its_look_and_the_browser_keeps_it(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    browser = Client()
    assert "Fintegra Collect" not in signing_in(browser)
    page = signing_in(browser, cast.rita.acting_for)
    assert "Fintegra Collect" in page
    assert "data-brand" in page
    for name in ("account_login", "account_reset_password"):
        assert b"Fintegra Collect" in browser.get(reverse(name)).content
    kept = browser.cookies["brand"]
    assert (kept["path"], kept["httponly"], kept["samesite"]) == ("/accounts/", True, "Lax")
    assert f"?brand={cast.rita.acting_for}" in by(cast.rita).get(reverse("brand")).content.decode()


def test_who_came_by_a_branded_invitation_finds_it_where_they_sign_in(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    for actor, found in ((cast.clara, True), (cast.otto, False)):
        browser = Client()
        _invitation, secret = actor.organisation.invite("new@x.example", "member", by=actor)
        browser.get(reverse("invitation", args=[secret]))
        assert ("Fintegra Collect" in signing_in(browser)) == found


def test_who_has_signed_in_finds_it_when_they_come_back(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    for actor, found in ((cast.otto, False), (cast.clara, True)):
        assert actor.person
        browser = Client()
        assert (
            browser.post(reverse("account_login"), {"login": actor.person.email, "password": PASSWORD}).status_code
            == 302
        )
        browser.post(reverse("account_logout"))
        assert ("Fintegra Collect" in signing_in(browser)) == found


@pytest.mark.parametrize("named", ["clara", "otto", "org_0000000000000000", "x" * 500, "\0", "é"])
def test_what_names_no_brand_shows_and_keeps_nothing(cast: Cast, named: str) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    browser = Client()
    actor = getattr(cast, named, None)
    # Clara came by this very partner; from her organisation's id nobody learns it.
    assert "Fintegra Collect" not in signing_in(browser, actor.acting_for if actor else named)
    assert "brand" not in browser.cookies


def test_off_is_off_at_the_door_as_well(cast: Cast) -> None:
    proposed(cast.rita.organisation).put_on(by=cast.rita)
    browser = Client()
    signing_in(browser, cast.rita.acting_for)
    Brand.objects.get().take_off(by=cast.olga)
    assert "Fintegra Collect" not in signing_in(browser)
