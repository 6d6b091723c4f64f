from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "midway.accounts"
    label = "accounts"
