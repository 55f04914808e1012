"""Who is named in a message, and how the name is marked."""

from __future__ import annotations

import pytest

from tests.cast import MONDAY, Cast
from trialogue.conversations import mentions
from trialogue.conversations.models import Conversation, Note
from trialogue.events.models import Event
from trialogue.people.models import Person


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("@Paul Brandt, please", ["Paul Brandt"]),
        ("Ask @paul brandt!", ["paul brandt"]),
        ("@Paul: and @Petra?", ["Paul", "Petra"]),
        ("@Clara Holm.", ["Clara Holm"]),
        ("paul@brandt.example", []),
        ("x@Paul Brandt", []),
        ("@Pauline", []),
        ("@paul.brandt.example", []),
        ("@Otto Payne and @Olga Lind and @Rita de Vries", []),
        ("@ nobody, @@ and @", []),
    ],
)
def test_people_of_either_side_are_found_by_name(cast: Cast, talk: Conversation, body: str, named: list[str]) -> None:
    assert [one["name"] for one in mentions.found(body, talk.sides)] == named


def test_a_first_name_that_two_have_names_nobody(cast: Cast, talk: Conversation) -> None:
    Person.objects.filter(pk=cast.petra.person_id).update(name="Paul Other")
    assert mentions.found("@Paul", talk.sides) == []
    assert [one["name"] for one in mentions.found("@Paul Other", talk.sides)] == ["Paul Other"]


def test_whom_a_message_names_is_recorded_and_said_again_only_for_who_is_new(cast: Cast, talk: Conversation) -> None:
    message = talk.post(by=cast.clara, body="@Paul, any news?")
    message.edit(by=cast.clara, body="@Paul and @Petra, any news?")
    told = [event.facts["people"] for event in Event.objects.filter(kind="message.mentioned").order_by("pk")]
    assert told == [[cast.paul.by], [cast.petra.by]]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("@Paul Brandt!", '<p><span class="mention">@Paul Brandt</span>!</p>'),
        ("**@Paul Brandt**", '<strong><span class="mention">@Paul Brandt</span></strong>'),
        ("[x](https://e.example/@Paul) @Paul", '/@Paul"'),
    ],
)
def test_a_name_is_marked_in_words_and_never_in_a_tag(cast: Cast, talk: Conversation, body: str, shown: str) -> None:
    assert shown in talk.post(by=cast.clara, body=body).html


def test_a_hostile_name_stays_words(cast: Cast, talk: Conversation) -> None:
    Person.objects.filter(pk=cast.paul.person_id).update(name="<img src=x onerror=alert(1)>")
    html = talk.post(by=cast.clara, body="@<img src=x onerror=alert(1)> hello").html
    assert '<span class="mention">@&lt;img src=x onerror=alert(1)&gt;</span>' in html
    assert "<img" not in html


# --- in private notes -------------------------------------------------------------------------------------------------


def test_a_note_names_colleagues_alone(cast: Cast) -> None:
    talk = cast.conversation()
    note = Note.write(talk, by=cast.clara, body="@Carl, @Paul and @Otto", at=MONDAY)
    assert note.mentions == [{"name": "Carl", "person": cast.carl.by}]
    assert '<span class="mention">@Carl</span>, @Paul and @Otto' in note.html
    event = Event.objects.get(kind="note.mentioned")
    assert (event.facts["people"], event.private) == ([cast.carl.by], True)


def test_a_name_that_is_common_between_the_sides_is_a_colleague_s_in_a_note(cast: Cast) -> None:
    talk = cast.conversation()
    Person.objects.filter(public_id=cast.petra.by).update(name="Carl Vogt")
    assert Note.write(talk, by=cast.clara, body="@Carl", at=MONDAY).mentions == [
        {"name": "Carl", "person": cast.carl.by}
    ]
    assert Note.write(talk, by=cast.clara, body="No one", at=MONDAY).mentions is None
