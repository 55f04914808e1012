"""More information required: a list of items the partner needs from the client, each answered, accepted or asked again on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from trialogue.cases.engagements import Engagement
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.conversations.documents import Document
from trialogue.events.change import Record, change
from trialogue.lib import publicid
from trialogue.people import typed
from trialogue.people.models import Actor, Organisation, Person, Refused, Side
from trialogue.people.prepared import prepared

MOST_ITEMS, MOST_CHOICES = 30, 20
ASKING = frozenset({State.PENDING, State.ACTIVE, State.MORE_INFO})


def _request_id() -> str:
    return publicid.new("inf")


def _item_id() -> str:
    return publicid.new("itm")


def _template_id() -> str:
    return publicid.new("tpl")


class ItemKind(models.TextChoices):
    TEXT = "text", _("Text")
    DOCUMENT = "document", _("Document")
    CHOICE = "choice", _("Choice")
    DATE = "date", _("Date")


@prepared
def labels(ids: tuple[str, ...]) -> models.QuerySet[Item, tuple[str, str]]:
    """What was asked for, as the log says it."""
    return Item.objects.filter(public_id__in=ids).values_list("public_id", "label")


def checked_items(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is asked for, item by item: label, kind, choices. Raises `ValidationError` at `items`."""
    found = [_checked(number, item) for number, item in enumerate(told, 1)]
    if not found:
        raise ValidationError({"items": _("Name at least one thing that is missing.")})
    if len(found) > MOST_ITEMS:
        raise ValidationError({"items": _("At most %(count)s items can be asked for at once.") % {"count": MOST_ITEMS}})
    return found


def _checked(number: int, told: Mapping[str, Any]) -> dict[str, Any]:
    label = " ".join(typed.cleaned(str(told.get("label", ""))).split())
    kind = told.get("kind") or ItemKind.TEXT
    choices = [" ".join(typed.cleaned(str(each)).split()) for each in told.get("choices") or ()]
    choices = list(dict.fromkeys(each for each in choices if each))
    if not label or len(label) > 200:
        _wrong(number, _("Say what is needed, in up to 200 characters."))
    if kind not in ItemKind.values:
        _wrong(number, _("The kind is one of: %(kinds)s.") % {"kinds": ", ".join(ItemKind.values)})
    if kind == ItemKind.CHOICE and not 2 <= len(choices) <= MOST_CHOICES:
        _wrong(number, _("Give 2 to %(count)s answers to choose from.") % {"count": MOST_CHOICES})
    if any(len(each) > 100 for each in choices):
        _wrong(number, _("An answer to choose is up to 100 characters long."))
    return {"label": label, "kind": str(kind), "choices": choices if kind == ItemKind.CHOICE else []}


def _wrong(number: int, why: Any) -> None:
    raise ValidationError({"items": _("Item %(number)s: %(why)s") % {"number": number, "why": why}})


class InformationRequest(models.Model):
    """What one partner asked of the client at one moment."""

    public_id = models.CharField(max_length=32, unique=True, default=_request_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="information_requests")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id

    @classmethod
    def ask(
        cls, case: Case, *, by: Actor, items: Sequence[Mapping[str, Any]], message: str = "", at: datetime | None = None
    ) -> InformationRequest:
        """The partner asks the client for a list. The case waits for it, and the client owes an answer.

        `items` are mappings of `label`, `kind` ("text", "document", "choice", "date") and `choices`. Raises
        `ValidationError` at `items` or `message`, `Refused`.
        """
        wanted, message = checked_items(items), typed.cleaned(message)
        with change(case, by=by, at=at) as record:
            _must_work(case, by)
            request = cls.objects.create(
                case=case, engagement=case.current_engagement(), author=by.person, asked_at=record.at
            )
            Item.objects.bulk_create(
                [Item(request=request, position=number, **item) for number, item in enumerate(wanted, 1)]
            )
            record("information.asked", request=request, items=len(wanted))
            words = _list(
                message or now_in_words("We need the following from you:"), [item["label"] for item in wanted]
            )
            if case.state == State.MORE_INFO:
                case.conversation.post(by=by, body=words, at=record.at)
            else:
                case.ask_for_information(by=by, message=words, at=record.at)
        return request


