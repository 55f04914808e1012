"""How letters are said on the operator's pages: what became of them, why, and what is known of who sent them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from trialogue.doors.mail.models import Health, Mailbox
from trialogue.doors.web.templatetags.trialogue import duration
from trialogue.letters.models import Letter, State
from trialogue.letters.route import PROBLEMS, REASONS, Proof
from trialogue.lib.mailtext import Authentication

register = template.Library()
LOOKS = {
    State.ARRIVED: "new", State.HELD: "waits", State.FAILED: "failed", State.REFUSED: "closed", State.NOTED: "closed",
    State.FILED: "active",
}  # fmt: skip
# What it means that a letter stands where it stands: by its reason, else by its state.
MEANS: dict[str, Any] = {
    "unproven": gettext_lazy(
        "Anybody can write any address above a mail. That this one is theirs was not confirmed, so nothing was said in their name."
    ),
    "forged": gettext_lazy(
        "The owner of the sender's domain says that mail like this is not theirs. Release it only if you have asked the sender in another way."
    ),
    "not_theirs": gettext_lazy(
        "Each person has an address of their own for answers. Somebody else used this one: perhaps the same person from another mailbox, perhaps whoever the mail was passed on to."
    ),
    "lost_token": gettext_lazy("It was cut short on its way, or somebody tries out addresses."),
    "no_sender": gettext_lazy("Without an address there is nobody it could be from."),
    "unanswerable": gettext_lazy(
        "Mail programs write it otherwise, or it is broken. A request would have nobody to answer; perhaps the letter names another way."
    ),
    "no_address": gettext_lazy(
        "It lay in one of our mailboxes, but none of the addresses of a channel stands in it. Perhaps it was a blind copy."
    ),
    "from_us": gettext_lazy("Our own people ask nothing of themselves: answer on the desk."),
    "flood": gettext_lazy("What one sender writes in great number within an hour waits for somebody to look at it."),
    "closed_to": gettext_lazy("The channel it was written to is not for its sender, and no other one is."),
    "empty": gettext_lazy("There is nothing in it that could be said or answered."),
    "too_large": gettext_lazy("Only its first lines are kept here."),
    "broken_off": gettext_lazy(
        "Only its first lines are kept here. Read it in its mailbox, or save it there as a file and hand that in."
    ),
    State.ARRIVED: gettext_lazy("It is kept, and will be read in a moment."),
    State.NOTED: gettext_lazy("What a machine writes starts no clock, stops none, and gets no answer."),
    State.REFUSED: gettext_lazy("Nothing came of it."),
    State.FAILED: gettext_lazy("It is kept whole. When the cause is mended, have it read again."),
    State.FILED: gettext_lazy("What it says stands where it belongs."),
}
DOORS: dict[str, Any] = {
    "imap": gettext_lazy("out of a mailbox"), "lmtp": gettext_lazy("from our mail server"), "pipe": gettext_lazy("from the command line"),
    "api": gettext_lazy("by API"), "demo": gettext_lazy("from the demo"),
}  # fmt: skip
PROOFS: dict[Proof, tuple[Any, str]] = {
    "proven": (gettext_lazy("Proven"), "active"),
    "refuted": (gettext_lazy("Says it is not them"), "failed"),
    "unknown": (gettext_lazy("Not proven"), "waits"),
}
CHECKS = (
    ("spf", gettext_lazy("Sent by a server of that domain (SPF)")),
    ("dkim", gettext_lazy("Signed by that domain, unchanged since (DKIM)")),
    ("dmarc", gettext_lazy("Fits the sender it shows (DMARC)")),
)
HEALTH: dict[Health, tuple[str, Any]] = {
    Health.FINE: ("active", ""),
    Health.LATE: ("waits", gettext_lazy("A worker holds it, and its server is slow to answer.")),
    Health.TROUBLE: ("failed", gettext_lazy("It is tried again by itself, at the latest every five minutes.")),
    Health.UNREAD: ("failed", gettext_lazy("No worker runs that knows of it: start one, or name it in TRIALOGUE_MAILBOXES.")),
}  # fmt: skip
RESULTS: dict[str, Any] = {
    "pass": gettext_lazy("yes"), "fail": gettext_lazy("no"), "softfail": gettext_lazy("rather not"),
    "none": gettext_lazy("the domain does not say"), "neutral": gettext_lazy("the domain does not say"),
    "temperror": gettext_lazy("could not be checked"), "permerror": gettext_lazy("could not be checked"),
}  # fmt: skip


@register.filter
def letter_badge(letter: Letter) -> SafeString:
    state = State(letter.state)
    return format_html('<span class="state state--{}">{}</span>', LOOKS[state], str(state.label).capitalize())


@register.filter
def means(letter: Letter) -> str:
    return str(MEANS.get(letter.reason) or MEANS[letter.state])


@register.filter
def door_words(letter: Letter) -> str:
    return str(DOORS.get(letter.door) or _("by {provider}").format(provider=letter.door))


@register.filter
def sender_words(letter: Letter) -> str:
    return letter.sender_name or letter.sender or _("nobody named")


@register.filter
def proof_badge(proof: Proof) -> SafeString:
    words, look = PROOFS[proof]
    return format_html('<span class="state state--{}">{}</span>', look, words)


@register.filter
def checked(told: Authentication) -> list[tuple[Any, str, str]]:
    """Each check with its result in words and the domain that was checked."""
    rows = []
    for method, says in CHECKS:
        result = told.result(method)
        domain = next((one.domain for one in told.verdicts if (one.method, one.result) == (method, result)), "")
        rows.append((says, str(RESULTS.get(result, result) if result else _("not checked")), domain))
    return rows


@register.filter
def reason_words(reason: str) -> str:
    return str(REASONS.get(reason, reason))


@register.filter
def health_badge(health: Health) -> SafeString:
    return format_html('<span class="state state--{}">{}</span>', HEALTH[health][0], str(health.label).capitalize())


@register.filter
def health_means(health: Health) -> str:
    return str(HEALTH[health][1])


@register.filter
def behind(mailbox: Mailbox, now: datetime) -> str:
    """How long ago it was looked into last."""
    ago = max(timedelta(0), now - (mailbox.last_ok_at or now))
    if ago < timedelta(minutes=2):
        seconds = int(ago.total_seconds())
        return ngettext("{seconds} second ago", "{seconds} seconds ago", seconds).format(seconds=seconds)
    return _("{span} ago").format(span=duration(ago, days=False))


@register.filter
def problem_words(code: str) -> str:
    return str(PROBLEMS[code])
