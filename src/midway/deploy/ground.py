"""The ground everything stands on: packages, accounts, folders and files."""

import difflib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from midway.deploy.deed import Deed
from midway.deploy.files_of import ConfigFile, Folder, config_files, folders
from midway.deploy.machine import Machine, has_account, own, rights_of
from midway.deploy.site import Site

# The package, and what shows that it is there.
PACKAGES = {
    "postgresql-15": "/usr/lib/postgresql/15/bin/postgres",
    "postgresql-contrib": "/usr/share/postgresql/15/extension/btree_gist.control",
    "redis-server": "/usr/bin/redis-server",
    "nginx-light": "/usr/sbin/nginx",
    "libnginx-mod-http-brotli-static": "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so",
    "brotli": "/usr/bin/brotli",
    "certbot": "/usr/bin/certbot",
    "openssl": "/usr/bin/openssl",
    "logrotate": "/usr/sbin/logrotate",
    "nftables": "/usr/sbin/nft",
    "unattended-upgrades": "/usr/bin/unattended-upgrade",
}


def missing_packages(machine: Machine) -> Iterator[Deed]:
    """Will install what Debian has to bring."""
    missing = [name for name, shows in PACKAGES.items() if not Path(shows).exists()]
    if not missing:
        return

    def install() -> None:
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        quiet = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-confold")
        machine.run(*quiet, "update", env=env)
        machine.run(*quiet, "install", "-y", "--no-install-recommends", *missing, env=env)

    yield Deed(f"Install {', '.join(missing)}", install)


def missing_accounts(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will make the accounts that nobody can sign in to: worker and owner of the data, web nodes, cache."""
    who = site.accounts
    for account in (who.midway, who.web, who.redis):
        if not has_account(account):
            home = "/var/lib/midway" if account == who.midway else "/nonexistent"
            group = ("--user-group",) if account == who.midway else ("--gid", who.midway)
            words = ("useradd", "--system", *group, "--no-create-home", "--home-dir", home)
            yield Deed(
                f"Make the account {account}, without a password or a shell",
                partial(machine.run, *words, "--shell", "/usr/sbin/nologin", account),
            )


def missing_folders(site: Site) -> Iterator[Deed]:
    """Will make folders and set right who may enter them."""
    for folder in folders(site):
        wanted = (folder.mode, folder.owner, folder.group)
        found = rights_of(folder.path)
        if found != wanted:
            says = f"Make {folder.path}" if found is None else f"Set the rights of {folder.path} to {folder.mode:o}"

            def make(folder: Folder = folder) -> None:
                folder.path.mkdir(parents=True, exist_ok=True)
                own(folder.path, mode=folder.mode, owner=folder.owner, group=folder.group)

            yield Deed(f"{says}, {folder.owner}:{folder.group}", make)


def changed_files(machine: Machine, site: Site, secrets: Mapping[str, str]) -> Iterator[Deed]:
    """Will write each file that is not as it should be. A service that must read it anew is noted first."""
    for file in config_files(site, secrets):
        found, rights = machine.read(file.path), _rights(site, file)
        if found is not None and file.is_written_once:
            if rights_of(file.path) != rights:
                yield Deed(f"Set the rights of {file.path} to {file.mode:o}", partial(_set_rights, site, file))
            continue
        if found == file.text and rights_of(file.path) == rights:
            continue
        says = "Write" if found is None else "Change"
        yield Deed(
            f"{says} {file.path}",
            partial(_write, machine, site, file),
            "" if file.is_secret else difference(found or "", file.text, file.path),
        )


def _rights(site: Site, file: ConfigFile) -> tuple[int, str, str]:
    return file.mode, site.accounts.root, file.group or site.accounts.root


def _set_rights(site: Site, file: ConfigFile) -> None:
    mode, owner, group = _rights(site, file)
    own(file.path, mode=mode, owner=owner, group=group)


def _write(machine: Machine, site: Site, file: ConfigFile) -> None:
    if file.rouses:
        note_pending(site, file.rouses)
    kept = file.path.with_name(f"{file.path.name}.before-midway")
    before = machine.read(file.path)
    if before is not None and "midway deploy" not in before and not kept.exists():
        machine.write(kept, before, mode=0o600, owner=site.accounts.root, group=site.accounts.root)
    mode, owner, group = _rights(site, file)
    machine.write(file.path, file.text, mode=mode, owner=owner, group=group)


def note_pending(site: Site, service: str) -> None:
    """Will remember, across whatever happens to us, that a service has something to read."""
    (site.places.etc / "pending" / service).touch()


def is_pending(site: Site, service: str) -> bool:
    """Whether a service has something to read."""
    return (site.places.etc / "pending" / service).exists()


def done(site: Site, service: str) -> None:
    """Will forget it."""
    (site.places.etc / "pending" / service).unlink(missing_ok=True)


def difference(before: str, after: str, path: Path) -> str:
    """What changes in a file, as `diff -u` says it."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{path} (now)", f"{path} (then)", lineterm="", n=2
    )
    return "\n".join(lines)


def default_site() -> Iterator[Deed]:
    """Will take away the page that Debian's Nginx shows to strangers."""
    page = Path("/etc/nginx/sites-enabled/default")
    if page.is_symlink():
        yield Deed(f"Take away {page}, Debian's own page (it stays in sites-available)", page.unlink)
