"""What only a few deeds need is loaded when they are done, not in every process."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "numba",
    "numpy",
    "boto3",
    "apprise",
    "PIL",
    "pip_audit",
    "crossplane",
    "phonenumbers",
    "icalendar",
    "charset_normalizer",
    "segment",
    "requests",
    "rich",
    "valhalla",
)
LOOK = """
import sys
import midway.config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print([name for name in sys.argv[1:] if name in sys.modules])
"""


def test_the_web_server_starts_without_what_is_heavy(tmp_path: Path) -> None:
    environment = {
        **os.environ, "MIDWAY_DATA": str(tmp_path), "MIDWAY_SECRET_KEY": "x" * 40,
        "DJANGO_SETTINGS_MODULE": "midway.config.settings", "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", LOOK, *HEAVY], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert told.strip() == "[]"
