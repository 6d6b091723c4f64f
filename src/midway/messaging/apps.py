from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "midway.messaging"
    label = "messaging"
