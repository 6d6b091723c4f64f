"""Which files a production has: where each goes, who may read it, and what must read it anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from midway.deploy.site import Site
from midway.deploy.templates import render

Render = Callable[[str], str]


@dataclass(frozen=True)
class ConfigFile:
    """One file on the machine, root's; of root's group where none is said. `rouses` is what must read it anew."""

    path: Path
    text: str
    mode: int = 0o644
    group: str = ""
    rouses: str = ""
    is_written_once: bool = False
    is_secret: bool = False


def config_files(site: Site, secrets: Mapping[str, str]) -> list[ConfigFile]:
    """Every file, in the order in which they are written: what a service reads stands before its unit."""
    words = site.words(secrets)

    def of(template: str) -> str:
        return render(template, words)

    return [*_of_midway(site, of), *_of_services(site, of), *_of_the_system(site, of)]


def _of_midway(site: Site, of: Render) -> list[ConfigFile]:
    etc = site.places.etc
    return [
        ConfigFile(
            etc / "secrets.env", of("secrets.env"), 0o600, rouses="midway", is_written_once=True, is_secret=True
        ),
        ConfigFile(etc / "settings.env", of("settings.env"), 0o600, is_written_once=True, is_secret=True),
        ConfigFile(etc / "web.env", of("web.env"), 0o600, rouses="midway", is_secret=True),
        ConfigFile(etc / "worker.env", of("worker.env"), 0o600, rouses="midway", is_secret=True),
        *(
            ConfigFile(etc / "pages" / name, of(name))
            for name in ("closed.html", "closed.json", "too-often.html", "too-often.json")
        ),
    ]


def _of_services(site: Site, of: Render) -> list[ConfigFile]:
    places = site.places
    units = ("midway-redis.service", "midway-web@.service", "midway-worker.service", "midway.target")
    rouses = {"midway-redis.service": "redis"}
    return [
        ConfigFile(places.postgres / "conf.d" / "midway.conf", of("postgresql.conf"), rouses="postgresql"),
        ConfigFile(
            places.postgres / "pg_hba.conf",
            of("pg_hba.conf"),
            0o640,
            site.accounts.postgres,
            rouses="postgresql-reload",
        ),
        ConfigFile(
            places.postgres / "pg_ident.conf",
            of("pg_ident.conf"),
            0o640,
            site.accounts.postgres,
            rouses="postgresql-reload",
        ),
        ConfigFile(
            places.etc / "redis.acl", of("redis.acl"), 0o640, site.accounts.midway, rouses="redis", is_secret=True
        ),
        ConfigFile(places.etc / "redis.conf", of("redis.conf"), 0o640, site.accounts.midway, rouses="redis"),
        ConfigFile(places.nginx / "midway" / "headers.conf", of("nginx-headers.conf"), rouses="nginx"),
        ConfigFile(places.nginx / "midway" / "proxy.conf", of("nginx-proxy.conf"), rouses="nginx"),
        ConfigFile(places.nginx / "conf.d" / "midway.conf", of("nginx.conf"), rouses="nginx"),
        *(ConfigFile(places.systemd / unit, of(unit), rouses=rouses.get(unit, "midway")) for unit in units),
        ConfigFile(places.systemd / "midway-firewall.service", of("midway-firewall.service"), rouses="units"),
    ]


def _of_the_system(site: Site, of: Render) -> list[ConfigFile]:
    places = site.places
    system = places.etc.parent
    return [
        ConfigFile(system / "tmpfiles.d" / "midway.conf", of("tmpfiles.conf")),
        ConfigFile(system / "logrotate.d" / "midway", of("logrotate.conf")),
        ConfigFile(system / "sysctl.d" / "60-midway.conf", of("sysctl.conf"), rouses="sysctl"),
        ConfigFile(system / "apt" / "apt.conf.d" / "60midway", of("unattended-upgrades.conf")),
        ConfigFile(system / "letsencrypt" / "renewal-hooks" / "deploy" / "midway", of("certbot-hook.sh"), 0o755),
        ConfigFile(places.etc / "firewall.nft", of("firewall.nft"), 0o600, rouses="firewall"),
        ConfigFile(places.sbin / "midway-firewall", of("firewall.sh"), 0o755),
        ConfigFile(places.sbin / "midway", of("midway.sh"), 0o755),
    ]


@dataclass(frozen=True)
class Folder:
    """One folder on the machine."""

    path: Path
    owner: str
    group: str
    mode: int = 0o755


def folders(site: Site) -> list[Folder]:
    """Every folder that must be there. Nginx walks through the data folder to the static files, and reads no more."""
    places, who = site.places, site.accounts
    return [
        Folder(places.etc, who.root, who.root),
        Folder(places.etc / "tls", who.root, who.root, 0o700),
        Folder(places.etc / "pending", who.root, who.root, 0o700),
        Folder(places.data, who.midway, who.midway, 0o751),
        Folder(places.data / "metrics", who.web, who.midway, 0o2770),
        # While the database is away a call is answered at a web node, and lies here until it is back.
        Folder(places.data / "ops", who.midway, who.midway, 0o750),
        Folder(places.data / "ops" / "incidents", who.midway, who.midway, 0o2770),
        # Written by the worker and by whoever tells how it stands; read by Nginx.
        Folder(places.data / "status", who.midway, who.midway, 0o2775),
        Folder(places.acme, who.root, who.root),
        Folder(places.log, who.root, who.midway, 0o2770),
        Folder(places.run, who.web, who.nginx, 0o2750),
    ]
