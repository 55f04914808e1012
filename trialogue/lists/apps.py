from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "trialogue.lists"
