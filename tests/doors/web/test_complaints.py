"""Pages of complaints: the list of each side, the form on a case, and one with what may be done there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import MONDAY, Cast
from tests.walk import document
from trialogue.cases.models import Case
from trialogue.complaints.models import Complaint, State
from trialogue.conversations.models import Document
from trialogue.people.models import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.confirmed()


def as_(actor: Actor) -> Client:
    client = Client()
    assert actor.person is not None
    client.force_login(actor.person)
    return client


def filed(cast: Cast, case: Case, **about: Any) -> Complaint:
    told = {"category": "delay", "description": "Nobody answers.", "wanted": "An answer."} | about
    return Complaint.file(case, by=cast.clara, at=MONDAY, **told)


def test_a_client_files_one_from_its_case_with_a_document(cast: Cast, case: Case) -> None:
    Document.add(case, [document()], by=cast.clara)
    clara, shown = as_(cast.clara), f"/cases/{case.reference}/complaint/"
    assert shown in clara.get(f"/cases/{case.reference}/").content.decode()
    chosen = Document.objects.get().public_id
    assert chosen in clara.get(shown).content.decode()
    told = {"category": "delay", "description": "Nobody answers.", "documents": [chosen]}
    answer = clara.post(shown, told, follow=True)
    complaint = Complaint.objects.get()
    assert answer.redirect_chain[-1][0] == f"/complaints/{complaint.number}/"
    page = answer.content.decode()
    assert "Nobody answers." in page
    assert "evidence.txt" in page
    assert clara.get(shown).headers["Location"] == f"/complaints/{complaint.number}/"


@pytest.mark.parametrize("told", [{}, {"category": "delay", "description": " "}, {"category": "x", "description": "y"}, {"category": "delay", "description": "y", "documents": ["doc_nothing"]}])  # fmt: skip
def test_what_lacks_is_said_and_the_words_are_kept(cast: Cast, case: Case, told: dict[str, Any]) -> None:
    answer = as_(cast.clara).post(f"/cases/{case.reference}/complaint/", told | {"wanted": "A kept wish"})
    assert answer.status_code == 422
    assert "A kept wish" in answer.content.decode()
    assert not Complaint.objects.exists()


def test_nobody_else_has_the_form(cast: Cast, case: Case) -> None:
    for actor in (cast.paul, cast.olga):
        answer = as_(actor).get(f"/cases/{case.reference}/complaint/", follow=True)
        assert "Only the client of a case" in answer.content.decode()
    assert "/complaint/" not in as_(cast.paul).get(f"/cases/{case.reference}/").content.decode()


def test_the_operator_passes_it_on_the_partner_responds_and_it_is_decided(cast: Cast, case: Case) -> None:
    where = f"/complaints/{filed(cast, case)}/"
    olga, paul = as_(cast.olga), as_(cast.paul)
    assert paul.get(where).status_code == 404
    assert "does not know of it yet" in olga.get(where).content.decode()
    for do in ("review", "pass_on"):
        assert olga.post(where, {"do": do}).status_code == 302
    assert 'name="response"' in paul.get(where).content.decode()
    wrong = paul.post(where, {"do": "respond", "response": ""})
    assert (wrong.status_code, Complaint.objects.get().state) == (422, State.AWAITING)
    assert paul.post(where, {"do": "respond", "response": "Here it is."}).status_code == 302
    wrong = olga.post(where, {"do": "decide", "outcome": "upheld", "reasons": "So it was."})
    assert (wrong.status_code, "So it was." in wrong.content.decode()) == (422, True)
    told = {"do": "decide", "outcome": "upheld", "reasons": "So it was.", "severity": "minor"}
    assert olga.post(where, told).status_code == 302
    for actor in (cast.clara, cast.paul):
        assert "Upheld: minor" in as_(actor).get(where).content.decode()


def test_what_comes_too_late_is_told(cast: Cast, case: Case) -> None:
    complaint = filed(cast, case)
    complaint.withdraw(by=cast.carl)
    where = f"/complaints/{complaint}/"
    assert "is withdrawn by now" in as_(cast.olga).post(where, {"do": "pass_on"}, follow=True).content.decode()
    told = {"do": "decide", "outcome": "declined", "reasons": "Too late."}
    assert as_(cast.olga).post(where, told).status_code == 422
    assert as_(cast.clara).post(where, {"do": "dance"}).status_code == 404


def test_the_list_of_each_side(cast: Cast, case: Case) -> None:
    complaint = filed(cast, case)
    seen = {
        who: as_(getattr(cast, who)).get("/complaints/").content.decode() for who in ("clara", "paul", "olga", "pia")
    }
    assert {who: complaint.number in page for who, page in seen.items()} == {
        "clara": True, "paul": False, "olga": True, "pia": False,
    }  # fmt: skip
    assert "No complaints" in seen["paul"]
    assert "No complaint in this state" in as_(cast.clara).get("/complaints/?tab=ended").content.decode()


def test_a_long_list_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialogue.doors.web.complaints.PAGE", 1)
    first, second = (filed(cast, cast.confirmed(f"INV-{n}")) for n in range(2))
    clara = as_(cast.clara)
    page = clara.get("/complaints/").content.decode()
    assert (second.number in page, first.number in page) == (True, False)
    assert first.number in clara.get(f"/complaints/?before={second.pk}").content.decode()
    assert clara.get("/complaints/?before=x&tab=y").status_code == 200


def test_a_legal_question_knows_of_them(cast: Cast) -> None:
    assert 'href="/complaints/"' in as_(cast.clara).get("/help/legal/").content.decode()
    assert "A complaint about the partner" not in as_(cast.paul).get("/help/legal/").content.decode()
