"""The link of a mail that turns off what the mail told of: without signing in, and only when it is posted."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast
from trialogue.deliveries.unsubscribing import page
from trialogue.deliveries.wishes import DIGEST, How, Wishes
from trialogue.people.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paul(cast: Cast) -> Person:
    assert cast.paul.person
    return cast.paul.person


def how(person: Person, notice: str) -> str:
    return Wishes.of(Person.objects.get(pk=person.pk)).how(notice)


def test_opening_it_says_what_it_would_do_and_does_nothing(paul: Person) -> None:
    link = page(paul, ["message", "mention"])
    for answer in (Client().get(link), Client().head(link)):
        assert answer.status_code == 200
    told = Client().get(link).content.decode()
    assert "p…@kanzlei.example" in told
    assert paul.email not in told
    assert "<li>A new message</li><li>Someone names me</li>" in told
    assert how(paul, "message") == How.BUNDLED


def test_a_mail_program_posts_it_without_a_cookie_and_it_is_done(paul: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    link = page(paul, ["message"])
    for _again in range(2):
        answer = client.post(link, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "Turned off" in answer.content.decode()
        assert (how(paul, "message"), how(paul, "mention")) == (How.OFF, How.BUNDLED)


def test_the_summary_goes_with_what_comes_by_it_alone_and_the_page_says_so(paul: Person) -> None:
    Wishes.choose(paul, how={"document": How.DAILY})
    told = Client().post(page(Person.objects.get(pk=paul.pk), [DIGEST])).content.decode()
    assert "<li>The morning summary</li><li>A document arrives</li>" in told
    assert how(paul, "document") == How.OFF


def test_it_speaks_the_language_of_whose_it_is_and_stands_in_no_cache(paul: Person) -> None:
    Person.objects.filter(pk=paul.pk).update(language="de")
    answer = Client(headers={"accept-language": "en"}).get(page(paul, ["message"]))
    assert 'lang="de"' in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]


def test_a_changed_link_and_one_of_somebody_who_has_left_are_not_found(paul: Person) -> None:
    link = page(paul, ["message"])
    assert Client().post(f"{link[:-3]}xx/").status_code == 404
    Person.objects.filter(pk=paul.pk).update(is_active=False)
    assert Client().post(link).status_code == 404
    assert how(paul, "message") == How.BUNDLED
