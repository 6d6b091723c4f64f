"""Go back to the release before, where its code can run on the database as it is; and forward again."""

from collections.abc import Callable

from midway.ops.recovery.app import restart_app
from midway.ops.recovery.releases import WayBack
from midway.runtime.code import choose_code, code_for, forget_choice, own_code
from midway.runtime.folder import DataFolder
from midway.runtime.probe import status
from midway.runtime.problem import CannotRun


class NoWayBack(CannotRun):
    """The release before does not serve, and nothing has changed. The message says why and what to do."""


def go_back(folder: DataFolder, way: WayBack, *, tell: Callable[[str], None]) -> str:
    """Will have the release before serve: its web and worker start on the same database, which is left alone.

    Raises `NoWayBack` when its code cannot run on this schema, or lies here no more, or does not come up; then the
    present release serves on.
    """
    if way.release is None or not way.is_open:
        raise NoWayBack(way.words())
    code = way.release.code
    if code is None or not code.is_installed:
        where = f" in {code.source}" if code else ""
        raise NoWayBack(
            f"Midway {way.release.version} could run on the database, and lies{where} no more: install it beside this "
            "one, stop this one with midway down, and start that one with midway up"
        )
    before = code_for(folder)
    choose_code(folder, code, instead_of=before.version)
    if status(folder).running:
        try:
            restart_app(folder, tell=tell)
        except CannotRun as problem:
            choose_code(folder, before, instead_of=code.version)
            restart_app(folder, tell=tell)
            raise NoWayBack(
                f"Midway {code.version} did not come up ({problem}), and {before.version} serves again: log/web.log "
                "and log/worker.log say why"
            ) from problem
    return (
        f"Midway {code.version} serves, on the database as it is. When {before.version} is mended: midway recover app "
        "--forward"
    )


def go_forward(folder: DataFolder, *, tell: Callable[[str], None]) -> str:
    """Will have our own release serve again."""
    if code_for(folder) == own_code():
        return f"Midway {own_code().version} serves already."
    forget_choice(folder)
    if status(folder).running:
        restart_app(folder, tell=tell)
    return f"Midway {own_code().version} serves again."
