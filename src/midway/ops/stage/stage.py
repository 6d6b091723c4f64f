"""The stage itself: starts its parts when asked, points Django at its database, and leaves nothing behind."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from midway.ops.host import Host
from midway.ops.stage.clock import StageClock
from midway.ops.stage.company import load_company, sell_a_plan
from midway.ops.stage.nginx import StageNginx
from midway.ops.stage.peers import MidwayPeer, Peer, Reply
from midway.ops.stage.postgres import DATABASE, StagePostgres, Standby
from midway.ops.stage.redis import StageRedis
from midway.ops.surroundings import Surroundings

MEMORY_OF_PROCEDURES = ("ops_procedurestate", "ops_sample", "ops_snooze", "ops_limitchange", "ops_scheduledjob")


class Stage:
    """Everything a fault may break."""

    def __init__(self, folder: Path, cleanup: ExitStack) -> None:
        self.folder, self._cleanup = folder, cleanup
        self.clock = StageClock()
        self.changes: dict[str, Any] = {}
        self.parts: dict[str, Any] = {}
        self._standbys: dict[str, Standby] = {}

    @property
    def around(self) -> Surroundings:
        """The surroundings as they are now."""
        facts: dict[str, Any] = {
            "clock": self.clock,
            "data": self.folder,
            "database": self.postgres.words(),
            "host": Host(),
            "patience_seconds": 1.0,
            **self.changes,
        }
        return Surroundings(**facts)

    @contextmanager
    def changed(self, **facts: Any) -> Iterator[None]:
        """Will have other surroundings inside."""
        before = self.changes
        self.changes = {**before, **facts}
        try:
            yield
        finally:
            self.changes = before

    @cached_property
    def postgres(self) -> StagePostgres:
        """PostgreSQL with Midway's tables, which Django uses too from now on."""
        server = StagePostgres(self.folder, self._log("postgres"))
        server.start()
        self._cleanup.callback(server.stop)
        server.do(f"CREATE DATABASE {DATABASE}", dbname="postgres")
        server.do("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "CREATE EXTENSION IF NOT EXISTS pgstattuple")
        self._cleanup.enter_context(_django_on(server))
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        return server

    @cached_property
    def redis(self) -> StageRedis:
        """Redis."""
        server = StageRedis(self.folder, self._log("redis"))
        server.start()
        self._cleanup.callback(server.stop)
        return server

    @cached_property
    def nginx(self) -> StageNginx:
        """Nginx, which passes everything on to Midway until told otherwise."""
        server = StageNginx(self.folder, self._log("nginx"), behind=self.midway.url)
        server.start()
        self._cleanup.callback(server.stop)
        return server

    @cached_property
    def midway(self) -> MidwayPeer:
        """Midway's own pages on the stage's database."""
        _ = self.postgres
        peer = MidwayPeer()
        peer.start()
        self._cleanup.callback(peer.stop)
        return peer

    @cached_property
    def company(self) -> str:
        """A small company in the stage's database, loaded as a person would load one; its name."""
        load_company(self.postgres.url(DATABASE))
        sell_a_plan(now=self.clock())
        return "demo"

    def standby(self, name: str) -> Standby:
        """A standby of this name, following."""
        if name not in self._standbys:
            made = Standby(self.postgres, self.folder, name, self._log(f"standby-{name}"))
            made.start()
            self._cleanup.callback(made.stop)
            self._standbys[name] = made
        return self._standbys[name]

    @contextmanager
    def peer(self, reply: Reply) -> Iterator[Peer]:
        """A service on loopback that answers like this."""
        peer = Peer(reply)
        peer.start()
        try:
            yield peer
        finally:
            peer.stop()

    @contextmanager
    def small_disk(self, *, megabytes: int) -> Iterator[Path | None]:
        """A disk of this size, where we may mount one; nothing where we may not."""
        folder = self.folder / "disk"
        folder.mkdir(exist_ok=True)
        mount, options = shutil.which("mount"), f"size={megabytes}m,nr_inodes=1000,mode=777"
        mounted = (
            mount is not None
            and not subprocess.run(  # noqa: S603 - our own arguments
                [mount, "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False
            ).returncode
        )
        try:
            yield folder if mounted else None
        finally:
            if mounted:
                subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)  # noqa: S603

    def file(self, name: str, text: str = "") -> Path:
        """A file of the stage's own."""
        path = self.folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def forget(self) -> None:
        """Will make procedures forget what they know, so that the next drill begins afresh."""
        self.postgres.do(f"TRUNCATE {', '.join(MEMORY_OF_PROCEDURES)}")
        self.changes, self.clock.ahead = {}, type(self.clock.ahead)()

    def let_go_of_connections(self) -> None:
        """Will make Django connect anew, after the server was stopped."""
        let_go_of_connections()

    def _log(self, name: str) -> IO[bytes]:
        return self._cleanup.enter_context((self.folder / f"{name}.log").open("ab", buffering=0))


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A stage, gone afterwards with all its servers."""
    folder = Path(tempfile.mkdtemp(prefix="midway-stage-"))
    folder.chmod(0o711)  # as root, the servers are somebody else and must pass through
    try:
        with ExitStack() as cleanup:
            yield Stage(folder, cleanup)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _django_on(server: StagePostgres) -> Iterator[None]:
    """Will make Django's connections of this process, in every thread, those of the stage."""
    from django.db import connections

    words = server.words()
    settings = connections.settings["default"]
    before = dict(settings)
    let_go_of_connections()
    settings.update(NAME=words["dbname"], USER=words["user"], HOST=words["host"], PASSWORD="", PORT="")
    try:
        yield
    finally:
        let_go_of_connections()
        settings.update(before)


def let_go_of_connections() -> None:
    """Will close what Django holds open, so that it connects anew."""
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined] # of the PostgreSQL backend
    del connections["default"]
