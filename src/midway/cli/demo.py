"""midway demo: a made-up company to look at and to measure with."""

import json
import sys
from dataclasses import asdict

import click


@click.group()
def demo() -> None:
    """A made-up company to look at and to measure with."""


@demo.command()
@click.option("--seed", default=1, show_default=True, help="The same seed on the same day makes the same company.")
@click.option("--cleaners", default=24, show_default=True, type=click.IntRange(1, 2000))
@click.option("--customers", default=600, show_default=True, type=click.IntRange(1, 200_000))
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 120), help="Months of history.")
@click.option("--json", "as_json", is_flag=True, help="Print what was loaded as JSON.")
def load(*, seed: int, cleaners: int, customers: int, months: int, as_json: bool) -> None:
    """Load a demo company with a year behind it and eight weeks ahead into an empty database."""
    import django

    django.setup()
    from midway.demo.actions import CompanyExists, DemoSize, load_demo_company
    from midway.runtime.clock import now

    try:
        report = load_demo_company(
            size=DemoSize(cleaners=cleaners, customers=customers, months=months),
            seed=seed,
            now=now(),
            tell=lambda line: click.echo(line, err=True),
        )
    except CompanyExists as refusal:
        click.echo(f"{refusal} Start with a new data folder, or use the company that is there.", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(asdict(report), default=str))
    else:
        click.echo(f"Loaded {report.rows['visits']:,} visits from {report.first} to {report.last}.", err=True)
