"""What a production is: the facts of one machine, and the words they become in its configuration."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from midway.deploy.templates import text_of


@dataclass(frozen=True)
class Accounts:
    """Whose each part is: worker and data, web nodes, cache, Nginx. PostgreSQL's is Debian's."""

    midway: str = "midway"
    web: str = "midway-web"
    redis: str = "midway-redis"
    nginx: str = "www-data"
    postgres: str = "postgres"
    root: str = "root"


@dataclass(frozen=True)
class Places:
    """Where everything lies. Tests say other places than the machine's own."""

    etc: Path = Path("/etc/midway")
    data: Path = Path("/var/lib/midway")
    acme: Path = Path("/var/lib/midway-acme")
    log: Path = Path("/var/log/midway")
    run: Path = Path("/run/midway")
    state: Path = Path("/run")
    opt: Path = Path("/opt/midway")
    sbin: Path = Path("/usr/local/sbin")
    nginx: Path = Path("/etc/nginx")
    systemd: Path = Path("/etc/systemd/system")
    postgres: Path = Path("/etc/postgresql/15/main")
    pg_sockets: Path = Path("/var/run/postgresql")
    redis_run: Path = Path("/run/midway-redis")

    @property
    def current(self) -> Path:
        """The release that runs: a link to its virtual environment."""
        return self.opt / "current"


@dataclass(frozen=True)
class Site:
    """The facts of one machine. What is not said is what a small server has."""

    host: str
    mail: str
    more_hosts: tuple[str, ...] = ()
    nodes: int = 2
    workers: int = 1
    memory_mb: int = 4096
    ssh_port: int = 22
    http: str = "80"
    https: str = "443"
    inside_port: int = 8081
    pg_port: int = 5432
    has_ipv6: bool = False
    has_brotli: bool = False
    has_rate_limits: bool = True
    reload_nginx: str = "systemctl reload nginx"
    places: Places = field(default_factory=Places)
    accounts: Accounts = field(default_factory=Accounts)

    @property
    def node_numbers(self) -> range:
        """The web nodes."""
        return range(1, self.nodes + 1)

    def words(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """Everything a template may ask for."""
        return {**self._place_words(), **self._size_words(), **self._nginx_words(), **_redis_words(secrets)}

    def _place_words(self) -> dict[str, str]:
        places = self.places
        return {
            **{name: str(getattr(places, name)) for name in Places.__dataclass_fields__},
            "current": str(places.current),
            "static": str(places.data / "static"),
            "pages": str(places.etc / "pages"),
            "tls": str(places.etc / "tls"),
            "redis_socket": str(places.redis_run / "redis.sock"),
            "redis_dir": str(places.redis_run),
            "redis_acl": str(places.etc / "redis.acl"),
            "account": self.accounts.midway,
            "web_account": self.accounts.web,
            "redis_account": self.accounts.redis,
            "nginx_account": self.accounts.nginx,
            "mail": self.mail,
            "host": self.host,
            "hosts": ",".join((self.host, *self.more_hosts)),
            "hardening": text_of("hardening.conf").rstrip(),
            "pg_port": str(self.pg_port),
        }

    def _size_words(self) -> dict[str, str]:
        """Memory is shared out: a quarter to PostgreSQL, a tenth to the cache, the rest to the nodes and the worker."""
        memory, nodes = self.memory_mb, self.nodes
        redis = max(64, min(512, memory // 10))
        web = max(256, (memory * 2 // 5) // nodes)
        return {
            "memory_mb": str(memory),
            "shared_buffers_mb": str(max(64, min(8192, memory // 4))),
            "cache_mb": str(max(256, memory // 2)),
            "maintenance_mb": str(max(64, min(1024, memory // 16))),
            # Each web process has a pool of up to twenty; worker, upkeep and a person need some as well.
            "connections": str(20 * nodes * self.workers + 60),
            "redis_mb": str(redis),
            "redis_max_mb": str(redis * 2),
            "web_max_mb": str(web),
            "web_high_mb": str(web * 9 // 10),
            "workers": str(self.workers),
            "processes": str(max(2, nodes * self.workers)),  # two or more add their measurements up
            "node_units": " ".join(f"midway-web@{number}.service" for number in self.node_numbers),
        }

    def _nginx_words(self) -> dict[str, str]:
        everything = "limit_req zone=midway_all burst=200 nodelay;"
        some = "limit_req_status 429; limit_conn_status 429; limit_conn midway_connections 100;"
        limited = self.has_rate_limits
        nodes = [f"    server unix:{self.places.run}/{number}.sock max_fails=0;" for number in self.node_numbers]
        https_port = self.https.rpartition(":")[2]
        return {
            "nodes": "\n".join(nodes),
            "names": " ".join((self.host, *self.more_hosts)),
            "http": self.http,
            "https": self.https,
            "http6": f"listen [::]:{self.http} default_server;" if self.has_ipv6 else "",
            "https6": f"listen [::]:{self.https} ssl http2 default_server;" if self.has_ipv6 else "",
            "http6_plain": f"listen [::]:{self.http};" if self.has_ipv6 else "",
            "https6_plain": f"listen [::]:{self.https} ssl http2;" if self.has_ipv6 else "",
            "https_suffix": "" if https_port == "443" else f":{https_port}",
            "inside": str(self.inside_port),
            "brotli": "brotli_static on;" if self.has_brotli else "",
            "limits": f"{everything} {some}" if limited else "",
            "limits_keys": f"{everything} limit_req zone=midway_keys burst=20 nodelay;" if limited else "",
            "limits_writes": f"{everything} limit_req zone=midway_writes burst=60 nodelay;" if limited else "",
            "permissions": _permissions(),
            "ssh_port": str(self.ssh_port),
            "ports": f"{self.http.rpartition(':')[2]}, {https_port}",
            "listeners": f"{self.http.rpartition(':')[2]},{https_port},{self.ssh_port}",
            "nginx_test": "nginx -t -q",
            "nginx_reload": self.reload_nginx,
            "reopen": "[ ! -f /run/nginx.pid ] || kill -USR1 $(cat /run/nginx.pid)",
        }


def _redis_words(secrets: Mapping[str, str]) -> dict[str, str]:
    digests = {
        f"{name}_digest": hashlib.sha256(secrets[name].encode()).hexdigest() for name in ("redis_web", "redis_upkeep")
    }
    return {**secrets, **digests}


def _permissions() -> str:
    from midway.config.security import PERMISSIONS_POLICY

    return PERMISSIONS_POLICY
