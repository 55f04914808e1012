from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "trialogue.requests"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.requests.models import State

        timeline.LABELS.update({f"request {state.value}": state.label for state in State})
