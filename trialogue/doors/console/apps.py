from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "trialogue.doors.console"

    def ready(self) -> None:
        from trialogue.doors.console import checks  # noqa: F401 - registers itself
