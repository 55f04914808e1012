from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "trialogue.events"
