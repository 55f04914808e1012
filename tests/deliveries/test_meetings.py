"""What is mailed of a meeting: to whom, with what calendars read; reminders, each once, and none of a time that is no more."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail as outbox
from icalendar import Calendar

from tests.cast import MONDAY, Cast
from tests.hosting import TUESDAY_TEN, WEDNESDAY_TEN, booked
from trialogue.deliveries.digest import gather
from trialogue.deliveries.models import Absence, Delivery
from trialogue.deliveries.notices import SHOWN, look_at, tell
from trialogue.deliveries.rounds import begin_digests, send_due
from trialogue.deliveries.unsubscribing import meant
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.lib.quiethours import QuietHours
from trialogue.meetings.models import Host, Meeting
from trialogue.people.models import Actor, Membership, Person, Role
from trialogue.requests.models import Request

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outbound(settings: Any, at_monday: None) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def mailed(at: datetime = MONDAY) -> dict[str, EmailMessage]:
    """What goes out now, parsed from its bytes, by receiver."""
    outbox.outbox.clear()
    with time_machine.travel(at, tick=False):
        send_due(at)
    found = [email.message_from_bytes(one.message().as_bytes(), policy=default) for one in outbox.outbox]
    return {str(one["To"]).split()[0]: one for one in found}  # type: ignore[misc]


def invitation(message: EmailMessage) -> Any:
    """The event that calendars read, which is in the mail twice and says the same."""
    parts = [part for part in message.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
    form, file = parts
    assert form["Content-Disposition"] is None
    assert file.get_filename() == "invite.ics"
    calendar = Calendar.from_ical(form.get_content())
    assert Calendar.from_ical(file.get_content()) == calendar
    assert form.get_param("method") == calendar["METHOD"]
    (event,) = calendar.events
    return calendar["METHOD"], event


def test_both_get_it_for_their_calendars_each_in_their_zone(host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise, about="Two numbers; one, comma")
    told = mailed()
    assert set(told) == {"Otto", "Olga"}
    method, event = invitation(told["Otto"])
    assert (method, event["UID"], event["SEQUENCE"], event["STATUS"]) == (
        "REQUEST", f"{meeting.public_id}@{settings.HOST}", 0, "CONFIRMED",
    )  # fmt: skip
    assert (event.start, event.end, event["DTSTAMP"].dt) == (TUESDAY_TEN, TUESDAY_TEN + timedelta(minutes=30), MONDAY)
    assert event["LOCATION"] == meeting.link
    assert "Two numbers; one, comma" in event["DESCRIPTION"]
    assert [str(one) for one in event["ATTENDEE"]] == ["mailto:otto@elsewhere.example", "mailto:olga@trialogue.example"]
    assert event["ORGANIZER"].params["CN"] == "Olga Lind · Trialogue Operations"
    assert str(event["ORGANIZER"]).removeprefix("mailto:") in str(told["Otto"]["From"])
    forms = [part.get_content_type() for part in told["Otto"].walk()]
    assert forms == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip
    words = {who: one.get_body(("plain",)).get_content() for who, one in told.items()}  # type: ignore[union-attr]
    assert "Tue 10 Mar, 09:00–09:30" in words["Otto"]
    assert "Tue 10 Mar, 10:00–10:30" in words["Olga"]
    assert "Times are those of Europe/London." in words["Otto"]
    assert f"/meetings/{meeting.number}/" in words["Otto"]
    assert words["Otto"].count(meeting.link) == 1


def test_moved_and_called_off_the_same_appointment_changes(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting = booked(host, enterprise)
    first = invitation(mailed()["Otto"])[1]
    meeting.move(WEDNESDAY_TEN, by=cast.olga, at=MONDAY + timedelta(minutes=1))
    told = mailed(MONDAY + timedelta(minutes=1))["Otto"]
    method, moved = invitation(told)
    assert (method, moved["UID"], moved["SEQUENCE"], moved.start) == ("REQUEST", first["UID"], 1, WEDNESDAY_TEN)
    assert moved["DTSTAMP"].dt > first["DTSTAMP"].dt
    meeting.call_off(by=enterprise, reason="I am ill", at=MONDAY + timedelta(minutes=2))
    every = mailed(MONDAY + timedelta(minutes=2))
    method, gone = invitation(every["Olga"])
    assert (method, gone["UID"], gone["SEQUENCE"], gone["STATUS"]) == ("CANCEL", first["UID"], 2, "CANCELLED")
    assert "I am ill" in every["Olga"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert told["References"] == every["Otto"]["References"]


def test_what_changed_before_it_was_mailed_is_told_once(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise).move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)
    assert invitation(mailed()["Otto"])[1]["SEQUENCE"] == 1
    assert Delivery.objects.filter(event_kind="meeting.agreed", state="moot").count() == 2


def test_an_umlaut_and_a_quote_in_a_name_reach_the_calendar_as_they_are(
    cast: Cast, host: Host, enterprise: Actor
) -> None:
    enterprise.person.name = 'Søren "Sø" Müller; Dr.'  # type: ignore[union-attr]
    enterprise.person.save()  # type: ignore[union-attr]
    booked(host, enterprise, subject="Größe, „Maß“\\n")
    (told,) = [one for one in mailed().values() if "otto@" in str(one["To"])]
    event = invitation(told)[1]
    assert event["ATTENDEE"][0].params["CN"] == 'Søren "Sø" Müller; Dr.'
    assert "Größe, „Maß“\\n" in event["SUMMARY"]


def test_offered_and_declined_are_told_to_who_asked(cast: Cast, host: Host) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", wishes=[TUESDAY_TEN], at=MONDAY)
    mailed()  # the receipt of its request
    meeting.offer([WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    (offered,) = mailed().values()
    assert "paul@" in str(offered["To"])
    assert "Wed 11 Mar, 10:00" in offered.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    meeting.decline(by=cast.olga, reason="Better in writing", at=MONDAY)
    (declined,) = mailed().values()
    assert "Better in writing" in declined.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert not [part for part in declined.walk() if part.get_content_type() == "text/calendar"]


def test_a_day_and_an_hour_before_both_are_reminded_once(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise, WEDNESDAY_TEN)
    mailed()
    for before, subject in (
        (timedelta(days=1), "Tomorrow: How we go on"),
        (timedelta(hours=1), "In an hour: How we go on"),
    ):
        assert not mailed(WEDNESDAY_TEN - before - timedelta(seconds=1))
        told = mailed(WEDNESDAY_TEN - before)
        assert {str(one["Subject"]) for one in told.values()} == {subject}
        assert len(told) == 2
        assert not mailed(WEDNESDAY_TEN - before)


def test_nobody_is_reminded_of_a_time_that_is_no_more(cast: Cast, host: Host, enterprise: Actor) -> None:
    meeting, other = (
        booked(host, enterprise, WEDNESDAY_TEN),
        booked(host, enterprise, WEDNESDAY_TEN + timedelta(hours=4)),
    )
    meeting.move(WEDNESDAY_TEN + timedelta(days=1), by=enterprise, at=MONDAY)
    other.call_off(by=enterprise, reason="No need", at=MONDAY)
    mailed()
    assert not mailed(WEDNESDAY_TEN - timedelta(hours=1))
    assert len(mailed(WEDNESDAY_TEN)) == 2  # a day before the new time


def test_a_worker_that_comes_too_late_reminds_nobody(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)
    mailed()
    assert not mailed(TUESDAY_TEN)
    assert set(Delivery.objects.filter(event_kind="meeting.soon").values_list("state", flat=True)) == {"moot"}


def test_what_is_agreed_at_short_notice_is_reminded_of_as_far_as_there_is_time(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)  # in less than a day
    assert (
        sorted(Delivery.objects.exclude(event_kind="meeting.agreed").values_list("event_kind", flat=True))
        == ["meeting.soon"] * 2
    )


def test_notes_are_told_once_by_mail_or_in_the_request(cast: Cast, host: Host, enterprise: Actor) -> None:
    request = Request.open(by=enterprise, channel="platform", subject="Sign in", body="How?", at=MONDAY)
    meeting, tied = booked(host, enterprise), booked(host, enterprise, WEDNESDAY_TEN, conversation=request.conversation)
    for each in (meeting, tied):
        assert each.starts_at is not None
        each.hold(by=cast.olga, notes="All is well", at=each.starts_at)
    told = Delivery.objects.filter(event_kind="meeting.held")
    assert [(one.meeting, str(one.person)) for one in told] == [(meeting, "Otto Payne")]
    sent = mailed(WEDNESDAY_TEN + timedelta(hours=1))
    assert any("All is well" in one.get_body(("plain",)).get_content() for one in sent.values())  # type: ignore[union-attr]


def test_who_has_left_hears_nothing(cast: Cast, host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)
    enterprise.organisation.memberships.filter(person=enterprise.person).delete()
    assert set(mailed()) == {"Olga"}


# --- somebody is away ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lotte(cast: Cast) -> Actor:
    """A colleague of Olga's, who wants to hear of no meetings of her own."""
    person = Person.objects.create_user("lotte@trialogue.example", "lotte lotte", name="Lotte Berg")
    Wishes.choose(person, how={"meeting": "off"})
    return Actor.of(cast.olga.organisation.admit(person, Role.MEMBER, at=MONDAY))


