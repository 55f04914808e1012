"""What a step of the demo's world does: one function for each word that a step's `does` may be, each a verb of some room."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from trialogue.cases.lifecycle import MOVES
from trialogue.cases.models import Call, Case
from trialogue.complaints.models import Complaint
from trialogue.conversations import relationships
from trialogue.conversations.information import InformationRequest, InformationTemplate, Item
from trialogue.conversations.models import Consent, Document, Presence
from trialogue.conversations.notes import Note
from trialogue.conversations.pins import Pin
from trialogue.deliveries.absences import Absence
from trialogue.deliveries.wishes import Mute, Wishes
from trialogue.doors.console import demo_papers
from trialogue.lib.quiethours import QuietHours
from trialogue.lists.filters import Filter
from trialogue.lists.views import View
from trialogue.people.models import Actor
from trialogue.uploads.models import Upload
from trialogue.uploads.rounds import work_due

if TYPE_CHECKING:
    from trialogue.doors.console.demo_world import Story, World

_WORDS = ("message", "reason", "comment", "quote")  # what a move may want said


class Doing:
    """One step being taken: what is told of it, who does it, when, and in which story."""

    def __init__(self, story: Story, told: dict[str, Any], by: Actor, at: datetime) -> None:
        self.story, self.told, self.by, self.at = story, told, by, at
        self.language = by.person.language if by.person else "en"
        self.says = story.world.words(told.get("says", ""), self.language)

    @property
    def case(self) -> Case:
        assert self.story.case is not None
        return self.story.case

    def papers(self, names: Iterable[str]) -> list[Document]:
        return [self.paper(name) for name in names]

    def paper(self, name: str) -> Document:
        about = {"kind": kind_of(name), "description": self.told.get("about", "")}
        return paper(self.story.world, name, self.language, **about)


def paper(world: World, name: str, language: str, **about: str) -> Document:
    """One of the world's papers, drawn and received."""
    called = name.partition(", version")[0]
    drawn = demo_papers.draw(called, world.words(world.told["papers"].get(name, ""), language))
    return Document.receive(io.BytesIO(drawn), called, **about)


def submit(doing: Doing) -> None:
    about, world = doing.story.told, doing.story.world
    doing.story.case = world.cases[about["reference"]] = Case.submit(
        by=doing.by, at=doing.at, client_reference=about["reference"], debtor_name=about["debtor"],
        debtor_type=about.get("debtor_type", "Company"), debtor_country=about["country"],
        amount=Decimal(about["amount"]), currency=about["currency"],
        description=world.words(about["description"], doing.language),
    )  # fmt: skip
    if papers := doing.papers(doing.told.get("with", ())):
        Document.add(doing.case, papers, by=doing.by, at=doing.at)


def move(doing: Doing) -> None:
    """Any move of a case: its code or reason stands in the step, its words are what the step says."""
    name, told, world = doing.told["does"], doing.told, doing.story.world
    wanted = (*MOVES[name].needs, *MOVES[name].takes)
    come_along = {key: told[key] for key in wanted if key in told}
    come_along |= {key: doing.says for key in wanted if key in _WORDS}
    if "partner" in wanted:
        come_along["partner"] = world.organisations[told.get("to") or doing.story.told["partner"]]
    if "into" in wanted:
        come_along["into"] = world.cases[told["into"]]
    doing.case.move(name, by=doing.by, at=doing.at, **come_along)


def post(doing: Doing) -> None:
    told, said = doing.told, doing.story.said
    message = doing.case.conversation.post(
        by=doing.by, body=doing.says, documents=doing.papers(told.get("with", ())), at=doing.at,
        expects_answer=not told.get("quiet"), answers=said.get(told.get("answers", "")),
    )  # fmt: skip
    if "id" in told:
        said[told["id"]] = message


def outside(doing: Doing) -> None:
    """Said between the two sides of the case, but not about it."""
    sides = doing.case.client, doing.case.partner
    other = next(side for side in sides if side and side.public_id != doing.by.acting_for)
    talk = relationships.between(doing.by, other, at=doing.at)
    talk.mark_read(by=doing.by, through=talk.message_count, at=doing.at)
    talk.post(by=doing.by, body=doing.says, documents=doing.papers(doing.told.get("with", ())), at=doing.at)


def edit(doing: Doing) -> None:
    doing.story.said[doing.told["of"]].edit(by=doing.by, body=doing.says, at=doing.at)


def withdraw_message(doing: Doing) -> None:
    doing.story.said[doing.told["of"]].withdraw(by=doing.by, at=doing.at)


def excuse(doing: Doing) -> None:
    doing.story.said[doing.told["of"]].excuse(by=doing.by, at=doing.at)


def read(doing: Doing) -> None:
    conversation = doing.case.conversation
    conversation.refresh_from_db()
    conversation.mark_read(by=doing.by, through=conversation.message_count, at=doing.at)


def pin(doing: Doing) -> None:
    """A message of before, or what the step says as a fact."""
    message = doing.story.said.get(doing.told.get("of", ""))
    Pin.add(doing.case.conversation, by=doing.by, message=message, fact=doing.says, at=doing.at)


def consent(doing: Doing) -> None:
    Consent.give(doing.case, by=doing.by, at=doing.at)


def join(doing: Doing) -> None:
    Presence.join(doing.case.conversation, by=doing.by, reason=doing.says, at=doing.at)


def leave(doing: Doing) -> None:
    Presence.objects.open().shown().get(conversation=doing.case.conversation, person=doing.by.person).leave(
        by=doing.by, at=doing.at
    )


