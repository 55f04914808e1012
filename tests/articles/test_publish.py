"""`translation.publish`, `.schedule`, `.take_back`, `.roll_back`: what readers get, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.articles.written import Writer
from tests.cast import MONDAY, Cast
from trialogue.articles.index import Posting, Word
from trialogue.articles.models import Overtaken, State, Translation, publish_due
from trialogue.events.models import Event
from trialogue.people.models import Refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_what_a_member_writes_an_admin_publishes(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    member = replace(cast.olga, role="member")
    told.send_to_review(by=member)
    assert told.state == State.REVIEW
    with pytest.raises(Refused):
        told.publish(by=member)
    told.publish(by=cast.olga, version=1)
    assert (told.state, told.live.number, told.html) == (State.PUBLISHED, 1, "<p>Some words.</p>")
    assert Translation.objects.visible_to(None).get() == told


def test_sent_to_review_twice_is_refused(written: Writer, cast: Cast) -> None:
    told = written("confirm", live=False)
    told.send_to_review(by=cast.olga)
    with pytest.raises(Refused):
        told.send_to_review(by=cast.olga)


def test_nobody_publishes_words_they_have_not_read(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    told.article.write("en", by=cast.olga, title="T", summary="S", body="Other words.")
    with pytest.raises(Overtaken):
        told.publish(by=cast.olga, version=1)
    with pytest.raises(Overtaken):
        told.schedule(MONDAY + HOUR, by=cast.olga, version=1, at=MONDAY)


def test_what_leads_nowhere_is_not_published_and_the_line_is_named(cast: Cast, written: Writer) -> None:
    told = written("confirm", body="Fine.\n\nSee [it](article:missing) or [that](page:nowhere).", live=False)
    with pytest.raises(ValidationError) as caught:
        told.publish(by=cast.olga)
    assert caught.value.message_dict["body"] == [
        "Line 3: There is no article called “missing”.",
        "Line 3: There is no page called “nowhere”.",
    ]
    assert not Translation.objects.live().exists()


def test_a_link_to_a_page_leads_there(written: Writer) -> None:
    assert 'href="/cases/"' in written("confirm", body="See [your cases](page:cases).").html


def test_what_is_scheduled_goes_live_at_its_moment_once(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    with pytest.raises(ValidationError):
        told.schedule(MONDAY, by=cast.olga, at=MONDAY)
    told.schedule(MONDAY + HOUR, by=cast.olga, version=1, at=MONDAY)
    assert publish_due(MONDAY + HOUR - timedelta(seconds=1)) == 0
    assert not Translation.objects.visible_to(None).exists()
    assert publish_due(MONDAY + 2 * HOUR) == 1
    assert publish_due(MONDAY + 2 * HOUR) == 0
    event = Event.objects.get(kind="article.published")
    assert (event.at, event.via) == (MONDAY + HOUR, "system")
    told.refresh_from_db()
    assert (told.state, told.published_at, told.publish_at) == (State.PUBLISHED, MONDAY + HOUR, None)


def test_two_workers_publish_it_once(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    told.schedule(MONDAY + HOUR, by=cast.olga, at=MONDAY)
    slow = Translation.objects.select_related("article").get()
    assert publish_due(MONDAY + HOUR) == 1
    assert slow.come_due(MONDAY + HOUR) is False


def test_whoever_writes_meanwhile_calls_the_moment_off(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    told.schedule(MONDAY + HOUR, by=cast.olga, at=MONDAY)
    told.article.write("en", by=cast.olga, title="T", summary="S", body="Not ready.")
    assert publish_due(MONDAY + HOUR) == 0
    told.refresh_from_db()
    assert (told.state, told.publish_at) == (State.DRAFT, None)


def test_what_leads_nowhere_by_then_goes_back_to_review(cast: Cast, written: Writer) -> None:
    told = written("confirm", live=False)
    told.schedule(MONDAY + HOUR, by=cast.olga, at=MONDAY)
    told.versions.update(body="See [it](article:gone).")
    assert publish_due(MONDAY + HOUR) == 1
    told.refresh_from_db()
    assert (told.state, told.live) == (State.REVIEW, None)


def test_what_is_taken_back_nobody_reads_or_finds(cast: Cast, written: Writer) -> None:
    told = written("confirm", "Zebra crossing")
    assert Word.objects.filter(word="zebra").exists()
    told.take_back(by=cast.olga)
    assert not Translation.objects.visible_to(cast.clara).exists()
    assert not Posting.objects.exists()
    assert not Word.objects.exists()
    assert told.versions.get().title == "Zebra crossing"
    with pytest.raises(Refused):
        told.take_back(by=cast.olga)
    told.publish(by=cast.olga)
    assert Translation.objects.visible_to(None).get().title == "Zebra crossing"


def test_an_earlier_version_comes_back_as_the_newest_and_readers_get_it(cast: Cast, written: Writer) -> None:
    told = written("confirm", "First", body="First words.")
    written("confirm", "Second", body="Second words.")
    told.roll_back(1, by=cast.olga)
    told.refresh_from_db()
    assert (told.newest, told.live.number, told.title, told.html) == (3, 3, "First", "<p>First words.</p>")
    assert told.live.why == "As version 1"
    with pytest.raises(ValidationError):
        told.roll_back(9, by=cast.olga)
    with pytest.raises(Refused):
        told.roll_back(3, by=cast.olga)


def test_an_earlier_version_of_a_draft_comes_back_as_a_draft(cast: Cast, written: Writer) -> None:
    told = written("confirm", "First", live=False)
    told.article.write("en", by=cast.olga, title="Second", summary="S", body="Words.")
    told.roll_back(1, by=cast.olga)
    told.refresh_from_db()
    assert (told.state, told.newest, told.live) == (State.DRAFT, 3, None)
