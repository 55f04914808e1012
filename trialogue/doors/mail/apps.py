from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "trialogue.doors.mail"
