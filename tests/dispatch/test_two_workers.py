"""Planning of many branches on two worker hosts at once: each job is taken once, and every plan is there."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import Cast, make_branch, make_cast, make_cleaner, make_price_list
from tests.dispatch.days import crossed_day

from midway.core.actor import SYSTEM
from midway.dispatch.actions import ask_for_plan
from midway.dispatch.models import DayPlan

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BRANCHES = 6
SOURCE = Path(__file__).parents[2] / "src"
HOST = """
import asyncio, sys, django
django.setup()
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.utils import connector_params
from midway.dispatch import jobs
import midway.core.routing.solve

taken = []
search = jobs.search
def counted(**asked):
    taken.append(asked["plan"])
    return search(**asked)
jobs.search = counted

async def work():
    working = DjangoApp(connector=PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4))
    working.tasks = app.tasks
    async with working.open_async():
        await working.run_worker_async(name=sys.argv[1], concurrency=1, wait=False, install_signal_handlers=False)

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(work())
print(len(taken), flush=True)
"""


def day_ahead() -> date:
    """The next weekday by the wall clock: the hosts read their own."""
    day = datetime.now(tz=UTC).date() + timedelta(days=2)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def branches(on: date) -> list[Cast]:
    """Several small branches, each with the same crossed day."""
    first = make_cast(now=datetime.now(tz=UTC))
    casts = [first]
    for _number in range(BRANCHES - 1):
        branch = make_branch()
        ana, ben, chidi = (make_cleaner(branch=branch, name=name, calendar_days=0) for name in ("Ana", "Ben", "Chidi"))
        casts.append(
            replace(first, branch=branch, ana=ana, ben=ben, chidi=chidi, price_list=make_price_list(branch=branch))
        )
    for cast in casts:
        crossed_day(cast, on)
    return casts


def test_two_hosts_share_the_branches() -> None:
    on, now = day_ahead(), datetime.now(tz=UTC)
    plans = [ask_for_plan(branch=cast.branch, on=on, seconds=1, by=SYSTEM, now=now) for cast in branches(on)]
    named = connection.settings_dict
    address = f"postgresql://{named['USER']}@/{named['NAME']}?host={named['HOST']}&port={named['PORT']}"
    environment = {
        **os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "midway.config.settings",
        "MIDWAY_SECRET_KEY": settings.SECRET_KEY, "PYTHONPATH": str(SOURCE),
    }  # fmt: skip

    hosts = [
        subprocess.Popen(
            [sys.executable, "-c", HOST, name], env=environment, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in ("host-a", "host-b")
    ]  # fmt: skip
    assert [host.stdout.readline() for host in hosts if host.stdout] == ["ready\n", "ready\n"]
    for host in hosts:
        assert host.stdin is not None
        host.stdin.write("go\n")
        host.stdin.flush()
    said = [host.communicate(timeout=400) for host in hosts]

    assert [host.returncode for host in hosts] == [0, 0], said
    took = [int(out.split()[-1]) for out, _errors in said]
    assert sum(took) == BRANCHES
    assert min(took) >= 1
    states = set(DayPlan.objects.filter(pk__in=[plan.pk for plan in plans]).values_list("state", flat=True))
    assert states == {DayPlan.State.PROPOSED}, said
    jobs = ProcrastinateJob.objects.filter(task_name="dispatch.work_out")
    assert set(jobs.values_list("status", "attempts")) == {("succeeded", 1)}
