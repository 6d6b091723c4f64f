"""What crash tests may ask for."""

from tests.runtime.conftest import free_port, shallow

__all__ = ["free_port", "shallow"]
