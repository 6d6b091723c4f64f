from django.apps import AppConfig


class WebOfficeConfig(AppConfig):
    name = "midway.web.office"
    label = "web_office"
