from django.apps import AppConfig


class DeliveriesConfig(AppConfig):
    name = "trialogue.deliveries"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.deliveries.models import Delivery

        timeline.LABELS.update({state.value: state.label for state in Delivery.State})
