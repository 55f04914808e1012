from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "trialogue.lists"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.lists.batches import label

        timeline.TOLD["what"] = label
