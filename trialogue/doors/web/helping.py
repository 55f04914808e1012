"""Ask for help: the one right place for what somebody has on their mind, and the form that asks there, with or without an account."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from trialogue.articles.models import FALLBACK
from trialogue.articles.search import Found, suggest
from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.channels import advice as advising
from trialogue.channels.advice import Advice
from trialogue.channels.models import Edition
from trialogue.channels.rules import EVERYONE, Channel, Item, Rules, Who
from trialogue.clocks.models import Clock, Policy
from trialogue.clocks.proposing import if_asked
from trialogue.conversations.messages import LONGEST_MESSAGE
from trialogue.conversations.models import Document, KeyReused
from trialogue.doors.web.carrying import carried
from trialogue.escalations.standing import manager_of
from trialogue.lib.redact import Finding
from trialogue.people.models import Actor, Refused, Visitor
from trialogue.people.places import zones
from trialogue.people.typed import cleaned
from trialogue.requests import include
from trialogue.requests.models import LONGEST_SUBJECT, FailedCall, Request, Turned, who_is_asking

if TYPE_CHECKING:
    from trialogue.channels.hearing import Heard

LONGEST_WORDS = 4_000  # of what somebody says to be shown the way
SHOWN = 8
FEW = 4  # optional lines that stand open in a form
AROUND = 40  # characters to each side of what would be masked
# So many seconds a person needs at least to fill in the form; how often one may ask without an account is in the settings.
QUICKEST, LONGEST = 3, 24 * 3600
_STAMPS = Signer(salt="trialogue.help")
# Who somebody without an account, or not signed in, says they are.
ASKERS: dict[Who, Any] = {
    "public": gettext_lazy("Not with us yet"),
    "client": gettext_lazy("A client"),
    "referred_client": gettext_lazy("A client who came by a referral partner"),
    "collection_partner": gettext_lazy("A collection partner"),
    "referral_partner": gettext_lazy("A referral partner"),
}


@dataclass
class Field:
    """One line of a form, as the page shows it."""

    name: str
    label: str
    kind: str = "line"
    value: str = ""
    choices: Sequence[str] = ()
    needed: bool = False
    hint: str = ""
    wrong: Sequence[str] = ()
    autocomplete: str = "off"


@dataclass
class Draft:
    """What stands in the form: words, items, and what is carried along."""

    given: Mapping[str, str]
    items: tuple[Item, ...]
    keep: list[str] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)
    files: list[Document] = field(default_factory=list)
    calls: Sequence[FailedCall] = ()
    picked: FailedCall | None = None

    def say(self, name: str) -> str:
        return self.given.get(name, "")

    @property
    def form(self) -> dict[str, str]:
        return {item.key: self.say(item.key) for item in self.items if self.say(item.key).strip()}

    @property
    def texts(self) -> dict[str, str]:
        """What is searched for personal data and secrets."""
        written = {item.key for item in self.items if item.kind in include.WRITTEN}
        return {name: self.say(name) for name in ("subject", "body", *written) if self.say(name)}


# --- where it belongs -------------------------------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest) -> HttpResponse:
    """Who are you, and what is it about? One's own words, or a situation out of a list; and the one place where it belongs."""
    by, own = asking(request)
    if own is None:
        return redirect("home")
    rules, now = Edition.in_force().rules, timezone.now()
    given = request.POST or request.GET
    who = own if isinstance(by, Actor) else next((one for one in EVERYONE if one == given.get("as")), own)
    text, chosen = given.get("text", "").strip()[:LONGEST_WORDS], given.get("situation", "")
    heard = _hear(text) if text and not chosen else None
    manager = manager_of(by) if isinstance(by, Actor) and who == "referral_partner" else None
    advice = advising.advise(rules, who, heard.situation if heard else chosen, launched=manager is not None)
    case = _case(by, given.get("case", ""))
    promised = _promised(now)
    context = {
        "canonical": settings.BASE_URL + reverse("help"), "rules": rules, "manager": manager, "text": text, "heard": heard, "advice": advice, "case": case, "longest": LONGEST_WORDS,
        "who": who, "own": own, "askers": () if isinstance(by, Actor) else ASKERS.items(),
        "clock": if_asked(advice, case, now) if advice else None,
        "suggested": may_answer(by, text or (str(advice.situation.says) if advice and advice.situation else "")),
        "promised": promised.get(_promise(advice)) if advice else None,
        "unclear": bool(text or chosen) and advice is None,
        "situations": [one for one in rules.situation if one.channel_for(who) and who in one.offered_to],
        # What is promised of a person is promised to whoever climbs to them, not to every mail they get.
        "channels": [
            (channel, promised.get(channel.promise) if channel.way != "person" else None)
            for channel in advising.channels_for(rules, who) if channel.way != "none"
        ],
        "never": [channel for channel in rules.channel if channel.way == "none"],
        "mine": Request.objects.visible_to(by).order_by("-moved_at", "-pk")[:5] if isinstance(by, Actor) else (),
    }  # fmt: skip
    return page(request, "web/requests/help.html", context)


