"""GET /cases/{reference}/timeline"""

from __future__ import annotations

from datetime import timedelta

from tests.cast import MONDAY, Cast
from tests.doors.api.callers import Caller, is_problem


def test_it_tells_in_sentences_what_happened(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    case.release(cast.paul.organisation, by=cast.olga, at=MONDAY + timedelta(hours=1))
    items = clara.get(f"cases/{case.reference}/timeline").json()["items"]
    assert items[0] == {
        "at": "2026-03-09T11:00:00Z", "kind": "case.submitted", "sentence": "Clara Holm submitted the case.",
        "by": "Clara Holm", "organisation": "Nordlys Energi A/S",
    }  # fmt: skip
    assert "Olga Lind released the case to Kanzlei Brandt & Partner." in [item["sentence"] for item in items]


def test_moments_in_sentences_say_that_they_are_utc(cast: Cast, clara: Caller) -> None:
    case = cast.released()
    items = clara.get(f"cases/{case.reference}/timeline").json()["items"]
    started = next(item for item in items if item["kind"] == "clock.started")
    assert "by 2026-03-10 11:00 UTC" in started["sentence"]


def test_it_speaks_the_askers_language(cast: Cast, clara: Caller) -> None:
    case = cast.submitted()
    response = clara.get(f"cases/{case.reference}/timeline", {"Accept-Language": "de-DE"})
    assert response.headers["Content-Language"] == "de"


def test_a_partner_is_told_from_its_engagement_on(cast: Cast, clara: Caller, paul: Caller) -> None:
    case = cast.submitted()
    case.release(cast.paul.organisation, by=cast.olga)
    kinds = [
        [item["kind"] for item in caller.get(f"cases/{case.reference}/timeline").json()["items"]]
        for caller in (clara, paul)
    ]
    assert "case.submitted" in kinds[0]
    assert "case.submitted" not in kinds[1]
    assert "case.released" in kinds[1]


def test_pages_follow_each_other(cast: Cast, clara: Caller) -> None:
    case = cast.confirmed()
    path = f"cases/{case.reference}/timeline"
    whole = clara.get(path).json()["items"]
    first = clara.get(path, limit=2).json()
    rest = clara.get(path, after=first["next"]).json()
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


def test_someone_elses_case_has_none(cast: Cast, otto: Caller) -> None:
    case = cast.submitted()
    assert is_problem(otto.get(f"cases/{case.reference}/timeline"), 404, "not-found")


def test_it_takes_five_queries_however_long(cast: Cast, clara: Caller, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    case = cast.confirmed()
    for number in range(4):
        case.conversation.post(by=cast.clara, body=str(number))
    with django_assert_num_queries(5):
        assert len(clara.get(f"cases/{case.reference}/timeline").json()["items"]) > 8
