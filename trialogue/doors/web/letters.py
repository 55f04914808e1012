"""Letters on the operator's pages: what has come by mail, why it stands where it stands, and what a person decides about it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from trialogue.cases import timeline
from trialogue.channels.models import Edition
from trialogue.conversations.documents import SHUT
from trialogue.doors.mail.models import Health, Mailbox
from trialogue.doors.web import listing
from trialogue.doors.web.desk import at_the_desk, told
from trialogue.doors.web.templatetags.trialogue import when
from trialogue.events import tail
from trialogue.events.models import Event
from trialogue.letters import filing, knowing
from trialogue.letters.models import Alias, Letter, State
from trialogue.letters.route import Open
from trialogue.lib import clamd, filekind
from trialogue.lib.mailtext import Document, Parsed, parse
from trialogue.lists import pages
from trialogue.people.models import Actor, Refused

PAGE, HISTORY, ADDRESSES = 50, 30, 200
HEAD_SHOWN, TEXT_SHOWN = 20_000, 100_000
PICTURES_SHOWN = 10_000_000  # bytes of those that lie in the letter itself
# What the page is looked at by; the first is what somebody has to decide on.
TABS: dict[str, tuple[str, Any]] = {
    "": (State.HELD, gettext_lazy("Held")),
    "failed": (State.FAILED, gettext_lazy("Failed")),
    "refused": (State.REFUSED, gettext_lazy("Refused")),
    "machines": (State.NOTED, gettext_lazy("From machines")),
    "filed": (State.FILED, gettext_lazy("Filed")),
    "all": ("", gettext_lazy("All")),
}
COUNTED = ("", "failed")
# A stranger's HTML stands in a frame that can do nothing, not even follow a link, and loads nothing from elsewhere.
FRAME: dict[str, Any] = {
    "sandbox": True,
    "default-src": ["'none'"],
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
}
WITH_PICTURES = FRAME | {"img-src": ["data:", "https:", "http:"]}


def find(actor: Actor, public_id: str) -> Letter:
    return get_object_or_404(Letter.objects.visible_to(actor).shown(), public_id=public_id)


def read(actor: Actor, public_id: str) -> Letter:
    """To show what it says."""
    found = find(actor, public_id)
    found.note_reading(actor)
    return found


# --- the list ---------------------------------------------------------------------------------------------------------


@at_the_desk
@require_GET
def letters(request: HttpRequest, actor: Actor) -> HttpResponse:
    head, asked = tail.head(), _asked(request.GET)
    here = Letter.objects.visible_to(actor)
    found = here.holding(asked["q"]) if asked["q"] else here
    standing = {view: found.filter(state=state) if state else found for view, (state, _label) in TABS.items()}
    where = {"before": request.GET.get("before", ""), "after": request.GET.get("after", ""), "size": PAGE}
    rows, further, back = pages.cut(standing[asked["view"]].shown(), pages.NEWEST, **where)  # type: ignore[arg-type]
    counts = pages.up_to(actor, {view: standing[view] for view in COUNTED})
    query = _query(asked)
    context = {
        "rows": rows, "asked": asked, "q": asked["q"], "head": head, "tabs": _tabs(asked, counts),
        "unwell": Mailbox.objects.visible_to(actor).unwell(timezone.now()).count(),
        "older": f"?{urlencode(query | {'before': further})}" if further else "",
        "newer": f"?{urlencode(query | {'after': back})}" if back else "",
    }  # fmt: skip
    return render(request, "web/letters/list.html", context)


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """What the address asks for. Whoever searches, searches in all."""
    q = given.get("q", "").replace("\x00", "").strip()[:250]
    view = given.get("view", "all" if q else "")
    return {"q": q, "view": view if view in TABS else ""}


def _query(asked: Mapping[str, str]) -> dict[str, str]:
    # The first view is the one that is not named, but for who searches.
    return {name: value for name, value in asked.items() if value or (name == "view" and asked["q"])}


def _tabs(asked: Mapping[str, str], counts: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [
        {
            "label": label, "query": f"?{urlencode(_query({**asked, 'view': view}))}", "here": view == asked["view"],
            "count": listing.in_words(counts[view]) if view in counts else "", "number": counts.get(view),
        }
        for view, (_state, label) in TABS.items()
    ]  # fmt: skip


# --- one --------------------------------------------------------------------------------------------------------------


@at_the_desk
@require_GET
def letter(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    found, head = read(actor, public_id), tail.head()
    raw = found.raw
    parsed = parse(raw)
    context = {
        "it": found, "parsed": parsed, "text": parsed.text[:TEXT_SHOWN], "is_cut": len(parsed.text) > TEXT_SHOWN,
        "raw_head": _head(raw), "documents": [(one, _refused(one)) for one in parsed.documents],
        "trust": settings.MAIL_TRUST, "proof": knowing.proof_of(parsed, settings.MAIL_TRUST),
        "checks": knowing.told_by(parsed, settings.MAIL_TRUST), "history": _history(actor, found),
        # Only while the worker is at it: to read a large letter anew at whatever happens would be dear.
        "head": head if found.state == State.ARRIVED else "",
    }  # fmt: skip
    if found.state == State.HELD:
        context |= _decision(found, parsed)
    return render(request, "web/letters/one.html", context)


def _decision(found: Letter, parsed: Parsed) -> dict[str, Any]:
    """What would come of its release, and whether its sender's address can be given to somebody."""
    outlook = filing.outlook(found, parsed)
    channel = Edition.in_force().rules.channels[outlook.where.channel] if isinstance(outlook.where, Open) else None
    known = Alias.person_at(found.sender) if found.sender else None
    return {
        "outlook": outlook, "channel": channel, "released": outlook.writer is not None, "known": known,
        "trusts": bool(outlook.writer and found.person and found.sender and not known),
    }  # fmt: skip


