"""What keeps the machine room from running, said in one line a person can act on."""


class CannotRun(Exception):
    """Midway cannot run here as asked. The message says why and ends with what to do next."""
