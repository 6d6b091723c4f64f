"""`midway demo`: a made-up company to look at and to measure with."""

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from midway.demo.actions import DemoReport, DemoSize


@click.group()
def demo() -> None:
    """A made-up company to look at and to measure with."""


@demo.command()
@click.option("--seed", default=1, show_default=True, help="The same seed on the same day makes the same company.")
@click.option("--cleaners", default=24, show_default=True, type=click.IntRange(1, 2000))
@click.option("--customers", default=600, show_default=True, type=click.IntRange(1, 200_000))
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 120), help="Months of history.")
@click.option("--if-empty", is_flag=True, help="Do nothing, and be content, where a company is already.")
@click.option("--json", "as_json", is_flag=True, help="Print what was loaded as JSON.")
def load(*, seed: int, cleaners: int, customers: int, months: int, if_empty: bool, as_json: bool) -> None:
    """Load a demo company with a year behind it and eight weeks ahead into an empty database."""
    from midway.config.environment import SettingError
    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    try:
        attach_to_product(os.environ)
    except (CannotRun, SettingError) as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)

    import django

    django.setup()
    from django.db import OperationalError, ProgrammingError

    from midway.demo.actions import CompanyExists, DemoSize

    try:
        report = _load(DemoSize(cleaners=cleaners, customers=customers, months=months), seed)
    except CompanyExists as refusal:
        if if_empty:
            return
        click.echo(f"{refusal} Start with a new data folder, or use the company that is there.", err=True)
        sys.exit(1)
    except (OperationalError, ProgrammingError) as problem:
        reason = str(problem).splitlines()[0]
        click.echo(f"The database cannot take a company ({reason}). Let midway up bring it up to date first.", err=True)
        sys.exit(2)
    if as_json:
        print(json.dumps(asdict(report), default=str))
    else:
        visits = report.rows["visits"]
        click.echo(f"Loaded {visits:,} visits from {report.first} to {report.last}", err=True)


def _load(size: "DemoSize", seed: int) -> "DemoReport":
    from midway.demo.actions import load_demo_company
    from midway.runtime.clock import now

    return load_demo_company(size=size, seed=seed, now=now(), tell=lambda line: click.echo(line, err=True))
