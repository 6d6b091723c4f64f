"""The entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
django = get_wsgi_application()

from midway.api.v1.fast import ROUTES  # noqa: E402 - models can be loaded only now
from midway.config.fast_lane import FastLane  # noqa: E402
from midway.config.maintenance import Doorkeeper  # noqa: E402
from midway.config.settings import ENVIRONMENT  # noqa: E402

application = Doorkeeper(FastLane(django, ROUTES), ENVIRONMENT.data)