def note(doing: Doing) -> None:
    Note.write(doing.case.conversation, by=doing.by, body=doing.says, at=doing.at)


def call(doing: Doing) -> None:
    told = doing.told
    Call.log(
        doing.case, by=doing.by, number=told["number"], outcome=told["outcome"], notes=doing.says, called_at=doing.at, at=doing.at
    )  # fmt: skip


def update(doing: Doing) -> None:
    told, came_in = doing.told, doing.told.get("received")
    doing.case.report_progress(
        by=doing.by, actions=doing.says, recommendation=told["recommends"],
        received=Decimal(came_in) if came_in else None, at=doing.at,
    )  # fmt: skip


def complain(doing: Doing) -> None:
    told = {name: doing.told[name] for name in ("category", "wanted")}
    Complaint.file(doing.case, by=doing.by, description=doing.says, at=doing.at, **told)


def take_complaint(doing: Doing) -> None:
    doing.case.complaints.get().review(by=doing.by, at=doing.at)


def pass_complaint_on(doing: Doing) -> None:
    doing.case.complaints.get().pass_on(by=doing.by, at=doing.at)


def own(doing: Doing) -> None:
    doing.case.assign_owner(doing.by.person, by=doing.by, at=doing.at)


def items(doing: Doing) -> None:
    InformationRequest.ask(doing.case, by=doing.by, items=doing.told["items"], message=doing.says, at=doing.at)


def fill(doing: Doing) -> None:
    answer: str | Document = doing.says
    if name := doing.told.get("paper"):
        answer = doing.paper(name)
        Document.add(doing.case, [answer], by=doing.by, at=doing.at)
    _item(doing).fill(answer, by=doing.by, at=doing.at)


def accept(doing: Doing) -> None:
    _item(doing).accept(by=doing.by, at=doing.at)


def ask_again(doing: Doing) -> None:
    _item(doing).ask_again(by=doing.by, reason=doing.says, at=doing.at)


def _item(doing: Doing) -> Item:
    return Item.objects.select_related("request__case").get(
        request__case=doing.case, position=doing.told["item"]
    )  # fmt: skip


def replace(doing: Doing) -> None:
    """A new version of a document: the paper `with`, in place of the one of the same name."""
    new = doing.paper(doing.told["with"])
    old = doing.case.documents.get(name=new.name, replaced_at=None)
    old.replace(new, by=doing.by, at=doing.at)


def mute(doing: Doing) -> None:
    Mute.lay(doing.case, by=doing.by, until=doing.story.world.now + timedelta(days=doing.told["days"]), at=doing.at)


# --- beside any case --------------------------------------------------------------------------------------------------


def view(doing: Doing) -> None:
    told = doing.told
    kept = View.keep(
        by=doing.by, name=told["name"], filter=Filter.read(told["query"]), shared=told.get("shared", False), at=doing.at
    )
    if told.get("default"):
        kept.make_default(by=doing.by)


def template(doing: Doing) -> None:
    InformationTemplate.keep(doing.told["name"], doing.told["items"], by=doing.by, at=doing.at)


def absence(doing: Doing) -> None:
    members = doing.by.organisation.memberships.select_related("person", "organisation")
    people = doing.story.world.people
    today = doing.story.world.now.date()
    Absence.plan(
        members.get(person=doing.by.person), by=doing.by, first=today - timedelta(days=doing.told["since"]),
        last=today + timedelta(days=doing.told["days"]), colleague=members.get(person=people[doing.told["colleague"]]),
        at=doing.at,
    )  # fmt: skip


def wishes(doing: Doing) -> None:
    told = doing.told
    nights = (time.fromisoformat(told["quiet"][0]), time.fromisoformat(told["quiet"][1])) if "quiet" in told else None
    assert doing.by.person is not None
    Wishes.choose(
        doing.by.person, how=told.get("how", {}), quiet=QuietHours(nights, nights), digest=told.get("digest", False), at=doing.at
    )  # fmt: skip


def upload(doing: Doing) -> None:
    """A file with all its way, as the worker goes it: its moments are those of now."""
    name = doing.told["with"]
    table = doing.story.world.words(doing.story.world.told["papers"][name], doing.language).encode()
    received = Upload.receive(io.BytesIO(table), name, by=doing.by, at=doing.at)
    received.match(received.columns, by=doing.by, at=doing.at)
    _work()
    received.refresh_from_db()
    received.start(by=doing.by, at=doing.at)
    _work()


def _work() -> None:
    while work_due(timezone.now()):
        pass


def kind_of(name: str) -> str:
    """What a paper of this name is; "" leaves it to whoever adds it."""
    words = {
        "Mahnung": "DemandLetter", "Demand letter": "DemandLetter", "statement": "CreditorDocuments", "Kontoauszug": "CreditorDocuments",
        "Objection": "DebtorDocuments", "Widerspruch": "DebtorDocuments", "protocol": "CreditorDocuments",
    }  # fmt: skip
    return next((kind for word, kind in words.items() if word in name), "")


DOING: dict[str, Callable[[Doing], None]] = {
    **dict.fromkeys(MOVES, move),
    **{
        each.__name__: each
        for each in (
            submit, post, outside, edit, withdraw_message, excuse, read, pin, note, consent, join, leave, call, update, complain, take_complaint,
            pass_complaint_on, own, items, fill, accept,
            ask_again, replace, mute, view, template, absence, wishes, upload,
        )
    },
}  # fmt: skip
