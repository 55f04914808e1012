"""Where things belong, and the policy that says so, by a program."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.doors.api.callers import Caller, errors, is_problem
from trialogue.channels.models import Edition
from trialogue.channels.rules import shipped
from trialogue.clocks.models import Clock
from trialogue.people.models import Environment
from trialogue.requests.models import Request

FASTER = shipped().replace("within = 48", "within = 24", 1)


# --- GET /channels ----------------------------------------------------------------------------------------------------


def test_each_is_told_its_own_channels_and_what_is_not_offered(clara: Caller, rita: Caller) -> None:
    mine, theirs = clara.get("channels").json(), rita.get("channels").json()
    assert (mine["role"], theirs["role"]) == ("referred_client", "referral_partner")
    keys = {one["key"] for one in mine["items"]}
    assert {"case_chat", "platform", "phone", "whatsapp"} <= keys
    assert not {"business", "technical", "critical", "account_manager"} & keys
    assert {"business", "technical", "critical"} <= {one["key"] for one in theirs["items"]}
    (phone,) = [one for one in mine["items"] if one["key"] == "phone"]
    assert (phone["way"], phone["promise"], phone["further"]) == ("none", None, "case_chat")
    assert {one["key"]: one["channel"] for one in mine["situations"]}["legal"] == "legal"


def test_the_operator_sees_all_and_names_any_role(olga: Caller) -> None:
    told = olga.get("channels").json()
    assert told["role"] is None
    assert len(told["items"]) == len(Edition.in_force().rules.channel)
    assert olga.get("channels", role="public").json()["role"] == "public"


def test_a_role_that_is_not_ones_own_is_refused(clara: Caller, rita: Caller, paul: Caller) -> None:
    assert clara.get("channels", role="referred_client").status_code == 200
    assert rita.get("channels", role="referred_client").json()["role"] == "referred_client"
    for caller, role in ((clara, "client"), (rita, "client"), (paul, "referral_partner")):
        assert is_problem(caller.get("channels", role=role), 403, "forbidden")
    assert list(errors(clara.get("channels", role="king"))) == ["role"]


def test_it_takes_two_queries(clara: Caller, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):  # the key, the policy
        clara.get("channels")


# --- POST /advise -----------------------------------------------------------------------------------------------------


def test_a_situation_is_answered_with_channel_due_time_and_what_to_include(rita: Caller) -> None:
    told = rita.post("advise", {"situation": "integration"}).json()
    assert (told["role"], told["channel"]["key"]) == ("referral_partner", "technical")
    assert (told["confidence"], told["reasons"], told["guesses"]) == (None, [], [])
    assert "Send no keys, and no personal data of debtors in payloads." in told["channel"]["avoid"]
    assert {item["key"] for item in told["include"] if item["needed"]} == {
        "environment", "error_message", "endpoint", "steps_tried", "happened_at",
    }  # fmt: skip
    opened = rita.post("requests", {"channel": "technical", "subject": "x", "body": "x"}).json()
    assert abs(_seconds(told["due_at"]) - _seconds(opened["clock"]["due_at"])) < 600


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize(
    ("text", "situation", "channel"),
    [
        ("The webhook answers with error code 500 since this morning", "integration", "platform"),
        ("Hat der Schuldner schon gezahlt?", "case", "case_chat"),
        ("Jeg vil gerne indgive en formel klage", "legal", "legal"),
    ],
)
def test_a_text_is_understood_and_its_words_are_named(clara: Caller, text: str, situation: str, channel: str) -> None:
    told = clara.post("advise", {"text": text}).json()
    assert (told["situation"], told["channel"]["key"]) == (situation, channel)
    assert 0.3 <= told["confidence"] <= 1
    assert told["reasons"]
    assert all(reason in text for reason in told["reasons"])
    assert told["guesses"][0]["situation"] == situation


def test_a_text_that_does_not_tell_is_answered_so(clara: Caller) -> None:
    told = clara.post("advise", {"text": "xqzw"}).json()
    assert (told["situation"], told["channel"], told["due_at"], told["include"]) == (None, None, None, [])


def test_in_a_case_the_calendar_of_the_other_side_counts(cast: Cast, clara: Caller, paul: Caller, rita: Caller) -> None:
    talk = cast.conversation()
    question = {"situation": "case", "case": talk.case.reference}
    assert clara.post("advise", {"situation": "case"}).json()["due_at"] is None
    assert rita.post("advise", question).json()["due_at"] is None
    for caller, actor in ((clara, cast.clara), (paul, cast.paul)):
        told = caller.post("advise", question).json()
        talk.post(by=actor, body="Any news?")
        clock = Clock.objects.open().exclude(owner=actor.organisation).get()
        assert abs(_seconds(told["due_at"]) - clock.due_at.timestamp()) < 600


def test_nobody_is_sent_to_an_account_manager_before_there_is_one(rita: Caller) -> None:
    for situation in ("strategy", "unanswered"):
        assert rita.post("advise", {"situation": situation}).json()["channel"]["key"] == "business"


def test_who_is_sent_elsewhere_is_told_why(olga: Caller) -> None:
    told = olga.post("advise", {"role": "public", "situation": "meeting"}).json()
    assert (told["channel"]["key"], told["instead_of"]) == ("sales", "meeting")
    assert "demo" in told["turned_away"]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({}, ""), ({"text": "x", "situation": "case"}, ""), ({"situation": "weather"}, "situation"), ({"text": "x" * 10_001}, "text"),
        ({"situation": "case", "case": "AAAAAAAA"}, "case"), ({"situation": "case", "role": "king"}, "role"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_at_its_field(clara: Caller, question: dict[str, str], field: str) -> None:
    assert list(errors(clara.post("advise", question))) == [field]


def test_the_operator_says_for_whom(olga: Caller, clara: Caller) -> None:
    assert list(errors(olga.post("advise", {"situation": "case"}))) == ["role"]
    assert is_problem(clara.post("advise", {"situation": "case", "role": "public"}), 403, "forbidden")


# --- the policy -------------------------------------------------------------------------------------------------------


def test_the_operator_reads_previews_adopts_and_goes_back(olga: Caller) -> None:
    assert (olga.get("policy").json()["number"], olga.get("policy").json()["text"]) == (1, shipped())
    shown = olga.post("policy/preview", {"text": FASTER}).json()
    assert shown["differences"] == [{"what": "promise reply within", "old": "48", "new": "24"}]
    assert [(one["promise"], one["words"]) for one in shown["touched"]] == [("reply", "24 business hours")]
    assert Edition.in_force().number == 1
    made = olga.post("policy/editions", {"text": FASTER, "why": "Agreed", "replaces": 1})
    assert (made.status_code, made.json()["number"], made.json()["text"]) == (201, 2, FASTER)
    back = olga.post("policy/editions/1/restore", {"replaces": 2}).json()
    assert (back["number"], back["text"]) == (3, shipped())
    assert olga.get("policy", edition=2).json() == made.json()
    page = olga.get("policy/editions", limit=2).json()
    rest = olga.get("policy/editions", after=page["next"]).json()["items"]
    assert [one["number"] for one in page["items"] + rest] == [3, 2, 1]
    assert page["items"][1]["adopted_by"] == "Trialogue Operations"


def test_the_clocks_that_run_are_counted_anew_and_moved_by_nothing(cast: Cast, olga: Caller) -> None:
    Request.open(by=cast.clara, channel="platform", subject="x", body="x")
    text = shipped().replace('says = "answer a request"\nowed_by = "operator"\nwithin = 2', 'says = "answer a request"\nowed_by = "operator"\nwithin = 1')  # fmt: skip
    (touched,) = olga.post("policy/preview", {"text": text}).json()["touched"]
    assert (touched["clocks"]["running"], touched["clocks"]["earlier"]) == (1, 1)


def test_what_is_wrong_is_told_with_its_lines(olga: Caller) -> None:
    text = shipped().replace('promise = "reply"', 'promise = "never"')
    (problem,) = olga.post("policy/preview", {"text": text}).json()["problems"]
    assert text.splitlines()[problem["line"] - 1] == 'promise = "never"'
    response = olga.post("policy/editions", {"text": text})
    assert is_problem(response, 422, "invalid")
    assert errors(response)["text"].startswith(f"Line {problem['line']}:")
    assert Edition.in_force().number == 1


def test_an_edition_that_came_between_stops_the_next(cast: Cast, olga: Caller) -> None:
    Edition.adopt(FASTER, by=cast.olga)
    for path in ("policy/editions", "policy/editions/1/restore"):
        told = {"replaces": 1} | ({"text": FASTER} if path.endswith("editions") else {})
        assert is_problem(olga.post(path, told), 422, "invalid")
    assert is_problem(olga.post("policy/editions/9/restore", {}), 404, "not-found")
    assert is_problem(olga.get("policy", edition=9), 404, "not-found")


def test_it_is_the_operators_alone_and_changed_in_production(cast: Cast, clara: Caller, paul: Caller) -> None:
    test = Caller(cast.olga, Environment.TEST)
    for caller in (clara, paul):
        assert is_problem(caller.get("policy"), 403, "forbidden")
        assert is_problem(caller.get("policy/editions"), 403, "forbidden")
        assert is_problem(caller.post("policy/preview", {"text": FASTER}), 403, "forbidden")
    for caller in (clara, test):
        assert is_problem(caller.post("policy/editions", {"text": FASTER}), 403, "forbidden")
        assert is_problem(caller.post("policy/editions/1/restore", {}), 403, "forbidden")
    assert test.get("policy").status_code == 200


def test_a_promise_that_only_the_policy_names_has_a_clock_like_any(cast: Cast, clara: Caller) -> None:
    promise = (
        '[promise.vip]\nsays = "answer at once"\nowed_by = "operator"\nwithin = 1\nunit = "hours"\n\n[promise.confirm]'
    )
    text = shipped().replace("[promise.confirm]", promise)
    before, _platform, after = text.partition('key = "platform"')
    Edition.adopt(before + _platform + after.replace('promise = "answer"', 'promise = "vip"', 1), by=cast.olga)
    clara.post("requests", {"channel": "platform", "subject": "x", "body": "x"})
    (clock,) = clara.get("clocks").json()["items"]
    assert (clock["promise"], clock["promise_label"]) == ("vip", "vip")
