from django.apps import AppConfig


class WebPublicConfig(AppConfig):
    name = "midway.web.public"
    label = "web_public"
