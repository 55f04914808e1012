from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from tests.cast import Cast
from trialogue.cases.models import Case
from trialogue.conversations.looking import look_into
from trialogue.conversations.models import Document, Message, Note
from trialogue.doors.console.evidence import examine
from trialogue.events.models import Event
from trialogue.people.models import Actor


@pytest.fixture
def case(cast: Cast) -> Case:
    case = cast.confirmed()
    paper = Document.receive(BytesIO(b"what was agreed"), "agreement.txt")
    case.conversation.post(by=cast.clara, body="The agreement.", documents=[paper])
    case.conversation.post(by=cast.paul, body="Thank you.")
    return case


def test_a_case_left_alone_is_whole(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue("evidence", "verify", case.reference.lower())
    assert f"The record of case {case.reference} is whole." in out
    assert "Messages: 2, word for word as posted." in out
    assert "Documents: 1, byte for byte as received." in out
    assert "BROKEN" not in out


def test_a_case_without_conversation_is_whole_too(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    out, _err = trialogue("evidence", "verify", cast.submitted().reference)
    assert "No conversation yet" in out


def test_what_was_edited_and_deleted_in_time_is_whole_and_what_was_rewritten_is_not(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    agreed, thanks = Message.objects.order_by("number")
    clara, paul = (Actor(message.organisation, message.author) for message in (agreed, thanks))
    agreed.edit(by=clara, body="The agreement, signed.")
    case.conversation.post(by=paul, body="Thank you, Clara.")
    thanks.withdraw(by=paul)
    Note.write(case.conversation, by=paul, body="An okapi")
    out, _err = trialogue("evidence", "verify", case.reference)
    assert "Messages: 3, word for word as posted." in out
    assert "okapi" not in out
    assert "note" not in out.lower()
    _sql("UPDATE conversations_message SET body = 'The agreement.' WHERE number = 1")
    _broken(case, trialogue, "not as posted")


def _sql(statement: str, *parameters: object) -> None:
    """As someone with the database in hand would do it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount == 1


def _broken(case: Case, trialogue, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="was changed by other means"):
        trialogue("evidence", "verify", case.reference)
    assert any(said in finding.said for finding in examine(case, case.conversation) if not finding.holds)


def test_an_event_rewritten_in_the_database_is_noticed(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    _sql("UPDATE events_event SET via = 'forged' WHERE subject = %s AND kind = 'case.confirmed'", case.public_id)
    _broken(case, trialogue, "case.confirmed, does not follow")


def test_an_event_taken_from_the_end_is_noticed(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    ends = Event.objects.about(case.conversation).count()
    _sql("DELETE FROM events_event WHERE subject = %s AND number = %s", case.conversation.public_id, ends)
    _broken(case, trialogue, f"event {ends} is missing, with all after it")


def test_a_message_rewritten_in_the_database_is_noticed(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    message = Message.objects.get(body="Thank you.")
    Message.objects.filter(pk=message.pk).update(body="Thanks for nothing.")
    _broken(case, trialogue, f"Messages: {message.public_id} not as posted.")


def test_a_document_exchanged_in_the_store_is_noticed(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    document = case.documents.get()
    default_storage.delete(document.stored)
    default_storage.save(document.stored, ContentFile(b"what was never agreed"))
    _broken(case, trialogue, f"Documents: {document.public_id} missing or not as received.")


def test_a_document_removed_by_its_own_side_is_told_and_all_is_well(cast: Cast, case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    case.documents.get().remove(by=cast.clara)
    look_into(timezone.now())
    out, _err = trialogue("evidence", "verify", case.reference)
    assert "Documents: 0, byte for byte as received; 1 removed, as the log says." in out


def test_a_document_removed_in_the_database_alone_is_noticed(case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    document = case.documents.get()
    case.documents.update(removed_at=timezone.now())
    _broken(case, trialogue, f"Documents: {document.public_id} missing or not as received.")


def test_a_removal_undone_in_the_database_is_noticed(cast: Cast, case: Case, trialogue) -> None:  # type: ignore[no-untyped-def]
    document = case.documents.get()
    document.remove(by=cast.clara)
    case.documents.update(removed_at=None)
    _broken(case, trialogue, f"Documents: {document.public_id} missing or not as received.")


def test_an_unknown_reference_is_told(cast: Cast, trialogue) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CommandError, match="There is no case NOSUCH00"):
        trialogue("evidence", "verify", "NOSUCH00")
