"""What came by mail: what became of it, and what the operator decides about it; addresses that somebody has vouched for."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.doors.api import letter_examples as examples
from trialogue.doors.api import letter_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, created, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.letter_shapes import alias_shape, letter_shape, mailbox_shape, whole_letter_shape
from trialogue.doors.api.messages import author_of
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.schemas import Text
from trialogue.doors.api.shapes import address
from trialogue.doors.mail.models import Mailbox
from trialogue.letters.models import LARGEST, Alias, Letter, LetterQuerySet, State, TooLarge, may_handle
from trialogue.lib.mailtext import parse
from trialogue.people.models import Refused

router = Router(tags=["letters"])
BY_AGE = Order(("id",))
NEWEST_FIRST = Order(("id",), falling=True)
RFC822 = "message/rfc822"
_RAW: dict[str, Any] = {"schema": {"type": "string", "contentMediaType": RFC822}, "example": examples.RAW}
BODY = {"required": True, "content": {RFC822: _RAW}}
ORIGINAL = {200: {"description": "The letter, byte by byte as it came.", "content": {RFC822: _RAW}}}


@router.get(
    "/letters", response=schemas.LetterPage, operation_id="list_letters", summary="List letters",
    openapi_extra=described("invalid", example=examples.LETTER_PAGE),
)  # fmt: skip
def list_letters(
    request: Asked,
    state: Annotated[list[str], Query([], description=f"May be repeated: {', '.join(State.values)}.")],
    q: Annotated[Text, Query("", max_length=250, description="A sender or a Message-ID; or a part of one, of a name or of a subject among the 10,000 newest.")],
    limit: Limit,
    after: After,
) -> HttpResponse:  # fmt: skip
    """For the operator: all that came by mail, the newest on top. `held` and `failed` wait for somebody."""
    rows = _shown(request)
    if unknown := next((each for each in state if each not in State.values), None):
        said = _("“{state}” is no state. Give one of: {values}.")
        raise Problem.at_fields([("state", said.format(state=unknown[:40], values=", ".join(State.values)))])
    if state:
        rows = rows.filter(state__in=state)
    items, further = NEWEST_FIRST.page(rows.holding(q) if q else rows, after=after, limit=limit)
    return answer({"items": [letter_shape(each) for each in items], "next": further})


@router.post(
    "/letters", response={201: schemas.Letter}, operation_id="hand_in_letter", summary="Hand in a letter",
    openapi_extra=described("forbidden", "too-large", "unsupported-media-type", "invalid", example=examples.ARRIVED, gives=201, body=BODY),
)  # fmt: skip
def hand_in_letter(
    request: Asked,
    envelope_from: Annotated[Text, Query("", max_length=320, description="What the mail server was told: from whom.")],
    envelope_to: Annotated[list[Text], Query([], max_length=100, description="And to whom. May be repeated.")],
    mailbox: Annotated[Text, Query("", max_length=120, description="The address it was found in, if it lay in a mailbox.")],
) -> HttpResponse:  # fmt: skip
    """By the operator's mail system: the raw letter as the body, `message/rfc822`, up to 40 MB. It is kept as it is, then read.

    The same bytes again are answered with the letter they made, with the header `Idempotent-Replayed: true`.
    """
    if not may_handle(request.auth):
        raise Refused(_("Only the operator hands in letters, with a key for production."))
    try:
        kept = Letter.keep(
            _raw(request), door="api", mailbox=mailbox, envelope_from=envelope_from, envelope_to=envelope_to
        )
    except TooLarge as why:
        raise Problem("too-large", _("A letter may have 40 MB.")) from why
    shape = letter_shape(_find(request, kept.public_id))
    return created(shape, kept.is_again, Location=address(f"letters/{kept.public_id}"))


def _raw(request: Asked) -> bytes:
    """Read here, because a letter may be larger than any other body."""
    if request.content_type != RFC822:
        raise Problem("unsupported-media-type", _("Send the letter itself, with “Content-Type: message/rfc822”."))
    raw = request.read(LARGEST + 1)
    if not raw:
        raise Problem("malformed", _("There is no letter in this. Send the letter itself as the body."))
    return raw


@router.get(
    "/letters/{id}", response=schemas.WholeLetter, operation_id="get_letter", summary="Get a letter",
    openapi_extra=described("not-found", example=examples.WHOLE_LETTER),
)  # fmt: skip
def get_letter(request: Asked, id: str) -> HttpResponse:
    """With what it says, and what is known of its sender."""
    found = _find(request, id)
    found.note_reading(request.auth)
    return answer(whole_letter_shape(found, parse(found.raw), settings.MAIL_TRUST))


@router.get(
    "/letters/{id}/original", operation_id="download_letter", summary="Download a letter",
    openapi_extra={"responses": described("not-found")["responses"] | ORIGINAL},
)  # fmt: skip
def download_letter(request: Asked, id: str) -> HttpResponse:
    """The bytes themselves, always as a download."""
    found = _find(request, id)
    found.note_reading(request.auth)
    response = HttpResponse(found.raw, content_type=RFC822)
    response["Content-Disposition"] = f'attachment; filename="{found.public_id}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@router.post(
    "/letters/{id}/release", response=schemas.Letter, operation_id="release_letter", summary="Release a letter",
    openapi_extra=described("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", given=examples.RELEASE, example=examples.ARRIVED),
)  # fmt: skip
def release_letter(request: Asked, id: str, told: schemas.Release) -> HttpResponse:
    """A person of the operator vouches for the sender of a held letter: it is read again, and goes where it was meant to."""
    found = _find(request, id)
    found.release(by=author_of(request.auth, told.author_email), trust=told.trust)
    return answer(letter_shape(_find(request, id)))


@router.post(
    "/letters/{id}/refuse", response=schemas.Letter, operation_id="refuse_letter", summary="Refuse a letter",
    openapi_extra=described("forbidden", "not-found", example=examples.REFUSED),
)  # fmt: skip
def refuse_letter(request: Asked, id: str) -> HttpResponse:
    """Nothing is to come of it. Nobody is told, and it stays here."""
    _find(request, id).refuse(by=request.auth)
    return answer(letter_shape(_find(request, id)))


@router.post(
    "/letters/{id}/replay", response=schemas.Letter, operation_id="replay_letter", summary="Have a letter read again",
    openapi_extra=described("forbidden", "not-found", example=examples.ARRIVED),
)  # fmt: skip
def replay_letter(request: Asked, id: str) -> HttpResponse:
    """As if it had just arrived: by the policy and the people of now. What is filed is not filed again."""
    _find(request, id).replay(by=request.auth)
    return answer(letter_shape(_find(request, id)))


@router.get(
    "/mailboxes", response=schemas.MailboxPage, operation_id="list_mailboxes", summary="List mailboxes",
    openapi_extra=described("invalid", example=examples.MAILBOX_PAGE),
)  # fmt: skip
def list_mailboxes(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """For the operator: where letters are fetched, and how each mailbox is. Each is looked into every half minute."""
    items, further = BY_AGE.page(Mailbox.objects.visible_to(request.auth), after=after, limit=limit)
    now = timezone.now()
    return answer({"items": [mailbox_shape(each, now) for each in items], "next": further})


@router.get(
    "/trusted-addresses", response=schemas.TrustedAddressPage, operation_id="list_trusted_addresses", summary="List trusted addresses",
    openapi_extra=described("invalid", example=examples.TRUSTED_ADDRESS_PAGE),
)  # fmt: skip
def list_trusted_addresses(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """For the operator: other addresses that people write from, and who said so. The last one on top."""
    items, further = NEWEST_FIRST.page(Alias.objects.visible_to(request.auth).shown(), after=after, limit=limit)
    return answer({"items": [alias_shape(each) for each in items], "next": further})


@router.delete(
    "/trusted-addresses/{address}", response=schemas.TrustedAddress, operation_id="end_trusted_address", summary="End a trusted address",
    openapi_extra=described("forbidden", "not-found", example=examples.TRUSTED_ADDRESS),
)  # fmt: skip
def end_trusted_address(request: Asked, address: str) -> HttpResponse:
    """It is not theirs any more. What has come from it stays where it stands."""
    known = Alias.objects.visible_to(request.auth).shown()
    found = known.filter(address=address.lower()).first() if "\x00" not in address else None
    if found is None:
        raise Http404
    found.end(by=request.auth)
    return answer(alias_shape(found))


def _shown(request: Asked) -> LetterQuerySet:
    return Letter.objects.visible_to(request.auth).shown()


def _find(request: Asked, id: str) -> Letter:
    return find(_shown(request), id)
