from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClocksConfig(AppConfig):
    name = "trialogue.clocks"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.clocks.models import CANCELLED, PROMISES

        timeline.LABELS.update(PROMISES | CANCELLED)
        # Not a consequence of any change: shipped data, laid in when the tables are made.
        post_migrate.connect(ship_promises, sender=self)


def ship_promises(**_: Any) -> None:
    from trialogue.clocks.models import Policy

    Policy.ship()
