"""Very many cases, or requests, made by SQL from one of each: `make(count)`, `ask(count)`. For benches of lists, counters and long conversations.

Each row is a copy of one that the house itself has made, with other keys, names, amounts and moments. Clara's organisation
has 5,000 of the cases and Paul's works 20,000; the rest are spread over 200 clients and 50 partners. Of the requests, one in a hundred is open, and
three wait; one in twenty is a visitor's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from tests.cast import Cast, gather
from trialogue.cases.models import Case, Engagement
from trialogue.clocks.models import Clock
from trialogue.conversations.models import Bookmark, Conversation, Message
from trialogue.conversations.search import INDEXES
from trialogue.doors.console.management.commands.prepare import take_stock
from trialogue.people.models import Organisation, Person, Side
from trialogue.requests.models import Duty, Request, Tag

HERS, HIS, CLIENTS, PARTNERS = 5_000, 20_000, 200, 50


@dataclass
class World:
    cast: Cast
    long: str  # the case with a long conversation
    short: str  # one with twenty messages


def make(count: int, messages: int = 5, long: int = 10_000) -> World:
    call_command("prepare", verbosity=0)
    cast = gather()
    case = cast.conversation("TEMPLATE").case
    message = case.conversation.post(
        by=cast.clara, body="Has the debtor answered? We would like to know before Friday."
    )
    with _bare(Case, Engagement, Conversation, Message, Bookmark, Clock):
        whose = _cases(cast, case, count)
        _conversations(cast, case, message, count, messages, whose)
    world = World(cast, _talk(cast, "LONG", message, long), _talk(cast, "SHORT", message, 20))
    _settle()
    return world


def ask(count: int) -> Cast:
    """So many requests of two messages, each with its clock, which runs for those that are open."""
    call_command("prepare", verbosity=0)
    cast = gather()
    told = {
        "channel": "platform",
        "subject": "The page stays white",
        "body": "Since Monday the page stays white after the login.",
    }
    request = Request.open(by=cast.clara, **told)
    message = request.answer(by=cast.olga, body="Which browser do you use?")
    names = ["often", "seldom", *(f"tag {n:02}" for n in range(30))]
    tags = [tag.pk for tag in Tag.objects.bulk_create([Tag(name=name) for name in names])]
    Duty.give("legal", [cast.olga.person], by=cast.olga)
    with _bare(Request, Request.tags.through, Conversation, Message, Clock):
        _said(request, message, count, _requests(cast, request, count))
        for every, tag in ((10, tags[0]), (10_000, tags[1]), *((100, tag) for tag in tags[2:])):
            _run(f"INSERT INTO {Request.tags.through._meta.db_table} (request_id, tag_id) SELECT {request.pk} + n, {tag} FROM ({_series(count)}) s WHERE n % {every} = {tag % every}")  # fmt: skip
    _settle()
    return cast


# Of a hundred requests one is open, and half of those are nobody's; three wait, six are answered, twenty solved; the others are closed.
_STATE = "CASE WHEN n % 100 < 1 THEN 'open' WHEN n % 100 < 4 THEN 'waiting' WHEN n % 100 < 10 THEN 'answered' WHEN n % 100 < 30 THEN 'solved' ELSE 'closed' END"


def _requests(cast: Cast, request: Request, count: int) -> str:
    """Answers whose each is, by its number."""
    colleagues = [Person.objects.create_user(f"c{n}@operator.example", None, name=f"Colleague {n}") for n in range(50)]
    for person in colleagues:
        cast.olga.organisation.admit(person)
    clients, half = _others(Side.CLIENT, "Client", CLIENTS), count // 2
    year = timezone.now().year
    this_year, last_year = _padded(f"'R-{year}-'", 6, "n + 10"), _padded(f"'R-{year - 1}-'", 6, f"n - {half}")
    asker = f"CASE WHEN n % 20 = 5 THEN NULL WHEN n % {max(1, count // HERS - 1)} = 0 THEN {cast.clara.organisation.pk} ELSE {clients} + n % {CLIENTS} END"
    channels = "WHEN n % 1000 = 7 THEN 'legal' WHEN n % 10 < 5 THEN 'platform' WHEN n % 10 < 7 THEN 'sales' WHEN n % 10 < 9 THEN 'technical' ELSE 'partnerships'"
    subjects = "CASE WHEN n % 1000 = 9 THEN 'Zebra crossing ' ELSE 'The page stays white ' END"
    moved = {"moved_at": _ago("n"), "opened_at": _ago("n + 3000")}
    _copy(
        request.conversation, count, id=f"{request.conversation_id} + n", public_id=_padded("'con_'", 16), asker_id=asker,
        last_message_at=_ago("n"), message_count="2",
    )  # fmt: skip
    _copy(
        request, count, id=f"{request.pk} + n", public_id=_padded("'req_'", 16), conversation_id=f"{request.conversation_id} + n", asker_id=asker,
        number=f"CASE WHEN n <= {half} THEN {this_year} ELSE {last_year} END",
        person_id=f"CASE WHEN n % 20 = 5 THEN NULL ELSE {cast.clara.person.pk} END", subject=f"{subjects} || n", channel=f"CASE {channels} END",
        name="CASE WHEN n % 20 = 5 THEN 'Visitor ' || n ELSE '' END", email="CASE WHEN n % 20 = 5 THEN 'v' || n || '@example.com' ELSE '' END",
        state=_STATE, settled_at=f"CASE WHEN n % 100 < 10 THEN NULL ELSE {_ago('n')} END",
        assignee_id=f"CASE WHEN n % 200 < 2 THEN NULL WHEN n % 5000 = 100 OR n % 50 = 31 THEN {cast.olga.person.pk} ELSE {colleagues[0].pk} + n % 50 END", **moved,
    )  # fmt: skip
    return asker


def _said(request: Request, message: Message, count: int, asker: str) -> None:
    talk, clock = request.conversation_id, Clock.objects.filter(conversation=request.conversation).latest("pk")
    first = message.conversation.messages.get(number=1)
    for number, said in ((1, first), (2, message)):
        _copy(
            said, count, id=f"{message.pk} + n * 2 - {number % 2}", public_id=_padded(f"'m{number:02}_'", 16), conversation_id=f"{talk} + n", client_id=f"COALESCE({asker}, {request.operator_id})",
            body=f"t.body || {WORDS} || ' ' || n",
        )  # fmt: skip
    is_open = "n % 100 < 1"
    _copy(
        clock, count, id=f"{clock.pk} + n", public_id=_padded("'clk_'", 16), conversation_id=f"{talk} + n", message_id="NULL",
        owed_to_id="NULL", due_at=_ago(f"n * 20000 / {count} - 2000"), warn_at=_ago(f"n * 20000 / {count} - 1000"), warned_at=_ago("0"),
        state=f"CASE WHEN {is_open} THEN 'running' ELSE 'kept' END", settled_at=f"CASE WHEN {is_open} THEN NULL ELSE {_ago('n')} END",
    )  # fmt: skip


def _cases(cast: Cast, case: Case, count: int) -> dict[str, str]:
    """Answers whose each is, by its number."""
    clients, partners = _others(Side.CLIENT, "Client", CLIENTS), _others(Side.PARTNER, "Partner", PARTNERS)
    every = max(1, count // HIS)
    client = f"CASE WHEN n % {max(1, count // HERS)} = 0 THEN {cast.clara.organisation.pk} ELSE {clients} + n % {CLIENTS} END"
    partner = f"CASE WHEN n % {every} = 0 THEN {cast.paul.organisation.pk} ELSE {partners} + n % {PARTNERS} END"
    states = "WHEN 6 THEN 'Paused' WHEN 7 THEN 'NeedsAdditionalDetails' WHEN 8 THEN 'Closed' WHEN 9 THEN 'Closed'"
    countries = "WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' WHEN 2 THEN 'DK' WHEN 3 THEN 'PL' WHEN 4 THEN 'IT' ELSE 'ES'"
    _copy(
        case, count, id=f"{case.pk} + n", public_id=_padded("'cas_'", 16), reference=_padded("", 8), client_reference=_padded("'R'", 9),
        client_id=client,
        partner_id=partner, debtor_name=_padded("'Debtor '", 9), amount="(n * 7919) % 99999 + 10", moved_at=_ago("n"), created_at=_ago("n * 3"),
        debtor_country=f"CASE WHEN n % 5000 = 1 THEN 'IS' ELSE CASE n % 6 {countries} END END", state_since=_ago("n"),
        currency="CASE WHEN n % 4 = 0 THEN 'DKK' ELSE 'EUR' END", state=f"CASE n % 10 {states} ELSE 'Active' END",
    )  # fmt: skip
    engagement = case.current_engagement()
    _copy(
        engagement,
        count,
        id=f"{engagement.pk} + n",
        public_id=_padded("'eng_'", 16),
        case_id=f"{case.pk} + n",
        partner_id=partner,
    )
    return {"client_id": client, "partner_id": partner}


# Words that stand in all messages (those of the first one), in a tenth, a hundredth, a thousandth and a few; and a number in each.
WORDS = "CASE WHEN n % 10 = 3 THEN ' court' ELSE '' END || CASE WHEN n % 100 = 7 THEN ' bailiff' ELSE '' END || CASE WHEN n % 1000 = 9 THEN ' insolvency' ELSE '' END || CASE WHEN n % 50000 = 11 THEN ' zebra' ELSE '' END"


def _conversations(cast: Cast, case: Case, message: Message, count: int, messages: int, whose: dict[str, str]) -> None:
    talk, engagement = case.conversation, case.current_engagement()
    _copy(
        talk, count, id=f"{talk.pk} + n", public_id=_padded("'con_'", 16), case_id=f"{case.pk} + n",
        engagement_id=f"{engagement.pk} + n", message_count=str(messages), last_message_at=_ago("n"),
    )  # fmt: skip
    for k in range(1, messages + 1):
        _copy(
            message, count, id=f"{message.pk} + (n - 1) * {messages} + {k}", public_id=_padded(f"'m{k:02}_'", 16), number=str(k),
            conversation_id=f"{talk.pk} + n", engagement_id=f"{engagement.pk} + n", body=f"t.body || {WORDS} || ' ' || n", **whose,
        )  # fmt: skip
    for actor, column in ((cast.clara, "client_id"), (cast.paul, "partner_id")):
        _read_by(actor.person, column, actor.organisation.pk, talk.pk - case.pk, messages)
    clock = Clock.objects.filter(case=case).latest("pk")
    template = {
        "id": f"{clock.pk} + c.id",
        "public_id": _padded("'clk_'", 16, "c.id"),
        "case_id": "c.id",
        "conversation_id": f"c.id + {talk.pk - case.pk}",
    }
    template |= {
        "owner_id": "CASE WHEN c.id % 2 = 0 THEN c.client_id ELSE c.partner_id END", "due_at": _ago("1000 - c.id % 20000"), "state": "'running'",
        "owed_to_id": "CASE WHEN c.id % 2 = 0 THEN c.partner_id ELSE c.client_id END", "warn_at": _ago("1200 - c.id % 20000"),
        "warned_at": _ago("0"), "settled_at": "NULL", "message_id": "NULL",
    }  # fmt: skip
    _insert(clock, f"cases_case c, {clock._meta.db_table} t", f"c.id > {case.pk} AND c.state = 'Active'", template)


def _read_by(person: Any, column: str, organisation: int, further: int, messages: int) -> None:
    """Everything but the last message in each twentieth case."""
    mark = f"CASE WHEN id / 20 % 20 = 0 THEN {messages - 1} ELSE {messages} END"
    _run(
        f"INSERT INTO {Bookmark._meta.db_table} (conversation_id, person_id, through, at, looked_at) "
        f"SELECT id + {further}, {person.pk}, {mark}, {_ago('0')}, {_ago('0')} FROM cases_case WHERE {column} = {organisation} AND id > 1"
    )


def _talk(cast: Cast, reference: str, message: Message, length: int) -> str:
    talk = cast.conversation(reference).case.conversation
    first = int(Message.objects.aggregate(last=models.Max("pk"))["last"])
    _copy(
        message, length, id=f"{first} + n", public_id=_padded(f"'{reference[0].lower()}ng_'", 16), number="n",
        conversation_id=str(talk.pk), engagement_id=str(talk.engagement_id),
    )  # fmt: skip
    Conversation.objects.filter(pk=talk.pk).update(message_count=length, last_message_at=timezone.now())
    _reset()
    return talk.case.reference


def _others(kind: str, name: str, count: int) -> int:
    """The first key of so many organisations."""
    made = [Organisation.found(name=f"{name} {n}", kind=kind, country="DE", zone="Europe/Berlin") for n in range(count)]
    return made[0].pk


# --- SQL that both databases know -------------------------------------------------------------------------------------


@contextmanager
def _bare(*kinds: type[models.Model]) -> Iterator[None]:
    """Without indexes while rows are made, and with all of them afterwards: a row at a time they take many times as long."""
    tables = ", ".join(f"'{kind._meta.db_table}'" for kind in kinds)
    if connection.vendor == "postgresql":
        found = _rows(
            f"SELECT 'INDEX', indexname, indexdef FROM pg_indexes WHERE tablename IN ({tables}) AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
        before, after = ["SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'"], ["RESET ALL"]
    else:
        found = _rows(
            f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({tables}) AND sql IS NOT NULL AND type IN ('index', 'trigger')"
        )
        before = ["PRAGMA cache_size = -400000"]
        names = ["case_parts", *(name for name, _columns in INDEXES.values())]
        after = [f"INSERT INTO {name}({name}) VALUES ('rebuild')" for name in names]
        after.append("PRAGMA cache_size = -2000")
    for statement in (*before, *(f"DROP {kind} {name}" for kind, name, _made in found)):
        _run(statement)
    yield
    for statement in (*(made for _kind, _name, made in found), *after):
        _run(statement)


def _rows(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _copy(row: models.Model, count: int, **other: str) -> None:
    _insert(row, f"({_series(count)}) s, {row._meta.db_table} t", "1 = 1", other)


def _insert(row: models.Model, source: str, where: str, other: dict[str, str]) -> None:
    columns = [field.column for field in row._meta.concrete_fields]
    values = [other.get(column, f"t.{column}") for column in columns]
    told = ", ".join(f'"{column}"' for column in columns)
    _run(
        f"INSERT INTO {row._meta.db_table} ({told}) SELECT {', '.join(values)} FROM {source} WHERE t.id = {row.pk} AND {where}"
    )
    _reset()


def _series(count: int) -> str:
    if connection.vendor == "postgresql":
        return f"SELECT n::bigint AS n FROM generate_series(1, {count}) AS n"
    return f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s"


def _padded(before: str, width: int, number: str = "n") -> str:
    padded = (
        f"lpad(({number})::text, {width}, '0')"
        if connection.vendor == "postgresql"
        else f"printf('%0{width}d', {number})"
    )
    return f"{before} || {padded}" if before else padded


def _ago(minutes: str) -> str:
    now = datetime.now(UTC).replace(microsecond=0)
    if connection.vendor == "postgresql":
        return f"'{now.isoformat()}'::timestamptz - ({minutes}) * interval '1 minute'"
    return f"datetime('{now:%Y-%m-%d %H:%M:%S}', (0 - ({minutes})) || ' minutes')"


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _reset() -> None:
    """The next row that the house makes itself comes after these."""
    if connection.vendor == "postgresql":
        for model in (Case, Engagement, Conversation, Message, Clock, Request):
            table = model._meta.db_table
            _run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _settle() -> None:
    """PostgreSQL does this by itself after a while; on SQLite a worker does it once a day."""
    if connection.vendor == "postgresql":
        _run("VACUUM ANALYZE")
    take_stock()