def may_answer(by: Actor | Visitor | None, text: str) -> list[Found]:
    """Articles that may answer it now."""
    return suggest(by, text, get_language() or FALLBACK) if text.strip() else []


def _hear(text: str) -> Heard:
    # Brings numpy and is learned at first use: not for a house that is never asked.
    from trialogue.channels import hearing

    return hearing.hear(text)


def _promised(now: datetime) -> dict[str, Policy]:
    """The promises in force, by name."""
    found = Policy.objects.filter(effective_from__lte=now).order_by("effective_from", "version")
    return {policy.promise: policy for policy in found}


def _promise(advice: Advice) -> str:
    """Whoever works a case asks its client there."""
    asks_client = advice.channel.way == "case" and advice.who == "collection_partner"
    return "supply" if asks_client else advice.channel.promise


def asking(request: HttpRequest) -> tuple[Actor | Visitor, Who | None]:
    """Who is at the door, and as whom the policy knows them; None for the operator. Who belongs nowhere asks as the public does."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    by = actor if actor else Visitor(language=get_language() or "", zone=request.POST.get("zone", ""))
    return by, who_is_asking(by)


def _case(by: Actor | Visitor, reference: str) -> Case | None:
    reference = reference.strip().upper()
    if not isinstance(by, Actor) or not (len(reference) == 8 and reference.isascii() and reference.isalnum()):
        return None
    return Case.objects.visible_to(by).with_parties().filter(reference=reference).first()


# --- asking there -----------------------------------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, channel: str) -> HttpResponse:
    """The form of a channel. Before it is sent, the page shows what will be masked, and whether a case would be the better place."""
    by, who = asking(request)
    if who is None:
        return redirect("home")
    rules = Edition.in_force().rules
    told = rules.taking_requests(channel)
    if told is None:
        raise Http404
    draft = _draft(request, by, rules.items_of(told, who))
    advice = advising.redirect(rules, who, channel, draft.say("situation"))
    if advice is None or advice.instead_of:
        return page(request, "web/requests/turned.html", {"advice": advice, "chosen": told, "draft": draft})
    if request.method != "POST" or request.POST.get("do") != "send" or draft.picked:
        return _form(request, by, advice, draft)
    case = _check(request, by, draft)
    if not draft.problems and not request.POST.get("reviewed"):
        review = _review(by, who, rules, draft, case)
        if review:
            return page(
                request, "web/requests/review.html", {"draft": draft, "advice": advice, "files": draft.files, **review}
            )
    if not draft.problems and not isinstance(by, Actor) and not _may_ask_now(request, draft):
        return _form(request, by, advice, draft, status=429)
    if not draft.problems and (opened := _open(by, told, draft, case)):
        messages.success(request, _("Sent. Your request has the number {number}.").format(number=opened))
        return redirect("request", opened.number) if opened.asker_id else redirect("visited", opened.secret)
    return _form(request, by, advice, draft, status=422)


@login_not_required
@require_POST
def hints(request: HttpRequest, channel: str) -> HttpResponse:
    """What stands under the form while somebody writes: what may answer it now, and a better place if it surely has one. Nothing is kept."""
    by, who = asking(request)
    rules = Edition.in_force().rules
    told = rules.taking_requests(channel)
    if who is None or told is None:
        raise Http404
    text = f"{request.POST.get('subject', '')}\n{request.POST.get('body', '')}"[:LONGEST_WORDS]
    return page(request, "web/requests/hints.html", _hints(by, who, rules, told, text))


def _hints(by: Actor | Visitor, who: Who, rules: Rules, channel: Channel, text: str) -> dict[str, Any]:
    """Pages that answer at once stand among the articles, so a better place is one where somebody answers."""
    here = {one.key for one in rules.inbox_of(channel)}
    heard = advising.surely_elsewhere(rules, who, text, lambda place: place.key in here or place.way == "site")
    launched = heard is not None and who == "referral_partner" and isinstance(by, Actor) and manager_of(by) is not None
    better = advising.advise(rules, who, heard.situation, launched=launched) if heard else None
    told: dict[str, Any] = {"suggested": may_answer(by, text)}
    if better is None or better.channel.key in here:
        return told
    cases = _cases(by)[:FEW] if better.channel.way == "case" else ()
    clock = if_asked(better, None, timezone.now())
    return {**told, "better": better, "heard": heard, "text": text, "better_cases": cases, "better_clock": clock}


def _open(by: Actor | Visitor, channel: Channel, draft: Draft, case: Case | None) -> Request | None:
    """Sends it. What is wrong with it stands in the draft afterwards."""
    try:
        return Request.open(
            by=by, channel=channel.key, situation=draft.say("situation"), subject=draft.say("subject"), body=draft.say("body"),
            form=draft.form, case=case, name=draft.say("name"), email=draft.say("email"), documents=draft.files, keep=draft.keep,
            key=draft.say("key"),
        )  # fmt: skip
    except ValidationError as problem:
        draft.problems |= problem.message_dict
    except KeyReused:  # someone went back to a page that had sent something else
        draft.problems[""] = [
            _("Something else was sent from this page before. Your words are kept: send them once more.")
        ]
        draft.given = {**draft.given, "key": _new_key()}
    except (Refused, Turned) as problem:
        draft.problems[""] = [str(problem)]
    return None


def _draft(request: HttpRequest, by: Actor | Visitor, items: tuple[Item, ...]) -> Draft:
    """As it was typed; at first with what is known already."""
    names = (
        "subject",
        "body",
        "situation",
        "case",
        "name",
        "email",
        "key",
        "stamp",
        "zone",
        *(item.key for item in items),
    )
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in names}
    else:
        given = {"situation": request.GET.get("situation", ""), "case": request.GET.get("case", "")}
    given["body"] = given.get("body") or (request.POST or request.GET).get("text", "")[:LONGEST_MESSAGE]
    given["key"] = given.get("key") or _new_key()
    given["stamp"] = given.get("stamp") or _stamp()
    for item in items:
        if item.known and item.key not in request.POST:
            given[item.key] = _known(by, item, given["case"])
    calls = _calls(by, items)
    picked = next((call for call in calls if call.public_id == request.POST.get("call")), None)
    if picked:
        asked_for, typed = {item.key for item in items}, {"error_message": given.get("error_message")}
        given |= {key: typed.get(key) or value for key, value in picked.facts.items() if key in asked_for}
    files = carried(request, by)
    problems = {"documents": files.wrong} if files.wrong else {}
    keep = request.POST.getlist("keep")[:500]
    return Draft(given, items, keep, problems, files.documents, calls, picked)


def _calls(by: Actor | Visitor, items: tuple[Item, ...]) -> Sequence[FailedCall]:
    """What failed of the calls of our programs, where a call may be asked about."""
    if not isinstance(by, Actor) or all(item.key != "endpoint" for item in items):
        return ()
    return list(FailedCall.objects.visible_to(by)[:SHOWN])


def _known(by: Actor | Visitor, item: Item, case: str) -> str:
    """What the system fills in itself."""
    if item.kind == "case":
        return case
    if item.key == "environment":
        return by.environment
    return by.organisation.name if item.key == "partner" and by.organisation else ""


def _stamp() -> str:
    """When the form was opened."""
    return _STAMPS.sign(str(int(timezone.now().timestamp())))


def _new_key() -> str:
    return secrets.token_urlsafe(12)


def _check(request: HttpRequest, by: Actor | Visitor, draft: Draft) -> Case | None:
    """Whatever can be told before it is sent goes to the problems of the draft. Answers the case it is about."""
    if not draft.say("body").strip():
        draft.problems["body"] = [_("Write something first.")]
    if not draft.say("subject").strip():
        draft.problems["subject"] = [_("Say in a few words what it is about.")]
    try:
        include.checked(draft.items, draft.say("situation"), draft.form, draft.keep)
    except ValidationError as problem:
        draft.problems |= problem.message_dict
    if not isinstance(by, Actor):
        _must_be_a_person(request, draft)
        return None
    typed = next((item.key for item in draft.items if item.kind == "case"), "case")
    case = _case(by, draft.say(typed))
    if draft.say(typed).strip() and case is None:
        draft.problems[typed] = [_("You have no case of this reference. Check it, or leave it empty.")]
    return case


def _must_be_a_person(request: HttpRequest, draft: Draft) -> None:
    """A field that nobody sees stays empty, and nobody types a question in no time. A person who is caught is told how to go on."""
    if request.POST.get("website"):
        draft.problems[""] = [_("This looks as if a program had filled it in. Load the page again, and write by hand.")]
        return
    now = timezone.now().timestamp()
    try:
        since = now - int(_STAMPS.unsign(draft.say("stamp")))
    except BadSignature:
        since = LONGEST
    if since < QUICKEST:
        draft.problems[""] = [_("That was very quick. Read your words once more, then send them.")]
    elif since >= LONGEST:
        draft.given = {**draft.given, "stamp": _stamp()}
        draft.problems[""] = [_("This page has been open for long. Your words are kept: send them once more.")]


def _may_ask_now(request: HttpRequest, draft: Draft) -> bool:
    """Who has no account asks only so often in an hour, by address and by network."""
    if ratelimit.consume(request, action="help", key=draft.say("email").strip().lower()):
        return True
    said = _("So many requests came from this address or network that we take no more for now. Nothing was sent, and your words are kept: try again in an hour, or write to us by mail.")  # fmt: skip
    draft.problems[""] = [said]
    return False


# --- what the pages show ----------------------------------------------------------------------------------------------


def _form(
    request: HttpRequest, by: Actor | Visitor, advice: Advice, draft: Draft, *, status: int = 200
) -> HttpResponse:
    rules = Edition.in_force().rules
    lines = [_field(item, advice, draft) for item in advice.include]
    named = {field.name for field in lines}
    folded = _folded(lines)
    context = {
        "advice": advice, "draft": draft, "about": _about(by, draft), "lines": [one for one in lines if one not in folded], "folded": folded,
        # What was typed, picked or is wrong there is in sight.
        "unfolded": bool(draft.picked) or any(one.wrong or (one.value and not _is_known(advice, one)) for one in folded), "include": rules.includes.get(advice.channel.include),
        "other": [(name, said) for name, said in draft.problems.items() if name not in named],
        **_hints(by, advice.who, rules, advice.channel, f"{draft.say('subject')}\n{draft.say('body')}"),
        "longest": {"subject": LONGEST_SUBJECT, "body": LONGEST_MESSAGE},
        "clock": if_asked(advice, None, timezone.now()),
        "cases": _cases(by) if any(field.kind == "case" for field in lines) else (),
    }  # fmt: skip
    return page(request, "web/requests/ask.html", context, status=status)


def _folded(lines: list[Field]) -> list[Field]:
    """What can be left out, where it is more than a few: nobody reads nine lines about calls to say that they cannot sign in."""
    optional = [one for one in lines if not one.needed and not (one.kind == "case" and one.value)]
    return optional if len(optional) > FEW else []


def _is_known(advice: Advice, line: Field) -> bool:
    return any(item.known for item in advice.include if item.key == line.name)


def _about(by: Actor | Visitor, draft: Draft) -> list[Field]:
    """The lines that every form has."""
    lines = [
        Field("subject", _("Subject"), hint=_("In a few words")),
        Field("body", _("What it is about"), "text", hint=_("What you did, what happened, what you expected.")),
    ]
    if not isinstance(by, Actor):
        reach = _("We answer to this address, and send the link to your request there.")
        lines += [
            Field("name", _("Your name"), autocomplete="name"),
            Field("email", _("Your e-mail address"), "email", hint=reach, autocomplete="email"),
        ]
    for line in lines:
        line.needed, line.value, line.wrong = True, draft.say(line.name), draft.problems.get(line.name, ())
    return lines


def _field(item: Item, advice: Advice, draft: Draft) -> Field:
    now = _("It is {now} there now.").format(now=f"{datetime.now(UTC):%Y-%m-%d %H:%M}") if item.kind == "moment" else ""
    return Field(
        item.key, item.says, item.kind, draft.say(item.key), item.choices, advice.must_have(item), now,
        wrong=draft.problems.get(item.key, ()),
    )  # fmt: skip


def _review(by: Actor | Visitor, who: Who, rules: Rules, draft: Draft, case: Case | None) -> dict[str, Any] | None:
    """What is to be looked at before it is sent; None when there is nothing."""
    found = include.findings(draft.texts)
    elsewhere = _about_a_case(by, who, rules, f"{draft.say('subject')}\n{draft.say('body')}")
    if not found and elsewhere is None:
        return None
    cases = ([case] if case else _cases(by)) if elsewhere else ()
    labels = {line.name: line.label for line in _about(by, draft)} | {item.key: item.says for item in draft.items}
    return {
        "findings": once(found, draft.texts, labels),
        "elsewhere": elsewhere,
        "cases": cases,
        "hidden": _carried(draft),
    }


def _about_a_case(by: Actor | Visitor, who: Who, rules: Rules, text: str) -> Heard | None:
    """What a text is about, if surely a case: that is for the case's conversation."""
    return (
        advising.surely_elsewhere(rules, who, text, lambda place: place.way != "case")
        if isinstance(by, Actor)
        else None
    )


