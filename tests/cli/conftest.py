"""What tests of the commands may ask for."""

from tests.runtime.conftest import binaries, free_port, shallow

__all__ = ["binaries", "free_port", "shallow"]
