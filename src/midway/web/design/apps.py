from django.apps import AppConfig


class WebDesignConfig(AppConfig):
    name = "midway.web.design"
    label = "web_design"
