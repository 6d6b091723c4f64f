"""Nginx's configuration as Nginx reads it: with everything it includes."""

from pathlib import Path
from typing import Any

Directives = list[dict[str, Any]]


def read_config(config: Path | None) -> tuple[Directives, list[str]]:
    """Its directives, included files in their places, and what could not be read."""
    if config is None or not config.exists():
        return [], []
    import crossplane  # type: ignore[import-untyped] # it carries no types

    # Modules bring directives of their own, so unknown ones are no mistake here: `nginx -t` is for mistakes.
    said = crossplane.parse(str(config), catch_errors=True, combine=True, check_ctx=False, check_args=False)
    found = [line for file in said["config"] for line in file["parsed"]]
    return found, [str(one["error"]) for one in said["errors"]]
