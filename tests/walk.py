"""One walk through everything that can happen, so that each kind of event is in the log at least once."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from django.test import override_settings

from tests.cast import MONDAY, Cast
from tests.letters import post
from tests.lib.test_drawing import picture
from tests.uploads.files import checked, claim, csv, work
from trialogue.articles.models import Article, Collection, publish_due
from trialogue.articles.pictures import Picture
from trialogue.cases.calls import Call
from trialogue.cases.models import UPDATE_EVERY, Case, ask_for_updates
from trialogue.channels.models import Edition
from trialogue.clocks.models import Feed, Policy, break_due, warn_due
from trialogue.complaints.models import Complaint
from trialogue.conversations.information import InformationRequest, InformationTemplate
from trialogue.conversations.models import Consent, Conversation, Document, Note, Pin, Presence, Reading
from trialogue.deliveries.carriers.webhook import Gone
from trialogue.deliveries.models import Absence, Bounce, Endpoint
from trialogue.deliveries.rounds import send_due
from trialogue.escalations.models import AccountManager, Escalation
from trialogue.letters.models import Alias, Letter, ReplyAddress
from trialogue.letters.rounds import file_due
from trialogue.lists.batches import Batch, carry_on
from trialogue.lists.filters import Filter
from trialogue.lists.views import View
from trialogue.meetings.models import Host, Meeting
from trialogue.people.brands import Brand
from trialogue.people.models import Actor, Person, Role, Visitor
from trialogue.requests.models import Duty, Request, SavedAnswer

# What people typed or are called on this walk; none of it may be found in the log.
WORDS = (
    "Welcome zebra", "Which quagga?", "The okapi one", "Resting ibex", "Done gnu", "late yak", "eland.txt", "oryx", "kudu", "bongo", "Newt Neuling",
    "newt@nordlys.example", "axolotl key", "impala", "dodo", "Bergmann", "INV-ZOO", "Unpaid invoice",
    "marmot", "quokka", "serval", "5551234", "tapir", "wombat", "numbat", "potoroo", "quoll", "gemsbok", "gerenuk", "dikdik", "Zorilla", "INV-ZOO-", "caracal",
    "saola", "takin", "markhor", "goral", "serow", "chamois", "tahr", "argali", "urial", "nilgai", "Blackbuck", "addax", "sitatunga", "bushbuck", "Lechwe", "puku",
    "vicugna", "guanaco", "alpaca", "llama", "peccary", "civet", "genet", "linsang", "Pronghorn", "hartebeest", "topi", "nyala", "bontebok", "blesbok", "sable roan", "zebu", "gayal",
    "Babirusa", "kinkajou", "olingo", "coati", "tayra", "grison", "fossa",
)  # fmt: skip


def walk(cast: Cast) -> Case:
    """Every kind happens. Answers the case it is about, which ends closed."""
    _people(cast)
    Edition.roll_back(1, by=cast.olga, at=MONDAY)
    Policy.introduce("update", by=cast.olga, within=6, unit="business_days", warn_after=60, at=MONDAY)
    _requests(cast)
    _ladders(cast)
    _endpoints(cast)
    _letters(cast)
    _lists(cast)
    _uploads(cast)
    _articles(cast)
    _meetings(cast)
    case = cast.released("INV-ZOO")
    hours = timedelta(hours=1)
    case.confirm(by=cast.paul, message="Welcome zebra", at=MONDAY + hours)
    talk = case.conversation
    talk.mark_read(by=cast.clara, through=1, at=MONDAY + 2 * hours)
    case.ask_for_information(by=cast.paul, message="Which quagga?", at=MONDAY + 2 * hours)
    talk.post(by=cast.clara, body="The okapi one", at=MONDAY + 3 * hours)
    case.resume(by=cast.paul, at=MONDAY + 4 * hours)
    _documents(cast, case, MONDAY + 4 * hours)
    _words(cast, talk, MONDAY + 4 * hours)
    case.pause(by=cast.petra, reason="Resting ibex", at=MONDAY + 5 * hours)
    # Whoever paused with a word has answered: Clara asks again, and this time nobody answers in time.
    talk.post(by=cast.clara, body="The okapi one, again", at=MONDAY + 6 * hours)
    assert warn_due(MONDAY + 46 * hours) == 1
    assert break_due(MONDAY + 72 * hours) == 1
    Escalation.press(case, by=cast.clara, at=MONDAY + 72 * hours)
    talk.post(by=cast.paul, body="late yak", at=MONDAY + 73 * hours)
    case.close(by=cast.paul, code="Paid", comment="Done gnu", at=MONDAY + 74 * hours)
    assert send_due(MONDAY + 80 * hours)
    return case


def _words(cast: Cast, talk: Conversation, at: datetime) -> None:
    """Said, put better, taken back, pinned, noted: all that leaves no answer owed."""
    message = talk.post(by=cast.clara, body="@Paul: an impala", at=at)
    message.edit(by=cast.clara, body="@Paul: the impala", at=at)
    pin = Pin.add(talk, by=cast.paul, message=message, at=at)
    pin.remove(by=cast.clara, at=at)
    message.excuse(by=cast.paul, at=at)
    message.withdraw(by=cast.clara, at=at)
    Reading.note(talk, by=cast.olga)
    Presence.join(talk, by=cast.olga, reason="A sable roan", at=at).leave(by=cast.olga, at=at)
    for author in (cast.clara, cast.paul, cast.olga):
        Note.write(talk, by=author, body="@Carl: a private dodo", at=at).remove(by=author, at=at)


def _endpoints(cast: Cast) -> None:
    """A webhook is added, tried, paused, turned on again, and removed in the end."""
    made = Endpoint.add(by=cast.clara, url="https://zebu.example/in", wants=["case.*"], name="A zebu", at=MONDAY)
    made.describe(by=cast.clara, url="https://zebu.example/gayal", wants=["all"])
    made.rotate(by=cast.clara)
    made.test(by=cast.clara, at=MONDAY)
    made.note(Gone("410"), MONDAY)
    made.turn_on(by=cast.clara)
    made.turn_off(by=cast.clara)
    made.remove(by=cast.clara)


def _requests(cast: Cast) -> None:
    """Rita asks the operator, who works on it; what Vera asks without an account ends where it was merged."""
    told = {"channel": "technical", "situation": "integration", "subject": "The saola fails", "body": "A takin error"}
    asked = Request.open(by=cast.rita, at=MONDAY, form={"environment": "test"}, **told)
    asked.supply({"endpoint": "POST /markhor"}, by=cast.rita, at=MONDAY)
    asked.assign(cast.olga.person, by=cast.olga, at=MONDAY)
    asked.tag(["goral"], by=cast.olga, at=MONDAY)
    asked.answer(by=cast.olga, body="Try the serow", at=MONDAY)
    more = asked.write(by=cast.rita, body="And the chamois?", at=MONDAY)
    parted = asked.split(more, by=cast.olga, subject="The chamois", channel="business", at=MONDAY)
    asked.move_to("business", by=cast.olga, at=MONDAY)
    parted.merge_into(asked, by=cast.olga, at=MONDAY)
    asked.solve(by=cast.olga, at=MONDAY)
    asked.write(by=cast.rita, body="Not yet, says the tahr", at=MONDAY)
    asked.rate(True, by=cast.rita, words="Good argali", at=MONDAY)
    linked = Request.open(by=cast.clara, channel="platform", subject="The urial", body="A nilgai", at=MONDAY)
    linked.link(cast.submitted("URIAL-1"), by=cast.olga, at=MONDAY)
    Duty.give("legal", [cast.olga.person], by=cast.olga)
    SavedAnswer.keep(by=cast.olga, title="Blackbuck", body="Dear addax").remove(by=cast.olga)
    visitor = {
        "channel": "sales",
        "subject": "The sitatunga",
        "body": "A bushbuck",
        "name": "Vera Lechwe",
        "email": "vera@puku.example",
    }
    last = Request.open(by=Visitor(), at=MONDAY, **visitor)
    case = cast.confirmed("URIAL-2")
    about = Request.open(by=cast.clara, channel="platform", subject="The zeren", body="A mouflon", case=case, at=MONDAY)
    about.hand_over(by=cast.clara, at=MONDAY)
    Consent.give(case, by=cast.clara, at=MONDAY).withdraw(by=cast.clara, at=MONDAY)
    case.close(by=cast.paul, code="Paid", at=MONDAY)
    for request in (asked, linked, last):  # what is owed to them is another story
        request.close(by=cast.olga, at=MONDAY)


def _ladders(cast: Cast) -> None:
    """Rita climbs to her account manager, who leaves; the team answers, and she asks again."""
    gone = Person.objects.create_user("hart@trialogue.example", "hart hart hart", name="Harry Hartebeest")
    membership = cast.olga.organisation.admit(gone, Role.MEMBER)
    AccountManager.assign(cast.rita.organisation, gone, by=cast.olga, at=MONDAY)
    asked = Request.open(by=cast.rita, channel="business", subject="The Pronghorn", body="A topi", at=MONDAY)
    asked.answer(by=cast.olga, body="Which topi?", at=MONDAY)
    Escalation.climb(asked, by=cast.rita, reason="Every topi", at=MONDAY)
    membership.end(by=cast.olga)
    asked.answer(by=cast.olga, body="That topi", at=MONDAY)
    asked.write(by=cast.rita, body="No topi", at=MONDAY)
    asked.close(by=cast.rita, at=MONDAY)
    facts = {
        "environment": "production",
        "since": "2026-03-09 10:00",
        "what_is_down": "All nyala",
        "clients_affected": "3",
    }
    told = {
        "channel": "critical",
        "situation": "critical",
        "subject": "The bontebok",
        "body": "No blesbok",
        "form": facts,
    }
    critical = Request.open(by=cast.rita, at=MONDAY, **told)
    critical.escalations.get().acknowledge(by=cast.olga, at=MONDAY)
    critical.close(by=cast.olga, at=MONDAY)


def _letters(cast: Cast) -> None:
    """Mail that is filed, a copy of it to another address, held and released, refused, a bounce, one that is too large."""
    with override_settings(**post.SETTINGS):
        first = post.written(
            cast.clara, post.SUPPORT, "A vicugna", subject="The guanaco", Message_ID="<a@nordlys.example>"
        )
        request = post.post(first).conversation.request
        post.post(b"Delivered-To: " + post.LEGAL.encode() + b"\r\n" + first)
        address = ReplyAddress.objects.of(request.conversation, cast.clara.person)
        held = post.post(post.written("clara@alpaca.example", address, "A llama"))
        held.release(by=cast.olga, trust=True, at=MONDAY)
        assert file_due(MONDAY) == 1
        Alias.objects.get().end(by=cast.olga)
        post.post(post.written("", post.SUPPORT, "Who am I?", proof="")).refuse(by=cast.olga, at=MONDAY)
        post.post(post.bounce("newt@nordlys.example")).replay(by=cast.olga, at=MONDAY)
        Letter.keep(b"Subject: peccary", door="pipe", cut="too_large", at=MONDAY)
        request.close(by=cast.olga, at=MONDAY)


def _lists(cast: Cast) -> None:
    """A view that is shared, changed and removed, and a move for many cases that are one."""
    view = View.keep(by=cast.clara, name="The gemsbok", filter=Filter.read("country=DE"), shared=True)
    view.describe(by=cast.clara, name="The gerenuk")
    view.remove(by=cast.clara)
    case = cast.submitted("INV-ZOO-9")
    Batch.prepare([case], "withdraw", by=cast.clara, comment="A dikdik").confirm(by=cast.clara)
    while carry_on(MONDAY):
        pass


def _articles(cast: Cast) -> None:
    """Written, reviewed, scheduled and live by itself, for others, rolled back and taken back."""
    words = {"en": {"title": "Babirusa", "summary": ""}}
    about = Collection.describe("babirusa", by=cast.olga, words=words, audience=["everyone"])
    article = Article.begin("babirusa", by=cast.olga, collection=about, kind="how-to", audience=["everyone"])
    for body in ("A kinkajou", "An olingo"):
        article.write("en", by=cast.olga, title="Babirusa", summary="Of it", body=body, at=MONDAY)
    told = article.translations.get()
    told.send_to_review(by=cast.olga, at=MONDAY)
    told.schedule(MONDAY + timedelta(hours=1), by=cast.olga, at=MONDAY)
    assert publish_due(MONDAY + timedelta(hours=1)) == 1
    article.describe(by=cast.olga, collection=about, kind="reference", audience=["client"], visible="client")
    told.roll_back(1, by=cast.olga)
    Picture.add(article, BytesIO(picture(size=(4, 3))), "Caracal.png", by=cast.olga).remove(by=cast.olga)
    told.take_back(by=cast.olga)


def _meetings(cast: Cast) -> None:
    """Paul asks Olga for four: one is held after other times were offered, one moved and missed, one called off, one declined."""
    week = {str(day): [["09:00", "16:00"]] for day in range(5)}
    Host.describe(cast.olga.person, by=cast.olga, at=MONDAY, zone="Europe/Copenhagen", week=week, lengths=[30])  # type: ignore[arg-type]
    held, missed, off, declined = (
        Meeting.ask(by=cast.paul, subject=f"The coati {n}", about="A tayra", at=MONDAY) for n in range(4)
    )
    first, day = MONDAY + timedelta(days=1), timedelta(days=1)
    held.offer([first], by=cast.olga, at=MONDAY)
    held.agree(first, by=cast.paul, at=MONDAY)
    held.hold(by=cast.olga, notes="A grison", at=first)
    missed.agree(first + day, by=cast.olga, at=MONDAY)
    missed.move(first + 2 * day, by=cast.paul, at=MONDAY)
    missed.hold(by=cast.olga, missed=True, at=first + 2 * day)
    off.agree(first + 3 * day, by=cast.olga, at=MONDAY)
    off.call_off(by=cast.paul, reason="A fossa", at=MONDAY)
    declined.decline(by=cast.olga, reason="No coati", at=MONDAY)


def lives(cast: Cast) -> None:
    """Two cases that go all the ways a case may go, and are one in the end."""
    case, other = cast.submitted("INV-ZOO-2"), cast.submitted("INV-ZOO-3")
    case.await_contract(by=cast.olga, at=MONDAY)
    case.contract_signed(by=cast.olga, at=MONDAY)
    case.release(cast.paul.organisation, by=cast.olga, at=MONDAY)
    case.decline(by=cast.paul, decline_reason="Disputed", comment="No marmot", at=MONDAY)
    case.present_quote(cast.paul.organisation, by=cast.olga, quote="A quokka", at=MONDAY)
    case.collect_quotes(by=cast.olga, at=MONDAY)
    case.present_quote(cast.paul.organisation, by=cast.olga, quote="Two quokkas", at=MONDAY)
    case.accept_quote(by=cast.clara, at=MONDAY)
    case.assign_owner(cast.petra.person, by=cast.paul, at=MONDAY)
    case.assign_owner(None, by=cast.paul, at=MONDAY)
    Call.log(
        case, by=cast.paul, number="+49 30 5551234", outcome="Dispute", notes="A serval", called_at=MONDAY, at=MONDAY
    )
    _asked(cast, case)
    _complained(cast, case)
    month = MONDAY + UPDATE_EVERY
    assert ask_for_updates(month) == 1
    case.report_progress(by=cast.paul, actions="A tapir", recommendation="StayActive", at=month)
    case.request_closure(by=cast.clara, reason="A wombat", at=month)
    case.close(by=cast.paul, code="WithdrawnByClient", at=month)
    case.reopen(by=cast.paul, message="A numbat", at=month)
    case.close(by=cast.paul, code="Other", at=month)
    case.recall(by=cast.olga, at=month)
    case.release(cast.paul.organisation, by=cast.olga, at=month)
    case.reassign(cast.pia.organisation, by=cast.olga, reason="A potoroo", at=month)
    case.merge(other, by=cast.olga, comment="A quoll", at=month)


def _uploads(cast: Cast) -> None:
    """A file of cases that becomes some, one that is withdrawn, and one that cannot be read after all."""
    done, withdrawn, failed = (checked(csv(claim(f"ZOO-{n}", name="Zorilla AG")), by=cast.clara) for n in range(3))
    done.start(by=cast.clara)
    work(done)
    withdrawn.withdraw(by=cast.clara)
    failed.fail("A caracal", by=failed.actor)


def _documents(cast: Cast, case: Case, at: datetime) -> None:
    """Laid in, described, replaced, removed; with a scanner about, found clean or kept away."""
    eland, oryx, kudu = document("eland.txt"), document("oryx.txt"), document("kudu.txt")
    Document.add(case, [eland], by=cast.clara, at=at)
    eland.describe(by=cast.carl, kind="DemandLetter", description="Of a bongo", at=at)
    eland.replace(document("eland 2.txt"), by=cast.clara, at=at)
    with override_settings(CLAMAV="127.0.0.1:1"):
        Document.add(case, [oryx, kudu], by=cast.clara, at=at)
    oryx.clear(at=at)
    kudu.hold("Kudu-Signature", at=at)
    kudu.remove(by=cast.clara, at=at)


def _asked(cast: Cast, case: Case) -> None:
    """Two items: one is answered, asked for again, answered and accepted, the other no longer needed; the case goes on."""
    wanted = [{"label": "A takin"}, {"label": "A saola"}]
    InformationTemplate.keep("Often a dhole", wanted, by=cast.paul).remove(by=cast.paul)
    first, second = InformationRequest.ask(case, by=cast.paul, items=wanted, at=MONDAY).items.order_by("position")
    first.fill("A gaur", by=cast.clara, at=MONDAY)
    first.ask_again(by=cast.paul, reason="No gaur", at=MONDAY)
    first.fill("A banteng", by=cast.clara, at=MONDAY)
    first.accept(by=cast.paul, at=MONDAY)
    second.drop(by=cast.paul, at=MONDAY)


def _people(cast: Cast) -> None:
    home = cast.clara.organisation
    home.describe(by=cast.clara, name="Nordlys Energi A/S", country="DK", zone="Europe/Copenhagen")
    invitation, _secret = home.invite("newt@nordlys.example", Role.MEMBER, by=cast.clara)
    newt = Person.objects.create_user("newt@nordlys.example", "newt newt newt", name="Newt Neuling")
    membership = invitation.accept(newt)
    membership.become(Role.ADMIN, by=cast.clara)
    membership.leave_steps(by=Actor.of(membership))
    membership.resume_steps(by=Actor.of(membership))
    away = Absence.plan(membership, by=cast.clara, first=MONDAY.date(), last=MONDAY.date(), at=MONDAY)
    away.end(by=cast.clara)
    Bounce.note("newt@nordlys.example", permanent=True, words="A cacomistle", at=MONDAY)
    Bounce.objects.get().clear(by=cast.olga)
    membership.end(by=cast.clara)
    home.set_plan("enterprise", by=cast.olga)
    Brand.proposed(cast.rita.organisation, name="Quokka Collect", light="#0f5c4a").put_on(by=cast.rita)
    Brand.objects.get().take_off(by=cast.olga)
    AccountManager.assign(home, cast.olga.person, by=cast.olga, at=MONDAY).end(by=cast.olga, at=MONDAY)
    home.invite("nobody@nordlys.example", Role.ADMIN, by=cast.clara)[0].withdraw(by=cast.clara)
    home.issue_key("test", name="axolotl key", by=cast.clara)[0].revoke(by=cast.clara)


def _complained(cast: Cast, case: Case) -> None:
    """Of a case three: answered and upheld, answered by nobody, and taken back."""
    about: dict[str, str] = {"category": "delay", "description": "A slow civet", "wanted": "A fast civet"}
    complaint = Complaint.file(case, by=cast.clara, at=MONDAY, **about)
    complaint.review(by=cast.olga, at=MONDAY)
    complaint.pass_on(by=cast.olga, at=MONDAY)
    complaint.respond(by=cast.paul, response="A genet", at=MONDAY)
    complaint.decide(by=cast.olga, upheld=True, severity="minor", reasons="A linsang", at=MONDAY)
    Complaint.file(case, by=cast.clara, at=MONDAY, **about).pass_on(by=cast.olga, at=MONDAY)
    break_due(MONDAY + timedelta(days=11))
    case.clocks.open().get(promise="respond").remind(by=cast.olga, at=MONDAY + timedelta(days=11))
    Complaint.objects.active().get().withdraw(by=cast.clara, at=MONDAY + timedelta(days=12))
    for address in ("https://okapi.example.org/closed.ics", ""):
        Feed.follow(cast.paul.organisation, address, by=cast.paul, at=MONDAY + timedelta(days=12))


def document(name: str = "evidence.txt", content: bytes = b"So it was said.") -> Document:
    return Document.receive(BytesIO(content), name)
