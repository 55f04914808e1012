"""Account managers on the pages: the operator assigns and ends them, the other side sees who theirs is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import MONDAY, PASSWORD, Cast
from tests.doors.web.test_people_settings import inside, told
from trialogue.escalations.models import AccountManager
from trialogue.people.models import Actor, Person, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def otis(cast: Cast) -> Actor:
    person = Person.objects.create_user("otis@trialogue.example", PASSWORD, name="Otis Berg")
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER, at=MONDAY))


def page_of(actor: Actor) -> str:
    return f"/organisations/{actor.acting_for}/manager/"


def words(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def assign(cast: Cast, whose: Actor, **more: Any) -> AccountManager:
    assert cast.olga.person is not None
    return AccountManager.assign(whose.organisation, cast.olga.person, by=cast.olga, **more)


def test_one_is_found_by_name_and_assigned_with_a_deputy_from_a_day_on(cast: Cast, otis: Actor) -> None:
    olga = inside(cast.olga)
    assert page_of(cast.rita) in words(olga.get("/desk/managers/", {"find": "integra"}))
    form = {"do": "assign", "person": cast.olga.by, "deputy": otis.by, "since": "2099-12-01"}
    answer = olga.post(page_of(cast.rita), form, follow=True)
    made = AccountManager.objects.get()
    assert (made.person, made.deputy, told(answer)) == (cast.olga.person, otis.person, "Saved.")
    assert made.since.isoformat() == "2099-11-30T23:00:00+00:00"  # midnight in Copenhagen
    for page in ("/desk/managers/", page_of(cast.rita)):
        assert "Deputy: Otis Berg" in words(olga.get(page))


def test_what_cannot_be_stands_in_the_form(cast: Cast) -> None:
    olga = inside(cast.olga)
    same = {"do": "assign", "person": cast.olga.by, "deputy": cast.olga.by}
    for form, said in ((same, "choose somebody else"), ({"do": "assign", "person": cast.paul.by}, "not one of the")):
        answer = olga.post(page_of(cast.rita), form)
        assert answer.status_code == 422
        assert said in words(answer)
    assert not AccountManager.objects.exists()


def test_a_client_gets_one_with_the_enterprise_plan(cast: Cast) -> None:
    olga, page = inside(cast.olga), page_of(cast.clara)
    assert 'value="assign"' not in words(olga.get(page))
    answer = olga.post(page, {"do": "assign", "person": cast.olga.by})
    assert answer.status_code == 422
    olga.post(page, {"do": "plan", "plan": "enterprise"})
    assert 'value="assign"' in words(olga.get(page))
    olga.post(page, {"do": "assign", "person": cast.olga.by})
    assert "Olga Lind" in words(inside(cast.carl).get("/settings/organisation/"))


def test_ended_it_stands_among_those_before(cast: Cast) -> None:
    made, olga = assign(cast, cast.rita), inside(cast.olga)
    answer = olga.post(page_of(cast.rita), {"do": "end", "manager": made.public_id}, follow=True)
    assert list(answer.context["before"]) == [made]
    assert not answer.context["standing"]
    assert olga.post(page_of(cast.clara), {"do": "end", "manager": made.public_id}).status_code == 404


def test_whoever_is_no_admin_sees_it_and_is_told_who_may(cast: Cast, otis: Actor) -> None:
    made, colleague = assign(cast, cast.rita), inside(otis)
    assert "Admins assign them" in words(colleague.get(page_of(cast.rita)))
    answer = colleague.post(page_of(cast.rita), {"do": "end", "manager": made.public_id}, follow=True)
    assert "Only an admin" in told(answer)
    assert colleague.post(page_of(cast.rita), {"do": "assign", "person": otis.by}).status_code == 422


def test_a_partner_has_no_such_page(cast: Cast) -> None:
    assert inside(cast.olga).get(page_of(cast.paul)).status_code == 404


def test_a_referral_partner_is_sent_to_theirs_from_the_launch_on(cast: Cast) -> None:
    rita = inside(cast.rita)
    assert "You get one with your launch" in words(rita.get("/settings/organisation/"))
    before = rita.get("/help/", {"situation": "unanswered"})
    assert before.context["advice"].channel.key == "business"
    assign(cast, cast.rita)
    after = rita.get("/help/", {"situation": "unanswered"})
    assert after.context["advice"].channel.key == "account_manager"
    for page in (words(after), words(rita.get("/settings/organisation/"))):
        assert "mailto:olga@trialogue.example" in page
    # A mail to a person starts no clock, so none is promised; a request is offered beside it.
    assert after.context["clock"] is None
    assert 'action="/help/business/"' in words(after)
    assert 'name="situation" value="unanswered"' in words(after)


@pytest.mark.parametrize("many", [1, 4])
def test_the_list_asks_as_much_for_many_as_for_one(cast: Cast, many: int, django_assert_num_queries: Any) -> None:
    for whose in (cast.rita, cast.clara, cast.otto)[:many]:
        if whose is not cast.rita:
            whose.organisation.set_plan("enterprise", by=cast.olga)
        assign(cast, whose)
    olga = inside(cast.olga)
    with django_assert_num_queries(5):
        olga.get("/desk/managers/")
