"""Every deed of privacy, one file each."""

from midway.privacy.actions.apply_retention import apply_retention
from midway.privacy.actions.erase_customer import CustomerNotFound, erase_customer

__all__ = ["CustomerNotFound", "apply_retention", "erase_customer"]
