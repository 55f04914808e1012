"""The operator's desk: the inbox of requests, many at once, saved answers, and who looks after which channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from trialogue.channels.models import Edition
from trialogue.channels.rules import Channel
from trialogue.clocks.models import Clock, ClockQuerySet
from trialogue.doors.web import listing
from trialogue.doors.web.access import acting
from trialogue.escalations.models import Escalation
from trialogue.events import tail
from trialogue.letters.models import Letter
from trialogue.lists import pages
from trialogue.meetings.models import Meeting
from trialogue.meetings.models import State as MeetingState
from trialogue.people.models import Actor, Person, Refused, Side
from trialogue.requests import inbox
from trialogue.requests.desk import PLACEHOLDERS
from trialogue.requests.inbox import FEW, Choice
from trialogue.requests.models import Duty, Request, SavedAnswer, State, Tag

P = ParamSpec("P")
PAGE = 50
SOON = timedelta(days=1)
MOST_TAGS = 100
# What the desk is looked at by: answers owed, in the order in which they are due; or one state, the last moved first.
BY_CLOCK = {"": gettext_lazy("To answer"), "soon": gettext_lazy("Due soon"), "broken": gettext_lazy("Broken")}
BY_STATE = {
    "waiting": (State.WAITING, gettext_lazy("Waiting for the sender")),
    "answered": (State.ANSWERED, gettext_lazy("Answered")),
    "solved": (State.SOLVED, gettext_lazy("Solved")),
    "closed": (State.CLOSED, gettext_lazy("Closed")),
    "all": ("", gettext_lazy("All")),
}
WHOSE = {
    "": gettext_lazy("Everyone's"),
    "mine": gettext_lazy("Mine"),
    "team": gettext_lazy("My channels'"),
    "nobody": gettext_lazy("Unassigned"),
}


@dataclass
class Row:
    request: Request
    clock: Clock | None = None


def at_the_desk(
    view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hands the view who acts for the operator; for all others there is no such page."""

    def found(request: HttpRequest, actor: Actor, /, *arguments: P.args, **keywords: P.kwargs) -> HttpResponse:
        if actor.side != Side.OPERATOR:
            raise Http404
        return view(request, actor, *arguments, **keywords)

    update_wrapper(found, view)
    return acting(found)


def told(problem: Exception) -> str:
    return " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)


