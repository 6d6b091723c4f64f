"""Saying that one is alive, and finding out who is."""

import os
from datetime import datetime, timedelta

from django.db import connection

import midway
from midway.ops.models import Heartbeat

FRESH = timedelta(minutes=2)


def beat(name: str, *, now: datetime) -> None:
    """Will note that this part is alive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ops_heartbeat (name, at, pid, version) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at, pid = excluded.pid, version = excluded.version",
            [name, now, os.getpid(), midway.__version__],
        )


def alive(*, now: datetime) -> set[str]:
    """The parts that said so within two minutes."""
    return set(Heartbeat.objects.filter(at__gt=now - FRESH).values_list("name", flat=True))
