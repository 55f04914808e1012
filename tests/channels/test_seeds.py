"""Every row of the two documents that this system implements, in their own words, asked of the policy that is shipped."""

from __future__ import annotations

import pytest

from trialogue.channels.advice import advise, channels_for, redirect
from trialogue.channels.rules import EVERYONE, Rules, read, shipped


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read(shipped())


# who asks, what about (the row of the seed), the situation it is, where it belongs
ROWS = [
    # “Contacting support”, 1. In-platform case chat: when to use, and the quick reference
    ("client", "Questions about an active case (status updates, next steps, debtor contact attempts)", "case", "case_chat"),
    ("client", "Uploading missing documents or clarifying case details", "case", "case_chat"),
    ("client", "Responding to partner questions (such as “more info required” requests)", "case", "case_chat"),
    ("client", "Discussing case-specific costs or escalation options", "case", "case_chat"),
    ("collection_partner", "Communicates with Clients about assigned cases", "case", "case_chat"),
    # 2. Public support portal
    ("client", "Finding answers to common questions about platform workflows and features", "how_to", "help"),
    ("public", "Reviewing guides before contacting support", "how_to", "help"),
    ("collection_partner", "Self-serve answers", "how_to", "help"),
    # 3. Email: platform, sales, partnerships, legal
    ("client", "Platform questions (login, onboarding, navigation, technical issues)", "platform", "platform"),
    ("client", "bulk uploads, CSV processes", "bulk_upload", "platform"),
    ("client", "API/integration questions", "integration", "platform"),
    ("client", "compliance documentation requests (e.g., DPA)", "compliance_documents", "platform"),
    ("public", "New prospects, product questions before uploading claims, pricing inquiries, demo requests", "sales", "sales"),
    ("client", "Considering Debitura or requesting a demo", "sales", "sales"),
    ("public", "Becoming a Collection Partner or Referral Partner, partnership questions", "partnership", "partnerships"),
    ("collection_partner", "partner onboarding, partner-related commercial topics", "partnership", "partnerships"),
    ("client", "Legal questions, formal complaints, legal or compliance-related concerns", "legal", "legal"),
    ("public", "Legal questions or complaints", "legal", "legal"),
    # 4. Developer documentation
    ("client", "API authentication and endpoints, integration guidance and examples, technical reference", "developer_reference", "developers"),
    # 5. Online meetings
    ("client", "Online meetings are available for enterprise Clients and Partners by appointment", "meeting", "meeting"),
    ("collection_partner", "May request online meetings by emailing", "meeting", "meeting"),
    # 6. Phone and WhatsApp: use the case chat
    ("client", "Phone and WhatsApp support are not available", "phone", "case_chat"),
    ("collection_partner", "Phone and WhatsApp coverage are not offered", "phone", "case_chat"),
    # Impact by actor
    ("collection_partner", "commercial or onboarding questions", "partnership", "partnerships"),
    ("referral_partner", "partnership and onboarding questions", "partnership", "partnerships"),
    ("referral_partner", "docs for API and integration reference", "developer_reference", "developers"),
    ("referral_partner", "technical support", "integration", "technical"),
    # “Referral Partners”: contact channels
    ("referral_partner", "Commercial questions, contract terms, account management, white-label configuration", "commercial", "business"),
    ("referral_partner", "API integration issues, error codes, webhook failures, onboarding link problems", "integration", "technical"),
    ("referral_partner", "Questions about a specific collection case already submitted", "case", "case_chat"),
    ("referral_partner", "Strategic questions, escalations, product feedback", "strategy", "account_manager"),
    # Escalation path
    ("referral_partner", "No response or unresolved: contact your assigned account manager directly", "unanswered", "account_manager"),
    ("referral_partner", "Critical production issue: email directly", "critical", "critical"),
    ("referral_partner", "A collection partner is not responding within 48 business hours: the case chat first", "silent_partner", "case_chat"),
    # When to use case chat vs email
    ("referral_partner", "platform-level questions, technical or integration issues", "platform", "technical"),
    ("referral_partner", "Phone and WhatsApp are not available", "phone", "case_chat"),
    # When your client needs to contact us directly
    ("referred_client", "Question about a specific active collection case (status, documents, debtor contact)", "case", "case_chat"),
    ("referred_client", "Platform login, navigation, or general technical issue", "platform", "platform"),
    ("referred_client", "Help with bulk uploads, CSV processes", "bulk_upload", "platform"),
    ("referred_client", "compliance documentation (e.g., DPA)", "compliance_documents", "platform"),
    ("referred_client", "Legal question, formal complaint, or compliance concern", "legal", "legal"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "row", "situation", "channel"), ROWS)
def test_each_row_has_the_channel_that_the_seed_names(
    rules: Rules, who: str, row: str, situation: str, channel: str
) -> None:
    told = advise(rules, who, situation, launched=True)  # type: ignore[arg-type]
    assert told is not None, row
    assert told.channel.key == channel
    assert told.channel.is_open_to(who)  # type: ignore[arg-type]


# channel, what is promised there: promise, how much, counted in what
PROMISED = [
    ("case_chat", "reply", 48, "business_hours"),
    ("platform", "answer", 2, "business_days"),
    ("sales", "answer", 2, "business_days"),
    ("partnerships", "answer", 2, "business_days"),
    ("legal", "acknowledge", 2, "business_days"),
    ("business", "answer", 2, "business_days"),
    ("technical", "answer", 2, "business_days"),
]


