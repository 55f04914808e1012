from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "trialogue.conversations"

    def ready(self) -> None:
        from trialogue.cases import timeline
        from trialogue.conversations import documents, information
        from trialogue.conversations.consents import Scope
        from trialogue.conversations.overseeing import reasons

        timeline.LABELS.update({str(scope): scope.label for scope in Scope})
        timeline.NAMES |= {"prs_": reasons, "doc_": documents.names, "itm_": information.labels}
