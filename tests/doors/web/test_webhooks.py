"""Webhooks on the page: added, changed, tried and turned off by admins alone; the secret this once; what was sent, page by page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import MONDAY, Cast
from tests.doors.web.test_people_settings import FRAME, inside
from trialogue.deliveries.models import Delivery, Endpoint

HERE = "https://hooks.example.com/in"


def add(cast: Cast, **told: Any) -> Endpoint:
    return Endpoint.add(by=cast.clara, **({"url": HERE, "wants": ["case.*"], "name": "Bookkeeping"} | told))


def page(endpoint: Endpoint) -> str:
    return reverse("endpoint", args=[endpoint.public_id])


def act(client: Client, endpoint: Endpoint, what: str) -> Any:
    return client.post(reverse("endpoint-act", args=[endpoint.public_id, what]), follow=True)


def secret_in(answer: Any) -> str:
    found = re.search(r"<code[^>]*>(whsec_\S+)</code>", answer.content.decode())
    return found[1] if found else ""


def test_a_new_one_shows_its_secret_once(cast: Cast) -> None:
    client = inside(cast.clara)
    answer = client.post(
        reverse("endpoints"), {"url": HERE, "name": "Bookkeeping", "wants": ["case.*", "clock.broken"]}
    )
    made = Endpoint.objects.get()
    assert (secret_in(answer), made.wants) == (made.secret, ["case.*", "clock.broken"])
    assert "no-store" in answer["Cache-Control"]
    assert "Bookkeeping" in client.get(reverse("endpoints")).content.decode()
    for shown in (reverse("endpoints"), page(made)):
        assert secret_in(client.get(shown)) == ""


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("url", {"url": "http://hooks.example.com"}),
        ("url", {"url": ""}),
        ("wants", {"wants": []}),
        ("name", {"name": "x" * 81}),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(
    cast: Cast, field: str, told: dict[str, Any]
) -> None:
    client, form = inside(cast.clara), {"url": HERE, "name": "Ours", "wants": ["case.closed"]} | told
    for where in (reverse("endpoints"), page(add(cast))):
        answer = client.post(where, form)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        shown = answer.content.decode()
        assert "Ours" in shown or field == "name"
        assert ('value="case.closed" checked' in shown) is (field != "wants")
    assert Endpoint.objects.get().url == HERE


def test_an_eleventh_is_refused_in_words(cast: Cast) -> None:
    for _each in range(10):
        add(cast)
    answer = inside(cast.clara).post(reverse("endpoints"), {"url": HERE, "wants": ["all"]})
    assert "There are 10 webhooks already. Remove one first." in answer.content.decode()


def test_only_the_operator_may_choose_to_be_paged(cast: Cast) -> None:
    assert 'value="pages"' in inside(cast.olga).get(reverse("endpoints")).content.decode()
    assert 'value="pages"' not in inside(cast.clara).get(reverse("endpoints")).content.decode()


def test_it_is_changed_tried_turned_off_and_on_and_given_another_secret(cast: Cast) -> None:
    client, made = inside(cast.clara), add(cast)
    answer = client.post(page(made), {"url": HERE + "/2", "name": "", "wants": ["all"]}, follow=True)
    assert "The webhook is changed." in answer.content.decode()
    made.refresh_from_db()
    assert (made.url, made.name, made.wants) == (HERE + "/2", "", ["all"])
    assert "A test is on its way" in act(client, made, "test").content.decode()
    assert made.deliveries.get().event_kind == "test"
    assert "turned off" in act(client, made, "off").content.decode()
    assert "Turn it on first" in act(client, made, "test").content.decode()
    act(client, made, "on")
    assert act(client, made, "explode").status_code == 404
    before = made.secret
    answer = client.post(reverse("endpoint-rotate", args=[made.public_id]))
    made.refresh_from_db()
    assert before != made.secret == secret_in(answer)
    assert "The one before is valid until" in answer.content.decode()


def test_removing_is_asked_first(cast: Cast) -> None:
    client, made = inside(cast.clara), add(cast)
    where = reverse("endpoint-remove", args=[made.public_id])
    assert "Remove “Bookkeeping”?" in client.get(where).content.decode()
    assert Endpoint.objects.exists()
    assert "The webhook is removed." in client.post(where, follow=True).content.decode()
    assert client.get(page(made)).status_code == 404


def test_one_that_is_paused_says_why_and_what_to_do(cast: Cast) -> None:
    client, made = inside(cast.clara), add(cast)
    Endpoint.objects.update(state="paused", trouble="it answered 503", stopped_at=MONDAY)
    shown = client.get(page(made)).content.decode()
    assert "it answered 503" in shown
    assert "Turn on" in shown
    assert "Send a test" not in shown


def test_what_was_sent_stands_there_page_by_page_and_is_sent_again(cast: Cast) -> None:
    client, made = inside(cast.clara), add(cast)
    sent = [made.sending("case.closed", "{}", MONDAY + timedelta(seconds=n)) for n in range(60)]
    for one in sent:
        one.state, one.settled_at, one.tries, one.answered, one.why = "failed", MONDAY, 23, 503, "it answered 503"
    Delivery.objects.bulk_create(sent)
    first = client.get(page(made))
    rows = [row.public_id for row in first.context["rows"]]
    assert rows == [one.public_id for one in reversed(sent)][:50]
    older = client.get(page(made), {"before": first.context["older"]})
    assert [row.public_id for row in older.context["rows"]] == [one.public_id for one in reversed(sent)][50:]
    back = client.get(page(made), {"after": older.context["newer"]})
    assert [row.public_id for row in back.context["rows"]] == rows
    assert "answered 503" in first.content.decode()
    again = reverse("send-again", args=[made.public_id, rows[0]])
    assert "It is sent again" in client.post(again, follow=True).content.decode()
    assert "still being sent" in client.post(again, follow=True).content.decode()
    assert Delivery.objects.get(public_id=rows[0]).state == "waiting"


def test_what_was_sent_elsewhere_is_not_found(cast: Cast) -> None:
    mine, other = add(cast), Endpoint.add(by=cast.otto, url=HERE, wants=["all"])
    theirs = other.test(by=cast.otto)
    assert inside(cast.clara).post(reverse("send-again", args=[mine.public_id, theirs.public_id])).status_code == 404


def test_production_is_not_shown_among_test_data(cast: Cast) -> None:
    made = add(cast)
    client = inside(cast.clara)
    client.post(reverse("acting"), {"environment": "test"})
    assert client.get(page(made)).status_code == 404
    shown = client.get(reverse("endpoints")).content.decode()
    assert HERE not in shown
    assert "It hears of test data alone." in shown


@pytest.mark.parametrize("many", [1, 9])
def test_the_pages_cost_as_much_with_many(cast: Cast, many: int, django_assert_num_queries: Any) -> None:
    made = add(cast)
    for _each in range(many - 1):
        add(cast)
    for _each in range(many):
        made.test(by=cast.clara)
    add_test = replace(cast.clara, environment="test")
    Endpoint.add(by=add_test, url=HERE, wants=["all"])
    client = inside(cast.clara)
    with django_assert_num_queries(FRAME + 1):
        client.get(reverse("endpoints"))
    with django_assert_num_queries(FRAME + 2):
        client.get(page(made))
