"""A query that is written once answers as Django would, whoever asks for whatever; what it cannot promise, it refuses."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Trunc

from tests.cast import MONDAY, Cast
from tests.together import together
from trialogue.cases.models import Case
from trialogue.people.models import Actor
from trialogue.people.prepared import planned, prepared


@prepared
def since(actor: Actor, at: datetime | None) -> QuerySet[Case]:
    found = Case.objects.visible_to(actor).order_by("pk")
    return found.filter(created_at__gte=at) if at else found


@prepared
def named(references: tuple[str, ...]) -> QuerySet[Case, str]:
    return (
        Case.objects.filter(client_reference__in=references).order_by("pk").values_list("client_reference", flat=True)
    )


@prepared
def in_a_day(at: datetime) -> QuerySet[Case]:
    return Case.objects.filter(created_at__lt=at + timedelta(days=1))


@prepared
def with_clients(actor: Actor) -> QuerySet[Case]:
    found = Case.objects.visible_to(actor).select_related("client", "partner").order_by("pk")
    return found.annotate(handed_in=Trunc("created_at", "day"))


def test_what_many_rows_name_is_made_once_and_no_more_is_asked(cast: Cast, django_assert_num_queries: Any) -> None:
    first, second = cast.submitted("R-1", at=MONDAY), cast.released("R-2", at=MONDAY)
    with_clients(cast.clara)  # writes it
    with django_assert_num_queries(1):
        cases = with_clients(cast.clara)
        assert cases == [first, second]
        assert [case.client for case in cases] == [cast.clara.organisation] * 2
        assert [case.partner for case in cases] == [None, cast.paul.organisation]
    assert cases[0].client is cases[1].client
    assert [(case.amount, case.created_at, case.handed_in) for case in cases] == [
        (case.amount, case.created_at, case.handed_in)
        for case in with_clients.build(cast.clara)  # type: ignore[attr-defined]
    ]


def test_ever_other_shapes_do_not_fill_the_memory(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.people.prepared.MOST_SHAPES", 2)
    cast.submitted("R-1")
    for wanted in (("R-1",), ("R-1", "R-2"), ("R-1", "R-2", "R-3")):
        assert named(wanted) == ["R-1"]
        assert len(connections[DEFAULT_DB_ALIAS].__dict__["_prepared"]) <= 2


def test_each_actor_finds_their_own(cast: Cast) -> None:
    case = cast.released("R-1", at=MONDAY)
    for actor in (cast.clara, cast.otto, cast.paul, cast.pia, cast.rita, cast.olga, cast.clara):
        assert since(actor, None) == list(Case.objects.visible_to(actor))
    assert since(cast.paul, None) == [case]
    assert since(cast.otto, None) == []


def test_other_values_find_other_rows(cast: Cast) -> None:
    early, late = cast.submitted("R-1", at=MONDAY), cast.submitted("R-2", at=MONDAY + timedelta(days=2))
    assert since(cast.clara, MONDAY) == [early, late]
    assert since(cast.clara, MONDAY + timedelta(days=1)) == [late]
    assert since(cast.clara, None) == [early, late]


@pytest.mark.parametrize("size", range(6))
def test_many_values_are_all_found_and_none_twice(cast: Cast, size: int) -> None:
    for n in range(6):
        cast.submitted(f"R-{n}")
    wanted = tuple(f"R-{n}" for n in range(size))
    assert named(wanted) == list(wanted)


def test_a_value_that_is_changed_before_the_database_sees_it_is_refused(cast: Cast) -> None:
    with pytest.raises(TypeError, match="in_a_day"):
        in_a_day(MONDAY)


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_share_what_was_written() -> None:
    assert together(*[lambda: named(("R-1",))] * 4) == [[]] * 4


def test_rows_are_read_each_time(cast: Cast) -> None:
    assert named(("R-1",)) == []
    cast.submitted("R-1")
    assert named(("R-1",)) == ["R-1"]


# --- planned once -----------------------------------------------------------------------------------------------------


def mode() -> str:
    if connection.vendor == "sqlite":
        return "auto"  # there is nothing to choose
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_page_is_planned_once_and_what_comes_after_it_anew() -> None:
    for how, within in (("once", "force_generic_plan"), ("anew", "force_custom_plan"), ("", "auto")):
        with planned(how):  # type: ignore[arg-type]
            assert mode() == ("auto" if connection.vendor == "sqlite" else within)
        assert mode() == "auto"
    with pytest.raises(KeyError), planned():
        raise KeyError
    assert mode() == "auto"


@pytest.mark.django_db(transaction=True)
def test_a_page_whose_transaction_failed_leaves_nothing_behind() -> None:
    def fail() -> None:
        with planned(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    for around in (nullcontext, transaction.atomic):
        with pytest.raises(DatabaseError), around():
            fail()
        assert mode() == "auto"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_within_is_followed_by_another() -> None:
    def die() -> None:
        with planned():
            connection.close()

    die()
    assert mode() == "auto"
