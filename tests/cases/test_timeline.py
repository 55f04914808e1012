"""The story of a case in sentences: every kind has one that can be read, with the names of today."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.cast import MONDAY, Cast
from tests.walk import lives, walk
from trialogue.cases.timeline import tell
from trialogue.clocks.models import PROMISES
from trialogue.events.kinds import KINDS
from trialogue.events.models import Event
from trialogue.people.models import Organisation, Person


def test_every_kind_has_a_sentence_without_holes(cast: Cast) -> None:
    walk(cast)
    lives(cast)
    lines = tell(list(Event.objects.order_by("id")))
    assert {line.kind for line in lines} == set(KINDS)
    for line in lines:
        assert line.sentence.endswith("."), line
        for hole in ("{", "}", "None", "_0", "org_", "per_", "someone "):
            assert hole not in line.sentence.replace("invited someone as", ""), line.sentence


def test_a_case_is_told_as_people_would(cast: Cast) -> None:
    case = walk(cast)
    told = [line.sentence for line in tell(list(Event.objects.about(case)))]
    assert told[:2] == ["Clara Holm submitted the case.", "Olga Lind released the case to Kanzlei Brandt & Partner."]
    assert told[3] == "Paul Brandt confirmed the case."
    assert "Paul Brandt closed the case: Paid." in told


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("clock.broken", "Kanzlei Brandt & Partner did not answer"),
        ("clock.broken", str(PROMISES["reply"])),
        ("clock.answered", "Kanzlei Brandt & Partner answered late"),
        ("member.admitted", "joined"),
        ("member.role_changed", "Newt Neuling is now admin of Nordlys Energi A/S."),
        ("key.issued", "Clara Holm made an API key for test."),
        ("invitation.sent", "Clara Holm invited someone as member."),
        ("delivery.settled", "sent."),
        ("calendar.introduced", "Trialogue changed the working hours of Trialogue Operations."),
    ],
)
def test_sentences_name_who_and_what(cast: Cast, kind: str, sentence: str) -> None:
    walk(cast)
    assert sentence in tell([Event.objects.filter(kind=kind).order_by("id")[0]])[0].sentence


def test_an_organisations_program_is_named_by_its_organisation(cast: Cast) -> None:
    from dataclasses import replace

    case = cast.submitted(by=replace(cast.clara, person=None, via="api"))
    (line,) = tell(list(Event.objects.about(case)))
    assert (line.sentence, line.by, line.organisation) == (
        "Nordlys Energi A/S submitted the case.",
        "",
        "Nordlys Energi A/S",
    )


def test_names_are_those_of_today_and_may_hold_anything(cast: Cast) -> None:
    case = cast.submitted()
    Person.objects.filter(pk=cast.clara.person.pk).update(name="{organisation} %s {0}")  # type: ignore[union-attr]
    Organisation.objects.filter(pk=cast.clara.organisation.pk).update(name="{by}")
    (line,) = tell(list(Event.objects.about(case)))
    assert line.sentence == "{organisation} %s {0} submitted the case."


def test_moments_are_said_in_the_readers_words(cast: Cast) -> None:
    case = cast.released(at=MONDAY)
    with timezone.override("Asia/Tokyo"):
        lines = tell(list(Event.objects.about(case)), moment=lambda at: timezone.localtime(at).strftime("%H:%M"))
    assert "20:00" in lines[-1].sentence


def test_names_cost_a_query_for_each_kind_however_long_the_story(cast: Cast, django_assert_num_queries: Any) -> None:
    events = list(Event.objects.filter(case_id=walk(cast).pk))
    assert len(events) > 20
    others = {"presence", "document", "item"}
    with django_assert_num_queries(2):
        tell([event for event in events if not others & event.facts.keys()])
    with django_assert_num_queries(2 + len(others & {name for event in events for name in event.facts})):
        tell(events)
