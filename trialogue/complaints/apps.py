from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "trialogue.complaints"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.complaints.models import Severity, State

        timeline.LABELS.update(State.choices)
        timeline.LABELS.update(Severity.choices)