def away(actor: Actor, colleague: Actor, last: datetime = WEDNESDAY_TEN) -> Absence:
    absent, stands_in = (Membership.objects.get(person=one.person) for one in (actor, colleague))
    return Absence.plan(absent, by=actor, first=MONDAY.date(), last=last.date(), colleague=stands_in, at=MONDAY)


def words(message: EmailMessage) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def test_who_stands_in_hears_what_becomes_of_it_and_has_it_in_no_calendar(
    cast: Cast, host: Host, enterprise: Actor, lotte: Actor
) -> None:
    meeting = booked(host, enterprise)
    away(cast.olga, lotte, last=TUESDAY_TEN)
    meeting.move(WEDNESDAY_TEN, by=enterprise, at=MONDAY)
    assert listed(lotte) == [("meeting", ("Otto Payne moved the meeting to 11 09:00.",), True)]
    later = MONDAY + timedelta(minutes=10)
    told = mailed(later)
    assert set(told) == {"Otto", "Olga", "Lotte"}
    assert "For Olga Lind, who is away until Tuesday, 10 March 2026." in words(told["Lotte"])
    assert "It has another time now." in words(told["Lotte"])
    assert "calendar" not in words(told["Lotte"])
    assert [part for part in told["Lotte"].walk() if part.get_content_type() == "text/calendar"] == []
    assert "List-Unsubscribe" not in told["Lotte"]
    assert "who is away" not in words(told["Olga"])
    meeting.call_off(by=lotte, reason="Olga is ill", at=later)
    assert set(mailed(later + timedelta(minutes=10))) == {"Otto", "Olga"}, "Lotte did it"


