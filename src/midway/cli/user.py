"""`midway user`: the people who can sign in."""

import json
import sys
from typing import Any

import click


@click.group()
def user() -> None:
    """The people who can sign in."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="How they are called.")
@click.option("--role", default="owner", show_default=True, help="owner, dispatcher, support, cleaner or customer.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--json", "as_json", is_flag=True)
def create(email: str, name: str, role: str, password_stdin: bool, as_json: bool) -> None:
    """Make somebody who can sign in. Without a password they set theirs by "Forgotten your password?"."""
    _set_up()
    from midway.accounts.actions import CannotMakeUser, create_user
    from midway.core.actor import SYSTEM
    from midway.runtime.clock import now

    password = _read_password(password_stdin)
    try:
        made = create_user(email=email, name=name, role=role, password=password, by=SYSTEM, now=now())
    except CannotMakeUser as problem:
        print(f"midway: {problem}", file=sys.stderr)
        sys.exit(1)
    _print({"code": str(made.code), "email": made.email, "role": made.role}, as_json, f"{made.email} can sign in.")


def _read_password(from_stdin: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if sys.stdin.isatty():
        typed: str = click.prompt("Password (empty: set later)", hide_input=True, default="", show_default=False)
        return typed or None
    return None


def _print(facts: dict[str, Any], as_json: bool, words: str) -> None:
    print(json.dumps(facts) if as_json else words)


def _set_up() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
