from django.apps import AppConfig


class WebOpsConfig(AppConfig):
    name = "midway.web.ops"
    label = "web_ops"
