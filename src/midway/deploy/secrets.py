"""The secrets of a production: made once on the machine, read again by every later run."""

import re
import secrets
from collections.abc import Mapping

from midway.deploy.machine import Machine
from midway.deploy.site import Site

_WHERE = {
    "secret_key": ("secrets.env", r'MIDWAY_SECRET_KEY="([^"]{32,})"'),
    "redis_web": ("web.env", r'REDIS_URL="unix://midway:([^@"]+)@'),
    "redis_upkeep": ("worker.env", r'REDIS_URL="unix://midway_upkeep:([^@"]+)@'),
}


def known_or_new_secrets(machine: Machine, site: Site) -> Mapping[str, str]:
    """The machine's secrets, or new ones where it has none yet. Writes nothing."""
    found = {}
    for name, (file, pattern) in _WHERE.items():
        there = re.search(pattern, machine.read(site.places.etc / file) or "")
        found[name] = there[1] if there else secrets.token_urlsafe(40)
    return found