def _list(words: str, labels: Sequence[str]) -> str:
    return "\n".join([words, "", *(f"- {label}" for label in labels)])


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, actor: Actor) -> Self:
        """The client's cases', a partner's own, all for the operator."""
        here = self.filter(request__case__environment=actor.environment)
        match actor.side:
            case Side.CLIENT:
                return here.filter(request__case__client=actor.organisation)
            case Side.PARTNER:
                return here.filter(request__engagement__partner=actor.organisation)
            case Side.OPERATOR:
                return here
        return self.none()

    def unsettled(self) -> Self:
        """Missing, or answered and not yet accepted, for a partner who still works the case."""
        return self.filter(state__in=(Item.State.OPEN, Item.State.ANSWERED), request__engagement__ended_at=None)

    def missing(self) -> Self:
        """Still to be answered, for a partner who still works the case."""
        return self.filter(state=Item.State.OPEN, request__engagement__ended_at=None)

    def shown(self) -> Self:
        return self.select_related("request", "document", "answered_by").order_by("request__asked_at", "position")


class Item(models.Model):
    """One thing that is asked for: a text, a document, a choice or a date."""

    class State(models.TextChoices):
        OPEN = "open", _("still missing")
        ANSWERED = "answered", _("answered")
        ACCEPTED = "accepted", _("accepted")
        DROPPED = "dropped", _("no longer needed")

    public_id = models.CharField(max_length=32, unique=True, default=_item_id, editable=False)
    request = models.ForeignKey(InformationRequest, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ItemKind.choices)
    label = models.CharField(max_length=200)
    choices = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(blank=True)
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    again = models.TextField(blank=True)  # why it is asked for once more

    objects: ClassVar[ItemQuerySet] = ItemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "position"], name="item_position")]

    def __str__(self) -> str:
        return self.label

    # --- verbs --------------------------------------------------------------------------------------------------------

    def fill(self, value: str | Document, *, by: Actor, at: datetime | None = None, seen: str | None = None) -> None:
        """The client answers the item: words, one of the choices, an ISO date, or a document of the case.

        When it was the last that was missing, all answers are said in the conversation, and the partner owes the next
        word. `seen` is the `stamp` of what stood there when this was written: what a colleague has answered since is not
        overwritten unread. Raises `ValidationError` at the item's id, `Refused`.
        """
        with change(self.request.case, by=by, at=at) as record:
            if by.organisation.pk != self.request.case.client_id:
                raise Refused(_("Only the client answers what it is asked for."))
            self._must_be((self.State.OPEN, self.State.ANSWERED))
            if seen not in (None, self.stamp):
                raise ValidationError({self.public_id: self._came_between()})
            was_open, told = self.state == self.State.OPEN, self._fitting(value)
            self._become(self.State.ANSWERED, answered_by=by.person, answered_at=record.at, **told)
            record("information.answered", item=self)
            if was_open:
                self._say_when_complete(record, by)

    def accept(self, *, by: Actor, at: datetime | None = None) -> None:
        """The partner is content. When nothing is left to accept, the case goes on."""
        with change(self.request.case, by=by, at=at) as record:
            _must_work(self.request.case, by)
            self._must_be((self.State.ANSWERED,))
            self._become(self.State.ACCEPTED)
            record("information.accepted", item=self)
            self._go_on_when_settled(by, record)

    def drop(self, *, by: Actor, at: datetime | None = None) -> None:
        """The partner no longer needs it."""
        with change(self.request.case, by=by, at=at) as record:
            _must_work(self.request.case, by)
            self._must_be((self.State.OPEN, self.State.ANSWERED))
            self._become(self.State.DROPPED)
            record("information.dropped", item=self)
            self._go_on_when_settled(by, record)

    def ask_again(self, *, by: Actor, reason: str, at: datetime | None = None) -> None:
        """The answer will not do; the partner says why, and the client owes another."""
        reason = typed.cleaned(reason)
        if not reason or len(reason) > 1000:
            raise ValidationError({"reason": _("Say in up to 1,000 characters what is wrong with the answer.")})
        case = self.request.case
        with change(case, by=by, at=at) as record:
            _must_work(case, by)
            self._must_be((self.State.ANSWERED, self.State.ACCEPTED))
            self._become(self.State.OPEN, again=reason)
            record("information.asked_again", item=self, reason=reason)
            words = now_in_words("We ask again for “{label}”: {reason}").format(label=self.label, reason=reason)
            if case.state in (State.PENDING, State.ACTIVE):
                case.ask_for_information(by=by, message=words, at=record.at)
            else:
                case.conversation.post(by=by, body=words, at=record.at)

    # --- questions ----------------------------------------------------------------------------------------------------

    @property
    def said(self) -> str:
        """The answer in a line."""
        return (self.document.name if self.document else "") or self.answer

    @property
    def stamp(self) -> str:
        """Which answer this is."""
        return self.answered_at.isoformat() if self.answered_at else ""

    def _came_between(self) -> str:
        return _("%(name)s has answered this meanwhile: “%(said)s”. Send yours again to put it in its place.") % {
            "name": self.answered_by.name if self.answered_by else self.request.case.client.name, "said": self.said[:200],
        }  # fmt: skip

    def _must_be(self, states: Sequence[str]) -> None:
        self.refresh_from_db(fields=["state", "answer", "document", "answered_by", "answered_at"])
        if self.state not in states:
            raise Refused(_("This item is %(state)s. Load the page again.") % {"state": self.get_state_display()})

    def _become(self, state: str, **also: Any) -> None:
        self.state = state
        for name, value in also.items():
            setattr(self, name, value)
        self.save(update_fields=["state", *also])

    def _fitting(self, value: str | Document) -> dict[str, Any]:
        """The answer as it is kept. Raises `ValidationError` at the item's id."""
        problem: Any = None
        if isinstance(value, Document):
            ours = value.case_id == self.request.case_id and not value.removed_at
            problem = None if self.kind == ItemKind.DOCUMENT and ours else _("Choose a document of this case.")
            kept: dict[str, Any] = {"document": value, "answer": ""}
        else:
            kept = {"document": None, "answer": typed.cleaned(value)}
            problem = self._wrong_words(kept["answer"])
        if problem:
            raise ValidationError({self.public_id: problem})
        return kept

    def _wrong_words(self, words: str) -> Any:
        match self.kind:
            case ItemKind.DOCUMENT:
                return _("Choose a file.")
            case ItemKind.CHOICE if words not in self.choices:
                return _("Choose one of the answers.")
            case ItemKind.DATE if not _is_date(words):
                return _("Give a date, such as 2026-03-31.")
        if not words or len(words) > 4000:
            return _("Write an answer of up to 4,000 characters.")
        return None

    def _say_when_complete(self, record: Record, by: Actor) -> None:
        case = self.request.case
        mine = Item.objects.filter(request__engagement=self.request.engagement_id)
        if mine.missing().exists():
            return
        answered = mine.filter(state=self.State.ANSWERED).select_related("document").order_by("request", "position")
        lines = [f"**{item.label}**: {item.said}" for item in answered]
        words = _list(now_in_words("All that was asked for is answered:"), lines)
        if len(words) > 10_000:
            words = _list(
                now_in_words("All that was asked for is answered:"), [f"**{item.label}**" for item in answered]
            )
        case.conversation.post(by=by, body=words[:10_000], at=record.at)

    def _go_on_when_settled(self, by: Actor, record: Record) -> None:
        case = self.request.case
        mine = Item.objects.filter(request__engagement=self.request.engagement_id)
        if case.state == State.MORE_INFO and not mine.unsettled().exists():
            case.resume(by=by, at=record.at)