def test_a_guest_who_is_away_has_somebody_who_stands_in_as_well(cast: Cast, host: Host, lotte: Actor) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    mailed()
    away(cast.paul, cast.petra)
    meeting.offer([WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    assert {name: "For Paul Brandt" in words(told) for name, told in mailed().items()} == {"Paul": False, "Petra": True}


@pytest.mark.parametrize("planned", ["before it was agreed", "afterwards"])
def test_who_stands_in_on_the_day_is_reminded_too(cast: Cast, host: Host, lotte: Actor, planned: str) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    steps = [lambda: away(cast.olga, lotte), lambda: meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=MONDAY)]
    for step in steps if planned == "before it was agreed" else reversed(steps):
        step()
    mailed(MONDAY + timedelta(minutes=10))
    for before in (timedelta(days=1), timedelta(hours=1)):
        told = mailed(WEDNESDAY_TEN - before)
        assert set(told) == {"Paul", "Olga", "Lotte"}
        assert "For Olga Lind" in words(told["Lotte"])


def test_whoever_is_back_by_then_needs_nobody_to_stand_in(
    cast: Cast, host: Host, enterprise: Actor, lotte: Actor
) -> None:
    booked(host, enterprise, WEDNESDAY_TEN)
    mailed()
    away(cast.olga, lotte, last=MONDAY)
    assert set(mailed(WEDNESDAY_TEN - timedelta(days=1))) == {"Otto", "Olga"}
    away(cast.olga, lotte).end(by=cast.olga)
    assert set(mailed(WEDNESDAY_TEN - timedelta(hours=1))) == {"Otto", "Olga"}


def test_who_stands_in_hears_of_their_own_meetings_as_ever(
    cast: Cast, host: Host, enterprise: Actor, lotte: Actor
) -> None:
    away(lotte, cast.olga)
    booked(host, enterprise)
    told = mailed()
    assert invitation(told["Olga"])[1]["SEQUENCE"] == 0
    assert "who is away" not in words(told["Olga"])


# --- behind the bell, and as one wishes ----------------------------------------------------------------------------------


def listed(actor: Actor, at: datetime = MONDAY) -> list[tuple[str, tuple[str, ...], bool]]:
    """What stands behind the bell at a moment: the notice, its sentences, whether it is new."""
    found = Delivery.objects.notices_of(actor, at).select_related(*SHOWN).order_by("latest_at", "pk")
    return [(one.notice, one.sentences, one.is_new) for one in tell(list(found), actor, lambda at: f"{at:%d %H:%M}")]


def test_it_stands_behind_the_bell_and_is_seen_with_the_page_of_the_meeting(cast: Cast, host: Host) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", wishes=[WEDNESDAY_TEN], at=MONDAY)
    meeting.offer([WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    assert listed(cast.paul) == [("meeting", ("Olga Lind offered other times.",), True)]
    look_at(cast.paul, meeting)
    meeting.agree(WEDNESDAY_TEN, by=cast.paul, at=MONDAY)
    agreed = ("meeting", ("The meeting was agreed for 11 09:00.",), True)
    assert listed(cast.paul) == [("meeting", ("Olga Lind offered other times.",), False), agreed]
    assert agreed in listed(cast.olga)
    for elsewhere in (cast.petra, cast.otto, replace(cast.paul, environment="test")):
        assert listed(elsewhere) == []
    (_offered, told) = Delivery.objects.notices_of(cast.paul, MONDAY).order_by("pk")
    assert (told.title, told.reference, told.page()) == ("A region", meeting.number, f"/meetings/{meeting.number}/")


def test_a_reminder_stands_there_when_its_moment_has_come_and_none_of_a_former_time(
    host: Host, enterprise: Actor
) -> None:
    meeting = booked(host, enterprise, WEDNESDAY_TEN)
    look_at(enterprise, meeting)
    day = WEDNESDAY_TEN - timedelta(days=1)
    assert [sentences for _notice, sentences, _new in listed(enterprise, day - timedelta(seconds=1))] == [
        ("The meeting was agreed for 11 09:00.",)
    ]
    assert listed(enterprise, day)[1:] == [("meeting", ("A reminder: this meeting begins 11 09:00.",), True)]
    meeting.move(WEDNESDAY_TEN + timedelta(days=1), by=enterprise, at=MONDAY)
    assert [sentences[0][:8] for _notice, sentences, _new in listed(enterprise, day)] == ["The meet", "Otto Pay"]


def test_off_is_off(host: Host, enterprise: Actor) -> None:
    assert enterprise.person
    Wishes.choose(enterprise.person, how={"meeting": "off"})
    booked(host, enterprise)
    assert listed(enterprise) == []
    assert set(mailed()) == {"Olga"}


def test_who_wants_to_hear_nothing_of_meetings_reads_the_answer_in_the_request(cast: Cast, host: Host) -> None:
    assert cast.paul.person
    Wishes.choose(cast.paul.person, how={"meeting": "off"})
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    meeting.decline(by=cast.olga, reason="Better in writing", at=MONDAY)
    assert listed(cast.paul) == [("message", ("Olga Lind wrote.",), True)]


def test_of_a_muted_request_its_meeting_is_silent_too_until_that_is_lifted(cast: Cast, host: Host) -> None:
    meeting, other = (Meeting.ask(by=cast.paul, subject=each, at=MONDAY) for each in ("A region", "Another"))
    mailed()
    assert meeting.request
    Mute.lay(meeting.request, by=cast.paul, at=MONDAY)
    meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=MONDAY)
    assert listed(cast.paul) == []
    assert set(mailed()) == {"Olga"}
    other.decline(by=cast.olga, reason="Better in writing", at=MONDAY)
    assert [notice for notice, _sentences, _new in listed(cast.paul)] == ["meeting"]
    assert set(mailed()) == {"Paul"}
    Mute.lift(meeting.request, by=cast.paul)
    assert set(mailed(WEDNESDAY_TEN - timedelta(days=1))) == {"Olga", "Paul"}
    assert len(listed(cast.paul, WEDNESDAY_TEN - timedelta(days=1))) == 2, "that it was agreed is past"


def test_of_a_muted_request_the_summary_tells_no_meeting(cast: Cast, host: Host) -> None:
    assert cast.paul.person
    Wishes.choose(cast.paul.person, how={"meeting": "daily"}, digest=True, at=MONDAY)
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    meeting.agree(WEDNESDAY_TEN, by=cast.olga, at=MONDAY)
    mailed(MONDAY + timedelta(minutes=10))
    (part,) = gather(cast.paul.person, MONDAY, TUESDAY_TEN, ())
    assert [one.title for one in part.asked] == ["A region"]
    assert meeting.request
    Mute.lay(meeting.request, by=cast.paul, at=MONDAY)
    assert not any(part.asked for part in gather(cast.paul.person, MONDAY, TUESDAY_TEN, ()))


@pytest.mark.parametrize("muted", ["first", "second"])
def test_a_meeting_hangs_on_its_request_after_that_was_merged(cast: Cast, host: Host, muted: str) -> None:
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    first = Request.objects.get()
    second = Request.open(by=cast.paul, channel=first.channel, subject="The same", body="Again", at=MONDAY)
    first.merge_into(second, by=cast.olga, at=MONDAY)
    mailed()
    Mute.lay({"first": first, "second": second}[muted], by=cast.paul, at=MONDAY)
    Meeting.objects.shown().get(pk=meeting.pk).agree(WEDNESDAY_TEN, by=cast.olga, at=MONDAY)
    assert set(mailed()) == {"Olga"}


def test_whoever_turns_it_off_is_reminded_of_nothing_more(host: Host, enterprise: Actor) -> None:
    booked(host, enterprise)
    (told,) = (one for one in mailed().values() if "otto@" in str(one["To"]))
    person, what = meant(str(told["List-Unsubscribe"]).strip("</>").rpartition("/")[2]) or (None, [])
    assert (person, what) == (enterprise.person, ["meeting"])
    Wishes.turn_off(person, what)  # type: ignore[arg-type]
    assert set(mailed(TUESDAY_TEN - timedelta(hours=1))) == {"Olga"}


def test_bundled_it_waits_its_quiet_time_and_what_no_calendar_reads_is_not_sent_once_seen(
    cast: Cast, host: Host, enterprise: Actor
) -> None:
    for actor in (cast.paul, enterprise):
        assert actor.person
        Wishes.choose(actor.person, how={"meeting": "bundled"})
    meeting = Meeting.ask(by=cast.paul, subject="A region", at=MONDAY)
    meeting.offer([WEDNESDAY_TEN], by=cast.olga, at=MONDAY)
    agreed = booked(host, enterprise)
    assert set(mailed()) == {"Olga", "Paul"}, "Paul has his receipt"
    look_at(cast.paul, meeting)
    look_at(enterprise, agreed)
    assert set(mailed(MONDAY + timedelta(minutes=10))) == {"Otto"}


def test_daily_it_comes_with_the_summary_but_for_what_was_near(host: Host, enterprise: Actor) -> None:
    assert enterprise.person
    Wishes.choose(enterprise.person, how={"meeting": "daily"}, digest=True, at=MONDAY)
    booked(host, enterprise)
    mailed(MONDAY + timedelta(minutes=10))
    assert set(mailed(TUESDAY_TEN - timedelta(hours=1))) == {"Olga"}
    set_aside = Delivery.objects.filter(person=enterprise.person, state="digest").order_by("pk")
    assert list(set_aside.values_list("event_kind", flat=True)) == ["meeting.agreed", "meeting.soon"]
    (part,) = gather(enterprise.person, MONDAY, TUESDAY_TEN, ())
    assert [(one.title, one.event_kind) for one in part.asked] == [("How we go on", "meeting.agreed")]
    begin_digests(TUESDAY_TEN)
    (summary,) = mailed(TUESDAY_TEN).values()
    assert "How we go on" in summary.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_in_quiet_hours_nothing_comes(host: Host, enterprise: Actor) -> None:
    assert enterprise.person
    Wishes.choose(enterprise.person, how={}, quiet=QuietHours((time(0), time(23)), None))
    booked(host, enterprise, WEDNESDAY_TEN)
    assert set(mailed()) == {"Olga"}
    assert "Otto" in mailed(MONDAY.replace(hour=23))
