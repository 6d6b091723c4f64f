"""`midway token`: the programs that act for the office."""

import json
import sys
from typing import NoReturn

import click


@click.group()
def token() -> None:
    """The tokens of programs that use the API."""


@token.command()
@click.argument("email")
@click.option("--name", required=True, help="What uses it.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeat for more.")
@click.option("--json", "as_json", is_flag=True)
def create(email: str, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token that acts for the user with this e-mail address. It is shown this once."""
    _set_up()
    from midway.accounts.actions import UnknownScope, issue_token
    from midway.accounts.models import User
    from midway.core.actor import SYSTEM
    from midway.runtime.clock import now

    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None:
        _refuse(f"Nobody signs in as {email}: see midway user create")
    try:
        made, secret = issue_token(user=user, name=name, scopes=scopes, by=SYSTEM, now=now())
    except UnknownScope as problem:
        _refuse(str(problem))
    if as_json:
        print(json.dumps({"code": str(made.code), "token": secret, "scopes": made.scopes}))
    else:
        print(secret)
        print("Keep it now: it is not shown again.", file=sys.stderr)


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_tokens(as_json: bool) -> None:
    """List all tokens, ended ones too."""
    _set_up()
    from midway.accounts.models import ApiToken

    rows = [
        {
            "code": str(row.code),
            "name": row.name,
            "user": row.user.email,
            "scopes": row.scopes,
            "created_at": row.created_at.isoformat(),
            "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }
        for row in ApiToken.objects.select_related("user").order_by("id")
    ]
    if as_json:
        print(json.dumps({"tokens": rows}))
        return
    for shown in rows:
        state = "ended" if shown["revoked_at"] else f"last used {shown['last_used_at'] or 'never'}"
        print(f"{shown['code']}  {shown['name']}  {shown['user']}  {','.join(shown['scopes'] or ())}  {state}")


@token.command()
@click.argument("code", type=click.UUID)
def revoke(code: str) -> None:
    """End a token."""
    _set_up()
    from midway.accounts.actions import revoke_token
    from midway.accounts.models import ApiToken
    from midway.core.actor import SYSTEM
    from midway.runtime.clock import now

    found = ApiToken.objects.filter(code=code).first()
    if found is None:
        _refuse(f"There is no token {code}: see midway token list")
    revoke_token(token=found, by=SYSTEM, now=now())
    print(f"{found.name} has ended.")


def _refuse(words: str) -> NoReturn:
    print(f"midway: {words}", file=sys.stderr)
    sys.exit(1)


def _set_up() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
