from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "midway.journal"
    label = "journal"
