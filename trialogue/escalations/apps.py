from django.apps import AppConfig


class EscalationsConfig(AppConfig):
    name = "trialogue.escalations"
