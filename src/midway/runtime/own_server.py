"""A database for a command that needs one: the running product's, or our own server while it works."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from midway.config.environment import read_environment
from midway.runtime.attach import attach_to_product
from midway.runtime.folder import DataFolder, Hold
from midway.runtime.postgres import PostgresServer, cluster_major
from midway.runtime.postgres_binaries import choose_postgres
from midway.runtime.problem import CannotRun


@contextmanager
def serving_database(environ: MutableMapping[str, str]) -> Iterator[None]:
    """The environment leads to a database inside; where nothing runs on the data folder, its server is started.

    Nobody else can start on the folder meanwhile. Raises `CannotRun`.
    """
    environment = read_environment(environ)
    folder = DataFolder(environment.data)
    if environment.database_url or not Hold(folder).is_free():
        attach_to_product(environ)
        yield
        return
    if not (folder.postgres / "PG_VERSION").exists():
        raise CannotRun(f"There is no database in {folder.path}: start it with midway up, or set DATABASE_URL")
    folder.create()
    hold = Hold(folder)
    hold.take()
    try:
        with (
            folder.open_log("postgres") as log,
            PostgresServer(
                choose_postgres(data_major=cluster_major(folder.postgres)),
                folder.postgres, sockets=folder.run / "pg", output=log,
            ) as server,
        ):  # fmt: skip
            environ["DATABASE_URL"] = server.url()
            attach_to_product(environ)
            yield
    finally:
        hold.release()