def _history(actor: Actor, found: Letter) -> list[timeline.Line]:
    about = Event.objects.visible_to(actor).filter(subject=found.public_id).order_by("-pk")
    return timeline.tell(list(about[:HISTORY]), when)


def _head(raw: bytes) -> str:
    """Its first lines as they came, for whoever wants to see how it travelled."""
    head = re.split(rb"\r?\n\r?\n", raw[:HEAD_SHOWN], maxsplit=1)[0]
    return head.decode("utf-8", "replace").replace("\x00", "")


def _refused(document: Document) -> bool:
    """Whether a file is of a kind that is not accepted: it would not be taken along, and is not handed out by itself."""
    try:
        filekind.judge(document.name, BytesIO(document.content))
    except filekind.Refused:
        return True
    return False


# --- what came, as it came --------------------------------------------------------------------------------------------


@at_the_desk
@require_GET
def original(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """The letter itself, to be kept or read elsewhere."""
    found = read(actor, public_id)
    return _file(found.raw, f"{found.public_id}.eml", "message/rfc822")  # type: ignore[return-value]


@at_the_desk
@require_GET
def document(request: HttpRequest, actor: Actor, public_id: str, number: int) -> HttpResponse:
    """A file that lies in the letter; for as long as the letter is not filed there is no other way to see it."""
    documents = parse(read(actor, public_id).raw).documents
    if number >= len(documents) or _refused(documents[number]):
        raise Http404
    found = documents[number]
    if shut := _shut(found):
        messages.error(request, str(shut))
        return redirect("letter", public_id)
    kind = filekind.judge(found.name, BytesIO(found.content))
    return _file(found.content, found.name, kind.mime)  # type: ignore[return-value]


def _shut(document: Document) -> Any:
    """Why it cannot be handed out, or nothing. What lies in a letter is checked for malware when somebody asks for it."""
    if not settings.CLAMAV:
        return ""
    try:
        return SHUT["found"] if clamd.scan(BytesIO(document.content), clamd.parse(settings.CLAMAV)) else ""
    except (clamd.Away, clamd.Unsure):
        return SHUT["waiting"]


def _file(content: bytes, name: str, mime: str) -> FileResponse:
    """Always as a download, of which no browser makes anything else."""
    response = FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=mime)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]