def _is_date(words: str) -> bool:
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return len(words) == 10


def _must_work(case: Case, by: Actor) -> None:
    if not case.is_worked_by(by):
        raise Refused(_("Only the partner who works the case asks for information."))
    if case.state not in ASKING:
        raise Refused(_("Nothing can be asked for while the case is “%(state)s”.") % {"state": State(case.state).label})


class InformationTemplate(models.Model):
    """Items that a partner asks for often, under a name."""

    public_id = models.CharField(max_length=32, unique=True, default=_template_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="information_templates")
    name = models.CharField(max_length=80)
    items = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="information_template_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(
        cls, name: str, items: Sequence[Mapping[str, Any]], *, by: Actor, at: datetime | None = None
    ) -> InformationTemplate:
        """Under a name that is taken, the items are the new ones from now on."""
        name = " ".join(typed.cleaned(name).split())
        if by.side != Side.PARTNER:
            raise Refused(_("Only a collection partner keeps lists of what it asks for."))
        if not name or len(name) > 80:
            raise ValidationError({"name": _("Give the list a name of up to 80 characters.")})
        wanted = checked_items(items)
        with change(by.organisation, by=by, at=at) as record:
            kept, _made = cls.objects.update_or_create(
                organisation=by.organisation, name=name, defaults={"items": wanted}
            )
            record("template.kept", template=kept)
        return kept

    def remove(self, *, by: Actor) -> None:
        with change(by.organisation, by=by) as record:
            if self.organisation_id != by.organisation.pk:
                raise Refused(_("This list belongs to another organisation."))
            record("template.removed", template=self)
            self.delete()
