"""The whole set-up, in order. Each stage looks before it does anything; a second run finds nothing to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

from midway.deploy import database, front, ground, release
from midway.deploy.deed import Deed, Stage
from midway.deploy.machine import Machine
from midway.deploy.secrets import known_or_new_secrets
from midway.deploy.site import Site


def stages(
    machine: Machine, site: Site, *, from_release: Path, with_certificate: bool = True, authority: str = ""
) -> list[Stage]:
    """What is done, in which order."""
    secrets = known_or_new_secrets(machine, site)

    def certificate() -> Iterator[Deed]:
        if with_certificate:
            yield from front.real_certificate(machine, site, authority)

    return [
        Stage("Packages", lambda: ground.missing_packages(machine)),
        Stage("Accounts", lambda: ground.missing_accounts(machine, site)),
        Stage("Folders", lambda: ground.missing_folders(site)),
        Stage("Files", lambda: ground.changed_files(machine, site, secrets)),
        Stage("Kernel", lambda: front.kernel(machine, site)),
        Stage("Database server", lambda: database.server(machine, site)),
        Stage("Database", lambda: database.database_and_roles(machine)),
        Stage("Release", lambda: release.chosen(site, from_release)),
        Stage("Services", lambda: release.running(machine, site)),
        Stage("First certificate", lambda: front.first_certificate(machine, site)),
        Stage("Debian's page", ground.default_site),
        Stage("Nginx", lambda: front.nginx(machine, site)),
        Stage("Certificate", certificate),
        Stage("Firewall", lambda: front.firewall(machine, site)),
    ]


def carry_out(course: list[Stage], *, tell: Callable[[str], None]) -> int:
    """Will do what is missing, saying each thing first; how many things were done."""
    count = 0
    for stage in course:
        for deed in stage.deeds():
            tell(f"{stage.title}: {deed.says}")
            deed.do()
            count += 1
    return count


def foretell(course: list[Stage]) -> list[tuple[str, Deed]]:
    """What would be done on the machine as it is; not what only follows from it, as a restart after a new file."""
    return [(stage.title, deed) for stage in course for deed in stage.deeds()]
