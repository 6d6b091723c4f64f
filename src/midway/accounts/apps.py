from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "midway.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Will register the check that every page declares who may open it, and judge plain addresses cheaply."""
        from midway.accounts import checks  # noqa: F401 - importing registers
        from midway.accounts.addresses import judge_plain_addresses_cheaply

        judge_plain_addresses_cheaply()
