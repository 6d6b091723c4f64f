from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "midway.api"
    label = "api"
