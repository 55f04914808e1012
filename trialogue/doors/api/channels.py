"""The one right place for every question: channels, advice, and the policy that says so."""

from __future__ import annotations

from typing import Annotated

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from trialogue.cases.models import Case
from trialogue.channels import advice, planning, rules
from trialogue.channels.models import Edition, who_is
from trialogue.channels.rules import EVERYONE, Unreadable, Who
from trialogue.clocks import proposing
from trialogue.clocks.models import Clock, Policy
from trialogue.doors.api import request_examples as examples
from trialogue.doors.api import request_schemas as schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find_case
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.request_shapes import advice_shape, channel_shape, edition_shape
from trialogue.doors.api.rules import preview_shape
from trialogue.doors.api.schemas import Text
from trialogue.doors.api.shapes import Shape, address
from trialogue.escalations.standing import manager_of
from trialogue.people.models import Actor
from trialogue.requests.desk import must_be_operator

router = Router(tags=["channels"])
policy = Router(tags=["policy"])
NEWEST_FIRST = Order(("number",), falling=True)
_WRITING = ("forbidden", "too-large", "unsupported-media-type", "invalid")


# --- channels ---------------------------------------------------------------------------------------------------------


@router.get(
    "/channels", response=schemas.Channels, operation_id="list_channels", summary="List channels",
    openapi_extra=described("forbidden", "invalid", example=examples.CHANNELS),
)  # fmt: skip
def list_channels(
    request: Asked,
    role: Annotated[
        Text, Query("", max_length=20, description=f"For the operator: {', '.join(EVERYONE)}. For a referral partner: `referred_client`.")
    ],
) -> HttpResponse:  # fmt: skip
    """Where you may turn, what is promised there, what to include, and what is not offered to anybody; and what belongs where."""
    who, told = _role(request.auth, role), Edition.in_force().rules
    channels = advice.channels_for(told, who) if who else told.channel
    return answer({
        "role": who,
        "hours": told.hours.says,
        "items": [channel_shape(told, channel, who) for channel in channels],
        "situations": [
            {"key": each.key, "says": each.says, "channel": (each.channel_for(who) or None) if who else None}
            for each in told.situation
        ],
    })  # fmt: skip


@router.post(
    "/advise", response=schemas.Advice, operation_id="advise", summary="Ask where something belongs",
    openapi_extra=described(*_WRITING, given=examples.QUESTION, example=examples.ADVICE),
)  # fmt: skip
def advise(request: Asked, told: schemas.Question) -> HttpResponse:
    """The one right place for a situation, or for what somebody would write; by when an answer is due, and what to include.

    Nothing is stored. A text is understood on this server; `reasons` are the words that decided.
    """
    # Brings numpy and is learned at first use: not for a house that is never asked.
    from trialogue.channels import hearing

    who = _role(request.auth, told.role or "")
    if who is None:
        raise Problem.at_fields([("role", _("Say for whom: {roles}.").format(roles=", ".join(EVERYONE)))])
    if bool(told.situation) == bool(told.text):
        raise Problem.at_fields([("", _("Give a situation or a text."))])
    policy = Edition.in_force().rules
    if told.situation and told.situation not in policy.situations:
        said = _("There is no situation “{key}”. There are: {keys}.")
        raise Problem.at_fields(
            [("situation", said.format(key=told.situation[:40], keys=", ".join(policy.situations)))]
        )
    case = case_at_field(request.auth, told.case)
    heard = hearing.hear(told.text) if told.text else None
    advised = advice.advise(
        policy, who, heard.situation if heard else told.situation or "", launched=_is_launched(request.auth, who)
    )
    clock = proposing.if_asked(advised, case, timezone.now()) if advised else None
    return answer(advice_shape(policy, who, advised, heard, clock))


def _role(actor: Actor, role: str) -> Who | None:
    """One's own unless another is named, which is the operator's to do, and a referral partner's for its clients."""
    own = who_is(actor)
    if role in ("", own):
        return own
    named = next((each for each in EVERYONE if each == role), None)
    if named is None:
        raise Problem.at_fields([("role", _("Give one of: {values}.").format(values=", ".join(EVERYONE)))])
    if own is None or (own, named) == ("referral_partner", "referred_client"):
        return named
    raise Problem("forbidden", _("Leave the role out: you ask for yourself."))


def _is_launched(actor: Actor, who: Who) -> bool:
    """Of whoever asks for themselves; of a role, it is not known whose."""
    return who == "referral_partner" == who_is(actor) and manager_of(actor) is not None