@dataclass(frozen=True)
class Hint:
    """Words in the conversation of a case that are for the operator: where they belong, and by when they are answered there."""

    advice: Advice
    heard: Heard
    clock: Clock | None


def for_the_operator(by: Actor, text: str) -> Hint | None:
    """None for words that belong in a case, may belong there, or belong where no request is taken. Nothing of them is kept."""
    who, rules = who_is_asking(by), Edition.in_force().rules
    heard = advising.surely_elsewhere(rules, who, text, lambda place: place.way == "case") if who else None
    told = (
        advising.advise(rules, who, heard.situation, launched=who == "referral_partner" and manager_of(by) is not None)
        if who and heard
        else None
    )
    if who is None or heard is None or told is None:
        return None
    asked = next((place for place in (told.channel, told.further) if place and place.takes_requests), None)
    advice = advising.redirect(rules, who, asked.key, heard.situation) if asked else None
    return Hint(advice, heard, if_asked(advice, None, timezone.now())) if advice else None


@dataclass(frozen=True)
class Standing:
    """What would be masked, and the words around it in its line, by which whoever typed it knows which it is."""

    finding: Finding
    where: str  # the line of the form
    before: str
    after: str


def once(found: Mapping[str, Sequence[Finding]], texts: Mapping[str, str], labels: Mapping[str, str]) -> list[Standing]:
    """Each value once, where it stands first. `labels` are those of the lines; what has none needs none."""
    first: dict[str, Standing] = {}
    for name, findings in found.items():
        text = cleaned(texts[name])
        for one in findings:
            before = _with_masks(text, findings, max(0, one.start - AROUND), one.start).rpartition("\n")[2]
            after = _with_masks(text, findings, one.end, one.end + AROUND).partition("\n")[0]
            first.setdefault(one.id, Standing(one, labels.get(name, ""), before, after))
    return list(first.values())


