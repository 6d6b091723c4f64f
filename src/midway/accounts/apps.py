from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "midway.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Will register the check that every page declares who may open it."""
        from midway.accounts import checks  # noqa: F401 - importing registers
