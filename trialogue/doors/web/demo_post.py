"""The demo's way to write to us by mail, where there is no mail server: a letter as its sender's program would have sent it."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from trialogue.channels.models import Edition
from trialogue.doors.web import demo
from trialogue.letters.models import Letter
from trialogue.people.models import Person

LONGEST = 20_000


@demo.only_in_demo
@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """A new letter of whoever is signed in, or an answer to one of the outgoing mails, by whoever got it."""
    given, name = request.POST, request.POST.get("answers", "")
    text = given.get("text", "").strip()[:LONGEST]
    back = redirect("demo-mail-one", name) if name else redirect("demo-mail")
    if not text:
        messages.error(request, _("Write something first."))
        return back
    letter = _answer(name) if name else _new(request.user, given.get("to", ""), given.get("subject", ""))
    letter["Date"], letter["Message-ID"] = format_datetime(timezone.now()), make_msgid(domain="mail.example")
    letter.set_content(text)
    Letter.keep(letter.as_bytes(), door="demo")
    messages.success(request, _("Your mail has arrived. It is read in a moment, and stands where it belongs."))
    return back


def _new(person: Any, to: str, subject: str) -> EmailMessage:
    assert isinstance(person, Person)
    channel = Edition.in_force().rules.at_address(to)
    if channel is None or not channel.takes_requests:
        raise Http404
    return _letter(formataddr((person.name, person.email)), to, " ".join(subject.split())[:200])


def _answer(name: str) -> EmailMessage:
    mail = demo.read(name)
    if not mail["Reply-To"]:
        raise Http404
    subject = " ".join(str(mail["Subject"] or "").split())
    letter = _letter(
        str(mail["To"]), str(mail["Reply-To"]), subject if subject.startswith("Re: ") else f"Re: {subject}"
    )
    ours = str(mail["Message-ID"])
    letter["In-Reply-To"], letter["References"] = ours, f"{mail['References'] or ''} {ours}".strip()
    return letter


def _letter(sender: str, to: str, subject: str) -> EmailMessage:
    """As it comes in by the mail server whose word we take for who wrote it."""
    letter = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2]
    letter["Authentication-Results"] = f"{settings.MAIL_TRUST}; dmarc=pass header.from={domain}"
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    return letter
