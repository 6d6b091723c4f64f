from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "midway.insight"
    label = "insight"
