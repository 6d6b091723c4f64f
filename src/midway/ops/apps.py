from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "midway.ops"
    label = "ops"
