"""The cast every test knows: Clara (client), Paul (partner), Rita (referral partner), Olga (operator), Otto (an outsider)."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone

from trialogue.cases.models import Case
from trialogue.clocks.models import Calendar
from trialogue.conversations.models import Conversation
from trialogue.events.models import CurrentTransaction, Event
from trialogue.people.models import Actor, Membership, Organisation, Person, Role, Side

# A Monday noon in Copenhagen, with no holiday near.
MONDAY = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)


@dataclass
class Cast:
    clara: Actor  # admin at Nordlys, a Danish client that Rita's firm brought
    carl: Actor  # member there
    paul: Actor  # admin at Brandt, a German partner
    petra: Actor  # member there
    rita: Actor  # admin at Fintegra, a referral partner
    olga: Actor  # admin at the operator
    otto: Actor  # admin at another client: an outsider to everything here
    pia: Actor  # admin at another partner: an outsider too

    def submitted(
        self, reference: str = "INV-1001", *, by: Actor | None = None, at: datetime | None = MONDAY, **claim: Any
    ) -> Case:
        told: dict[str, Any] = {
            "client_reference": reference, "debtor_name": "Bergmann Logistik GmbH", "debtor_type": "Company", "debtor_country": "DE",
            "amount": Decimal("12480.50"), "currency": "EUR", "description": "Unpaid invoice for power deliveries.",
        }  # fmt: skip
        return Case.submit(by=by or self.clara, at=at, **(told | claim))

    def released(self, reference: str = "INV-1001", *, at: datetime | None = MONDAY, **claim: Any) -> Case:
        case = self.submitted(reference, at=at, **claim)
        case.release(self.paul.organisation, by=self.olga, at=at)
        return case

    def confirmed(self, reference: str = "INV-1001", *, at: datetime | None = MONDAY, **claim: Any) -> Case:
        case = self.released(reference, at=at, **claim)
        case.confirm(by=self.paul, at=at)
        return case

    def conversation(self, reference: str = "INV-1001", *, at: datetime | None = MONDAY, **claim: Any) -> Conversation:
        return self.confirmed(reference, at=at, **claim).conversation


PASSWORD = "correct horse battery staple"


# By database: everyone as they came out of the verbs there, and their rows.
_gathered: dict[str, bytes] = {}
_ROWS: tuple[type[models.Model], ...] = (Organisation, Person, Membership, Calendar, Event)


def gather() -> Cast:
    """Everyone, in a fresh database. The verbs make them once for each database; then their rows are laid in again."""
    told = connection.settings_dict
    here = f"{told['HOST']}:{told['PORT']}/{told['NAME']}"
    if any(model._base_manager.exists() for model in _ROWS):
        return _found()
    if here not in _gathered:
        cast = _found()
        _gathered[here] = pickle.dumps((cast, [list(model._base_manager.order_by("pk")) for model in _ROWS]))
        return cast
    cast, tables = pickle.loads(_gathered[here])
    for model, rows in zip(_ROWS, tables, strict=True):
        for row in rows:
            if isinstance(row, Event):
                row.xid, row.recorded_at = CurrentTransaction(), timezone.now()
        model._base_manager.bulk_create(rows)
    return cast


def _found() -> Cast:
    operator = Organisation.found(
        name="Trialogue Operations", kind=Side.OPERATOR, country="DK", zone="Europe/Copenhagen", at=MONDAY
    )
    fintegra = Organisation.found(name="Fintegra", kind=Side.REFERRER, country="NL", zone="Europe/Amsterdam", at=MONDAY)
    nordlys = Organisation.found(
        name="Nordlys Energi A/S",
        kind=Side.CLIENT,
        country="DK",
        zone="Europe/Copenhagen",
        referrer=fintegra,
        at=MONDAY,
    )
    brandt = Organisation.found(
        name="Kanzlei Brandt & Partner", kind=Side.PARTNER, country="DE", zone="Europe/Berlin", at=MONDAY
    )
    elsewhere = Organisation.found(
        name="Elsewhere Ltd", kind=Side.CLIENT, country="GB", zone="Europe/London", at=MONDAY
    )
    pinto = Organisation.found(name="Pinto Cobranças", kind=Side.PARTNER, country="PT", zone="Europe/Lisbon", at=MONDAY)

    def join(organisation: Organisation, name: str, role: str = Role.ADMIN) -> Actor:
        address = f"{name.split()[0].lower()}@{organisation.name.split()[0].lower()}.example"
        person = Person.objects.create_user(address, PASSWORD, name=name, zone=organisation.zone)
        return Actor.of(organisation.admit(person, role, at=MONDAY))

    return Cast(
        clara=join(nordlys, "Clara Holm"), carl=join(nordlys, "Carl Dahl", Role.MEMBER),
        paul=join(brandt, "Paul Brandt"), petra=join(brandt, "Petra Vogt", Role.MEMBER),
        rita=join(fintegra, "Rita de Vries"), olga=join(operator, "Olga Lind"),
        otto=join(elsewhere, "Otto Payne"), pia=join(pinto, "Pia Pinto"),
    )  # fmt: skip
