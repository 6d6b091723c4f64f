"""Commands beside a running product: they use its database, its Redis, its signing key and its address."""

from collections.abc import MutableMapping

from midway.config.environment import read_environment
from midway.runtime.folder import DataFolder
from midway.runtime.problem import CannotRun


def attach_to_product(environ: MutableMapping[str, str]) -> None:
    """Will complete the environment from what `midway up` runs on the data folder; what is set already wins.

    To be called before Django is set up. The key matters even where a database is named: what is encrypted
    with another one could never be read again. Raises `CannotRun` when there is no database to use.
    """
    environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    environment = read_environment(environ)
    folder = DataFolder(environment.data)
    state = folder.state()
    parts = state.get("parts", {})
    for name, part in (("DATABASE_URL", "postgres"), ("REDIS_URL", "redis")):
        address = parts.get(part, {}).get("address")
        if address and not environ.get(name):
            environ[name] = address
    if state.get("address") and not environ.get("MIDWAY_PUBLIC_URL"):
        environ["MIDWAY_PUBLIC_URL"] = state["address"]  # links in what a command sends lead to where it runs
    if not environ.get("DATABASE_URL"):
        raise CannotRun(f"No database: nothing runs on {folder.path}. Start it with midway up, or set DATABASE_URL.")
    if not environment.secret_key:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        environ["MIDWAY_SECRET_KEY"] = folder.secret_key()
