from django.apps import AppConfig


class WebFieldConfig(AppConfig):
    name = "midway.web.field"
    label = "web_field"
