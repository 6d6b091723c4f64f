"""Keeps out of memory what a library loads for a case we never have. Settings import it before anything else of ours.

structlog loads rich, where it finds it, to colour lines on a terminal; ours are JSON. It is here for the vulnerability
check alone, and would weigh five megabytes in every process and a tenth of a second in every start.
"""

import sys

if "structlog" not in sys.modules:
    had_rich = sys.modules.get("rich")
    sys.modules["rich"] = None  # type: ignore[assignment] # to whoever asks, it is not installed
    import structlog  # noqa: F401

    del sys.modules["rich"]
    if had_rich is not None:
        sys.modules["rich"] = had_rich
