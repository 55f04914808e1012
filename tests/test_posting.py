"""The hot lane beside the plain path: the same words leave the same rows and the same log, on whichever database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from tests.cast import Cast
from tests.together import PATIENCE
from trialogue import posting
from trialogue.cases.models import Case
from trialogue.clocks.models import Clock, Policy
from trialogue.conversations import search
from trialogue.conversations.models import Bookmark, Conversation, KeyReused, Message, Presence
from trialogue.deliveries.models import Absence, Delivery
from trialogue.deliveries.wishes import Wishes
from trialogue.events.models import Event, first_broken_link
from trialogue.people.models import Actor, Membership, Refused

Post = Callable[..., Message]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the lane took each post, so that a test of it is not a test of the plain path by mistake."""
    taken: list[bool] = []
    fast = posting._fast

    def watched(*arguments: Any) -> Message | None:
        message = fast(*arguments)
        taken.append(message is not None)
        return message

    monkeypatch.setattr(posting, "_fast", watched)
    return taken


def plain(*, by: Actor, reference: str, **told: Any) -> Message:
    return Conversation.objects.get(case__reference=reference).post(by=by, **told)


def story(cast: Cast, case: Case, post: Post) -> None:
    """Both sides talk: questions, answers, an answer after the clock broke, words that need none, a program's words."""
    reference = case.reference
    post(by=cast.clara, reference=reference, body="Any news?")
    post(by=cast.carl, reference=reference, body="We should know by **Friday**.")
    post(by=cast.paul, reference=reference, body="The letter is out.", key=f"of {reference}")
    post(by=cast.clara, reference=reference, body="Thank you, bye.", expects_answer=False)
    post(by=Actor(cast.paul.organisation, via="api"), reference=reference, body="One more thing: the contract, please.")
    clock = Clock.objects.get(case=case, state="running")
    Clock.objects.filter(pk=clock.pk).update(
        due_at=timezone.now() - timedelta(hours=1), warn_at=timezone.now() - timedelta(hours=2)
    )
    assert Clock.objects.get(pk=clock.pk).break_(timezone.now())
    post(by=cast.clara, reference=reference, body="Here it is.")


def rows(case: Case) -> dict[str, Any]:
    """What a story left, without what differs by chance: ids, keys and the moments themselves."""
    conversation = case.conversation
    messages = conversation.messages.order_by("number")
    clocks = Clock.objects.filter(case=case).order_by("pk")
    bundles = Delivery.objects.filter(case=case).order_by("person__email", "pk")
    events = Event.objects.about(conversation)
    return {
        "conversation": (conversation.message_count, conversation.log_length, conversation.last_message_at == messages.last().at),  # type: ignore[union-attr]
        "messages": list(messages.values_list("number", "author", "organisation", "body", "expects_answer", "via", "engagement__partner")),
        "keyed": [bool(key) for key in messages.values_list("sender_key", flat=True)],
        "clocks": [
            (c.promise, c.state, c.owner_id, c.owed_to_id, c.policy_id, c.calendar_id, c.warned_at, c.message and c.message.number, c.subject == conversation)
            for c in clocks
        ],
        "due": [(c.due_at == c.policy.due(c.started_at, c.working_time), c.warn_at < c.due_at) for c in clocks if c.state in ("running", "kept")],
        "marks": sorted(Bookmark.objects.filter(conversation=conversation).values_list("person", "through")),
        "bundles": list(bundles.values_list("kind", "person", "organisation", "first", "through", "state", "tries", "event_kind", "address")),
        "quiet": {(d.due_at - d.since) for d in bundles if d.kind == "bundle"},
        "events": [
            (e.number, e.kind, e.by, e.organisation, e.via, e.environment, e.case_id == case.pk, e.client_id, e.partner_id, e.referrer_id, sorted(e.facts))
            for e in events
        ],
        "bodies": [e.facts["body"] for e in events if e.kind == "message.posted"],
        "chain": first_broken_link(conversation),
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_lane_and_the_plain_path_leave_the_same(used: list[bool]) -> None:
    from tests.cast import gather

    cast = gather()
    by_lane, by_hand = cast.confirmed("A"), cast.confirmed("B")
    story(cast, by_lane, posting.post)
    story(cast, by_hand, plain)
    assert used == ([True] * 6)
    assert rows(by_lane) == rows(by_hand)
    assert len(rows(by_hand)["events"]) == 15


@pytest.mark.django_db(transaction=True)
def test_the_lane_leaves_the_unusual_to_the_plain_path(used: list[bool]) -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    said = {"reference": case.reference, "body": "Again"}
    first = posting.post(by=cast.clara, key="k", **said)
    again = posting.post(by=cast.clara, key="k", **said)
    assert (again.pk, again.replayed) == (first.pk, True)
    with pytest.raises(KeyReused):
        posting.post(by=cast.clara, key="k", reference=case.reference, body="Other words")
    with pytest.raises(Refused):
        posting.post(by=cast.olga, **said)
    with pytest.raises(Conversation.DoesNotExist):
        posting.post(by=cast.otto, **said)
    with pytest.raises(ValidationError):
        posting.post(by=cast.clara, reference=case.reference, body=" ")
    case.close(by=cast.paul, code="Paid")
    assert posting.post(by=cast.clara, reference=case.reference, body="Thank you all").number == 2
    assert used == [True] + [False] * 5
    assert not Clock.objects.open().filter(case=case).exists()


@pytest.mark.django_db(transaction=True)
def test_an_answer_past_due_is_broken_first_whoever_notices() -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    posting.post(by=cast.clara, reference=case.reference, body="Any news?")
    due = timezone.now() - timedelta(minutes=1)
    Clock.objects.filter(case=case, state="running").update(due_at=due)
    posting.post(by=cast.paul, reference=case.reference, body="Late, sorry.")
    events = Event.objects.about(case.conversation)
    assert [e.kind for e in events if e.kind in ("clock.broken", "clock.answered")] == [
        "clock.broken",
        "clock.answered",
    ]
    assert events.get(kind="clock.broken").at == due


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], threading.Thread]:
    """Lets something happen elsewhere between what the lane reads and what it writes: `meanwhile(act)` before a post.

    SQLite has one writer, who then waits for the lane instead.
    """

    def happens(act: Callable[[], object]) -> threading.Thread:
        def elsewhere() -> None:
            act()
            connection.close()

        read, thread = posting._read, threading.Thread(target=elsewhere)

        def slowly(*arguments: Any) -> Any:
            told = read(*arguments)
            if thread.ident is None:
                thread.start()
                thread.join(0.2 if connection.vendor == "sqlite" else PATIENCE)
            return told

        monkeypatch.setattr(posting, "_read", slowly)
        return thread

    return happens


