"""Whether a referral partner writes along: its client's say."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from trialogue.conversations.models import Consent
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.channels import case_at_field
from trialogue.doors.api.pages import Order
from trialogue.doors.api.shapes import consent_shape

router = Router(tags=["consents"])
NEWEST_FIRST = Order(("id",), falling=True)


@router.get(
    "/consents", response=schemas.ConsentPage, operation_id="list_consents", summary="List consents",
    openapi_extra=described("invalid", example=examples.CONSENT_PAGE),
)  # fmt: skip
def list_consents(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """Those a client has given, or a referral partner was given, the newest first; withdrawn ones too. A partner sees who writes along
    in the conversation itself."""
    theirs = Consent.objects.visible_to(request.auth).shown()
    items, further = NEWEST_FIRST.page(theirs, after=after, limit=limit)
    return answer({"items": [consent_shape(each) for each in items], "next": further})


@router.post(
    "/consents", response={201: schemas.Consent}, operation_id="give_consent", summary="Let the referral partner write along",
    openapi_extra=described(
        "forbidden", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_CONSENT, example=examples.CONSENT, gives=201
    ),
)  # fmt: skip
def give_consent(request: Asked, told: schemas.NewConsent) -> HttpResponse:
    """In one case, or in all. By the client; for all, by an admin who has signed in. What is in force already is answered as it is."""
    case = case_at_field(request.auth, told.case)
    return answer(consent_shape(Consent.give(case, by=request.auth)), 201)


@router.post(
    "/consents/{id}/withdraw", response=schemas.Consent, operation_id="withdraw_consent", summary="Withdraw a consent",
    openapi_extra=described("forbidden", "not-found", example=examples.WITHDRAWN_CONSENT),
)  # fmt: skip
def withdraw_consent(request: Asked, id: str) -> HttpResponse:
    """At once, by whichever way the referral partner writes. By the client; of all cases, by an admin who has signed in."""
    consent = find(Consent.objects.visible_to(request.auth).shown(), id)
    consent.withdraw(by=request.auth)
    return answer(consent_shape(consent))