@pytest.mark.parametrize(("channel", "promise", "within", "unit"), PROMISED)
def test_each_channel_promises_what_the_seed_says(
    rules: Rules, channel: str, promise: str, within: int, unit: str
) -> None:
    told = rules.promise[rules.channels[channel].promise]
    assert (rules.channels[channel].promise, told.within, told.unit) == (promise, within, unit)
    assert not told.default


def test_a_new_case_is_confirmed_within_24_business_hours(rules: Rules) -> None:
    told = rules.promise["confirm"]
    assert (told.within, told.unit, told.owed_by) == (24, "business_hours", "collection_partner")


def test_portal_and_developer_documentation_answer_at_once_and_name_whom_to_ask_then(rules: Rules) -> None:
    for channel, who, then in (
        ("help", "client", "platform"),
        ("developers", "client", "platform"),
        ("developers", "referral_partner", "technical"),
    ):
        assert rules.channels[channel].answers == "at once"
        assert rules.channels[channel].further(who) == then  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", ["phone", "whatsapp"])
@pytest.mark.parametrize("who", EVERYONE)
def test_phone_and_whatsapp_are_said_not_to_be_offered_with_what_to_do_instead(
    rules: Rules, channel: str, who: str
) -> None:
    assert not rules.channels[channel].is_open_to(who)  # type: ignore[arg-type]
    assert "case chat" in rules.channels[channel].instead
    assert rules.channels[channel] in channels_for(rules, who)  # type: ignore[arg-type]


def test_both_addresses_of_referral_partners_arrive_in_one_inbox(rules: Rules) -> None:
    business, technical = rules.channels["business"], rules.channels["technical"]
    assert rules.inbox_of(business) == rules.inbox_of(technical) == (business, technical)
    assert rules.inbox_of(rules.channels["sales"]) == (rules.channels["sales"],)


@pytest.mark.parametrize("channel", ["business", "technical", "critical"])
def test_a_referral_partners_client_is_sent_on_from_its_partners_addresses_and_told_why(
    rules: Rules, channel: str
) -> None:
    told = redirect(rules, "referred_client", channel)
    assert told is not None
    assert (told.channel.key, told.instead_of and told.instead_of.key) == ("platform", channel)
    assert "referral partners" in told.turned_away


def test_what_a_referral_partners_client_wrote_about_decides_where_it_is_sent(rules: Rules) -> None:
    for situation, channel in (("case", "case_chat"), ("legal", "legal"), ("bulk_upload", "platform")):
        told = redirect(rules, "referred_client", "technical", situation)
        assert told is not None
        assert told.channel.key == channel


def test_the_ladder_of_a_referral_partner_has_its_three_steps_in_order(rules: Rules) -> None:
    first, manager, critical = rules.ladders["referral_partner"].step
    assert first.channels == ["business", "technical"]
    assert (manager.channels, manager.after, manager.when) == (["account_manager"], "first", ["broken", "unresolved"])
    assert (critical.channels, critical.after, critical.when) == (["critical"], "", ["critical"])


def test_a_silent_partner_is_written_to_first_and_climbed_over_only_when_the_case_is_blocked(rules: Rules) -> None:
    told = advise(rules, "referral_partner", "silent_partner")
    assert told is not None
    assert told.ladder is not None
    chat, reminder, manager = told.ladder.step
    assert (chat.channels, reminder.channels, manager.channels[0]) == (["case_chat"], ["case_chat"], "account_manager")
    assert (reminder.after, reminder.when) == ("case_chat", ["broken"])
    assert (manager.after, manager.when) == ("reminder", ["blocked"])


def test_who_has_not_signed_in_is_led_to_the_conversation_of_the_case_and_not_to_sales(rules: Rules) -> None:
    for situation in ("case", "silent_partner"):
        told = advise(rules, "public", situation)
        assert told is not None
        assert (told.channel.key, told.instead_of) == ("case_chat", None)
        assert told.how.startswith("Sign in")


def test_before_its_launch_a_referral_partner_has_no_account_manager_to_turn_to(rules: Rules) -> None:
    told = advise(rules, "referral_partner", "strategy")
    assert told is not None
    assert told.channel.key == "business"


TECHNICAL = [
    "partner", "environment", "client", "external_tenant_id", "case_reference", "error_message", "http_status", "response_body",
    "endpoint", "request_payload", "steps_tried", "happened_at",
]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "items"),
    [("technical", TECHNICAL), ("business", ["partner", "nature", "transaction", "correspondence"])],
)
def test_what_to_include_is_the_whole_list_of_the_seed(rules: Rules, channel: str, items: list[str]) -> None:
    told = redirect(rules, "referral_partner", channel)
    assert told is not None
    assert [item.key for item in told.include] == items


def test_support_hours_are_said_and_none_is_guaranteed(rules: Rules) -> None:
    assert "day and night" in rules.hours.says
    assert "no daily hours are guaranteed" in rules.hours.says


def test_every_situation_ends_at_a_channel_that_is_open_or_says_what_to_do_instead(rules: Rules) -> None:
    for situation in rules.situation:
        for who in EVERYONE:
            told = advise(rules, who, situation.key)
            assert told is None or told.channel.is_open_to(who) or told.channel.instead or told.channel.how.get(who)
