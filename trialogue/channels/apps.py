from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ChannelsConfig(AppConfig):
    name = "trialogue.channels"

    def ready(self) -> None:
        # Not a consequence of any change: shipped data, laid in when the tables are made.
        post_migrate.connect(ship_policy, sender=self)


def ship_policy(**_: Any) -> None:
    from trialogue.channels.models import Edition

    Edition.ship()