@at_the_desk
@require_GET
def as_sent(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    """How a mail program would show it; pictures from elsewhere only when they are asked for."""
    found = read(actor, public_id)
    html = parse(found.raw).html
    if html is None:
        raise Http404
    context = {"it": found, "remote": _REMOTE.search(html) is not None, "pictures": request.GET.get("pictures") == "1"}
    return render(request, "web/letters/original.html", context)


@csp(FRAME)  # type: ignore[arg-type]
@xframe_options_sameorigin
@at_the_desk
@require_GET
def frame(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    return _framed(actor, public_id, pictures=False)


@csp(WITH_PICTURES)  # type: ignore[arg-type]
@xframe_options_sameorigin
@at_the_desk
@require_GET
def frame_with_pictures(request: HttpRequest, actor: Actor, public_id: str) -> HttpResponse:
    return _framed(actor, public_id, pictures=True)


def _framed(actor: Actor, public_id: str, *, pictures: bool) -> HttpResponse:
    parsed = parse(read(actor, public_id).raw)
    if parsed.html is None:
        raise Http404
    response = HttpResponse(_FRAME.format(body=_with_pictures(parsed, remote=pictures)))
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


_FRAME = '<!doctype html><meta charset="utf-8"><base target="_blank"><title>…</title><body style="margin:16px">{body}'
_REMOTE = re.compile(r'\bdata-remote-src="([^"]*)"')
_ENCLOSED = re.compile(r'\bdata-document="(\d{1,6})"')
_PICTURES = {"image/png", "image/jpeg", "image/gif"}


def _with_pictures(parsed: Parsed, *, remote: bool) -> str:
    """The HTML with the pictures that lie in the letter, and (`remote`) those from elsewhere. The addresses are escaped already."""
    left = PICTURES_SHOWN

    def enclosed(found: re.Match[str]) -> str:
        nonlocal left
        number = int(found[1])
        one = parsed.documents[number] if number < len(parsed.documents) else None
        kind = _picture(one) if one else ""
        if not (one and kind) or len(one.content) > left:
            return ""
        left -= len(one.content)
        return f'src="data:{kind};base64,{base64.b64encode(one.content).decode()}"'

    html = _ENCLOSED.sub(enclosed, parsed.html or "")
    return _REMOTE.sub(r'src="\1"', html) if remote else html


def _picture(document: Document) -> str:
    """What kind of picture it is, whatever its name says; "" for what is none."""
    for extension in ("png", "jpg", "gif"):
        try:
            kind = filekind.judge(f"x.{extension}", BytesIO(document.content)).mime
        except filekind.Refused:
            continue
        return kind if kind in _PICTURES else ""
    return ""


# --- what a person decides --------------------------------------------------------------------------------------------


@at_the_desk
@require_POST
def act(request: HttpRequest, actor: Actor, public_id: str, what: str) -> HttpResponse:
    """One of the acts below; what is refused is said on the page, and nothing was changed."""
    found, chosen = find(actor, public_id), ACTS.get(what)
    if chosen is None:
        raise Http404
    do, said = chosen
    try:
        do(found, actor)
    except Refused as problem:
        messages.error(request, told(problem))
        return redirect("letter", found.public_id)
    messages.success(request, str(said).format(subject=found.subject or _("Letter without a subject")))
    return redirect("letter", found.public_id) if what == "replay" else _next(actor, found)


def _next(actor: Actor, found: Letter) -> HttpResponse:
    """Whoever has decided on one goes on with the next that is held."""
    held = Letter.objects.visible_to(actor).filter(state=State.HELD)
    following = held.filter(pk__lt=found.pk).order_by("-pk").first() or held.order_by("-pk").first()
    return redirect("letter", following.public_id) if following else redirect("letters")


ACTS: dict[str, tuple[Callable[[Letter, Actor], None], Any]] = {
    "release": (lambda one, actor: one.release(by=actor), gettext_lazy("“{subject}” is released.")),
    "trust": (
        lambda one, actor: one.release(by=actor, trust=True),
        gettext_lazy("“{subject}” is released, and its sender's address is trusted."),
    ),
    "refuse": (lambda one, actor: one.refuse(by=actor), gettext_lazy("“{subject}” is refused. Nobody is told.")),
    "replay": (lambda one, actor: one.replay(by=actor), gettext_lazy("“{subject}” is being read again.")),
}


# --- where they come from ---------------------------------------------------------------------------------------------


@at_the_desk
@require_GET
def mailboxes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How each mailbox is that a worker reads, or has read: what ails first, then by name."""
    now = timezone.now()
    found = [(one, one.health(now)) for one in Mailbox.objects.visible_to(actor).order_by("name")]
    found.sort(key=lambda each: each[1] == Health.FINE)
    return render(request, "web/letters/mailboxes.html", {"rows": found, "now": now, "head": tail.head()})


# --- addresses that somebody has vouched for --------------------------------------------------------------------------


@at_the_desk
def addresses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Which other addresses are whose; posted, one that is no longer theirs."""
    here = Alias.objects.visible_to(actor).shown()
    if request.method == "POST":
        ended = get_object_or_404(here, address=request.POST.get("address", "").replace("\x00", ""))
        ended.end(by=actor)
        messages.success(request, _("{address} is no longer taken as {name}'s.").format(address=ended.address, name=ended.person))  # fmt: skip
        return redirect("trusted-addresses")
    context = {"head": tail.head(), "rows": list(here.order_by("-pk")[:ADDRESSES])}
    return render(request, "web/letters/addresses.html", context)
