"""Many cases: how the list is asked for, the list as CSV, saved views, batches."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from trialogue.cases.lifecycle import State
from trialogue.cases.models import Case
from trialogue.doors.api import examples, schemas
from trialogue.doors.api.asking import After, Limit, answer, described, find
from trialogue.doors.api.auth import Asked
from trialogue.doors.api.pages import Order
from trialogue.doors.api.problems import Problem
from trialogue.doors.api.shapes import address, batch_shape, item_shape, view_shape
from trialogue.doors.web import export
from trialogue.lists.filters import ALL, CLOCKS, FORMER, OPEN, SORTS, Filter
from trialogue.lists.models import Batch, BatchItem, View
from trialogue.people.models import Actor, Organisation

router = Router(tags=["lists"])
NEWEST_FIRST, IN_THEIR_ORDER = Order(("id",), falling=True), Order(("number",))


class Asking(Schema):
    """What a list of cases can be asked for."""

    state: list[str] = Field(
        [], description="A state by name or label, in any case, may be repeated; or `open`, or for a partner `former`."
    )
    owner: schemas.Text = Field(
        "", description="Who of your organisation looks after it: `me`, `nobody` or the id of a person."
    )
    country: list[schemas.Text] = Field([], description="The debtor's, as a two-letter code; may be repeated.")
    amount_from: schemas.Text = Field("", description="At least this much.")
    amount_to: schemas.Text = Field("", description="At most this much.")
    currency: schemas.Text = Field("", description="Three-letter code.")
    clock: list[schemas.Text] = Field(
        [], description=f"An open answer: {', '.join(CLOCKS)}. May be repeated: whose it is, and how it stands."
    )
    unread: bool = Field(False, description="true: only with messages that you have not read.")
    q: schemas.Text = Field("", max_length=200, description="Beginning of a reference, part of a debtor's name.")
    sort: schemas.Text = Field("", description=f"One of {', '.join(SORTS)}; with a minus the other way round.")
    reference: schemas.Text = Field("", description="Our reference, exactly.")
    client_reference: schemas.Text = Field("", description="The client's own reference, exactly.")

    def only(self) -> dict[str, str]:
        exactly = {"reference": self.reference.upper(), "client_reference": self.client_reference}
        return {name: value for name, value in exactly.items() if value}


def filter_of(asked: Asking) -> Filter:
    """Raises `Problem` at the fields that cannot be understood."""
    told = asked.model_dump(exclude={"reference", "client_reference", "unread"}) | {"state": _states(asked.state)}
    told["unread"] = "1" if asked.unread else ""
    return _sound(Filter.read(MultiValueDict({name: _several(value) for name, value in told.items()})))


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _sound(chosen: Filter) -> Filter:
    if chosen.problems:
        raise Problem.at_fields(chosen.problems.items())
    return chosen


def _read(query: str) -> Filter:
    """Of a query that came as text."""
    return _sound(Filter.read(query.removeprefix("?")))


def key_of(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError as why:
        raise no_page() from why


def cursor_of(key: str) -> str | None:
    return urlsafe_b64encode(key.encode()).decode().rstrip("=") if key else None


def no_page() -> Problem:
    return Problem("malformed", _("This page is not one of ours. Leave `after` out to begin at the start."))


def _states(given: list[str]) -> list[str]:
    """Names of states. Raises `Problem` for a word that is none."""
    known = {word: word for word in (OPEN, ALL, FORMER)}
    known |= {word.lower(): state.value for state in State for word in (state.value, _english(state), str(state.label))}
    words = [word.strip().lower() for words in given for word in words.split(",") if word.strip()]
    for word in words:
        if word not in known:
            said = _("“{word}” is no state. Give one of: {states}.").format(word=word, states=", ".join(State.values))
            raise Problem.at_fields([("state", said)])
    return [known[word] for word in words]


def _english(state: State) -> str:
    with translation.override("en"):
        return str(state.label)


@router.get(
    "/cases.csv", operation_id="list_cases_as_csv", summary="List cases as CSV",
    openapi_extra=described("invalid") | {"responses": described("invalid")["responses"] | {
        200: {"description": "The rows, as they are read.", "content": {"text/csv": {"schema": {"type": "string"}, "example": "reference,client_reference,…"}}}
    }},
)  # fmt: skip
def list_cases_as_csv(request: Asked, asked: Query[Asking]) -> StreamingHttpResponse:
    """All cases of the filter, however many, in its order. Text that a spreadsheet would take for a formula begins with an apostrophe."""
    return export.answer(request.auth, filter_of(asked), only=asked.only())


# --- views ------------------------------------------------------------------------------------------------------------


@router.get(
    "/views", response=schemas.Views, operation_id="list_views", summary="List views",
    openapi_extra=described(example=examples.VIEWS),
)  # fmt: skip
def list_views(request: Asked) -> HttpResponse:
    """Your own, then those shared with your organisation, each in their order."""
    found = View.objects.visible_to(request.auth).shown(request.auth)
    return answer({"items": [view_shape(view) for view in found]})


@router.post(
    "/views", response={201: schemas.View}, operation_id="save_view", summary="Save a view",
    openapi_extra=described(
        "forbidden", "too-large", "unsupported-media-type", "invalid", given=examples.NEW_VIEW, example=examples.VIEW, gives=201
    ),
)  # fmt: skip
def save_view(request: Asked, told: schemas.NewView) -> HttpResponse:
    """A filter under a name."""
    view = View.keep(by=request.auth, name=told.name, filter=_read(told.query), shared=told.shared)
    return answer(_shown(view, request.auth), 201, Location=address(f"views/{view.public_id}"))


@router.patch(
    "/views/{id}", response=schemas.View, operation_id="change_view", summary="Change a view",
    openapi_extra=described(
        "forbidden", "not-found", "too-large", "unsupported-media-type", "invalid",
        given={"name": "Large ones in Austria"}, example={**examples.VIEW, "name": "Large ones in Austria"},
    ),
)  # fmt: skip
def change_view(request: Asked, id: str, told: schemas.ViewChange) -> HttpResponse:
    """Its name, its filter, whether it is shared. Only who saved it may, or an admin when it is shared."""
    view = find(View.objects.visible_to(request.auth), id)
    chosen = None if told.query is None else _read(told.query)
    view.describe(by=request.auth, name=told.name, shared=told.shared, filter=chosen)
    return answer(_shown(view, request.auth))


@router.delete(
    "/views/{id}", response=schemas.View, operation_id="remove_view", summary="Remove a view",
    openapi_extra=described("forbidden", "not-found", example=examples.VIEW),
)  # fmt: skip
def remove_view(request: Asked, id: str) -> HttpResponse:
    """Only who saved it may, or an admin when it is shared. Answers with what it was."""
    view = find(View.objects.visible_to(request.auth), id)
    was = _shown(view, request.auth)
    view.remove(by=request.auth)
    return answer(was)


def _shown(view: View, actor: Actor) -> dict[str, Any]:
    return view_shape(View.objects.filter(pk=view.pk).shown(actor).get())


# --- batches ----------------------------------------------------------------------------------------------------------


@router.get(
    "/batches", response=schemas.BatchPage, operation_id="list_batches", summary="List batches",
    openapi_extra=described("invalid", example=examples.BATCH_PAGE),
)  # fmt: skip
def list_batches(request: Asked, limit: Limit, after: After) -> HttpResponse:
    """What your organisation did with many cases at once, the latest first."""
    items, further = NEWEST_FIRST.page(Batch.objects.visible_to(request.auth).shown(), after=after, limit=limit)
    counted = Batch.counted(items)
    return answer({"items": [batch_shape(batch, counted[batch.pk]) for batch in items], "next": further})


@router.post(
    "/batches", response={201: schemas.Batch}, operation_id="prepare_batch", summary="Prepare a batch",
    openapi_extra=described(
        "too-large", "unsupported-media-type", "invalid", given=examples.NEW_BATCH, example=examples.BATCH, gives=201
    ),
)  # fmt: skip
def prepare_batch(request: Asked, told: schemas.NewBatch) -> HttpResponse:
    """Judges each case and does nothing yet: `counts` say for how many it is possible, the items why not. Then confirm it."""
    particulars = told.model_dump(
        include={"body", "message", "reason", "code", "comment", "partner", "decline_reason", "owner"}
    )
    if particulars["partner"]:
        particulars["partner"] = _partner(particulars["partner"])
    batch = Batch.prepare(
        _cases(request.auth, told), told.what, by=request.auth, expects_answer=told.expects_answer, **particulars
    )
    return answer(_batch(batch), 201, Location=address(f"batches/{batch.public_id}"))


def _cases(actor: Actor, told: schemas.NewBatch) -> list[Case]:
    if told.query is not None and told.cases:
        raise Problem.at_fields([("query", _("Give either `cases` or `query`."))])
    if told.query is not None:
        return Batch.gathered(_read(told.query).cases(actor))
    wanted = {reference.upper() for reference in told.cases}
    found = Batch.gathered(Case.objects.visible_to(actor).filter(reference__in=wanted))
    if missing := wanted - {case.reference for case in found}:
        said = _("There is no case {reference} that you may see.").format(reference=min(missing))
        raise Problem.at_fields([("cases", said)])
    return found


def _partner(public_id: str) -> Organisation:
    partner = Organisation.objects.partners().filter(public_id=public_id).first()
    if partner is None:
        raise Problem.at_fields([("partner", _("There is no collection partner with this id."))])
    return partner


@router.get(
    "/batches/{id}", response=schemas.Batch, operation_id="get_batch", summary="Get a batch",
    openapi_extra=described("not-found", example=examples.BATCH),
)  # fmt: skip
def get_batch(request: Asked, id: str) -> HttpResponse:
    """How far it is."""
    return answer(_batch(find(Batch.objects.visible_to(request.auth).shown(), id)))


@router.get(
    "/batches/{id}/items", response=schemas.BatchItemPage, operation_id="list_batch_items", summary="List the cases of a batch",
    openapi_extra=described("not-found", "invalid", example=examples.BATCH_ITEM_PAGE),
)  # fmt: skip
def list_batch_items(
    request: Asked, id: str, limit: Limit, after: After,
    state: Annotated[schemas.Text, Query("", description="`waiting`, `done` or `refused`.")] = "",
) -> HttpResponse:  # fmt: skip
    """What became of each case, or why nothing could."""
    if state and state not in BatchItem.State.values:
        raise Problem.at_fields(
            [("state", _("Give one of: {values}.").format(values=", ".join(BatchItem.State.values)))]
        )
    found = find(Batch.objects.visible_to(request.auth), id).items.select_related("case")
    items, further = IN_THEIR_ORDER.page(found.filter(state=state) if state else found, after=after, limit=limit)
    return answer({"items": [item_shape(item) for item in items], "next": further})


@router.post(
    "/batches/{id}/confirm", response=schemas.Batch, operation_id="confirm_batch", summary="Confirm a batch",
    openapi_extra=described("forbidden", "not-found", example=examples.RUNNING_BATCH),
)  # fmt: skip
def confirm_batch(request: Asked, id: str) -> HttpResponse:
    """Now it is done, in the background. Twice is once. Only who prepared it may."""
    batch = find(Batch.objects.visible_to(request.auth).shown(), id)
    batch.confirm(by=request.auth)
    return answer(_batch(batch))


@router.post(
    "/batches/{id}/stop", response=schemas.Batch, operation_id="stop_batch", summary="Stop a batch",
    openapi_extra=described("forbidden", "not-found", example=examples.STOPPED_BATCH),
)  # fmt: skip
def stop_batch(request: Asked, id: str) -> HttpResponse:
    """What is not done yet is left as it is. One that was not confirmed is thrown away."""
    batch = find(Batch.objects.visible_to(request.auth).shown(), id)
    was = _batch(batch)
    batch.stop(by=request.auth)
    return answer(_batch(batch) if batch.pk else {**was, "state": Batch.State.STOPPED.value})


def _batch(batch: Batch) -> dict[str, Any]:
    return batch_shape(batch, batch.counts())
