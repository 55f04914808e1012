"""Letters by a program: listed, read, handed in, decided on; trusted addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Cast
from tests.doors.api.callers import BASE, Caller, errors, is_problem, writing
from tests.letters.post import SALES, SETTINGS, SUPPORT, post, written
from trialogue.conversations.models import Conversation
from trialogue.doors.mail.models import Mailbox
from trialogue.events.models import Event
from trialogue.letters import models as letters
from trialogue.letters.models import Alias, Letter, ReplyAddress, State
from trialogue.letters.rounds import file_due
from trialogue.people.models import Environment

pytestmark = pytest.mark.django_db
OLGA = {"author_email": "olga@trialogue.example"}
PRIVATE = "paul@webmail.example"


@pytest.fixture(autouse=True)
def mail_is_on(settings: Any) -> None:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)


@pytest.fixture
def held(cast: Cast) -> Letter:
    return post(written(cast.clara, SUPPORT, proof=""))


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    return cast.conversation()


@pytest.fixture
def from_elsewhere(cast: Cast, talk: Conversation) -> Letter:
    return post(written(PRIVATE, ReplyAddress.objects.of(talk, cast.paul.person), "He has paid.", subject="Re: It"))


def hand_in(caller: Caller, raw: bytes, query: str = "", kind: str = "message/rfc822") -> Any:
    return caller.client.generic("POST", f"{BASE}letters{query}", raw, headers={"Content-Type": kind})


# --- GET /letters -----------------------------------------------------------------------------------------------------


def test_the_operator_lists_them_the_newest_on_top(cast: Cast, held: Letter, olga: Caller, clara: Caller) -> None:
    filed = post(written(cast.clara, SALES, subject="Prices"))
    told = olga.get("letters").json()["items"]
    assert [one["id"] for one in told] == [filed.public_id, held.public_id]
    assert filed.conversation is not None
    assert (told[0]["state"], told[0]["request"], told[0]["person"]["name"]) == (
        "filed", filed.conversation.reference, "Clara Holm",
    )  # fmt: skip
    assert told[1]["reason"] == "unproven"
    assert told[1]["reason_label"].startswith("the sender is not proven")
    assert clara.get("letters").json()["items"] == []


def test_they_are_narrowed_by_state_and_words(cast: Cast, held: Letter, olga: Caller) -> None:
    filed = post(written(cast.clara, SALES, subject="Prices", Message_ID="<zebra@nordlys.example>"))

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in olga.get("letters", **query).json()["items"]]

    assert found(state="held") == [held.public_id]
    assert found(state=["held", "filed"]) == [filed.public_id, held.public_id]
    assert found(q="zebra@nordlys.example") == found(q="price") == [filed.public_id]
    assert found(q="clara@nordlys.example", state="held") == [held.public_id]
    assert list(errors(olga.get("letters", state="lost"))) == ["state"]


def test_a_page_goes_on_where_the_one_before_ended(cast: Cast, olga: Caller) -> None:
    made = [post(written(cast.clara, SUPPORT, subject=f"{n}", proof="")).public_id for n in range(3)]
    first = olga.get("letters", limit=2).json()
    second = olga.get("letters", limit=2, after=first["next"]).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def test_a_list_takes_two_queries_and_one_letter_three(
    held: Letter, from_elsewhere: Letter, olga: Caller, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the key, the letters
        olga.get("letters")
    filed = post(written("somebody@new.example", SALES))
    with django_assert_num_queries(3):  # and its bytes
        olga.get(f"letters/{filed.public_id}")
    with django_assert_num_queries(7):  # and what would come of its release
        olga.get(f"letters/{held.public_id}")


# --- GET /letters/{id} ------------------------------------------------------------------------------------------------


def test_one_is_told_with_what_it_says(cast: Cast, olga: Caller) -> None:
    text = "It fails.\n\nOn Mon, 9 Mar 2026 at 11:02, Olga wrote:\n> Does it work?\n"
    letter = post(written(cast.clara, SUPPORT, text, proof="fail", files={"log.txt": b"422"}))
    told = olga.get(f"letters/{letter.public_id}").json()
    assert (told["text"], told["proof"], told["machine"]) == ("It fails.", "refuted", None)
    assert [one["kind"] for one in told["folded"]] == ["quote"]
    assert [(one["name"], one["size"]) for one in told["documents"]] == [("log.txt", 3)]
    assert [one["address"] for one in told["recipients"]] == [SUPPORT]
    assert told["outlook"] == {
        "releases": True, "reason": "opened", "reason_label": "a new request", "organisation": "Nordlys Energi A/S",
        "person": {"id": cast.clara.by, "name": "Clara Holm"}, "channel": "platform", "request": None, "case": None, "relationship": None,
    }  # fmt: skip


def test_a_held_one_says_in_which_conversation_it_would_be_said_or_why_in_none(
    cast: Cast, from_elsewhere: Letter, talk: Conversation, olga: Caller
) -> None:
    told = olga.get(f"letters/{from_elsewhere.public_id}").json()["outlook"]
    assert (told["case"], told["reason"], told["person"]["name"]) == (talk.case.reference, "token", "Paul Brandt")
    nowhere = post(written(cast.clara, "nobody@trialogue.example"))
    told = olga.get(f"letters/{nowhere.public_id}").json()["outlook"]
    assert (told["releases"], told["reason"], told["person"]) == (False, "no_address", None)
    nowhere.refuse(by=cast.olga)
    assert olga.get(f"letters/{nowhere.public_id}").json()["outlook"] is None


def test_what_is_no_letter_of_ones_own_is_not_found(held: Letter, clara: Caller, cast: Cast) -> None:
    test = Caller(cast.olga, Environment.TEST)
    for caller in (clara, test):
        for path in ("", "/original"):
            assert is_problem(caller.get(f"letters/{held.public_id}{path}"), 404, "not-found")
        for verb in ("release", "refuse", "replay"):
            assert is_problem(caller.post(f"letters/{held.public_id}/{verb}", {}), 404, "not-found")


def test_the_original_is_what_came(cast: Cast, olga: Caller) -> None:
    raw = written(cast.clara, SUPPORT, proof="") + b"\x00\xff"
    response = olga.get(f"letters/{post(raw).public_id}/original")
    assert response.content == raw
    assert response["Content-Type"] == "message/rfc822"
    assert response["Content-Disposition"].startswith("attachment")


# --- POST /letters ----------------------------------------------------------------------------------------------------


def test_a_raw_letter_is_kept_as_it_is_and_read_in_a_moment(cast: Cast, olga: Caller) -> None:
    raw = written(cast.clara, SUPPORT) + b"\x00\xff"
    response = hand_in(olga, raw, f"?envelope_from=clara@nordlys.example&envelope_to={SUPPORT}&envelope_to=b@c.example")
    told = response.json()
    assert (response.status_code, told["state"], told["door"], told["size"]) == (201, "arrived", "api", len(raw))
    assert told["envelope_to"] == [SUPPORT, "b@c.example"]
    assert response["Location"].endswith(f"/letters/{told['id']}")
    letter = Letter.objects.get()
    assert letter.raw == raw
    assert letter.due_at is not None
    file_due(letter.due_at)
    assert olga.get(f"letters/{told['id']}").json()["state"] == "filed"


def test_twice_is_once_and_says_so(cast: Cast, olga: Caller) -> None:
    raw = written(cast.clara, SUPPORT)
    first, again = hand_in(olga, raw), hand_in(olga, raw)
    assert first.json()["id"] == again.json()["id"]
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"], again.status_code) == (None, "true", 201)
    assert Letter.objects.count() == 1


def test_only_the_operators_production_hands_in(cast: Cast, clara: Caller, rita: Caller) -> None:
    for caller in (clara, rita, Caller(cast.olga, Environment.TEST)):
        assert is_problem(hand_in(caller, b"From: a@b.example\r\n\r\nHi"), 403, "forbidden")
    assert not Letter.objects.exists()


def test_what_is_no_letter_is_refused(olga: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_problem(hand_in(olga, b"{}", kind="application/json"), 415, "unsupported-media-type")
    assert is_problem(hand_in(olga, b""), 400, "malformed")
    monkeypatch.setattr(letters, "LARGEST", 10)
    assert is_problem(hand_in(olga, b"From: a@b.example\r\n\r\nHi"), 413, "too-large")
    assert list(errors(hand_in(olga, b"From: a@b.example", "?mailbox=%00"))) == ["mailbox"]
    assert not Letter.objects.exists()


def test_one_larger_than_any_other_body_is_taken(cast: Cast, olga: Caller, settings: Any) -> None:
    raw = written(cast.clara, SUPPORT, files={"a.bin": bytes(3_000_000)})
    assert len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert hand_in(olga, raw).json()["size"] == len(raw)


# --- what is decided --------------------------------------------------------------------------------------------------


def test_a_person_vouches_for_a_sender(
    cast: Cast, from_elsewhere: Letter, olga: Caller, django_assert_num_queries: Any
) -> None:
    assert is_problem(olga.post(f"letters/{from_elsewhere.public_id}/release", {}), 403, "forbidden")
    with django_assert_num_queries(writing(10)):
        told = olga.post(f"letters/{from_elsewhere.public_id}/release", OLGA).json()
    assert (told["state"], told["released_by"]["name"]) == ("arrived", "Olga Lind")
    from_elsewhere.refresh_from_db()
    assert from_elsewhere.due_at is not None
    file_due(from_elsewhere.due_at)
    told = olga.get(f"letters/{from_elsewhere.public_id}").json()
    assert (told["state"], told["case"]) == ("filed", from_elsewhere.conversation.case.reference)  # type: ignore[union-attr]
    assert told["message"]
    assert is_problem(olga.post(f"letters/{from_elsewhere.public_id}/release", OLGA), 403, "forbidden")


def test_a_trusted_address_is_listed_and_ended(from_elsewhere: Letter, olga: Caller, clara: Caller) -> None:
    olga.post(f"letters/{from_elsewhere.public_id}/release", OLGA | {"trust": True})
    (told,) = olga.get("trusted-addresses").json()["items"]
    assert (told["address"], told["person"]["name"], told["trusted_by"]["name"]) == (PRIVATE, "Paul Brandt", "Olga Lind")  # fmt: skip
    assert clara.get("trusted-addresses").json()["items"] == []
    address, loud = (f"{BASE}trusted-addresses/{one}" for one in (PRIVATE, PRIVATE.upper()))
    assert is_problem(clara.client.delete(address), 404, "not-found")
    assert Alias.person_at(PRIVATE) is not None
    assert olga.client.delete(loud).json() == told
    assert not Alias.objects.exists()
    assert is_problem(olga.client.delete(address), 404, "not-found")


def test_whose_address_it_is_already_is_not_given_away(cast: Cast, talk: Conversation, olga: Caller) -> None:
    """Otto answers with Paul's token: his address stays his."""
    letter = post(written(cast.otto, ReplyAddress.objects.of(talk, cast.paul.person)))
    olga.post(f"letters/{letter.public_id}/release", OLGA | {"trust": True})
    assert not Alias.objects.exists()
    letter.refresh_from_db()
    assert letter.due_at is not None
    file_due(letter.due_at)
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == (State.HELD, "not_theirs")


