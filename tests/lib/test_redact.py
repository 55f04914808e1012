from __future__ import annotations

import doctest
import time

import pytest

from tests.lib.redact_samples import HOSTILE
from trialogue.lib import redact as module
from trialogue.lib.redact import Kind, redact

BOTH = "Write to anna@mail.example or bo@mail.example, not to Anna@mail.example"


def kinds(text: str) -> list[Kind]:
    return [finding.kind for finding in redact(text).findings]


def test_the_examples_in_its_docs_hold() -> None:
    done = doctest.testmod(module)
    assert done.failed == 0
    assert done.attempted > 0


# What stands instead


def test_the_only_one_of_its_kind_has_no_number() -> None:
    assert redact("IBAN DE89370400440532013000").text == "IBAN [IBAN]"


def test_several_are_numbered_and_the_same_value_has_the_same_number() -> None:
    assert redact(BOTH).text == "Write to [e-mail 1] or [e-mail 2], not to [e-mail 1]"


def test_a_value_is_the_same_however_it_is_written() -> None:
    text = "DE89370400440532013000, DE89 3704 0044 0532 0130 00, GB29NWBK60161331926819"
    assert redact(text).text == "[IBAN 1], [IBAN 1], [IBAN 2]"


def test_numbers_that_the_text_has_already_are_not_given_again() -> None:
    assert redact("[e-mail 3] forwarded it to anna@mail.example").text == "[e-mail 3] forwarded it to [e-mail 4]"
    assert redact("[e-mail] forwarded it to anna@mail.example").text == "[e-mail] forwarded it to [e-mail 1]"


def test_json_stays_json_and_keys_stay() -> None:
    assert redact('{"firstName": "Anna", "amount": 12.5}').text == '{"firstName": "[name]", "amount": 12.5}'


def test_the_scheme_of_a_header_and_the_name_of_a_cookie_stay() -> None:
    assert redact("Authorization: Bearer abcdef0123456789").text == "Authorization: Bearer [token]"
    assert redact("Cookie: sessionid=abcdef0123; lang=da").text == "Cookie: sessionid=[cookie 1]; lang=[cookie 2]"


def test_a_mail_address_after_an_escaped_line_break_leaves_the_break_alone() -> None:
    assert redact(r'"a\nanna@mail.example"').text == r'"a\n[e-mail]"'


def test_what_overlaps_is_masked_as_one() -> None:
    assert redact('"address": "Lindenallee 14, anna@mail.example"').text == '"address": "[address]"'


# What is told of each


def test_a_finding_says_where_in_the_original_it_is() -> None:
    (first, second, third) = redact(BOTH).findings
    assert [BOTH[one.start : one.end] for one in (first, second, third)] == [
        "anna@mail.example",
        "bo@mail.example",
        "Anna@mail.example",
    ]
    assert first.id == third.id != second.id


def test_positions_are_exact_behind_characters_of_any_width() -> None:
    text = "\0 İ 😀 \ud800 ß: anna@mail.example"
    (finding,) = redact(text).findings
    assert text[finding.start : finding.end] == "anna@mail.example"
    assert redact(text).text == "\0 İ 😀 \ud800 ß: [e-mail]"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("DE89370400440532013000", "DE·· ···· 00"),
        ("4111 1111 1111 1111", "···· 1111"),
        ("+4520304050", "···· 50"),
        ("anna@mail.example", "a···@···"),
        ('"firstName": "Bo"', "····"),
        ('"firstName": "Anna"', "A···"),
        ("password=hunter2222", "····"),
        ("sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "sk_live_····"),
        ("070761-4285", "···· 85"),
    ],
)
def test_a_hint_tells_which_it_is_and_never_the_whole(text: str, hint: str) -> None:
    (finding,) = redact(text).findings
    assert finding.hint == hint


# Keeping


def test_what_is_kept_by_its_id_stays_wherever_it_stands() -> None:
    first = redact(BOTH).findings[0]
    kept = redact(BOTH, keep=[first.id])
    assert kept.text == "Write to anna@mail.example or [e-mail 2], not to Anna@mail.example"
    assert [finding.kept for finding in kept.findings] == [True, False, True]


def test_what_is_kept_by_its_place_stays_there_alone() -> None:
    third = redact(BOTH).findings[2]
    assert redact(BOTH, keep=[(third.start, third.end)]).text.endswith("[e-mail 2], not to Anna@mail.example")


def test_an_id_stays_when_the_text_around_changes() -> None:
    assert redact(BOTH).findings[1].id == redact("bo@mail.example").findings[0].id


def test_an_id_of_something_else_keeps_nothing() -> None:
    assert redact(BOTH, keep=["0" * 16, (0, 5)]).text == redact(BOTH).text


# Numbers


@pytest.mark.parametrize(
    "text",
    [
        "DE89370400440532013001",  # its sum is wrong
        "XX89370400440532013000",  # no such country
        "DE8937040044053201300",  # too short
        "4111111111111112",
        "tx-4111111111111111",
        "0.4111111111111111",
        "123-45-678",
        "990761-4285",  # no date
        "DK13585629",
    ],
)
def test_a_number_that_cannot_be_one_is_left(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "ABCD1234", "23456789", "INV-2026-00418", "2026-11-22T10:11:12.123+01:00", "22.11.2026 14:30", "1.234.567,89 EUR",
        "550e8400-e29b-41d4-a716-446655440000", "msg_0123456789abcdef", "192.168.100.200", "1732233600123", "sagsnr 20304050",
        "externalTenantId=tenant-4711", "HTTP 422", "POST /v1/cases/Q8XAXF3W/documents", "org_0123456789abcdef",
    ],
)  # fmt: skip
def test_what_the_support_desk_needs_is_left(text: str) -> None:
    assert kinds(text) == []
    assert kinds(f'{{"value": "{text}"}}') == []


def test_bare_digits_are_a_phone_only_where_a_word_before_says_so() -> None:
    assert kinds("ring på 20304050") == [Kind.PHONE]
    assert kinds("faktura 20304050") == []
    assert kinds("20304050") == []


def test_a_date_is_one_of_birth_only_where_a_word_says_so() -> None:
    assert kinds("geboren am 03.10.1975, gestorben am 04.10.1975") == [Kind.BIRTH]
    assert kinds("am 03.10.1975 geboren") == [Kind.BIRTH]
    assert kinds("dueDate 1975-10-03") == []


# Names


def test_a_name_is_masked_where_it_is_a_persons() -> None:
    assert kinds('{"debtor": {"name": "Blue Heron"}}') == [Kind.NAME]
    assert kinds('{"client": {"name": "Blue Heron"}}') == []
    assert kinds('{"debtor": {"name": "Heron ApS"}}') == []
    assert kinds('{"debtor": {"id": 1}, "name": "webhook"}') == []


def test_what_was_cut_off_is_masked_to_its_end() -> None:
    assert redact('{"id": 1, "lastName": "Schm').text == '{"id": 1, "lastName": "[name]'
    assert redact("-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B").text == "[private key]"


def test_what_shows_only_when_something_beside_it_is_masked_is_masked_too() -> None:
    assert redact("Name: Anna Lund +45 20304050").text == "Name: [name] [phone]"


@pytest.mark.parametrize("shape", HOSTILE)
def test_no_shape_makes_it_slow(shape: str) -> None:
    text = (shape * (20_000 // len(shape)))[:20_000]
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 5  # a hundredth of it is usual