@pytest.mark.django_db(transaction=True)
def test_what_was_said_between_reading_and_writing_is_not_written_over(
    used: list[bool], meanwhile: Callable[..., threading.Thread]
) -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    other = meanwhile(lambda: plain(by=cast.paul, reference=case.reference, body="I was faster"))
    posting.post(by=cast.clara, reference=case.reference, body="Any news?")
    other.join()
    assert used == [True]
    assert [m.number for m in case.conversation.messages.order_by("number")] == [1, 2]
    assert Conversation.objects.get(case=case).message_count == 2
    assert first_broken_link(Conversation.objects.get(case=case)) is None
    assert Clock.objects.open().filter(case=case).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_case_that_ends_between_reading_and_writing_leaves_nothing_owed(
    meanwhile: Callable[..., threading.Thread],
) -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    other = meanwhile(lambda: Case.objects.get(pk=case.pk).close(by=cast.paul, code="Paid"))
    posting.post(by=cast.clara, reference=case.reference, body="Any news?")
    other.join()
    assert Case.objects.get(pk=case.pk).is_over
    assert not Clock.objects.open().filter(case=case).exists()
    assert case.conversation.messages.get().body == "Any news?"


@pytest.mark.django_db(transaction=True)
def test_the_lane_closes_when_the_table_says_more(monkeypatch: pytest.MonkeyPatch, used: list[bool]) -> None:
    from tests.cast import gather

    assert posting.OPEN, "reactions.py says more than the lane does: teach posting.py, or the hot path is the slow one"
    monkeypatch.setattr(posting, "OPEN", False)
    cast = gather()
    posting.post(by=cast.clara, reference=cast.confirmed().reference, body="Hello")
    assert used == []


@pytest.mark.django_db
def test_inside_a_change_the_plain_path_is_taken(used: list[bool], cast: Cast) -> None:
    posting.post(by=cast.clara, reference=cast.confirmed().reference, body="Hello")
    assert used == []


@pytest.mark.django_db(transaction=True)
def test_a_new_policy_is_used_at_once() -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    Policy.objects.create(promise="reply", version=2, effective_from=timezone.now(), within=1, unit="hours")
    posting.post(by=cast.clara, reference=case.reference, body="How soon now?")
    clock = Clock.objects.get(case=case, promise="reply")
    assert clock.due_at - clock.started_at == timedelta(hours=1)


