"""An amount of money as the office types it."""

from decimal import Decimal
from typing import Any

from django import forms


class CentsField(forms.DecimalField):
    """Whole currency typed, cents answered; nothing typed is no amount."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"min_value": 0, "max_value": 100_000, "decimal_places": 2, **kwargs}
        super().__init__(widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Will turn the amount into cents."""
        amount = super().clean(value)
        return None if amount is None else int(amount * 100)

    def prepare_value(self, value: Any) -> Any:
        """Will show cents as an amount; what was typed stays as it was typed."""
        return Decimal(value) / 100 if isinstance(value, int) else value