def whole(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdecimal() and len(raw) < 10 else None


def request_channels() -> list[Channel]:
    return [channel for channel in Edition.in_force().rules.channel if channel.takes_requests]


def colleagues(actor: Actor) -> list[Person]:
    here = Person.objects.filter(memberships__organisation=actor.organisation, is_active=True)
    return list(here.order_by("name"))


# --- the inbox --------------------------------------------------------------------------------------------------------


@at_the_desk
@require_GET
def desk(request: HttpRequest, actor: Actor) -> HttpResponse:
    head, asked, channels = tail.head(), _asked(request.GET), request_channels()
    choice = Choice(
        "", asked["whose"], asked["channel"], asked["tag"], inbox.holding(actor, asked["q"]) if asked["q"] else None
    )
    counts = _counts(actor, choice)
    many = counts[""] is None or counts[""] > FEW
    rows, further, back = _rows(actor, asked["view"], choice, request.GET, many)
    query = {name: value for name, value in asked.items() if value}
    held = counts.pop("held")
    context = {
        "rows": rows, "asked": asked, "head": head, "q": asked["q"], "tabs": _tabs(asked, counts), "narrows": choice.narrows,
        "whose": [(label, _link(asked, whose=name), name == asked["whose"]) for name, label in WHOSE.items()],
        "channels": channels, "names": {channel.key: channel.name for channel in channels},
        "tags": list(Tag.objects.order_by("name").values_list("name", flat=True)[:MOST_TAGS]), "colleagues": colleagues(actor),
        "nearest": inbox.nearest(actor, asked["q"]) if asked["q"] and not rows else [],
        "older": f"?{urlencode(query | {'before': further})}" if further else "",
        "newer": f"?{urlencode(query | {'after': back})}" if back else "",
        "climbing": Escalation.objects.visible_to(actor).open().aggregate(all=Count("pk"), mine=Count("pk", filter=Q(manager=actor.person))),
        "meetings": Meeting.objects.visible_to(actor).filter(state=MeetingState.ASKED).count(),
        "by_clock": asked["view"] in BY_CLOCK, "held": listing.in_words(held) if held != 0 else "",
    }  # fmt: skip
    return render(request, "web/desk/list.html", context)


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """What the address asks for; what it cannot ask for is left out. Whoever searches, searches in all."""
    asked = {name: given.get(name, "").replace("\x00", "").strip()[:100] for name in ("view", "whose", "channel", "tag", "q")}  # fmt: skip
    if "view" not in given:
        asked["view"] = "all" if asked["q"] else given.get("from", "")
    if asked["view"] not in (BY_CLOCK | BY_STATE):
        asked["view"] = ""
    if asked["whose"] not in WHOSE:
        asked["whose"] = ""
    return asked


def _link(asked: Mapping[str, str], **other: str) -> str:
    wanted = {**asked, **other}
    # The first view is the one that is not named, but for who searches.
    query = {name: value for name, value in wanted.items() if value or (name == "view" and wanted["q"])}
    return f"?{urlencode(query)}"


def _rows(actor: Actor, view: str, choice: Choice, given: Mapping[str, str], many: bool) -> tuple[list[Row], str, str]:
    where = {"before": given.get("before", ""), "after": given.get("after", ""), "size": PAGE}
    if view in BY_CLOCK:
        clocks = _clocks(actor, _of_those(actor, choice, many))[view].only("due_at")
        due, further, back = pages.cut(clocks, pages.DUE, **where)  # type: ignore[arg-type]
        # Only then with all that is shown of them: else it would be joined to each before they are sorted.
        whole = Clock.objects.shown().in_bulk([clock.pk for clock in due])
        return _about(actor, [whole[clock.pk] for clock in due if clock.pk in whole]), further, back
    state, _label = BY_STATE[view]
    requests = replace(choice, state=state).requests(actor).select_related("asker", "person", "assignee")
    found, further, back = pages.cut(requests, pages.MOVED, **where)  # type: ignore[arg-type]
    owed = Clock.objects.next_by_talk(one.conversation_id for one in found)
    return [Row(one, owed.get(one.conversation_id)) for one in found], further, back


def _about(actor: Actor, clocks: Sequence[Clock]) -> list[Row]:
    """The requests that these clocks are about, in the clocks' order."""
    here = Request.objects.visible_to(actor).filter(conversation__in=[clock.conversation_id for clock in clocks])
    known = {one.conversation_id: one for one in here.select_related("asker", "person", "assignee")}
    return [Row(known[clock.conversation_id], clock) for clock in clocks if clock.conversation_id in known]


def _clocks(actor: Actor, of_those: Q) -> dict[str, ClockQuerySet]:
    """What we owe in requests: each of the three is a range of one index."""
    now = timezone.now()
    owed = Clock.objects.visible_to(actor).open().owed_by(actor.organisation).filter(of_those, case=None)
    return {"": owed, "soon": owed.filter(due_at__gt=now, due_at__lte=now + SOON), "broken": owed.broken(now)}


def _of_those(actor: Actor, choice: Choice, many: bool) -> Q:
    """Of the requests that are asked for. Of many, each clock is asked whether it is of one of them, the soonest first, until a page is full."""
    if not choice.narrows:
        return Q()
    requests = replace(choice, state=State.OPEN).requests(actor)
    if many:
        return Q(Exists(requests.filter(conversation=OuterRef("conversation"))))
    return Q(conversation__in=requests.values("conversation"))


def _counts(actor: Actor, choice: Choice) -> dict[str, int | None]:
    """How many each view holds that somebody has to act on; and how many letters are held."""
    others = {
        "waiting": replace(choice, state=State.WAITING).requests(actor),
        "held": Letter.objects.visible_to(actor).filter(state=Letter.State.HELD),
    }
    clocks = _clocks(actor, _of_those(actor, choice, many=False))
    if not choice.narrows:
        return pages.up_to(actor, {**clocks, **others})
    # In one go: narrowed, none of them is a range of an index, and what the others hold is among the first.
    now = timezone.now()
    soon, broken = Q(due_at__gt=now, due_at__lte=now + SOON), Q(due_at__lte=now)
    found: dict[str, int] = clocks[""].order_by().values("due_at")[: pages.COUNTED + 1].aggregate(
        all=Count("due_at"), soon=Count("due_at", filter=soon), broken=Count("due_at", filter=broken)
    )  # fmt: skip
    if found["all"] > pages.COUNTED:
        return pages.up_to(actor, {**clocks, **others})
    return {"": found["all"], "soon": found["soon"], "broken": found["broken"], **pages.up_to(actor, others)}


def _tabs(asked: Mapping[str, str], counts: Mapping[str, int | None]) -> list[dict[str, Any]]:
    """The views; those that somebody has to act on with how many they hold, as far as is counted."""
    labels = BY_CLOCK | {name: label for name, (_state, label) in BY_STATE.items()}
    return [
        {
            "label": label, "query": _link(asked, view=name), "here": name == asked["view"],
            "count": listing.in_words(counts[name]) if name in counts else "", "number": counts.get(name),
        }
        for name, label in labels.items()
    ]  # fmt: skip


def beside(actor: Actor) -> list[Row]:
    """The requests beside the open one: those that are owed an answer, the soonest first."""
    return _about(actor, list(_clocks(actor, Q())[""].shown().order_by("due_at", "pk")[:20]))


# --- many at once -----------------------------------------------------------------------------------------------------


@at_the_desk
@require_POST
def many(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The same with each of the chosen; what is refused is said with its reason, and stops no other."""
    chosen = request.POST.getlist("cases")[:PAGE]
    what, _colon, value = request.POST.get("what", "").partition(":")
    back = request.POST.get("back", "")
    there = f"{reverse('desk')}{back if back.startswith('?') else ''}"
    act = _MANY.get(what)
    if act is None or not chosen:
        messages.error(request, _("Choose requests in the list, and what to do with them."))
        return redirect(there)
    value = request.POST.get("tags", "") if what == "tag" else value
    done, refused = 0, list[tuple[Request, str]]()
    for one in Request.objects.visible_to(actor).filter(number__in=chosen).shown().order_by("number"):
        try:
            act(one, actor, value)
            done += 1
        except (ValidationError, Refused) as problem:
            refused.append((one, told(problem)))
    if not refused:
        messages.success(
            request, ngettext("Done with {count} request.", "Done with {count} requests.", done).format(count=done)
        )
        return redirect(there)
    return render(request, "web/desk/many.html", {"done": done, "refused": refused, "there": there}, status=422)


def person_called(actor: Actor, public_id: str) -> Person | None:
    """A colleague by id; nobody for none. Raises `ValidationError` for one who is not here."""
    if not public_id:
        return None
    found = next((person for person in colleagues(actor) if person.public_id == public_id), None)
    if found is None:
        raise ValidationError({"assignee": _("Choose someone who belongs to your organisation.")})
    return found


def _add_tags(one: Request, actor: Actor, names: str) -> None:
    if not names.strip():
        raise ValidationError({"tags": _("Say which tags.")})
    one.tag([*one.tags.values_list("name", flat=True), *names.split(",")], by=actor)


_MANY: dict[str, Callable[[Request, Actor, str], None]] = {
    "assign": lambda one, actor, value: one.assign(person_called(actor, value), by=actor),
    "move": lambda one, actor, value: one.move_to(value, by=actor),
    "tag": _add_tags,
    "close": lambda one, actor, _value: one.close(by=actor),
}


# --- saved answers, and who looks after what --------------------------------------------------------------------------


@at_the_desk
def answers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them, and a form for another one."""
    return _answers(request, actor, None)


@at_the_desk
def answer(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """One of them: its words can be changed, and it can be removed."""
    found = get_object_or_404(SavedAnswer.objects.visible_to(actor), public_id=public_id)
    if request.method == "POST" and request.POST.get("do") == "remove":
        found.remove(by=actor)
        messages.success(request, _("“{title}” is removed.").format(title=found.title))
        return redirect("saved-answers")
    return _answers(request, actor, found)


def _answers(request: HttpRequest, actor: Actor, of: SavedAnswer | None) -> HttpResponse:
    given = {name: getattr(of, name, "") for name in ("title", "body", "channel")}
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in given}
        try:
            kept = SavedAnswer.keep(by=actor, of=of, **given)
        except ValidationError as problem:
            problems = problem.message_dict
        else:
            messages.success(request, _("“{title}” is kept.").format(title=kept.title))
            return redirect("saved-answers")
    context = {
        "answers": [] if of else list(SavedAnswer.objects.visible_to(actor)), "one": of, "given": given, "problems": problems,
        "channels": (channels := request_channels()), "names": {channel.key: channel.name for channel in channels},
        "placeholders": [(f"{{{name}}}", label) for name, label in PLACEHOLDERS.items()],
    }  # fmt: skip
    return render(request, "web/desk/answers.html", context, status=422 if problems else 200)


@at_the_desk
def teams(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who looks after which channel; admins say so."""
    if request.method == "POST":
        named = set(request.POST.getlist("people"))
        people = [person for person in colleagues(actor) if person.public_id in named]
        try:
            Duty.give(request.POST.get("channel", ""), people, by=actor)
            messages.success(request, _("Saved."))
        except (ValidationError, Refused) as problem:
            messages.error(request, told(problem))
        return redirect("teams")
    here, on_duty = colleagues(actor), dict[str, set[int]]()
    for channel, person in Duty.objects.filter(organisation=actor.organisation).values_list("channel", "person"):
        on_duty.setdefault(channel, set()).add(person)
    rows = [
        (channel, [(person, person.pk in on_duty.get(channel.key, ())) for person in here])
        for channel in request_channels()
    ]
    return render(request, "web/desk/teams.html", {"rows": rows, "may": actor.may_administer})
