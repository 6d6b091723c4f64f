from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "midway.dispatch"
    label = "dispatch"
