"""Whoever asks gets a number, a conversation, and a clock that runs."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.clocks.models import Clock
from trialogue.events.models import Event
from trialogue.people.models import Refused, Visitor
from trialogue.requests.models import Request, State, Turned

pytestmark = pytest.mark.django_db
ASKED = {"channel": "platform", "subject": "Cannot sign in", "body": "The page stays white."}


def test_a_request_has_a_number_a_state_and_its_words(cast: Cast) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **ASKED)
    assert (request.number, request.state) == ("R-2026-000001", State.OPEN)
    assert (request.asker, request.person, request.intents) == (
        cast.clara.organisation,
        cast.clara.person,
        ["platform"],
    )
    message = request.conversation.messages.get()
    assert (message.body, message.organisation, message.number) == ("The page stays white.", cast.clara.organisation, 1)


def test_its_clock_is_the_operators_and_runs_as_the_channel_promises(cast: Cast) -> None:
    request = Request.open(by=cast.clara, at=MONDAY, **ASKED)
    clock = Clock.objects.get(conversation=request.conversation)
    assert (clock.promise, clock.owner, clock.owed_to) == ("answer", cast.olga.organisation, cast.clara.organisation)
    assert clock.due_at.isoformat() == "2026-03-11T11:00:00+00:00"
    assert (clock.reference, clock.title, clock.environment) == (request.number, "Cannot sign in", "production")


def test_a_legal_request_is_promised_an_acknowledgement(cast: Cast) -> None:
    request = Request.open(by=cast.paul, at=MONDAY, **ASKED | {"channel": "legal"})
    assert Clock.objects.get(conversation=request.conversation).promise == "acknowledge"


def test_numbers_follow_each_other_and_begin_anew_each_year(cast: Cast) -> None:
    numbers = [Request.open(by=cast.clara, at=at, **ASKED).number for at in (MONDAY, MONDAY, MONDAY.replace(year=2027))]
    assert numbers == ["R-2026-000001", "R-2026-000002", "R-2027-000001"]


def test_the_same_key_makes_no_second_request(cast: Cast) -> None:
    first = Request.open(by=cast.clara, at=MONDAY, key="k1", **ASKED)
    again = Request.open(by=cast.clara, at=MONDAY, key="k1", **ASKED)
    assert again == first
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "channel", "there"),
    [("clara", "technical", "platform"), ("clara", "business", "platform"), ("paul", "technical", "platform"), ("rita", "platform", "technical"), ("rita", "sales", "technical")],
)  # fmt: skip
def test_who_picks_a_channel_that_is_not_theirs_is_told_where_it_belongs(
    cast: Cast, who: str, channel: str, there: str
) -> None:
    with pytest.raises(Turned) as turned:
        Request.open(by=getattr(cast, who), **ASKED | {"channel": channel})
    assert turned.value.advice.channel.key == there
    assert str(turned.value)
    assert not Request.objects.exists()


def test_a_visitor_gives_name_and_address_and_gets_a_secret_link(cast: Cast) -> None:
    told = ASKED | {"channel": "sales", "name": " Vera  Visitor ", "email": "Vera@Example.com"}
    request = Request.open(by=Visitor(), at=MONDAY, **told)
    assert (request.asker, request.person, request.sender, request.email) == (
        None,
        None,
        "Vera Visitor",
        "vera@example.com",
    )
    assert Request.objects.by_secret(request.secret) == request
    assert Request.objects.by_secret("") is Request.objects.by_secret("req_wrong") is None
    assert request.secret not in str(list(Request.objects.values()))
    clock = Clock.objects.get(conversation=request.conversation)
    assert (clock.owed_to, clock.owner) == (None, cast.olga.organisation)


def test_a_visitor_asks_sales_partnerships_and_legal_and_nothing_else(cast: Cast) -> None:
    told = ASKED | {"name": "Vera", "email": "vera@example.com"}
    for channel in ("sales", "partnerships", "legal"):
        Request.open(by=Visitor(), **told | {"channel": channel})
    for channel in ("platform", "technical", "critical"):
        with pytest.raises(Turned):
            Request.open(by=Visitor(), **told | {"channel": channel})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subject": " "}, "subject"), ({"subject": "x" * 201}, "subject"), ({"body": ""}, "body"), ({"body": "x" * 10_001}, "body"),
        ({"channel": "fax"}, "channel"), ({"channel": "case_chat"}, "channel"), ({"form": {"shoe_size": "42"}}, "shoe_size"),
        ({"form": {"http_status": "four hundred"}}, "http_status"), ({"form": {"environment": "moon"}}, "environment"),
        ({"form": {"happened_at": "yesterday"}}, "happened_at"), ({"form": {"response_body": "x" * 200_001}}, "response_body"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_opened(
    cast: Cast, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as why:
        Request.open(by=cast.clara, **ASKED | wrong)
    assert field in why.value.message_dict
    assert not Request.objects.exists()
    assert not Event.objects.filter(kind="request.opened").exists()


@pytest.mark.parametrize("address", ["", "vera", "vera@", "a@b\nBcc: c@d.example"])
def test_a_visitor_without_an_address_could_not_be_answered(cast: Cast, address: str) -> None:
    with pytest.raises(ValidationError) as why:
        Request.open(by=Visitor(), **ASKED | {"channel": "sales", "name": "Vera", "email": address})
    assert list(why.value.message_dict) == ["email"]


def test_what_is_missing_follows_the_situation(cast: Cast) -> None:
    form = {"environment": "production", "error_message": "Creditor unknown", "happened_at": "2026-03-09 10:00"}
    request = Request.open(by=cast.rita, situation="integration", form=form, **ASKED | {"channel": "technical"})
    assert request.missing == ["endpoint", "steps_tried"]
    assert request.form["happened_at"] == "2026-03-09T10:00:00Z"
    other = Request.open(by=cast.rita, situation="platform", **ASKED | {"channel": "technical"})
    assert other.missing == []


def test_personal_data_and_secrets_are_masked_before_anything_is_kept(cast: Cast) -> None:
    told = ASKED | {"body": "Write to anna.lund@mail.example, password=hunter2secret"}
    form = {"response_body": '{"iban": "DE89370400440532013000"}'}
    request = Request.open(by=cast.clara, form=form, **told)
    body = request.conversation.messages.get().body
    assert "anna.lund" not in body
    assert "hunter2secret" not in body
    assert "DE89370400440532013000" not in str(request.form)


def test_what_somebody_keeps_deliberately_is_kept(cast: Cast) -> None:
    from trialogue.requests.include import findings

    told = ASKED | {"body": "Write to anna.lund@mail.example"}
    (found,) = findings({"body": str(told["body"])})["body"]
    request = Request.open(by=cast.clara, keep=[found.id], **told)
    assert request.conversation.messages.get().body == "Write to anna.lund@mail.example"


def test_the_operator_asks_nobody(cast: Cast) -> None:
    with pytest.raises(Refused):
        Request.open(by=cast.olga, **ASKED)


def test_the_log_holds_no_words_of_it(cast: Cast) -> None:
    Request.open(by=cast.clara, at=MONDAY, **ASKED)
    told = str(list(Event.objects.values_list("facts", flat=True)))
    assert "white" not in told
    assert "sign in" not in told


@pytest.mark.django_db(transaction=True)
def test_two_opened_at_once_have_each_their_number(cast: Cast) -> None:
    ends = together(*[lambda: Request.open(by=cast.clara, **ASKED).number] * 3)
    assert len(set(ends)) == 3
