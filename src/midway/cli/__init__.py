"""The midway command: one file per group, loaded only when called."""

import importlib
from typing import Any

import click

# command → module and attribute; the module is imported only when its command is called.
COMMANDS: dict[str, str] = {
    "backup": "midway.cli.backup:backup",
    "demo": "midway.cli.demo:demo",
    "deploy": "midway.cli.deploy:deploy",
    "doctor": "midway.cli.doctor:doctor",
    "down": "midway.cli.down:down",
    "export": "midway.cli.take_out:export",
    "import": "midway.cli.intake:bring_in",
    "incident": "midway.cli.incident:incident",
    "oncall": "midway.cli.oncall:oncall",
    "plan": "midway.cli.plan:plan",
    "late": "midway.cli.trouble:late",
    "manual": "midway.cli.manual:manual",
    "ops": "midway.cli.ops:ops",
    "prepare": "midway.cli.prepare:prepare",
    "recover": "midway.cli.recover:recover",
    "release": "midway.cli.release:release",
    "roads": "midway.cli.roads:roads",
    "sick": "midway.cli.plan:sick",
    "rehearse": "midway.cli.rehearse:rehearse",
    "snow": "midway.cli.trouble:snow",
    "status": "midway.cli.status:status",
    "token": "midway.cli.token:token",
    "up": "midway.cli.up:up",
    "upgrade": "midway.cli.upgrade:upgrade",
    "user": "midway.cli.user:user",
    "van": "midway.cli.trouble:van",
    "worker": "midway.cli.worker:worker",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, attribute = target.split(":")
        command: Any = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="midway")
def main() -> None:
    """Run a cleaning company: bookings, crews, and a system that looks after itself."""
