"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane, which OWASP's password storage sheet calls enough.

    Django's own choice takes 100 MiB for each person signing in: a morning's rush would not fit a small machine.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