def test_one_is_refused_and_read_again(held: Letter, olga: Caller) -> None:
    told = olga.post(f"letters/{held.public_id}/refuse", {}).json()
    assert (told["state"], told["reason"]) == ("refused", "by_hand")
    told = olga.post(f"letters/{held.public_id}/replay", {}).json()
    assert (told["state"], told["reason"]) == ("arrived", None)
    kinds = Event.objects.filter(subject=held.public_id).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["letter.arrived", "letter.held", "letter.refused", "letter.replayed"]
    assert Letter.objects.get().state == State.ARRIVED


# --- mailboxes --------------------------------------------------------------------------------------------------------


def test_mailboxes_are_told_with_their_health_to_the_operator_alone(cast: Cast, olga: Caller, clara: Caller) -> None:
    ailing = Mailbox.objects.create(name="help", last_uid=7, held_until=timezone.now() + timedelta(minutes=1))
    ailing.ails("mx: no answer", timezone.now())
    Mailbox.objects.create(name="legal", left=[3])
    first = olga.get("mailboxes?limit=1").json()
    (told,) = first["items"]
    assert (told["name"], told["health"], told["trouble"], told["read_to"]) == ("help", "trouble", "mx: no answer", 7)
    (told,) = olga.get(f"mailboxes?after={first['next']}").json()["items"]
    assert (told["name"], told["health"], told["looked_into_at"], told["left"]) == ("legal", "unread", None, [3])
    assert clara.get("mailboxes").json()["items"] == []
