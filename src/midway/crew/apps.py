from django.apps import AppConfig


class CrewConfig(AppConfig):
    name = "midway.crew"
    label = "crew"