WISHES: dict[str, dict[str, dict[str, str]]] = {
    "defaults": {},
    "at once": {"paul": {"message": "at_once"}, "clara": {"message": "at_once", "move": "off"}},
    "daily": {"petra": {"message": "daily"}},
    "off": {"paul": {"message": "off"}, "carl": {"message": "off"}},
}


@pytest.mark.parametrize("owned", [False, True], ids=["everyone", "owned"])
@pytest.mark.parametrize("away", [False, True], ids=["here", "away"])
@pytest.mark.parametrize("wishes", WISHES)
@pytest.mark.django_db(transaction=True)
def test_the_lane_tells_people_as_the_plain_path_does(used: list[bool], wishes: str, away: bool, owned: bool) -> None:
    """Each as they wish, the owner alone where there is one, and who stands in for one who is away."""
    from tests.cast import gather

    cast = gather()
    by_lane, by_hand = cast.confirmed("A"), cast.confirmed("B")
    for who, how in WISHES[wishes].items():
        Wishes.choose(getattr(cast, who).person, how=how)
    if away:
        petra, paul = (Membership.objects.get(person=one.person) for one in (cast.petra, cast.paul))
        today = timezone.localdate()
        Absence.plan(
            petra, by=cast.petra, first=today - timedelta(days=2), last=today + timedelta(days=2), colleague=paul
        )
    for case in (by_lane, by_hand):
        if owned:
            case.assign_owner(cast.petra.person, by=cast.paul)
            case.assign_owner(cast.clara.person, by=cast.carl)
        # One waits already, begun by a move, and was seen; as long as it waits, it gathers.
        Delivery.objects.filter(case=case, state="waiting").update(
            due_at=timezone.now() + timedelta(hours=3), seen_at=timezone.now()
        )
    for post, case in ((posting.post, by_lane), (plain, by_hand)):
        post(by=cast.carl, reference=case.reference, body="Any news?")
        post(by=cast.petra, reference=case.reference, body="None yet.")
    assert used == [True, True]
    assert heard(by_lane) == heard(by_hand)
    assert heard(by_lane)


def heard(case: Case) -> list[tuple[Any, ...]]:
    """Who is told of what, how soon after it was said, and whether it is new to them."""
    bundles = Delivery.objects.filter(case=case, kind="bundle", through__gt=0).order_by("person__email", "pk")
    return [
        (d.person.email, d.organisation_id, d.first, d.through, d.state, d.mentioned, d.seen_at, d.due_at - d.latest_at)  # type: ignore[union-attr]
        for d in bundles.select_related("person")
    ]


@pytest.mark.django_db(transaction=True)
def test_the_lane_leaves_it_to_the_plain_path_to_tell_who_of_the_operator_has_joined(used: list[bool]) -> None:
    from tests.cast import gather

    cast = gather()
    talk = cast.conversation()
    there = Presence.join(talk, by=cast.olga, reason="Both sides asked.")
    said = {"by": cast.paul, "reference": talk.case.reference}
    first = posting.post(body="Zebra", **said)
    assert Delivery.objects.get(person=cast.olga.person).through == first.number
    there.leave(by=cast.olga)
    posting.post(body="Yak", **said)
    assert used == [False, True]
    assert Delivery.objects.get(person=cast.olga.person).through == first.number


@pytest.mark.django_db(transaction=True)
def test_the_lane_leaves_names_and_quotations_to_the_plain_path(used: list[bool]) -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    first = posting.post(by=cast.clara, reference=case.reference, body="@Paul, any news?")
    quoted = posting.post(by=cast.paul, reference=case.reference, body="Not yet.", answers=first)
    assert (first.mentions, quoted.answers, used) == ([{"name": "Paul", "person": cast.paul.by}], first, [])
    assert first_broken_link(case.conversation) is None


@pytest.mark.django_db(transaction=True)
def test_what_the_lane_has_said_is_edited_withdrawn_and_found_like_anything_said(used: list[bool]) -> None:
    from tests.cast import gather

    cast = gather()
    case = cast.confirmed()
    message = posting.post(by=cast.clara, reference=case.reference, body="Any gnus?")
    assert search.messages(cast.paul, ["gnus"]).get() == message
    message = Message.objects.get(pk=message.pk)
    message.edit(by=cast.clara, body="Any news?")
    message.withdraw(by=cast.clara)
    assert (used, Clock.objects.get(message=message).state) == ([True], "cancelled")
    assert not search.messages(cast.paul, ["news"]).exists()
