"""Nobody carries the mail for a while: a message is taken all the same, and its mail follows."""

from __future__ import annotations

import email
import email.policy
import time
from pathlib import Path
from typing import Any

from django.db import connection

from tests.cast import gather
from tests.serving import PATIENCE, House, address_of, ask, end, running


def test_a_message_posted_while_no_worker_runs_is_mailed_when_one_starts(
    transactional_db: None, tmp_path: Path, settings: Any
) -> None:
    settings.QUIET_SECONDS = 0
    cast = gather()
    talk = cast.conversation(at=None)
    key = f"Bearer {cast.clara.organisation.issue_key('production', by=cast.clara)[1]}"
    more = {"SECRET_KEY": settings.SECRET_KEY, "QUIET_SECONDS": "0"}
    house = House(address_of(connection.settings_dict), tmp_path, more)
    path = f"/api/v1/cases/{talk.case.reference}/messages"
    with running(house.serve("--no-work")):
        assert ask(house.port, "POST", path, {"body": "Is anyone there?"}, Authorization=key).status == 201
        time.sleep(1.5)  # a worker would have had its round
        assert not house.mail.exists()
        with running(house.start("work")) as worker:
            paul, petra = sorted(mails_about("Is anyone there?", house))
            end(worker)
    assert ("paul" in paul, "petra" in petra) == (True, True)


def mails_about(words: str, house: House) -> list[str]:
    """To whom mails with these words went, once there are two of them."""
    last = time.monotonic() + PATIENCE
    while True:
        mails = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in house.mail.glob("[!.]*.eml")
        ]
        found = [str(mail["To"]).lower() for mail in mails if words in mail.get_body(("plain",)).get_content()]
        if len(found) >= 2:
            return found
        assert time.monotonic() < last, house.log.read_text()
        time.sleep(0.1)
