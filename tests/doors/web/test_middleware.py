"""What every page has in common: who acts, in which zone and language, safe headers, and a database that is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.db.backends.utils import CursorWrapper
from django.urls import reverse
from django.utils import timezone

from tests.cast import Cast
from tests.doors.web.visitor import Visitor
from trialogue.conversations.models import Conversation, Message
from trialogue.doors.web import middleware
from trialogue.people.models import Membership, Role

Break = Callable[..., None]


@pytest.fixture
def away() -> Iterator[Break]:
    """Takes the database away, at once or after so many questions. The connection of the test itself stays."""

    class Connection:
        def close(self) -> None:
            pass

    def break_(after: int = 0, trouble: type[Exception] = OperationalError) -> None:
        ask, asked = CursorWrapper.execute, [0]

        def execute(self: CursorWrapper, sql: str, params: Any = None) -> Any:
            asked[0] += 1
            if asked[0] > after:
                raise trouble("server closed the connection unexpectedly")
            return ask(self, sql, params)

        patch.setattr(CursorWrapper, "execute", execute)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(middleware, "connection", Connection())
        yield break_


# --- the database away ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_away_at_any_moment_is_503_and_when_to_come_back(cast: Cast, clara: Visitor, away: Break, after: int) -> None:
    case = cast.confirmed()
    clara.open("home")
    away(after)
    page = clara.open("case", case.reference)
    assert (page.status, page.answer["Retry-After"]) == (503, "5")
    assert "try again in a few seconds" in page.words


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_the_words_of_a_form_stand_in_the_answer(cast: Cast, clara: Visitor, away: Break, after: int) -> None:
    case = cast.confirmed()
    clara.open("home")
    away(after)
    page = clara.send(
        "post-message", case.reference, body="Words <b>with care</b>", key="web_secret", csrfmiddlewaretoken="t" * 64
    )
    assert page.status == 503
    assert [text.words for text in page.root.all("textarea")] == ["Words <b>with care</b>"]
    for hidden in ("web_secret", "t" * 64):
        assert hidden not in page.html


def test_away_in_the_middle_of_posting_posts_nothing(
    cast: Cast, clara: Visitor, away: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cast.confirmed()

    def post(*_: Any, **__: Any) -> None:
        raise InterfaceError("connection already closed")

    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "post", post)
        page = clara.send("post-message", case.reference, body="My words", key="k")
    assert (page.status, page.answer["Retry-After"]) == (503, "5")
    assert "My words" in page.words
    clara.send("post-message", case.reference, body="My words", key="k")
    assert Message.objects.count() == 1


def test_every_field_of_a_long_form_is_given_back(cast: Cast, clara: Visitor, away: Break) -> None:
    clara.open("home")
    away()
    page = clara.send(
        "new-case", debtor_name="Bergmann", amount="12.50", client_reference="INV-1", description="Long words"
    )
    assert [text.words for text in page.root.all("textarea")] == ["Bergmann", "12.50", "INV-1", "Long words"]


@pytest.mark.parametrize("address", ["/accounts/login/", "/invitations/inv_x/"])
def test_passwords_are_never_given_back(db: None, nobody: Visitor, away: Break, address: str) -> None:
    away()
    page = nobody.send(address, login="clara@nordlys.example", name="Clara", password="correct horse")
    assert page.status == 503
    assert "correct horse" not in page.html


def test_a_program_gets_a_problem(cast: Cast, clara: Visitor, away: Break) -> None:
    clara.open("home")
    away()
    answer = clara.open("/api/v1/cases").answer
    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (503, "5", "application/problem+json")


def test_the_page_is_as_safe_as_any_other(cast: Cast, clara: Visitor, away: Break) -> None:
    clara.open("home")
    away()
    answer = clara.open("home").answer
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_another_error_is_another_page(cast: Cast, clara: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def assemble(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("trialogue.doors.web.case_page.assemble", assemble)
    page = clara.open("case", cast.confirmed().reference)
    assert (page.status, "Retry-After" in page.answer.headers) == (500, False)
    assert "Something broke on our side" in page.words
    assert "ZeroDivision" not in page.html


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_what_is_too_long_to_be_a_form_is_told_in_words(cast: Cast, clara: Visitor, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    page = clara.send("post-message", cast.confirmed().reference, body="a" * 2000)
    assert page.status == 400
    assert "shorten it, or attach it as a document" in page.words


def test_a_script_is_told_in_its_own_form(rf: Any, db: None) -> None:
    request = rf.post("/cases/", headers={"Accept": "application/json"})
    answer = middleware.malformed(request, RequestDataTooBig())
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    answer = middleware.malformed(rf.get("/api/v1/x"), DisallowedHost())
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_host_that_is_not_ours_is_refused(db: None, nobody: Visitor) -> None:
    page = Visitor(None, Host="evil.example").open("/accounts/login/")
    assert page.status == 400
    assert "evil.example" not in page.html


# --- safe headers -----------------------------------------------------------------------------------------------------

PAGES = ("home", "cases", "new-case", "settings", "security", "organisation", "keys", "acting")


def pages(cast: Cast, visitor: Visitor) -> Iterator[Any]:
    talk = cast.conversation()
    talk.post(by=cast.paul, body="A [link](https://example.com) and **more**")
    for name in PAGES:
        yield visitor.open(name)
    for name in ("case", "timeline"):
        yield visitor.open(name, talk.case.reference)
    yield visitor.open("clock", talk.clocks.first().public_id)
    yield visitor.open("/nothing/here/")
    yield Visitor().open("/accounts/login/")
    yield visitor.send("post-message", talk.case.reference, body="")


def test_every_page_carries_the_safe_headers(cast: Cast, clara: Visitor) -> None:
    for page in pages(cast, clara):
        policy = page.answer["Content-Security-Policy"]
        for directive in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ):
            assert directive in policy
        assert "unsafe" not in policy
        assert page.answer["X-Frame-Options"] == "DENY"
        assert page.answer["X-Content-Type-Options"] == "nosniff"
        assert page.answer["Referrer-Policy"] == "same-origin"
        assert page.answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in page.answer["Permissions-Policy"]


def test_no_page_holds_script_or_style_of_its_own(cast: Cast, clara: Visitor) -> None:
    for page in pages(cast, clara):
        for element in page.root.within():
            assert element.tag != "style"
            runs = element.tag == "script" and element.get("type") != "application/json"
            assert not runs or element.get("src").startswith("/"), element.given
            inline = [name for name in element.given if name == "style" or name.startswith(("on", "hx-on"))]
            assert not inline, (element.tag, inline)
            assert not element.get("href").lower().startswith("javascript:")


def test_nothing_is_loaded_from_elsewhere(cast: Cast, clara: Visitor) -> None:
    for page in pages(cast, clara):
        for element in page.root.within():
            for name in ("src", "action", "data", "poster", "srcset"):
                there = element.get(name)
                assert not there or (there.startswith("/") and "//" not in there), element.given
            if element.tag == "link":
                assert element["href"].startswith("/")


def test_every_page_says_its_language_title_and_place(cast: Cast, clara: Visitor) -> None:
    for page in pages(cast, clara):
        assert page.root.one("html")["lang"] == "en"
        assert page.root.one("title").words.endswith("· Trialogue")
        assert len(page.root.all("main")) == 1
        assert len(page.root.all("h1")) == 1
        ids = [element["id"] for element in page.root.within() if element.get("id")]
        assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})


def test_pages_of_one_person_are_not_kept_for_another(cast: Cast, clara: Visitor) -> None:
    assert "Cookie" in clara.open("home").answer["Vary"]


def test_cookies_are_closed_to_scripts_and_other_sites(cast: Cast, clara: Visitor) -> None:
    clara.open("case", cast.confirmed().reference)
    for name in ("sessionid", "csrftoken"):
        cookie = clara.client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax"


# --- who acts, where and in which language ----------------------------------------------------------------------------


def test_one_acts_for_the_organisation_joined_first_until_one_chooses(cast: Cast, clara: Visitor) -> None:
    joined = cast.otto.organisation.admit(cast.clara.person, Role.MEMBER)  # type: ignore[arg-type]
    Membership.objects.filter(pk=joined.pk).update(since=timezone.now() + timedelta(days=3650))
    mine, other = cast.submitted(), cast.submitted("OTHER", by=cast.otto)
    assert clara.open("cases").references == [mine.reference]
    clara.send("acting", organisation=cast.otto.organisation.public_id)
    assert clara.open("cases").references == [other.reference]


def test_an_organisation_one_has_left_is_no_longer_acted_for(cast: Cast, clara: Visitor) -> None:
    membership = cast.otto.organisation.admit(cast.clara.person, Role.MEMBER)  # type: ignore[arg-type]
    clara.send("acting", organisation=cast.otto.organisation.public_id)
    Membership.objects.filter(pk=membership.pk).delete()
    mine, _other = cast.submitted(), cast.submitted("OTHER", by=cast.otto)
    assert clara.open("cases").references == [mine.reference]


def test_a_choice_that_is_none_counts_as_none(cast: Cast, clara: Visitor) -> None:
    session = clara.client.session
    session["organisation"], session["environment"] = "org_of_others", "moon"
    session.save()
    mine = cast.submitted()
    assert clara.open("cases").references == [mine.reference]


def test_times_are_the_readers(cast: Cast, clara: Visitor) -> None:
    case = cast.released()
    assert clara.open("case", case.reference).root.one("p", class_="said").words.endswith(" 12:00")
    cast.clara.person.describe(name="Clara", zone="America/Los_Angeles", language="en")  # type: ignore[union-attr]
    assert clara.open("case", case.reference).root.one("p", class_="said").words.endswith(" 04:00")


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", ("Mon 9 Mar, 12:00", "€12,480.50", "Germany")), ("de", ("Mo., 9. März, 12:00", "12.480,50 €", "Deutschland")), ("da", ("man. 9. mar., 12", "12.480,50 €", "Tyskland"))],
)  # fmt: skip
def test_dates_money_and_countries_are_said_in_the_readers_language(
    cast: Cast, clara: Visitor, language: str, shown: tuple[str, ...]
) -> None:
    cast.clara.person.describe(name="Clara", zone="Europe/Copenhagen", language=language)  # type: ignore[union-attr]
    page = clara.open("case", cast.released().reference)
    words = page.words.replace("\xa0", " ").replace("\u202f", " ")
    for one in shown:
        assert one in words, one
    assert page.root.one("html")["lang"] == language
    assert page.answer["Content-Language"] == language


def test_before_signing_in_the_browser_says_the_language(db: None) -> None:
    assert Visitor(None, **{"Accept-Language": "da"}).open("/accounts/login/").root.one("html")["lang"] == "da"


def test_the_language_of_one_does_not_stay_for_the_next(cast: Cast, clara: Visitor, otto: Visitor) -> None:
    cast.clara.person.describe(name="Clara", zone="Asia/Tokyo", language="de")  # type: ignore[union-attr]
    clara.open("home")
    assert otto.open("home").root.one("html")["lang"] == "en"


def test_nobody_acts_for_nobody(rf: Any) -> None:
    request = rf.get(reverse("home"))
    request.user = AnonymousUser()
    assert middleware.actor_of(request) is None
