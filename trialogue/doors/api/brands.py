"""The brand of a referral partner: what the people of its clients see."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router

from trialogue.doors.api import request_examples as examples
from trialogue.doors.api import request_schemas as schemas
from trialogue.doors.api.asking import answer, described
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.rules import organisation_called
from trialogue.doors.api.shapes import Shape, organisation_shape
from trialogue.people.brands import DARK, LIGHT, Brand, Logo, brand_of
from trialogue.people.models import Organisation

router = Router(tags=["brands"])


@router.get(
    "/organisations/{id}/brand", response=schemas.Brand, operation_id="get_brand", summary="Get a brand",
    openapi_extra=described("not-found", example=examples.BRAND),
)  # fmt: skip
def get_brand(request: Asked, id: str) -> HttpResponse:
    """What the people of an organisation see. `me` is yours: a client's is that of who brought it. 404: the look of Trialogue."""
    return answer(brand_shape(_worn_by(organisation_called(request.auth, id))))


@router.put(
    "/organisations/{id}/brand", response=schemas.Brand, operation_id="put_brand", summary="Set a brand",
    openapi_extra=described("forbidden", "not-found", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_BRAND, example=examples.BRAND),
)  # fmt: skip
def put_brand(request: Asked, id: str, told: schemas.NewBrand) -> HttpResponse:
    """From now on the clients see it. By an admin of the referral partner who has signed in."""
    whose = organisation_called(request.auth, id)
    request.auth.must_administer(whose)
    worn = brand_of(whose)
    logo = worn.logo if worn else ""
    if "logo" in told.model_fields_set:
        logo = Logo.keep(_picture(told.logo), by=request.auth).digest if told.logo else ""
    brand = Brand.proposed(whose, name=told.name, sender=told.sender, light=told.light, dark=told.dark, logo=logo)
    brand.put_on(by=request.auth)
    return answer(brand_shape(brand))


@router.delete(
    "/organisations/{id}/brand", response=schemas.Brand, operation_id="take_off_brand", summary="Take off a brand",
    openapi_extra=described("forbidden", "not-found", example=examples.BRAND),
)  # fmt: skip
def take_off_brand(request: Asked, id: str) -> HttpResponse:
    """The clients see the look of Trialogue again. By an admin of the referral partner, or of the operator, who has signed in."""
    whose = organisation_called(request.auth, id)
    worn = _worn_by(whose)
    worn.take_off(by=request.auth)
    return answer(brand_shape(worn))


def _worn_by(organisation: Organisation) -> Brand:
    brand = brand_of(organisation)
    if brand is None:
        raise Http404
    return brand


def _picture(told: str) -> bytes:
    try:
        return b64decode(told, validate=True)
    except (NotBase64, ValueError) as error:
        raise Problem.at_fields([("logo", _("Give the picture as Base64."))]) from error


def brand_shape(brand: Brand) -> Shape:
    return {
        "organisation": organisation_shape(brand.organisation),
        "name": brand.name,
        "sender": brand.sends_as,
        "light": {"colour": brand.light, "contrast": round(LIGHT.measure(brand.light), 2)},
        "dark": {"colour": brand.dark, "contrast": round(DARK.measure(brand.dark), 2)},
        "logo": reverse("brand-logo", args=[brand.logo]) if brand.logo else None,
        "sign_in": f"{settings.BASE_URL}{reverse('account_login')}?brand={brand.organisation.public_id}",
    }
