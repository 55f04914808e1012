from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "trialogue.doors.web"
