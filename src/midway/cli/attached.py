"""What commands beside a running product begin with."""

import os
import sys


def set_up() -> None:
    """Will attach to the product's database and set Django up; where there is none, says so and ends with 2."""
    import django

    from midway.config.environment import SettingError
    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    try:
        attach_to_product(os.environ)
    except (CannotRun, SettingError) as problem:
        print(f"midway: {problem}", file=sys.stderr)
        sys.exit(2)
    django.setup()
