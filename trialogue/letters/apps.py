from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "trialogue.letters"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.letters.route import REASONS

        timeline.REASONS.update(REASONS)