def case_at_field(actor: Actor, reference: str | None) -> Case | None:
    """The case that a body names in its field `case`."""
    try:
        return find_case(actor, reference) if reference else None
    except Http404:
        raise Problem.at_fields([("case", _("There is no case with this reference."))]) from None


# --- the policy -------------------------------------------------------------------------------------------------------


@policy.get(
    "/policy", response=schemas.WholeEdition, operation_id="get_policy", summary="Get the channel policy",
    openapi_extra=described("forbidden", "invalid", example=examples.WHOLE_EDITION),
)  # fmt: skip
def get_policy(
    request: Asked, edition: Annotated[int | None, Query(None, ge=1, le=10**9, description="An earlier one. Usual: the one in force.")]
) -> HttpResponse:  # fmt: skip
    """For the operator: the whole policy as text, as it is in force or was."""
    must_be_operator(request.auth)
    return answer(_whole(_edition(edition)))


@policy.get(
    "/policy/editions", response=schemas.EditionPage, operation_id="list_editions", summary="List editions of the policy",
    openapi_extra=described("forbidden", "invalid", example=examples.EDITION_PAGE),
)  # fmt: skip
def list_editions(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """For the operator: every edition there was, the newest first; the newest is in force."""
    must_be_operator(request.auth)
    editions = Edition.objects.select_related("person", "organisation").defer("text")
    items, further = NEWEST_FIRST.page(editions, after=after, limit=limit)
    return answer({"items": [edition_shape(each) for each in items], "next": further})


@policy.post(
    "/policy/preview", response=schemas.PolicyPreview, operation_id="preview_edition", summary="Preview a policy",
    openapi_extra=described(*_WRITING, given=examples.POLICY_TEXT, example=examples.POLICY_PREVIEW),
)  # fmt: skip
def preview_edition(request: Asked, told: schemas.PolicyText) -> HttpResponse:
    """For the operator: why it cannot be, or what it would change, and how the clocks that run would stand. Nothing is stored."""
    must_be_operator(request.auth)
    try:
        wanted = rules.read(told.text)
    except Unreadable as why:
        problems = [{"line": line, "message": said} for line, said in why.problems]
        return answer({"problems": problems, "differences": [], "touched": []})
    clocks, home = Clock.objects.visible_to(request.auth), request.auth.organisation
    touched = proposing.preview_of_rules(clocks, wanted, home, timezone.now())
    changes = planning.differences(Edition.in_force().rules_as_written, wanted)
    return answer({
        "problems": [],
        "differences": [{"what": each.what, "old": each.old, "new": each.new} for each in changes],
        "touched": [_touched_shape(each) for each in touched],
    })  # fmt: skip


@policy.post(
    "/policy/editions", response={201: schemas.WholeEdition}, operation_id="adopt_edition", summary="Adopt a policy",
    openapi_extra=described(*_WRITING, given=examples.NEW_EDITION, example=examples.WHOLE_EDITION, gives=201),
)  # fmt: skip
def adopt_edition(request: Asked, told: schemas.NewEdition) -> HttpResponse:
    """The next edition, in force now, with what it promises. Clocks that run keep what they began with.

    By an admin of the operator, or with its production key. What cannot be is told line by line, and nothing is adopted.
    """
    made = Edition.adopt(told.text, by=request.auth, why=told.why, replaces=told.replaces)
    return answer(_whole(made), 201, Location=address(f"policy?edition={made.number}"))


@policy.post(
    "/policy/editions/{number}/restore", response={201: schemas.WholeEdition}, operation_id="restore_edition", summary="Go back to an edition",
    openapi_extra=described(*_WRITING, "not-found", given=examples.RESTORE, example=examples.WHOLE_EDITION, gives=201),
)  # fmt: skip
def restore_edition(request: Asked, number: int, told: schemas.Restore) -> HttpResponse:
    """Adopts an earlier edition once more, as the next one."""
    must_be_operator(request.auth)
    _edition(number)
    made = Edition.roll_back(number, by=request.auth, replaces=told.replaces)
    return answer(_whole(made), 201, Location=address(f"policy?edition={made.number}"))


def _edition(number: int | None) -> Edition:
    """Raises `Http404`."""
    if number is None:
        return Edition.in_force()
    found = (
        Edition.objects.select_related("person", "organisation").filter(number=number).first()
        if 0 < number < 10**9
        else None
    )
    if found is None:
        raise Http404
    return found


def _whole(edition: Edition) -> Shape:
    return {**edition_shape(edition), "text": edition.text}


def _touched_shape(touched: proposing.Touched) -> Shape:
    return {
        "promise": touched.promise or None,
        "words": touched.proposal.words if isinstance(touched.proposal, Policy) else None,
        "clocks": preview_shape(touched.preview),
    }
