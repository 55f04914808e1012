"""The whole main job in a browser that runs no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.cast import Cast
from tests.journeys.conftest import Sit
from tests.journeys.pages import a_file, arrives_at_case, clocks, fill_in, message, open_case, say, state
from trialogue.cases.models import Case
from trialogue.conversations.models import Message

pytestmark = pytest.mark.only_on("sqlite")  # the database does not know how it is asked


def test_the_main_job_without_script(cast: Cast, sit: Sit) -> None:
    clara, paul, olga = (sit(actor, java_script_enabled=False) for actor in (cast.clara, cast.paul, cast.olga))

    clara.goto("/cases/new/")
    fill_in(clara)
    clara.get_by_label("Invoice and other evidence").set_input_files([a_file("a.pdf"), a_file("b.pdf")])
    clara.get_by_role("button", name="Hand in the case").click()
    case = Case.objects.get(reference=arrives_at_case(clara))

    open_case(olga, case)
    olga.get_by_role("link", name="Release to partner").click()
    olga.get_by_label("Collection partner").select_option(label="Kanzlei Brandt & Partner (Germany)")
    olga.get_by_role("button", name="Release to partner").click()
    expect(state(olga)).to_have_text("Pending Verification")

    paul.goto("/")
    paul.get_by_role("link", name="Decide").click()
    paul.get_by_role("link", name="Confirm case").click()
    paul.get_by_label("Welcome message").fill("Petra works this case.")
    paul.get_by_role("button", name="Confirm case").click()

    clara.goto("/cases/")
    expect(clara.locator("tr.unread .counter")).to_have_text("1")
    clara.get_by_role("link", name="Bergmann Logistik GmbH").click()
    expect(message(clara, "Petra works this case.")).to_have_count(1)
    expect(clara.locator("#next .composer__next--owed")).to_contain_text("owes an answer by")
    clara.get_by_label("Attach").set_input_files([a_file("contract.pdf")])
    say(clara, "When will you call them?")
    expect(message(clara, "When will you call them?")).to_contain_text("contract.pdf")
    expect(clara.get_by_label("What you want to say")).to_have_value("")

    paul.goto("/")
    expect(paul.get_by_text("You owe Nordlys Energi A/S an answer")).to_be_visible()
    paul.get_by_role("link", name="Answer", exact=True).click()
    expect(clocks(paul)).to_contain_text("You owe Nordlys Energi A/S an answer")
    clocks(paul).locator("summary").first.click()
    clocks(paul).get_by_role("link", name="How this is counted").first.click()
    expect(paul.get_by_text("48 business hours from")).to_be_visible()
    paul.get_by_role("link", name="Bergmann Logistik GmbH").click()
    say(paul, "Tomorrow.")
    paul.get_by_label("More actions").click()
    paul.get_by_role("link", name="Close case").click()
    paul.get_by_label("How it ended").select_option(label="Paid")
    paul.get_by_role("button", name="Close case").click()
    expect(state(paul)).to_have_text("Closed: Paid")

    clara.reload()
    expect(state(clara)).to_have_text("Closed: Paid")
    expect(message(clara, "When will").locator(".readers")).to_have_count(1)
    clara.get_by_role("link", name="Show all").click()
    expect(clara.get_by_text("Paul Brandt closed the case: Paid.")).to_be_visible()
    assert Message.objects.count() == 3


def test_a_refusal_without_script_keeps_the_words(cast: Cast, sit: Sit) -> None:
    clara = sit(cast.clara, java_script_enabled=False)
    open_case(clara, cast.confirmed(at=None))
    clara.get_by_label("Attach").set_input_files([a_file("virus.pdf", b"MZ\x90\x00" + b"\0" * 99)])
    say(clara, "Words with care")
    expect(clara.get_by_role("alert")).to_contain_text("“virus.pdf”: The name ends in .pdf")
    expect(clara.get_by_label("What you want to say")).to_have_value("Words with care")


def test_on_a_phone_without_script_facts_and_conversation_take_turns(cast: Cast, sit: Sit) -> None:
    phone = sit(cast.clara, java_script_enabled=False, viewport={"width": 390, "height": 844})
    open_case(phone, cast.confirmed(at=None))
    expect(phone.get_by_label("What you want to say")).to_be_visible()
    phone.get_by_role("link", name="Facts").click()
    expect(phone.get_by_role("heading", name="Who owes what")).to_be_visible()
    expect(phone.get_by_label("What you want to say")).to_be_hidden()
    phone.get_by_role("link", name="Conversation").click()
    expect(phone.get_by_label("What you want to say")).to_be_visible()