def _with_masks(text: str, findings: Sequence[Finding], start: int, end: int) -> str:
    """A stretch of the text, with what was found in it masked."""
    said, at = "", start
    for one in findings:
        if one.end > at and one.start < end:
            said, at = said + text[at : max(at, one.start)] + one.instead, one.end
    return said + text[at:end]


def _carried(draft: Draft) -> list[tuple[str, str]]:
    return [(name, value) for name, value in draft.given.items() if value]


def _cases(by: Actor | Visitor) -> Sequence[Case]:
    """The cases that somebody may be asking about: those in work, the last moved first."""
    if not isinstance(by, Actor):
        return ()
    mine = Case.objects.visible_to(by).exclude(state__in=(State.CLOSED, State.MERGED)).exclude(partner=None)
    return list(mine.order_by("-moved_at", "-pk")[:SHOWN])


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """In the frame of whoever asks: with the menu for those who have signed in; for others in their browser's zone, as far as it says so."""
    if request.actor:  # type: ignore[attr-defined]
        return render(request, template, {**context, "base": "web/base.html"}, status=status)
    zone = request.POST.get("zone", "")
    with timezone.override(ZoneInfo(zone)) if zone in zones() else nullcontext():
        return render(request, template, {**context, "base": "web/requests/public.html"}, status=status)
